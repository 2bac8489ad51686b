"""outrider --run-once: exit statuses, reports, pipes, signals, and what goes over the wire."""
import gzip
import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from running import HEALTH, MISSING, OUTRIDER, PATIENCE, Case  # noqa: E402
from serving import Server, answer, bound_socket, delta, in_turn, stream  # noqa: E402


class ExitStatus(Case):
    def test_three_lines_are_a_check_file(self):
        path = self.write([HEALTH])
        self.assertEqual(len(path.read_text().splitlines()), 3)
        status, out, err = self.outrider("--run-once", "--config", path)
        self.assertEqual((status, err), (0, ""))
        self.assertRegex(out, r"^✓ health +[0-9.]+[mu]?s\n\n1 check: 1 passed, 0 failed in [0-9.]+[mu]?s\n$")

    def test_failed(self):
        checks, out = self.once(HEALTH, MISSING, status=1)
        self.assertEqual(checks["missing"]["outcome"], "fail")
        self.assertIn("✗ missing", out)
        self.assertIn("status: expected 2xx, got 404", out)
        self.assertIn("curl ", out)
        self.assertIn(checks["missing"]["request_id"], out)
        self.assertRegex(out.splitlines()[-1], "^2 checks: 1 passed, 1 failed in ")

    def test_warnings_fail_when_asked(self):
        warn = "{id: slow, service: api, get: /health, expect: {latency: {warn: 1us}}}"
        checks, _ = self.once(warn)
        self.assertEqual(checks["slow"]["outcome"], "warn")
        self.once(warn, args=["--fail-on", "warn"], status=1)
        self.once(warn, args=["--fail-on", "fail"])

    def test_skips_fail_when_asked(self):
        skip = "{id: keyed, service: api, get: /health, requires_env: [OUTRIDER_TEST_UNSET]}"
        checks, out = self.once(skip)
        self.assertEqual((checks["keyed"]["outcome"], checks["keyed"]["reason"]), ("skip", "env"))
        self.assertIn("OUTRIDER_TEST_UNSET", out)
        self.assertIsNone(checks["keyed"]["http_status"])
        self.once(skip, args=["--fail-on", "skip"], status=1)
        self.assertEqual(self.server.asked, [])

    def test_known_issues_do_not_fail(self):
        checks, out = self.once("{id: bug, service: api, get: /nothing, known_issue: {reason: ticket 12}}")
        self.assertEqual((checks["bug"]["outcome"], checks["bug"]["known_issue"]), ("fail", True))
        self.assertIn("ticket 12", out)
        self.assertIn("1 known issue", out)

    def test_a_known_issue_that_passes_says_so(self):
        _, out = self.once("{id: bug, service: api, get: /health, known_issue: {reason: ticket 12}}")
        self.assertIn("PASSES", out)

    def test_disabled_checks_run_only_by_name(self):
        off = "{id: off, service: api, get: /nothing, enabled: false}"
        checks, _ = self.once(HEALTH, off)
        self.assertEqual(list(checks), ["health"])
        self.once(HEALTH, off, args=["--check", "off"], status=1)


