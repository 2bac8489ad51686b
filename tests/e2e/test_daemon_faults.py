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


for one in surviving.FAULTS:
    setattr(FaultTest, "test_" + one.replace("-", "_"), lambda self, name=one: self.cause(name))


def own_mounts():
    """A mount namespace of its own, where that is to be had."""
    if os.geteuid() == 0 and not os.environ.get(MARK):
        os.environ[MARK] = "1"
        if os.system("unshare --mount true 2>/dev/null") == 0:
            os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])


if __name__ == "__main__":
    own_mounts()
    unittest.main()
