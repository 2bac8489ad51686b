"""Incidents: one for each cause, with its members and its timeline, told once each, whatever kills the daemon."""
import json
import os
import random
import resource
import signal
import time
import unittest

from serving import Server, answer
from support import PATIENCE
from watching import Daemon, DaemonCase, wait_for

CHECKS = """
listen: 127.0.0.1:0
database: {folder}/outrider.db
services:
  site: {{url: "{site}"}}
defaults: {{every: 1s, timeout: 5s, health: {{down_after: 1, up_after: 1, cold_for: 0s}}}}
alerts:
  group: 0s
  channels:
    hook: {{type: webhook, url: "http://127.0.0.1:{hook}/alert"}}
    log: {{type: exec, command: ["/bin/sh", "-c", "cat >> {folder}/told; echo >> {folder}/told; ulimit -Sn > {folder}/files"]}}
checks:
{checks}"""
# e depends on a over d, which has nothing to do with it by itself
GRAPH = {"base": [], "a": ["base"], "b": ["base"], "c": ["base"], "d": ["base"], "e": ["d"]}


class IncidentTest(DaemonCase):
    def setUp(self):
        self.down = set()
        self.site = self.enterContext(Server({f"/{id}": self.route(id) for id in GRAPH}))
        self.site.server.handle_error = lambda *unused: None  # a killed daemon leaves connections behind
        super().setUp()

    def route(self, id):
        return lambda handler: answer(503 if id in self.down else 200, {"id": id})(handler)

    def write_config(self, more=""):
        self.write(GRAPH)

    def write(self, graph, **extra):
        lines = [f"  - {{id: {id}, service: site, get: /{id}, depends_on: [{', '.join(above)}]"
                 f"{extra.get(id, '')}}}\n" for id, above in graph.items()]
        self.config.write_text(CHECKS.format(folder=self.folder, site=self.site.url,
                                             hook=self.receiver.port, checks="".join(lines)))

    def goes(self, id, state):
        """One check's service breaks or heals, and the daemon has seen it."""
        (self.down.discard if state == "up" else self.down.add)(id)
        self.wait_states(**{id: state})

    def told(self):
        return [(b["event"], b["check"]) for b in self.receiver.bodies if b["event"] != "fixed"]

    def wait_told(self, n):
        if not wait_for(lambda: len(self.told()) >= n):
            self.fail(f"{self.told()}\n{self.log()}")

    def timeline(self):
        return " ".join(f"{kind}:{id}" for kind, id in self.rows(
            """SELECT kind, c.id FROM incident_event AS e LEFT JOIN checks AS c ON c.number = e.number
               ORDER BY e.id"""))

    def open_members(self):
        """Of each open incident, by cause."""
        return {cause: set(members.split()) for cause, members in self.rows(
            """SELECT c.id, group_concat(m.id, ' ') FROM incident AS i JOIN checks AS c ON c.number = i.number
               LEFT JOIN incident_check AS k ON k.incident = i.id AND k.left_us IS NULL
               LEFT JOIN checks AS m ON m.number = k.number
               WHERE i.resolved_us IS NULL GROUP BY i.id""")}

    def hold(self):
        """L3: page, metric and database agree on who is down, and on how many incidents are open. A known issue
        is in none."""
        def agree():
            status, members = self.daemon.status(), self.open_members()
            shown = {}
            for id, check in status.items():
                if check["incident"]:
                    shown.setdefault(check["incident"], set()).add(id)
            return (sorted(map(sorted, shown.values())) == sorted(map(sorted, members.values())) and
                    all((check["state"] == "down" and not check["known_issue"]) == bool(check["incident"])
                        for check in status.values()) and
                    self.daemon.metric("outrider_incidents_open") == len(members))
        if not wait_for(agree, 10):
            self.fail(f"{self.daemon.status()}\n{self.open_members()}\n{self.log()}")

    def killed(self):
        """kill -9 as soon as the database has what the pages show, and that it is told (it would be twice), and a
        new daemon on it."""
        self.hold()
        self.assertTrue(wait_for(lambda: not self.rows("SELECT id FROM outbox WHERE state = 0")), self.log())
        self.daemon.end(signal.SIGKILL)
        before = self.open_members(), self.timeline()
        self.daemon = Daemon(self.config, self.folder / "log")
        self.assertEqual((self.open_members(), self.timeline()), before)
        self.hold()

    def test_dependents_join_and_stay(self):
        self.start()
        self.wait_states(**{id: "up" for id in GRAPH})
        self.goes("base", "down")
        for id in "eab":  # e over d, which is up
            self.goes(id, "down")
        self.wait_told(1)
        self.hold()
        self.assertEqual(self.open_members(), {"base": {"base", "e", "a", "b"}})
        self.killed()
        self.goes("base", "up")  # its dependents are not
        self.hold()
        self.assertEqual(self.open_members(), {"e": {"e", "a", "b"}})
        self.goes("e", "up")
        self.killed()
        self.assertEqual(self.open_members(), {"a": {"a", "b"}})
        incident = json.loads(self.daemon.get("/api/v1/incidents?state=open"))["incidents"][0]
        self.assertEqual((incident["check"], incident["cause"]), ("base", "status: expected 2xx, got 503, of a sleeping service"))
        self.assertIn("2 of 6 checks are down: a (since base failed) and 1 more.", self.daemon.get("/"))
        self.goes("a", "up")
        time.sleep(1.5)
        self.assertEqual(self.told(), [("opened", "base")])
        self.goes("b", "up")
        self.wait_told(2)
        self.hold()
        self.assertEqual(self.told(), [("opened", "base"), ("resolved", "base")])
        first, last = self.receiver.bodies
        self.assertEqual(first["checks"], ["base"])
        self.assertEqual((last["cause"], sorted(last["checks"])), ("base", ["a", "b", "base", "e"]))
        self.assertEqual(first["incident"], last["incident"])
        self.assertEqual(last["dedup_key"], first["dedup_key"].replace("opened", "resolved"))
        self.assertGreater(last["duration_s"], 2)
        self.assertEqual(self.daemon.end(), 0)
        self.assertEqual(self.timeline(), "opened:base joined:e joined:a joined:b left:base continued:e "
                                          "left:e continued:a left:a continued:b resolved:b")
        self.assertEqual(self.rows("SELECT count(*) FROM incident_check WHERE left_us IS NULL"), [(0,)])

    def test_the_cause_shows_last(self):
        self.start()
        self.wait_states(**{id: "up" for id in GRAPH})
        self.goes("e", "down")
        self.goes("c", "down")
        self.wait_told(2)
        self.killed()
        self.goes("base", "down")  # both were its
        self.hold()
        self.assertEqual(self.open_members(), {"base": {"base", "e", "c"}})
        self.wait_told(3)
        self.assertEqual(self.told(), [("opened", "e"), ("opened", "c"), ("resolved", "c")])
        self.assertEqual(self.receiver.bodies[2]["merged_into"], self.receiver.bodies[0]["incident"])
        self.killed()
        for id in ["c", "e", "base"]:
            self.goes(id, "up")
        self.wait_told(4)
        time.sleep(1.5)
        self.assertEqual(self.told()[3:], [("resolved", "e")])
        self.assertEqual(self.receiver.bodies[3]["incident"], self.receiver.bodies[0]["incident"])
        self.assertEqual(sorted(self.receiver.bodies[3]["checks"]), ["base", "c", "e"])
        self.assertNotIn("merged_into", self.receiver.bodies[3])
        self.hold()
        self.assertEqual(self.daemon.end(), 0)
        self.assertEqual(self.rows("SELECT count(*), count(resolved_us), count(merged_into) FROM incident"),
                         [(2, 2, 1)])
        self.assertEqual(self.timeline(), "opened:e opened:c merged:c joined:c joined:base rerooted:base "
                                          "left:c left:e resolved:base")

    def test_a_known_issue_mutes_no_dependent(self):
        """Nobody is told of the cause, nor is it one: what it takes down is told of, and its end."""
        self.write({"base": [], "a": ["base"], "b": ["a"]}, base=", known_issue: {reason: ticket 12}")
        self.start()
        self.wait_states(base="up", a="up", b="up")
        self.goes("base", "down")
        time.sleep(1.5)
        self.assertEqual(self.told(), [])
        self.goes("a", "down")
        self.wait_told(1)
        self.killed()
        for id, state in [("b", "down"), ("b", "up"), ("a", "up")]:
            self.goes(id, state)
        self.wait_told(2)  # though base is down
        self.hold()
        self.goes("a", "down")
        self.wait_told(3)
        self.goes("base", "up")
        self.goes("a", "up")
        self.wait_told(4)
        self.assertEqual(self.told(), [("opened", "a"), ("resolved", "a")] * 2)
        first, last = self.receiver.bodies[:2]
        self.assertEqual((first["cause"], first["checks"]), ("a", ["a"]))
        self.assertEqual(sorted(last["checks"]), ["a", "b"])
        self.assertEqual(last["dedup_key"], first["dedup_key"].replace("opened", "resolved"))
        self.hold()
        self.assertEqual(self.daemon.end(), 0)

    def test_a_known_issue_mutes_nothing_above_it(self):
        """Each outage of what it depends on is told of, and its end, while it goes on."""
        self.write({"base": [], "a": ["base"]}, a=", known_issue: {reason: ticket 12}")
        self.start()
        self.wait_states(base="up", a="up")
        for again in (1, 2):
            self.goes("base", "down")
            self.goes("a", "down")
            self.hold()
            self.killed()
            self.goes("base", "up")
            self.wait_told(2 * again)
        time.sleep(1.5)
        self.assertEqual(self.told(), [("opened", "base"), ("resolved", "base")] * 2)
        self.assertEqual(self.states()["a"], "down")
        self.assertEqual(self.daemon.end(), 0)
        self.assertEqual(self.timeline(), "opened:base resolved:base opened:base resolved:base")

    def test_a_mark_that_comes_and_goes(self):
        """Who becomes a known issue leaves its incident, and is down as before; without the mark it is in one."""
        def mark(known, killed):
            before = self.log().count("reload.done")
            self.assertTrue(wait_for(lambda: not self.rows("SELECT id FROM outbox WHERE state = 0")), self.log())
            self.write({"base": [], "a": ["base"]}, a=", known_issue: {reason: ticket 12}" if known else "")
            if killed:
                self.daemon.end(signal.SIGKILL)
                self.daemon = Daemon(self.config, self.folder / "log")
            else:
                self.daemon.popen.send_signal(signal.SIGHUP)
                self.assertTrue(wait_for(lambda: self.log().count("reload.done") > before), self.log())
            self.assertEqual(self.states()["a"], "down")  # before its next result
            self.hold()
        self.write({"base": [], "a": ["base"]})
        self.start()
        self.wait_states(base="up", a="up")
        self.goes("base", "down")
        self.goes("a", "down")
        for killed in (False, True):
            mark(True, killed)
            self.assertEqual(self.open_members(), {"base": {"base"}})
            mark(False, killed)
            self.assertTrue(wait_for(lambda: self.open_members() == {"base": {"base", "a"}}))
        self.goes("base", "up")
        self.hold()
        self.assertEqual(self.told(), [("opened", "base")])
        mark(True, killed=True)
        self.wait_told(2)
        self.assertRegex(self.receiver.bodies[1]["text"], "^CLOSED: base, and 1 more .*: a known issue$")
        mark(False, killed=True)
        self.wait_told(3)
        self.goes("a", "up")
        self.wait_told(4)
        self.hold()
        self.assertEqual(self.told(), [("opened", "base"), ("resolved", "base"), ("opened", "a"), ("resolved", "a")])
        self.assertEqual(self.daemon.end(), 0)
        self.assertEqual(self.timeline(), "opened:base joined:a left:a joined:a left:a joined:a left:base "
                                          "continued:a left:a resolved:a opened:a resolved:a")
        self.assertEqual(self.rows("SELECT DISTINCT text FROM incident_event "
                                   "WHERE kind = 'left' AND text IS NOT NULL"), [("a known issue",)])

    def test_a_mark_that_comes_during_a_run_holds_for_its_result(self):
        asked = []

        def slow(handler):
            asked.append(handler)
            time.sleep(3)
            answer(503)(handler)
        self.site.routes["/a"] = slow
        self.write({"a": []})
        self.start()
        self.wait_told(1)
        self.write({"a": []}, a=", known_issue: {reason: ticket 12}")
        before = len(asked)
        self.assertTrue(wait_for(lambda: len(asked) > before))
        begun = len(asked)
        self.daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: len(self.rows("SELECT key FROM result")) > begun))
        self.hold()
        self.assertEqual(self.rows("SELECT flags & 1 FROM result ORDER BY key")[:begun + 1],
                         begun * [(0,)] + [(1,)])
        self.assertEqual(self.daemon.end(), 0)
        self.assertEqual(self.timeline(), "opened:a left:a resolved:a")

    def test_other_people_hear_of_who_joins(self):
        """Who does not hear of the cause hears of the check that is theirs, and of the same end."""
        def logged():
            told = self.folder / "told"
            lines = told.read_text().splitlines() if told.exists() else []
            return [(b["event"], b["check"], b["dedup_key"]) for b in map(json.loads, lines)]
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, limits)
        resource.setrlimit(resource.RLIMIT_NOFILE, (500, limits[1]))
        self.write({"base": [], "a": ["base"], "b": ["base"], "c": ["base"]}, base=", alerts: [hook]",
                   a=", alerts: [log]", b=", alerts: [hook]", c=", alerts: [log]")
        self.start()
        self.wait_states(base="up", a="up", b="up", c="up")
        for id in ["base", "b", "a", "c"]:
            self.goes(id, "down")
        self.assertTrue(wait_for(logged), self.log())
        key = self.receiver.bodies[0]["dedup_key"]
        self.killed()
        for id in ["a", "c", "b", "base"]:
            self.goes(id, "up")
        self.wait_told(2)
        self.assertTrue(wait_for(lambda: len(logged()) >= 2), self.log())
        self.assertTrue(wait_for(lambda: (self.folder / "files").read_text() == "500\n"))  # it raises its own alone
        self.assertEqual(self.daemon.end(), 0)
        self.assertEqual(self.told(), [("opened", "base"), ("resolved", "base")])
        self.assertEqual(logged(), [("opened", "a", key), ("resolved", "base", key.replace("opened", "resolved"))])

    def test_what_flaps_stays_down(self):
        """FAULTS 33: 200 and 500 by turns, and one incident is told of, when it began and when it is calm."""
        asked = {"n": 0}

        def turns(handler):
            asked["n"] += 1
            answer(500 if asked["n"] % 2 else 200)(handler)
        self.site.routes["/a"] = turns
        self.write({"a": [], "b": []}, a=", health: {down_after: 2 of 3, up_after: 2}")
        self.start()
        self.wait_states(a="down", b="up")
        self.assertTrue(wait_for(lambda: self.rows("SELECT sum(flapping) FROM check_state") == [(1,)]))
        self.killed()
        self.assertTrue(self.daemon.status()["a"]["flapping"])  # before its next result
        self.site.routes["/a"] = answer(200)
        time.sleep(4)
        self.assertEqual(self.states()["a"], "down")
        self.wait_states(a="up")
        self.wait_told(2)
        self.hold()
        self.assertFalse(self.daemon.status()["b"]["flapping"])
        self.assertEqual(self.told(), [("opened", "a"), ("resolved", "a")])
        self.assertEqual(self.timeline(), "opened:a note:a resolved:a")
        story = json.loads(self.daemon.get(f"/api/v1/incidents/{self.newest()}"))
        self.assertEqual([e["event"] for e in story["timeline"]], ["opened", "note", "resolved"])
        self.assertRegex(story["timeline"][1]["text"], "^flapping")
        self.assertEqual(self.daemon.end(), 0)

    def newest(self):
        return json.loads(self.daemon.get("/api/v1/incidents?limit=1"))["incidents"][0]["id"]

    def test_whenever_it_is_killed_every_incident_is_told(self):
        """L2 and L3 after SIGKILL at any moment, while this and that breaks and heals."""
        chance = random.Random(os.environ.get("SEED", "outrider"))
        self.start()
        self.wait_states(**{id: "up" for id in GRAPH})
        for _ in range(8):
            self.down ^= set(chance.sample(sorted(GRAPH), 2))
            time.sleep(chance.uniform(0.3, 2.5))
            self.daemon.end(signal.SIGKILL)
            self.daemon = Daemon(self.config, self.folder / "log")
        time.sleep(2)
        self.hold()
        self.down.clear()
        self.assertTrue(wait_for(lambda: not self.open_members(), 2 * PATIENCE), self.log())
        self.hold()
        opened = [i for i, in self.rows("SELECT printf('%x', id) FROM incident")]
        wanted = {(incident, event) for incident in opened for event in ("opened", "resolved")}
        self.assertTrue(wait_for(lambda: {(b["incident"], b["event"]) for b in self.receiver.bodies} >= wanted))
        self.assertEqual(self.daemon.end(), 0)
        first, keys = {}, {}
        for at, body in enumerate(self.receiver.bodies):
            first.setdefault((body["incident"], body["event"]), at)
            self.assertEqual(keys.setdefault(body["dedup_key"], body["text"]), body["text"])  # again, the same
        self.assertEqual(set(first), wanted)
        for incident in opened:
            self.assertLess(first[incident, "opened"], first[incident, "resolved"])
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(self.rows("""SELECT i.id FROM incident AS i JOIN incident_event AS e ON e.incident = i.id
            WHERE e.kind IN ('opened', 'resolved', 'merged') GROUP BY i.id HAVING count(*) <> 2"""), [])
        self.assertEqual(self.rows("SELECT count(*) FROM incident_check WHERE left_us IS NULL"), [(0,)])

    def test_a_herd_is_one_incident(self):
        """FAULTS 32: five hundred fail at once, and one is told of."""
        herd = {f"h{i}": ["base"] for i in range(500)}
        for id in herd:
            self.site.routes[f"/{id}"] = self.route("herd")
        self.write({"base": [], **herd})
        self.config.write_text(self.config.read_text().replace("every: 1s", "every: 5s"))
        self.start()
        self.wait_states(base="up", h0="up", h499="up")
        self.goes("base", "down")
        self.down.add("herd")
        self.assertTrue(wait_for(lambda: len(self.open_members().get("base", ())) == 501), self.log()[-5000:])
        self.killed()
        self.assertEqual(self.told(), [("opened", "base")])
        self.down.clear()
        self.wait_told(2)
        self.assertTrue(wait_for(lambda: not self.open_members()))
        time.sleep(1)
        self.assertEqual([e for e, _ in self.told()], ["opened", "resolved"])
        last = self.receiver.bodies[1]
        self.assertEqual((last["check"], len(last["checks"]), last["checks_total"]), ("base", 100, 501))
        self.assertRegex(last["text"], "^UP: base, and 500 more ")
        story = json.loads(self.daemon.get(f"/api/v1/incidents/{self.newest()}"))
        self.assertEqual((len(story["checks"]), len(story["timeline"])), (501, 1000))  # it had some more
        self.assertEqual(self.daemon.end(), 0)

    def test_who_is_not_watched_any_more_leaves(self):
        daemon = self.start()
        self.wait_states(**{id: "up" for id in GRAPH})
        for id in ["base", "a", "b"]:
            self.goes(id, "down")
        self.wait_told(1)
        self.write({"a": [], "b": []}, b=", enabled: false")  # the cause is away, b is off
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: self.open_members() == {"a": {"a"}}), self.log())
        self.hold()
        self.assertNotEqual(self.states()["b"], "down")
        self.killed()
        self.write({"b": []}, b=", enabled: false")  # while nobody watches, the last one goes too
        daemon = self.daemon
        self.assertEqual(daemon.end(), 0)
        self.start()
        self.wait_told(2)
        self.hold()
        self.assertEqual(self.open_members(), {})
        self.assertEqual(self.told(), [("opened", "base"), ("resolved", "base")])
        self.assertRegex(self.receiver.bodies[1]["text"], "^CLOSED: base, and 2 more .*: no longer watched$")
        self.assertEqual(self.timeline(), "opened:base joined:a joined:b left:base left:b continued:a left:a resolved:a")
        self.write(GRAPH)  # all are back, and as they were
        self.daemon.popen.send_signal(signal.SIGHUP)
        self.wait_told(3)
        self.hold()
        self.wait_states(base="down", a="down", b="down", c="up")
        self.down.clear()
        self.wait_states(base="up", a="up", b="up")
        self.hold()
        self.assertTrue(wait_for(lambda: sum(e == "resolved" for e, _ in self.told()) ==
                                 sum(e == "opened" for e, _ in self.told())), self.told())
        self.assertEqual(self.daemon.end(), 0)


if __name__ == "__main__":
    unittest.main()
