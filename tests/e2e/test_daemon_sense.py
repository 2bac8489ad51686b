"""What is told, and what is not: failures with one cause, a service that wakes up, a known issue that is fixed."""
import contextlib
import datetime
import json
import re
import signal
import sqlite3
import sys
import threading
import time
import unittest

from serving import Server, answer
from watching import Daemon, DaemonCase, Receiver, wait_for

CHECKS = """
listen: 127.0.0.1:0
database: {folder}/outrider.db
services:
{services}defaults: {{every: 1s, timeout: 5s, health: {{down_after: 1, up_after: 1{health}}}}}
alerts:
  group: {group}
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

    channels = HOOK

    def write(self, *checks, health="", services=None, channels=None, group="5m"):
        services = services or {"site": self.site.url}
        self.config.write_text(CHECKS.format(
            folder=self.folder, health=health, group=group, channels=(channels or self.channels).format(port=self.receiver.port),
            services="".join(f'  {id}: {{url: "{url}"}}\n' for id, url in services.items()),
            checks="".join(f"  - {{{check}}}\n" if "service:" in check else
                           f"  - {{service: site, {check}}}\n" for check in checks)))

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
        self.write("id: a, get: /a", "id: b, get: /b", "id: c, get: /c", health=", cold_for: 4s", group="0s")
        self.start()
        self.wait_states(a="up", b="up", c="up")
        self.status.update(a=503, b=500)  # small and fast: b says 500, and is no sleeper
        self.wait_told(("opened", "b"))
        self.wait_results("a", 1)
        self.killed()  # since when it is cold is not forgotten
        self.status.update(b=200)
        self.wait_told(("opened", "b"), ("resolved", "b"))
        self.status.update(a=200)
        self.wait_results("a", 2)
        self.assertEqual(self.states()["a"], "up")
        self.status.update(c=503)  # and this one stays cold
        began = time.monotonic()
        self.wait_told(("opened", "b"), ("resolved", "b"), ("opened", "c"))
        self.assertGreater(time.monotonic() - began, 2)
        self.assertEqual(self.receiver.bodies[-1]["reason"], "cold")
        self.status.update(a=503)  # it woke up just now: that it fails again is no sleep
        self.wait_told(("opened", "b"), ("resolved", "b"), ("opened", "c"), ("opened", "a"))
        self.assertEqual(self.daemon.end(), 0)


class FixedTest(SenseCase):
    def test_a_known_issue_is_fixed_once(self):
        """Said after three passes in a row, once, whoever is killed; not each time it comes and goes, and waking nobody."""
        known = "id: a, get: /a, known_issue: {reason: ticket 12}"
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
        self.wait_results("a", 5)
        self.assertEqual(self.told(), [("fixed", "a")])  # it comes and goes
        said = self.receiver.bodies[0]
        self.assertEqual(said["text"], "FIXED: a: passed 3 times in a row, and is marked as a known issue: ticket 12")
        self.assertEqual((said["severity"], said["known_issue"], said["outcome"]), ("ticket", "ticket 12", "pass"))
        self.assertEqual(self.daemon.end(), 0)


class GroupTest(SenseCase):
    def timeline(self):
        return " ".join(f"{kind}:{id}" for kind, id in self.rows(
            """SELECT kind, c.id FROM incident_event AS e LEFT JOIN checks AS c ON c.number = e.number
               ORDER BY e.id"""))

    def test_failures_of_one_service_are_one_alert(self):
        self.write("id: a, get: /a", "id: b, get: /b", "id: c, get: /c")
        self.start()
        self.wait_states(a="up", b="up", c="up")
        self.status.update(a=500)
        self.wait_states(a="down")
        self.status.update(b=404)
        self.assertTrue(wait_for(lambda: "joined:b" in self.timeline()), self.log())
        self.killed()
        self.status.update(a=200, c=500)
        self.wait_states(a="up", c="down")
        page = json.loads(self.daemon.get("/api/v1/incidents?state=open"))["incidents"]
        self.assertEqual([(i["check"], i["cause"]) for i in page], [("a", "status: expected 2xx, got 500")])
        html = self.daemon.get("/incidents/" + page[0]["id"])
        self.assertIn("went down as well", html)
        self.status.update(b=200, c=200)
        self.wait_told(("opened", "a"), ("resolved", "a"))
        self.assertEqual(sorted(self.receiver.bodies[1]["checks"]), ["a", "b", "c"])
        self.assertEqual(self.daemon.end(), 0)
        events = self.timeline().split()
        self.assertEqual(events[:2], ["opened:a", "joined:b"])
        self.assertIn("joined:c", events)

    def test_without_grouping_each_is_told(self):
        self.write("id: a, get: /a", "id: b, get: /b", group="0s")
        self.start()
        self.wait_states(a="up", b="up")
        self.status.update(a=500, b=500)
        self.assertTrue(wait_for(lambda: len(self.receiver.bodies) == 2), self.log())
        self.assertEqual(sorted(self.told()), [("opened", "a"), ("opened", "b")])

    def test_whoever_is_more_urgent_is_told_of(self):
        """A ticket's incident does not hide from the pager that something worse joined it, nor from who hears of both."""
        pager = self.enterContext(contextlib.closing(Receiver()))
        self.write("id: a, get: /a, severity: ticket", "id: b, get: /b, severity: page",
                   "id: c, get: /c, severity: page", "id: d, get: /d, severity: ticket",
                   channels=HOOK + f'    pager: {{{{type: webhook, url: "http://127.0.0.1:{pager.port}/", severities: [page]}}}}\n')
        self.start()
        self.wait_states(a="up", b="up", c="up", d="up")
        self.status.update(a=500)
        self.wait_told(("opened", "a"))
        self.status.update(d=500)
        self.wait_states(d="down")
        self.assertEqual(pager.bodies, [])
        self.status.update(b=500)
        self.assertTrue(wait_for(lambda: pager.bodies), self.log())
        self.killed()
        self.status.update(c=500)
        self.wait_states(c="down")
        self.status.update(a=200, b=200, c=200, d=200)
        self.wait_told(("opened", "a"), ("opened", "b"), ("resolved", "a"))
        self.assertEqual([b["severity"] for b in self.receiver.bodies], ["ticket", "page", "page"])
        self.assertEqual(self.receiver.bodies[1]["dedup_key"], self.receiver.bodies[0]["dedup_key"] + "-page")
        self.assertTrue(wait_for(lambda: len(pager.bodies) == 2))
        first, last = pager.bodies
        self.assertEqual((first["event"], first["check"], first["severity"]), ("opened", "b", "page"))
        self.assertEqual((last["event"], last["incident"]), ("resolved", first["incident"]))
        self.assertEqual(first["dedup_key"], self.receiver.bodies[0]["dedup_key"])
        self.assertEqual(first["cause"], "a")


    def test_quiet_hours_hide_no_page_that_joins(self):
        days = ", ".join(time.strftime("%a", time.gmtime(time.time() + day * 86400)).lower() for day in (-1, 0, 1))
        self.channels = HOOK.replace("}}\n", f", quiet: [{{{{at: 00:00, for: 24h, days: [{days}], zone: utc}}}}]}}}}\n")
        self.write("id: a, get: /a, severity: ticket", "id: b, get: /b, severity: page")
        self.start()
        self.wait_states(a="up", b="up")
        self.status.update(a=500)
        self.wait_states(a="down")
        time.sleep(1)
        self.assertEqual(self.told(), [])
        self.status.update(b=500)
        self.wait_told(("opened", "a"), ("opened", "b"))
        self.assertEqual(self.daemon.end(), 0)

    def test_whoever_heard_of_the_beginning_hears_the_end(self):
        """Whatever a reload made of the check meanwhile, and of the channels' order."""
        pager = self.enterContext(contextlib.closing(Receiver()))
        hook, other = HOOK.replace("}}\n", ", severities: [ticket]}}\n"), \
            f'    pager: {{{{type: webhook, url: "http://127.0.0.1:{pager.port}/", severities: [page]}}}}\n'
        self.write("id: a, get: /a", channels=hook + other)
        self.start()
        self.wait_states(a="up")
        self.status.update(a=500)
        self.assertTrue(wait_for(lambda: pager.bodies), self.log())
        self.write("id: a, get: /a, severity: ticket", channels=other + hook)
        self.daemon.reload(True)
        self.status.update(a=200)
        self.assertTrue(wait_for(lambda: len(pager.bodies) == 2), self.log())
        self.assertEqual([b["event"] for b in pager.bodies], ["opened", "resolved"])
        self.assertEqual((self.daemon.end(), self.told()), (0, []))


    def test_a_reminder_names_who_is_down(self):
        self.write("id: a, get: /a", "id: b, get: /b")
        self.config.write_text(self.config.read_text().replace("  group:", "  remind_every: 10s\n  group:"))
        self.start()
        self.wait_states(a="up", b="up")
        self.status.update(a=500)
        self.wait_states(a="down")
        self.status.update(b=500)
        self.wait_states(b="down")
        self.status.update(a=200)
        self.wait_states(a="up")
        self.wait_told(("opened", "a"), ("reminder", "b"))
        self.assertRegex(self.receiver.bodies[1]["text"], r"^STILL DOWN: b \(since ..:.. UTC\); part of the incident of a$")
        self.assertEqual(self.receiver.bodies[1]["checks"], ["b"])


