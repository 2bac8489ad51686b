"""--backup: beside a daemon that writes, and what it refuses."""
import os
import pathlib
import signal
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

    def large(self, rows=400000):
        """A database with so many results."""
        source = self.folder / "outrider.db"
        config = self.folder / "checks.yaml"
        config.write_text(f"listen: 127.0.0.1:0\ndatabase: {source}\nservices: {{a: {{url: \"http://127.0.0.1:9\"}}}}\n"
                          "checks:\n  - {id: one, service: a, get: /}\n")
        self.assertEqual(Daemon(config, self.folder / "log").end(), 0)
        database = sqlite3.connect(source)
        with database:
            database.execute("""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
                INSERT INTO result (key, outcome, reason, flags, attempts, duration_us, message)
                SELECT (1 << 42) + i, 0, 0, 0, 1, 1000, hex(randomblob(30)) FROM n""", (rows,))
        database.close()
        return source

    def test_one_that_was_killed_is_no_hindrance(self):
        source = self.large()
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

    def test_ended_by_a_signal_it_leaves_nothing(self):
        source = self.large()
        for number in (signal.SIGTERM, signal.SIGINT):
            with subprocess.Popen([PROGRAM, "--backup", self.copy, "--database", source], stderr=subprocess.PIPE,
                                  text=True) as ran:
                self.assertTrue(wait_for(lambda: list(self.folder.glob("copy.db.*")), pause=0.002))
                ran.send_signal(number)
                said = ran.communicate(timeout=60)[1]
            self.assertEqual(ran.returncode, 130, said)
            self.assertIn("interrupted", said)
            self.assertEqual(list(self.folder.glob("copy.db*")), [])

    def test_from_a_read_only_file_system(self):
        """In a mount namespace of its own, where that is to be had."""
        source = self.large(100)
        (self.folder / "to").mkdir()
        mount = "mount --bind {0} {0} && mount -o remount,ro,bind {0} && mount -t tmpfs none {0}/to && " \
                "{1} --backup '{0}/to/a copy' --database {2} && ls {0}/to".format(self.folder, PROGRAM, source)
        unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
        if subprocess.run([*unshare, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True,
                          check=False).returncode:
            self.skipTest("no mount namespace")
        ran = subprocess.run([*unshare, "sh", "-c", mount], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((ran.returncode, ran.stdout.splitlines()[-1:]), (0, ["a copy"]), ran.stderr)
        pathlib.Path(f"{source}-wal").write_bytes(b"\x37\x7f\x06\x82" * 2000)
        ran = subprocess.run([*unshare, "sh", "-c", mount], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(ran.returncode, 3, ran.stdout)
        self.assertIn("read-only file system, and its log (-wal) was not played in", ran.stderr)

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
