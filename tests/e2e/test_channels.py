"""Slack, Discord, Telegram, PagerDuty, ntfy and a signed webhook, each as strict as its documentation, hear of an incident
whose service says what would do something there; what they are told by never shows."""
import json
import re
import subprocess
import unittest

from receivers import Receivers
from serving import Server, answer
from support import BUILD, PATIENCE
from watching import DaemonCase, wait_for

HOSTILE = ["<!channel> <@U1> <https://evil.example|bank> &amp;", "@everyone <@&98> [bank](https://evil.example) **b** `c` ||s||",
           "</code></b><a href='https://evil.example'>bank</a> https://evil.example", '","text":"mine"} \\" {{channel.token}} ${HOME} %s',
           "漢字 🔴 ünïcödé \u202e\u0000\u001b[31m", "&*<" * 400]

CHECKS = """
listen: 127.0.0.1:0
database: {folder}/outrider.db
services:
  site: {{url: "{site}"}}
defaults: {{every: 1s, timeout: 5s, health: {{down_after: 1, up_after: 1}}}}
alerts:
  group: 0s
  link: https://status.example.org/
  channels:
    slack: {{type: slack, url: "{at}/slack/{slack}"}}
    discord: {{type: discord, url: "{at}/discord/{discord}"}}
    telegram: {{type: telegram, url: "{at}", token: "{telegram}", chat_id: -1001234}}
    pagerduty: {{type: pagerduty, url: "{at}/", routing_key: {pagerduty}}}
    ntfy: {{type: ntfy, url: "{at}", topic: ops, token: {ntfy}}}
    hook:
      type: webhook
      url: "{at}/hook/{hook}"
      secret: {sign}
      headers: {{Content-Type: text/plain, X-Key: {header}}}
      template: "{{{{#is.opened}}}}down{{{{/is.opened}}}} {{{{check}}}}: {{{{detail}}}}"
checks:
"""
CHECK = """
  - id: {id}
    title: The site is well & open
    service: site
    runbook: "https://wiki.example.org/site?a=1&b=2"
    get: /{id}
    expect: {{status: 200, json: {{$.state: ok}}}}
"""
IDS = ["site-state", *(f"hostile-{n}" for n in range(len(HOSTILE)))]
SECRETS = {"slack": "T0/B0/geheim-slack", "discord": "12/geheim-discord", "telegram": "77:geheim-telegram",
           "pagerduty": "geheimpagerdutygeheimpagerduty01", "ntfy": "tk_geheimntfy", "hook": "geheim-hook",
           "sign": "geheim-sign", "header": "geheim-header"}
KINDS = ("slack", "discord", "telegram", "pagerduty", "ntfy", "hook")


