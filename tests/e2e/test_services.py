"""What a service may ask for: its proxy, family, HTTP version, certificates; redirects of its checks."""
import os
import pathlib
import re
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

from network import Case, wait_for
from proxy import Proxy
from serving import Server, answer, bound_socket, free_port

GET = "{{id: {0}, service: {0}, get: /health, {1}}}"


class Services(Case):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(Server())

    def ask(self, service, more="timeout: 10s", env=None, **others):
        services = {"one": service, **others}
        return self.once(services, [GET.format(id, more) for id in services], env=env)["one"]


class Proxies(Services):
    def through(self, proxy, scheme="http", more="", url=None):
        return self.ask(f'{{url: "{url or self.server.url}", '
                        f'proxy: "{scheme}://{more}127.0.0.1:{proxy.port}"}}')

    def test_plain_requests(self):
        with Proxy() as proxy:
            seen = self.through(proxy)
            self.assertEqual((seen["outcome"], seen["address"]), ("pass", f"127.0.0.1:{proxy.port}"))
            self.assertEqual(proxy.asked, [("GET", self.server.url + "/health", None)])

    def test_credentials_go_to_the_proxy_and_nowhere_else(self):
        for scheme in ("http", "socks5", "socks5h"):
            with Proxy(credentials="me:s3cr3t-canary") as proxy, Server() as server:
                server.routes["/health"] = answer(500, "broken")    # so that there is evidence
                seen = self.through(proxy, scheme, "me:s3cr3t-canary@", url=server.url)
                self.assertEqual(seen["http_status"], 500, seen)
                self.assertEqual(proxy.asked[-1][2], "me:s3cr3t-canary")
                self.assertNotIn("Proxy-Authorization", dict(server.asked[0].headers))
                for text in (self.printed, (self.folder / "report.json").read_text()):
                    self.assertNotIn("canary", text)

    def test_socks(self):
        with Proxy() as proxy:
            seen = self.through(proxy, "socks5h", url=f"http://localhost:{self.server.port}")
            self.assertEqual(seen["outcome"], "pass", seen)
            self.assertEqual(proxy.asked, [("SOCKS", f"localhost:{self.server.port}", None)])

    def test_a_dead_proxy_is_named(self):
        with bound_socket() as dead:
            port = dead.getsockname()[1]
            for scheme in ("http", "socks5"):
                seen = self.ask(f'{{url: "{self.server.url}", proxy: "{scheme}://127.0.0.1:{port}"}}')
                self.assert_failed(seen, "connect",
                                   f"connection refused by the proxy 127.0.0.1:{port}")
        self.assertEqual(self.server.asked, [])

    def test_the_environment_leads_past_no_proxy(self):
        for value in ("*", "127.0.0.1,localhost"):
            with Proxy() as proxy:
                seen = self.ask(f'{{url: "{self.server.url}", proxy: "http://127.0.0.1:{proxy.port}"}}',
                                env={**os.environ, "NO_PROXY": value, "no_proxy": value})
                self.assertEqual(seen["outcome"], "pass", seen)
                self.assertEqual(len(proxy.asked), 1)

    def test_a_proxy_that_refuses_is_named(self):
        with Proxy(credentials="me:right") as proxy:
            seen = self.through(proxy, more="me:wrong@", url="https://127.0.0.1:9")
            self.assert_failed(seen, "connect", "the proxy refuses the tunnel: status 407")
            seen = self.through(proxy, "socks5", more="me:wrong@")
            self.assertEqual(seen["reason"], "connect")
            self.assertRegex(seen["message"], "^the proxy: ")
        with Proxy(refuse="403 Forbidden") as proxy:
            seen = self.through(proxy, url="https://127.0.0.1:9")
            self.assert_failed(seen, "connect", "the proxy refuses the tunnel: status 403")
            seen = self.through(proxy, "socks5")
            self.assertEqual(seen["reason"], "connect")
            self.assertRegex(seen["message"], "^the proxy: ")

    def test_the_environment_sets_no_proxy(self):
        with bound_socket() as dead:
            url = f"http://127.0.0.1:{dead.getsockname()[1]}"
            names = ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
            seen = self.ask(f'{{url: "{self.server.url}"}}',
                            env={**os.environ, **{name: url for name in names}})
        self.assertEqual(seen["outcome"], "pass")


