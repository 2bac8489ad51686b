"""Each fault of surviving.py a few times; scripts/faults has the patience for more."""
import os
import sys
import tempfile
import unittest

import surviving

MARK = "OUTRIDER_TEST_MOUNTS"


class FaultTest(unittest.TestCase):
    def cause(self, name):
        with tempfile.TemporaryDirectory(prefix="outrider-") as folder:
            try:
                surviving.run(name, folder, surviving.FAULTS[name][2])
            except surviving.Unable as why:
                self.skipTest(str(why))

    def test_kill(self):
        self.cause("kill")

    def test_alert_kill(self):
        self.cause("alert-kill")

    def test_disk_full(self):
        self.cause("disk-full")

    def test_read_only(self):
        self.cause("read-only")

    def test_turned_read_only(self):
        self.cause("turned-read-only")

    def test_corrupt(self):
        self.cause("corrupt")

    def test_refuse(self):
        self.cause("refuse")

    def test_clock(self):
        self.cause("clock")

    def test_stop(self):
        self.cause("stop")

    def test_descriptors(self):
        self.cause("descriptors")

    def test_reload(self):
        self.cause("reload")

    def test_each_fault_has_a_test(self):
        for name in surviving.FAULTS:
            self.assertTrue(hasattr(self, "test_" + name.replace("-", "_")), name)


def own_mounts():
    """A mount namespace of its own, where that is to be had."""
    if os.geteuid() == 0 and not os.environ.get(MARK):
        os.environ[MARK] = "1"
        if os.system("unshare --mount true 2>/dev/null") == 0:
            os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])


if __name__ == "__main__":
    own_mounts()
    unittest.main()