class Usage(Case):
    def refuse(self, args, *words, status=2):
        got, out, err = self.outrider(*args)
        self.assertEqual((got, out), (status, ""), err)
        for word in words:
            self.assertIn(word, err)

    def test_command_line(self):
        self.refuse(["--run-onec"], "did you mean --run-once?", "--help")
        self.refuse(["--run-once", "--listen", ":0"], "--listen")
        self.refuse(["--run-once", "--tag", "a and"], "column 6")

    def test_selections_that_match_nothing(self):
        path = self.write([HEALTH, "{id: chat, service: api, get: /health, tags: [slow]}"])
        for more, words in [
            (["--check", "helth"], ["helth", 'did you mean "health"']),
            (["--check", "x*"], ["x*"]),
            (["--tag", "slw"], ["slw", "slow"]),
            (["--tag", "slow", "--check", "health"], ["matches no check"]),
            (["--service-only", "apo"], ["apo", "api"]),
        ]:
            self.refuse(["--run-once", "--config", path, *more], *words)
        self.assertEqual(self.server.asked, [])

    def test_configurations(self):
        self.refuse(["--run-once", "--config", self.folder / "none.yaml"], "none.yaml")
        bad = self.folder / "bad.yaml"
        bad.write_text("services: {api: {url: 'http://127.0.0.1:1'}}\nchecks:\n  - {id: a, servce: api, get: /}\n")
        self.refuse(["--run-once", "--config", bad], "bad.yaml:3:", "servce", "service")
        self.refuse(["--check-config", "--config", bad], "bad.yaml:3:")

    def test_modes(self):
        path = self.write([HEALTH], f'{{api: {{urls: {{local: "{self.server.url}"}}}}}}', more="mode: local\n")
        self.assertEqual(self.outrider("--run-once", "--config", path)[0], 0)
        self.refuse(["--run-once", "--config", path, "--mode", "lokal"], "lokal")

    def test_a_mode_without_a_url_matters_only_to_selected_checks(self):
        services = (f'{{api: {{urls: {{local: "{self.server.url}", away: "{self.server.url}"}}}}, '
                    f'memory: {{urls: {{away: "{self.server.url}"}}}}}}')
        path = self.write([HEALTH, "{id: remember, service: memory, get: /health}"], services, more="mode: local\n")
        self.refuse(["--run-once", "--config", path], "remember", "memory", "local")
        self.assertEqual(self.outrider("--run-once", "--config", path, "--check", "health")[0], 0)
        self.assertEqual(self.outrider("--run-once", "--config", path, "--mode", "away")[0], 0)


class Selection(Case):
    def test_each_way(self):
        checks = [HEALTH, "{id: chat-a, service: api, get: /health, tags: [chat, slow]}",
                  "{id: chat-b, service: other, get: /health, tags: [chat]}",
                  "{id: many, service: other, matrix: {n: [one, two]}, get: '/health?n={{n}}'}"]
        services = f'{{api: {{url: "{self.server.url}"}}, other: {{url: "{self.server.url}"}}}}'
        for args, ids in [
            ([], ["health", "chat-a", "chat-b", "many[one]", "many[two]"]),
            (["--check", "chat-*"], ["chat-a", "chat-b"]),
            (["--check", "health", "--check", "many"], ["health", "many[one]", "many[two]"]),
            (["--tag", "chat and not slow"], ["chat-b"]),
            (["--service-only", "api"], ["health", "chat-a"]),
            (["--service-only", "other", "--tag", "chat"], ["chat-b"]),
        ]:
            with self.subTest(args):
                found, _ = self.once(*checks, services=services, args=args)
                self.assertEqual(list(found), ids)

    def test_another_url(self):
        with Server({"/health": answer(200, {"status": "other"})}) as other:
            self.once("{id: health, service: api, get: /health, expect: {json: {$.status: other}}}",
                      args=["--service", f"api={other.url}"])
            self.assertEqual(other.paths(), ["/health"])
        self.assertEqual(self.server.asked, [])


