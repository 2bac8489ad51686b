"""The daemon as its operator sees it: page, metrics, hooks, database, signals; on the stand-in."""
import json
import signal
import sqlite3
import subprocess
import time
import unittest

from support import BUILD, PATIENCE
from watching import DaemonCase, metric, wait_for


class DaemonTest(DaemonCase):
    def test_a_fault_shows_once_down_once_up(self):
        daemon = self.start()
        self.wait_states(gateway_health="up", gateway_stream="up", memory_health="up")
        self.assertIn("ok", daemon.get("/healthz"))
        self.assertIn("gateway-health", daemon.get("/"))

        self.sim.set("status-500@gateway-health")
        self.wait_states(gateway_health="down", gateway_stream="up", memory_health="up")
        page, metrics = daemon.get("/"), daemon.get("/metrics")
        self.assertRegex(page, r"(?s)gateway-health.*down|down.*gateway-health")
        self.assertEqual(metric(metrics, "probe_success", check="gateway-health"), 0)
        self.assertEqual(metric(metrics, "probe_success", check="memory-health"), 1)
        self.assertEqual(metric(metrics, "outrider_incidents_open"), 1)
        self.assertEqual(daemon.status()["gateway-health"]["last"]["http_status"], 500)

        self.sim.set()
        self.wait_states(gateway_health="up")
        self.assertTrue(wait_for(lambda: len(self.receiver.bodies) >= 2))
        time.sleep(2.5)  # more results come; no more messages may
        told = [(b["event"], b["check"]["id"] if isinstance(b["check"], dict) else b["check"])
                for b in self.receiver.bodies]
        self.assertEqual(told, [("opened", "gateway-health"), ("resolved", "gateway-health")])
        script = (self.folder / "script.log").read_text().split("\n")
        self.assertEqual([json.loads(line)["event"] for line in script if line],
                         ["opened", "resolved"])
        self.assertEqual(daemon.end(), 0)
        self.assertEqual(self.rows("SELECT count(*), count(resolved_us) FROM incident"), [(1, 1)])
        kept = [json.loads(text) for (text,) in self.rows("SELECT json FROM evidence ORDER BY key")]
        outcomes = [evidence["outcome"] for evidence in kept]
        self.assertEqual(outcomes.count("pass"), 4, outcomes)  # each check's first, and one after the failures
        for evidence in kept:  # in words, which later passes go without
            told = evidence.get("expectations", [])
            self.assertTrue(told and all(e.get("expected") and e.get("actual") for e in told), evidence)

    def test_every_slot_is_a_row_or_missed(self):
        daemon = self.start()
        self.wait_states(gateway_health="up")
        time.sleep(6)
        self.assertEqual(daemon.end(), 0)
        asked = [j for j in self.sim.journal() if (j.get("request_id") or "").startswith("memory-health-")]
        kept = self.rows("""SELECT count(*) FROM result JOIN checks ON checks.number = key >> 42
                            WHERE id = 'memory-health'""")[0][0]
        self.assertEqual(len(asked), kept)
        self.assertGreaterEqual(kept, 5)
        times = [t for t, in self.rows("""SELECT key & ((1 << 42) - 1) FROM result
            JOIN checks ON checks.number = key >> 42 WHERE id = 'memory-health' ORDER BY key""")]
        missed = sum(s for s, in self.rows("SELECT slots FROM missed"))
        slots = round((times[-1] - times[0]) / 1000) + 1
        self.assertGreaterEqual(kept + missed, slots)

    def test_killed_and_started_again(self):
        self.start()
        self.wait_states(gateway_health="up")
        self.sim.set("status-500@gateway-health")
        self.wait_states(gateway_health="down")
        self.assertTrue(wait_for(lambda: self.receiver.bodies))
        # killed between a delivery and its note, it would tell the same news again, with the same key
        self.assertTrue(wait_for(lambda: self.rows(
            "SELECT count(*) FROM outbox WHERE state = 1")[0][0] == 2))
        before = set(self.rows("SELECT key FROM result"))
        self.daemon.end(signal.SIGKILL)

        self.start()
        self.assertEqual(self.states()["gateway-health"], "down")  # known before its first result
        time.sleep(2.5)
        self.assertEqual([b["event"] for b in self.receiver.bodies], ["opened"])
        after = set(self.rows("SELECT key FROM result"))
        self.assertLessEqual(before, after)
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
        self.sim.set()
        self.wait_states(gateway_health="up")
        self.assertTrue(wait_for(lambda: len(self.receiver.bodies) == 2))
        self.assertEqual(self.receiver.bodies[1]["event"], "resolved")
        self.assertEqual(self.receiver.bodies[0]["incident"], self.receiver.bodies[1]["incident"])
        self.assertEqual(self.daemon.end(), 0)

    def test_a_hook_that_fails_is_tried_again(self):
        self.start()
        self.wait_states(memory_health="up")
        self.receiver.broken = True
        self.sim.set("status-500@memory-health")
        self.wait_states(memory_health="down")
        time.sleep(1)
        self.assertEqual(self.receiver.bodies, [])
        self.receiver.broken = False
        self.assertTrue(wait_for(lambda: self.receiver.bodies))
        self.assertEqual(self.receiver.bodies[0]["event"], "opened")
        self.assertEqual(self.daemon.end(), 0)

    def test_a_failure_that_becomes_a_known_issue_and_back(self):
        """The end is told to who heard of the beginning; what is no longer known is told late."""
        known = """  - {id: models, service: gateway, get: /v1/models%s}\n"""
        mark = ", known_issue: {reason: ticket 12}"
        self.write_config(known % "")
        daemon = self.start()
        self.sim.set("status-500@models")
        self.wait_states(models="down")
        self.assertTrue(wait_for(lambda: len(self.receiver.bodies) == 1))
        self.write_config(known % mark)
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: self.log().count("reload.done") == 1))
        self.assertNotIn("known_issue.passes", self.log())
        self.sim.set()
        self.wait_states(models="up")
        self.assertTrue(wait_for(lambda: "known_issue.passes" in self.log()))
        self.assertTrue(wait_for(lambda: len(self.receiver.bodies) == 3))  # resolved, and fixed

        self.sim.set("status-500@models")
        self.wait_states(models="down")
        time.sleep(1.5)
        self.assertEqual(len(self.receiver.bodies), 3)  # known: not told
        self.sim.set()
        self.wait_states(models="up")
        self.assertTrue(wait_for(lambda: self.log().count("known_issue.passes") == 2))
        time.sleep(1.5)
        self.assertEqual(len(self.receiver.bodies), 3)  # nor is its end; fixed it was before

        self.sim.set("status-500@models")
        self.wait_states(models="down")
        self.write_config(known % "")
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: len(self.receiver.bodies) == 4))
        self.sim.set()
        self.assertTrue(wait_for(lambda: len(self.receiver.bodies) == 5))
        self.assertEqual([b["event"] for b in self.receiver.bodies],
                         ["opened", "resolved", "fixed", "opened", "resolved"])
        self.assertEqual(self.log().count("known_issue.passes"), 2)  # once each time
        self.assertEqual(daemon.end(), 0)

    def test_a_second_daemon_and_a_taken_port_are_refused(self):
        daemon = self.start()
        self.wait_states(gateway_health="up")
        second = subprocess.run([BUILD / "outrider", "--config", self.config], timeout=PATIENCE,
                                stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(second.returncode, 3, second.stderr)
        self.assertIn("outrider.db", second.stderr)
        third = subprocess.run([BUILD / "outrider", "--config", self.config, "--listen",
                                daemon.url.removeprefix("http://"), "--database",
                                self.folder / "other.db"], timeout=PATIENCE,
                               stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(third.returncode, 3, third.stderr)
        self.assertIn("listens there already", third.stderr)
        self.assertEqual(daemon.end(), 0)

    def test_an_error_does_nothing_to_a_terminal(self):
        refused = subprocess.run([BUILD / "outrider", "--config", self.config, "--database", b"/no/\x1b[31m\xa0/o.db"],
                                 timeout=PATIENCE, stdin=subprocess.DEVNULL, capture_output=True)
        self.assertEqual(refused.returncode, 3, refused.stderr)
        self.assertTrue(refused.stderr.decode().startswith("outrider: /no/\\x1b[31m\ufffd/o.db: "), refused.stderr)

    def test_a_hanging_service_delays_nobody(self):
        self.start()
        self.wait_states(memory_health="up")
        self.sim.set("silence@gateway-*")
        start = len(self.rows("SELECT key FROM result"))
        self.assertTrue(wait_for(lambda: len(self.rows(
            """SELECT key FROM result JOIN checks ON checks.number = key >> 42
               WHERE id = 'memory-health'""")) >= 6))
        self.assertEqual(self.states()["memory-health"], "up")
        self.assertGreater(len(self.rows("SELECT key FROM result")), start)
        before = time.monotonic()
        self.assertEqual(self.daemon.end(), 0)  # drains or cancels what hangs
        self.assertLess(time.monotonic() - before, 20)

    def test_results_that_are_lost_at_the_end_are_no_success(self):
        daemon = self.start()
        self.wait_states(gateway_health="up")
        other = sqlite3.connect(self.folder / "outrider.db", isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        self.assertTrue(wait_for(lambda: json.loads(daemon.get("/healthz"))["store_queue"] > 0))
        self.assertEqual(daemon.end(), 3)
        self.assertRegex(self.log(), r"store\.lost items=\d+ .*\n(.*\n)*.*daemon\.stopped .*\n$")

    def test_a_second_sigterm_ends_at_once_what_hangs_even_in_cleanup(self):
        self.write_config("""
  - id: with-cleanup
    service: memory
    steps: [{get: /health}, {cleanup: true, get: /health}]
""")
        self.sim.set("silence@with-cleanup")
        self.start()
        self.assertTrue(wait_for(lambda: any(
            r.get("request_id", "").startswith("with-cleanup") for r in self.sim.journal())))
        self.daemon.popen.send_signal(signal.SIGTERM)
        self.assertTrue(wait_for(lambda: "daemon.stopping" in (self.folder / "log").read_text()))
        before = time.monotonic()
        self.assertEqual(self.daemon.end(), 0)
        self.assertLess(time.monotonic() - before, 5)

    def test_a_log_in_json_is_json_to_the_last_line(self):
        with subprocess.Popen([BUILD / "outrider", "--demo", "--listen", "127.0.0.1:0",
                               "--log-format", "json"], stdin=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as demo:
            lines = []
            for line in demo.stderr:
                lines.append(json.loads(line))
                if lines[-1]["event"] == "daemon.start":
                    demo.terminate()
        self.assertEqual(demo.returncode, 0)
        self.assertEqual(lines[-1]["event"], "daemon.stopped")

    def test_no_config_and_a_bad_one(self):
        for argument, status, words in (("/nonexistent/x.yaml", 2, "x.yaml"),):
            answer = subprocess.run([BUILD / "outrider", "--config", argument], timeout=PATIENCE,
                                    stdin=subprocess.DEVNULL, capture_output=True, text=True)
            self.assertEqual(answer.returncode, status)
            self.assertIn(words, answer.stderr)


if __name__ == "__main__":
    unittest.main()