class CauseTest(SenseCase):
    """What a check depends on, and what it is compared with, is asked when it fails."""

    def begin(self, *checks):
        self.write(*checks, health=", recheck: 2s", group="0s")
        self.config.write_text(self.config.read_text().replace("down_after: 1", "down_after: 2"))
        self.start()
        self.assertTrue(wait_for(lambda: set(self.states().values()) == {"up"}), self.log())

    def test_the_cause_is_told_first_and_alone(self):
        self.begin("id: cause, get: /cause, every: 1h", *(f"id: d{i}, get: /d{i}, depends_on: [cause], every: 4s" for i in range(9)))
        time.sleep(2)
        self.status.update({id: 500 for id in self.states()})
        self.assertTrue(wait_for(lambda: set(self.states().values()) == {"down"}), self.log())
        self.assertEqual(self.told(), [("opened", "cause")])
        self.assertEqual(self.daemon.end(), 0)

    def test_whom_to_blame_is_known_when_it_is_told(self):
        self.begin("id: beside, get: /beside, every: 1h", "id: through, get: /through, compare: beside, every: 4s")
        time.sleep(2)
        self.status.update(through=500)
        self.wait_told(("opened", "through"))
        self.assertIn("beside, which asks the same with less on the way, is up: look here first", self.receiver.bodies[0]["text"])
        self.status.update(through=200)
        self.wait_told(("opened", "through"), ("resolved", "through"))
        self.status.update(through=500, beside=500)
        self.assertTrue(wait_for(lambda: sum(b["event"] == "opened" for b in self.receiver.bodies) == 3), self.log())
        said = next(b["text"] for b in self.receiver.bodies[2:] if b["check"] == "through")
        self.assertRegex(said, "with less on the way, (is down|fails as well)")
        self.assertEqual(self.daemon.end(), 0)


    def test_who_comes_and_goes_costs_its_cause_little(self):
        self.begin("id: cause, get: /cause, every: 1h", "id: shaky, get: /shaky, depends_on: [cause], every: 1s")
        for _ in range(8):
            time.sleep(1)  # behind the last answer of the cause
            self.status.update(shaky=500)
            self.wait_results("shaky", 2)
            self.status.update(shaky=200)
            self.wait_results("shaky", 2)
        self.assertTrue(2 <= self.results("cause") <= 5, self.results("cause"))  # as new, three times, and perhaps a slot
        self.assertEqual(self.daemon.end(), 0)