class Reports(Case):
    def test_the_promised_shape(self):
        self.server.routes["/v1/chat/completions"] = stream(
            delta("one"), 0.5, delta("two"), delta(finish_reason="stop"), "data: [DONE]\n\n")
        checks, out = self.once(
            HEALTH,
            "{id: talk, title: Talks, spec: 'tests/test_z.py::TestX::test_y', service: api, tags: [streaming],"
            " chat: {model: m, user: Hi, stream: true}, expect: {stream: {ttft: {max: 1us}}}}", status=1)
        report = self.report
        self.assertEqual(report["version"], 1)
        self.assertRegex(report["tool"], r"^outrider \d+\.\d+\.\d+$")
        self.assertRegex(report["started_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertGreater(report["duration_s"], 0)
        for name, count in {"total": 2, "pass": 1, "warn": 0, "fail": 1, "skip": 0}.items():
            self.assertEqual(report["summary"][name], count)
        talk, health = checks["talk"], checks["health"]
        self.assertEqual(talk["spec"], "tests/test_z.py::TestX::test_y")
        self.assertEqual((talk["title"], talk["service"], talk["tags"]), ("Talks", "api", ["streaming"]))
        self.assertEqual((talk["outcome"], talk["reason"], talk["known_issue"]), ("fail", "expectation", False))
        self.assertRegex(talk["message"], "^stream.ttft: expected at most 1us, got ")
        found = {e["subject"]: e for e in talk["expectations"]}
        self.assertEqual(found["stream.ttft"]["outcome"], "fail")
        self.assertEqual(found["stream.ttft"]["expected"], "at most 1us")
        self.assertEqual((talk["attempts"], talk["http_status"]), (1, 200))
        timing = talk["timing"]
        self.assertEqual(timing["tls_s"], 0)
        self.assertLessEqual(timing["dns_s"], timing["connect_s"])
        self.assertLess(timing["connect_s"], timing["ttfb_s"])
        self.assertLessEqual(timing["ttfb_s"], timing["total_s"])
        seen = talk["stream"]
        self.assertEqual((seen["integrity"], seen["done"], seen["chunks"], seen["tokens"]), ("complete", True, 3, 2))
        for name in ("ttft_s", "line_gap_s", "token_gap_s"):
            self.assertGreater(seen[name], 0)
        self.assertIsNone(health["stream"])
        self.assertIsNone(health["spec"])
        self.assertRegex(out, r"✗ talk +[0-9.]+[mu]?s  first token [0-9.]+[mu]?s  ")

    def test_standard_output_carries_nothing_else(self):
        path = self.write([HEALTH, MISSING])
        status, out, err = self.outrider("--run-once", "--config", path, "--json", "-")
        self.assertEqual(status, 1)
        self.assertEqual(json.loads(out)["summary"]["total"], 2)
        self.assertIn("✓ health", err)

    def test_a_report_nobody_can_write_is_found_out_first(self):
        path = self.write([HEALTH])
        for target, word in [("none/report.json", "No such file"), (".", "Is a directory")]:
            status, _, err = self.outrider("--run-once", "--config", path, "--json", target)
            self.assertEqual(status, 3)
            self.assertIn(word, err)
        self.assertEqual(self.server.asked, [])

    def test_a_full_device(self):
        path = self.write([HEALTH])
        status, _, err = self.outrider("--run-once", "--config", path, "--json", "/dev/full")
        self.assertEqual(status, 3)
        self.assertIn("No space left", err)

    def test_nothing_is_left_beside_the_report(self):
        self.once(HEALTH)
        self.once(HEALTH)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["checks.yaml", "report.json"])

    def test_secrets_are_nowhere(self):
        def echo(handler):
            answer(500, {"you sent": handler.headers["X-Key"]})(handler)
        self.server.routes["/echo"] = echo
        _, out = self.once('{id: echo, service: api, get: {path: /echo, headers: {X-Key: "${OUTRIDER_TEST_KEY}"}}}',
                           status=1, env={"OUTRIDER_TEST_KEY": "canary-4711"}, args=["--verbose"])
        self.assertEqual(self.server.asked[0].headers["X-Key"], "canary-4711")
        self.assertNotIn("canary-4711", out + json.dumps(self.report))
        self.assertIn("[redacted]", out)

    def test_foreign_text_is_inert(self):
        self.server.routes["/evil"] = answer(500, "\x1b[31mred\r\n\u202ereversed")
        _, out = self.once("{id: evil, service: api, get: /evil}", status=1, args=["--verbose"])
        for character in "\x1b\r\u202e":
            self.assertNotIn(character, out)


class Output(Case):
    def test_quiet_and_verbose(self):
        _, out = self.once(HEALTH, args=["--quiet"])
        self.assertRegex(out, r"^1 check: 1 passed, 0 failed in \S+\n$")
        _, out = self.once(HEALTH, MISSING, args=["-q"], status=1)
        self.assertNotIn("✓ health", out)
        self.assertIn("✗ missing", out)
        _, out = self.once(HEALTH, args=["--verbose"])
        self.assertRegex(out, r"    ✓ status  expected 2xx, got 200\n")

    def test_full_disk(self):
        path = self.write([HEALTH])
        for args in (["--run-once", "--config", path], ["--help"], ["--version"], ["--list"]):
            with open("/dev/full", "w") as full:
                status, _, err = self.outrider(*args, stdout=full)
            self.assertEqual(status, 3, args)
            self.assertIn("standard output: No space left on device", err)

    def test_full_disk_does_not_lose_the_report(self):
        path, report = self.write([HEALTH]), self.folder / "report.json"
        with open("/dev/full", "w") as full:
            status, _, _ = self.outrider("--run-once", "--config", path, "--json", report, stdout=full)
        self.assertEqual(status, 3)
        self.assertEqual(json.loads(report.read_text())["summary"]["pass"], 1)

    def test_a_reader_that_has_gone(self):
        path = self.write([f"{{id: c{i}, service: api, get: /health}}" for i in range(40)])
        read, write = os.pipe()
        os.close(read)
        process = self.start("--run-once", "--config", path, "--jobs", "1", stdout=write)
        os.close(write)
        status, _, err = self.end(process)
        self.assertEqual(status, 3)
        self.assertIn("its reader has gone", err)
        self.assertLess(len(self.server.asked), 40)

    def test_closed_standard_output(self):
        path = self.write([HEALTH])
        got = subprocess.run(["sh", "-c", '"$0" --run-once --config "$1" >&-', OUTRIDER, path],
                             capture_output=True, timeout=PATIENCE)
        self.assertEqual(got.returncode, 3)
        self.assertIn(b"standard output: Bad file descriptor", got.stderr)

    def test_no_colour_in_a_pipe_unless_wanted(self):
        _, out = self.once(HEALTH)
        self.assertNotIn("\x1b", out)
        _, out = self.once(HEALTH, args=["--color", "always"], env={"NO_COLOR": "1"})
        self.assertIn("\x1b[32m✓", out)

    def on_terminal(self, *args, env=None):
        ours, theirs = pty.openpty()
        process = self.start(*args, env=env, stdout=theirs, stderr=theirs)
        os.close(theirs)
        out = b""
        while True:
            ready, _, _ = select.select([ours], [], [], PATIENCE)
            try:
                data = os.read(ours, 65536) if ready else b""
            except OSError:  # the other end was closed
                data = b""
            if not data:
                break
            out += data
        os.close(ours)
        return process.wait(PATIENCE), out.decode()

    def test_a_terminal_shows_progress_and_colours(self):
        self.server.routes["/slow"] = answer(200, after=0.3)
        path = self.write([HEALTH, "{id: tardy, service: api, get: /slow}"])
        status, out = self.on_terminal("--run-once", "--config", path)
        self.assertEqual(status, 0)
        self.assertIn("\x1b[32m✓\x1b[0m health", out)
        self.assertRegex(out, r"\r\x1b\[K\x1b\[32m━{10}\x1b\[0m\x1b\[2m─{10}  \x1b\[0m\x1b\[1m1/2  ")
        self.assertRegex(out.splitlines()[-1], "2 checks: 2 passed, 0 failed")
        status, out = self.on_terminal("--run-once", "--config", path, env={"NO_COLOR": "1"})
        self.assertNotIn("\x1b[32m", out)
        status, out = self.on_terminal("--run-once", "--config", path, env={"TERM": "dumb"})
        self.assertNotIn("\x1b", out)


    def test_a_terminal_that_is_made_narrower(self):
        self.server.routes["/slow"] = answer(200, after=2)
        path = self.write(["{id: a-name-that-takes-some-room, service: api, get: /slow}"])
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, 100))
        process = self.start("--run-once", "--config", path, stdout=theirs)
        os.close(theirs)
        while b"some-room" not in os.read(ours, 65536):
            pass
        termios.tcsetwinsize(ours, (24, 30))
        out = b""
        while b"0/1" not in out:
            out += os.read(ours, 65536)
        # 58 cells had been drawn: two rows of 30 by now
        self.assertRegex(out, rb"^\r\x1b\[1A\x1b\[J\x1b\[1m0/1")
        process.kill()
        process.communicate()
        os.close(ours)


