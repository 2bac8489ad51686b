"""The built-in suite against a healthy target and under every fault of faults.py: the outcome and
the reason of all its checks, each time. OUTRIDER_BUILD names the build folder.

    test_spec.py [-v] [CASE ...]      cases by a part of their name
"""
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

from faults import CASES
from target import Target

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = pathlib.Path(os.environ.get("OUTRIDER_SOURCE", HERE.parent.parent))
BUILD = pathlib.Path(os.environ.get("OUTRIDER_BUILD", SOURCE / "build"))
PROGRAM = BUILD / "outrider"
SUITE = SOURCE / "suites" / "janus.yaml"
CHECKS = 37
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
    return fits[-1] if fits else "pass none"


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

    def test_what_is_sent(self):
        """The healthy run's requests, as the target saw them."""
        case = next(c for c in CASES if c.name == "healthy")
        _, target = run(case)
        sent = target.journal
        self.assertTrue(all(r.headers["user-agent"].startswith("outrider/") for r in sent))
        self.assertEqual(["/memories/clear"] * 2, sorted(
            r.path for r in sent if r.method == "DELETE"))
        for path in ("/memories/extract", "/memories/relevant"):
            request = next(r for r in sent if r.path == path)
            user = request.query.get("user_id") or request.json["user_id"]
            self.assertRegex(user, r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")
            self.assertIn(user, [r.query["user_id"] for r in sent if r.path == "/memories/clear"])
        self.assertEqual(0, len([r for r in sent if r.service == "ui" and r.is_chat]))
        recall = next(r for r in sent if r.is_chat and r.question == "What is my name?")
        self.assertEqual(["user", "assistant", "user"], [m["role"] for m in recall.messages])


if __name__ == "__main__":
    Spec.wanted = [a for a in sys.argv[1:] if not a.startswith("-")]
    unittest.main(argv=[a for a in sys.argv if a.startswith("-") or a == sys.argv[0]])
