"""What people ask of a daemon: run now, pause, acknowledge, note, maintenance; by whom, and by nobody else."""
import base64
import contextlib
import http.client
import json
import os
import signal
import sqlite3
import time
import unittest
import urllib.parse

from serving import Server, answer
from support import PATIENCE
from watching import DaemonCase, metric, wait_for

TOKEN = "a-token-of-a-program-0123456789"
HASH = "$5$rounds=1000$outriderwish$RZuF9JFzNiqCeLD2SfMx0QG802zoUaOoBRxh9.pmtnA"
BASIC = "Basic " + base64.b64encode(b"ana:open sesame").decode()
FORM = "application/x-www-form-urlencoded"
HOSTILE = "<script>alert(1)</script>\n\x1b[31m\u202e{{text}} & \"'"
AUTH = f"""
auth:
  tokens: [{TOKEN}]
  users: [{{name: ana, password_hash: "{HASH}"}}]
"""


class WishesTest(DaemonCase):
    def start_with(self, more=""):
        self.write_config(more + AUTH)
        return self.start()

    def ask(self, method, path, body=None, who=f"Bearer {TOKEN}", **headers):
        """(status, headers, body): JSON where it is some."""
        connection = http.client.HTTPConnection(*self.daemon.address(), timeout=PATIENCE)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            headers["Authorization"] = who
        if isinstance(body, dict):
            headers.setdefault("Content-Type", "application/json")
            body = json.dumps(body)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        is_json = "json" in response.headers.get("Content-Type", "")
        return response.status, response.headers, json.loads(text) if is_json else text

    def post(self, path, body=None, **more):
        return self.ask("POST", "/api/v1/" + path, body, **more)

    def get(self, path):
        status, _, body = self.ask("GET", "/api/v1/" + path)
        self.assertEqual(status, 200, body)
        return body

    def check(self, id):
        return self.get("checks/" + id)

    def wait_state(self, id, state):
        if not wait_for(lambda: self.check(id)["state"] == state):
            self.fail(f"{self.check(id)}\n{self.log()}")

    def count(self, id):
        return self.rows("SELECT count(*) FROM result JOIN checks ON number = key >> 42 WHERE id = ?", id)[0][0]

    def open_incident(self):
        self.sim.set("status-500@memory-health")
        self.wait_state("memory-health", "down")
        self.assertTrue(wait_for(lambda: self.get("incidents")["incidents"]))
        return self.get("incidents")["incidents"][0]["id"]

    def test_who_may(self):
        self.start_with()
        own = "http://{}:{}".format(*self.daemon.address())
        path = "checks/gateway-health/pause"
        self.assertEqual(self.post(path, who=None)[0], 401)
        self.assertEqual(self.post(path, who="Bearer wrong")[0], 401)
        self.assertEqual(self.post(path, Origin="http://evil.example")[0], 403)
        self.assertEqual(self.post(path, Origin="null")[0], 403)
        self.assertEqual(self.post(path, Sec_Fetch_Site="cross-site")[0], 403)
        self.assertFalse(self.check("gateway-health")["paused"])
        self.assertEqual(self.post(path, who=BASIC, Origin=own, Sec_Fetch_Site="same-origin")[0], 200)
        self.assertTrue(self.check("gateway-health")["paused"])
        self.assertEqual(self.daemon.end(), 0)

    def test_without_users_nobody_may(self):
        self.start()
        self.assertEqual(self.post("checks/gateway-health/pause", who=None)[0], 403)
        self.assertEqual(self.post("maintenance", {"title": "x", "duration": "1h"}, who=BASIC)[0], 403)
        self.assertEqual(self.daemon.end(), 0)

    def test_run_now(self):
        with Server({"/slow": answer(200, "ok", after=1)}) as server:
            self.sim.urls["memory"] = server.url
            self.start_with("""  - id: seldom
    service: memory
    get: /slow
    every: 24h
    expect: {status: 200}
""")
            self.assertTrue(wait_for(lambda: self.check("seldom")["last"]))  # a new one runs soon
            self.assertTrue(wait_for(lambda: self.count("seldom") == 1))
            before = self.check("seldom")
            status, _, body = self.post("checks/seldom/run")
            self.assertEqual((status, body), (202, {"check": "seldom", "done": "run", "by": "token 1"}))
            self.assertTrue(wait_for(lambda: self.check("seldom")["running"], pause=0.01))
            self.assertEqual(self.post("checks/seldom/run")[0], 409)
            self.assertTrue(wait_for(lambda: self.count("seldom") == 2))
            self.assertTrue(wait_for(lambda: not self.check("seldom")["running"]))
            self.assertEqual(server.paths().count("/slow"), 2)
            self.assertEqual(self.check("seldom")["next_at"][:19], before["next_at"][:19])  # its slots stay
            self.assertEqual(self.post("checks/nothing/run")[0], 404)
            self.assertIn("check.asked check=seldom by=\"token 1\"", self.log())
            self.assertEqual(self.daemon.end(), 0)

    def test_a_pause_survives(self):
        self.start_with()
        self.wait_state("gateway-health", "up")
        status, headers, _ = self.post("checks/gateway-health/pause", "", who=BASIC,
                                       Content_Type=FORM, Accept="text/html,*/*;q=0.8")
        self.assertEqual((status, headers["Location"]), (303, "/checks/gateway-health?done=pause"))
        self.assertEqual(self.post("checks/gateway-health/run")[0], 409)
        self.assertEqual(self.daemon.end(), 0)
        self.start()
        shown = self.check("gateway-health")
        self.assertEqual((shown["paused"], shown["paused_by"], shown["next_at"]), (True, "ana", None))
        self.assertIsNotNone(shown["paused_at"])
        self.assertEqual(self.post("checks/gateway-health/resume")[0], 200)
        shown = self.check("gateway-health")
        self.assertEqual((shown["paused"], shown["paused_by"], shown["paused_at"]), (False, None, None))
        self.wait_state("gateway-health", "up")
        self.assertRegex(self.log(), "check.paused .*by=ana")
        self.assertEqual(self.daemon.end(), 0)

    def test_what_waits_in_line_is_not_sent_when_it_is_paused(self):
        with Server({"/slow": answer(200, "ok", after=2), "/next": answer(200, "ok")}) as server:
            self.sim.urls["memory"] = f'{server.url}", max_in_flight: 1, title: "'
            self.start_with("".join(f"  - {{id: {id}, service: memory, get: /{id}, every: 24h}}\n"
                                    for id in ("slow", "next")))
            self.assertTrue(wait_for(lambda: self.count("slow") and self.count("next")))  # new ones run soon
            self.assertEqual(self.post("checks/slow/run")[0], 202)
            self.assertTrue(wait_for(lambda: self.check("slow")["running"], pause=0.01))
            self.assertEqual(self.post("checks/next/run")[0], 202)
            self.assertEqual(self.post("checks/next/run")[0], 409)  # it is in line
            self.assertEqual(self.post("checks/next/pause")[0], 200)
            self.assertTrue(wait_for(lambda: self.count("next") == 2))
            self.assertEqual(server.paths().count("/next"), 1)
            last = self.get("checks/next/results")["results"][0]
            self.assertEqual((last["outcome"], last["reason"]), ("skip", "cancelled"))
            self.assertEqual(self.post("checks/next/resume")[0], 200)
            self.assertEqual(self.post("checks/next/run")[0], 202)
            self.assertTrue(wait_for(lambda: server.paths().count("/next") == 2))
            self.assertEqual(self.daemon.end(), 0)

    def test_a_window(self):
        self.start_with()
        self.wait_state("memory-health", "up")
        status, headers, window = self.post("maintenance", {
            "title": HOSTILE.replace("\n", "").replace("\x1b", ""), "duration": "1h", "checks": ["memory-health"]})
        self.assertEqual(status, 201, window)
        self.assertEqual(headers["Location"], f"/api/v1/maintenance/{window['id']}")
        self.wait_state("memory-health", "maintenance")
        shown = self.check("memory-health")["maintenance"]
        self.assertEqual((shown["window"], shown["until"]), (window["id"], window["until"]))
        self.assertNotIn("\u202e", shown["title"])
        self.assertIsNone(self.check("gateway-health")["maintenance"])
        self.sim.set("status-500@memory-health")
        self.assertTrue(wait_for(lambda: self.check("memory-health")["last"]["outcome"] == "fail" and
                                 self.check("memory-health")["last"]["maintenance"]))
        self.sim.set()
        self.assertTrue(wait_for(lambda: self.check("memory-health")["last"]["outcome"] == "pass"))
        self.assertEqual(self.get("incidents")["incidents"], [])
        stored = self.get(headers["Location"].removeprefix("/api/v1/"))
        self.assertEqual((stored["state"], stored["checks"], stored["created_by"]),
                         ("open", ["memory-health"], "token 1"))
        self.assertEqual(self.ask("DELETE", headers["Location"])[0], 200)
        self.wait_state("memory-health", "up")
        self.assertEqual(self.ask("DELETE", headers["Location"])[0], 409)
        self.assertEqual(self.ask("DELETE", "/api/v1/maintenance/99")[0], 404)
        self.assertEqual(self.get("maintenance?state=over")["windows"][0]["id"], window["id"])
        for body in ({"title": "x", "duration": "1h", "checks": ["nothing"]},
                     {"title": "x", "until": "2001-01-01T00:00:00Z"}):
            self.assertEqual(self.post("maintenance", body)[0], 422)
        self.assertEqual(self.daemon.end(), 0)

    def test_as_many_windows_as_may_be(self):
        self.start_with()
        self.assertEqual(self.daemon.end(), 0)
        now = int(time.time() * 1e6)
        database = sqlite3.connect(self.folder / "outrider.db")
        with database:
            database.executemany("INSERT INTO maintenance VALUES (?, ?, ?, 'x', 0, NULL, NULL)",
                                 [(id, now + int(1e12), now + int(2e12)) for id in range(1, 1001)])
        database.close()
        self.start()
        status, _, problem = self.post("maintenance", {"title": "x", "duration": "1h"})
        self.assertEqual((status, problem["detail"]), (409, "There are 1000 windows already: end one of them first."))
        self.assertEqual(self.post("maintenance/7/end")[0], 200)
        self.assertEqual(self.post("maintenance", {"title": "x", "duration": "1h"})[0], 201)
        self.assertEqual(self.daemon.end(), 0)

    def test_an_incident_is_acknowledged(self):
        self.start_with()
        id = self.open_incident()
        self.assertFalse(self.check("memory-health")["acknowledged"])
        form = urllib.parse.urlencode({"text": HOSTILE.replace("\x1b", "")})
        status, headers, _ = self.post(f"incidents/{id}/ack", form, who=BASIC, Content_Type=FORM,
                                       Accept="text/html")
        self.assertEqual((status, headers["Location"]), (303, f"/incidents/{id}?done=acknowledge"))
        self.assertEqual(self.post(f"incidents/{id}/ack")[0], 409)
        self.assertTrue(self.check("memory-health")["acknowledged"])
        self.assertEqual(self.post(f"incidents/{id}/note", {"text": HOSTILE})[0], 422)  # control characters
        self.assertEqual(self.post(f"incidents/{id}/note", {"text": "second"})[0], 200)
        story = self.get(f"incidents/{id}")
        self.assertEqual(story["acknowledged_by"], "ana")
        said = {moment["event"]: moment for moment in story["timeline"]}
        self.assertIn("<script>", said["acknowledged"]["text"])
        for character in "\u202e\n":
            self.assertNotIn(character, said["acknowledged"]["text"])
        self.assertEqual((said["note"]["text"], said["note"]["by"]), ("second", "token 1"))
        for path in ("/", "/checks/memory-health", f"/incidents/{id}", "/feed.atom"):
            text = self.ask("GET", path)[2]
            self.assertNotIn("<script>alert", text if isinstance(text, str) else "")
        self.assertNotIn("\u202e", self.log())
        self.assertRegex(self.log(), "incident.acknowledged .*by=ana")
        self.sim.set()
        self.wait_state("memory-health", "up")
        self.assertTrue(wait_for(lambda: self.get(f"incidents/{id}")["state"] == "resolved"))
        self.assertEqual(self.post(f"incidents/{id}/note", {"text": "late"})[0], 409)
        self.assertEqual(self.post("incidents/00000000000000ff/ack")[0], 404)
        self.assertEqual(self.daemon.end(), 0)

    def test_alerts(self):
        self.start_with()
        self.receiver.broken = True
        id = self.open_incident()
        self.assertTrue(wait_for(lambda: self.get("alerts?state=waiting&channel=hook")["alerts"]))
        waiting = self.get("alerts?channel=hook")
        self.assertEqual(waiting["counts"], {"waiting": 1, "delivered": 0, "dead": 0, "dismissed": 0})
        self.assertEqual((waiting["alerts"][0]["incident"], waiting["alerts"][0]["event"]), (id, "opened"))
        self.assertTrue(wait_for(lambda: self.get("alerts?channel=hook")["alerts"][0]["error"]))
        self.assertTrue(wait_for(lambda: self.get("alerts?state=delivered")["alerts"]))
        delivered = self.get("alerts?state=delivered")["alerts"][0]
        self.assertEqual((delivered["channel"], delivered["next_try_at"]), ("script", None))
        first = self.get("alerts?limit=1")
        second = self.get(first["next"].removeprefix("/api/v1/"))
        self.assertLess(second["alerts"][0]["id"], first["alerts"][0]["id"])
        self.assertIsNone(second["next"])
        self.assertEqual(self.ask("GET", "/api/v1/alerts?state=x")[0], 400)
        self.assertEqual(self.ask("GET", "/api/v1/alerts", who=None)[0], 401)
        self.daemon.end(signal.SIGKILL)

    def give_up(self):
        """An alert that is too old to be tried again, and was told to nobody; its row."""
        self.receiver.broken = True
        self.open_incident()
        self.assertTrue(wait_for(lambda: self.rows("SELECT 1 FROM outbox WHERE tries > 0 AND channel = 'hook'")))
        self.daemon.end(signal.SIGKILL)
        with contextlib.closing(sqlite3.connect(self.folder / "outrider.db")) as database, database:
            database.execute("UPDATE outbox SET created_us = created_us - 400000000000, next_try_us = 0, tries = 4")
        self.start_with()
        self.assertTrue(wait_for(lambda: self.get("alerts?state=dead")["alerts"]))
        return self.get("alerts?state=dead")["alerts"][0]

    def page(self):
        return self.ask("GET", "/", who=BASIC)[2]

    def given_up(self):
        return metric(self.ask("GET", "/metrics")[2], "outrider_alerts_given_up")

    def test_an_alert_that_was_given_up(self):
        self.start_with()
        dead = self.give_up()
        self.assertEqual((dead["channel"], dead["error"]), ("hook", "the receiver answered 500"))
        self.assertTrue(wait_for(lambda: "Alerts that nobody got" in self.page()))
        self.assertIn(f'action="/api/v1/alerts/{dead["id"]}/retry"', self.page())
        self.assertRegex(self.page(), '(?s)Alerts that nobody got.*the receiver answered 500.*id="services"')  # seen at once
        self.assertTrue(wait_for(lambda: self.given_up() == 1))
        self.assertEqual(self.post(f"alerts/{dead['id']}/retry")[0], 200)  # and given up again at once
        self.assertTrue(wait_for(lambda: self.get("alerts?state=dead")["alerts"][:1] and
                                 self.get("alerts?state=dead")["alerts"][0]["tries"] > dead["tries"]))
        self.receiver.broken = False
        self.assertEqual(self.post(f"alerts/{dead['id']}/retry", who=BASIC)[0], 200)
        self.assertTrue(wait_for(lambda: self.receiver.bodies))
        self.assertTrue(wait_for(lambda: self.get("alerts?state=dead")["counts"]["dead"] == 0))
        self.assertEqual(self.receiver.bodies[0]["dedup_key"], dead["dedup_key"])
        self.assertEqual(self.post(f"alerts/{dead['id']}/retry")[0], 409)
        self.assertTrue(wait_for(lambda: "Alerts that nobody got" not in self.page()))
        self.assertRegex(self.log(), f"alert.retried alert={dead['id']} by=ana")
        self.assertEqual(self.daemon.end(), 0)

    def test_an_alert_that_is_dismissed(self):
        self.start_with()
        dead = self.give_up()
        self.assertEqual(self.post(f"alerts/{dead['id']}/dismiss")[0], 200)
        self.assertEqual(self.get("alerts?state=dismissed")["alerts"][0]["id"], dead["id"])
        self.assertEqual(self.get("alerts")["counts"]["dead"], 0)
        self.assertTrue(wait_for(lambda: self.given_up() == 0))
        self.assertEqual(self.post(f"alerts/{dead['id']}/dismiss")[0], 409)
        self.daemon.end(signal.SIGKILL)
        self.start_with()  # and it stays so
        self.assertEqual(self.get("alerts?state=dismissed")["alerts"][0]["id"], dead["id"])
        self.assertEqual(self.daemon.end(), 0)

    def make_busy(self):
        """The loop waits for what a pipe says, for some seconds. Returns the pipe."""
        self.config.unlink()
        os.mkfifo(self.config)
        self.daemon.popen.send_signal(signal.SIGHUP)
        return wait_for(self.open_pipe, pause=0.01)

    def open_pipe(self):
        try:
            return os.open(self.config, os.O_WRONLY | os.O_NONBLOCK)  # somebody reads it
        except OSError:
            return None

    def test_a_daemon_that_is_busy(self):
        daemon = self.start_with()
        for tries in range(5):  # a machine that is busy itself may ask too late
            pipe = self.make_busy()
            status, _, problem = self.post("checks/gateway-health/pause")
            self.assertTrue(wait_for(lambda: self.log().count("reload.failed") == tries + 1))
            os.close(pipe)
            if status != 200:
                break
            self.assertEqual(self.post("checks/gateway-health/resume")[0], 200)
        self.assertEqual((status, problem["detail"]), (503, "The daemon is busy: nothing was done."))
        self.assertEqual(self.post("checks/gateway-stream/pause")[0], 200)  # it goes on
        self.assertFalse(self.check("gateway-health")["paused"])
        self.assertEqual(daemon.end(), 0)

    def test_a_daemon_that_stops(self):
        with Server({"/slow": answer(200, "ok", after=4)}) as server:
            self.sim.urls["memory"] = server.url
            daemon = self.start_with("""  - id: slow
    service: memory
    get: /slow
    expect: {status: 200}
""")
            self.assertTrue(wait_for(lambda: self.check("slow")["running"]))
            daemon.popen.send_signal(signal.SIGTERM)
            self.assertTrue(wait_for(lambda: "daemon.stopping" in self.log(), pause=0.01))
            status, _, problem = self.post("checks/gateway-health/pause")
            self.assertEqual((status, problem["detail"]), (503, "The daemon is stopping."))
            self.assertEqual(daemon.end(), 0)


if __name__ == "__main__":
    unittest.main()
