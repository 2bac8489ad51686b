"""Every slot of the schedule is a result or was counted as missed: killed, stopped, suspended, reloaded,
with clocks that jump and checks that come and go."""
import os
import pathlib
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

from ledgers import slots
from support import PATIENCE, Sim
from watching import Daemon, wait_for

FILE = """
listen: 127.0.0.1:0
database: {folder}/outrider.db
services:
  gateway: {{url: "{gateway}"}}
defaults: {{every: 1s, timeout: 20s}}
checks:
  - {{id: always, service: gateway, get: /health}}
{more}"""
SEEN = "  - {{id: seen, service: gateway, get: /health{}}}\n"


class Span:
    """From some moment in before..after to another: how many slots at least and at most."""

    def __init__(self, before, after):
        self.before, self.after = before, after

    def until(self, end, id, every=1.0):
        return (slots(id, self.after, end.before, every), slots(id, self.before, end.after, every))


class LedgerTest(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="outrider-")
        self.folder = pathlib.Path(self.tmp.name)
        self.sim = Sim()
        self.config = self.folder / "checks.yaml"
        self.daemon = None
        self.write(SEEN.format(""))

    def tearDown(self):
        if self.daemon and self.daemon.popen.poll() is None:
            self.daemon.end(signal.SIGKILL)
        self.sim.stop()
        self.tmp.cleanup()

    def write(self, more=""):
        self.config.write_text(FILE.format(folder=self.folder, more=more,
                                           gateway=self.sim.urls["gateway"]))

    def log(self):
        return (self.folder / "log").read_text()

    def start(self, **popen):
        """The span of time in which its schedule began."""
        before = time.monotonic()
        self.daemon = Daemon(self.config, self.folder / "log", **popen)
        return Span(before, time.monotonic())

    def end(self, how=signal.SIGTERM):
        self.assertEqual(self.daemon.end(how), 0 if how == signal.SIGTERM else -how)

    def reload(self, more):
        done = self.log().count("reload.done")
        self.write(more)
        before = time.monotonic()
        self.daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: self.log().count("reload.done") > done), self.log())
        return Span(before, time.monotonic())

    def rows(self, sql, *args):
        database = sqlite3.connect(f"file:{self.folder}/outrider.db?mode=ro", uri=True)
        try:
            return database.execute(sql, args).fetchall()
        finally:
            database.close()

    def results(self, id="seen"):
        return self.rows("""SELECT outcome, reason FROM result JOIN checks ON number = key >> 42
                            WHERE id = ? ORDER BY key""", id)

    def missed(self, id="seen"):
        return self.rows("""SELECT coalesce(sum(slots), 0) FROM missed JOIN checks ON number = key >> 42
                            WHERE id = ?""", id)[0][0]

    def sent(self, id="seen"):
        return len([j for j in self.sim.journal() if (j.get("request_id") or "").startswith(id + "-")])

    def owed(self, id="seen"):
        """Its next slot by the monotonic clock, or None; whether a run was under way."""
        next_us, ahead_us, running = self.rows(
            """SELECT next_us, wall_ahead_us, running FROM check_state JOIN checks USING (number)
               WHERE id = ?""", id)[0]
        return next_us and (next_us - ahead_us) / 1e6, running

    def told(self, id="seen"):
        self.assertEqual(self.missed(id), self.rows(
            "SELECT missed FROM check_state JOIN checks USING (number) WHERE id = ?", id)[0][0])
        return len(self.results(id)) + self.missed(id)

    def assert_exact(self, begun, id="seen", every=1.0):
        """Of a check whose daemon is gone: all slots up to what is owed."""
        next, running = self.owed(id)
        least, most = begun.until(Span(next, next), id, every)
        self.assertEqual(running, 0)
        self.assertTrue(least <= self.told(id) <= most, (least, self.told(id), most, self.results(id)))

    def test_killed_before_its_first_result(self):
        self.sim.set("slow-headers=20s@seen")
        begun = self.start()
        for again in range(4):
            time.sleep(1.3)
            self.end(signal.SIGKILL)
            self.assertEqual(self.results(), [])
            self.start()
        self.sim.set()
        self.end(signal.SIGKILL)
        self.start()
        self.assertTrue(wait_for(lambda: len(self.results()) >= 2))
        self.end()
        self.assertGreater(self.missed(), 4)
        self.assert_exact(begun)
        self.assert_exact(begun, "always")

    def test_killed_again_and_again(self):
        begun = self.start()
        for again in range(8):
            time.sleep(0.3 + 0.37 * again % 1.1)
            self.end(signal.SIGKILL)
            self.start()
        self.end()
        self.assert_exact(begun)
        self.assert_exact(begun, "always")
        # what was asked and has no result was under way when it was killed
        self.assertLessEqual(self.sent() - len(self.results()), 8)

    def test_a_reload_takes_a_check_away_while_it_runs(self):
        self.sim.set("slow-headers=2s@seen")
        begun = self.start()
        self.assertTrue(wait_for(lambda: self.sent() == 1))
        gone = self.reload("")
        self.assertTrue(wait_for(lambda: self.owed() == (None, 1)))
        self.assertTrue(wait_for(lambda: len(self.results()) == 1))
        self.assertTrue(wait_for(lambda: self.owed() == (None, 0)))
        least, most = begun.until(gone, "seen")
        self.assertTrue(least <= self.told() <= most, (least, self.told(), most))

        # killed while it runs: its slot is missed, whether the check is in the file or not
        back = self.reload(SEEN.format(""))
        self.assertTrue(wait_for(lambda: self.sent() == 2))
        gone_again = self.reload("")
        self.assertTrue(wait_for(lambda: self.owed() == (None, 1)))
        self.end(signal.SIGKILL)
        self.start()
        self.assertTrue(wait_for(lambda: self.owed() == (None, 0)))
        self.end()
        self.assertEqual(len(self.results()), 1)
        more = back.until(gone_again, "seen")
        self.assertTrue(least + more[0] <= self.told() <= most + more[1], (self.told(), least, most, more))

    def test_a_check_that_comes_back_while_it_still_runs_overlaps_not_itself(self):
        self.sim.set("slow-headers=5s@seen")
        self.start()
        self.assertTrue(wait_for(lambda: self.sent() == 1))
        self.reload("")
        back = self.reload(SEEN.format(""))
        time.sleep(2.5)
        self.assertEqual(self.sent(), 1)
        self.assertTrue(wait_for(lambda: len(self.results()) == 1))
        self.sim.set()
        self.assertTrue(wait_for(lambda: len(self.results()) == 3))
        self.end()
        next, running = self.owed()
        least, most = back.until(Span(next, next), "seen")
        # the one that ran had its slot before it came back
        self.assertTrue(least <= self.told() - 1 <= most + 1, (least, self.told(), most))

    def test_away_or_disabled_across_a_restart(self):
        for more in ("", SEEN.format(", enabled: false")):
            with self.subTest(more):
                begun = self.start()
                before = self.told() if (self.folder / "outrider.db").exists() and self.rows(
                    "SELECT * FROM checks WHERE id = 'seen'") else 0
                self.assertTrue(wait_for(lambda: len(self.results()) >= 1))
                self.end()
                self.write(more)
                gone = self.start()
                time.sleep(3.3)
                self.end()
                self.assertEqual(self.owed()[0], None)
                self.write(SEEN.format(""))
                back = self.start()
                first = len(self.results())
                self.assertTrue(wait_for(lambda: len(self.results()) >= first + 2))
                self.end()
                next = Span(self.owed()[0], self.owed()[0])
                least = [a[0] for a in (begun.until(gone, "seen"), back.until(next, "seen"))]
                most = [a[1] for a in (begun.until(gone, "seen"), back.until(next, "seen"))]
                told = self.told() - before
                self.assertTrue(sum(least) <= told <= sum(most), (least, told, most))
                self.write(SEEN.format(""))

    def test_a_stop_during_the_pause_before_a_retry_is_a_skip(self):
        self.write(SEEN.format(", retries: {times: 3, backoff: 60s}, health: {down_after: 1}"))
        self.sim.set("status-500@seen")
        begun = self.start()
        self.assertTrue(wait_for(lambda: self.sent() == 1))
        time.sleep(0.5)
        asked = time.monotonic()
        self.daemon.popen.send_signal(signal.SIGTERM)
        self.end()
        self.assertLess(time.monotonic() - asked, 25)
        self.assertEqual(self.results(), [(3, 17)])  # skip, cancelled
        self.assertEqual(self.rows("SELECT count(*) FROM incident"), [(0,)])
        self.assertEqual(self.rows("SELECT state FROM check_state JOIN checks USING (number) "
                                   "WHERE id = 'seen'"), [(0,)])
        self.assert_exact(begun)

    def test_reloads_that_change_the_interval(self):
        self.sim.set("slow-headers=700ms@seen")
        spans, every = [self.start()], [1]
        for again in range(8):
            time.sleep(0.9 + 0.3 * (again % 3))
            every.append(1 + again % 3)
            spans.append(self.reload(SEEN.format(f", every: {every[-1]}s")))
        first = len(self.results())
        self.assertTrue(wait_for(lambda: len(self.results()) > first))
        self.end()
        spans.append(Span(self.owed()[0], self.owed()[0]))
        bounds = [a.until(b, "seen", e) for a, b, e in zip(spans, spans[1:], every)]
        # a check without a recent result may have one slot more, within ten seconds
        least, most = sum(b[0] for b in bounds), sum(b[1] for b in bounds) + len(every)
        self.assertTrue(least - len(every) <= self.told() <= most, (least, self.told(), most))
        self.assert_exact_at_kill()

    def assert_exact_at_kill(self):
        """The same interval before and after: nothing is counted twice."""
        told, owed = self.told(), self.owed()[0]
        begun = self.start()
        self.end(signal.SIGKILL)
        self.start()
        first = len(self.results())
        self.assertTrue(wait_for(lambda: len(self.results()) > first))
        self.end()
        every = self.rows("SELECT every_us FROM check_state JOIN checks USING (number) WHERE id = 'seen'")
        slots_since = (self.owed()[0] - owed) / (every[0][0] / 1e6)
        self.assertEqual(self.told() - told, round(slots_since), begun)

    def test_a_failure_is_confirmed_soon_and_then_left_alone(self):
        rare = ", every: 5m, health: {{down_after: 2 of 3, recheck: {}}}"
        self.write(SEEN.format(rare.format("1s"))
                   + SEEN.replace("seen", "known").format(
                       rare.format("1s") + ", known_issue: {reason: ticket 12}")
                   + SEEN.replace("seen", "dear").format(rare.format("1s") + ", budget: {runs_per_day: 1}")
                   + SEEN.replace("seen", "off").format(rare.format("0s")))
        self.sim.set("status-500@seen,known,dear,off")
        self.start()
        self.assertTrue(wait_for(lambda: self.daemon.status()["seen"]["state"] == "down"))
        self.assertTrue(wait_for(lambda: all(self.sent(id) for id in ("known", "dear", "off"))))
        time.sleep(2.5)
        self.assertEqual([self.sent(id) for id in ("seen", "known", "dear", "off")], [2, 1, 1, 1])
        self.end()
        self.assertEqual(self.told(), 2)

    def test_a_confirmation_that_never_came_is_missed(self):
        self.write(SEEN.format(", every: 5m, health: {down_after: 2 of 3, recheck: 2s}"))
        self.sim.set("status-500@seen")
        self.start()
        self.assertTrue(wait_for(lambda: len(self.results()) == 1))
        self.end(signal.SIGKILL)
        time.sleep(2.5)
        self.start()
        self.assertTrue(wait_for(lambda: self.daemon.metric(
            "outrider_missed_slots_total", check="seen") == 1))
        self.end()

    def test_suspended_it_misses_slots_and_makes_up_for_none(self):
        begun = self.start()
        self.assertTrue(wait_for(lambda: len(self.results()) >= 2))
        self.daemon.popen.send_signal(signal.SIGSTOP)
        asked = self.sent()
        time.sleep(5)
        self.daemon.popen.send_signal(signal.SIGCONT)
        self.assertTrue(wait_for(lambda: self.missed() >= 3))
        self.end()
        self.assertLessEqual(self.sent() - asked, 4)
        self.assert_exact(begun)
        self.assert_exact(begun, "always")

    def test_a_wall_clock_that_jumps_across_a_restart_changes_nothing(self):
        library = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
        if not library:
            self.skipTest("needs libfaketime")
        if not pathlib.Path("/proc/sys/kernel/random/boot_id").exists():
            self.skipTest("the machine's boot has no name here")
        begun = self.start()
        self.assertTrue(wait_for(lambda: len(self.results()) >= 1))
        self.end(signal.SIGKILL)
        for offset in ("+1d", "-1d", "+3h"):
            options = os.environ.get("ASAN_OPTIONS", "")
            self.start(env={**os.environ, "LD_PRELOAD": str(library), "FAKETIME": offset,
                            "DONT_FAKE_MONOTONIC": "1",
                            "ASAN_OPTIONS": (options + ":" if options else "") + "verify_asan_link_order=0"})
            first = len(self.results())
            self.assertTrue(wait_for(lambda: len(self.results()) >= first + 2))
            self.end(signal.SIGKILL)
        self.start()
        self.assertTrue(wait_for(lambda: self.owed()[0] > time.monotonic() - 1))
        self.end()
        self.assert_exact(begun)

    def test_a_time_namespace_across_a_restart_is_another_clock(self):
        """Its monotonic clock is days ahead of the machine's: nothing of that was missed."""
        space = ("unshare", "--time", "--fork", "--kill-child", "--monotonic")
        tried = subprocess.run([*space, "1", "true"], capture_output=True, text=True)
        if tried.returncode:
            self.skipTest(f"no time namespaces here: {tried.stderr.strip()}")
        for before in ((), (*space, "300000"), (*space, "600000"), ()):
            begun = len(self.results()) if self.daemon else 0
            self.daemon = Daemon(self.config, self.folder / "log", before=before)
            self.assertTrue(wait_for(lambda: len(self.results()) >= begun + 2, 30), self.log())
            pid = self.daemon.popen.pid
            inside = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            os.kill(int(inside[0]) if before else pid, signal.SIGKILL)
            self.daemon.popen.wait(PATIENCE)
            self.daemon.end()
        self.assertLess(self.missed(), 60)
        self.assertGreater(self.owed()[0], time.monotonic() - 60)
        self.assertLess(self.owed()[0], time.monotonic() + 60)


if __name__ == "__main__":
    unittest.main()