class Interrupting(Case):
    def setUp(self):
        super().setUp()
        self.hold = threading.Event()
        self.addCleanup(self.hold.set)
        self.server.routes["/never"] = lambda handler: self.hold.wait(PATIENCE)
        self.config = self.write([HEALTH, "{id: never, service: api, get: /never}",
                                  "{id: waiting, service: api, get: /health}"])
        self.report = self.folder / "report.json"

    def interrupt(self, number):
        process = self.start("--run-once", "--config", self.config, "--jobs", "1", "--json", self.report)
        while "/never" not in self.server.paths():
            time.sleep(0.01)
        process.send_signal(number)
        status, out, err = self.end(process)
        self.assertEqual(status, 130)
        self.assertIn("interrupted", err)
        self.assertRegex(out.splitlines()[-1], "^interrupted: 3 checks: 1 passed, 0 failed, 2 cancelled")
        report = json.loads(self.report.read_text())
        self.assertEqual([(c["outcome"], c["reason"]) for c in report["checks"]],
                         [("pass", "none"), ("skip", "cancelled"), ("skip", "cancelled")])
        self.assertTrue(report["interrupted"])
        self.assertEqual(report["summary"]["total"], 3)

    def test_once(self):
        self.interrupt(signal.SIGINT)

    def test_terminate(self):
        self.interrupt(signal.SIGTERM)

    def test_what_was_made_is_cleared(self):
        config = self.write(["{id: tidy, service: api, steps: [{get: /health}, {get: /never},"
                             " {get: /more}, {delete: /health, cleanup: true}]}"])
        process = self.start("--run-once", "--config", config)
        while "/never" not in self.server.paths():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        status, out, _ = self.end(process)
        self.assertEqual(status, 130, out)
        self.assertEqual([(a.method, a.path) for a in self.server.asked],
                         [("GET", "/health"), ("GET", "/never"), ("DELETE", "/health")])

    def test_while_waiting_for_services(self):
        config = self.write([HEALTH], f'{{api: {{url: "{self.refusing()}"}}}}')
        process = self.start("--run-once", "--config", config, "--wait", "60s", "--json", self.report)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        status, _, _ = self.end(process)
        self.assertEqual(status, 130)
        self.assertEqual(json.loads(self.report.read_text())["checks"][0]["reason"], "cancelled")

    def test_twice_exits_at_once(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        process = self.start("--run-once", "--config", self.config, "--check", "health", "--json", fifo)
        while "/health" not in self.server.paths():
            time.sleep(0.01)
        time.sleep(0.5)  # it hangs now: nobody reads the pipe that is its report
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.end(process)[0], 130)


