"""Name service in all its failures: each has its message, none delays another check."""
import pathlib
import time
import unittest

import namespace

if __name__ == "__main__":
    namespace.enter()

from nameserver import NameServer  # noqa: E402
from network import Case, wait_for  # noqa: E402
from serving import Server  # noqa: E402

LOST = 300    # names that no server answers for
GOOD = ["127.0.0.1"]
RULES = {
    "good.test": GOOD, "fail.test": "servfail", "refused.test": "refused", "silent.test": "silent",
    "slow.test": (0.3, GOOD), "long.test": "truncated", "forged.test": "wrong_id",
    "loop.test": "loop", "garbage.test": "garbage", "six.test": ["::1"], "empty.test": [],
    "both.test": ["::1", "127.0.0.1"],
    **{f"lost{i}.test": "silent" for i in range(LOST)},
}


def service(name, port, more=""):
    return f'{{url: "http://{name}:{port}", {more}}}'


def get(name, more=""):
    return f"{{id: {name}, service: {name}, get: /health, {more}}}"


class Names(Case):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(Server())

    def ask(self, *names, timeout="20s", more=""):
        ids = {name.split(".")[0]: name for name in names}
        return self.once({id: service(name, self.server.port, more) for id, name in ids.items()},
                         [get(id, f"timeout: {timeout}") for id in ids])

    def test_every_failure_says_what_happened(self):
        seen = self.ask("nowhere.test", "fail.test", "refused.test", "silent.test", "forged.test",
                        "loop.test", "garbage.test", "empty.test")
        unanswered = r"^no name server answered for {}\.test within [0-9.]+s$"
        failed = "the name servers failed to look up {}.test (SERVFAIL, refused or unreachable)"
        self.assert_failed(seen["nowhere"], "dns", "the name nowhere.test does not exist")
        self.assert_failed(seen["fail"], "dns", failed.format("fail"))
        self.assert_failed(seen["refused"], "dns", failed.format("refused"))
        self.assert_failed(seen["loop"], "dns", "the name loop.test does not exist")
        self.assert_failed(seen["empty"], "dns", "the name empty.test has no address")
        for id in ("silent", "forged", "garbage"):
            self.assertEqual(seen[id]["reason"], "dns")
            self.assertRegex(seen[id]["message"], unanswered.format(id))
            self.assertIsNone(seen[id]["timing"]["dns_s"])
        self.assertEqual(self.server.asked, [])

    def test_what_is_slow_or_long_works_and_is_measured(self):
        seen = self.ask("good.test", "slow.test", "long.test", "both.test")
        for id, check in seen.items():
            self.assertEqual(check["outcome"], "pass", check["message"])
            self.assertLessEqual(check["timing"]["dns_s"], check["timing"]["ttfb_s"])
        self.assertGreater(seen["slow"]["timing"]["dns_s"], 0.3)
        self.assertEqual(seen["both"]["address"], f"127.0.0.1:{self.server.port}")

    def test_a_run_that_ends_during_its_look_up_is_dns(self):
        began = time.monotonic()
        silent = self.ask("silent.test", timeout="300ms")["silent"]
        self.assert_failed(silent, "dns", "not over after 300ms while waiting for the look-up of "
                                          "the name silent.test")
        self.assertLess(time.monotonic() - began, 1.9)    # a look-up takes 2 s to give up

    def test_families(self):
        seen = self.ask("good.test", more="ip: 6")
        self.assert_failed(seen["good"], "dns", "the name good.test has no IPv6 address")
        seen = self.ask("six.test", more="ip: 4")
        self.assert_failed(seen["six"], "dns", "the name six.test has no IPv4 address")
        self.assertEqual(self.ask("both.test", more="ip: 4")["both"]["outcome"], "pass")

    def test_a_proxy_is_looked_up_too(self):
        seen = self.ask("good.test", more='proxy: "http://nowhere.test:3128"')
        self.assert_failed(seen["good"], "dns", "the proxy: the name nowhere.test does not exist")

    def test_the_hosts_file_and_addresses_ask_nobody(self):
        before = len(NAMES.asked)
        seen = self.ask("listed.test", "127.0.0.1", "localhost")
        self.assertEqual({c["outcome"] for c in seen.values()}, {"pass"}, seen)
        self.assertEqual(NAMES.asked[before:], [])

    def test_each_run_asks_anew(self):
        before = len(NAMES.queries("good.test"))
        checks = [get("good", "timeout: 5s").replace("id: good", f"id: good{i}") for i in range(2)]
        self.once({"good": service("good.test", self.server.port, "max_in_flight: 1")}, checks)
        self.assertEqual(len(NAMES.queries("good.test")) - before, 4)    # A and AAAA each


class Fairness(Case):
    """Many names that nobody answers for, checked as often as possible; beside them healthy ones."""

    def setUp(self):
        super().setUp()
        namespace.set_name_server(timeout_s=15)    # each look-up hangs for half a minute
        self.addCleanup(namespace.set_name_server)

    def threads(self, process):
        return len(list(pathlib.Path(f"/proc/{process.pid}/task").iterdir()))

    def test_names_without_an_answer_delay_nobody(self):
        with Server() as named, Server() as listed, Server() as literal:
            lost = [f"lost{i}" for i in range(LOST)]
            services = {id: service(f"{id}.test", named.port) for id in lost}
            services |= {"good": service("good.test", named.port),
                         "listed": service("listed.test", listed.port),
                         "literal": service("127.0.0.1", literal.port)}
            checks = [get(id, "every: 1s, timeout: 900ms") for id in lost]
            checks += [get(id, "every: 1s, timeout: 20s") for id in ("good", "listed", "literal")]
            with self.daemon(services, checks) as process:
                most = 0
                for server in (named, listed, literal):
                    # ten slots of a second each; a line behind what hangs would take minutes
                    wait_for(lambda: len(server.asked) >= 10, patience=25)
                    most = max(most, self.threads(process))
                    self.assertGreaterEqual(len(server.asked), 10)
                # as many as names, however many runs were given up; two ask for each at most
                self.assertLess(most, LOST + 16)
                self.assertGreater(most, LOST / 2)
                began = time.monotonic()
            self.assertLess(time.monotonic() - began, 12)    # it waited for none of them


if __name__ == "__main__":
    NAMES = NameServer(RULES)
    namespace.use_name_server(hosts="127.0.0.1 listed.test\n")
    unittest.main(verbosity=2)