class Families(Services):
    def test_localhost_in_both_families(self):
        port = self.server.port
        six = socket.socket(socket.AF_INET6)
        try:
            six.bind(("::1", port))
        except OSError as error:
            self.skipTest(f"no IPv6 on loopback: {error}")
        with Server(bound=six):
            for ip, address in (("4", f"127.0.0.1:{port}"), ("6", f"[::1]:{port}")):
                seen = self.ask(f'{{url: "http://localhost:{port}", ip: {ip}}}')
                self.assertEqual((seen["outcome"], seen["address"]), ("pass", address))
        seen = self.ask(f'{{url: "http://localhost:{port}", ip: any}}')    # nobody at ::1 any more
        self.assertEqual((seen["outcome"], seen["address"]), ("pass", f"127.0.0.1:{port}"))
        seen = self.ask(f'{{url: "http://localhost:{port}", ip: 6}}')
        self.assert_failed(seen, "connect", f"connection refused by [::1]:{port}")


class Certificates(Services):
    """A root of ours, certificates of 30 and of 5 days and one that has expired."""

    @classmethod
    def setUpClass(cls):
        cls.files = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        san = ["-addext", "subjectAltName=IP:127.0.0.1"]
        ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        cls.openssl("req", "-x509", *ec, "-keyout", "ca.key", "-days", "90", "-subj", "/CN=root",
                    "-out", "ca.pem")
        cls.openssl("req", *ec, "-keyout", "leaf.key", "-subj", "/CN=leaf", *san, "-out", "leaf.csr")
        cls.openssl("genrsa", "-out", "other.key", "2048")
        for name, days in (("leaf", 30), ("soon", 5), ("old", -1)):
            cls.openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                        "-CAcreateserial", "-copy_extensions", "copy", "-days", str(days),
                        "-out", f"{name}.pem")

    @classmethod
    def openssl(cls, *args):
        subprocess.run(["openssl", *args], cwd=cls.files, check=True, capture_output=True)

    def serve(self, certificate, ask_client=False, routes=None):
        server = self.enterContext(Server(routes))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.files / certificate, self.files / "leaf.key")
        if ask_client:
            context.load_verify_locations(self.files / "ca.pem")
            context.verify_mode = ssl.CERT_REQUIRED
        plain = server.server.get_request

        def get_request():    # an OSError only means: no request
            connection, address = plain()
            connection.settimeout(10)
            return context.wrap_socket(connection, server_side=True), address

        server.server.get_request = get_request
        return server.url.replace("http:", "https:")

    def service(self, url, **files):
        files = {"ca": "ca.pem", **files}
        inside = ", ".join(f"{name}: {self.files / file}" for name, file in files.items())
        return f'{{url: "{url}", tls: {{{inside}}}}}'

    def days_left(self, certificate):
        done = subprocess.run(["openssl", "x509", "-noout", "-enddate", "-in", self.files / certificate],
                              check=True, capture_output=True, text=True)
        return (ssl.cert_time_to_seconds(done.stdout.split("=")[1].strip()) - time.time()) // 86400

    def test_a_good_certificate_is_reported(self):
        seen = self.ask(self.service(self.serve("leaf.pem")))
        self.assertEqual((seen["outcome"], seen["notes"]), ("pass", []), seen["message"])
        self.assertEqual(seen["tls"]["version"], "TLSv1.3")
        self.assertRegex(seen["tls"]["cipher"], "^TLS_")
        self.assertEqual(seen["tls"]["days_left"], self.days_left("leaf.pem"))
        self.assertGreater(seen["timing"]["tls_s"], 0)

    def test_a_certificate_near_its_end_is_noted(self):
        url = self.serve("soon.pem")
        seen = self.ask(self.service(url), "expect: {tls: {expires_in: {min: 14d}}}")
        self.assertEqual(seen["outcome"], "fail")
        self.assertRegex(seen["message"], "expires_in.*at least 14d, got (4.9|5d)")
        seen = self.ask(self.service(url), "expect: {tls: {expires_in: 14d}}")
        self.assertRegex(seen["message"], "expires_in.*at least 14d, got (4.9|5d)")
        seen = self.ask(self.service(url), "expect: {tls: {expires_in: {min: 1d, warn: 14d}}}")
        self.assertEqual(seen["outcome"], "warn")
        self.assertRegex(seen["message"], "expires_in.*at least 14d, got (4.9|5d)")
        seen = self.ask(self.service(url), "expect: {tls: {expires_in: {min: 1d, warn: 2d}}}")
        self.assertEqual(seen["outcome"], "pass")
        seen = self.ask(self.service(url))
        self.assertEqual((seen["outcome"], seen["notes"]),
                         ("pass", ["the certificate expires in 4 days"]))
        done = self.run_outrider("--run-once", "--verbose", "--config", self.folder / "checks.yaml")
        self.assertRegex(done.stdout, r"peer +127.0.0.1:\d+, HTTP/1.1, TLSv1.3, TLS_\w+, "
                                      r"certificate until 20\d\d-\d\d-\d\d \(4d\)")

    def test_an_expired_one_is_reported_with_its_end(self):
        seen = self.ask(self.service(self.serve("old.pem")))
        self.assertEqual(seen["reason"], "tls")
        self.assertRegex(seen["message"], "^the certificate expired on 20..-..-..$")
        self.assertEqual(seen["tls"]["days_left"], self.days_left("old.pem"))
        self.assertIsNone(seen["tls"]["version"])

    def test_silence_in_the_handshake_is_a_timeout_that_says_so(self):
        with bound_socket() as mute:
            mute.listen()
            at = f"127.0.0.1:{mute.getsockname()[1]}"
            seen = self.ask(f'{{url: "https://{at}"}}', "timeout: 500ms")
            self.assert_failed(seen, "timeout", "not over after 500ms while waiting for the TLS "
                                                f"handshake with {at}")
            seen = self.ask(f'{{url: "https://{at}"}}', "timeout: 20s, idle_timeout: 500ms")
            self.assert_failed(seen, "timeout", "nothing came for 500ms while waiting for the TLS "
                                                f"handshake with {at}")

    def test_plain_http_where_tls_is_expected(self):
        seen = self.ask(f'{{url: "{self.server.url.replace("http:", "https:")}"}}')
        # this server takes a broken request for HTTP/0.9 and answers without a header
        self.assert_failed(seen, "tls", 'the server speaks no TLS; it begins with "<!DOC"')

    def test_metrics_tell_the_end_of_good_and_bad_ones(self):
        services = {name: self.service(self.serve(f"{name}.pem")) for name in ("leaf", "old")}
        with self.daemon(services, [GET.format(id, "every: 1s") for id in services]) as process:
            found = wait_for(lambda: self.metrics(process, "probe_ssl_earliest_cert_expiry", 2))
        for name in services:
            days = (found[name] - time.time()) // 86400
            self.assertEqual(days, self.days_left(f"{name}.pem"))

    def metrics(self, process, name, wanted):
        """Values by check, once there are so many."""
        url = re.search(r"http://127\.0\.0\.1:\d+", (self.folder / "log").read_text())
        if not url:
            return None
        text = urllib.request.urlopen(url.group(0) + "/metrics").read().decode()
        found = re.findall(rf'^{name}\{{check="(\w+)".*\}} (\S+)$', text, re.M)
        return len(found) == wanted and {check: float(value) for check, value in found}

    def test_clients_with_a_certificate(self):
        url = self.serve("leaf.pem", ask_client=True)
        seen = self.ask(self.service(url))
        self.assertEqual(seen["reason"], "tls")
        # the server's alert, or the reset that overtook it
        self.assertRegex(seen["message"], "^the server wants a client certificate |"
                                          ", which had asked for a client certificate$")
        self.assertGreater(seen["tls"]["days_left"], 0)
        seen = self.ask(self.service(url, cert="leaf.pem", key="leaf.key"))
        self.assertEqual(seen["outcome"], "pass", seen["message"])

    def test_no_other_host_gets_the_client_certificate(self):
        own = {"cert": "leaf.pem", "key": "leaf.key"}
        away = self.serve("leaf.pem", ask_client=True)
        first = self.serve("leaf.pem", ask_client=True, routes={
            "/health": answer(302, "", {"Location": "/here"}), "/here": answer(200, "well"),
            "/away": answer(302, "", {"Location": away + "/health"})})
        get = "{{id: one, service: one, get: {{path: {}, redirects: 2}}, timeout: 10s}}"
        for path, reason in (("/health", "none"), ("/away", "tls")):
            seen = self.once({"one": self.service(first, **own)}, [get.format(path)])["one"]
            self.assertEqual(seen["reason"], reason, seen)
        self.assertRegex(seen["message"], "client certificate")

    def test_a_reset_that_overtakes_the_refusal_of_a_client(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.files / "leaf.pem", self.files / "leaf.key")
        context.load_verify_locations(self.files / "ca.pem")
        context.verify_mode = ssl.CERT_OPTIONAL

        def refuse(mute):
            connection, _ = mute.accept()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            context.wrap_socket(connection, server_side=True).close()

        with bound_socket() as mute:
            mute.listen()
            at = f"127.0.0.1:{mute.getsockname()[1]}"
            for _ in range(5):
                thread = threading.Thread(target=refuse, args=(mute,), daemon=True)
                thread.start()
                seen = self.ask(self.service(f"https://{at}", cert="leaf.pem", key="leaf.key"))
                thread.join()
                self.assert_failed(seen, "tls", f"connection reset after the TLS handshake by {at}, "
                                                "which may have refused our client certificate")

    def test_files_that_do_not_fit_are_errors_of_the_configuration(self):
        for files, message in (({"cert": "leaf.pem", "key": "other.key"},
                                "service one: tls: .*/other.key: the key does not fit the certificate"),
                               ({"ca": "leaf.key"}, "/leaf.key: there is no certificate in it"),
                               ({"cert": "gone.pem"}, r":\d+:\d+: .*/gone.pem can't be read")):
            path = self.write({"one": self.service("https://127.0.0.1:9", **files)},
                              [GET.format("one", "timeout: 1s")])
            for how in ("--run-once", "--check-config"):
                done = self.run_outrider(how, "--config", path)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertRegex(done.stderr, message)