class Running(Case):
    def test_fail_fast(self):
        checks, out = self.once(MISSING, HEALTH, args=["--fail-fast", "--jobs", "1"], status=1)
        self.assertEqual((checks["health"]["outcome"], checks["health"]["reason"]), ("skip", "cancelled"))
        self.assertEqual(self.server.paths(), ["/nothing"])
        self.assertIn("1 cancelled", out)

    def test_fail_fast_overlooks_known_issues(self):
        known = "{id: bug, service: api, get: /nothing, known_issue: {reason: ticket}}"
        checks, _ = self.once(known, HEALTH, args=["--fail-fast", "--jobs", "1"])
        self.assertEqual(checks["health"]["outcome"], "pass")

    def test_a_retry_waits_as_long_as_the_service_asks(self):
        self.server.routes["/busy"] = in_turn(answer(429, headers={"Retry-After": "1"}), answer(200))
        busy = "{id: busy, service: api, get: /busy, retries: {times: 1, backoff: 1ms, when: [429]}}"
        checks, _ = self.once(busy)
        self.assertGreaterEqual(checks["busy"]["duration_s"], 1.0)
        self.assertTrue(checks["busy"]["passed_after_retry"])
        self.assertIn("it asked to wait for 1s", checks["busy"]["notes"][0])

        self.server.routes["/busy"] = in_turn(answer(503, headers={"Retry-After": "3600"}), answer(200))
        checks, _ = self.once(busy.replace("429]", "cold]"), status=1)
        self.assertEqual(checks["busy"]["attempts"], 1)
        self.assertIn("not tried again: the service asks to wait for 1h", checks["busy"]["notes"])

    def test_retries(self):
        self.server.routes["/flaky"] = in_turn(answer(500), answer(200), answer(200))
        flaky = "{id: flaky, service: api, get: /flaky, retries: {times: 0, backoff: 10ms}}"
        checks, out = self.once(flaky, args=["--retries", "1"])
        self.assertEqual(checks["flaky"]["attempts"], 2)
        self.assertIn("passed after retry", out)
        self.server.routes["/flaky"] = answer(500)
        checks, _ = self.once(flaky.replace("times: 0", "times: 3"), args=["--retries", "0"], status=1)
        self.assertEqual(checks["flaky"]["attempts"], 1)

    def test_jobs(self):
        self.server.routes["/slow"] = answer(200, after=0.2)
        checks = [f"{{id: c{i}, service: api, get: /slow}}" for i in range(6)]
        self.once(*checks, args=["--jobs", "1"])
        self.assertEqual(self.server.most_together, 1)
        self.once(*checks, args=["--jobs", "3"])
        self.assertEqual(self.server.most_together, 3)

    def test_a_service_is_not_crowded(self):
        self.server.routes["/slow"] = answer(200, after=0.05)
        services = f'{{api: {{url: "{self.server.url}", max_in_flight: 2}}}}'
        self.once(*[f"{{id: c{i}, service: api, get: /slow}}" for i in range(6)], services=services)
        self.assertEqual(self.server.most_together, 2)

    def test_refused(self):
        checks, out = self.once(HEALTH, services=f'{{api: {{url: "{self.refusing()}"}}}}', status=1)
        health = checks["health"]
        self.assertEqual((health["outcome"], health["reason"], health["http_status"]), ("fail", "connect", None))
        self.assertIsNone(health["timing"]["connect_s"])
        self.assertIsNone(health["timing"]["ttfb_s"])
        self.assertIn("connect: ", out)

    def test_refused_may_skip(self):
        checks, _ = self.once("{id: health, service: api, get: /health, skip_on: [connect]}",
                              services=f'{{api: {{url: "{self.refusing()}"}}}}')
        self.assertEqual((checks["health"]["outcome"], checks["health"]["reason"]), ("skip", "connect"))

    def test_waiting_for_services(self):
        bound = bound_socket()
        services = f'{{api: {{url: "http://localhost:{bound.getsockname()[1]}"}}}}'
        started = time.monotonic()

        def serve_later():
            time.sleep(0.7)
            late = Server(bound=bound).__enter__()
            self.addCleanup(late.__exit__)

        thread = threading.Thread(target=serve_later)
        thread.start()
        self.addCleanup(thread.join)
        self.once(HEALTH, services=services, args=["--wait", "30s"])
        self.assertGreater(time.monotonic() - started, 0.6)

    def test_waiting_in_vain(self):
        config = self.write([HEALTH], f'{{api: {{url: "{self.refusing()}"}}}}')
        started = time.monotonic()
        status, out, err = self.outrider("--run-once", "--config", config, "--wait", "600ms")
        self.assertEqual(status, 1)
        self.assertIn("api", err)
        self.assertIn("after 600ms", err)
        self.assertTrue(0.5 < time.monotonic() - started < 10)

    def test_an_interrupted_wait_blames_nobody(self):
        config = self.write([HEALTH], f'{{api: {{url: "{self.refusing()}"}}}}')
        process = self.start("--run-once", "--config", config, "--wait", "60s")
        time.sleep(1)
        process.terminate()
        status, out, err = self.end(process)
        self.assertEqual(status, 130)
        self.assertIn("1 cancelled", out)
        self.assertNotIn("accepts no connections", err)

    def test_waiting_tells_no_secret(self):
        address = self.refusing().removeprefix("http://")
        config = self.write([HEALTH], f'{{api: {{url: "http://me:${{KEY}}@{address}"}}}}')
        _, out, err = self.outrider("--run-once", "--config", config, "--wait", "10ms",
                                    env={"KEY": "open-sesame"})
        self.assertIn("accepts no connections", err)
        self.assertNotIn("sesame", out + err)


