"""SIGHUP: what the log says of the difference, what a bad file does, and that many of both leave no trace."""
import os
import re
import signal
import subprocess
import time
import unittest

from support import BUILD, PATIENCE
from watching import DaemonCase, metric, wait_for

PLAIN = """
listen: 127.0.0.1:0
database: {folder}/outrider.db
services:
  gateway: {{url: "{url}"{service}}}
defaults: {{every: 1h, timeout: 5s}}
checks:
{checks}"""
ONE = "  - {id: one, service: gateway, get: /health}\n"


class ReloadTest(DaemonCase):
    def write(self, checks, service="", top=""):
        self.config.write_text(top + PLAIN.format(
            folder=self.folder, url=self.sim.urls["gateway"], checks=checks, service=service))

    def said(self, changes):
        """The lines of one reload, without their times and levels."""
        before = len(self.log())
        changes()
        self.daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: re.search(r"reload\.(done|failed) .*\n", self.log()[before:])), self.log())
        lines = re.findall(r"^\S+Z \w+ (reload\..*)$", self.log()[before:], re.M)
        return "\n".join(lines)

    def restart(self):
        if self.daemon:
            self.daemon.end()
        self.start()

    def test_a_bad_file_keeps_the_old_plan(self):
        daemon = self.start()
        self.wait_states(gateway_health="up")
        self.write_config("  - {id: broken, service: nobody, get: /}\n")
        daemon.reload(good=0)
        self.assertRegex(self.log(), r"(?m)^/.*checks\.yaml:\d+:\d+: .*nobody")
        self.assertRegex(self.log(), r'reload.failed why=".*checks\.yaml:\d+:\d+: .*nobody.*'
                                     r'note="the old configuration goes on"')
        before = len(self.rows("SELECT key FROM result"))
        self.assertTrue(wait_for(lambda: len(self.rows("SELECT key FROM result")) > before + 3))
        self.assertEqual(self.states()["gateway-health"], "up")

        self.write_config("  - {id: models, service: gateway, get: /v1/models}\n")
        daemon.reload(good=1)
        self.wait_states(models="up", gateway_health="up")
        self.write_config()
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: "models" not in self.states()))
        self.assertEqual(daemon.end(), 0)

    def test_files_that_block_keep_the_old_plan(self):
        """A pipe is waited for, a moment in all."""
        self.start()
        fifos = [self.folder / name for name in ("body", "key", "certificate", "all")]
        for fifo in fifos:
            os.mkfifo(fifo)
        body, key, certificate, everything = fifos
        self.addCleanup(os.close, os.open(key, os.O_RDWR))  # somebody holds it, and writes nothing
        said = self.said(lambda: self.write(
            f"  - {{id: one, service: gateway, post: {{path: /health, file: {body}}}}}\n",
            f", headers: {{X: '${{file:{key}}}'}}, tls: {{ca: {certificate}}}"))
        self.assertIn("reload.failed", said)
        for what in (f"{body}: it is a pipe or the like, and its end did not come in time",
                     f"${{file:{key}}}: it is a pipe or the like, and its end did not come in time",
                     f"{certificate} is no regular file"):
            self.assertIn(what, self.log())
        self.config.unlink()
        self.config.symlink_to(everything)
        self.assertRegex(self.said(lambda: None), r'reload.failed why=".*/checks.yaml: it is a pipe or the like')
        self.assertEqual(self.daemon.end(), 0)

    def test_a_pipe_is_read_to_its_end(self):
        self.write(ONE)
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        slowly = "sleep 0.5; head -c 20 {0}; sleep 0.5; tail -c +21 {0}".format(self.config)
        for command in ("bash -c '{1} --check-config --config <({0})'", "({0}) | {1} --check-config --config /dev/stdin",
                        "{1} --check-config --config /dev/stdin < {2}", "({0}) > {3} & {1} --check-config --config {3}"):
            with self.subTest(command=command):
                done = subprocess.run(command.format(slowly, BUILD.resolve() / "outrider", self.config, fifo), shell=True,
                                      timeout=PATIENCE, capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_slots_missed_until_a_reload_are_shown(self):
        self.sim.set("slow-headers=4s@one")
        self.write("  - {id: one, service: gateway, every: 1s, get: /health}\n")
        daemon = self.start()
        time.sleep(2.5)
        for every in (2, 3, 1):  # another interval: what was missed until then is counted
            self.write(f"  - {{id: one, service: gateway, every: {every}s, get: /health}}\n")
            daemon.popen.send_signal(signal.SIGHUP)
            time.sleep(2.5)
        self.assertTrue(wait_for(lambda: self.rows("SELECT 1 FROM result")))
        daemon.popen.send_signal(signal.SIGHUP)
        kept = wait_for(lambda: self.rows("SELECT missed FROM check_state WHERE missed >= 4"))
        self.assertTrue(kept)
        self.assertGreaterEqual(daemon.metric("outrider_missed_slots_total", check="one"), kept[0][0])
        self.assertEqual(daemon.end(), 0)

    def test_the_log_says_what_is_different(self):
        self.write(ONE + """
  - {id: two, service: gateway, every: 30s, timeout: 5s, get: /health, expect: {latency: 5s}}
  - {id: three, service: gateway, get: /health}
""")
        self.start()
        self.assertEqual(self.said(lambda: None), 'reload.done checks=3 added=0 removed=0 changed=0 '
                                                  'note="nothing is different"')
        said = self.said(lambda: self.write(ONE + """
  - {id: two, service: gateway, every: 1m, timeout: 9s, get: /v1/models, expect: {latency: {warn: 1s, max: 4s}}}
  - {id: four, service: gateway, get: /health}
""", ", max_in_flight: 3"))
        self.assertEqual(said.splitlines(), [
            'reload.changed service=gateway how="max_in_flight none -> 3"',
            "reload.added checks=four",
            "reload.removed checks=three",
            'reload.changed check=two how="every 30s -> 1m, timeout 5s -> 9s, path /health -> /v1/models, '
            'expect.latency at most 5s -> at most 4s, warns above 1s"',
            "reload.done checks=3 added=1 removed=1 changed=1"])
        said = self.said(lambda: self.write(ONE, top="""
log: {level: warn}
alerts:
  group: 1m
  canaries: ["http://127.0.0.1:9/secret"]
  certificates: [7d]
  channels: {hook: {type: webhook, url: "http://127.0.0.1:9/"}}
maintenance: [{at: 02:30, for: 1h}]
"""))
        self.assertEqual([said.splitlines()[i] for i in (0, 1, 2, 3, 4, 6)], [
            "reload.changed setting=log.level how=\"info -> warn\"",
            "reload.changed setting=alerts.group how=\"5m -> 1m\"",
            "reload.changed setting=alerts.canaries how=changed",
            "reload.changed setting=alerts.certificates how=changed",
            "reload.changed setting=maintenance how=\"windows changed\"", "reload.added channels=hook"])
        self.assertNotIn("secret", said)
        self.assertEqual(self.daemon.end(), 0)

    def test_every_part_of_a_check_is_compared(self):
        """Each of these alone is a difference; the words name the key."""
        base = "service: gateway, id: one"
        top = "alerts: {channels: {hook: {type: webhook, url: \"http://127.0.0.1:9/\"}}}\n"
        for i, (key, before, after) in enumerate((
                ("every", "every: 1h, get: /", "every: 2h, get: /"),
                ("enabled", "get: /", "get: /, enabled: false"),
                ("timeout", "get: /", "get: /, timeout: 6s"),
                ("idle_timeout", "get: /", "get: /, idle_timeout: 2s"),
                ("health.down_after", "get: /", "get: /, health: {down_after: 3}"),
                ("health.up_after", "get: /", "get: /, health: {up_after: 3}"),
                ("health.recheck", "get: /", "get: /, health: {recheck: 7s}"),
                ("health.cold_for", "get: /", "get: /, health: {cold_for: 7s}"),
                ("budget.runs_per_day", "get: /", "get: /, budget: {runs_per_day: 7}"),
                ("budget.tokens_per_day", "get: /", "get: /, budget: {tokens_per_day: 7}"),
                ("slo.objective", "get: /", "get: /, slo: {objective: 99%}"),
                ("slo.window", "get: /, slo: {objective: 99%}", "get: /, slo: {objective: 99%, window: 7d}"),
                ("slo_alert", "get: /", "get: /, slo_alert: false"),
                ("alerts", "get: /", "get: /, alerts: false"),
                ("severity", "get: /", "get: /, severity: info"),
                ("retries.times", "get: /", "get: /, retries: {times: 2}"),
                ("retries.backoff", "get: /", "get: /, retries: {backoff: 3s}"),
                ("retries.when", "get: /", "get: /, retries: {when: [dns]}"),
                ("skip_on", "get: /", "get: /, skip_on: [cold]"),
                ("lacks", "get: /", "get: /, requires_env: [NOT_SET_ANYWHERE]"),
                ("known_issue", "get: /", "get: /, known_issue: {reason: r}"),
                ("known_issue.until", "get: /, known_issue: {reason: r}",
                 "get: /, known_issue: {reason: r, until: 2999-01-01}"),
                ("title", "get: /", "get: /, title: t"),
                ("description", "get: /", "get: /, description: t"),
                ("runbook", "get: /", "get: /, runbook: \"https://example.org\""),
                ("spec", "get: /", "get: /, spec: \"a.py::b\""),
                ("tags", "get: /, tags: [a]", "get: /, tags: [b]"),
                ("method", "get: /", "delete: /"),
                ("path", "get: /", "get: /x"),
                ("path", "get: \"/{{$uuid}}\"", "get: \"/{{$now}}\""),
                ("headers", "get: {path: /}", "get: {path: /, headers: {a: b}}"),
                ("headers", "get: {path: /, headers: {a: a}}", "get: {path: /, headers: {a: b}}"),
                ("body", "post: {path: /, body: a}", "post: {path: /, body: b}"),
                ("body", "chat: {model: m, user: u}", "chat: {model: m, user: u, stream: true}"),
                ("until", "get: /", "get: /, until: headers"),
                ("redirects", "get: /", "get: /, redirects: 2"),
                ("expect.status", "get: /, expect: {status: 200}", "get: /, expect: {status: 201}"),
                ("expect.body", "get: /", "get: /, expect: {body: {contains: a}}"),
                ("expect.json.$.a", "get: /, expect: {json: {$.a: 1}}", "get: /, expect: {json: {$.a: 2}}"),
                ("expect.latency", "get: /, expect: {latency: 1s}", "get: /, expect: {latency: 1000100us}"),
                ("expect.stream.ttft", "chat: {model: m, user: u, stream: true}, expect: {stream: {ttft: 1s}}",
                 "chat: {model: m, user: u, stream: true}, expect: {stream: {ttft: {warn: 1s}}}"),
                ("steps", "get: /", "steps: [{get: /}, {get: /b}]"),
                ("step 2 path", "steps: [{get: /}, {get: /b}]", "steps: [{get: /}, {get: /c}]"),
                ("step 2 expect.status", "steps: [{get: /}, {get: /b, expect: {status: 200}}]",
                 "steps: [{get: /}, {get: /b, expect: {status: 404}}]"),
                ("step 1 capture", "steps: [{get: /, capture: {a: $.b}}, {get: /b}]",
                 "steps: [{get: /, capture: {a: $.c}}, {get: /b}]"),
                ("step 1 name", "steps: [{get: /}, {get: /b}]", "steps: [{get: /, name: n}, {get: /b}]"),
                ("step 2 cleanup", "steps: [{get: /}, {get: /b}]", "steps: [{get: /}, {get: /b, cleanup: true}]"),
        )):
            with self.subTest(key=key, after=after):
                self.write(f"  - {{{base}, {before}}}\n", top=top)
                if i % 6 == 0:  # before the log holds such lines back
                    self.restart()
                self.said(lambda: None)
                said = self.said(lambda: self.write(f"  - {{{base}, {after}}}\n", top=top))
                self.assertRegex(said, r'(?m)^reload.changed check=one how="(.*, )?' + re.escape(key) + " ")
                self.assertRegex(said, "reload.done checks=1 added=0 removed=0 changed=1$")
        self.assertEqual(self.daemon.end(), 0)

    def test_a_signature_that_changes_is_seen(self):
        check = "  - {id: one, service: gateway, get: /, expect: {body: {not_signature: lies}}}\n"
        lies = "signatures: {lies: [{contains: \"%s\"}]}\n"
        self.write(check, top=lies % "sorry")
        self.start()
        said = self.said(lambda: self.write(check, top=lies % "not sorry"))
        self.assertIn('reload.changed check=one how="expect.body changed"', said)
        self.assertEqual(self.daemon.end(), 0)

    def test_what_takes_a_restart_is_said_each_time(self):
        self.write(ONE)
        self.start()
        self.config.write_text(self.config.read_text().replace("127.0.0.1:0", "127.0.0.1:1").replace(
            "outrider.db", "other.db"))
        for _ in range(2):
            said = self.said(lambda: None)
            self.assertRegex(said, "reload.not_applied setting=listen how=\"127.0.0.1:0 -> 127.0.0.1:1 takes a restart")
            self.assertRegex(said, "reload.not_applied setting=database how=\".*other.db takes a restart")
        self.assertFalse((self.folder / "other.db").exists())
        self.assertEqual(self.daemon.end(), 0)

    def test_no_secret_is_in_the_difference(self):
        secret = "canary-4711"
        self.write("  - {id: one, service: gateway, title: " + secret + ", get: /}\n",
                   ", headers: {Authorization: \"Bearer ${file:key}\"}")
        (self.folder / "key").write_text(secret)
        self.start()

        def change():
            self.write("  - {id: one, service: gateway, title: \"x-${file:key}\", get: \"/${file:key}\"}\n"
                       "  - {id: two, service: gateway, get: \"/?q=${file:key}\"}\n",
                       ", headers: {Authorization: \"Basic ${file:key}\"}")
            (self.folder / "key").write_text(secret + "-new")
        said = self.said(change)
        self.assertIn("[redacted]", said)
        self.assertIn('service=gateway how="headers changed"', said)
        self.write("  - {id: one, service: gateway, title: " + secret + ", get: /}\n")
        said += self.said(lambda: None)
        self.assertNotIn(secret, self.log())
        self.assertEqual(self.daemon.end(), 0)

    def test_a_large_difference_is_a_few_lines(self):
        many = "".join(f"  - {{id: c{i}, service: gateway, get: /%s}}\n" for i in range(100))
        self.write(many.replace("%s", "a"))
        self.start()
        said = self.said(lambda: self.write(many.replace("%s", "b") + "".join(
            f"  - {{id: d{i}, service: gateway, get: /}}\n" for i in range(30)))).splitlines()
        self.assertLessEqual(len(said), 22)
        self.assertRegex(said[0], r"^reload.added checks=\"d0, d1, .*d9 and 20 more\"$")
        self.assertEqual(said[-2:], ["reload.more changes=81",
                                     "reload.done checks=130 added=30 removed=0 changed=100"])
        self.assertEqual(self.daemon.end(), 0)

    def test_many_of_both_leave_no_trace(self):
        """scripts/faults does it 200 times."""
        daemon = self.start()
        self.wait_states(gateway_health="up", gateway_stream="up", memory_health="up")
        self.assertEqual(self.many(daemon, 5), 5)
        before = daemon.resources()
        self.assertEqual(self.many(daemon, 25), 25)
        wait_for(lambda: daemon.resources()["files"] <= before["files"], 3)
        after = daemon.resources()
        self.assertLessEqual(after["files"], before["files"] + 4)  # a run that is under way
        self.assertLessEqual(after["threads"], before["threads"] + 1)
        self.assertLessEqual(after["kib"], before["kib"] + 4096)
        self.wait_states(gateway_health="up", memory_health="up")
        self.assertEqual(daemon.end(), 0)

    def many(self, daemon, times):
        for i in range(times):
            self.write_config("  - {id: broken, service: nobody, get: /}\n")
            daemon.reload(0)
            self.write_config(f"  - {{id: extra-{i}, service: gateway, get: /health}}\n")
            daemon.reload(1)
        return times

    def test_many_reloads_while_checks_run(self):
        daemon = self.start()
        self.sim.set("slow-headers=700ms@gateway-health")
        for i in range(20):
            self.write_config(f"  - {{id: extra-{i}, service: gateway, get: /health}}\n")
            daemon.popen.send_signal(signal.SIGHUP)
            time.sleep(0.1)
        self.wait_states(extra_19="up", gateway_health="up")
        self.assertEqual(daemon.end(), 0)

    def test_reloads_lose_no_slot_of_a_check_that_runs(self):
        self.sim.set("slow-headers=2500ms@memory-health")
        daemon = self.start()
        end = time.monotonic() + 9
        while time.monotonic() < end:
            time.sleep(1.3)
            daemon.popen.send_signal(signal.SIGHUP)
        told = metric(daemon.get("/metrics"), "outrider_missed_slots_total", check="memory-health")
        self.assertEqual(daemon.end(), 0)
        number = self.rows("SELECT number FROM checks WHERE id = 'memory-health'")[0][0]
        times = [t for t, in self.rows(
            "SELECT key & ((1 << 42) - 1) FROM result WHERE key >> 42 = ? ORDER BY key", number)]
        missed = self.rows("SELECT sum(slots) FROM missed WHERE key >> 42 = ?", number)[0][0]
        slots = round((times[-1] - times[0]) / 1000) + 1
        self.assertTrue(slots <= len(times) + missed <= slots + 3, (slots, times, missed))  # until the last run ended
        # what runs at the end adds its own when it ends, after we were told
        self.assertTrue(missed - 3 <= told <= missed, (told, missed))

    def test_a_check_that_was_away_has_missed_nothing_meanwhile(self):
        extra = """
  - id: away
    service: memory
    get: /health
"""
        self.write_config(extra)
        daemon = self.start()
        self.wait_states(away="up")
        self.write_config()
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: "away" not in daemon.status()))
        time.sleep(4)
        self.write_config(extra)
        daemon.popen.send_signal(signal.SIGHUP)
        self.wait_states(away="up")
        self.assertLess(
            metric(daemon.get("/metrics"), "outrider_missed_slots_total", check="away"), 3)

    def test_a_check_that_is_off_or_away_is_neither_up_nor_down(self):
        off = "  - {{id: off, service: memory, get: /health{}}}\n"
        away = "  - {{id: away, service: memory, get: /health{}}}\n"
        known = "  - {{id: known, service: memory, get: /nowhere, health: {{down_after: 1}}{}}}\n"
        self.write_config(off.format("") + away.format("") + known.format(""))
        daemon = self.start()
        self.wait_states(off="up", away="up", known="down")
        self.write_config(off.format("") + away.format("") + known.format(", known_issue: {reason: later}"))
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: not daemon.status()["known"]["incident"]))
        self.write_config(off.format(", enabled: false"))
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: "away" not in daemon.status()))
        self.wait_states(off="unknown")
        self.assertEqual(metric(daemon.get("/metrics"), "outrider_check_state", check="off", state="unknown"), 1)
        time.sleep(1.5)  # what still ran is over
        seldom = ", every: 24h"
        self.write_config(off.format(seldom) + away.format(seldom) + known.format(seldom))
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: "away" in daemon.status()))
        back = self.states()
        self.assertEqual({id: back[id] for id in ("off", "away", "known")},
                         {"off": "unknown", "away": "unknown", "known": "unknown"})
        self.assertEqual(daemon.end(), 0)


if __name__ == "__main__":
    unittest.main()
