"""The daemon as its operator sees it: page, metrics, hooks, database, signals; on the stand-in."""
import http.server
import json
import pathlib
import re
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

from support import BUILD, PATIENCE, Sim

CHECKS = """
listen: 127.0.0.1:0
database: {folder}/outrider.db
services:
  gateway: {{url: "{gateway}"}}
  memory: {{url: "{memory}"}}
defaults: {{every: 1s, timeout: 5s, health: {{down_after: 2 of 3, up_after: 2}}}}
alerts:
  channels:
    hook: {{type: webhook, url: "http://127.0.0.1:{hook}/alert"}}
    script: {{type: exec, command: ["/bin/sh", "-c", "cat >> {folder}/script.log; echo >> {folder}/script.log"]}}
checks:
  - id: gateway-health
    service: gateway
    get: /health
    expect: {{status: 200}}
  - id: gateway-stream
    service: gateway
    chat: {{model: baseline-cli-agent, user: "Count from 1 to 3", stream: true}}
    expect: {{status: 200, stream: {{done: true}}}}
  - id: memory-health
    service: memory
    get: /health
    expect: {{status: 200}}
{more}"""


class Receiver:
    """A webhook's receiver: keeps every body; answers 500 while `broken`."""

    def __init__(self):
        self.bodies, self.broken = [], False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if outer.broken:
                    self.send_error(500)
                    return
                outer.bodies.append(body)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *unused):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Daemon:
    def __init__(self, config, log, *more):
        self.log = log
        self.file = open(log, "ab")
        start = pathlib.Path(log).stat().st_size
        self.popen = subprocess.Popen([BUILD / "outrider", "--config", config, *more],
                                      stdin=subprocess.DEVNULL, stdout=self.file, stderr=self.file)
        found = wait_for(lambda: re.search(rb"Dashboard: (http://\S+?)/?\s",
                                           pathlib.Path(log).read_bytes()[start:]) or
                         self.popen.poll() is not None)
        if found is True or self.popen.poll() is not None:
            raise AssertionError(pathlib.Path(log).read_text())
        self.url = found.group(1).decode()

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def status(self):
        return {c["id"]: c for c in json.loads(self.get("/api/v1/status"))["checks"]}

    def end(self, how=signal.SIGTERM):
        if self.popen.poll() is None:
            self.popen.send_signal(how)
        status = self.popen.wait(PATIENCE)
        self.file.close()
        return status


def wait_for(condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.05)


def metric(text, name, **labels):
    """The value of the first sample with these labels."""
    for line in text.splitlines():
        if line.startswith(name + "{") or line.startswith(name + " "):
            if all(f'{k}="{v}"' in line for k, v in labels.items()):
                return float(line.rsplit(" ", 1)[1])
    return None