class Wire(Case):
    def test_redirects_are_not_followed(self):
        self.server.routes["/old"] = answer(302, headers={"Location": "/health"})
        checks, _ = self.once("{id: old, service: api, get: /old}", status=1)
        self.assertEqual(checks["old"]["http_status"], 302)
        self.assertEqual(self.server.paths(), ["/old"])
        self.once("{id: old, service: api, get: /old, redirects: 1}")
        self.assertEqual(self.server.paths(), ["/old", "/old", "/health"])

    def test_gzip(self):
        body = gzip.compress(json.dumps({"status": "packed"}).encode())
        self.server.routes["/packed"] = answer(200, body, {"Content-Encoding": "gzip",
                                                           "Content-Type": "application/json"})
        self.once("{id: packed, service: api, get: /packed, expect: {json: {$.status: packed}}}")
        self.assertIn("gzip", self.server.asked[0].headers["Accept-Encoding"])

    def test_who_asks(self):
        checks, _ = self.once(HEALTH)
        headers = self.server.asked[0].headers
        self.assertRegex(headers["User-Agent"], r"^outrider/\d+\.\d+\.\d+$")
        self.assertEqual(headers["X-Request-ID"], checks["health"]["request_id"])
        self.assertRegex(headers["X-Request-ID"], r"^health-[a-z2-7]{13}$")
        self.assertRegex(headers["traceparent"], r"^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$")

    def test_the_environment_sends_nobody_astray(self):
        dead = self.refusing()
        self.once(HEALTH, env={"http_proxy": dead, "HTTP_PROXY": dead, "ALL_PROXY": dead})

    def test_captures(self):
        self.server.routes["/echo"] = lambda handler: answer(200, {"said": self.server.asked[-1].path})(handler)
        self.server.routes["/say"] = answer(200, {"word": 'a "b" & c'})
        checks, _ = self.once(
            "{id: steps, service: api, steps: ["
            "{name: first, get: /say, capture: {word: $.word}}, "
            "{name: second, get: '/echo?q={{word}}', expect: {json: {$.said: '/echo?q=a%20%22b%22%20%26%20c'}}}]}")
        self.assertEqual([e["step"] for e in checks["steps"]["expectations"]][-1], "second")


