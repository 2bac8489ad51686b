"""web/openapi.json against what the monitor answers: every path, every method, every status but those that
need a broken machine; neither has anything that the other doesn't know."""
import contextlib
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import time
import unittest
import urllib.error
import urllib.request

import jsonschema

from support import PATIENCE
from test_daemon_events import Listener
from watching import DaemonCase, wait_for

SOURCE = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = json.loads((SOURCE / "web/openapi.json").read_text())
REDOCLY = SOURCE / "tests/npm/node_modules/.bin/redocly"
VERBS = ("get", "post", "delete")
SELDOM = {"503"}  # the database, or a part of the monitor, would have to break; there are tests of that
ANY = {"check": "all", "file": "any.css", "incident": "1", "badge": "status.svg", "result": "1", "window": "1", "alert": "1"}
TOKEN = "token-0123456789abcdef"
HASH = "$5$outrider$0bfv.obN.UnmGLpghzNKRSX.if/F.I0UYWrJ5bgD///"

MORE = """
  - id: all
    title: Everything a definition can say
    description: In words
    runbook: https://wiki.example.org/all
    spec: tests/test_all.py::test_all
    tags: [slow, inner]
    service: gateway
    depends_on: [gateway-health]
    slo: {objective: 99%, window: 30d}
    known_issue: {reason: "It is known", until: 2999-01-01}
    steps:
      - get: /health
      - {get: /nowhere, expect: {status: 200}}
  - id: stalled
    service: gateway
    timeout: 20s
    chat: {model: baseline-cli-agent, user: "Count from 1 to 3", stream: true}
    expect: {status: 200, stream: {token_gap: {max: 100ms}}}
  - id: off
    service: memory
    enabled: false
    get: /health
"""