class ChannelTest(DaemonCase):
    def setUp(self):
        self.states_of = dict.fromkeys(IDS, "ok")
        self.receivers = Receivers(SECRETS)
        self.addCleanup(self.receivers.close)
        self.site = self.enterContext(Server({f"/{id}": self.route(id) for id in IDS}))
        super().setUp()

    def route(self, id):
        return lambda handler: answer(200, {"state": self.states_of[id]})(handler)

    def write_config(self, more=""):
        self.write(IDS[:1])

    def write(self, ids):
        checks = "".join(CHECK.format(id=id) for id in ids)
        self.config.write_text(
            CHECKS.format(folder=self.folder, site=self.site.url, at=self.receivers.url, **SECRETS) + checks)

    def await_told(self, n):
        told = wait_for(lambda: self.receivers.refused or all(len(self.receivers.got.get(kind, [])) >= n for kind in KINDS))
        self.assertEqual(self.receivers.refused, [])
        self.assertTrue(told, f"{ {k: len(v) for k, v in self.receivers.got.items()} }\n{self.log()}")

    def nobody_tells(self):
        """Neither log nor pages, API, metrics and database have any of the secrets."""
        incident = json.loads(self.daemon.get("/api/v1/incidents"))["incidents"][0]["id"]
        shown = [self.daemon.get(path) for path in ("/", f"/incidents/{incident}", "/checks/site-state", "/metrics",
                                                    "/api/v1/alerts", f"/api/v1/incidents/{incident}")]
        self.daemon.end()
        files = [p for p in self.folder.iterdir() if p != self.config and p.is_file()]
        shown += [p.read_bytes().decode("latin-1") for p in files]
        for text in shown:
            self.assertEqual(re.findall("geheim", text), [])

    def test_each_hears_of_it_in_its_own_form(self):
        self.start()
        self.wait_states(site_state="up")
        self.states_of["site-state"] = "bad"
        self.await_told(1)
        self.states_of["site-state"] = "ok"
        self.await_told(2)
        trigger, resolve = (said for said, _ in self.receivers.got["pagerduty"])
        self.assertEqual((trigger["event_action"], resolve["event_action"]), ("trigger", "resolve"))
        self.assertEqual(trigger["dedup_key"], resolve["dedup_key"])
        self.assertEqual(trigger["payload"]["severity"], "critical")
        for kind in KINDS[:-1]:
            (_, down), (_, up) = self.receivers.got[kind]
            self.assertRegex(down, r"DOWN: The site is well & open \(since \d\d:\d\d UTC\)", kind)
            for part in ("expected \"ok\", got \"bad\"", r"[Ll]ast good: 20\d\d-\d\d-\d\d \d\d:\d\d UTC", "[Rr]equest: site-state-"):
                self.assertRegex(down, part, kind)
            self.assertRegex(up, r"UP: The site is well & open \(was down \d\d:\d\d–\d\d:\d\d UTC, \d+ s\)", kind)
        self.assertRegex(self.receivers.got["hook"][0][1], r"^down site-state: .*bad")
        self.nobody_tells()

    def test_each_takes_a_test(self):
        for kind in KINDS:
            ran = subprocess.run([BUILD / "outrider", "--config", self.config, "--alert-test", kind], capture_output=True,
                                 text=True, timeout=PATIENCE, check=False)
            self.assertEqual((ran.returncode, self.receivers.refused), (0, []), ran.stdout + ran.stderr)
            self.assertNotIn("geheim", ran.stdout + ran.stderr)
            if kind != "hook":
                self.assertIn("TEST: ", self.receivers.got[kind][0][1])
        self.assertEqual(set(self.receivers.got), set(KINDS))
        self.receivers.failing = {"slack"}
        ran = subprocess.run([BUILD / "outrider", "--config", self.config, "--alert-test", "slack"], capture_output=True,
                             text=True, timeout=PATIENCE, check=False)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("not delivered: the receiver answered 200, which is no receipt of this kind of channel", ran.stdout)

    def test_words_of_a_service_stay_words(self):
        hostile = dict(zip(IDS[1:], HOSTILE, strict=True))
        self.write(hostile)
        self.start()
        if not wait_for(lambda: set(self.states().values()) == {"up"}):
            self.fail(self.log())
        self.states_of.update(hostile)
        self.await_told(len(hostile))
        self.states_of.update(dict.fromkeys(hostile, "ok"))
        self.await_told(2 * len(hostile))

    def test_a_test_message_is_taken_as_well(self):
        for kind in KINDS:
            ran = subprocess.run([BUILD / "outrider", "--config", self.config, "--alert-test", kind], timeout=PATIENCE,
                                 capture_output=True, text=True)
            self.assertEqual(self.receivers.refused, [])
            self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
            self.assertEqual(len(self.receivers.got[kind]), 1)
            self.assertEqual(re.findall("geheim", ran.stdout + ran.stderr), [])

    def test_a_yes_that_is_none_is_told_again(self):
        self.receivers.failing = set(KINDS[:-1])
        self.start()
        self.wait_states(site_state="up")
        self.states_of["site-state"] = "bad"
        self.await_told(1)
        self.assertEqual(self.receivers.failing, set())
        tried = dict(self.rows("SELECT channel, tries FROM outbox WHERE event = 'opened'"))
        self.assertEqual([tried[kind] >= 1 for kind in KINDS[:-1]], [True] * 5)
        self.assertRegex(self.log(), "the receiver answered 200, which is no receipt of this kind of channel")
        self.nobody_tells()


if __name__ == "__main__":
    unittest.main()
