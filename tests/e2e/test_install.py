"""What is installed, and that it runs from there; the units; the example configuration."""
import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from support import BUILD, PATIENCE, SOURCE
from watching import wait_for

EVERY = {"s": 1, "m": 60, "h": 3600, "d": 86400}
INSTALLED = """
bin/janus-sim
bin/outrider
lib/systemd/system/outrider.service
lib/systemd/system/outrider.socket
share/bash-completion/completions/janus-sim
share/bash-completion/completions/outrider
share/doc/outrider/CHANGELOG.md
share/doc/outrider/CONTRIBUTING.md
share/doc/outrider/LICENSE
share/doc/outrider/LICENSE.uPlot
share/doc/outrider/README.md
share/doc/outrider/SECURITY.md
share/doc/outrider/docs/architecture.md
share/doc/outrider/docs/cookbook.md
share/doc/outrider/docs/metrics.md
share/doc/outrider/docs/performance.md
share/doc/outrider/docs/report.md
share/doc/outrider/examples/Caddyfile share/doc/outrider/examples/nginx.conf
share/doc/outrider/examples/outrider.yaml
share/doc/outrider/examples/prometheus/outrider.rules.yml
share/doc/outrider/examples/prometheus/prometheus.yml
share/doc/outrider/suites/janus.yaml
share/doc/outrider/systemd/outrider.service
share/man/man1/janus-sim.1
share/man/man1/outrider.1
share/man/man5/outrider.yaml.5
share/outrider/janus.yaml
"""


def run(*argv, **more):
    return subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=4 * PATIENCE, check=False, **more)


def seconds(text):
    return float(text[:-1]) * EVERY[text[-1]]


class InstallTest(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory(prefix="outrider-")
        self.addCleanup(tmp.cleanup)
        self.folder = pathlib.Path(tmp.name)

    def install(self, prefix):
        answer = run("cmake", "--install", BUILD, "--prefix", prefix, env={**os.environ, "DESTDIR": str(self.folder)})
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return self.folder / prefix.lstrip("/")

    def test_every_piece_has_its_place(self):
        root = self.install("/opt/outrider")
        found = {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}
        pictures = {p for p in found if p.startswith("share/doc/outrider/docs/pictures/")}
        self.assertEqual(sorted(found - pictures), INSTALLED.split())
        self.assertTrue(pictures)
        self.assertEqual({p for p in self.folder.rglob("*") if p.is_file() and root not in p.parents}, set())
        unit = (root / "lib/systemd/system/outrider.service").read_text()
        self.assertIn("\nExecStart=/opt/outrider/bin/outrider --config /etc/outrider/outrider.yaml", unit)

    def test_the_notice_of_what_the_charts_are_drawn_with_is_there(self):
        doc = self.install("/usr") / "share/doc/outrider"
        notice = (doc / "LICENSE.uPlot").read_text()
        owner = re.search(r"(?m)^Copyright \(c\) (.+)$", notice).group(1)
        self.assertIn("The above copyright notice and this permission notice shall be included", notice)
        self.assertIn(f"\nCopyright: {owner}\n", (SOURCE / "cmake/debian/copyright").read_text())
        packed = SOURCE / "web/node_modules/uplot/LICENSE"
        if packed.exists():
            self.assertEqual(notice.strip(), packed.read_text().strip())

    def test_no_link_of_what_is_to_be_read_is_dead(self):
        documents = list((self.install("/usr") / "share/doc/outrider").rglob("*.md"))
        links = [(document, link) for document in documents
                 for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text())]
        self.assertGreater(len(links), 5)
        self.assertEqual([(str(d), link) for d, link in links if not (d.parent / link).exists()], [])

    def test_scripts_run_leaves_nothing_when_it_is_interrupted(self):
        scripts, leftovers = self.folder / "scripts", self.folder / "tmp"
        for folder in (scripts, leftovers):
            folder.mkdir()
        shutil.copy(SOURCE / "scripts/run", scripts)
        for name, text in (("deps", "exit 0"), ("cmake", f"touch {self.folder}/began; sleep 60")):
            (scripts / name).write_text(f"#!/bin/sh\n{text}\n")
            (scripts / name).chmod(0o755)
        script = subprocess.Popen([scripts / "run"], start_new_session=True, env={
            **os.environ, "PATH": f"{scripts}:{os.environ['PATH']}", "TMPDIR": str(leftovers)})
        self.assertTrue(wait_for((self.folder / "began").exists))
        os.killpg(script.pid, signal.SIGINT)
        self.assertEqual(script.wait(PATIENCE), 130)
        self.assertEqual(list(leftovers.iterdir()), [])

    def test_what_scripts_run_builds_can_be_installed(self):
        targets = re.findall(r"--target (\S+)", (SOURCE / "scripts/run").read_text())
        commands = run("ninja", "-C", BUILD, "-t", "commands", *targets).stdout
        script = (BUILD / "cmake_install.cmake").read_text()
        wanted = re.findall(rf'"{re.escape(str(BUILD.resolve()))}/((?:man|completions)/[^"]+|outrider|janus-sim)"', script)
        self.assertGreater(len(wanted), 5, script)
        self.assertEqual([name for name in wanted if not re.search(rf"[ /]{re.escape(name)}\b", commands)], [])

    def test_it_runs_from_there(self):
        root = self.install("/usr")
        home = self.folder / "elsewhere"
        home.mkdir()
        for arguments in (["--demo", "--run-once", "--check", "gateway-health"], ["--check-config"],
                          ["--check-config", "--config", root / "share/outrider/janus.yaml"],
                          ["--check-config", "--config", root / "share/doc/outrider/examples/outrider.yaml"]):
            answer = run(root / "bin/outrider", *arguments, cwd=home)
            self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(list(home.iterdir()), [])


