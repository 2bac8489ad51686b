"""The reports of --run-once, read by programs of others: pytest's names, junit2json, tap-parser."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest
import xml.etree.ElementTree as tree

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from running import HEALTH, MISSING, PATIENCE, Case  # noqa: E402
from serving import answer, delta, in_turn, stream  # noqa: E402

HERE = pathlib.Path(__file__).parent
PACKAGES = HERE.parent / "npm" / "node_modules"
CMARK = shutil.which("cmark-gfm")
PYTEST = shutil.which("pytest-3") or shutil.which("pytest")

HOSTILE = ('| `tick` <b>bold</b> & @octocat https://e.example [l](http://z) *x* _y_ ]]> <!-- --></pre></details>\n'
           '\n# head\n::set-output name=a::b\n::stop-commands::t\n##[add-mask]q %0A\n'
           'not ok 99 - forged # TODO\nBail out!\n1..0\n  ...\n\x00\x1b[31m\x07\u202e\ufffe\U0001f680 "q"')
ALL = ["--json", "r.json", "--junit", "r.xml", "--tap", "r.tap", "--markdown", "r.md"]
# One of each standing.
MIXED = [
    HEALTH,
    "{id: evil, title: 'Evil | <title>', service: api, get: /evil}",
    "{id: wrong, service: other, spec: 'tests/integration/test_z.py::TestX::test_y', get: /quote,"
    " expect: {json: {$.status: ok}}}",
    "{id: many, service: other, matrix: {n: [one, 'a/b']}, spec: 'tests/test_m.py::test_many', get: '/health?n={{n}}'}",
    "{id: flaky, service: api, get: /flaky, retries: {times: 2, backoff: 1ms}}",
    "{id: warned, service: api, get: /health, expect: {latency: {warn: 1us}}}",
    "{id: known, service: api, get: /nothing, known_issue: {reason: 'ticket #12'}}",
    "{id: surprise, service: api, get: /health, known_issue: {reason: ticket 13}}",
    "{id: keyed, service: api, get: /health, requires_env: [OUTRIDER_TEST_UNSET]}",
    "{id: talk, service: api, chat: {model: m, user: Hi, stream: true}, expect: {stream: {ttft: {max: 1us}}}}",
]


class Reporting(Case):
    """Runs one of each standing, once for the whole class's purposes, and has the reports at hand."""

    def setUp(self):
        super().setUp()
        self.server.routes |= {
            "/evil": answer(500, HOSTILE),
            "/quote": answer(200, {"status": HOSTILE}),
            "/flaky": in_turn(answer(503, {"detail": "warming up"}), answer(200)),
            "/v1/chat/completions": stream(delta("one"), delta(finish_reason="stop"), "data: [DONE]\n\n"),
        }

    def mixed(self, *args, **more):
        url = self.server.url
        config = self.write(MIXED, f'{{api: {{url: "{url}"}}, other: {{url: "{url}"}}}}', more="mode: local\n")
        status, out, err = self.outrider("--run-once", "--config", config, *args, **more)
        self.assertEqual(status, 1, err)
        return out, err

    def text(self, name):
        return (self.folder / name).read_text()


def reader(kind, path):
    got = subprocess.run(["node", HERE / "readers.mjs", kind, path], capture_output=True, timeout=PATIENCE, check=True)
    return json.loads(got.stdout)


