"""What a service may ask for: its proxy, family, HTTP version, certificates; redirects of its checks."""
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import time
import unittest

from network import Case, wait_for
from proxy import Proxy
from serving import Server, answer, bound_socket

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


if __name__ == "__main__":
    unittest.main()
