"""What is told, and what is not: a service that wakes up, a known issue that is fixed."""
import signal
import time
import unittest

from serving import Server, answer
from watching import Daemon, DaemonCase, wait_for

CHECKS = """
listen: 127.0.0.1:0
database: {folder}/outrider.db
services:
{services}defaults: {{every: 1s, timeout: 5s, health: {{down_after: 1, up_after: 1{health}}}}}
alerts:
  channels:
{channels}checks:
{checks}"""
HOOK = '    hook: {{type: webhook, url: "http://127.0.0.1:{port}/alert"}}\n'


class SenseCase(DaemonCase):
    """Checks of a site each path of which answers with the status that it is told."""

    def setUp(self):
        self.status = {}
        self.site = self.enterContext(Server())
        self.site.server.handle_error = lambda *unused: None
        self.site.handle = self.handle
        super().setUp()

    def handle(self, handler):
        id = handler.path.strip("/")
        answer(self.status.get(id, 200), {"id": id})(handler)

    def write_config(self, more=""):
        pass  # each test has its own

    def write(self, *checks, health="", services=None, channels=HOOK):
        services = services or {"site": self.site.url}
        self.config.write_text(CHECKS.format(
            folder=self.folder, health=health, channels=channels.format(port=self.receiver.port),
            services="".join(f'  {id}: {{url: "{url}"}}\n' for id, url in services.items()),
            checks="".join(f"  - {{service: site, {check}}}\n" for check in checks)))

    def told(self):
        return [(b["event"], b["check"]) for b in self.receiver.bodies]

    def wait_told(self, *told):
        if not wait_for(lambda: len(self.receiver.bodies) >= len(told)) or self.told() != list(told):
            self.fail(f"{self.told()} is not {told}\n{self.log()}")

    def results(self, id):
        return self.rows("""SELECT count(*) FROM result WHERE key >> 42 =
                            (SELECT number FROM checks WHERE id = ?)""", id)[0][0]

    def wait_results(self, id, more):
        wanted = self.results(id) + more
        self.assertTrue(wait_for(lambda: self.results(id) >= wanted), self.log())

    def killed(self):
        self.assertTrue(wait_for(lambda: not self.rows("SELECT id FROM outbox WHERE state = 0")), self.log())
        self.daemon.end(signal.SIGKILL)
        self.daemon = Daemon(self.config, self.folder / "log")


class ColdTest(SenseCase):
    def test_who_wakes_up_is_not_down(self):
        self.write("id: a, get: /a", "id: b, get: /b", health=", cold_for: 4s")
        self.start()
        self.wait_states(a="up", b="up")
        self.status.update(a=503, b=500)  # small and fast: b says 500, and is no sleeper
        self.wait_told(("opened", "b"))
        self.wait_results("a", 1)
        self.killed()  # since when it is cold is not forgotten
        self.status.update(b=200)
        self.wait_told(("opened", "b"), ("resolved", "b"))
        self.status.update(a=200)
        self.wait_results("a", 2)
        self.assertEqual(self.states()["a"], "up")
        self.status.update(a=503)  # and this time it stays cold
        began = time.monotonic()
        self.wait_told(("opened", "b"), ("resolved", "b"), ("opened", "a"))
        self.assertGreater(time.monotonic() - began, 2)
        self.assertEqual(self.receiver.bodies[-1]["reason"], "cold")
        self.assertEqual(self.daemon.end(), 0)


class FixedTest(SenseCase):
    def test_a_known_issue_is_fixed_once(self):
        """Said after three passes in a row, once, whoever is killed; again only when it failed again."""
        known = "id: a, get: /a, severity: ticket, known_issue: {reason: ticket 12}"
        self.write(known)
        self.status.update(a=500)
        self.start()
        self.wait_states(a="down")
        self.status.update(a=200)
        self.wait_results("a", 1)
        self.killed()
        self.wait_told(("fixed", "a"))
        self.killed()
        self.wait_results("a", 4)
        self.wait_told(("fixed", "a"))
        self.status.update(a=500)
        self.wait_results("a", 2)
        self.status.update(a=200)
        self.wait_told(("fixed", "a"), ("fixed", "a"))
        said = self.receiver.bodies[0]
        self.assertEqual(said["text"], "FIXED: a: passed 3 times in a row, and is marked as a known issue: ticket 12")
        self.assertEqual((said["severity"], said["known_issue"], said["outcome"]), ("ticket", "ticket 12", "pass"))
        self.assertNotEqual(said["dedup_key"], self.receiver.bodies[1]["dedup_key"])
        self.assertEqual(self.daemon.end(), 0)


if __name__ == "__main__":
    unittest.main()
