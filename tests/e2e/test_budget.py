"""What a check may cost in a day: the daemon holds back what goes beyond, and forgets nothing."""
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

from support import BUILD, Sim
from surviving import FAKETIME
from watching import Daemon, metric, wait_for

CHECKS = """
listen: 127.0.0.1:0
database: {folder}/outrider.db
services:
  gateway: {{url: "{gateway}"}}
defaults: {{every: 1s, timeout: 5s}}
checks:
  - {{id: few, service: gateway, get: /health{few}}}
  - {{id: many, service: gateway, get: /health}}
  - id: words
    service: gateway
    budget: {{tokens_per_day: 20}}
    chat: {{model: baseline-cli-agent, user: "Count from 1 to 3"}}
"""
MARGIN = 90  # seconds; a test must not see midnight


def avoid_midnight():
    left = 86400 - time.time() % 86400
    if left < MARGIN:
        time.sleep(left + 1)


class BudgetTest(unittest.TestCase):
    def setUp(self):
        avoid_midnight()
        self.tmp = tempfile.TemporaryDirectory(prefix="outrider-")
        self.folder = pathlib.Path(self.tmp.name)
        self.sim = Sim()
        self.config = self.folder / "checks.yaml"
        self.write_config(", budget: {runs_per_day: 3}")
        self.daemon = None

    def tearDown(self):
        if self.daemon and self.daemon.popen.poll() is None:
            self.daemon.end(signal.SIGKILL)
        self.sim.stop()
        self.tmp.cleanup()

    def write_config(self, few):
        self.config.write_text(CHECKS.format(folder=self.folder, few=few,
                                             gateway=self.sim.urls["gateway"]))

    def start(self, **popen):
        self.daemon = Daemon(self.config, self.folder / "log", **popen)
        return self.daemon

    def sent(self, id):
        return sum((j.get("request_id") or "").startswith(id + "-") for j in self.sim.journal()
                   if "request_id" in j and j.get("path"))

    def ask(self, sql, *args):
        database = sqlite3.connect(f"file:{self.folder}/outrider.db?mode=ro", uri=True)
        try:
            return database.execute(sql, args).fetchall()
        finally:
            database.close()

    def results(self, id):
        """[(milliseconds, outcome, reason, attempts, message)], oldest first."""
        return self.ask(
            """SELECT key & ((1 << 42) - 1), outcome, reason, attempts, message FROM result
            JOIN checks ON checks.number = key >> 42 WHERE id = ? ORDER BY key""", id)

    def held_back(self, id):
        return [r for r in self.results(id) if r[1:4] == (3, 16, 0)]  # skip, budget, nothing sent

    def wait_held_back(self, id, n):
        if not wait_for(lambda: len(self.held_back(id)) >= n):
            self.fail(f"{self.results(id)}\n{(self.folder / 'log').read_text()}")

    def test_runs_of_a_day(self):
        daemon = self.start()
        self.wait_held_back("few", 3)
        self.assertEqual(self.sent("few"), 3)
        self.assertEqual(self.held_back("few")[0][4], "3 of 3 runs of this day (UTC) are spent")
        last = json.loads(daemon.get("/api/v1/checks/few/results"))["results"][0]
        self.assertEqual((last["outcome"], last["reason"]), ("skip", "budget"))
        self.assertGreaterEqual(metric(daemon.get("/metrics"), "outrider_results_total",
                                       outcome="skip", reason="budget"), 3)
        self.assertEqual(daemon.status()["few"]["state"], "up")  # what it last showed stands
        self.assertEqual(daemon.end(), 0)
        said = re.findall(r"budget\.spent.*check=few", (self.folder / "log").read_text())
        self.assertEqual(len(said), 1)

        # every slot has its result, or was counted as missed
        times = [r[0] for r in self.results("few")]
        missed = self.ask("SELECT total(slots) FROM missed")[0][0]
        self.assertGreaterEqual(len(times) + missed, round((times[-1] - times[0]) / 1000) + 1)

        # a restart gives nothing back
        before = len(self.held_back("few"))
        self.start()
        self.wait_held_back("few", before + 2)
        self.assertEqual(self.sent("few"), 3)
        many = self.sent("many")
        self.assertTrue(wait_for(lambda: self.sent("many") > many))

        # a reload may give more: of what was spent all is known
        self.write_config(", budget: {runs_per_day: 5}")
        self.daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: self.sent("few") == 5))
        before = len(self.held_back("few"))
        self.wait_held_back("few", before + 2)
        self.assertEqual(self.sent("few"), 5)
        self.assertEqual(self.daemon.end(), 0)

    def test_runs_that_a_kill_cuts_off_are_spent(self):
        self.sim.set("slow-headers=20s@few")
        for n in range(1, 4):
            self.start()
            self.assertTrue(wait_for(lambda: self.sent("few") == n))
            self.assertTrue(wait_for(lambda: len(self.results("few")) == n - 1 and self.ask(
                "SELECT running FROM check_state JOIN checks USING (number) WHERE id = 'few'") == [(1,)]))
            self.assertEqual(self.daemon.end(signal.SIGKILL), -signal.SIGKILL)
        self.start()
        self.wait_held_back("few", 2)
        self.assertEqual(self.sent("few"), 3)
        cut = [r for r in self.results("few") if r[1:4] == (3, 17, 1)]  # skip, cancelled, sent
        self.assertEqual([r[4] for r in cut], ["the monitor ended while it ran"] * 3)
        self.assertEqual(self.daemon.end(), 0)

    def test_tokens_of_a_day(self):
        self.start()
        self.wait_held_back("words", 2)
        sent = self.sent("words")
        self.assertGreaterEqual(sent, 1)
        self.assertLessEqual(sent, 20)
        self.assertRegex(self.held_back("words")[0][4], r"^\d+ of 20 tokens of this day \(UTC\) are spent$")
        self.assertEqual(self.daemon.end(signal.SIGKILL), -signal.SIGKILL)
        before = len(self.held_back("words"))
        self.start()
        self.wait_held_back("words", before + 2)
        self.assertEqual(self.sent("words"), sent)
        self.assertEqual(self.daemon.end(), 0)

    def test_a_budget_that_comes_with_a_reload_knows_the_day(self):
        self.write_config("")
        self.start()
        self.assertTrue(wait_for(lambda: len(self.results("few")) >= 3))
        self.write_config(", budget: {runs_per_day: 1}")
        self.daemon.popen.send_signal(signal.SIGHUP)
        self.wait_held_back("few", 2)
        sent = self.sent("few")
        before = len(self.held_back("few"))
        self.wait_held_back("few", before + 2)
        self.assertEqual(self.sent("few"), sent)
        self.assertEqual(self.daemon.end(), 0)

    @unittest.skipUnless(FAKETIME, "no libfaketime")
    def test_a_day_of_a_wrong_clock_is_none(self):
        self.write_config(", budget: {runs_per_day: 6}")
        clock = self.folder / "clock"
        clock.write_text("+400d\n")
        options = os.environ.get("ASAN_OPTIONS", "")
        self.start(env={**os.environ, "LD_PRELOAD": FAKETIME[0], "FAKETIME_TIMESTAMP_FILE": str(clock),
                        "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1",
                        "ASAN_OPTIONS": (options + ":" if options else "") + "verify_asan_link_order=0"})
        self.assertTrue(wait_for(lambda: self.held_back("words") and self.sent("few") >= 2))
        words = self.sent("words")
        clock.write_text("+0s\n")
        self.assertTrue(wait_for(lambda: self.sent("words") > words))  # of this day nothing was spent
        before = self.sent("few")
        self.assertLess(before, 6 + 6)
        self.wait_held_back("few", 2)
        day = time.time() // 86400 * 86400000
        ran = [r for r in self.results("few") if r[3] and day <= r[0] < day + 86400000]
        self.assertEqual(len(ran), 6)
        self.assertEqual(self.daemon.end(), 0)

    def test_a_single_run_has_no_budget(self):
        for _ in range(5):
            done = subprocess.run([BUILD / "outrider", "--config", self.config, "--run-once"],
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn("3 checks: 3 passed", done.stdout)
        self.assertFalse((self.folder / "outrider.db").exists())


if __name__ == "__main__":
    unittest.main()
