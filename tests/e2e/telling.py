"""Alerts while the daemon is killed and its receivers are moody: what they got is held against the incidents.

L2  every transition reaches every channel at least once, in order, and a second time only under the same key
"""
import collections
import http.server
import json
import random
import signal
import sqlite3
import threading
import time

from ledgers import database_wrong, hold
from watching import wait_for

CHECKS = """
listen: 127.0.0.1:0
database: {folder}/outrider.db
services:
  target: {{url: "http://127.0.0.1:{target}"}}
defaults: {{every: 1s, timeout: 5s, health: {{down_after: 1, up_after: 1}}}}
alerts:
  group: 0s
  channels:
    hook: {{type: webhook, url: "http://127.0.0.1:{hook}/alert", timeout: 1s}}
    script: {{type: exec, command: ["/bin/sh", "-c", "body=$(cat); printf '%s\\n' \\"$body\\" >> {folder}/script.log"]}}
checks:
{checks}"""


class Quiet(http.server.BaseHTTPRequestHandler):
    def log_message(self, *unused):
        pass

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Server:
    def __init__(self, handler):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.server.request_queue_size = 128
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Target(Server):
    """A service of which each path fails while it is in `failing`."""

    def __init__(self):
        self.failing = set()
        outer = self

        class Handler(Quiet):
            def do_GET(self):
                self.answer(500 if self.path in outer.failing else 200)

        super().__init__(Handler)


class Moody(Server):
    """A receiver that takes a message, refuses it, is slow, says nothing, or hangs up having taken it."""

    MOODS = ("take",) * 5 + ("refuse", "slow", "silent", "hang up")

    def __init__(self):
        self.calm, self.came, self.taken = False, [], []
        outer = self

        class Handler(Quiet):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.came.append(body)
                mood = "take" if outer.calm else random.choice(outer.MOODS)
                if mood == "silent":
                    time.sleep(1.5)  # longer than the channel waits
                elif mood == "slow":
                    time.sleep(0.5)
                if mood in ("take", "slow"):
                    outer.taken.append(body)
                    self.answer(204)
                elif mood == "refuse":
                    self.answer(503)
                else:
                    self.close_connection = True

        super().__init__(Handler)


def transitions(path):
    """Of every incident that was told of, its events in order."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return {f"{incident:x}": ["opened"] + ["resolved"] * (resolved is not None)
                for incident, resolved in database.execute("SELECT id, resolved_us FROM incident")}


def waiting(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return database.execute("SELECT count(*) FROM outbox WHERE state = 0").fetchone()[0]


def wrong(expected, bodies, channel):
    """What is wrong about what a receiver got: "" when nothing is."""
    told = collections.defaultdict(dict)  # incident: event: keys, in the order of the first of each
    for body in bodies:
        told[body["incident"]].setdefault(body["event"], set()).add(body["dedup_key"])
    keys = collections.Counter(key for events in told.values() for of in events.values() for key in of)
    said = [f"{incident}: {events}, told {list(told.get(incident, ()))}" for incident, events in expected.items()
            if list(told.get(incident, ())) != events]
    said += [f"{incident}: no such incident" for incident in told if incident not in expected]
    said += [f"{incident}: {event} has {len(of)} keys" for incident, events in told.items()
             for event, of in events.items() if len(of) != 1]
    said += [f"{key} means {n} events" for key, n in keys.items() if n != 1]
    return "; ".join(f"{channel}: {line}" for line in said[:5])


def whole(path):
    """What the script wrote; a life that ended while it read has left a part."""
    bodies = []
    for line in path.read_text().splitlines():
        try:
            bodies.append(json.loads(line))
        except ValueError:
            continue
    return bodies


def killed(w, n):
    """SIGKILL between failures and their alerts, beside a receiver that refuses, is slow or hangs up."""
    target, moody = Target(), Moody()
    try:
        return tell(w, n, target, moody)
    finally:
        target.close()
        moody.close()


def tell(w, n, target, moody):
    """Each check fails once, for three lives of the daemon."""
    paths = [f"/{i}" for i in range(n // 2)]
    w.config.write_text(CHECKS.format(
        folder=w.folder, target=target.port, hook=moody.port,
        checks="".join(f"  - {{id: check-{p[1:]}, service: target, get: {p}}}\n" for p in paths)))
    for i in range(n):
        target.failing = set(paths[max(0, i // 2 - 1):i // 2 + 1])
        w.start()
        time.sleep(random.uniform(0.02, 1.2))
        w.daemon.end(signal.SIGKILL)
    target.failing, moody.calm = set(), True
    w.start()
    over = lambda: all("resolved" in events for events in transitions(w.database).values())
    hold(wait_for(lambda: over() and not waiting(w.database), patience=180), "alerts are still waiting",
         waiting(w.database), w.log()[-2000:])
    hold(w.daemon.end() == 0, "it did not end well", w.log()[-2000:])
    expected = transitions(w.database)
    scripted = whole(w.folder / "script.log")
    for bodies, channel in ((moody.taken, "hook"), (scripted, "script")):
        hold(not wrong(expected, bodies, channel), "L2", wrong(expected, bodies, channel))
    hold(len(expected) >= n // 5, "only", len(expected), "incidents in", n, "lives")
    hold(not database_wrong(w.database), "L3", database_wrong(w.database))
    return (f"{len(expected)} incidents; hook: {len(moody.came)} came, {len(moody.taken)} taken; "
            f"script: {len(scripted)}")