class JUnit(Reporting):
    COUNTS = {"api": (8, 2, 2), "other": (3, 1, 0)}  # tests, failures, skipped

    def case(self, suites, check):
        return next(c for c in suites.iter("testcase")
                    if c.find("properties/property[@name='check']").get("value") == check)

    def test_shape(self):
        self.mixed(*ALL)
        report, suites = json.loads(self.text("r.json")), tree.parse(self.folder / "r.xml").getroot()
        self.assertEqual((suites.tag, suites.get("tests"), suites.get("failures"), suites.get("errors"),
                          suites.get("skipped")), ("testsuites", "11", "3", "0", "2"))
        self.assertAlmostEqual(float(suites.get("time")), report["duration_s"], delta=0.002)
        self.assertEqual([s.get("name") for s in suites], ["api", "other"])
        for suite in suites:
            cases = suite.findall("testcase")
            found = (len(cases), len(suite.findall("testcase/failure")), len(suite.findall("testcase/skipped")))
            self.assertEqual(found, self.COUNTS[suite.get("name")])
            self.assertEqual(tuple(int(suite.get(n)) for n in ("tests", "failures", "skipped")), found)
            self.assertRegex(suite.get("timestamp"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")
            self.assertAlmostEqual(float(suite.get("time")), sum(float(c.get("time")) for c in cases), delta=0.02)
            for case in cases:
                self.assertLessEqual([child.tag for child in case][1:],
                                     [t for t in ("failure", "skipped", "system-out") if case.find(t) is not None])
        for check in report["checks"]:
            case = self.case(suites, check["id"])
            self.assertAlmostEqual(float(case.get("time")), check["duration_s"], delta=0.001)
            self.assertEqual(case.find("properties/property[@name='outcome']").get("value"), check["outcome"])
        wrong = self.case(suites, "wrong")
        self.assertEqual((wrong.get("classname"), wrong.get("name")),
                         ("tests.integration.test_z.TestX", "test_y"))
        self.assertEqual(wrong.find("failure").get("type"), "expectation")
        self.assertIn("expected \"ok\"", wrong.find("failure").get("message"))
        for word in ("expected  \"ok\"", "curl ", "request"):
            self.assertIn(word, wrong.find("system-out").text)
        self.assertEqual(self.case(suites, "known").find("skipped").get("type"), "known_issue")
        self.assertIn("ticket #12", self.case(suites, "known").find("skipped").get("message"))
        self.assertIn("attempt 1 failed: ", self.case(suites, "flaky").find("system-out").text)
        self.assertIsNone(self.case(suites, "warned").find("failure"))
        self.assertIsNotNone(self.case(suites, "warned").find("properties/property[@name='warning']"))
        self.assertEqual(self.case(suites, "evil").find("properties/property[@name='title']").get("value"),
                         "Evil | <title>")

    @unittest.skipUnless(PYTEST, "needs pytest")
    def test_names_are_those_of_pytest(self):
        tests = self.folder / "tests" / "deep"
        tests.mkdir(parents=True)
        (tests / "test_z.py").write_text(
            "import pytest\n"
            "class TestX:\n"
            "    def test_y(self): pass\n"
            "    class TestIn:\n"
            "        def test_in(self): assert 0\n"
            "@pytest.mark.parametrize('n', ['one', 'a/b.py', 'c::d', 'e[1]'])\n"
            "def test_many(n): pass\n"
            "def test_top(): pytest.skip('why')\n")
        self.pytest()
        spec = "tests/deep/test_z.py::"
        self.once(
            f"{{id: a, service: api, get: /health, spec: '{spec}TestX::test_y'}}",
            f"{{id: b, service: api, get: /nothing, spec: '{spec}TestX::TestIn::test_in'}}",
            f"{{id: c, service: api, get: /health, spec: '{spec}test_top', requires_env: [OUTRIDER_TEST_UNSET]}}",
            f"{{id: d, service: api, get: '/health?n={{{{n}}}}', spec: '{spec}test_many', matrix: {{n: [one]}}}}",
            f"{{id: g, service: api, get: '/health?n={{{{n}}}}', spec: '{spec}test_many[{{{{n}}}}]',"
            " matrix: {n: [a/b.py]}}",
            f"{{id: e, service: api, get: /health, spec: '{spec}test_many[c::d]'}}",
            f"{{id: f, service: api, get: /health, spec: '{spec}test_many[e[1]]'}}",
            args=["--junit", "ours.xml"], status=1)

        self.assertEqual(len(self.named("pytest.xml")), 7)
        self.assertEqual(self.named("ours.xml"), self.named("pytest.xml"))

    @unittest.skipUnless(PYTEST, "needs pytest")
    def test_the_built_in_suite_lines_up_with_the_tests_it_stands_for(self):
        self.outrider("--demo", "--run-once", "--json", "r.json", "--junit", "ours.xml", "--quiet")
        specs = {check["spec"] for check in json.loads(self.text("r.json"))["checks"] if check["spec"]}
        self.assertGreater(len(specs), 30)
        files = {}
        for path, group, test in (spec.split("::") for spec in specs):
            files.setdefault(path, {}).setdefault(group, []).append(test)
        for path, groups in files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text("\n".join(
                f"class {group}:\n" + "".join(f"    def {test}(self): pass\n" for test in tests)
                for group, tests in groups.items()))
        self.pytest()
        theirs, ours = self.named("pytest.xml"), self.named("ours.xml")
        self.assertEqual(len(theirs), len(specs))
        self.assertEqual(set(theirs) - set(ours), set())

    def pytest(self):
        subprocess.run([PYTEST, "-q", "-p", "no:cacheprovider", "--junitxml", "pytest.xml"], cwd=self.folder,
                       stdout=subprocess.DEVNULL, timeout=PATIENCE)

    def named(self, path):
        return {(c.get("classname"), c.get("name")): [t.tag for t in c if t.tag in ("failure", "skipped")]
                for c in tree.parse(self.folder / path).getroot().iter("testcase")}

    @unittest.skipUnless(PACKAGES.is_dir(), "needs tests/npm (scripts/deps --test)")
    def test_junit2json_reads_it(self):
        self.mixed("--junit", "r.xml")
        suites = reader("junit", self.folder / "r.xml")
        self.assertEqual((suites["tests"], suites["failures"]), (11, 3))
        found = {s["name"]: (s["tests"], s["failures"], s["skipped"]) for s in suites["testsuite"]}
        self.assertEqual(found, self.COUNTS)
        cases = {c["name"]: c for s in suites["testsuite"] for c in s["testcase"]}
        self.assertIn("status: expected 2xx, got 500", cases["evil"]["failure"][0]["message"])
        self.assertIn("::set-output", cases["evil"]["system-out"][0])
        self.assertEqual(cases["keyed"]["skipped"][0]["message"], "env: OUTRIDER_TEST_UNSET is not set")


class Tap(Reporting):
    @unittest.skipUnless(PACKAGES.is_dir(), "needs tests/npm (scripts/deps --test)")
    def test_tap_parser_reads_it(self):
        self.mixed(*ALL)
        read, report = reader("tap", self.folder / "r.tap"), json.loads(self.text("r.json"))
        self.assertEqual((str(read["version"]), read.get("bailout")), ("13", None))
        result = read["result"]
        self.assertEqual({n: result[n] for n in ("count", "pass", "fail", "skip", "todo", "failures")}
                         | {"failures": sum(1 for f in result["failures"] if not f.get("todo"))},
                         {"count": 11, "pass": 7, "fail": 4, "skip": 1, "todo": 2, "failures": 3})
        self.assertFalse(any(f.get("tapError") for f in result["failures"]), result["failures"])
        for check, test in zip(report["checks"], read["tests"], strict=True):
            self.assertEqual(test["ok"], check["outcome"] != "fail")
            self.assertTrue(test["name"].startswith(check["id"]), test["name"])
            diagnostics = test["diag"] or {}
            if check["message"]:
                self.assertEqual(diagnostics["message"], check["message"])
            if check["outcome"] == "fail":
                self.assertEqual([(e["subject"], e["expected"], e["actual"]) for e in diagnostics["expectations"]],
                                 [(e["subject"], e["expected"], e["actual"]) for e in check["expectations"]
                                  if e["outcome"] != "pass"])
                self.assertEqual(diagnostics["curl"], check["evidence"]["curl"])
        tests = {test["name"]: test for test in read["tests"]}
        self.assertEqual(tests["known"]["todo"], "ticket #12")
        self.assertEqual(tests["keyed"]["skip"], "env: OUTRIDER_TEST_UNSET is not set")
        flaky = tests["flaky (passed after retry: 2 attempts)"]
        self.assertTrue(flaky["diag"]["notes"][0].startswith("attempt 1 failed: "))

    @unittest.skipUnless(shutil.which("prove"), "needs perl's prove")
    def test_prove_reads_it(self):
        self.mixed("--tap", "r.tap")
        done = subprocess.run(["prove", "--exec", "cat", "r.tap"], cwd=self.folder, timeout=PATIENCE, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertNotIn("Parse errors", done.stdout)
        self.assertIn("Failed 3/11 subtests", done.stdout)


class Markdown(Reporting):
    def test_nothing_of_a_service_is_outside_its_tags(self):
        self.mixed("--markdown", "r.md")
        text = self.text("r.md")
        self.assertRegex(text, r"\A## \S+ 3 of 11 checks failed\n\n<p>5 passed \(1 after retry\), 1 warned, 3 failed, ")
        bare = re.sub(r"<(code|pre)>[^<]*</\1>", "", text)
        for word in ("octocat", "https", "set-output", "`", "|", "*", "evil"):
            self.assertNotIn(word, bare)
        self.assertEqual(set(re.findall(r"</?[a-z]+", bare)) - {"<code", "<pre"},
                         {w for n in ("p", "table", "tr", "th", "td", "details", "summary") for w in (f"<{n}", f"</{n}")})
        for block in text.split("\n\n"):
            self.assertTrue(block == "" or block.startswith(("## ", "<p>", "<table>", "<details>")), block)
        root = tree.fromstring("<r>" + text.split("\n", 1)[1] + "</r>")
        first = root.find("table").findall("tr")[1]
        self.assertEqual([td.findtext("code") for td in first][1:4], ["evil", "status", "2xx"])
        self.assertEqual([s.text for s in root.iter("summary")][-1], "3 passed")


    @unittest.skipUnless(CMARK, "needs cmark-gfm")
    def test_githubs_own_reader_finds_nothing_in_it_but_what_we_wrote(self):
        self.mixed("--markdown", "r.md")
        html = subprocess.run([CMARK, "--unsafe", "-e", "autolink", "-e", "table", "-e", "strikethrough", "r.md"],
                              cwd=self.folder, capture_output=True, timeout=PATIENCE, check=True).stdout.decode()
        tags = set(re.findall(r"<([a-z0-9]+)", html))
        self.assertEqual(tags, {"h2", "p", "table", "tr", "th", "td", "details", "summary", "code", "pre"})
        self.assertEqual(html.split("\n", 1)[1], self.text("r.md").split("\n\n", 1)[1].replace("\n\n", "\n"))


class GitHub(Reporting):
    def setUp(self):
        super().setUp()
        self.summary = self.folder / "summary.md"
        self.env = {"GITHUB_STEP_SUMMARY": str(self.summary), "GITHUB_WORKSPACE": str(self.folder)}

    def obeyed(self, out):
        """The commands that a runner would carry out, as its sources say: those of a line's beginning, blanks
        aside, and ##[...] anywhere; none between ::stop-commands::TOKEN and ::TOKEN::."""
        token, found = None, []
        for line in out.splitlines():
            command = re.match(r"\s*::([^ :]+)(?: ([^:]*(?::(?!:)[^:]*)*))?::(.*)", line)
            old = re.search(r"##\[([^\]]*)\](.*)", line)
            name = command.group(1) if command else old.group(1) if old else None
            if token:
                token = None if name == token else token
            elif name == "stop-commands":
                token = command.group(3)
            elif name:
                found.append((name, command.group(2) if command else "", command.group(3) if command else ""))
        self.assertIsNone(token)
        return found

    def test_annotations(self):
        out, _ = self.mixed("--github", env=self.env)
        commands = self.obeyed(out)
        self.assertEqual([name for name, _, _ in commands],
                         ["group", "endgroup", "error", "error", "notice", "warning", "notice", "warning", "error"])
        for name, properties, message in commands[2:]:
            self.assertRegex(properties, r"^file=checks\.yaml,line=\d+,title=[a-z]+$")
            self.assertNotRegex(message, r"%(?!25|0A|0D)")
        lines = self.text("checks.yaml").splitlines()
        for _, properties, _ in commands[2:]:
            line, title = re.search(r"line=(\d+),title=(.*)", properties).groups()
            self.assertIn(f"id: {title},", lines[int(line) - 1])
        self.assertIn("## ", self.summary.read_text())

    def test_the_summary_is_added_to_what_is_there(self):
        self.summary.write_text("# Before\n")
        self.mixed("--github", "--markdown", "r.md", env=self.env)
        self.assertEqual(self.summary.read_text(), "# Before\n" + self.text("r.md"))

    def test_the_summary_has_a_limit(self):
        before = "x" * ((1 << 20) - 2000) + "\n"
        self.summary.write_text(before)
        self.mixed("--github", env=self.env)
        text = self.summary.read_bytes()
        self.assertLessEqual(len(text), 1 << 20)
        self.assertIn(b"left out here", text)
        full = "x" * (1 << 20)
        self.summary.write_text(full)
        config = self.write([HEALTH])
        status, _, err = self.outrider("--run-once", "--config", config, "--github", env=self.env)
        self.assertEqual(status, 3)
        self.assertIn("no room", err)
        self.assertEqual(self.summary.read_text(), full)

    def test_without_a_summary(self):
        out, err = self.mixed("--github", env={"GITHUB_STEP_SUMMARY": ""})
        self.assertEqual(err, "")


class Places(Reporting):
    def test_one_may_take_standard_output(self):
        for option, begin in (("--junit", "<?xml "), ("--tap", "TAP version 13\n"), ("--markdown", "## ")):
            out, err = self.mixed(option, "-")
            self.assertTrue(out.startswith(begin), out[:80])
            self.assertIn("✗ evil", err)
            self.server.routes["/flaky"] = in_turn(answer(503), answer(200))

    def test_not_two_at_one_place(self):
        path = self.write([HEALTH])
        for args, word in ((["--json", "-", "--tap", "-"], "--json and --tap both go to standard output"),
                           (["--junit", "-", "--markdown", "/dev/stdout"], "both go to standard output"),
                           (["--junit", "a", "--tap", "a"], "--junit and --tap both go to a")):
            status, out, err = self.outrider("--run-once", "--config", path, *args)
            self.assertEqual((status, out), (2, ""))
            self.assertIn(word, err)
        self.assertEqual(self.server.asked, [])

    def test_what_can_not_be_written_is_found_out_first(self):
        path = self.write([HEALTH])
        for option in ("--json", "--junit", "--tap", "--markdown"):
            status, _, err = self.outrider("--run-once", "--config", path, option, "none/report")
            self.assertEqual(status, 3)
            self.assertIn("can't write none/report: No such file or directory", err)
        status, _, err = self.outrider("--run-once", "--config", path, "--github",
                                       env={"GITHUB_STEP_SUMMARY": "none/summary"})
        self.assertEqual((status, "none/summary" in err), (3, True))
        self.assertEqual(self.server.asked, [])

    def test_one_that_fails_does_not_cost_the_others(self):
        path = self.write([HEALTH])
        status, _, err = self.outrider("--run-once", "--config", path, "--json", "/dev/full", "--tap", "r.tap")
        self.assertEqual(status, 3)
        self.assertIn("No space left", err)
        self.assertIn("ok 1 - health", self.text("r.tap"))

    def test_an_interrupted_run_is_reported(self):
        self.server.routes["/never"] = answer(200, after=PATIENCE)
        path = self.write([HEALTH, "{id: never, service: api, get: /never}", MISSING])
        process = self.start("--run-once", "--config", path, "--jobs", "1", *ALL)
        while "/never" not in self.server.paths():
            pass
        process.terminate()
        self.assertEqual(self.end(process)[0], 130)
        self.assertIn("Bail out! interrupted", self.text("r.tap"))
        self.assertIn("Interrupted", self.text("r.md"))
        suites = tree.parse(self.folder / "r.xml").getroot()
        self.assertEqual((suites.get("tests"), suites.get("skipped")), ("3", "2"))
        self.assertIsNotNone(suites.find("testsuite/properties/property[@name='interrupted']"))


    def test_secrets_are_in_none(self):
        def echo(handler):
            answer(500, {"you sent": handler.headers["X-Key"], "at": handler.path})(handler)
        self.server.routes["/echo"] = echo
        config = self.write(['{id: echo, service: api, get: {path: /echo, query: {key: "${OUTRIDER_TEST_KEY}"},'
                             ' headers: {X-Key: "${OUTRIDER_TEST_KEY}"}}, retries: {times: 1, backoff: 1ms}}'])
        status, out, err = self.outrider("--run-once", "--config", config, *ALL, "--github", "--verbose",
                                         env={"OUTRIDER_TEST_KEY": "canary-<4711>", "GITHUB_STEP_SUMMARY": "s.md"})
        self.assertEqual((status, self.server.asked[0].headers["X-Key"]), (1, "canary-<4711>"))
        for name in ("r.json", "r.xml", "r.tap", "r.md", "s.md"):
            self.assertIn("[redacted]", self.text(name))
            out += self.text(name)
        self.assertIsNone(re.search("canary|4711", out + err))


class Rerun(Reporting):
    def again(self, *args, status=0, report="first.json", **more):
        config = self.folder / "checks.yaml"
        got, out, err = self.outrider("--run-once", "--config", config, "--rerun-failed", report, "--json", "r.json",
                                      *args, **more)
        self.assertEqual(got, status, out + err)
        if status > 1:
            return err
        return [check["id"] for check in json.loads(self.text("r.json"))["checks"]], out, err

    def test_what_failed_and_nothing_else(self):
        self.mixed("--json", "first.json")
        self.server.routes["/evil"] = answer(200)
        self.assertEqual(self.again(status=1)[0], ["evil", "wrong", "talk"])
        self.assertEqual(self.again(report="r.json", status=1)[0], ["wrong", "talk"])

    def test_with_other_selections(self):
        self.mixed("--json", "first.json")
        self.assertEqual(self.again("--service-only", "other", status=1)[0], ["wrong"])
        self.assertEqual(self.again("--check", "known", "--check", "evil", status=1)[0], ["evil", "known"])
        ids, out, _ = self.again("--check", "health")
        self.assertEqual((ids, out), ([], "nothing to run again: no selected check failed in first.json\n"))
        status, out, _ = self.outrider("--list", "--config", "checks.yaml", "--rerun-failed", "first.json")
        self.assertEqual([line.split()[0] for line in out.splitlines()], ["evil", "wrong", "talk"])
        self.assertIn("no check \"helth\"", self.again("--check", "helth", status=2))

    def test_what_was_cancelled(self):
        config = self.write([MISSING, HEALTH, "{id: more, service: api, get: /health}"])
        _, out, _ = self.outrider("--run-once", "--config", config, "--fail-fast", "--jobs", "1", "--json", "first.json")
        self.assertIn("1 failed, 2 cancelled in ", out)
        self.assertEqual(self.again(status=1)[0], ["missing", "health", "more"])

    def test_what_is_as_bad_as_a_failure(self):
        config = self.write([HEALTH, "{id: slow, service: api, get: /health, expect: {latency: {warn: 1us}}}",
                             "{id: env, service: api, get: /health, requires_env: [OUTRIDER_TEST_NEVER_SET]}"])
        self.outrider("--run-once", "--config", config, "--json", "first.json")
        self.assertEqual(self.again()[0], [])
        self.assertEqual(self.again("--fail-on", "warn", status=1)[0], ["slow"])
        self.assertEqual(self.again("--fail-on", "skip", status=1)[0], ["slow", "env"])

    def test_from_standard_input(self):
        self.mixed("--json", "first.json")
        with open(self.folder / "first.json") as report:
            ids, _, _ = self.again("--check", "evil", report="-", stdin=report, status=1)
        self.assertEqual(ids, ["evil"])

    def test_what_is_gone(self):
        config = self.write([MISSING, HEALTH], more="mode: local\n")
        report = {"version": 1, "tool": "outrider 0.1.0", "mode": "away",
                  "checks": [{"id": "old\x1b[31m", "outcome": "fail"}, {"id": "missing", "outcome": "fail"}]}
        (self.folder / "first.json").write_text(json.dumps(report))
        ids, _, err = self.again(status=1)
        self.assertEqual(ids, ["missing"])
        self.assertIn("old\\x1b[31m failed in the report; there is no such check any more", err)
        self.assertIn("another mode, \"away\"", err)
        report["checks"].pop()
        (self.folder / "first.json").write_text(json.dumps(report))
        self.assertIn("no check is left", self.again(status=2))

    def test_disabled_checks_that_failed(self):
        self.write([HEALTH, "{id: off, service: api, get: /nothing, enabled: false}"])
        self.outrider("--run-once", "--config", "checks.yaml", "--check", "off", "--json", "first.json")
        self.assertEqual(self.again(status=1)[0], ["off"])

    def test_what_is_no_report(self):
        self.write([HEALTH])
        for text, words in (("", "no JSON: at byte 0"), ("{", "no JSON"), ("[]", "no report that --json wrote"),
                            ('{"version": 1, "tool": "pytest"}', "no report that --json wrote"),
                            ('{"version": 2, "tool": "outrider 9.0.0", "checks": []}', "version is 2"),
                            ('{"version": 1, "tool": "outrider 0.1.0"}', "no list of checks"),
                            ('{"version": 1, "tool": "outrider 0.1.0", "checks": [{}]}', "check 1 has no id"),
                            ('{"version": 1, "tool": "outrider 0.1.0", "checks": [7]}', "check 1 has no id")):
            (self.folder / "first.json").write_text(text)
            err = self.again(status=2)
            self.assertIn("--rerun-failed first.json: ", err)
            self.assertIn(words, err)
        self.assertIn("No such file", self.again(report="none.json", status=2))
        self.assertEqual(self.server.asked, [])

    def test_nothing_failed(self):
        self.write([HEALTH])
        self.outrider("--run-once", "--config", "checks.yaml", "--json", "first.json")
        ids, out, err = self.again("--github", env=dict(os.environ, GITHUB_STEP_SUMMARY="s.md"))
        self.assertEqual((ids, err), ([], ""))
        self.assertIn("nothing to run again", out)
        self.assertIn("Nothing to run", self.text("s.md"))


if __name__ == "__main__":
    unittest.main()