class FirstFailureTest(SenseCase):
    """Who goes down at its first failure waits a moment for what it depends on."""

    def setUp(self):
        self.hangs, self.goes_on = set(), threading.Event()
        self.addCleanup(self.goes_on.set)
        super().setUp()

    def handle(self, handler):
        with self.site.lock:
            self.site.asked.append(handler.path)
        if handler.path.strip("/") in self.hangs:
            self.goes_on.wait(60)
        try:
            super().handle(handler)
        except ConnectionError:
            handler.close_connection = True

    def begin(self, *checks, recheck_s=2, pause_s=1.5):
        """Each of its own service, so that nothing else makes them one incident."""
        ids = [check.split(",")[0].removeprefix("id: ") for check in checks]
        self.checks = [f"{check}, service: {id}, get: /{id}" for id, check in zip(ids, checks)]
        self.services = {id: self.enterContext(Server()) for id in ids}
        for id, site in self.services.items():
            site.handle = self.handle
            self.services[id] = site.url
        self.write(*self.checks, services=self.services, health=f", recheck: {recheck_s}s")
        self.config.write_text("log: {level: debug}\n" + self.config.read_text())
        self.start()
        self.assertTrue(wait_for(lambda: set(self.states().values()) == {"up"}), self.log())
        time.sleep(pause_s)  # half of the recheck is over since the last answers of the causes

    def failures(self, id):
        return self.rows("""SELECT count(*) FROM result JOIN checks AS c ON c.number = key >> 42
                            WHERE c.id = ? AND outcome = 2""", id)[0][0]

    def wait_asked(self, id, times):
        self.assertTrue(wait_for(lambda: self.site.asked.count("/" + id) >= times), self.log())

    def test_the_cause_is_told_alone(self):
        self.begin("id: cause, every: 20s", *(f"id: d{i}, depends_on: [cause], every: 2s" for i in range(8)))
        self.hangs.add("cause")
        self.status.update({id: 500 for id in self.services})
        self.wait_asked("cause", 2)
        time.sleep(2)  # as long as all the others need to fail
        self.goes_on.set()
        self.assertTrue(wait_for(lambda: set(self.states().values()) == {"down"}), self.log())
        self.status.clear()
        self.assertTrue(wait_for(lambda: set(self.states().values()) == {"up"}), self.log())
        self.wait_told(("opened", "cause"), ("resolved", "cause"))
        self.assertEqual(len(self.receiver.bodies[1]["checks"]), 9)
        self.assertEqual(self.daemon.end(), 0)

    def test_a_cause_that_was_well_a_moment_ago_is_asked_again(self):
        self.begin("id: cause, every: 1h", *(f"id: d{i}, depends_on: [cause], every: 1s" for i in range(6)), recheck_s=15, pause_s=0)
        self.status.update({id: 500 for id in self.services})
        self.assertTrue(wait_for(lambda: set(self.states().values()) == {"down"}), self.log())
        self.wait_told(("opened", "cause"))
        self.assertEqual(self.daemon.end(), 0)

    def test_a_cause_whose_own_slot_is_near_is_not_asked_but_waited_for(self):
        self.begin("id: cause, every: 3s", *(f"id: d{i}, depends_on: [cause], every: 1s" for i in range(6)), recheck_s=0, pause_s=0)
        for _ in range(2):
            self.receiver.bodies.clear()
            self.status.update({id: 500 for id in self.services})
            self.assertTrue(wait_for(lambda: set(self.states().values()) == {"down"}), self.log())
            self.status.clear()
            self.assertTrue(wait_for(lambda: set(self.states().values()) == {"up"}), self.log())
            self.wait_told(("opened", "cause"), ("resolved", "cause"))
        self.assertEqual(self.daemon.end(), 0)

    def test_over_several_steps(self):
        self.begin("id: root, every: 1h", "id: between, depends_on: [root], every: 1h",
                   *(f"id: d{i}, depends_on: [between], every: 2s" for i in range(3)))
        self.status.update({id: 500 for id in self.services})
        self.assertTrue(wait_for(lambda: set(self.states().values()) == {"down"}), self.log())
        self.wait_told(("opened", "root"))
        self.assertEqual(self.daemon.end(), 0)

    def test_a_cause_that_hangs_is_not_waited_for_long(self):
        """Neither by what depends on it, nor, later, by what depends on that; and what was known is told first."""
        self.begin("id: root, every: 1h, timeout: 60s", "id: between, depends_on: [root], every: 1h",
                   "id: d, depends_on: [between], every: 1s")
        self.hangs.add("root")
        self.status.update(between=500, d=500)
        began = time.monotonic()
        self.wait_told(("opened", "between"))
        self.assertGreater(time.monotonic() - began, 4.9)
        self.wait_states(d="down", between="down", root="up")
        self.assertTrue(wait_for(lambda: self.failures("d") and self.failures("between")), self.log())
        self.assertGreaterEqual(self.daemon.metric("outrider_missed_slots_total", check="d"), 3)
        self.status.update(root=500)
        self.goes_on.set()
        self.wait_states(root="down")
        self.wait_told(("opened", "between"))
        self.assertEqual(self.daemon.end(), 0)

    def test_a_cause_that_is_well_is_waited_for_no_longer(self):
        self.begin("id: cause, every: 1h", "id: d, depends_on: [cause], every: 2s")
        self.hangs.add("cause")
        self.status.update(d=500)
        self.wait_asked("cause", 2)
        self.assertEqual((self.told(), self.failures("d")), ([], 0))
        self.goes_on.set()
        self.wait_told(("opened", "d"))
        *_, answered, down = (datetime.datetime.fromisoformat(line.split()[0]) for line in self.log().splitlines()
                              if re.search(r"result check=cause|check\.down", line))
        self.assertLess((down - answered).total_seconds(), 0.5)
        self.assertEqual(self.receiver.bodies[0]["cause"], "d")
        self.assertEqual(self.states(), {"cause": "up", "d": "down"})
        self.wait_asked("d", self.site.asked.count("/d") + 2)
        self.assertEqual(self.site.asked.count("/cause"), 2)  # as new, and once for the failure
        self.assertEqual(self.daemon.end(), 0)

    def test_a_stop_loses_nothing_that_waits(self):
        self.begin("id: cause, every: 1h, timeout: 60s", "id: d, depends_on: [cause], every: 2s")
        self.hangs.add("cause")
        self.status.update(d=500)
        self.wait_asked("cause", 2)
        self.assertEqual(self.failures("d"), 0)
        self.daemon.popen.send_signal(signal.SIGTERM)
        self.assertTrue(wait_for(lambda: self.failures("d")), self.log())
        self.assertEqual(self.daemon.end(), 0)  # no more patience with the cause
        self.assertEqual(self.failures("d"), 1)
        self.assertEqual(self.rows("""SELECT c.id, kind FROM incident_event JOIN checks AS c USING (number)"""),
                         [("d", "opened")])

    def test_a_stop_loses_nothing_while_nothing_runs(self):
        """The cause has just been asked, and its next slot is some seconds away."""
        self.begin("id: cause, every: 5s", "id: d, depends_on: [cause], every: 1s", recheck_s=0, pause_s=0)
        times = self.site.asked.count("/cause") + 1
        self.wait_asked("cause", times)
        self.status.update(d=500)
        asked = self.site.asked.count("/d")
        self.wait_asked("d", asked + 1)
        time.sleep(0.5)
        self.assertEqual((self.failures("d"), self.site.asked.count("/cause")), (0, times))
        self.assertEqual(self.daemon.end(), 0)
        self.assertEqual((self.failures("d"), self.site.asked.count("/cause")), (1, times))

    def test_a_reload_that_takes_the_check_away_keeps_its_result(self):
        self.begin("id: cause, every: 1h, timeout: 60s", "id: d, depends_on: [cause], every: 2s",
                   "id: e, depends_on: [cause], every: 2s")
        self.hangs.add("cause")
        self.status.update(d=500, e=500)
        self.wait_asked("cause", 2)
        time.sleep(2.5)  # both wait
        self.assertEqual(self.failures("d") + self.failures("e"), 0)
        self.write(self.checks[2].replace("depends_on: [cause], ", ""), services=self.services, health=", recheck: 2s")
        self.daemon.popen.send_signal(signal.SIGHUP)
        self.wait_told(("opened", "e"))
        self.assertTrue(wait_for(lambda: self.failures("d")), self.log())
        self.assertEqual(self.failures("d"), 1)
        self.goes_on.set()
        self.assertEqual(self.daemon.end(), 0)


