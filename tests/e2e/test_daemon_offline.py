"""The monitor's own network: canaries tell it from services that are down; a heartbeat tells others that it is
well."""
import http.server
import pathlib
import socket
import sqlite3
import tempfile
import threading
import time
import unittest

from watching import Daemon, Receiver, wait_for

CHECKS = """
listen: 127.0.0.1:0
database: {folder}/outrider.db
services:
  gone: {{url: "http://127.0.0.1:{service}"}}
defaults: {{every: 1s, timeout: 2s, health: {{down_after: 2, up_after: 2}}}}
alerts:
  canaries: ["http://127.0.0.1:{canary}/"]
  heartbeat: "http://127.0.0.1:{heart}/ping/top-secret-uuid"
  heartbeat_every: 1s
  channels:
    hook: {{type: webhook, url: "http://127.0.0.1:{hook}/alert"}}
checks:
  - id: gone-health
    service: gone
    get: /health
"""


DEAD = CHECKS.replace("down_after: 2, up_after: 2", "down_after: 1, up_after: 1").replace(
    "defaults:", '  dead: {{url: "http://127.0.0.1:{dead}"}}\ndefaults:') + "  - {{id: dead-health, service: dead, get: /}}\n"


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Place:
    """Somebody who is there on a port, or not; counts who came."""

    def __init__(self, port, status=200):
        self.paths = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.paths.append(self.path)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *unused):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def leave(self):
        self.server.shutdown()
        self.server.server_close()


class OfflineTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="outrider-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.hook = Receiver()
        self.addCleanup(self.hook.close)
        self.ports = {name: free_port() for name in ("service", "canary", "heart")}

    def watch(self, text=CHECKS):
        (self.folder / "checks.yaml").write_text(
            text.format(folder=self.folder, hook=self.hook.port, **self.ports))
        daemon = Daemon(self.folder / "checks.yaml", self.folder / "log")
        self.addCleanup(lambda: daemon.end() if daemon.popen.poll() is None else None)
        return daemon

    def events(self):
        return [body["event"] for body in self.hook.bodies]

    def test_a_service_that_is_down_beside_a_canary_is_down(self):
        canary = Place(self.ports["canary"], status=404)
        self.addCleanup(canary.leave)
        daemon = self.watch()
        self.assertTrue(wait_for(lambda: self.events() == ["opened"]), self.events())
        self.assertTrue(canary.paths)
        self.assertEqual(daemon.metric("outrider_monitor_offline"), 0)
        self.assertEqual(daemon.status()["gone-health"]["state"], "down")

    def test_what_is_down_anyway_opens_no_door_for_a_wave(self):
        """A service is down for itself, so that the canaries were reached just now whenever the network goes."""
        canary, service = Place(self.ports["canary"]), Place(self.ports["service"])
        self.ports["dead"] = free_port()
        daemon = self.watch(DEAD)
        self.assertTrue(wait_for(lambda: self.events() == ["opened"]), self.events())
        for _ in range(3):
            self.assertTrue(wait_for(lambda: daemon.status()["gone-health"]["state"] == "up"))
            canary.leave()
            time.sleep(0.3)  # what was reached a moment ago is believed
            service.leave()
            self.assertTrue(wait_for(lambda: daemon.metric("outrider_monitor_offline") == 1))
            canary, service = Place(self.ports["canary"]), Place(self.ports["service"])
            self.assertTrue(wait_for(lambda: daemon.metric("outrider_monitor_offline") == 0))
        canary.leave()
        service.leave()
        self.assertEqual(daemon.end(), 0)
        self.assertEqual(self.events()[:1] + sorted(self.events()[1:]), ["opened"] + ["offline"] * 3)

    def test_an_offline_monitor_blames_nobody_and_says_so_afterwards(self):
        daemon = self.watch()
        self.assertTrue(wait_for(lambda: daemon.metric("outrider_monitor_offline") == 1))
        self.assertTrue(wait_for(lambda: (daemon.metric("outrider_results_total", outcome="skip") or 0) >= 3))
        self.assertIn("The monitor itself is offline", daemon.get("/"))
        self.assertEqual(daemon.status()["gone-health"]["state"], "unknown")
        self.assertEqual(self.events(), [])
        service, canary = Place(self.ports["service"]), Place(self.ports["canary"])
        self.addCleanup(canary.leave)
        self.assertTrue(wait_for(lambda: self.events() == ["offline"]), self.events())
        told = self.hook.bodies[0]
        self.assertRegex(told["text"], r"^The monitor itself was offline from \d{4}-\d\d-\d\d \d\d:\d\d to \d{4}-\d\d-\d\d \d\d:\d\d UTC: \d+ results? of that time ")
        self.assertGreater(told["duration_s"], 0)
        self.assertTrue(wait_for(lambda: daemon.status()["gone-health"]["state"] == "up"))
        self.assertEqual(daemon.metric("outrider_monitor_offline"), 0)
        self.assertNotIn("The monitor itself is offline", daemon.get("/"))
        service.leave()
        self.assertTrue(wait_for(lambda: self.events() == ["offline", "opened"]), self.events())

    def test_what_began_offline_counts_for_nothing(self):
        silent = socket.socket()  # takes connections and says nothing
        self.addCleanup(silent.close)
        silent.bind(("127.0.0.1", self.ports["service"]))
        silent.listen(64)
        daemon = self.watch()
        self.assertTrue(wait_for(lambda: daemon.metric("outrider_monitor_offline") == 1))
        asked = daemon.metric("outrider_results_total", outcome="skip")
        self.assertTrue(wait_for(lambda: daemon.metric("outrider_results_total", outcome="skip") > asked))
        time.sleep(1)  # the next run is under way
        online_ms = time.time() * 1000
        canary = Place(self.ports["canary"])
        self.addCleanup(canary.leave)
        self.assertTrue(wait_for(lambda: "opened" in self.events()), self.events())
        self.assertEqual(daemon.end(), 0)
        with sqlite3.connect(self.folder / "outrider.db") as database:
            failed = database.execute("SELECT min(key & ((1 << 42) - 1)) FROM result WHERE outcome = 2").fetchone()[0]
        self.assertGreater(failed, online_ms)

    def test_a_stop_while_canaries_are_asked_blames_nobody(self):
        silent = socket.socket()
        self.addCleanup(silent.close)
        silent.bind(("127.0.0.1", self.ports["canary"]))
        silent.listen(0)
        fillers = [socket.socket() for _ in range(4)]  # nobody accepts: what comes now hangs
        for filler in fillers:
            self.addCleanup(filler.close)
            filler.setblocking(False)
            filler.connect_ex(silent.getsockname())
        daemon = self.watch()
        time.sleep(1.5)
        self.assertEqual(daemon.end(), 0)
        with sqlite3.connect(self.folder / "outrider.db") as database:
            self.assertEqual(database.execute("SELECT * FROM incident").fetchall(), [])
            for outcome, message in database.execute("SELECT outcome, message FROM result"):
                self.assertEqual(outcome, 3, message)
                self.assertIn("offline", message)

    def test_the_heart_beats_and_keeps_its_secret(self):
        heart = Place(self.ports["heart"])
        daemon = self.watch()
        self.assertTrue(wait_for(lambda: len(heart.paths) >= 3))
        self.assertEqual(set(heart.paths), {"/ping/top-secret-uuid"})
        heart.leave()
        log = self.folder / "log"
        self.assertTrue(wait_for(lambda: "heartbeat.unheard" in log.read_text()))
        again = Place(self.ports["heart"])
        self.addCleanup(again.leave)
        self.assertTrue(wait_for(lambda: "heartbeat.heard_again" in log.read_text()))
        pages = daemon.get("/") + daemon.get("/api/v1/status") + daemon.get("/metrics")
        self.assertEqual(daemon.end(), 0)
        for what in (pages, log.read_text()):
            self.assertNotIn("top-secret-uuid", what)
        self.assertNotIn(b"top-secret-uuid", (self.folder / "outrider.db").read_bytes())


if __name__ == "__main__":
    unittest.main()