class DaemonTest(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="outrider-")
        self.folder = pathlib.Path(self.tmp.name)
        self.sim = Sim()
        self.receiver = Receiver()
        self.config = self.folder / "checks.yaml"
        self.write_config()
        self.daemon = None

    def tearDown(self):
        if self.daemon and self.daemon.popen.poll() is None:
            self.daemon.end(signal.SIGKILL)
        self.receiver.close()
        self.sim.stop()
        self.tmp.cleanup()

    def write_config(self, more=""):
        self.config.write_text(CHECKS.format(
            folder=self.folder, hook=self.receiver.port, more=more,
            gateway=self.sim.urls["gateway"], memory=self.sim.urls["memory"]))

    def start(self):
        self.daemon = Daemon(self.config, self.folder / "log")
        return self.daemon

    def log(self):
        return (self.folder / "log").read_text()

    def rows(self, sql, *args):
        database = sqlite3.connect(f"file:{self.folder}/outrider.db?mode=ro", uri=True)
        try:
            return database.execute(sql, args).fetchall()
        finally:
            database.close()

    def states(self):
        return {id: check["state"] for id, check in self.daemon.status().items()}

    def wait_states(self, **states):
        wanted = {k.replace("_", "-"): v for k, v in states.items()}
        if not wait_for(lambda: wanted.items() <= self.states().items()):
            self.fail(f"{self.states()} is not {wanted}\n{self.log()}")

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

    def test_reload(self):
        daemon = self.start()
        self.wait_states(gateway_health="up")
        self.write_config("  - {id: broken, service: nobody, get: /}\n")
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: "reload.failed" in self.log()))
        self.assertRegex(self.log(), r"checks\.yaml:\d+:\d+: .*nobody")
        self.assertTrue(wait_for(lambda: metric(
            daemon.get("/metrics"), "outrider_config_last_reload_successful") == 0))
        self.assertEqual(self.states()["gateway-health"], "up")

        self.write_config("  - {id: models, service: gateway, get: /v1/models}\n")
        daemon.popen.send_signal(signal.SIGHUP)
        self.wait_states(models="up", gateway_health="up")
        self.assertTrue(wait_for(lambda: metric(
            daemon.get("/metrics"), "outrider_config_last_reload_successful") == 1))

        self.write_config()
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: "models" not in self.states()))
        self.assertEqual(daemon.end(), 0)

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
        self.assertTrue(wait_for(lambda: len(self.receiver.bodies) == 2))
        self.assertTrue(wait_for(lambda: "known_issue.passes" in self.log()))

        self.sim.set("status-500@models")
        self.wait_states(models="down")
        time.sleep(1.5)
        self.assertEqual(len(self.receiver.bodies), 2)  # known: not told
        self.sim.set()
        self.wait_states(models="up")
        time.sleep(1.5)
        self.assertEqual(len(self.receiver.bodies), 2)  # so its end is not told either

        self.sim.set("status-500@models")
        self.wait_states(models="down")
        self.write_config(known % "")
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: len(self.receiver.bodies) == 3))
        self.sim.set()
        self.assertTrue(wait_for(lambda: len(self.receiver.bodies) == 4))
        self.assertEqual([b["event"] for b in self.receiver.bodies], ["opened", "resolved"] * 2)
        self.assertEqual(self.log().count("known_issue.passes"), 2)  # once each time
        self.assertEqual(daemon.end(), 0)

    def test_many_reloads_while_checks_run(self):
        daemon = self.start()
        self.sim.set("slow-headers=700ms@gateway-health")
        for i in range(20):
            self.write_config(f"  - {{id: extra-{i}, service: gateway, get: /health}}\n")
            daemon.popen.send_signal(signal.SIGHUP)
            time.sleep(0.1)
        self.wait_states(extra_19="up", gateway_health="up")
        self.assertEqual(daemon.end(), 0)

    def test_reloads_lose_no_slot_of_a_check_that_runs(self):
        self.sim.set("slow-headers=2500ms@memory-health")
        daemon = self.start()
        end = time.monotonic() + 9
        while time.monotonic() < end:
            time.sleep(1.3)
            daemon.popen.send_signal(signal.SIGHUP)
        told = metric(daemon.get("/metrics"), "outrider_missed_slots_total", check="memory-health")
        self.assertEqual(daemon.end(), 0)
        number = self.rows("SELECT number FROM checks WHERE id = 'memory-health'")[0][0]
        times = [t for t, in self.rows(
            "SELECT key & ((1 << 42) - 1) FROM result WHERE key >> 42 = ? ORDER BY key", number)]
        missed = self.rows("SELECT sum(slots) FROM missed WHERE key >> 42 = ?", number)[0][0]
        self.assertEqual(len(times) + missed, round((times[-1] - times[0]) / 1000) + 1)
        # what runs at the end adds its own when it ends, after we were told
        self.assertTrue(missed - 3 <= told <= missed, (told, missed))

    def test_a_check_that_was_away_has_missed_nothing_meanwhile(self):
        extra = """
  - id: away
    service: memory
    get: /health
"""
        self.write_config(extra)
        daemon = self.start()
        self.wait_states(away="up")
        self.write_config()
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: "away" not in daemon.status()))
        time.sleep(4)
        self.write_config(extra)
        daemon.popen.send_signal(signal.SIGHUP)
        self.wait_states(away="up")
        self.assertLess(
            metric(daemon.get("/metrics"), "outrider_missed_slots_total", check="away"), 3)

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
