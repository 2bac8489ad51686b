"""--explain and --print-config: what a configuration means, and where each value comes from."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["OUTRIDER_SOURCE"])
PROGRAM = pathlib.Path(os.environ["OUTRIDER_BUILD"]) / "outrider"
SUITE = SOURCE / "suites/janus.yaml"
SECRET = "canary-7fd1c2"

CHECKS = """\
mode: ${SHOP_MODE:-local}
services:
  shop:
    urls: {local: http://localhost:8000, deployed: https://shop.example.org}
    headers: {Authorization: "Bearer ${SHOP_KEY}"}
defaults: {timeout: 30s, every: "${SHOP_EVERY:-60s}", health: {down_after: 2 of 4}}
checks:
  - id: code
    service: shop
    matrix: {model: [a, b], limit: [5s]}
    timeout: "{{limit}}"
    requires_env: [SHOP_KEY, SHOP_NO]
    known_issue: {reason: "ticket 12", until: 2020-01-31}
    retries: {times: 1}
    chat: {model: "{{model}}", user: "It is {{$now}}, ${SHOP_KEY}"}
    expect:
      status: [200, 5xx]
      latency: {warn: 3s, max: 90s}
  - id: turns
    service: shop
    steps:
      - {cleanup: true, name: last, delete: /x, until: headers}
      - {name: one, get: /a, capture: {reply: "$.id"}}
      - {name: two, post: {path: "/b/{{reply}}", json: {id: "{{reply}}"}}, redirects: 3}
"""


class Folder(unittest.TestCase):
    maxDiff = 3000

    def setUp(self):
        self.held = tempfile.TemporaryDirectory()
        self.addCleanup(self.held.cleanup)
        self.folder = pathlib.Path(self.held.name)
        self.path = self.folder / "checks.yaml"
        self.path.write_text(CHECKS)

    def run_it(self, *arguments, config=None, status=0, **environment):
        known = {"PATH": os.environ["PATH"], "SHOP_KEY": SECRET, **environment}
        ran = subprocess.run([PROGRAM, *arguments, "--config", config or self.path], capture_output=True, text=True,
                             timeout=60, check=False, env=known)
        self.assertEqual(ran.returncode, status, ran.stderr)
        self.assertNotIn(SECRET, ran.stdout + ran.stderr)
        return ran.stderr if status else ran.stdout


class Explain(Folder):
    def rows(self, *arguments, **environment):
        """Lines with their blanks squeezed: name, value, origin."""
        text = self.run_it(*arguments, **environment)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        return [re.sub(r"\s{2,}", " | ", line.strip()) for line in text.splitlines()]

    def test_each_value_says_where_it_comes_from(self):
        rows = self.rows("--explain", "code[a,5s]", SHOP_MODE="deployed")
        for row in ["code[a,5s] | checks.yaml:8", "url | https://shop.example.org | checks.yaml:4",
                    "mode | deployed | $SHOP_MODE (checks.yaml:1)", "timeout | 5s | matrix (checks.yaml:11)",
                    "health.down_after | 2 of 4 | defaults (checks.yaml:6)", "health.up_after | 2 | built in",
                    "retries.times | 1 | checks.yaml:14", "status | one of 200, 5xx | checks.yaml:17",
                    "latency | at most 90s, warns above 3s | checks.yaml:18",
                    "Authorization: | Bearer [redacted] | $SHOP_KEY (checks.yaml:5)",
                    "POST | https://shop.example.org/v1/chat/completions"]:
            self.assertIn(row, rows)
        every = next(i for i, row in enumerate(rows) if row.startswith("every | 1m, offset "))
        self.assertEqual(rows[every + 1], "default of $SHOP_EVERY (defaults, checks.yaml:6)")

    def test_the_command_line_and_the_environment_count(self):
        rows = self.rows("--explain", "code", "--retries", "4", "--mode", "deployed", "--service",
                         "shop=http://127.0.0.1:9")
        for row in ["retries.times | 4 | --retries", "mode | deployed | --mode", "url | http://127.0.0.1:9 | --service",
                    "code[b,5s] | checks.yaml:8"]:
            self.assertIn(row, rows)
        text = "\n".join(rows)
        self.assertIn("SHOP_KEY (set), SHOP_NO (not set: skipped)", text)
        self.assertIn("2020-01-31: over, it counts as a failure again", text)

    def test_requests_keep_their_names_and_steps_their_order(self):
        text = self.run_it("--explain", "turns")
        self.assertIn("http://localhost:8000/b/{{reply}}", text)
        self.assertIn('{"id":"{{reply}}"}', text)
        titles = re.findall(r"^Step (.*)$", text, re.M)
        self.assertEqual(titles, ["1 of 3, one sends", "2 of 3, two sends",
                                  "3 of 3, last (cleanup: always runs, never judged) sends"])
        steps = [[re.sub(r"\s{2,}", " | ", line.strip()) for line in step.splitlines()]
                 for step in re.split(r"^Step ", text, flags=re.M)]
        self.assertIn("{{reply}} is | $.id | checks.yaml:23", steps[1])
        self.assertIn("redirects | 3 | checks.yaml:24", steps[2])
        self.assertIn("until | headers | checks.yaml:22", steps[3])

    def test_an_unknown_id_is_told_its_neighbour(self):
        self.assertIn('did you mean "turns"', self.run_it("--explain", "turn", status=2))

    def test_every_check_of_the_suite_can_be_explained(self):
        text = self.run_it("--explain", "*", config=SUITE)
        listed = self.run_it("--list", config=SUITE)
        self.assertEqual(text.count("\nWhat it is\n"), len(listed.splitlines()))


class PrintConfig(Folder):
    """Printed, loaded and printed again, a configuration is the same, and so is what it means."""

    def meaning(self, config, *options, **environment):
        """What --explain and --list say, without where it comes from."""
        text = self.run_it("--explain", "*", *options, config=config, **environment)
        origin = re.compile(r"built in|the only one|--\w+|.*\.yaml:\d+\)?")
        rows = []
        for line in text.splitlines():
            cells = re.split(r"\s{2,}", line.strip())
            if origin.fullmatch(cells[-1]):
                cells.pop()
            rows += [cells] if cells else []
        return rows + self.run_it("--list", config=config, **environment).splitlines()

    def hold(self, config, *options, **environment):
        first = self.folder / "first.yaml"
        second = self.folder / "second.yaml"
        first.write_text(self.run_it("--print-config", *options, config=config, **environment))
        second.write_text(self.run_it("--print-config", config=first, **environment))
        self.assertEqual(first.read_text(), second.read_text())
        self.assertEqual(self.meaning(config, *options, **environment), self.meaning(first, **environment))
        return first.read_text()

    def test_the_suite(self):
        text = self.hold(SUITE, TEST_MODE="deployed")
        self.assertIn('X-PreReleasePassword: "${JANUS_PRE_RELEASE_PASSWORD:-}"', text)
        self.assertIn("mode: deployed", text)

    def test_good_files(self):
        for path in sorted((SOURCE / "tests/unit/config/good").glob("*.yaml")):
            with self.subTest(path.name):
                self.hold(path)

    def test_defaults_and_the_environment_are_folded_in_and_secrets_stay_references(self):
        text = self.hold(self.path, "--mode", "deployed", SHOP_EVERY="90s")
        self.assertEqual(text.count("every: 90s"), 2)
        self.assertEqual(text.count("down_after: 2 of 4"), 2)
        self.assertNotIn("defaults", text)
        self.assertIn('Authorization: "Bearer ${SHOP_KEY}"', text)
        self.assertIn("mode: deployed", text)

    def test_awkward_texts(self):
        (self.folder / "secret").write_text("file-" + SECRET)
        (self.folder / "part").mkdir()
        (self.folder / "part" / "body.bin").write_text("bytes")
        self.path.write_text("""\
services:
  a: {url: "http://user:${SHOP_KEY}@h", headers: {X-A: "${file:secret}", X-B: 5, X-C: "$${x}", "X-D": "${EMPTY:-}"}}
checks:
  - id: odd
    service: a
    title: "a: b # c \\"d\\" \\\\ \\t \\u00a0 \\U0001F600 \\x7f"
    runbook: "${RUNBOOK}"
    description: "$${not} $$${N}"
    redirects: 2
    post:
      path: "/x?y=${SHOP_KEY}"
      json: {no: no, "yes": "true", n: 0o17, f: 1.50, null_: ~, "": "", "5": "5", list: [], map: {}, t: 08:30, u: "${N}",
             deep: [[1, [2]], {a: [{b: c}]}], multi: "a\\nb", "q: r": "- x", at: "@x", pct: "%x", amp: "&x", star: "*x"}
    expect:
      body: null
      json: {"$['a b']": {equals: {x: [1, "1", null]}}, $.y: {in: [1, "1", true, "true", ~, "no", no]}}
      content: {contains: 5, not: {matches: "^a: #"}}
  - {id: short, service: a, get: "/x?z=${SHORT}"}
  - {id: file, service: a, put: {path: /, file: part/body.bin}}
  - id: steps
    service: a
    steps: [{get: /a}, {get: {path: /b, redirects: 1}}, {chat: {model: m, messages: [], extra: {a: null}}, redirects: 3}]
defaults: {redirects: 4}
""")
        text = self.hold(self.path, RUNBOOK="see {{this}} and ${that}", N="12", EMPTY="", SHORT="ab")
        self.assertIn("z=${SHORT}", text)
        self.assertIn("${file:" + str(self.folder.resolve()) + "/secret}", text)
        self.assertIn('runbook: "${RUNBOOK}"', text)

    def test_a_file_beside_it_in_an_odd_folder(self):
        odd = self.folder / "odd #1: x"
        odd.mkdir()
        (odd / "secret").write_text(SECRET)
        (odd / "checks.yaml").write_text("""\
services:
  a:
    url: http://h
    headers:
      X-A: ${file:secret}
checks: [{id: x, service: a, get: /}]
""")
        self.assertIn("odd #1: x/secret}", self.hold(odd / "checks.yaml"))

    def test_a_service_from_the_command_line(self):
        text = self.hold(self.path, "--service", "shop=http://127.0.0.1:9")
        self.assertIn("url: http://127.0.0.1:9", text)

    def test_secrets_in_the_file_are_left_out(self):
        self.path.write_text(CHECKS + "auth: {tokens: [token-in-the-file]}\n")
        self.assertNotIn("token-in-the-file", self.run_it("--print-config"))


if __name__ == "__main__":
    unittest.main()
