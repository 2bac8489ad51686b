"""When people are told: again while something stays open, that somebody takes care, and what waits for its hour."""
import http.client
import json
import signal
import sqlite3
import time
import unittest

from serving import Server, answer
from support import PATIENCE
from watching import DaemonCase, metric, wait_for

TOKEN = "a-token-of-a-program-0123456789"
CHECKS = """
listen: 127.0.0.1:0
database: {folder}/outrider.db
auth: {{tokens: [{token}]}}
services:
  site: {{url: "{site}"}}
defaults: {{every: 1s, timeout: 5s, health: {{down_after: 1, up_after: 1, cold_for: 0s}}}}
alerts:
{alerts}
checks:
{checks}"""


class AlertTimesTest(DaemonCase):
    def setUp(self):
        self.down = set()
        self.site = self.enterContext(Server({f"/{id}": self.route(id) for id in "abcdef"}))
        self.site.server.handle_error = lambda *unused: None  # a killed daemon leaves connections behind
        super().setUp()

    def route(self, id):
        return lambda handler: answer(503 if id in self.down else 200, {"id": id})(handler)

    def write_config(self, more=""):
        pass

    def write(self, alerts, ids="a", severity="page"):
        """alerts: lines, in which HOOK is the receiver."""
        hook = f'type: webhook, url: "http://127.0.0.1:{self.receiver.port}/alert"'
        self.config.write_text(CHECKS.format(
            folder=self.folder, token=TOKEN, site=self.site.url, alerts=alerts.replace("HOOK", hook),
            checks="".join(f"  - {{id: {id}, service: site, get: /{id}, severity: {severity}}}\n" for id in ids)))

    def ask(self, path, body=None):
        connection = http.client.HTTPConnection(*self.daemon.address(), timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        connection.request("GET" if body is None else "POST", "/api/v1/" + path, body and json.dumps(body), headers)
        response = connection.getresponse()
        text = json.loads(response.read())
        connection.close()
        return response.status, text

    def keys(self):
        """What was told, without the opener and the incident."""
        return [body["dedup_key"].split("/")[-1] for body in self.receiver.bodies]

    def wait_keys(self, *keys):
        if not wait_for(lambda: len(self.keys()) >= len(keys)):
            self.fail(f"{self.keys()} lacks some of {keys}\n{self.log()}")
        self.assertEqual(self.keys(), list(keys))

    def goes(self, id, state):
        (self.down.discard if state == "up" else self.down.add)(id)
        if not wait_for(lambda: self.ask("checks/" + id)[1]["state"] == state):
            self.fail(self.log())

    def again(self, later_s=0):
        """kill -9 when nothing waits, and a daemon to which so much more time is over."""
        self.assertTrue(wait_for(lambda: not self.rows("SELECT id FROM outbox WHERE state = 0")), self.log())
        self.daemon.end(signal.SIGKILL)
        database = sqlite3.connect(self.folder / "outrider.db")
        with database:
            database.execute("UPDATE incident SET opened_us = opened_us - ?", (int(later_s * 1e6),))
        database.close()
        self.start()

    def test_a_restart_reminds_nobody_twice(self):
        self.write("""  remind_every: 1h
  channels:
    hook: {HOOK}
""")
        self.start()
        self.goes("a", "down")
        self.wait_keys("opened")
        self.again(3.5 * 3600)
        self.wait_keys("opened", "reminder-3")  # one, and not three
        self.again()
        time.sleep(2.5)
        self.wait_keys("opened", "reminder-3")
        self.again(3600)
        self.wait_keys("opened", "reminder-3", "reminder-4")
        told = self.receiver.bodies[-1]
        self.assertEqual((told["event"], told["check"], told["checks"]), ("reminder", "a", ["a"]))
        self.assertIn("STILL DOWN: a (since ", told["text"])
        self.assertGreater(told["open_for_s"], 4.5 * 3600)
        self.goes("a", "up")
        self.wait_keys("opened", "reminder-3", "reminder-4", "resolved")
        self.assertEqual(self.daemon.end(), 0)

    def test_who_takes_care_is_told_and_reminds_nobody(self):
        self.write("""  channels:
    hook: {HOOK, remind: 10s}
    calm: {HOOK, events: [opened, resolved]}
""")
        self.start()
        self.goes("a", "down")
        self.wait_keys("opened", "opened")
        self.wait_keys("opened", "opened", "reminder-1")
        id = self.ask("incidents")[1]["incidents"][0]["id"]
        for wrong in ({"duration": "soon"}, {"until": "2001-01-01T00:00:00Z"}, {"until": "2999-01-01T00:00:00Z", "duration": 5}):
            self.assertEqual(self.ask(f"incidents/{id}/ack", wrong)[0], 422, wrong)
        self.assertEqual(self.ask(f"incidents/{id}/ack", {"text": "the disk", "duration": 600})[0], 200)
        self.assertEqual(self.ask(f"incidents/{id}/ack", {"duration": "2s"})[0], 200)  # that has an end: again
        self.assertTrue(wait_for(lambda: len(self.keys()) >= 6))
        first, second, end = self.receiver.bodies[3:6]
        self.assertEqual((first["event"], first["acknowledged_by"], first["note"]), ("acknowledged", "token 1", "the disk"))
        self.assertRegex(first["text"], r"^ACKNOWLEDGED: a \(since .*\): by token 1 until .* UTC: the disk$")
        self.assertEqual(second["event"], "acknowledged")
        self.assertEqual(end["event"], "reminder")
        self.assertRegex(end["text"], "^STILL DOWN: a .*: the acknowledgement is over$")
        self.assertEqual(end["acknowledged_until"], second["acknowledged_until"])
        story = self.ask(f"incidents/{id}")[1]
        self.assertEqual((story["acknowledged_at"], story["acknowledged_until"]), (None, None))
        self.assertEqual([m["event"] for m in story["timeline"]], ["opened", "acknowledged", "acknowledged", "released"])
        self.assertFalse(self.ask("checks/a")[1]["acknowledged"])
        self.assertEqual(self.ask(f"incidents/{id}/ack", {})[0], 200)
        self.assertEqual(self.ask(f"incidents/{id}/ack", {})[0], 409)  # that has none
        told = len(self.keys())
        time.sleep(11)
        self.assertEqual(len(self.keys()), max(told, 7))  # no reminder since
        self.goes("a", "up")
        self.assertTrue(wait_for(lambda: self.keys().count("resolved") == 2), self.log())
        self.assertEqual(self.keys().count("opened"), 2)
        self.assertEqual(self.daemon.end(), 0)

    def test_what_waits_for_its_hour_outlives_a_kill(self):
        """Quiet hours, and one message an hour: held back, not lost, and told in order."""
        quiet = "quiet: [{at: 00:00, for: 24h, days: [%s], zone: utc}]" % ", ".join(
            time.strftime("%a", time.gmtime(time.time() + day * 86400)).lower() for day in (-1, 0, 1))
        alerts = """  channels:
    calm: {HOOK, %s}
    slow: {HOOK, max_per_hour: 1}
"""
        self.write(alerts % quiet, ids="ab", severity="ticket")
        self.start()
        self.goes("a", "down")
        self.goes("a", "up")
        self.wait_keys("opened")  # by slow; its end waits, and calm sleeps
        held = lambda name: self.daemon_metric("outrider_alerts_held", channel=name)
        self.assertTrue(wait_for(lambda: (held("calm"), held("slow")) == (2, 1)), self.log())
        self.assertRegex(self.log(), 'alert.held_back channel=calm why="quiet hours" messages=')
        self.assertRegex(self.log(), "alert.held_back channel=slow why=max_per_hour messages=1")
        self.daemon.end(signal.SIGKILL)
        self.start()
        time.sleep(1.5)
        self.wait_keys("opened")
        self.write("""  channels:
    calm: {HOOK}
    slow: {HOOK}
""", ids="ab", severity="ticket")
        self.daemon.popen.send_signal(signal.SIGHUP)  # the morning
        self.assertTrue(wait_for(lambda: len(self.keys()) == 4), self.log())
        self.assertEqual(sorted(self.keys()[1:]), ["opened", "resolved", "resolved"])
        self.assertEqual(self.daemon.end(), 0)

    def daemon_metric(self, name, **labels):
        connection = http.client.HTTPConnection(*self.daemon.address(), timeout=PATIENCE)
        connection.request("GET", "/metrics", None, {"Authorization": f"Bearer {TOKEN}"})
        text = connection.getresponse().read().decode()
        connection.close()
        return metric(text, name, **labels)


if __name__ == "__main__":
    unittest.main()