class BurnTest(SenseCase):
    """Objectives: every second request fails, which takes nothing down, and spends the budget."""
    SLO = "slo: {objective: 99%}"

    def setUp(self):
        self.n = 0
        super().setUp()

    def handle(self, handler):
        self.n += 1
        answer(500 if handler.path == "/bad" and self.n % 2 else 200)(handler)

    def begin(self, *checks):
        """As if there had been results hours ago: what is short of an hour is not told."""
        self.write(*checks, health=", recheck: 0s", group="5m")
        self.config.write_text(self.config.read_text().replace("down_after: 1", "down_after: 5"))
        self.start()
        self.assertTrue(wait_for(lambda: self.results("a") >= 3))
        self.assertEqual(self.daemon.end(), 0)
        with contextlib.closing(sqlite3.connect(self.folder / "outrider.db")) as database, database:
            for level, ago_s in (("minute", 5400), ("hour", 86400), ("day", 4 * 86400)):
                at = (int(time.time()) - ago_s) // {"minute": 60, "hour": 3600, "day": 86400}[level]
                at *= {"minute": 60, "hour": 3600, "day": 86400}[level] * 1000
                database.execute(f"""INSERT INTO rollup_{level} (key, pass, warn, fail, skip, excluded, missed, sent,
                    tokens, duration_sum_us) SELECT number << 42 | {at}, 5, 0, 0, 0, 0, 0, 5, 0, 0 FROM checks""")
        self.start()

    def test_a_budget_that_burns_is_told_until_nobody_watches_it(self):
        pager = self.enterContext(contextlib.closing(Receiver()))
        channels = HOOK + f'    pager: {{{{type: webhook, url: "http://127.0.0.1:{pager.port}/", severities: [page]}}}}\n'
        self.channels = channels
        checks = f"id: a, get: /bad, {self.SLO}", f"id: b, get: /bad, {self.SLO}, severity: ticket", \
            f"id: c, get: /good, {self.SLO}", f"id: d, get: /bad, {self.SLO}, slo_alert: false", \
            f"id: e, get: /bad, {self.SLO}, known_issue: {{reason: ticket 12}}"
        self.begin(*checks)
        self.assertTrue(wait_for(lambda: len(self.receiver.bodies) == 2), self.log())
        self.assertTrue(wait_for(lambda: pager.bodies), self.log())
        self.assertEqual(sorted(self.told()), [("burning", "a"), ("burning", "b")])
        said = pager.bodies[0]
        self.assertEqual((said["check"], said["severity"], said["burn"]["pace"]), ("a", "page", "fast"))
        self.assertGreater(said["burn"]["rates"]["1h"], 14.4)
        self.assertNotIn("incident", said)
        self.assertIn("its error budget is spent", said["text"])
        self.killed()  # and is not told again
        time.sleep(7)
        self.assertEqual((len(self.receiver.bodies), len(pager.bodies)), (2, 1))
        text = self.config.read_text()
        self.config.write_text("\n".join(line + " " for line in text.split("\n")).replace(f"get: /bad, {self.SLO}}}", "get: /bad}", 1))
        self.daemon.reload(True)
        self.assertTrue(wait_for(lambda: len(pager.bodies) == 2), self.log())
        last = pager.bodies[1]
        self.assertEqual((last["event"], last["check"], last["since"], last["message"]),
                         ("burn_over", "a", said["since"], "its budget is not watched any more"))
        self.assertEqual(last["dedup_key"], said["dedup_key"].replace("burning", "burn_over"))
        self.assertTrue(wait_for(lambda: len(self.receiver.bodies) == 3))
        self.assertEqual(self.rows("SELECT c.id, pace FROM slo_burn JOIN checks AS c USING (number)"), [("b", "fast")])
        self.assertEqual(self.daemon.end(), 0)


