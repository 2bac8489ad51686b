"""Maintenance windows: checks go on, nobody is told, and what still fails at the end is judged anew."""
import datetime
import os
import signal
import sqlite3
import time
import unittest

from watching import DaemonCase, wait_for

FLAG = 4


class MaintenanceTest(DaemonCase):
    def start_with(self, windows, more=""):
        self.write_config(more + "maintenance:\n" + "".join(f"  - {{{w}}}\n" for w in windows))
        return self.start()

    def results(self, id):
        """[(start in seconds, outcome, flags)], oldest first."""
        return [(ms / 1000, outcome, flags) for ms, outcome, flags in self.rows(
            """SELECT key & ((1 << 42) - 1), outcome, flags FROM result
               JOIN checks ON number = key >> 42 WHERE id = ? ORDER BY key""", id)]

    def span(self, begin, end):
        return ", ".join(f"{name}: {datetime.datetime.fromtimestamp(at, datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
                         for name, at in (("start", begin), ("end", end)))

    def test_failures_inside_a_window_count_for_nothing(self):
        begin = int(time.time()) + 5
        end = begin + 6
        daemon = self.start_with([self.span(begin, end) + ", title: Move, services: [gateway]"])
        self.wait_states(gateway_health="up", memory_health="up")
        self.sim.set("status-500@memory-health")  # no part of it
        self.wait_states(gateway_health="maintenance", gateway_stream="maintenance", memory_health="down")
        self.sim.set("status-500@gateway-health,memory-health")
        shown = daemon.status()["gateway-health"]
        self.assertEqual(shown["state"], "maintenance")
        self.assertTrue(wait_for(lambda: daemon.status()["gateway-health"]["last"]["maintenance"]))
        self.assertFalse(daemon.status()["memory-health"]["last"]["maintenance"])
        self.wait_states(gateway_health="up", gateway_stream="up")  # as they were
        ended = time.time()
        self.assertTrue(end - 0.1 <= ended <= end + 5, ended - end)
        self.wait_states(gateway_health="down")  # what fails is found by what came behind it
        opened = wait_for(lambda: self.rows(
            "SELECT opened_us / 1e6 FROM incident JOIN checks USING (number) WHERE checks.id = 'gateway-health'"))
        self.assertEqual(len(opened), 1)
        failures = [r for r in self.results("gateway-health") if r[1] == 2]
        behind = [r for r in failures if not r[2] & FLAG]
        self.assertGreaterEqual(len(failures) - len(behind), 3)
        self.assertGreaterEqual(behind[0][0], end)
        self.assertGreaterEqual(opened[0][0], behind[1][0])
        for start, outcome, flags in self.results("memory-health") + self.results("gateway-health"):
            if start < begin - 1 or start >= end:
                self.assertEqual(flags & FLAG, 0)
        for start, outcome, flags in self.results("gateway-health"):
            if begin <= start < end:
                self.assertEqual(flags & FLAG, FLAG)
        self.assertEqual(daemon.end(), 0)

    def test_a_run_around_a_whole_window_is_marked(self):
        self.sim.set("slow-headers=4500ms@memory-health")
        begin = int(time.time()) + 3
        end = begin + 1
        daemon = self.start_with([self.span(begin, end)])
        self.assertTrue(wait_for(lambda: len(self.results("memory-health")) >= 2))
        self.assertEqual(daemon.end(), 0)
        marked = 0
        for start, flags, duration in self.rows(
                """SELECT (key & ((1 << 42) - 1)) / 1e3, flags, duration_us / 1e6 FROM result
                   JOIN checks ON number = key >> 42 WHERE id = 'memory-health'"""):
            if start < begin - 0.1 and start + duration > end + 0.1:
                self.assertEqual(flags & FLAG, FLAG)
                marked += 1
            elif start > end + 1.5:
                self.assertEqual(flags & FLAG, 0)
        if not marked:
            self.skipTest("too slow a start: no run began before the window")

    def test_who_slept_through_the_end_of_a_window_marks_nothing_behind_it(self):
        begin = int(time.time()) + 2
        end = begin + 5
        daemon = self.start_with([self.span(begin, end)])
        self.wait_states(memory_health="maintenance")
        self.sim.set("status-500@memory-health")
        daemon.popen.send_signal(signal.SIGSTOP)
        time.sleep(max(0, end + 2 - time.time()))
        daemon.popen.send_signal(signal.SIGCONT)
        self.wait_states(memory_health="down")
        self.assertEqual(daemon.end(), 0)
        behind = [flags for start, outcome, flags in self.results("memory-health") if start >= end]
        self.assertGreaterEqual(len(behind), 2)
        self.assertEqual(set(flags & FLAG for flags in behind), {0})

    def test_what_waited_in_line_until_a_window_was_over_is_not_marked(self):
        begin = int(time.time()) + 2
        end = begin + 5
        self.sim.set("slow-headers=3s@memory-health")
        self.config.write_text(self.config.read_text().replace(
            "  memory: {url:", "  memory: {max_in_flight: 1, url:") + "".join(
            f"  - {{id: again-{n}, service: memory, get: /health}}\n" for n in range(3)) +
            f"maintenance: [{{{self.span(begin, end)}}}]\n")
        daemon = self.start()
        self.assertTrue(wait_for(lambda: self.rows(
            "SELECT 1 FROM result WHERE key & ((1 << 42) - 1) > ?", (end + 5) * 1000)))
        self.assertEqual(daemon.end(), 0)
        behind = [flags for start, flags in self.rows("SELECT key & ((1 << 42) - 1), flags FROM result")
                  if start >= end * 1000]
        self.assertTrue(behind)
        self.assertEqual(set(flags & FLAG for flags in behind), {0})

    def test_an_incident_that_was_open_goes_on(self):
        begin = int(time.time()) + 6
        end = begin + 4
        self.sim.set("status-500@gateway-health")
        daemon = self.start_with([self.span(begin, end)])
        self.wait_states(gateway_health="down")
        self.wait_states(gateway_health="maintenance")
        self.sim.set()  # well inside the window already; that is not news yet
        time.sleep(2.2)
        self.assertEqual(self.rows("SELECT count(*), count(resolved_us) FROM incident"), [(1, 0)])
        self.wait_states(gateway_health="down")
        self.wait_states(gateway_health="up")
        self.assertTrue(wait_for(lambda: len(self.receiver.bodies) == 2))
        self.assertEqual([b["event"] for b in self.receiver.bodies], ["opened", "resolved"])
        self.assertEqual(self.rows("SELECT count(*), count(resolved_us) FROM incident"), [(1, 1)])
        self.assertEqual(daemon.end(), 0)

    def test_a_window_at_an_hour_of_the_systems_zone_also_through_a_restart_and_a_reload(self):
        zone = "XXX-5:30"  # five and a half hours ahead
        now = time.time()
        here = datetime.datetime.fromtimestamp(now, datetime.timezone(datetime.timedelta(hours=5, minutes=30)))
        if here.minute in (0, 59):
            time.sleep(61)
        os.environ["TZ"] = zone
        try:
            window = f"at: '{here:%H:%M}', for: 10m, checks: [memory-*]"
            daemon = self.start_with([window])
            self.wait_states(memory_health="maintenance", gateway_health="up")
            self.sim.set("status-500@memory-health")
            time.sleep(2.5)
            self.assertEqual(daemon.end(signal.SIGKILL), -signal.SIGKILL)
            daemon = self.start()
            self.assertEqual(self.states()["memory-health"], "maintenance")
            time.sleep(2.5)
            self.assertEqual(self.rows("SELECT count(*) FROM incident"), [(0,)])
            self.write_config(f"maintenance: [{{{window}, days: [mon, tue, wed, thu, fri, sat, sun], zone: utc}}]\n")
            daemon.popen.send_signal(signal.SIGHUP)
            self.wait_states(memory_health="down")
        finally:
            del os.environ["TZ"]
        self.assertEqual(daemon.end(), 0)

    def put(self, sql, *args):
        database = sqlite3.connect(self.folder / "outrider.db")
        with database:
            database.execute(sql, args)
        database.close()

    def test_windows_and_pauses_of_the_database_hold_after_a_restart(self):
        self.write_config()
        daemon = self.start()
        self.wait_states(gateway_health="up", gateway_stream="up", memory_health="up")
        self.assertEqual(daemon.end(), 0)
        until = time.time() + 6
        self.put("INSERT INTO maintenance VALUES (7, ?, ?, 'Move', 0, NULL, NULL)",
                   int((until - 60) * 1e6), int(until * 1e6))
        self.put("INSERT INTO maintenance_check SELECT 7, number FROM checks WHERE id = 'gateway-health'")
        self.put("UPDATE checks SET paused_us = ? WHERE id = 'memory-health'", int(time.time() * 1e6))
        paused = len(self.results("memory-health"))
        daemon = self.start()
        self.assertEqual(self.states(), {
            "gateway-health": "maintenance", "gateway-stream": "up", "memory-health": "unknown"})
        self.assertEqual([check["paused"] for check in daemon.status().values()], [False, False, True])
        missed = daemon.metric("outrider_missed_slots_total", check="memory-health") or 0
        self.sim.set("status-500@gateway-health")
        self.wait_states(gateway_health="up")
        self.assertGreaterEqual(time.time(), until - 0.1)
        self.wait_states(gateway_health="down")
        self.assertEqual(len(self.results("memory-health")), paused)
        self.assertEqual(daemon.metric("outrider_missed_slots_total", check="memory-health") or 0, missed)
        self.assertEqual(daemon.end(), 0)

    def test_who_is_paused_while_it_is_down_leaves_its_incident(self):
        self.write_config()
        self.sim.set("status-500@memory-health")
        daemon = self.start()
        self.wait_states(gateway_health="up", gateway_stream="up", memory_health="down")
        self.assertEqual(daemon.end(), 0)
        self.put("UPDATE checks SET paused_us = ? WHERE id = 'memory-health'", int(time.time() * 1e6))
        daemon = self.start()
        self.assertTrue(wait_for(lambda: len(self.receiver.bodies) == 2))
        self.assertEqual([b["event"] for b in self.receiver.bodies], ["opened", "resolved"])
        self.assertRegex(self.receiver.bodies[1]["text"], "^CLOSED: .*: paused$")
        self.assertEqual(self.rows("SELECT count(*), count(resolved_us) FROM incident"), [(1, 1)])
        self.assertEqual(self.rows("SELECT kind, text FROM incident_event ORDER BY id DESC LIMIT 2"),
                         [("resolved", None), ("left", "paused")])
        self.assertIsNone(daemon.status()["memory-health"]["incident"])
        self.assertEqual(daemon.end(), 0)
        self.put("UPDATE checks SET paused_us = NULL")
        self.start()
        self.assertTrue(wait_for(lambda: len(self.receiver.bodies) == 3))  # it still fails: another one
        self.assertEqual(self.daemon.end(), 0)


if __name__ == "__main__":
    unittest.main()