class UnitTest(unittest.TestCase):
    """systemd's own judgement of the units, where systemd is."""

    def setUp(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("no systemd-analyze")

    def test_the_sandbox_is_tight(self):
        answer = run("systemd-analyze", "security", "--offline=true", "--threshold=12", SOURCE / "systemd/outrider.service")
        self.assertEqual(answer.returncode, 0, answer.stdout[-2000:] + answer.stderr)

    def test_systemd_understands_every_line(self):
        with tempfile.TemporaryDirectory(prefix="outrider-") as folder:
            units = []
            for name in ("outrider.service", "outrider.socket"):
                text = (SOURCE / "systemd" / name).read_text()
                text = text.replace("/usr/bin/outrider", f'"{BUILD.resolve()}/outrider"')
                text = re.sub("(?m)^Documentation=.*$", "", text)  # the pages are not installed here
                units.append(pathlib.Path(folder) / name)
                units[-1].write_text(text)
            answer = run("systemd-analyze", "verify", "--man=no", *units)
            about = [line for line in (answer.stdout + answer.stderr).splitlines() if "outrider" in line]
            self.assertEqual((answer.returncode, about), (0, []), answer.stderr)

    def test_the_time_to_stop_is_longer_than_the_drain(self):
        unit = (SOURCE / "systemd/outrider.service").read_text()
        patience = int(re.search(r"(?m)^TimeoutStopSec=(\d+)s$", unit).group(1))
        drain = int(re.search(r"DRAIN_US = (\d+)", (SOURCE / "src/daemon/daemon.c").read_text()).group(1)) / 1e6
        grace = int(re.search(r"COURIER_GRACE_MS = (\d+)", (SOURCE / "src/daemon/daemon.c").read_text()).group(1)) / 1e3
        cleanup = int(re.search(r"RUN_CLEANUP_TIMEOUT_US = (\d+)",
                                (SOURCE / "include/outrider/check/run.h").read_text()).group(1)) / 1e6
        self.assertGreaterEqual(patience, drain + cleanup + grace + 10)


class PackageTest(unittest.TestCase):
    """What the Debian package has otherwise; scripts/package --test installs it."""

    def test_it_has_what_debian_wants(self):
        with tempfile.TemporaryDirectory(prefix="outrider-") as folder:
            answer = run("cpack", "-G", "DEB", "--config", BUILD.resolve() / "CPackConfig.cmake", "-B", folder)
            self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
            package, = pathlib.Path(folder).glob("outrider_*.deb")
            root = pathlib.Path(folder) / "root"
            self.assertEqual(run("dpkg-deb", "-R", package, root).returncode, 0)
            self.assertEqual({p.name for p in root.iterdir()}, {"DEBIAN", "etc", "lib", "usr"})
            unit = (root / "lib/systemd/system/outrider.service").read_text()
            self.assertIn("\nUser=outrider\n", unit)
            self.assertIn("\nExecStart=/usr/bin/outrider ", unit)
            overrides = (root / "usr/share/lintian/overrides/outrider").read_text()
            for notice in (root / "usr/share/doc/outrider").glob("LICENSE*"):
                self.assertIn(f"\noutrider: extra-license-file [{notice.relative_to(root)}]\n", overrides)
            for conffile in (root / "DEBIAN/conffiles").read_text().split():
                answer = run(root / "usr/bin/outrider", "--check-config", "--config", root / conffile.lstrip("/"))
                self.assertEqual(answer.returncode, 0, answer.stderr)


class ExampleTest(unittest.TestCase):
    """The example for the deployed Janus keeps its word."""

    def setUp(self):
        example = SOURCE / "examples/outrider.yaml"
        answer = run(BUILD / "outrider", "--check-config", "--config", example)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertRegex(answer.stdout, r": ok, \d+ checks, 5 services")
        try:
            import yaml  # pylint: disable=import-outside-toplevel
        except ImportError:
            self.skipTest("no python3-yaml")
        answer = run(BUILD / "outrider", "--print-config", "--config", example)
        self.plan = yaml.safe_load(answer.stdout)
        suite = run(BUILD / "outrider", "--print-config", "--mode", "deployed")
        self.suite = yaml.safe_load(suite.stdout)

    def test_it_watches_what_is_deployed(self):
        def urls(plan):
            return {name: service.get("url") or service["urls"]["deployed"]
                    for name, service in plan["services"].items()}
        self.assertEqual(self.plan["mode"], "deployed")
        self.assertEqual(urls(self.plan), urls(self.suite))
        for name, wanted in self.suite["signatures"].items():
            self.assertEqual(self.plan["signatures"][name], wanted)

    def test_each_service_is_asked_every_ten_minutes(self):
        shortest = collections.defaultdict(lambda: float("inf"))
        for check in self.plan["checks"]:
            shortest[check["service"]] = min(shortest[check["service"]], seconds(check["every"]))
        self.assertEqual(set(shortest), set(self.plan["services"]))
        self.assertLessEqual(max(shortest.values()), 600, dict(shortest))

    def test_what_costs_money_is_rare_and_has_a_budget(self):
        agents = [c for c in self.plan["checks"] if "agent" in (c.get("tags") or [])]
        self.assertGreaterEqual(len(agents), 2)
        for check in agents:
            self.assertEqual(seconds(check["every"]), 3600, check["id"])
        for check in self.plan["checks"]:
            if "chat" in check:
                self.assertGreaterEqual(seconds(check["every"]), 600, check["id"])
                runs = check["budget"]["runs_per_day"]
                self.assertGreater(runs, 86400 / seconds(check["every"]), check["id"])  # it leaves room for retries
                self.assertLess(runs, 2 * 86400 / seconds(check["every"]), check["id"])
                self.assertTrue(check["budget"]["tokens_per_day"])
            else:
                self.assertNotIn("agent", check.get("tags") or [])

    def test_each_check_has_a_level_and_a_rule(self):
        for check in self.plan["checks"]:
            self.assertTrue(check["slo"]["objective"], check["id"])
            self.assertTrue(check["health"]["down_after"], check["id"])
        self.assertTrue(self.plan["retention"]["results"])
        self.assertNotIn("channels", self.plan["alerts"])  # nobody is alerted until somebody says who
        text = (SOURCE / "examples/outrider.yaml").read_text()
        commented = re.search(r"(?m)^#alerts:\n(?:#.*\n)+", text).group(0)
        self.assertIn("type: webhook", commented)

    def test_its_alerts_are_good_once_they_are_no_comment(self):
        text = (SOURCE / "examples/outrider.yaml").read_text()
        text = re.sub(r"(?m)^#(alerts:| {2,}\S)", r"\1", text)
        text = text.replace("#headers:", "headers:")
        with tempfile.TemporaryDirectory(prefix="outrider-") as folder:
            (pathlib.Path(folder) / "outrider.yaml").write_text(text)
            (pathlib.Path(folder) / "pre-release").write_text("password-1")
            (pathlib.Path(folder) / "ops-webhook").write_text("https://hooks.example.org/secret-1")
            (pathlib.Path(folder) / "mail").write_text("password-2")
            answer = run(BUILD / "outrider", "--check-config", "--config", pathlib.Path(folder) / "outrider.yaml",
                         env={**os.environ, "CREDENTIALS_DIRECTORY": folder})
            self.assertEqual(answer.returncode, 0, answer.stderr)
            listed = run(BUILD / "outrider", "--list", "--config", pathlib.Path(folder) / "outrider.yaml",
                         env={**os.environ, "CREDENTIALS_DIRECTORY": folder})
            self.assertEqual(len(listed.stdout.splitlines()), len(self.plan["checks"]))


if __name__ == "__main__":
    unittest.main()
