"""Alerts by mail, to Debian's aiosmtpd, read by Python's email parser."""
import os
import re
import sqlite3
import unittest

from mailing import MailServer, make_certificate
from watching import Daemon, DaemonCase, wait_for

PASSWORD = "canary-4711-password"
CHECKS = """
listen: 127.0.0.1:0
database: {folder}/outrider.db
services:
  gateway: {{url: "{gateway}"}}
  memory: {{url: "{memory}"}}
defaults: {{every: 1s, timeout: 5s, health: {{down_after: 1, up_after: 1, cold_for: 0s}}}}
alerts:
  channels:
    post: {{type: email, url: "smtp://127.0.0.1:{port}", from: "Outrider à Paris <outrider@example.org>",
      to: [{to}]{more}}}
checks:
  - id: gateway-health
    title: Gateway répond
    runbook: https://example.org/runbook
    service: gateway
    get: /health
    expect: {{status: 200}}
"""
SIGNED = ", username: monitor, password: \"${MAIL_PASSWORD}\", tls: {ca: mail.pem}"


class MailTest(DaemonCase):
    def setUp(self):
        self.mail = None
        super().setUp()

    def tearDown(self):
        if self.mail:
            self.mail.close()
        super().tearDown()

    def write_config(self, more="", port=1, to="ops@example.org"):
        self.config.write_text(CHECKS.format(folder=self.folder, port=port, more=more, to=to,
                                             gateway=self.sim.urls["gateway"], memory=self.sim.urls["memory"]))

    def begin(self, *server, **config):
        self.mail = MailServer(self.folder, *server)
        self.write_config(port=self.mail.port, **config)
        self.daemon = Daemon(self.config, self.folder / "log", env=os.environ | {"MAIL_PASSWORD": PASSWORD})
        self.wait_states(gateway_health="up")

    def goes(self, state):
        self.sim.set(*(["status-500@gateway-health"] if state == "down" else []))
        self.wait_states(gateway_health=state)

    def wait_mail(self, n):
        if not wait_for(lambda: len(self.mail.envelopes()) >= n):
            self.fail(f"{self.mail.envelopes()}\n{self.log()}")
        return self.mail.messages()

    def retries_now(self):
        """What waits for its next try waits no longer: nobody sleeps for the backoff."""
        self.daemon.end()
        database = sqlite3.connect(self.folder / "outrider.db")
        with database:
            database.execute("UPDATE outbox SET next_try_us = 0 WHERE state = 0")
        database.close()
        self.daemon = Daemon(self.config, self.folder / "log", env=os.environ | {"MAIL_PASSWORD": PASSWORD})

    def test_opened_and_resolved_are_one_thread(self):
        certificate, key = make_certificate(self.folder)
        self.begin(certificate, key, "monitor", PASSWORD, more=SIGNED, to="ops@example.org, Night <night@example.org>")
        self.goes("down")
        self.goes("up")
        opened, resolved = self.wait_mail(2)
        for envelope in self.mail.envelopes():
            self.assertEqual(envelope, {"from": "outrider@example.org", "tls": True, "authenticated": True,
                                        "to": ["ops@example.org", "night@example.org"]})
        for message in (opened, resolved):
            self.assertEqual(message.defects, [])
            self.assertEqual(message["From"].addresses[0].display_name, "Outrider à Paris")
            self.assertEqual([str(a) for a in message["To"].addresses], ["ops@example.org", "Night <night@example.org>"])
            self.assertEqual(message["Auto-Submitted"], "auto-generated")
            self.assertEqual(message.get_content_type(), "text/plain")
            self.assertIsNotNone(message["Date"].datetime)
            self.assertIn("https://example.org/runbook", message.get_content())
        self.assertTrue(opened["Subject"].startswith("DOWN: Gateway répond"), opened["Subject"])
        self.assertTrue(resolved["Subject"].startswith("UP: Gateway répond"), resolved["Subject"])
        self.assertRegex(opened["Message-ID"], r"^<gateway-health/[0-9a-f]+/opened@example\.org>$")
        self.assertIsNone(opened["In-Reply-To"])
        self.assertEqual(resolved["In-Reply-To"], opened["Message-ID"])
        self.assertEqual(resolved["References"], opened["Message-ID"])
        self.assertNotEqual(resolved["Message-ID"], opened["Message-ID"])
        self.assertRegex(opened.get_content(), r"(?m)^Expected: +200\r$")
        self.assertRegex(opened.get_content(), r"(?m)^Actual: +500\r$")
        self.assertRegex(resolved.get_content(), r"(?m)^Until: +\d{4}-")
        for raw in self.mail.raw():
            self.assertLessEqual(max(map(len, raw.split(b"\r\n"))), 78)
            self.assertEqual(raw.count(b"\n"), raw.count(b"\r\n"))
            self.assertTrue(raw.isascii())
        pages = "".join(self.daemon.get(path)[1] for path in ("/", "/api/v1/alerts", "/checks/gateway-health", "/metrics"))
        self.assertEqual(self.daemon.end(), 0)
        for secret in (PASSWORD, "AG1vbml0b3IA"):  # what AUTH PLAIN begins with
            self.assertNotIn(secret, self.log())
            self.assertNotIn(secret, pages)
            for path in self.folder.glob("outrider.db*"):
                self.assertNotIn(secret.encode(), path.read_bytes())
            for raw in self.mail.raw():
                self.assertNotIn(secret.encode(), raw)

    def test_what_is_put_off_comes_later(self):
        self.begin()
        self.mail.refuse(data="451 later")
        self.goes("down")
        self.assertTrue(wait_for(lambda: "alert.failed" in self.log()))
        self.assertIn("the mail server put off the message (451)", self.log())
        self.assertEqual(self.mail.envelopes(), [])
        self.mail.refuse()
        self.retries_now()
        opened, = self.wait_mail(1)
        self.assertEqual(opened["X-Outrider-Event"], "opened")

    def test_one_that_is_refused_loses_no_other(self):
        self.begin(to="ops@example.org, gone@example.org")
        self.mail.refuse(rcpt={"gone@example.org": "550 who?"})
        self.goes("down")
        self.wait_mail(1)
        self.assertEqual(self.mail.envelopes()[0]["to"], ["ops@example.org"])
        self.assertTrue(wait_for(lambda: re.search(
            r'alert.delivered .*but="of 2 recipients the mail server refused 1 \(550\)"', self.log())))

    def test_one_that_is_put_off_gets_it_later_and_alone(self):
        self.begin(to="ops@example.org, full@example.org")
        self.mail.refuse(rcpt={"full@example.org": "452 full"})
        self.goes("down")
        self.wait_mail(1)
        self.mail.refuse()
        first, second = self.wait_mail(2)
        self.assertEqual([e["to"] for e in self.mail.envelopes()], [["ops@example.org"], ["full@example.org"]])
        self.assertEqual(first["Message-ID"], second["Message-ID"])

    def test_what_one_server_says_counts_for_no_other_channel(self):
        (self.folder / "other").mkdir()
        other = MailServer(self.folder / "other")
        self.addCleanup(other.close)
        people = "ops@example.org, gone@example.org, full@example.org"
        self.begin(to=people, more=f"""}}
    spare: {{type: email, url: "smtp://127.0.0.1:{other.port}", from: spare@example.org, to: [{people}]""")
        self.mail.refuse(rcpt={"gone@example.org": "550 who?", "full@example.org": "452 full"})
        other.refuse(data="451 later")
        self.goes("down")
        self.wait_mail(1)
        self.assertTrue(wait_for(lambda: len(re.findall("alert.failed", self.log())) == 2), self.log())
        other.refuse()
        self.assertTrue(wait_for(other.envelopes), self.log())
        self.assertEqual(other.envelopes()[0]["to"], people.split(", "))

    def test_a_password_is_only_sent_with_tls(self):
        self.begin(more=", username: monitor, password: \"${MAIL_PASSWORD}\"")
        self.goes("down")
        self.assertTrue(wait_for(lambda: "the mail server offers no STARTTLS" in self.log()))

    def test_a_certificate_that_nobody_knows_is_refused(self):
        certificate, key = make_certificate(self.folder)
        self.begin(certificate, key, more=", starttls: required")
        self.goes("down")
        self.assertTrue(wait_for(lambda: "TLS with the mail server failed: the certificate is self-signed" in self.log()))
        self.assertEqual(self.mail.envelopes(), [])
        self.write_config(port=self.mail.port)  # opportunistic
        self.retries_now()
        self.wait_mail(1)
        self.assertTrue(self.mail.envelopes()[0]["tls"])

    def test_a_wrong_password_is_told_without_it(self):
        certificate, key = make_certificate(self.folder)
        self.begin(certificate, key, "monitor", "another", more=SIGNED)
        self.goes("down")
        again = r'why="signing in at the mail server failed \(535\)" tries=1 again_in_s=(\d+)'
        self.assertTrue(wait_for(lambda: re.search(again, self.log())))
        self.assertGreater(int(re.search(again, self.log())[1]), 2400)  # no account is locked for that
        self.assertNotIn(PASSWORD, self.log())

    def test_a_server_that_was_down_gets_all_in_order(self):
        self.begin()
        port = self.mail.port
        self.mail.close()
        self.goes("down")
        self.goes("up")
        self.assertTrue(wait_for(lambda: "no connection to the mail server" in self.log()))
        self.mail = MailServer(self.folder, port=port)
        self.retries_now()
        self.assertEqual([m["X-Outrider-Event"] for m in self.wait_mail(2)], ["opened", "resolved"])


if __name__ == "__main__":
    unittest.main()