@unittest.skipUnless(shutil.which("nghttpd"), "needs nghttpd (scripts/deps --test)")
class Versions(Services):
    """HTTP/2 is agreed on in the TLS handshake."""

    setUpClass = classmethod(Certificates.setUpClass.__func__)
    openssl = classmethod(Certificates.openssl.__func__)
    service, serve = Certificates.service, Certificates.serve

    def serve_http2(self):
        (self.files / "health").write_text('{"status": "ok"}')
        port = free_port()
        process = subprocess.Popen(["nghttpd", "-a", "127.0.0.1", "-d", self.files, str(port),
                                    self.files / "leaf.key", self.files / "leaf.pem"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def listens():
            with socket.socket() as peer:
                return peer.connect_ex(("127.0.0.1", port)) == 0

        self.assertTrue(wait_for(listens))
        return f"https://127.0.0.1:{port}"

    def ask_version(self, url, version):
        return self.ask(self.service(url).replace("{url", f"{{http: {version}, url", 1))

    def test_who_speaks_2_is_spoken_to_in_2(self):
        seen = self.ask_version(self.serve_http2(), "2")
        self.assertEqual((seen["outcome"], seen["http_version"]), ("pass", "2"), seen["message"])

    def test_who_does_not_fails(self):
        seen = self.ask_version(self.serve("leaf.pem"), "2")
        self.assertEqual((seen["outcome"], seen["reason"], seen["http_version"]), ("fail", "protocol", "1.1"))
        self.assertIn("it speaks no HTTP/2, which was asked for", seen["message"])
        seen = self.ask(f'{{url: "{self.server.url}", http: 2}}')    # without TLS nothing is agreed on
        self.assertEqual((seen["outcome"], seen["http_version"]), ("pass", "1.1"))

    def test_1_1_is_the_default(self):
        seen = self.ask(self.service(self.serve_http2()))
        self.assertEqual(seen["outcome"], "fail")
        self.assertIn(seen["reason"], ("tls", "protocol", "reset"))


if __name__ == "__main__":
    unittest.main()
