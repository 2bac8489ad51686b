"""What people press on the pages, in a real browser: with scripts and without, known and as a guest."""
import pathlib
import shutil
import subprocess
import unittest

from test_daemon_wishes import HASH
from watching import DaemonCase

HERE = pathlib.Path(__file__).resolve().parent
NPM = HERE.parent / "npm/node_modules"
MORE = f"""
  - {{id: seldom, service: memory, get: /health, every: 24h, expect: {{status: 200}}}}
auth:
  public: true
  users: [{{name: ana, password_hash: "{HASH}"}}]
"""


@unittest.skipUnless((NPM / "playwright-core").is_dir() and shutil.which("chromium"),
                     "needs chromium and tests/npm (scripts/deps --test)")
class FormsTest(DaemonCase):
    def test_what_people_press(self):
        self.write_config(MORE)
        self.start()
        self.wait_states(gateway_health="up", gateway_stream="up", memory_health="up")
        walked = subprocess.run(["node", HERE / "forms.mjs", self.daemon.url, self.sim.urls["control"], "ana:open sesame"],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                timeout=300, check=False)
        self.assertEqual((walked.returncode, walked.stdout[-5:]), (0, "done\n"), walked.stdout)
        print(walked.stdout)
        self.assertEqual(self.daemon.end(), 0)


if __name__ == "__main__":
    unittest.main()
