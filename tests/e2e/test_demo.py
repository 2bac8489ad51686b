"""The demo: ninety days that never were, a story of faults after them, and a file that is never mixed
with a real one."""
import datetime
import json
import os
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest
import urllib.request

from support import BUILD, PATIENCE, Process
from watching import wait_for

DAY_MS = 86_400_000
FAIL, MASKED = 2, 13
STORY_PATIENCE = 60.0  # its first fault comes after 25 s


def at(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class DemoTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.database = pathlib.Path(folder.name) / "demo.db"

    def start(self, *more):
        self.began, self.said = time.time(), ""
        demo = Process(BUILD / "outrider", "--demo", "--listen", "127.0.0.1:0", "--database", self.database, *more)
        self.addCleanup(demo.stop)
        for line in demo.popen.stderr:
            self.said += line.decode()
            found = re.search(rb"Dashboard: (\S+)", line)
            if found:
                self.url = found.group(1).decode()
                return demo
        raise AssertionError("no dashboard")

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def rows(self, sql, *values):
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=PATIENCE) as db:
            return db.execute(sql, values).fetchall()

    def refused(self, *arguments):
        done = subprocess.run([BUILD / "outrider", *map(str, arguments)], timeout=PATIENCE, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        return done.stderr

    def whole_status(self):
        status = json.loads(self.get("api/v1/status"))
        status["checks"] = [check for check in status["checks"] if (check["last"] or {}).get("outcome") != "skip"]
        whole = all(share is not None for check in status["checks"] for share in check["uptime"].values())
        return status if whole and len(status["checks"]) > 30 else None

    def write_config(self):
        config = self.database.parent / "real.yaml"
        config.write_text("services: {none: {url: 'http://127.0.0.1:9'}}\n"
                          "checks: [{id: one, service: none, every: 1s, get: /}]\n")
        return config

    def look_at_numbers(self):
        """Of each check a share of good results in every window, and times of its kind."""
        status = wait_for(self.whole_status)  # the pages look into history with a budget of time
        self.assertTrue(status, "not every check has its numbers")
        for check in status["checks"]:
            for window in ("24h", "7d", "30d", "90d"):
                self.assertTrue(0.9 < check["uptime"][window] <= 1, check)
            times = check["duration"]["90d"]
            low, high = (0.003, 0.06) if check["id"].endswith("-health") else (0.003, 200)
            if check["id"] in ("gateway-chat", "gateway-image", "flow-chat"):
                low, high = 0.8, 10
            self.assertTrue(low < times["p50_s"] < times["p99_s"] < high, check)
        self.assertTrue(any(check["uptime"]["90d"] < 0.9985 for check in status["checks"]))

    def look_at_days(self, until):
        days = self.rows("SELECT key >> 42, key & ((1 << 42) - 1), pass + warn + fail + excluded + skip FROM rollup_day")
        for number, in self.rows("SELECT number FROM checks"):
            mine = sorted(ms for n, ms, results in days if n == number and results)
            self.assertTrue(90 <= len(mine) <= 92, len(mine))
            self.assertEqual(mine, list(range(mine[0], mine[0] + len(mine) * DAY_MS, DAY_MS)))
        for table, low, high in (("rollup_hour", 2159, 2162), ("rollup_minute", 60, 4400)):
            counts = [n for n, in self.rows(f"""SELECT count(*) FROM {table}
                WHERE key & ((1 << 42) - 1) < ? GROUP BY key >> 42""", int(until * 1000))]
            self.assertTrue(low <= min(counts) and max(counts) <= high, (table, min(counts), max(counts)))
        self.assertTrue(self.rows("SELECT sum(excluded) FROM rollup_day")[0][0] > 50)

    def look_at_series(self, until):
        """What a strip of ninety days is drawn from."""
        days = [datetime.datetime.fromtimestamp(until - n * 86400, datetime.timezone.utc) for n in (89, -1)]
        query = "from={:%Y-%m-%dT00:00:00Z}&to={:%Y-%m-%dT00:00:00Z}&step=1d".format(*days)
        for check in ("gateway-health", "gateway-stream", "baseline-langchain-chat", "memory-extract", "ui-home"):
            points = json.loads(self.get(f"api/v1/checks/{check}/series?{query}"))["points"]
            self.assertEqual(len(points), 90)
            self.assertTrue(all(point["pass"] + point["warn"] > 0 for point in points), points)
            self.assertTrue(any(point["fail"] for point in points), check)

    def look_at_incidents(self, until):
        """Each has its timeline in order, and failures where it says so."""
        incidents = [i for i in json.loads(self.get("api/v1/incidents?limit=100"))["incidents"]
                     if at(i["opened_at"]) < until]
        self.assertGreaterEqual(len(incidents), 10)
        for incident in incidents:
            story = json.loads(self.get(f"api/v1/incidents/{incident['id']}"))
            self.assertLess(at(story["resolved_at"]), until)
            times = [at(event["at"]) for event in story["timeline"]]
            self.assertEqual(times, sorted(times))
            self.assertEqual(story["timeline"][0]["event"], "opened")
            self.assertIn(story["timeline"][-1]["event"], ("resolved", "merged"))
        for number, opened_ms, failures in self.rows(
                """SELECT c.number, c.joined_us / 1000, (SELECT fail FROM rollup_hour
                       WHERE key = (c.number << 42) + c.joined_us / 3600000000 * 3600000) +
                   coalesce((SELECT fail FROM rollup_hour
                       WHERE key = (c.number << 42) + (c.joined_us / 3600000000 - 1) * 3600000), 0)
                   FROM incident_check AS c WHERE c.joined_us < ?""", int(until * 1e6)):
            self.assertGreaterEqual(failures or 0, 2, (number, opened_ms))

    def look_at_evidence(self, until):
        failed, shown = self.rows("""SELECT count(*), sum(key IN (SELECT key FROM evidence)) FROM result
            WHERE outcome = 2 AND key & ((1 << 42) - 1) < ?""", int(until * 1000))[0]
        self.assertGreater(failed, 20)
        self.assertEqual(failed, shown)

    def test_a_history_and_then_a_story(self):
        demo = self.start()
        page = self.get("")
        self.assertIn("is generated", page)
        status = json.loads(self.get("api/v1/status"))
        self.assertIs(status["demo"], True)
        until = at(status["generated_until"])
        self.assertLess(self.began - PATIENCE, until)
        self.assertLess(until, time.time() + 1)
        self.look_at_numbers()
        self.look_at_days(until)
        self.look_at_series(until)
        self.look_at_incidents(until)
        self.look_at_evidence(until)
        self.assertTrue(wait_for(lambda: self.rows(
            "SELECT key FROM result WHERE outcome = ? AND reason = ? AND key & ((1 << 42) - 1) > ?",
            FAIL, MASKED, int(until * 1000)), STORY_PATIENCE))
        self.assertTrue(wait_for(lambda: self.rows(
            "SELECT id FROM incident WHERE opened_us > ?", int(until * 1e6)), STORY_PATIENCE))
        self.assertEqual(demo.stop()[0], 0)

        self.assertIn("generated history of a demo", self.refused("--database", self.database, "--listen", "127.0.0.1:0"))
        seen = subprocess.run([BUILD / "outrider", "--doctor", "--config", self.write_config(), "--database", self.database],
                              timeout=PATIENCE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        self.assertIn("holds the generated history", seen.stdout)
        again = self.start()  # goes on with what it has
        self.assertEqual(at(json.loads(self.get("api/v1/status"))["generated_until"]), until)
        self.assertEqual(again.stop()[0], 0)

    def test_nobody_is_alerted(self):
        config, hook = self.database.parent / "mine.yaml", self.database.parent / "hook"
        text = ("services: {gateway: {url: 'http://127.0.0.1:9'}}\n"
                "defaults: {every: 1s, health: {down_after: 1}}\n"
                f"alerts: {{channels: {{mine: {{type: exec, command: [touch, '{hook}']}}}}}}\n"
                "checks:\n  - {id: one, service: gateway, get: /health, expect: {status: 418}}\n")
        config.write_text(text)
        demo = self.start("--config", config)
        self.assertIn("demo.no_alerts channels=1", self.said)
        for check in ("one", "two"):
            self.assertTrue(wait_for(lambda: json.loads(self.get(f"api/v1/checks/{check}"))["state"] == "down"))
            self.assertTrue(wait_for(lambda: self.rows("SELECT 1 FROM incident_check JOIN checks USING (number) "
                                                       "WHERE checks.id = ? AND joined_us > ?", check, self.began * 1e6)))
            self.assertEqual(self.rows("SELECT * FROM outbox"), [])
            config.write_text(text + "  - {id: two, service: gateway, get: /health, expect: {status: 418}}\n")
            demo.popen.send_signal(signal.SIGHUP)
            self.assertTrue(wait_for(lambda: "two" in self.get("api/v1/checks")))
        self.assertIn("demo.no_alerts channels=1", demo.stop()[1])
        self.assertFalse(hook.exists())

    def test_a_port_that_is_taken_is_said_at_once(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            said = self.refused("--demo", "--listen", "127.0.0.1:%d" % taken.getsockname()[1])
        self.assertIn("another program listens there already; --listen names another address", said)
        self.assertNotIn("demo.history", said)

    def test_what_a_killed_demo_left_is_removed(self):
        base = self.database.parent / "tmp"
        base.mkdir()
        foreign = base / "outrider-demo-others"
        foreign.mkdir()
        (foreign / "demo.db").touch()

        def begin():
            before = set(base.iterdir())
            demo = Process(BUILD / "outrider", "--demo", "--listen", "127.0.0.1:0", "--config", self.write_demo(),
                           env={**os.environ, "TMPDIR": str(base)})
            self.addCleanup(demo.stop)
            self.assertTrue(any(b"Dashboard: " in line for line in demo.popen.stderr))
            folder, = set(base.iterdir()) - before
            return demo, folder

        killed, left = begin()
        killed.stop(signal.SIGKILL)
        self.assertTrue((left / "demo.db").exists())
        lives, kept = begin()
        self.assertFalse(left.exists())
        third, _ = begin()
        self.assertTrue((kept / "demo.db").exists())
        self.assertEqual([third.stop()[0], lives.stop()[0]], [0, 0])
        self.assertEqual(list(base.iterdir()), [foreign])
        self.assertTrue((foreign / "demo.db").exists())

    def write_demo(self):
        config = self.database.parent / "demo.yaml"
        config.write_text("services: {gateway: {url: 'http://127.0.0.1:9'}}\n"
                          "checks: [{id: one, service: gateway, get: /health}]\n")
        return config

    def test_a_real_file_stays_real(self):
        real = Process(BUILD / "outrider", "--config", self.write_config(), "--listen", "127.0.0.1:0", "--database", self.database)
        self.addCleanup(real.stop)
        self.assertTrue(wait_for(lambda: self.database.exists() and self.rows(
            "SELECT 1 FROM sqlite_schema WHERE name = 'result'") and self.rows("SELECT key FROM result")))
        self.assertEqual(real.stop()[0], 0)
        self.assertIn("it holds real results", self.refused("--demo", "--database", self.database, "--listen", "127.0.0.1:0"))


if __name__ == "__main__":
    unittest.main()
