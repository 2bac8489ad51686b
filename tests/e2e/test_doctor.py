"""--doctor: what it finds well, what it finds wrong, and that it neither waits nor tells secrets."""
import os
import pathlib
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest

from support import BUILD, PATIENCE, Process, Sim

PROGRAM = BUILD / "outrider"
SECRET = "canary-93ab17"
LIMIT = 20.0  # seconds; it promises about ten, the machine may be busy


class Doctor(unittest.TestCase):
    def setUp(self):
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.folder = pathlib.Path(held.name)
        self.path = self.folder / "checks.yaml"

    def write(self, url, more="", top=""):
        self.path.write_text(f"""\
listen: 127.0.0.1:0
database: {self.folder}/outrider.db
{top}
services:
  a: {{url: "{url}", headers: {{X-Key: "${{A_KEY:-}}"}}}}
checks:
  - {{id: one, service: a, get: /health{more}}}
""")

    def examine(self, status, *options, **environment):
        started = time.monotonic()
        ran = subprocess.run([PROGRAM, "--doctor", "--config", self.path, *options], capture_output=True, text=True,
                             timeout=60, check=False, cwd=self.folder,
                             env={"PATH": os.environ["PATH"], "A_KEY": SECRET, **environment})
        self.assertLess(time.monotonic() - started, LIMIT)
        self.assertNotIn(SECRET, ran.stdout + ran.stderr)
        self.assertEqual(ran.returncode, status, ran.stdout + ran.stderr)
        self.assertLessEqual(max(map(len, (ran.stdout or " ").splitlines())), 80)
        return " ".join((ran.stdout + ran.stderr).split())

    def test_all_is_well(self):
        with Sim() as sim:
            self.write(sim.urls["gateway"])
            said = self.examine(0)
        self.assertIn("ok a: 127.0.0.1:", said)
        self.assertIn(f"ok database: {self.folder}/outrider.db is not there yet", said)
        self.assertIn("ok environment, set: A_KEY", said)
        self.assertIn("libraries: libcurl 7.", said.replace("libcurl 8.", "libcurl 7."))
        self.assertIn(" 0 problems,", " " + said)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["checks.yaml"])

    def test_what_is_asked_is_no_chat(self):
        with Sim() as sim:
            self.write(sim.urls["gateway"])
            self.examine(0)
            journal = sim.journal()
        self.assertEqual([(line["method"], line["path"]) for line in journal], [("HEAD", "/")])

    def test_services_that_can_not_be_reached(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            self.write(f"http://127.0.0.1:{closed.getsockname()[1]}")
            self.assertIn("connection refused", self.examine(1))
        self.write("http://no-such-host.invalid")
        said = self.examine(1)
        self.assertIn("problem a: http://no-such-host.invalid:", said)
        self.assertIn("/etc/resolv.conf", said)

    def test_a_service_that_never_answers_is_not_waited_for(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(5)
            self.write(f"http://127.0.0.1:{silent.getsockname()[1]}")
            self.assertIn("but no answer within 6 s", self.examine(0))

    def test_the_daemon_s_place(self):
        with Sim() as sim, socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen(1)
            port = f"127.0.0.1:{taken.getsockname()[1]}"
            self.write(sim.urls["gateway"])
            said = self.examine(1, "--listen", port, "--database", self.folder / "no/such.db")
            self.assertIn(f"problem port: can't listen on {port}: another program listens there already", said)
            self.assertIn(f"problem {self.folder}/no: No such file or directory", said)

    def test_databases(self):
        with Sim() as sim:
            self.write(sim.urls["gateway"])
            database = self.folder / "outrider.db"
            database.write_bytes(b"no database at all" * 100)
            self.assertIn("problem database:", self.examine(1))
            database.unlink()
            sqlite3.connect(database).execute("CREATE TABLE t (x)")
            self.assertIn("problem database:", self.examine(1))
            database.unlink()
            with Process(PROGRAM, "--config", self.path) as daemon:
                end = time.monotonic() + PATIENCE
                while time.monotonic() < end and not database.exists():
                    time.sleep(0.05)
                self.assertIn(f"open in process {daemon.popen.pid}", self.examine(0))
            said = self.examine(0)
            self.assertIn(", sound", said)
            self.assertNotIn("open in process", said)
            with open(database, "r+b") as file:  # a page of a table, not the first one
                file.seek(4096 * 3)
                file.write(b"\xff" * 4096)
            self.assertIn("problem database: damaged:", self.examine(1))

    def test_what_can_not_be_meant(self):
        with Sim() as sim:
            self.write(sim.urls["gateway"], ", every: 5s, timeout: 10s, alerts: false, requires_env: [B_KEY], expect: {stream: {tokens_per_second: 14}, tls: {expires_in: 14d}}",
                       "alerts: {channels: {c: {type: exec, command: [/bin/true]}}}")
            said = self.examine(0)
        for words in ("run more often than their timeout allows: one", "alert nobody: one",
                      "skipped, a variable of requires_env is not set: one",
                      "tokens_per_second has a maximum and no minimum: one"):
            self.assertIn("warning " + words, said)
        self.write("http://no-such-host.invalid")
        self.assertIn("the secret header X-Key travels over http://", self.examine(1))

    def test_wrong_surroundings(self):
        with Sim() as sim:
            self.write(sim.urls["gateway"])
            said = self.examine(1, SSL_CERT_FILE=str(self.path), TZ="Nowhere/City")
        self.assertIn("problem trusted certificates:", said)
        self.assertIn("warning time zone: TZ is Nowhere/City", said)

    def test_a_wrong_configuration(self):
        self.path.write_text("checks: []\n")
        self.assertIn("no checks", self.examine(2))


if __name__ == "__main__":
    unittest.main()
