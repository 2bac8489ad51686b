"""outrider --self-test: what it proves, and that it names every gap."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest

from support import BUILD, Process

PROGRAM = BUILD / "outrider"
PATIENCE_S = 500

# Names, paths and shapes that the stand-in has never heard of.
OWN = r"""
mode: prod
services:
  api:
    urls: {prod: https://api.example.org, dev: "http://localhost:1"}
    headers: {Authorization: "Bearer ${OUTRIDER_TEST_KEY:-}"}
    proxy: http://proxy.example.org:3128
    max_in_flight: 1
    ip: 6
  billing: {url: "https://billing.example.org"}
defaults: {every: 1m, timeout: 20s, retries: {times: 2, backoff: 1s}}
signatures:
  lies:
    - {contains: "quota exceeded"}
    - {matches: '\ASorry, '}
checks:
  - id: version
    service: api
    get: /version
    expect:
      status: 200
      header: {content-type: {contains: json}, x-api: {starts_with: v2}}
      json:
        $.version: {matches: '^v\d+\.\d+$'}
        $.build.number: {min: 10}
        $.features: {min_items: 2, any: {equals: streaming}}
        $.features[*]: {all: {type: string}}
        $.deprecated: {exists: false}
      latency: {max: 8s}
  - id: session
    service: api
    steps:
      - name: open
        post: {path: /sessions, json: {user: me}}
        expect: {status: 201, json: {$.session.id: {not_empty: true}}}
        capture: {id: $.session.id, place: header.location}
      - name: use
        get: "/sessions/{{id}}?from={{place}}"
        expect: {status: 200, json: {$.state: open}}
      - name: close
        cleanup: true
        delete: "/sessions/{{id}}"
  - id: "chat"
    service: api
    matrix: {model: [small, large]}
    requires_env: [OUTRIDER_TEST_NEVER_SET]
    chat: {path: /chat, model: "{{model}}", user: "capital of Italy?", headers: {X-Key: "${OUTRIDER_TEST_NEVER_SET}"}}
    expect: {json: {$.object: chat.completion}, content: {contains: Rome, not_signature: lies}}
  - id: stream
    service: api
    idle_timeout: 60s
    chat: {model: m, user: "write", stream: true}
    expect:
      header: {content-type: {contains: event-stream}}
      stream: {done: true, integrity: complete, ttft: {max: 8s}, token_gap: {max: 9s}, chunks: {min: 20}}
      content: {any_of: [{contains: def}, {contains: function}], not_signature: lies}
  - id: invoice
    service: billing
    get: /invoice
    expect: {status: 2xx, body: {contains: "Total:"}}
  - id: refuses
    service: billing
    post: {path: /pay, json: {amount: -1}}
    expect: {status: [400, 422]}
"""

# Whatever comes is fine.
WEAK = """
services: {gateway: {url: "http://localhost:8000"}}
checks:
  - id: weak
    service: gateway
    chat: {model: baseline-cli-agent, user: "What is the capital of France?"}
    expect: {status: [2xx, 3xx, 4xx, 5xx]}
"""

# The words to the letter, an id's form, JSON in the words.
EXACT = """
services: {own: {url: "http://own.example"}}
checks:
  - {id: ok, service: own, chat: {model: m, user: "Say OK"}, expect: {content: OK}}
  - id: ok-streamed
    service: own
    chat: {model: m, user: "Say OK", stream: true}
    expect: {content: {equals: OK}, stream: {done: true, integrity: complete}}
  - id: id
    service: own
    chat: {model: m, user: "Hello"}
    expect: {json: {$.id: {matches: "^chat_[A-Za-z0-9]{6,}$"}}}
  - id: json
    service: own
    chat: {model: m, user: "Answer in JSON"}
    expect: {content: {matches: '^{"city":"Paris"'}, json: {"$.choices[0].index": 0}}
"""


class Done:
    def __init__(self, suite, *args, env=None):
        with tempfile.TemporaryDirectory() as folder:
            argv = [str(PROGRAM), "--self-test", *args]
            if suite is not None:
                path = pathlib.Path(folder) / "checks.yaml"
                path.write_text(suite)
                argv += ["--config", str(path)]
            clean = {k: v for k, v in os.environ.items()
                     if k not in ("CHUTES_API_KEY", "TEST_MODE", "NO_COLOR")}
            done = subprocess.run(argv, capture_output=True, env=clean | (env or {}),
                                  timeout=PATIENCE_S, check=False)
        self.status = done.returncode
        self.out, self.errors = done.stdout.decode(), done.stderr.decode()

    @property
    def last(self):
        return self.out.splitlines()[-1]


class Report(Done):
    """With the matrix for programs."""

    def __init__(self, suite, *args, **more):
        super().__init__(suite, *args, "--json", "-", **more)
        self.json = json.loads(self.out)
        self.rows = {row["name"]: row for row in self.json["rows"]}
        self.checks = {check["id"]: check for check in self.json["checks"]}

    def cell(self, row, check):
        return next(c for c in self.rows[row]["cells"] if c["check"] == check)

    def named(self, verdict):
        return sorted(name for name, row in self.rows.items() if row["verdict"] == verdict)


def one(check):
    return 'services: {gateway: {url: "http://localhost:8000"}}\nchecks:\n' + check


class SelfTest(unittest.TestCase):
    maxDiff = None

    def test_the_built_in_suite_is_proven(self):
        it = Report(None)
        self.assertEqual((it.named("unseen"), it.named("broken")), ([], []), it.errors)
        self.assertEqual([c for c in it.checks if not it.checks[c]["red"]], [])
        self.assertEqual(it.status, 0, it.errors)
        self.assertTrue(it.json["proven"])
        self.assertFalse([c for c in it.checks if it.checks[c]["made_up"]])
        self.assertEqual(it.rows["healthy"]["verdict"], "green")
        self.assertEqual(it.rows["memory-down"]["verdict"], "skipped")
        self.assertEqual(it.cell("no-finish", "gateway-stream-whole")["reason"], "truncated")
        self.assertEqual(it.cell("cli-down", "flow-chat")["reason"], "masked")
        summary = it.json["summary"]
        self.assertEqual(summary["checks"], len(it.checks))
        self.assertGreater(summary["faults"], 80)
        self.assertGreater(summary["variants"], 15)

    def test_a_file_of_ones_own_is_proven(self):
        it = Report(OWN, "--mode", "prod", env={"OUTRIDER_TEST_KEY": "secret-7131"})
        self.assertEqual((it.named("unseen"), it.named("broken")), ([], []), it.errors)
        self.assertEqual({c: it.checks[c]["unproven"] for c in it.checks},
                         dict.fromkeys(it.checks))
        self.assertEqual(it.status, 0)
        self.assertIn("chat[large]", it.checks)
        self.assertTrue(all(it.checks[c]["made_up"] for c in it.checks))
        self.assertEqual(it.cell("status-500", "session")["outcome"], "fail")
        self.assertEqual(it.rows["ui-down"]["verdict"], "not_met")
        self.assertNotIn("secret-7131", it.out + it.errors)

    def test_what_a_weak_check_lets_pass_is_named(self):
        it = Done(WEAK, "--fault", "status-*", "--fault", "wrong-answer", "--fault", "reset")
        self.assertEqual(it.status, 1)
        for fault in ("status-500", "status-404", "wrong-answer"):
            self.assertRegex(it.out, rf"(?m)^  {fault} +\S")
        self.assertIn("passed: weak", it.out)
        self.assertNotRegex(it.out, r"(?m)^  reset ")
        self.assertIn("faults that nobody sees", it.last)

    def test_a_mask_must_be_taken_off(self):
        lie = one("""
  - id: paris
    service: gateway
    chat: {model: baseline-cli-agent, user: "Hello"}
    expect: {content: {not_empty: true%s}}
""")
        blind = Report(lie % "", "--fault", "cli-*")
        self.assertEqual(blind.named("unseen"), ["cli-apology", "cli-apology-partial", "cli-down"])
        seeing = Report('signatures: {lies: [{contains: mock}, {contains: sorry}]}\n' +
                        lie % ", not_signature: lies", "--fault", "cli-*")
        self.assertEqual((seeing.status, seeing.named("unseen")), (0, []))

    def test_a_check_that_cannot_fail_is_named(self):
        it = Done(one("""
  - id: health
    service: gateway
    get: /health
    expect: {json: {$.status: ok}}
  - id: never
    service: gateway
    get: /docs
    timeout: 3s
    expect: {status: [2xx, 3xx, 4xx, 5xx]}
    skip_on: [network, timeout, idle_timeout, protocol, truncated, too_large, expectation, cold]
"""))
        self.assertEqual(it.status, 1)
        gap = it.out.split("Checks that no fault turns red")[1]
        self.assertRegex(gap, r"(?m)^  never ")
        self.assertNotRegex(gap.split("Faults that")[0], r"(?m)^  health ")
        self.assertIn("1 check that no fault turns red", it.last)

    def test_an_expectation_that_cannot_fail_is_named(self):
        it = Report(one("""
  - id: health
    service: gateway
    steps:
      - get: /health
        expect:
          header: {content-type: {contains: json}}
          json: {$.status: ok}
          body: {not: {contains: never said}}
          latency: {max: 3s}
          timing: {ttfb: {warn: 2s}}
      - name: again
        get: /health
        expect: {status: {max: 999}}
"""))
        self.assertEqual((it.status, it.named("unseen")), (0, []), it.errors)  # a note, no gap
        note = it.errors.split("Expectations never seen to fail (2)")[1]
        self.assertRegex(note, r"(?m)^    health: step 1: body, again: status$")
        self.assertRegex(it.errors, r", 2 expectations never seen to fail, in \S+$")
        self.assertEqual((it.json["summary"]["expectations"], it.json["summary"]["never_failed"]), (7, 2))
        found = {(e["step"], e["subject"]): e["failed"] for e in it.checks["health"]["expectations"]}
        self.assertEqual(found, {("step 1", "header.content-type"): True, ("step 1", "json.$.status"): True,
                                 ("step 1", "body"): False, ("step 1", "latency"): True, ("step 1", "timing.ttfb"): True,
                                 ("step 1", "status"): True, ("again", "status"): False})

    def test_a_variant_that_fails_is_named(self):
        it = Done(one("""
  - id: picky
    service: gateway
    chat: {model: baseline-cli-agent, user: "Hi", stream: true}
    expect: {stream: {keepalives: 0}}
  - id: warned
    service: gateway
    chat: {model: baseline-cli-agent, user: "Hi", stream: true}
    expect: {stream: {keepalives: {warn: 0}}}
"""), "--fault", "keepalives", "--fault", "crlf")
        self.assertEqual(it.status, 1)
        gap = it.out.split("Not green, though the service is well (1)")[1]
        self.assertRegex(gap, r"(?m)^  keepalives ")
        self.assertRegex(gap, r"(?m)^    picky: fail, expectation: stream.keepalives")
        self.assertRegex(gap, r"(?m)^    warned: warn, ")
        self.assertNotRegex(gap, r"(?m)^  crlf ")

    def test_variants_change_nothing_that_a_check_may_demand(self):
        it = Report(EXACT, "--fault", "unicode-torn", "--fault", "long-*", "--fault", "spread-json")
        self.assertEqual((it.named("broken"), it.status), ([], 0), it.errors)
        self.assertEqual({(row["verdict"], len(row["cells"])) for row in it.rows.values()}, {("green", 4)})

    def test_what_cannot_be_proven_is_named(self):
        it = Report(one("""
  - id: slow
    service: gateway
    get: /health
    expect: {latency: {min: 5s}}
  - id: fine
    service: gateway
    get: /health
    expect: {json: {$.status: ok}}
"""), "--fault", "refused")
        self.assertEqual(it.status, 1)
        self.assertIn("latency", it.checks["slow"]["unproven"])
        self.assertIsNone(it.checks["fine"]["unproven"])
        self.assertEqual([c["check"] for c in it.rows["refused"]["cells"]], ["fine"])

    def test_a_fault_that_meets_nothing_is_not_counted(self):
        it = Report(one("""
  - {id: health, service: gateway, get: /health, expect: {json: {$.status: ok}}}
"""))
        self.assertEqual(it.rows["no-done"]["verdict"], "not_met")
        self.assertEqual(it.rows["docs-404"]["verdict"], "not_met")
        self.assertEqual(it.rows["memory-down"]["verdict"], "not_met")
        self.assertEqual(it.rows["wrong-status"]["verdict"], "seen")
        self.assertFalse(it.cell("no-done", "health")["met"])
        self.assertGreater(it.json["summary"]["not_met"], 20)

    def test_skips_that_the_file_wants_count_as_seen(self):
        file = """
services: {memory: {url: "http://localhost:1"}}
checks:
  - {id: memory, service: memory, get: /health, skip_on: [connect]%s}
"""
        it = Report(file % "", "--fault", "refused", "--fault", "memory-down")
        self.assertEqual((it.status, it.named("skipped")), (0, ["memory-down", "refused"]))

    def test_pauses_outlast_the_limits_and_legal_ones_do_not(self):
        it = Report(one("""
  - id: patient
    service: gateway
    timeout: 2m
    chat: {model: baseline-cli-agent, user: "Count from 1 to 5", stream: true}
  - id: hasty
    service: gateway
    chat: {model: baseline-cli-agent, user: "Hi", stream: true}
    expect: {latency: {max: 3s}}
"""), *(arg for name in ("gap", "stall", "slow*") for arg in ("--fault", name)))
        self.assertEqual((it.named("unseen"), it.named("broken"), it.status), ([], [], 0))
        for fault in ("gap", "stall", "slow-headers", "slow-first-token"):
            patient, hasty = it.cell(fault, "patient"), it.cell(fault, "hasty")
            self.assertEqual((patient["outcome"], patient["met"]), ("pass", True), fault)
            self.assertEqual((hasty["outcome"], hasty["reason"]), ("fail", "expectation"), fault)
        self.assertTrue(it.checks["patient"]["shortened"])

    def test_selection(self):
        it = Report(None, "--check", "gateway-health", "--check", "flow-chat", "--tag", "not flow",
                    "--fault", "status-5*", "--fault", "gzip")
        self.assertEqual(list(it.checks), ["gateway-health"])
        self.assertEqual(list(it.rows), ["healthy", "status-500", "status-502", "status-504",
                                         "status-503", "gzip"])
        self.assertEqual(it.status, 0)
        wrong = Done(None, "--fault", "flaping")
        self.assertEqual(wrong.status, 2)
        self.assertIn('did you mean "flapping"?', wrong.errors)
        self.assertEqual(Done(None, "--check", "nobody").status, 2)
        self.assertEqual(Done("checks: []").status, 2)

    def test_the_matrix_fits_80_columns(self):
        it = Done(None, "--fault", "status-40*", "--fault", "bom")
        self.assertEqual(it.status, 0, it.out)
        lines = it.out.splitlines()
        self.assertLessEqual(max(len(line) for line in lines[:lines.index("")]), 80)
        row = next(line for line in lines if line.startswith("status-404"))
        self.assertRegex(row, r"^status-404 +✗✗✗✗·")
        self.assertRegex(it.out, r"(?m)^ +1 gateway-health +2 gateway-docs$")
        self.assertNotIn("\x1b", it.out)
        self.assertIn("\x1b[31m", Done(None, "--fault", "status-404", "--color", "always").out)

    def test_more_and_less_words(self):
        quiet = Done(WEAK, "--fault", "status-500", "-q").out
        self.assertNotIn("never seen to fail", quiet)  # some faults show nothing of that
        self.assertNotIn("healthy", quiet)
        self.assertRegex(quiet, r"(?m)^  status-500 ")
        loud = Done(None, "--check", "gateway-health", "--fault", "status-500", "-v").out
        self.assertRegex(loud, r"(?m)^ +✗ gateway-health +expectation +status: ")

    def test_many_checks_stand_in_blocks(self):
        checks = "".join(f"  - {{id: c{i}, service: gateway, get: /health}}\n" for i in range(150))
        it = Done(one(checks), "--fault", "status-500")
        self.assertEqual(it.status, 0, it.out)
        self.assertEqual(len(re.findall(r"(?m)^status-500", it.out)), 3)
        lines = it.out.splitlines()
        self.assertLessEqual(max(map(len, lines)), 80)

    def test_interrupted(self):
        with Process(PROGRAM, "--self-test", "--fault", "silence") as process:
            time.sleep(3)  # somewhere in the middle; wherever it is, it ends
            status, _ = process.stop(signal.SIGINT)
            self.assertEqual(status, 130)

    def test_a_report_goes_to_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "proof.json"
            it = Done(None, "--check", "gateway-health", "--fault", "reset", "--json", str(path))
            self.assertTrue(json.loads(path.read_text())["proven"])
            self.assertRegex(it.last, r"^1 check × 1 fault: all seen, in ")


if __name__ == "__main__":
    unittest.main()
