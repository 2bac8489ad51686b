"""/metrics before readers of others: promtool, the client library's parser, a Prometheus that scrapes; the
rules in examples/prometheus; docs/metrics.md against what is told."""
import json
import re
import subprocess
import sys
import unittest
import urllib.parse
import urllib.request

from support import PATIENCE, SOURCE, Process
from watching import DaemonCase, wait_for

OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
RULES = SOURCE / "examples/prometheus/outrider.rules.yml"
PARSE = """
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
print(json.dumps({f.name: [f.type, f.documentation, sorted([s.name, sorted(s.labels.items())] for s in f.samples)]
                  for f in parse(sys.stdin.read())}))
"""
SLO = """  - id: models
    service: gateway
    get: /v1/models
    slo: {objective: 99%, window: 30d}
  - id: chat
    service: gateway
    chat: {model: baseline-cli-agent, user: "Count from 1 to 3"}
  - id: refused
    service: gateway
    get: /nothing-here
    expect: {status: 200}
  - id: known
    service: gateway
    get: /nothing-here
    known_issue: {reason: ticket 12}
"""


def run(*argv, text=None):
    return subprocess.run([str(a) for a in argv], input=text, capture_output=True, text=True,
                          timeout=4 * PATIENCE, check=False)


def parsed(text):
    """By Debian's python3-prometheus-client, which another Python may not see."""
    for python in (sys.executable, "/usr/bin/python3"):
        if run(python, "-c", "import prometheus_client").returncode == 0:
            done = run(python, "-c", PARSE, text=text)
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)
    raise AssertionError("python3-prometheus-client is missing: scripts/deps --test")


def families(text):
    """Of the text format: name -> (type, help)."""
    helps = dict(re.findall(r"^# HELP (\S+) (.*)$", text, re.M))
    types = dict(re.findall(r"^# TYPE (\S+) (.*)$", text, re.M))
    assert helps.keys() == types.keys(), helps.keys() ^ types.keys()
    return {name: (types[name], helps[name]) for name in types}