class Looking(Case):
    def test_version_and_help(self):
        self.assertRegex(self.outrider("--version")[1], r"^outrider \d+\.\d+\.\d+\n$")
        status, out, err = self.outrider("--help")
        self.assertEqual((status, err), (0, ""))
        for word in ("--run-once", "Examples", "Exit status", "130"):
            self.assertIn(word, out)

    def test_list(self):
        path = self.write(["{id: health, title: Is it up, service: api, get: /health, every: 5m}",
                           "{id: chat, title: Does it talk, service: api, get: /health, tags: [slow, chat], enabled: false}"])
        status, out, _ = self.outrider("--list", "--config", path)
        self.assertEqual(status, 0)
        self.assertEqual([re.split(r"\s{2,}", line) for line in out.splitlines()],
                         [["health", "api", "-", "5m", "Is it up"],
                          ["chat", "api", "slow,chat", "off", "Does it talk"]])
        status, out, _ = self.outrider("--list", "--config", path, "--tag", "slow")
        self.assertEqual(len(out.splitlines()), 1)

    def test_check_config(self):
        path = self.write([HEALTH, MISSING])
        self.assertEqual(self.outrider("--check-config", "--config", path),
                         (0, f"{path}: ok, 2 checks, 1 service\n", ""))

    def test_the_built_in_suite(self):
        status, out, err = self.outrider("--check-config")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("5 services", out)


