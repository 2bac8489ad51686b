"""Who may look and who may act, asked with curl: users, tokens, public pages, reloads; and that nobody is told a
password or a token."""
import gzip
import json
import re
import signal
import subprocess
import time
import unittest

from watching import DaemonCase, wait_for

PASSWORD, OTHER = "correct horse: battery", "p\u00e4ssword-of-j\u00f6rg"
TOKEN = "canary-token-0123456789abcdef"

CANARIES = """checks:
  - id: canary
    service: gateway
    get: /health
    runbook: the canary-runbook
    health: {down_after: 1}
    expect: {status: 200, body: {contains: canary-wanted}}
"""


def hashed(password, method="-6"):
    """As mkpasswd does; sha512crypt's usual cost."""
    return subprocess.run(["openssl", "passwd", method, "-salt", "outrider", "-stdin"], input=password, text=True,
                          capture_output=True, check=True).stdout.strip()


class AuthTest(DaemonCase):
    def write_auth(self, auth):
        self.write_config()
        self.config.write_text(self.config.read_text() + "auth: " + json.dumps(auth) + "\n")

    def both(self, **more):
        return {"users": [{"name": "operator", "password_hash": hashed(PASSWORD)},
                          {"name": "j\u00f6rg", "password_hash": hashed(OTHER, "-5")}], "tokens": [TOKEN], **more}

    def curl(self, path, *arguments):
        """Status, headers (lower case), body."""
        ran = subprocess.run(["curl", "-sS", "-i", "--max-time", "60", *arguments, self.daemon.url + path],
                             capture_output=True, check=True)
        head, _, body = ran.stdout.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.answers.append(ran.stdout)
        return int(lines[0].split()[1]), [line.lower() for line in lines[1:]], body

    def status(self, path, *arguments):
        return self.curl(path, *arguments)[0]

    def reload(self, auth):
        self.write_auth(auth)
        before = len(self.log())
        self.daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: "reload.done" in self.log()[before:]), self.log())
        return self.log()[before:]

    def setUp(self):
        super().setUp()
        self.answers = []

    def tearDown(self):
        log = self.log()
        super().tearDown()
        for secret in (PASSWORD, OTHER, TOKEN, "wrong-canary", "bm9ib2R5Ondyb25nLWNhbmFyeQ"):
            for answer in self.answers:
                self.assertNotIn(secret.encode(), answer)
            self.assertNotIn(secret, log)

    def test_users_and_tokens(self):
        self.write_auth(self.both())
        self.start()
        for path in ("/", "/api/v1/status", "/metrics", "/feed.atom", "/badge/gateway-health/status.svg"):
            status, headers, _ = self.curl(path)
            self.assertEqual(status, 401, path)
            self.assertIn('www-authenticate: basic realm="outrider", charset="utf-8"', headers)
            self.assertIn('www-authenticate: bearer realm="outrider"', headers)
            for known in (["-u", f"operator:{PASSWORD}"], ["-u", f"j\u00f6rg:{OTHER}"],
                          ["-H", f"Authorization: Bearer {TOKEN}"]):
                self.assertEqual(self.status(path, *known), 200, (path, known[0]))
            self.assertEqual(self.status(path, "-u", f"j\u00f6rg:{PASSWORD}"), 401)
            self.assertEqual(self.status(path, "-H", f"Authorization: Bearer {TOKEN}x"), 401)
        self.assertIn(b"application/problem+json", b"\n".join(self.answers))
        page = self.curl("/", "-H", "Accept: text/html")[2]
        self.assertIn(b"<!doctype html>", page)
        asset = re.search(rb"/assets/base-[^\"]+", page).group(0).decode()
        self.assertEqual(self.status(asset), 200)
        self.assertEqual(self.status("/favicon.svg"), 200)
        for path in ("/healthz", "/readyz"):  # who balances load or restarts has no password
            status, _, body = self.curl(path)
            self.assertEqual((status, list(json.loads(body))), (200, ["status", "stands_still"]))

    def test_floods_of_wrong_passwords(self):
        self.write_auth(self.both())
        self.start()
        self.assertEqual(self.status("/", "-u", f"operator:{PASSWORD}"), 200)
        seen = [self.curl("/", "-u", f"nobody:wrong-canary{i}") for i in range(14)]
        self.assertEqual([s for s, _, _ in seen[:10]], [401] * 10)
        late = [headers for status, headers, _ in seen if status == 429]
        self.assertTrue(late)
        self.assertRegex("\n".join(late[0]), r"retry-after: [1-9]\d*")
        self.assertEqual(self.status("/", "-u", f"operator:{PASSWORD}"), 200)
        self.assertIn("auth.refused from=127.0.0.1", self.log())

    def test_a_reload_changes_who(self):
        self.start()
        self.assertEqual(self.status("/metrics"), 200)
        self.assertIn("reload.changed setting=auth.users how=changed", self.reload(self.both()))
        self.assertEqual(self.status("/metrics"), 401)
        self.assertEqual(self.status("/metrics", "-u", f"operator:{PASSWORD}"), 200)
        said = self.reload({"tokens": [TOKEN], "public": True})
        self.assertIn("setting=auth.users how=changed", said)
        self.assertIn('setting=auth.public how="false -> true"', said)
        self.assertEqual(self.status("/metrics", "-u", f"operator:{PASSWORD}"), 401)
        self.assertEqual(self.status("/metrics", "-H", f"Authorization: Bearer {TOKEN}"), 200)
        self.assertEqual(self.status("/"), 200)
        self.assertEqual(self.status("/", "-H", "Authorization: Bearer wrong-canary"), 401)
        self.assertEqual(self.status("/metrics"), 401)
        self.assertEqual(list(json.loads(self.curl("/healthz")[2])), ["status", "stands_still"])

    def listen(self, *known):
        """A stream of events, when its first line came."""
        stream = subprocess.Popen(["curl", "-sN", "--max-time", "60", *known, self.daemon.url + "/api/v1/events"],
                                  stdout=subprocess.PIPE)
        self.addCleanup(stream.stdout.close)
        self.addCleanup(stream.wait)
        self.addCleanup(stream.kill)
        self.assertEqual(stream.stdout.readline(), b"retry: 2000\n")
        return stream

    def test_who_is_removed_hears_no_more(self):
        known = ["-u", f"operator:{PASSWORD}"]
        self.write_auth(self.both())
        self.start()
        streams = [self.listen(*known), self.listen("-H", f"Authorization: Bearer {TOKEN}")]
        self.reload(self.both(public=True))
        time.sleep(2.5)  # the server looks once a second
        self.assertEqual([stream.poll() for stream in streams], [None, None])
        self.reload({"users": self.both()["users"][1:]})
        for stream in streams:
            self.assertTrue(wait_for(lambda stream=stream: stream.poll() is not None))
            self.assertNotEqual(stream.returncode, 28)  # its own time limit
        self.assertEqual(self.status("/api/v1/events", *known), 401)

    def test_nobody_writes_without_saying_who(self):
        run = "/api/v1/checks/gateway-health/run"
        post = ["-X", "POST", "-H", "Content-Type: application/json", "-d", "{}"]
        self.start()
        self.assertEqual(self.status(run, *post), 403)
        self.reload(self.both())
        self.assertEqual(self.status(run, *post), 401)
        known = ["-u", f"operator:{PASSWORD}"]
        self.assertEqual(self.status(run, *post, *known, "-H", "Origin: http://elsewhere"), 403)
        self.assertEqual(self.status(run, *post, *known, "-H", "Sec-Fetch-Site: cross-site"), 403)
        self.assertIn(self.status(run, *post, *known, "-H", f"Origin: {self.daemon.url}"), (200, 202))

    def test_a_guest_is_told_nothing_of_what_was_said(self):
        """Each text that a service, a result or a person gave is a canary."""
        self.write_auth(self.both(public=True))
        text = self.config.read_text().replace("checks:\n", CANARIES, 1)
        self.config.write_text(text)
        self.start()
        token = ["-H", f"Authorization: Bearer {TOKEN}"]

        def incident():
            return json.loads(self.curl("/api/v1/incidents", *token)[2])["incidents"]

        self.assertTrue(wait_for(incident), self.log())
        key = incident()[0]["id"]
        note = ["-X", "POST", "-H", "Content-Type: application/json", "-d", '{"text": "the canary-note"}',
                "-u", f"operator:{PASSWORD}"]
        self.assertIn(self.status(f"/api/v1/incidents/{key}/ack", *note), (200, 202, 204))
        self.assertTrue(wait_for(lambda: b"canary-note" in self.curl(f"/api/v1/incidents/{key}", *token)[2]))
        pages = ["/", "/incidents", f"/incidents/{key}", "/api/v1/status", "/api/v1/incidents",
                 f"/api/v1/incidents/{key}", "/feed.atom", "/badge/canary/status.svg", "/healthz"]
        sung = 0
        for path in pages:
            known, guest = self.curl(path, *token)[2], self.curl(path)
            self.assertEqual(guest[0], 200, path)
            for word in (b"canary-", b"operator"):
                self.assertNotIn(word, guest[2], path)
                sung += word in known
        self.assertGreaterEqual(sung, 8)

    def test_a_stop_while_somebody_waits(self):
        self.write_auth(self.both())
        self.start()
        asking = [subprocess.Popen(["curl", "-sS", "-o", "/dev/null", "--max-time", "60", "-u", f"a{i}:wrong-canary",
                                    self.daemon.url + "/"], stderr=subprocess.DEVNULL) for i in range(8)]
        self.assertEqual(self.daemon.end(), 0)
        for curl in asking:
            curl.wait(60)

    def test_gzip(self):
        self.start()
        self.wait_states(gateway_health="up", memory_health="up")
        for path in ("/", "/api/v1/status", "/metrics", "/api/v1/checks", "/checks/gateway-health"):
            status, headers, body = self.curl(path, "-H", "Accept-Encoding: gzip;q=0.5, identity;q=0.1")
            self.assertEqual(status, 200)
            self.assertIn("content-encoding: gzip", headers, path)
            self.assertRegex("\n".join(headers), r"(?m)^vary: .*accept-encoding", path)
            plain = gzip.decompress(body)
            self.assertGreater(len(plain), 2 * len(body), path)
            length = next(h for h in headers if h.startswith("content-length: "))
            self.assertEqual(int(length.split()[1]), len(body))
            _, headers, _ = self.curl(path, "-H", "Accept-Encoding: gzip;q=0")
            self.assertNotIn("content-encoding: gzip", headers, path)
            self.assertRegex("\n".join(headers), r"(?m)^vary: .*accept-encoding", path)


if __name__ == "__main__":
    unittest.main()
