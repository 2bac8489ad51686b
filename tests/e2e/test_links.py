"""Networks that lose, refuse, crawl and break: each fault has its reason, in time, and no other check
feels it."""
import time
import unittest

import namespace

if __name__ == "__main__":
    namespace.enter()

from network import Case, wait_for  # noqa: E402
from serving import Server, answer, delta, stream  # noqa: E402

ADDRESS, ADDRESS6 = namespace.Peer.ADDRESS, namespace.Peer.ADDRESS6
DROP_TABLE = "table inet faults { chain out { type filter hook output priority 0;\n%s\n}\n}\n"


class Links(Case):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(Server(bound=PEER.listen()))
        self.at = f"{ADDRESS}:{self.server.port}"
        self.service = {"far": f'{{url: "http://{self.at}"}}'}

    def firewall(self, rule):
        namespace.nft(DROP_TABLE % rule)
        self.addCleanup(namespace.run, "nft", "delete", "table", "inet", "faults", check=False)

    def ask(self, more="timeout: 1s"):
        return self.once(self.service, [f"{{id: far, service: far, get: /health, {more}}}"])["far"]

    def test_a_good_link(self):
        self.assertEqual(self.ask()["outcome"], "pass")

    def test_a_black_hole_is_a_timeout_and_delays_nobody(self):
        self.firewall(f"ip daddr {ADDRESS} tcp dport {self.server.port} drop")
        with Server() as near:
            seen = self.once(
                self.service | {"near": f'{{url: "{near.url}"}}'},
                ["{id: far, service: far, get: /health, timeout: 1500ms}",
                 "{id: near, service: near, get: /health, timeout: 1s}"])
        self.assert_failed(seen["far"], "timeout", "not over after 1.5s while waiting for a "
                                                   f"connection to {self.at}")
        self.assertIsNone(seen["far"]["timing"]["connect_s"])
        self.assertEqual(seen["near"]["outcome"], "pass")

    def test_refusals_are_told_apart(self):
        rule = f"ip daddr {ADDRESS} tcp dport {self.server.port} reject with "
        for how, message in (("tcp reset", f"connection refused by {self.at}"),
                             ("icmp type host-unreachable", f"no route to {self.at}"),
                             ("icmp type net-unreachable", f"the network is unreachable: {self.at}")):
            namespace.nft(DROP_TABLE % (rule + how))
            seen = self.ask("timeout: 5s")
            namespace.run("nft", "delete", "table", "inet", "faults")
            self.assert_failed(seen, "connect", message)
        namespace.run("ip", "route", "add", "prohibit", ADDRESS)
        seen = self.ask()
        namespace.run("ip", "route", "del", "prohibit", ADDRESS)
        self.assert_failed(seen, "connect", f"it is prohibited to connect to {self.at}")

    def test_loss_slows_and_never_hangs(self):
        self.firewall(f"ip daddr {ADDRESS} numgen random mod 100 < 30 drop")
        began = time.monotonic()
        seen = self.once(self.service, [f"{{id: far{i}, service: far, get: /health, timeout: 8s}}"
                                        for i in range(8)])
        self.assertLess(time.monotonic() - began, 20)
        outcomes = [(check["outcome"], check["reason"]) for check in seen.values()]
        self.assertIn(("pass", "none"), outcomes)
        self.assertLessEqual(set(outcomes), {("pass", "none"), ("fail", "timeout")})

    def test_a_link_that_crawls_meets_the_deadline(self):
        self.server.routes["/health"] = stream(*["x" * 1000] * 200)
        PEER.run("tc", "qdisc", "add", "dev", "far", "root", "tbf", "rate", "256kbit", "burst",
                 "4kb", "latency", "400ms")
        seen = self.ask("timeout: 2s")
        PEER.run("tc", "qdisc", "del", "dev", "far", "root")
        # an event stream: what it is cut at is said, not how long it would have taken
        self.assert_failed(seen, "timeout",
                           "not over after 2s while waiting for the rest of the answer")
        self.assertEqual(seen["stream"]["integrity"], "aborted")

    def test_a_cable_pulled_in_the_middle(self):
        def pull_then_talk(handler):
            handler.send_response(200)
            handler.send_header("Content-Type", "text/event-stream")
            handler.end_headers()
            handler.wfile.write(delta("one").encode())
            handler.wfile.flush()
            time.sleep(0.3)
            PEER.cable(up=False)
            handler.wfile.write(delta("two").encode())

        self.server.routes["/health"] = pull_then_talk
        chat = "expect: {status: 200, stream: {done: true}}"
        seen = self.ask(f"timeout: 20s, idle_timeout: 1s, {chat}")
        PEER.cable(up=True)
        self.assert_failed(seen, "idle_timeout", "nothing came for 1s while waiting for the rest of "
                                                 "the answer")
        self.assertEqual((seen["stream"]["integrity"], seen["stream"]["tokens"]), ("aborted", 1))
        seen = self.ask(f"timeout: 1500ms, {chat}")
        PEER.cable(up=True)
        self.assertEqual(seen["reason"], "timeout")
        self.server.routes["/health"] = stream(delta("one", finish_reason="stop"), "data: [DONE]\n\n")
        self.assertTrue(wait_for(lambda: self.ask(chat)["outcome"] == "pass"))

    def test_redirects_lead_into_no_network_of_ours(self):
        with Server() as near:
            for location in (f"http://127.0.0.1:{near.port}/health", f"http://[::1]:{near.port}/",
                             f"http://inside.test:{near.port}/health",
                             "http://169.254.169.254/latest/meta-data/"):
                self.server.routes["/health"] = answer(302, headers={"Location": location})
                seen = self.once(self.service, ["{id: far, service: far, get: {path: /health, "
                                                "redirects: 2}, timeout: 5s}"])["far"]
                self.assert_failed(seen, "protocol",
                                   f"redirect refused, into another network: {location}")
            self.assertEqual(near.asked, [])

    def test_families(self):
        six = self.enterContext(Server(bound=PEER.listen(ADDRESS6, self.server.port)))
        self.service["far"] = f'{{url: "http://both.test:{self.server.port}"}}'
        self.assertEqual(self.ask("timeout: 5s")["address"], f"[{ADDRESS6}]:{six.port}")
        self.firewall(f"ip6 daddr {ADDRESS6} drop")
        seen = self.ask("timeout: 5s")
        self.assertEqual((seen["outcome"], seen["address"]), ("pass", self.at))
        self.service["far"] = f'{{url: "http://both.test:{self.server.port}", ip: 6}}'
        self.assert_failed(self.ask(), "timeout", "not over after 1s while waiting for a connection "
                                                  f"to [{ADDRESS6}]:{six.port}")
        self.service["far"] = f'{{url: "http://both.test:{self.server.port}", ip: 4}}'
        self.assertEqual(self.ask()["address"], self.at)


if __name__ == "__main__":
    PEER = namespace.Peer()
    namespace.use_name_server(hosts=f"{ADDRESS6} both.test\n{ADDRESS} both.test\n"
                                    "127.0.0.1 inside.test\n")
    unittest.main(verbosity=2)