class MetricsTest(DaemonCase):
    def start_checks(self):
        self.write_config(SLO)
        self.start()
        self.wait_states(gateway_health="up", gateway_stream="up", chat="up", refused="down")
        self.assertTrue(wait_for(lambda: self.daemon.metric("outrider_slo_budget_remaining_ratio") == 1))
        self.assertTrue(wait_for(lambda: self.daemon.metric(
            "outrider_alerts_total", channel="hook", outcome="delivered")))

    def ask(self, accept):
        request = urllib.request.Request(self.daemon.url + "/metrics", headers={"Accept": accept})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.headers, answer.read().decode()

    def test_readers_of_others(self):
        self.start_checks()
        headers, text = self.ask("*/*")
        self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        done = run("promtool", "check", "metrics", text=text)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        for channel in ("hook", "script"):
            for outcome in ("delivered", "failed", "dead"):
                self.assertIn(f'outrider_alerts_total{{channel="{channel}",outcome="{outcome}"}} ', text)
        headers, text = self.ask(OPENMETRICS)
        self.assertEqual(headers["Content-Type"], "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.assertIn("Accept", headers["Vary"].split(", "))
        found = parsed(text)
        self.assertEqual(found["outrider_results"][0], "counter")
        told = families(self.ask("*/*")[1])
        self.assertEqual({name: tuple(family[:2]) for name, family in found.items()},
                         {re.sub("_total$", "", name): family for name, family in told.items()})
        self.assertEqual({family[0] for family in found.values()}, {"gauge", "counter", "histogram", "summary"})
        for name, family in found.items():
            self.assertTrue(family[2] or name == "probe_ssl_earliest_cert_expiry", name)

    def test_the_manual_lists_them(self):
        self.start_checks()
        rows = re.findall(r"^\| `(\w+)` \| (\w+) \|(.*?)\| (.*?) \|$", (SOURCE / "docs/metrics.md").read_text(), re.M)
        text = self.ask("*/*")[1]
        self.assertEqual([(name, type, help) for name, type, _, help in rows],
                         [(name, *family) for name, family in families(text).items()])
        for name, _, labels, _ in rows:
            wanted = set(re.findall("`(.*?)`", labels))
            for found in re.findall(rf"^{name}(?:_bucket|_sum|_count)?(?:\{{(.*)\}})? ", text, re.M):
                self.assertEqual(set(re.findall(r'(\w+)="', found)) - {"le"}, wanted, name)

    def query(self, prometheus, expression):
        with urllib.request.urlopen(prometheus + "/api/v1/query?query=" + urllib.parse.quote(expression),
                                    timeout=PATIENCE) as answer:
            return json.load(answer)["data"]["result"]

    def rules(self, prometheus):
        with urllib.request.urlopen(prometheus + "/api/v1/rules", timeout=PATIENCE) as answer:
            return [rule for group in json.load(answer)["data"]["groups"] for rule in group["rules"]]

    def start_prometheus(self):
        """On a port of the system's choice, with all it writes in the test's folder."""
        log, config = self.folder / "prometheus.log", self.folder / "prometheus.yml"
        example = (SOURCE / "examples/prometheus/prometheus.yml").read_text()
        example = example.replace("127.0.0.1:8080", "{}:{}".format(*self.daemon.address()))
        example = example.replace("outrider.rules.yml", str(RULES)).replace("scrape_interval: 15s", "scrape_interval: 1s")
        config.write_text("global: {evaluation_interval: 1s}\n" + example)
        errors = open(log, "wb")
        self.addCleanup(errors.close)
        process = Process("prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.folder}/tsdb",
                          "--web.listen-address=127.0.0.1:0", stderr=errors)
        self.addCleanup(process.stop)
        listens = wait_for(lambda: re.search(r'msg="Listening on" address=(\S+)', log.read_text()) or
                           process.popen.poll() is not None)
        self.assertNotIn(listens, (None, False, True), log.read_text())
        self.assertTrue(wait_for(lambda: "Server is ready to receive" in log.read_text()), log.read_text())
        return "http://" + listens.group(1)

    def test_prometheus_scrapes(self):
        self.start_checks()
        prometheus = self.start_prometheus()
        down = 'outrider_check_state{check="refused",state="down"} == 1'
        self.assertTrue(wait_for(lambda: self.query(prometheus, down)))
        result = self.query(prometheus, 'probe_success{check="gateway-health",service="gateway"}')
        self.assertEqual([r["value"][1] for r in result], ["1"])
        self.assertEqual([r["value"][1] for r in self.query(prometheus, "up")], ["1"])
        with urllib.request.urlopen(prometheus + "/api/v1/targets/metadata?metric=outrider_results", timeout=PATIENCE) as answer:
            self.assertEqual(json.load(answer)["data"][0]["type"], "counter")  # no _total: it asked for OpenMetrics
        firing = wait_for(lambda: [rule for rule in self.rules(prometheus) if rule.get("state") == "firing"])
        self.assertIn("OutriderCheckDown", [rule["name"] for rule in firing])
        self.assertTrue(wait_for(lambda: {rule["health"] for rule in self.rules(prometheus)} == {"ok"}))


class RulesTest(unittest.TestCase):
    def test_they_are_well_formed(self):
        done = run("promtool", "check", "rules", RULES)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_they_fire_when_they_should(self):
        done = run("promtool", "test", "rules", SOURCE / "tests/prometheus/rules_test.yml")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_alert_has_a_case(self):
        cases = (SOURCE / "tests/prometheus/rules_test.yml").read_text()
        for alert in re.findall(r"- alert: (\w+)", RULES.read_text()):
            self.assertRegex(cases, rf"alertname: {alert}\n +exp_alerts:\n")

    def test_they_ask_for_what_there_is(self):
        told = set(re.findall(r"^\| `(\w+)` \|", (SOURCE / "docs/metrics.md").read_text(), re.M)) | {"up"}
        expressions = re.sub(r"#.*|summary:.*|description:.*|- (record|alert):.*", "", RULES.read_text())
        for name in re.findall(r"(?<![\w:])(?:outrider|probe)_\w+", expressions):
            self.assertIn(re.sub("_bucket$", "", name), told)


if __name__ == "__main__":
    unittest.main()
