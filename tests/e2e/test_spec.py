"""The built-in suite against a healthy target and under every fault of faults.py: the outcome and
the reason of all its checks, each time. OUTRIDER_BUILD names the build folder.

    test_spec.py [-v] [CASE ...]      cases by a part of their name
"""
import base64
import concurrent.futures
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from faults import CASES, OURS, Case
from support import BUILD, SOURCE
from target import Target

PROGRAM = BUILD / "outrider"
SUITE = SOURCE / "suites" / "janus.yaml"
CHECKS = 38
SIDE_BY_SIDE = 8
PATIENCE_S = 120


def shortened(folder):
    """The suite in a hurry: silence for 2 s, an answer within 1 s."""
    text = SUITE.read_text()
    for old, new in ((r"idle_timeout: \w+", "idle_timeout: 2s"), ("max: 60s", "max: 1s")):
        text, n = re.subn(old, new, text)
        assert n, old
    path = pathlib.Path(folder) / "janus.yaml"
    path.write_text(text)
    return path


def run(case, suite=None):
    """The finished process, and the target with its journal."""
    target = Target(case.fault, case.down)
    args = [PROGRAM, "--run-once", "--json", "-"]
    for service, url in target.urls.items():
        args += ["--service", f"{service}={case.url(service, url)}"]
    if suite:
        args += ["--config", suite]
    env = {k: v for k, v in os.environ.items() if k not in ("CHUTES_API_KEY", "TEST_MODE")}
    try:
        done = subprocess.run(args, env=env | case.env, capture_output=True, timeout=PATIENCE_S,
                              check=False)
    finally:
        target.close()
    return done, target


def expected_of(case, check):
    """The last of the case's names that fits."""
    fits = [what for name, what in case.expected.items() if fnmatch.fnmatchcase(check, name)]
    what = fits[-1] if fits else "pass none"
    return what.replace("warn", "fail") if check == OURS else what


def faults_of(case, done):
    """What the report says otherwise than the table: a list of lines."""
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return [f"no report, exit status {done.returncode}: {done.stderr.decode()[-2000:]}"]
    lines = []
    for check in report["checks"]:
        seen = f"{check['outcome']} {check['reason']}"
        wanted = expected_of(case, check["id"])
        if seen != wanted:
            lines.append(f"{check['id']}: {seen}, not {wanted}: {check['message']}")
    if len(report["checks"]) != CHECKS:
        lines.append(f"{len(report['checks'])} checks, not {CHECKS}")
    failed = any(check["outcome"] == "fail" for check in report["checks"])
    if done.returncode != int(failed):
        lines.append(f"exit status {done.returncode}")
    return lines


class Spec(unittest.TestCase):
    wanted = []

    def test_every_fault(self):
        cases = [c for c in CASES if not self.wanted or any(w in c.name for w in self.wanted)]
        cases.sort(key=lambda c: not c.slow)
        with (tempfile.TemporaryDirectory() as folder,
              concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool):
            short = shortened(folder)
            runs = {case: pool.submit(run, case, short if case.short else None) for case in cases}
            for case, future in runs.items():
                with self.subTest(case.name):
                    done, _ = future.result()
                    self.assertEqual([], faults_of(case, done))

    def sent(self, **env):
        """The requests of a healthy run, as the target saw them; its report."""
        done, target = run(Case("sent", env=env))
        self.assertEqual(0, done.returncode, done.stdout)
        return target.journal, done.stdout.decode()

    def test_every_request_says_whose_it_is(self):
        requests, _ = self.sent()
        for request in requests:
            self.assertRegex(request.headers["user-agent"], "^outrider/")
            self.assertRegex(request.headers["traceparent"], "^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$")
            self.assertRegex(request.headers["x-request-id"],
                             "^(gateway|baseline|memory|flow|resilience|ui)-")

    def test_a_user_of_the_memory_is_new_and_is_cleared(self):
        requests, _ = self.sent()
        users = {r.query["user_id"] for r in requests if r.method == "DELETE"}
        self.assertEqual(2, len(users))
        for path in ("/memories/extract", "/memories/relevant"):
            request = next(r for r in requests if r.path == path)
            user = request.query.get("user_id") or request.json["user_id"]
            self.assertRegex(user, "^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")
            self.assertIn(user, users)

    def test_a_conversation_brings_its_answer_along(self):
        requests, _ = self.sent()
        recall = next(r for r in requests if r.is_chat and r.question == "What is my name?")
        self.assertEqual(["user", "assistant", "user"], [m["role"] for m in recall.messages])
        self.assertEqual("Hello! How can I help?", recall.messages[1]["content"])

    def test_the_user_interface_is_never_chatted_with(self):
        requests, _ = self.sent()
        self.assertEqual(["/"], [r.path for r in requests if r.service == "ui"])

    def test_a_password_goes_to_the_gateway_and_nowhere_else(self):
        requests, report = self.sent(JANUS_PRE_RELEASE_PASSWORD="open-sesame")
        for request in requests:
            wanted = "open-sesame" if request.service == "gateway" else None
            self.assertEqual(wanted, request.headers.get("x-prereleasepassword"))
        self.assertNotIn("open-sesame", report)
        self.assertNotIn("x-prereleasepassword", self.sent()[0][0].headers)

    def test_a_recording_and_its_key_are_sent(self):
        requests, report = self.sent(CHUTES_API_KEY="k-e-y")
        request = next(r for r in requests if r.path == "/api/transcribe")
        self.assertEqual("Bearer k-e-y", request.headers["authorization"])
        self.assertEqual(b"RIFF", base64.b64decode(request.json["audio_b64"])[:4])
        self.assertNotIn("k-e-y", report)


if __name__ == "__main__":
    Spec.wanted = [a for a in sys.argv[1:] if not a.startswith("-")]
    unittest.main(argv=[a for a in sys.argv if a.startswith("-") or a == sys.argv[0]])