class Demo(Case):
    def test_the_suite_on_the_stand_in(self):
        environment = {"CHUTES_API_KEY": "demo-key"}
        status, out, err = self.outrider("--demo", "--run-once", "--json", "report.json", env=environment)
        self.assertEqual(status, 0, out + err)
        report = json.loads((self.folder / "report.json").read_text())
        self.assertGreater(report["summary"]["total"], 30)
        self.assertEqual(report["summary"]["fail"], 0)

    def test_with_checks_of_ones_own(self):
        path = self.write(["{id: mine, service: gateway, get: /health}"], '{gateway: {url: "http://127.0.0.1:1"}}')
        status, out, err = self.outrider("--demo", "--run-once", "--config", path)
        self.assertEqual((status, err), (0, ""), out)
        url = self.server.url  # an own URL beats the stand-in's
        self.assertEqual(self.outrider("--demo", "--run-once", "--config", path, "--service", f"gateway={url}")[0], 0)
        self.assertEqual(self.server.paths(), ["/health"])

    def test_nobody_else_is_asked(self):
        checks = ["{id: mine, service: gateway, get: /health}", "{id: real, service: api, get: /health}"]
        services = f'{{gateway: {{url: "{self.server.url}"}}, api: {{url: "{self.server.url}"}}}}'
        path = self.write(checks, services)
        for more in (["--run-once"], ["--listen", "127.0.0.1:0"]):
            status, _, err = self.outrider("--demo", "--config", path, *more)
            self.assertEqual(status, 2, err)
            self.assertIn("check real: the demo's stand-in has no service api", err)
        self.assertEqual(self.outrider("--demo", "--run-once", "--config", path, "--check", "mine")[0], 0)
        self.assertEqual(self.server.paths(), [])
        given = ["--service", f"api={self.server.url}"]
        self.assertEqual(self.outrider("--demo", "--run-once", "--config", path, *given)[0], 0)
        self.assertEqual(self.server.paths(), ["/health"])

    def test_without_a_key(self):
        environment = {name: value for name, value in os.environ.items() if name != "CHUTES_API_KEY"}
        got = subprocess.run([OUTRIDER, "--demo", "--run-once", "--tag", "not slow"], env=environment,
                             capture_output=True, timeout=PATIENCE)
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)


class LongStreams(Case):
    def test_what_is_demanded_of_the_body_is_demanded_of_all_of_it(self):
        words = [delta("word " * 50) for _ in range(400)]
        self.server.routes["/long"] = stream(*words, delta("lie"), delta(finish_reason="stop"), "data: [DONE]\n\n")
        ask = "service: api, chat: {path: /long, model: m, user: x, stream: true}, expect: {body: "
        found, _ = self.once("{id: not, " + ask + "{not: {contains: lie}}}}",
                             "{id: contains, " + ask + "{contains: lie}}}",
                             "{id: ends, " + ask + r'{ends_with: "[DONE]\n\n"}}}', status=1)
        self.assertEqual({i: found[i]["outcome"] for i in found}, {"not": "fail", "contains": "pass", "ends": "pass"})

    def test_one_long_body_of_json_is_read_as_a_short_one(self):
        text = "word " * 50000 + "end"
        self.server.routes["/json"] = answer(200, {"choices": [{"message": {"content": text}}]})
        found, _ = self.once("{id: one, service: api, chat: {path: /json, model: m, user: x, stream: true},"
                             " expect: {content: {ends_with: end}, stream: {done: true}}}", status=1)
        self.assertEqual(found["one"]["message"], "stream.done: expected [DONE], got no [DONE]; "
                                                  "no event came: the answer is application/json")


if __name__ == "__main__":
    unittest.main()
