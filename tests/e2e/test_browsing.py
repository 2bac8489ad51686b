"""The status page in a real browser: live, filtered, paused, in the reader's time zone, and without scripts."""
import pathlib
import re
import shutil
import signal
import subprocess
import unittest

from watching import DaemonCase

HERE = pathlib.Path(__file__).resolve().parent
NPM = HERE.parent / "npm/node_modules"
TYPESCRIPT = NPM / "typescript/bin/tsc"


@unittest.skipUnless((NPM / "playwright-core").is_dir() and shutil.which("chromium"),
                     "needs chromium and tests/npm (scripts/deps --test)")
class BrowsingTest(DaemonCase):
    def test_a_reader(self):
        self.start()
        self.wait_states(gateway_health="up", gateway_stream="up", memory_health="up")
        reader = subprocess.Popen(
            ["node", HERE / "browsing.mjs", self.daemon.url, self.sim.urls["control"]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        said = []
        for line in reader.stdout:
            said.append(line)
            if line == "remove\n":
                text = self.config.read_text()
                self.config.write_text(re.sub(r"  - id: memory-health\n(    .*\n)+", "", text))
                self.assertNotEqual(text, self.config.read_text())
                self.daemon.popen.send_signal(signal.SIGHUP)
            if line == "stop\n":
                self.daemon.end()
        reader.stdout.close()
        self.assertEqual(reader.wait(), 0, "".join(said))
        self.assertEqual(said[-1], "done\n")
        print("".join(said))


@unittest.skipUnless(TYPESCRIPT.is_file(), "needs tests/npm (scripts/deps --test)")
class TypesTest(unittest.TestCase):
    def test_the_scripts_types_hold(self):
        done = subprocess.run(["node", TYPESCRIPT, "-p", HERE.parent.parent / "web/ts"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
