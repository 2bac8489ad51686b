"""--backup: beside a daemon that writes, and what it refuses."""
import pathlib
import sqlite3
import subprocess
import tempfile
import unittest

from support import BUILD, Sim
from watching import Daemon, wait_for

PROGRAM = BUILD / "outrider"


class Backup(unittest.TestCase):
    def setUp(self):
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.folder = pathlib.Path(held.name)
        self.copy = self.folder / "copy.db"

    def back_up(self, status, *arguments):
        ran = subprocess.run([PROGRAM, "--backup", *map(str, arguments)], capture_output=True, text=True, timeout=60,
                             check=False, cwd=self.folder)
        self.assertEqual(ran.returncode, status, ran.stdout + ran.stderr)
        return ran

    def results(self, path):
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return database.execute("SELECT count(*) FROM result").fetchone()[0]
        except sqlite3.Error:
            return 0
        finally:
            database.close()

    def test_beside_a_daemon(self):
        sim = Sim()
        self.addCleanup(sim.stop)
        config = self.folder / "checks.yaml"
        config.write_text(f"listen: 127.0.0.1:0\ndatabase: {self.folder}/outrider.db\n"
                          f"services: {{a: {{url: \"{sim.urls['gateway']}\"}}}}\n"
                          "checks:\n  - {id: one, service: a, every: 1s, get: /health}\n")
        daemon = Daemon(config, self.folder / "log")
        self.addCleanup(daemon.end)
        self.assertTrue(wait_for(lambda: self.results(self.folder / "outrider.db") >= 1))
        ran = self.back_up(0, self.copy, "--config", config)
        self.assertIn(f"{self.copy}: {self.copy.stat().st_size} bytes", ran.stdout)
        database = sqlite3.connect(self.copy)
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        self.assertEqual(database.execute("PRAGMA application_id").fetchone(), (0x4f757472,))
        database.close()
        self.assertGreaterEqual(self.results(self.copy), 1)
        before = self.results(self.folder / "outrider.db")
        self.assertTrue(wait_for(lambda: self.results(self.folder / "outrider.db") > before))

    def test_one_that_was_killed_is_no_hindrance(self):
        source = self.folder / "outrider.db"
        config = self.folder / "checks.yaml"
        config.write_text(f"listen: 127.0.0.1:0\ndatabase: {source}\nservices: {{a: {{url: \"http://127.0.0.1:9\"}}}}\n"
                          "checks:\n  - {id: one, service: a, get: /}\n")
        self.assertEqual(Daemon(config, self.folder / "log").end(), 0)
        database = sqlite3.connect(source)
        with database:
            database.execute("""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000)
                INSERT INTO result (key, outcome, reason, flags, attempts, duration_us, message)
                SELECT (1 << 42) + i, 0, 0, 0, 1, 1000, hex(randomblob(30)) FROM n""")
        database.close()
        with subprocess.Popen([PROGRAM, "--backup", self.copy, "--database", source]) as first:
            part = wait_for(lambda: list(self.folder.glob("copy.db.*")), pause=0.002)
            first.kill()
        self.assertTrue(part)
        self.assertNotEqual(first.returncode, 0)
        self.assertFalse(self.copy.exists())
        self.assertTrue(part[0].exists())
        self.back_up(0, self.copy, "--database", source)
        self.assertEqual(self.results(self.copy), self.results(source))
        self.assertEqual(list(self.folder.glob("copy.db?*")), [])

    def test_what_it_refuses(self):
        ran = self.back_up(2, "-", "--database", "outrider.db")
        self.assertIn("a backup is a file", ran.stderr)
        ran = self.back_up(3, self.copy, "--database", "none.db")
        self.assertIn("none.db: No such file", ran.stderr)
        self.assertFalse(self.copy.exists())
        self.copy.write_text("mine")
        ran = self.back_up(3, self.copy, "--database", "none.db")
        self.assertIn("exists already", ran.stderr)
        self.assertEqual(self.copy.read_text(), "mine")
        ran = self.back_up(2, self.copy, "--list")
        self.assertIn("only one at a time", ran.stderr)


if __name__ == "__main__":
    unittest.main()
