"""The daemon's log: JSON to the last line whoever speaks, floods held back, clocks that jump."""
import fcntl
import glob
import json
import os
import re
import signal
import socket
import subprocess
import time
import unittest

from support import BUILD, PATIENCE
from watching import DaemonCase, wait_for

LEVELS = {"error", "warn", "info", "debug"}
FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")


class JsonTest(DaemonCase):
    def lines(self, text):
        """Every line, held against what each of them promises."""
        found = []
        for line in text.splitlines():
            entry = json.loads(line)
            self.assertRegex(entry["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn(entry["level"], LEVELS)
            self.assertIn("message", entry)
            self.assertTrue(entry["event"], line)
            found.append(entry)
        return found

    def refused(self, *arguments, status):
        answer = subprocess.run([BUILD / "outrider", *arguments, "--log-format", "json"], timeout=PATIENCE,
                                stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        self.assertEqual(answer.returncode, status, answer.stderr)
        return self.lines(answer.stderr)

    def test_what_ends_the_start(self):
        self.assertIn("--no-such-option", self.refused("--no-such-option", status=2)[0]["message"])
        self.assertIn("/nonexistent.yaml", self.refused("--config", "/nonexistent.yaml", status=2)[0]["message"])
        self.write_config("  - {id: broken, service: nobody, get: /}\n  - {id: worse, every: 5}\n")
        said = self.refused("--config", self.config, status=2)
        self.assertGreaterEqual(len(said), 2)
        for entry in said:
            self.assertRegex(entry["message"], r"^/.*checks\.yaml:\d+:\d+: \S")
        self.write_config()
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        said = self.refused("--config", self.config, "--listen", f"127.0.0.1:{taken.getsockname()[1]}", status=3)
        self.assertIn("listens there already", said[-1]["message"])
        said = self.refused("--config", self.config, "--database", "/dev/null", status=3)
        self.assertIn("/dev/null", said[-1]["message"])

    def start_json(self):
        """No line for people says where it listens."""
        log = open(self.folder / "log", "ab")
        self.addCleanup(log.close)
        popen = subprocess.Popen([BUILD / "outrider", "--config", self.config, "--log-format", "json"],
                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(popen.wait)
        self.addCleanup(popen.kill)
        start = len(self.log())
        self.assertTrue(wait_for(lambda: '"daemon.start"' in self.log()[start:]), self.log())
        self.assertTrue(wait_for(lambda: self.log().endswith("\n")))
        return popen

    def test_what_libraries_say_and_a_reload(self):
        popen = self.start_json()
        self.assertTrue(wait_for(lambda: self.rows("SELECT count(*) FROM result")[0][0] > 3))
        self.write_config("  - {id: broken, service: nobody, get: /}\n")
        popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: "reload.failed" in self.log()))
        popen.kill()
        popen.wait()
        self.write_config()
        popen = self.start_json()
        self.assertTrue(wait_for(lambda: "recovered" in self.log()))  # SQLite's own words of the log it found
        popen.terminate()
        self.assertEqual(popen.wait(PATIENCE), 0)
        said = self.lines(self.log())
        self.assertTrue(any(e["event"] == "store.library" and "WAL" in e["message"] for e in said), said)
        self.assertTrue(any(e["event"] == "config.error" and "nobody" in e["message"] for e in said))
        self.assertEqual(said[-1]["event"], "daemon.stopped")

    def test_what_the_file_says_holds_too(self):
        self.start()
        self.wait_states(gateway_health="up")
        self.assertEqual(self.daemon.end(signal.SIGKILL), -signal.SIGKILL)  # SQLite says what it recovers
        self.config.write_text("log: {format: json, level: debug}\n" + self.config.read_text())
        popen = subprocess.Popen([BUILD / "outrider", "--config", self.config], stdin=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True)
        self.addCleanup(popen.stderr.close)
        self.addCleanup(popen.wait)
        self.addCleanup(popen.kill)
        lines = []
        for line in popen.stderr:
            lines.append(line)
            entry = json.loads(line)
            if entry["event"] == "daemon.start":
                host, port = entry["listen"].split(":")
                with socket.create_connection((host, int(port)), PATIENCE) as hostile:
                    hostile.sendall(b"\x01 nonsense\r\n\r\n")
                    hostile.recv(100)
            if entry["event"] == "result" and any('"serve.library"' in one for one in lines):
                popen.terminate()
        self.assertEqual(popen.wait(PATIENCE), 0)
        said = {e["event"] for e in self.lines("".join(lines))}
        self.assertIn("serve.library", said)
        self.assertIn("store.library", said)


class FullPipeTest(DaemonCase):
    def test_who_stopped_reading_hinders_no_reload(self):
        """What is wrong with a file is not waited for either until standard error takes it."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        size = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        popen = subprocess.Popen([BUILD / "outrider", "--config", self.config, "--quiet"], stdin=subprocess.DEVNULL, stderr=writer)
        self.addCleanup(popen.wait)
        self.addCleanup(popen.kill)
        results = "SELECT count(*) FROM result"
        self.assertTrue(wait_for(lambda: (self.folder / "outrider.db").exists() and self.rows(
            "SELECT 1 FROM sqlite_schema WHERE name = 'result'") and self.rows(results)[0][0] > 3))
        os.write(writer, b"x" * (size - 100))
        os.close(writer)
        self.config.write_text("checks: 5\n" + "x: 1\n" * 50)
        popen.send_signal(signal.SIGHUP)
        time.sleep(1)  # it has the signal
        before = self.rows(results)[0][0]
        self.assertTrue(wait_for(lambda: self.rows(results)[0][0] > before + 3))
        popen.terminate()
        self.assertEqual(popen.wait(PATIENCE), 0)


class FloodTest(DaemonCase):
    def test_lines_that_come_too_often_are_counted(self):
        daemon = self.start()
        self.config.write_text("checks: 5\n")
        for _ in range(60):
            before = self.log().count("\n")
            daemon.popen.send_signal(signal.SIGHUP)
            self.assertTrue(wait_for(lambda: self.log().count("\n") > before, 1, 0.005))  # the file's error, each time
        self.assertEqual(daemon.end(), 0)
        written = len(re.findall(r"(?m)^\S+ error reload\.failed ", self.log()))
        held = re.findall(r"warn log\.suppressed lines_of=reload\.failed .*suppressed=(\d+)", self.log())
        self.assertEqual(written, 20)
        self.assertGreaterEqual(sum(map(int, held)), 1)
        self.assertIn("daemon.stopped", self.log())


@unittest.skipUnless(FAKETIME, "no libfaketime")
class ClockTest(DaemonCase):
    """The wall clock alone jumps; slots, durations and intervals don't."""

    def test_jumps_are_said_and_change_nothing(self):
        clock = self.folder / "clock"
        clock.write_text("+0s\n")
        options = os.environ.get("ASAN_OPTIONS", "")
        daemon = self.start(env={**os.environ, "LD_PRELOAD": FAKETIME[0], "FAKETIME_TIMESTAMP_FILE": str(clock),
                                 "FAKETIME_NO_CACHE": "1",
                                 "DONT_FAKE_MONOTONIC": "1",
                                 "ASAN_OPTIONS": (options + ":" if options else "") + "verify_asan_link_order=0"})
        self.wait_states(gateway_health="up")
        for offset, words in (("+3600s", r"seconds=(3599|3600)\b.*forward"), ("-86400s", r"seconds=-(8999\d|90000)\b.*back")):
            before, asked = len(self.log()), len(self.sim.journal())
            clock.write_text(offset + "\n")
            self.assertTrue(wait_for(lambda: "clock.jumped" in self.log()[before:]), self.log())
            self.assertRegex(self.log()[before:], r"warn clock\.jumped " + words)
            start = time.monotonic()
            self.assertTrue(wait_for(lambda: len(self.sim.journal()) >= asked + 15))
            self.assertGreater(time.monotonic() - start, 2)  # no burst: 3 checks a second
            self.assertEqual(self.log()[before:].count("clock.jumped"), 1)
        self.assertEqual(set(self.states().values()), {"up"})
        self.assertNotIn("check.down", self.log())
        missed = sum(s for s, in self.rows("SELECT slots FROM missed"))
        self.assertEqual(missed, 0)
        self.assertEqual(daemon.end(), 0)
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])


if __name__ == "__main__":
    unittest.main()
