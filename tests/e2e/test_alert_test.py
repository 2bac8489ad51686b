"""outrider --alert-test: one message to one channel, and what became of it."""
import http.server
import json
import os
import pathlib
import signal
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

from mailing import make_certificate
from support import BUILD, PATIENCE

CONFIG = """
database: {folder}/outrider.db
alerts:
  channels:
    ops: {{type: webhook, url: "{url}/alert?token=hunter22", headers: {{Authorization: "Bearer hunter22"}}, timeout: 5s}}
    nobody: {{type: webhook, url: "http://127.0.0.1:1/hunter22", events: [resolved, opened], severities: [page]}}
    manager: {{type: alertmanager, url: "{url}", peers: ["http://127.0.0.1:1"]}}
    script: {{type: exec, command: ["/bin/sh", "-c", "cat > {folder}/new; env | grep ^OUTRIDER_ >> {folder}/new; exit ${{RC:-0}}"]}}
services:
  a: {{url: "http://127.0.0.1:1"}}
checks:
  - {{id: x, service: a, get: /}}
"""


class AlertTest(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="outrider-")
        self.addCleanup(self.tmp.cleanup)
        self.folder = pathlib.Path(self.tmp.name)
        self.got, self.status, self.delay = [], 204, 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, json.loads(body), dict(self.headers)))
                time.sleep(outer.delay)
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *unused):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.config = self.folder / "checks.yaml"
        self.config.write_text(CONFIG.format(folder=self.folder, url=f"http://127.0.0.1:{server.server_address[1]}"))

    def run_it(self, *args, **env):
        ran = subprocess.run([BUILD / "outrider", "--config", self.config, *args], capture_output=True, text=True,
                             timeout=PATIENCE, check=False, env={**os.environ, **env})
        self.assertNotIn("hunter22", ran.stdout + ran.stderr)
        self.assertFalse((self.folder / "outrider.db").exists())
        return ran.returncode, ran.stdout, ran.stderr

    def serve_tls(self, certificate, key):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
        server.handle_error = lambda *unused: None
        server.socket = context.wrap_socket(server.socket, server_side=True)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_address[1]

    def test_a_webhook_that_takes_it(self):
        status, out, err = self.run_it("--alert-test", "ops")
        self.assertEqual((status, err), (0, ""))
        self.assertRegex(out, r"^ops \(webhook\): delivered: the receiver answered 204, after \d+\.\d{3} s\n$")
        (path, body, headers), = self.got
        self.assertEqual((path, headers["Authorization"]), ("/alert?token=hunter22", "Bearer hunter22"))
        self.assertEqual((body["event"], body["severity"], body["text"][:6]), ("test", "info", "TEST: "))
        self.assertNotIn("late", body)

    def test_one_that_does_not(self):
        self.status = 403
        status, out, _ = self.run_it("--alert-test=ops")
        self.assertEqual(status, 1)
        self.assertRegex(out, r"^ops \(webhook\): not delivered: the receiver answered 403, after ")
        self.assertEqual(len(self.got), 1)

    def test_nobody_listens(self):
        """And it is not asked whether the channel would hear of such a thing."""
        status, out, _ = self.run_it("--alert-test", "nobody")
        self.assertEqual(status, 1)
        self.assertRegex(out, r"^nobody \(webhook\): not delivered: not sent: connect, after ")

    def test_an_alertmanager_hears_something_that_ends(self):
        status, out, _ = self.run_it("--alert-test", "manager")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"^manager \(alertmanager\): delivered: 1 of 2 took it, after ")
        (path, (alert,), _), = self.got
        self.assertEqual((path, alert["labels"]["alertname"]), ("/api/v2/alerts", "OutriderTest"))
        self.assertLess(alert["startsAt"], alert["endsAt"])

    def test_a_program(self):
        status, out, _ = self.run_it("--alert-test", "script")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"^script \(exec\): delivered: the program ended well, after ")
        self.assertIn("OUTRIDER_EVENT=test\n", (self.folder / "new").read_text())
        status, out, _ = self.run_it("--alert-test", "script", RC="3")
        self.assertEqual(status, 1)
        self.assertIn("not delivered: the program's exit status was 3", out)

    def test_a_channel_that_is_not_there(self):
        status, out, err = self.run_it("--alert-test", "opps")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("there is no channel \"opps\"; did you mean \"ops\"?", err)
        for name in ("ops", "nobody", "manager", "script"):
            self.assertIn(name, err)
        self.config.write_text("services: {a: {url: 'http://a'}}\nchecks: [{id: x, service: a, get: /}]\n")
        self.assertIn("the configuration has none", self.run_it("--alert-test", "ops")[2])

    def test_no_configuration(self):
        self.config.write_text("checks: 7\n")
        self.assertEqual(self.run_it("--alert-test", "ops")[0], 2)

    def test_who_does_not_wait(self):
        self.delay = 4
        ran = subprocess.Popen([BUILD / "outrider", "--config", self.config, "--alert-test", "ops"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + PATIENCE
        while not self.got and time.monotonic() < end:
            time.sleep(0.01)
        ran.send_signal(signal.SIGINT)
        out, err = ran.communicate(timeout=PATIENCE)
        self.assertEqual((ran.returncode, out), (130, ""))
        self.assertIn("interrupted", err)

    def test_what_is_wrong_with_a_certificate_is_said_without_the_url(self):
        port = self.serve_tls(*make_certificate(self.folder))
        for host, more, why in (("127.0.0.1", "", "tls: the certificate is self-signed"),
                                ("localhost", ", tls: {ca: mail.pem}", "tls,")):  # which quotes the name
            self.config.write_text(self.config.read_text().replace(
                "channels:\n", f"""channels:
    {host.replace(".", "-")}: {{type: webhook, url: "https://hunter22:hunter22@{host}:{port}/hunter22"{more}}}
""", 1))
            status, said, _ = self.run_it("--alert-test", host.replace(".", "-"))
            self.assertEqual(status, 1)
            self.assertIn("not sent: " + why, said)
            self.assertNotIn(host, said.split(": ", 1)[1])

    def test_a_long_name_in_a_certificate_is_cut_between_characters(self):
        def openssl(*args):
            subprocess.run(["openssl", *args], cwd=self.folder, capture_output=True, check=True)
        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-utf8")
        (self.folder / "ca.ext").write_text("basicConstraints=critical,CA:TRUE")
        (self.folder / "leaf.ext").write_text("subjectAltName=IP:127.0.0.1")
        for shift in ("", "x", "xx"):
            openssl("req", "-x509", *new, "-days", "2", "-subj", f"/CN={shift}{'根' * 40}", "-keyout", "root.key", "-out", "root.pem")
            for name, by, cn in (("ca", "root", "中" * 40), ("leaf", "ca", "葉")):
                openssl("req", *new, "-subj", f"/CN={cn}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
                openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial",
                        "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")
            chain = self.folder / "chain.pem"
            chain.write_text((self.folder / "leaf.pem").read_text() + (self.folder / "ca.pem").read_text())
            port = self.serve_tls(chain, self.folder / "leaf.key")
            self.config.write_text(self.config.read_text().replace("channels:\n", f"""channels:
    cut{shift}: {{type: webhook, url: "https://127.0.0.1:{port}/"}}
""", 1))
            _, said, _ = self.run_it("--alert-test", f"cut{shift}")  # which is UTF-8
            self.assertRegex(said, '"中+…" is issued by[ "x根]*…, after')


if __name__ == "__main__":
    unittest.main()
