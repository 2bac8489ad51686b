"""A certificate that expires soon is told of once for each threshold, however many checks see it and however often
the daemon starts; an alert says whether what a check is compared with is up."""
import http.server
import pathlib
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

from watching import Daemon, Receiver, wait_for

CHECKS = """
listen: 127.0.0.1:0
database: {folder}/outrider.db
services:
  shop: {{title: The shop, url: "https://127.0.0.1:{tls}", tls: {{ca: {folder}/cert.pem}}}}
  broken: {{url: "http://127.0.0.1:{plain}"}}
  alive: {{url: "http://127.0.0.1:{plain}"}}
defaults: {{every: 1s, timeout: 5s, health: {{down_after: 2, up_after: 2}}}}
alerts:
  certificates: {thresholds}
  channels:
    hook: {{type: webhook, url: "http://127.0.0.1:{hook}/alert"}}
checks:
  - {{id: one, service: shop, get: /}}
  - {{id: two, service: shop, get: /, every: 2s}}
{more}"""
COMPARED = """
  - {id: through, service: broken, get: /broken, compare: beside, every: 3s}
  - {id: beside, service: alive, get: /}
"""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *unused):
        pass


def serve(context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class CertificateTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="outrider-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "10", "-subj", "/CN=shop",
                        "-addext", "subjectAltName=IP:127.0.0.1"],
                       cwd=self.folder, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        self.hook = Receiver()
        self.servers = {"tls": serve(context), "plain": serve()}
        for ends in (self.hook.close, *(s.shutdown for s in self.servers.values())):
            self.addCleanup(ends)

    def write(self, thresholds, more=""):
        ports = {name: server.server_address[1] for name, server in self.servers.items()}
        (self.folder / "checks.yaml").write_text(CHECKS.format(
            folder=self.folder, hook=self.hook.port, thresholds=thresholds, more=more, **ports))

    def watch(self):
        daemon = Daemon(self.folder / "checks.yaml", self.folder / "log")
        self.addCleanup(lambda: daemon.end() if daemon.popen.poll() is None else None)
        return daemon

    def told(self):
        return [body for body in self.hook.bodies if body["event"] == "certificate"]

    def runs(self, daemon):
        return min(daemon.metric("outrider_results_total", check=check, outcome="pass") or 0
                   for check in ("one", "two"))

    def test_once_for_each_threshold(self):
        self.write("[21d, 14d, 7d]")
        daemon = self.watch()
        self.assertTrue(wait_for(self.told))
        self.assertTrue(wait_for(lambda: self.runs(daemon) >= 2))
        self.assertEqual(daemon.end(), 0)
        daemon = self.watch()  # knows nothing of what was told, the outbox does
        self.assertTrue(wait_for(lambda: self.runs(daemon) >= 2))
        self.assertEqual(len(self.told()), 1, self.hook.bodies)
        told = self.told()[0]
        self.assertRegex(told["text"], r"^EXPIRES: the certificate of The shop \(127\.0\.0\.1:\d+\) expires in 9 days, "
                                       r"at \d{4}-\d\d-\d\d \d\d:\d\d UTC$")
        self.assertRegex(told["dedup_key"], r"^shop/certificate/\d+/1209600$")
        self.assertEqual((told["severity"], told["service"]), ("ticket", "shop"))
        self.write("[12d]")
        daemon.popen.send_signal(1)
        self.assertTrue(wait_for(lambda: len(self.told()) == 2), self.hook.bodies)
        self.assertTrue(self.told()[1]["dedup_key"].endswith("/1036800"))

    def test_long_enough_is_not_told(self):
        self.write("[7d, 1d]")
        daemon = self.watch()
        self.assertTrue(wait_for(lambda: self.runs(daemon) >= 2))
        self.assertEqual(self.told(), [])

    def test_what_it_is_compared_with(self):
        self.write("[7d]", COMPARED)
        daemon = self.watch()
        self.assertTrue(wait_for(lambda: self.hook.bodies))
        told = self.hook.bodies[0]
        self.assertEqual((told["event"], told["check"]), ("opened", "through"))
        self.assertEqual((told["compared_with"], told["compared"]), ("beside", "up"))
        self.assertIn("; beside, which asks the same with less on the way, is up: look here first", told["text"])


if __name__ == "__main__":
    unittest.main()