class HerdTest(SenseCase):
    def test_five_hundred_at_once(self):
        """A process goes that serves five services on one host: one alert, and everybody else is on time."""
        sites = [self.enterContext(Server()) for _ in range(5)]
        for site in sites:
            site.handle = self.handle
        services = {f"s{i}": site.url for i, site in enumerate(sites)} | {"site": self.site.url.replace("127.0.0.1", "localhost")}
        self.write(*(f"id: c{i}, service: s{i % 5}, get: /c{i}, every: 5s" for i in range(500)),
                   "id: other, get: /other", services=services)
        self.start()
        self.assertTrue(wait_for(lambda: "unknown" not in self.states().values()), self.log())
        for site in sites:
            site.server.shutdown()
            site.server.server_close()
        self.assertTrue(wait_for(lambda: list(self.states().values()).count("down") == 500), self.log())
        self.assertEqual(self.states()["other"], "up")
        late = self.daemon.metric("outrider_schedule_lateness_seconds_bucket", le="0.1")
        n = self.daemon.metric("outrider_schedule_lateness_seconds_count")
        time.sleep(1)
        self.assertEqual([b["event"] for b in self.receiver.bodies], ["opened"])
        self.assertEqual(len(self.rows("SELECT id FROM incident")), 1)
        self.assertEqual(self.daemon.metric("outrider_missed_slots_total", check="other"), 0)
        print(f"{n - late:.0f} of {n:.0f} runs began later than 0.1 s", file=sys.stderr)
        self.assertEqual(self.daemon.end(), 0)
        self.assertEqual(self.rows("SELECT count(*) FROM incident_check"), [(500,)])


if __name__ == "__main__":
    unittest.main()