def resolve(node):
    """Without references, and with allOf made one: members are then known to be all there are."""
    if isinstance(node, list):
        return [resolve(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        found = DOCUMENT
        for name in node["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        return resolve(found)
    node = {name: resolve(value) for name, value in node.items()}
    for part in node.pop("allOf", []):
        node.setdefault("type", part["type"])
        node.setdefault("properties", {}).update(part["properties"])
        node["required"] = node.get("required", []) + part.get("required", [])
    return node


def close(schema):
    """The same schema, which refuses members that it doesn't describe."""
    if isinstance(schema, list):
        return [close(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: close(value) for name, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        closed["additionalProperties"] = False
    return closed


def validate(value, schema):
    jsonschema.Draft202012Validator(close(resolve(schema))).validate(value)


def operations():
    for path, item in DOCUMENT["paths"].items():
        for verb in VERBS:
            if verb in item:
                yield path, verb, resolve(item[verb])


def enumeration(header, table):
    text = (SOURCE / "include/outrider" / header).read_text()
    block = re.search(rf"#define {table}\(X\)(.*?)\n\n", text, re.S).group(1)
    return re.findall(r'X\(\w+, "([^"]+)"\)', block)


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *unused):
        return None


OPENER = urllib.request.build_opener(Stay)


class DocumentTest(unittest.TestCase):
    @unittest.skipUnless(REDOCLY.exists(), "needs tests/npm (scripts/deps --test)")
    def test_it_lints(self):
        # Some things are there for everybody, and one only sends on.
        skip = ["--skip-rule", "operation-4xx-response", "--skip-rule", "operation-2xx-response"]
        alone = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
        done = subprocess.run([REDOCLY, "lint", "web/openapi.json", "--extends", "recommended", *skip],
                              cwd=SOURCE, capture_output=True, text=True, timeout=PATIENCE * 4,
                              env={**os.environ, **alone})
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, said)
        self.assertNotIn("warning", said)

    def test_every_route_is_in_it(self):
        router = (SOURCE / "src/serve/router.c").read_text()
        rows = re.findall(r'\{"(/[^"]*)", ACCESS_(\w+), (\w+), (\w+), (\w+),\s*\w+\}', router)
        self.assertEqual(len(rows), router.count("ACCESS_"))
        routes = {(path, verb): access for path, access, *handlers in rows
                  for verb, handler in zip(VERBS, handlers) if handler != "NULL"}
        described = {}
        for path, verb, operation in operations():
            anybody = operation.get("security", DOCUMENT["security"]) == []
            described[(re.sub(r"\{\w+\}", "*", path), verb)] = anybody
        self.assertEqual(set(routes), set(described))
        self.assertEqual({key for key, access in routes.items() if access == "OPEN"},
                         {key for key, anybody in described.items() if anybody})

    def test_enumerations_are_those_of_the_code(self):
        for name, header, table in (("Outcome", "check/outcome.h", "OUTCOMES"),
                                    ("Reason", "check/outcome.h", "REASONS"),
                                    ("State", "watch/health.h", "HEALTH_STATES"),
                                    ("Integrity", "check/stream.h", "INTEGRITIES"),
                                    ("FrameKind", "check/timeline.h", "FRAME_KINDS"),
                                    ("IncidentChange", "watch/incident.h", "INCIDENT_CHANGES")):
            self.assertEqual(DOCUMENT["components"]["schemas"][name]["enum"],
                             enumeration(header, table), name)


class Asker:
    """Asks, and holds each answer against the description of its operation."""

    def __init__(self, daemon, test):
        self.daemon, self.test, self.met = daemon, test, {}

    def ask(self, path, target, status=200, verb="get", body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, dict):
            content = resolve(DOCUMENT["paths"][path][verb])["requestBody"]["content"]["application/json"]
            if status < 300:
                validate(body, content["schema"])
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        request = urllib.request.Request(self.daemon.url + target, method=verb.upper(), headers=headers,
                                         data=None if body is None else body.encode())
        try:
            with OPENER.open(request, timeout=PATIENCE) as answer:
                code, got, body = answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            code, got, body = error.code, error.headers, error.read().decode()
        with self.test.subTest(target=target, verb=verb):
            self.test.assertEqual(code, status, body)
            self.hold(resolve(DOCUMENT["paths"][path][verb]), str(code), got, body)
        self.met.setdefault((path, verb), set()).add(str(code))
        return got, body

    def hold(self, operation, status, got, body):
        described = operation["responses"][status]
        for name in described.get("headers", {}):
            self.test.assertIn(name, got)
        if "ETag" not in described.get("headers", {}):
            self.test.assertNotIn("ETag", got)
        if not described.get("content"):
            self.test.assertEqual(body, "")
            return
        self.test.assertIn(got["Content-Type"], described["content"])
        self.test.assertTrue(body)
        if "json" in got["Content-Type"]:
            validate(json.loads(body), described["content"][got["Content-Type"]]["schema"])

    def json(self, path, target, **headers):
        return json.loads(self.ask(path, target, **headers)[1])


class AnswersTest(DaemonCase):
    def begin(self):
        """A monitor that has seen a failure, its incident, a known issue and streams, good and bad."""
        self.write_config(MORE)
        self.sim.set("status-500@memory-health", "stall=1s@stalled")
        self.asker = Asker(self.start(), self)

        def seen():
            checks = self.daemon.status()
            return (checks["memory-health"]["incident"] and checks["stalled"]["incident"] and
                    checks["all"]["last"] and checks["gateway-stream"]["state"] == "up")
        self.assertTrue(wait_for(seen), self.log())
        self.sim.set("stall=1s@stalled")
        self.wait_states(memory_health="up")
        self.assertTrue(wait_for(lambda: '"resolved"' in self.daemon.get("/api/v1/incidents?state=resolved")))

    def ask_of_checks(self):
        ask, one = self.asker.ask, "/api/v1/checks/{check}"
        status = self.asker.json("/api/v1/status", "/api/v1/status?unknown=is-ignored")
        self.assertEqual(set(status["checks"][0]["ttft"]), {"24h", "7d", "30d", "90d"})
        self.asker.json("/api/v1/checks", "/api/v1/checks")
        for check in ("all", "stalled", "off", "memory-health"):
            self.asker.json(one, f"/api/v1/checks/{check}")
        whole = self.asker.json(one, "/api/v1/checks/all")
        self.assertEqual((whole["request"], whole["steps"]), ("GET /health", 2))
        self.assertEqual(whole["expectations"][-1],
                         {"step": 2, "subject": "status", "expected": "200", "otherwise": "fail"})
        ask(one, "/api/v1/checks/nothing", 404)
        for what in ("results", "series"):
            path = f"{one}/{what}"
            for check in ("all", "stalled", "memory-health"):
                self.asker.json(path, f"/api/v1/checks/{check}/{what}")
            ask(path, f"/api/v1/checks/nothing/{what}", 404)
        results = self.asker.json(f"{one}/results", "/api/v1/checks/stalled/results?limit=1")
        self.assertTrue(results["next"])
        self.asker.json(f"{one}/results", results["next"])
        ask(f"{one}/results", "/api/v1/checks/all/results", Accept="text/csv")
        ask(f"{one}/results", "/api/v1/checks/all/results?outcome=fail&format=csv")
        ask(f"{one}/results", "/api/v1/checks/all/results?limit=0", 400)
        for metric in ("duration", "ttfb", "ttft"):
            series = self.asker.json(f"{one}/series", f"/api/v1/checks/stalled/series?metric={metric}&step=1m")
            since = series["points"][-1]["at"]  # times of answers can be asked for
            later = self.asker.json(f"{one}/series", f"/api/v1/checks/stalled/series?from={since}&step=1m")
            self.assertEqual(later["points"][0]["at"], since)
        ask(f"{one}/series", "/api/v1/checks/all/series?from=never", 400)
        kept = set()
        for check in ("all", "stalled", "memory-health", "gateway-stream"):
            for row in json.loads(self.daemon.get(f"/api/v1/checks/{check}/results?limit=5"))["results"]:
                found = self.asker.json("/api/v1/results/{result}", f"/api/v1/results/{row['result']}")
                kept |= set(found["evidence"] or ())
        self.assertLessEqual({"stream", "frames", "request", "response", "expectations"}, kept)
        ask("/api/v1/results/{result}", "/api/v1/results/0000000000000001", 404)

    def ask_of_incidents(self):
        path = "/api/v1/incidents"
        incidents = self.asker.json(path, path)["incidents"]
        self.assertEqual({incident["state"] for incident in incidents}, {"open", "resolved"})
        for incident in incidents:
            self.asker.json(path + "/{incident}", f"{path}/{incident['id']}")
        self.assertTrue(self.asker.json(path, path + "?limit=1")["next"])
        self.asker.ask(path, path + "?state=perhaps", 400)
        self.asker.ask(path + "/{incident}", path + "/0", 404)

    def ask_of_pages(self):
        ask = self.asker.ask
        page = ask("/", "/")[1]
        for name in set(re.findall(r'/assets/([\w.-]+\.(?:css|js))', page)):
            ask("/assets/{file}", f"/assets/{name}")
        ask("/assets/{file}", "/assets/nothing.css", 404)
        ask("/favicon.svg", "/favicon.svg")
        ask("/login", "/login", 303)
        ask("/incidents", "/incidents")
        ask("/incidents", "/incidents?state=perhaps", 400)
        ask("/incidents/{incident}", f"/incidents/{self.incidents('open')[0]}")
        ask("/incidents/{incident}", "/incidents/1", 404)
        ask("/checks/{check}", "/checks/all")
        ask("/checks/{check}", "/checks/all?from=never", 400)
        ask("/checks/{check}", "/checks/nothing", 404)
        for badge in ("status", "uptime", "latency"):
            ask("/badge/{check}/{badge}", f"/badge/all/{badge}.svg")
        ask("/badge/{check}/{badge}", "/badge/all/else.svg", 404)
        ask("/badge/{check}/{badge}", "/badge/all/uptime.svg?window=1y", 400)
        ask("/feed.atom", "/feed.atom")

    def ask_of_the_monitor(self):
        ask = self.asker.ask
        self.assertEqual(self.asker.json("/api/openapi.json", "/api/openapi.json"), DOCUMENT)
        ask("/metrics", "/metrics")
        ask("/metrics", "/metrics", Accept="application/openmetrics-text; version=1.0.0")
        self.asker.json("/healthz", "/healthz")
        self.asker.json("/readyz", "/readyz")

    def listen(self):
        path = "/api/v1/events"
        self.asker.ask(path, path + "?check=nothing", 404)
        listeners = [Listener(self.daemon), Listener(self.daemon, "", "999999")]
        self.sim.set("status-500@memory-health", "stall=1s@stalled")
        self.assertTrue(wait_for(lambda: listeners[0].of("incident") and listeners[0].of("state") and
                                 listeners[0].of("result") and listeners[1].of("reset")))
        for listener in listeners:
            listener.close()
            for event in listener.events:
                told = {name: value for name, value in event.items() if name not in ("event", "id", "heard")}
                validate(told, {"$ref": f"#/components/schemas/Event{event['event'].capitalize()}"})
        self.asker.met[(path, "get")].add("200")

    def act(self, path, target, good=200, bad=(), verb="post", body=None, done=True):
        """What is done, by a program and by a form, and what is wrong with bodies and targets."""
        me = {"Authorization": f"Bearer {TOKEN}"}
        for status, wrong in bad:
            self.asker.ask(path, wrong, status, verb, body, **me)
        self.asker.ask(path, target, 400, verb, "{", Content_Type="application/json", **me)
        self.asker.ask(path, target, 415, verb, "what?", Content_Type="text/plain", **me)
        self.asker.ask(path, target, 422, verb, '{"nobody": "knows"}', Content_Type="application/json", **me)
        self.asker.ask(path, target, 401, verb)
        self.asker.ask(path, target, 413, verb, "x" * 20000, **me)
        return done and json.loads(self.asker.ask(path, target, good, verb, body, **me)[1])

    def act_on_all(self):
        for path, verb, operation in operations():
            target = path.format(**ANY)
            self.asker.ask(path, target + "?x=%zz", 400, verb)
            if verb != "get":
                self.asker.ask(path, target, 403, verb)  # nobody may act
        self.assertTrue(wait_for(lambda: len(self.incidents("open")) > 1))
        over, (one, another) = self.incidents("resolved")[0], self.incidents("open")[:2]
        self.write_config(MORE + f"auth: {{tokens: [{TOKEN}], users: [{{name: ana, password_hash: {HASH}}}], public: true}}\n")
        self.daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: self.asks_who()))
        for path in ("/api/v1/status", "/api/v1/incidents", "/api/v1/maintenance", "/healthz", "/readyz"):
            self.asker.ask(path, path)  # as a guest
        self.asker.ask("/checks/{check}", "/checks/all", 303, Accept="text/html")
        self.asker.ask("/api/v1/events", "/api/v1/events", 403)
        self.asker.ask("/api/v1/incidents/{incident}", f"/api/v1/incidents/{one}")
        me, form = {"Authorization": f"Bearer {TOKEN}"}, {"Accept": "text/html"}
        for what in ("run", "pause", "resume"):
            path = "/api/v1/checks/{check}/" + what
            self.act(path, f"/api/v1/checks/all/{what}", 202 if what == "run" else 200,
                     [(404, f"/api/v1/checks/nothing/{what}")] +
                     [(409, "/api/v1/checks/off/run")] * (what == "run"))
            if what == "pause":
                paused = json.loads(self.asker.ask("/api/v1/checks/{check}", "/api/v1/checks/all", **me)[1])
                self.assertTrue(paused["paused_by"])
            self.asker.ask(path, f"/api/v1/checks/gateway-health/{what}", 303, "post", **me, **form)
        path, body = "/api/v1/incidents/{incident}/", {"text": "Somebody looks"}
        for what in ("ack", "note"):
            self.act(path + what, f"/api/v1/incidents/{one}/{what}", 200,
                     [(404, f"/api/v1/incidents/1/{what}"),
                      (409, f"/api/v1/incidents/{over}/{what}")], body=body)
            self.asker.ask(path + what, f"/api/v1/incidents/{another}/{what}", 303, "post",
                           "text=again", Content_Type="application/x-www-form-urlencoded", **me, **form)
        self.asker.ask("/api/v1/incidents/{incident}", f"/api/v1/incidents/{one}", **me)
        self.asker.ask("/api/v1/alerts", "/api/v1/alerts", **me)
        self.assertTrue(json.loads(self.asker.ask("/api/v1/alerts", "/api/v1/alerts?limit=1", **me)[1])["next"])
        self.asker.ask("/api/v1/alerts", "/api/v1/alerts?state=lost", 400, **me)
        self.settle_alerts(me, form)
        self.open_windows(me, form)

    def settle_alerts(self, me, form):
        """As if they had been given up: those that nothing came after, and one that something did."""
        path = "/api/v1/alerts/{alert}/"
        only = "id IN (SELECT max(id) FROM outbox GROUP BY incident, channel HAVING sum(event = 'resolved') = 0)"
        self.assertTrue(wait_for(lambda: self.rows(f"SELECT count(*) FROM outbox WHERE {only} AND state = 1")[0][0] > 3))
        self.assertTrue(wait_for(lambda: self.rows(f"SELECT 1 FROM outbox WHERE NOT {only} AND state = 1 AND event = 'resolved'")))
        with contextlib.closing(sqlite3.connect(self.folder / "outrider.db", timeout=PATIENCE)) as database, database:
            ids = [id for id, in database.execute(f"SELECT id FROM outbox WHERE {only} AND state = 1 LIMIT 4")]
            old, = database.execute("SELECT o.id FROM outbox AS o JOIN outbox AS later USING (incident, channel) "
                                    "WHERE later.id > o.id AND o.state = 1 AND later.state = 1 LIMIT 1").fetchone()
            database.execute(f"UPDATE outbox SET state = 2 WHERE id IN ({','.join(map(str, ids + [old]))})")
        self.asker.ask(path + "retry", f"/api/v1/alerts/{old}/retry", 409, "post", **me)
        for what in ("retry", "dismiss"):
            self.act(path + what, f"/api/v1/alerts/{ids.pop()}/{what}", 200, [(404, f"/api/v1/alerts/4711/{what}")])
            self.asker.ask(path + what, f"/api/v1/alerts/{ids.pop()}/{what}", 303, "post", **me, **form)
        self.asker.ask(path + "dismiss", f"/api/v1/alerts/{old}/dismiss", 200, "post", **me)
        self.asker.ask(path + "dismiss", f"/api/v1/alerts/{old}/dismiss", 409, "post", **me)

    def open_windows(self, me, form):
        path = "/api/v1/maintenance"
        body = {"title": "Moving", "duration": "1h", "checks": ["off", "all"]}
        self.asker.ask(path, path, 422, "post", {**body, "checks": ["nothing"]}, **me)
        window = self.act(path, path, 201, body=body)["id"]
        self.asker.ask(path, path, 303, "post", "title=All&duration=60",
                       Content_Type="application/x-www-form-urlencoded", **me, **form)
        self.assertTrue(wait_for(lambda: json.loads(self.asker.ask(
            "/api/v1/checks/{check}", "/api/v1/checks/all", **me)[1])["maintenance"]))
        self.assertTrue(json.loads(self.asker.ask(path, path + "?limit=1", **me)[1])["next"])
        self.asker.ask(path, path + "?state=perhaps", 400, **me)
        one = path + "/{window}"
        tag = self.asker.ask(one, f"{path}/{window}", **me)[0]["ETag"]
        self.asker.ask(one, f"{path}/{window}", 304, If_None_Match=tag, **me)
        self.asker.ask(path, path, 304, If_None_Match="*", **me)
        self.asker.ask("/api/v1/alerts", "/api/v1/alerts", 304, If_None_Match="*", **me)
        self.asker.ask(one, path + "/4711", 404, **me)
        self.act(one, f"{path}/{window}", bad=[(404, path + "/4711")], verb="delete")
        self.asker.ask(one, f"{path}/{window}", 409, "delete", **me)
        self.asker.ask(one + "/end", f"{path}/{window}/end", 409, "post", **me)
        self.asker.ask(one, f"{path}/{window + 1}", 303, "delete", **me, **form)
        window = json.loads(self.asker.ask(path, path, 201, "post", body, **me)[1])["id"]
        self.act(one + "/end", f"{path}/{window}/end", bad=[(404, path + "/4711/end")])
        window = json.loads(self.asker.ask(path, path, 201, "post", body, **me)[1])["id"]
        self.asker.ask(one + "/end", f"{path}/{window}/end", 303, "post", **me, **form)
        request = urllib.request.Request(self.daemon.url + path, b"title=x&duration=1h", me)
        with self.assertRaisesRegex(urllib.error.HTTPError, "Conflict"):
            for _ in range(1001):  # that are open at once
                OPENER.open(request, timeout=PATIENCE).close()
        self.asker.ask(path, path, 409, "post", body, **me)

    def be_unknown(self):
        """What every path says to whom nobody knows, and to whom guesses too often."""
        closed = [(path, verb) for path, verb, operation in operations() if "401" in operation["responses"]]
        for path, verb in closed:
            self.asker.ask(path, path.format(**ANY), 401, verb, Authorization="Bearer wrong")
        guesses = (f"Bearer wrong-{number}" for number in range(1000))
        for path, verb in closed:
            while self.guess(next(guesses)) != 429:
                pass
            self.asker.ask(path, path.format(**ANY), 429, verb, Authorization=next(guesses))

    def guess(self, authorization):
        request = urllib.request.Request(self.daemon.url + "/login", headers={"Authorization": authorization})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            OPENER.open(request, timeout=PATIENCE)
        return refused.exception.code

    def incidents(self, state):
        return [i["id"] for i in json.loads(self.daemon.get(f"/api/v1/incidents?state={state}"))["incidents"]]

    def asks_who(self):
        try:
            self.daemon.get("/api/v1/checks")
            return False
        except urllib.error.HTTPError as error:
            return error.code == 401

    def test_answers_are_as_described(self):
        self.begin()
        self.ask_of_checks()
        self.ask_of_incidents()
        self.ask_of_pages()
        self.ask_of_the_monitor()
        self.listen()
        self.ask_again()
        self.act_on_all()
        self.be_unknown()
        for path, verb, operation in operations():
            with self.subTest(path=path, verb=verb):
                met = self.asker.met.get((path, verb), set())
                self.assertEqual(set(operation["responses"]) - SELDOM, met - SELDOM)

    def ask_again(self):
        """What a visitor has is not sent again; HEAD is GET without a body; other methods are told what is."""
        path = "/api/v1/checks/{check}"
        tag = self.asker.ask(path, "/api/v1/checks/off")[0]["ETag"]
        self.asker.ask(path, "/api/v1/checks/off", 304, If_None_Match=tag)
        request = urllib.request.Request(self.daemon.url + "/api/v1/checks/off", method="HEAD")
        with OPENER.open(request, timeout=PATIENCE) as head:
            self.assertEqual((head.headers["ETag"], head.read()), (tag, b""))
        incident = self.incidents("resolved")[0]
        result = json.loads(self.daemon.get("/api/v1/checks/all/results?limit=1"))["results"][0]["result"]
        targets = {"check": "all", "file": "any.css", "incident": incident, "badge": "status.svg", "result": result}
        for path, verb, operation in operations():
            target = path.format(**targets, window=1, alert=1)
            if "304" in operation["responses"] and "{window}" not in path:
                self.asker.ask(path, target, 304, If_None_Match="*")
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(urllib.request.Request(self.daemon.url + target, method="OPTIONS"),
                                       timeout=PATIENCE)
            allowed = {v for v in VERBS if v in DOCUMENT["paths"][path]}
            self.assertEqual(refused.exception.code, 405)
            self.assertEqual(set(refused.exception.headers["Allow"].lower().split(", ")),
                             allowed | ({"head"} if "get" in allowed else set()))
            validate(json.loads(refused.exception.read()), {"$ref": "#/components/schemas/Problem"})


if __name__ == "__main__":
    unittest.main()
