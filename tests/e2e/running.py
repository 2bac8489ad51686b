"""outrider --run-once over check files and services that a test makes up."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from serving import Server, bound_socket

BUILD = pathlib.Path(os.environ.get("OUTRIDER_BUILD", "build")).resolve()
OUTRIDER = BUILD / "outrider"
PATIENCE = 60  # seconds; only a test that fails waits so long


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.server = self.enterContext(Server())

    def refusing(self):
        """A URL nobody answers at."""
        return f"http://127.0.0.1:{self.enterContext(bound_socket()).getsockname()[1]}"

    def write(self, checks, services=None, name="checks.yaml", more=""):
        """A check file; checks: YAML lines of the list."""
        services = services or f'{{api: {{url: "{self.server.url}"}}}}'
        lines = "\n".join("  - " + check for check in checks)
        path = self.folder / name
        path.write_text(f"{more}services: {services}\nchecks:\n{lines}\n")
        return path

    def start(self, *args, env=None, **more):
        inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        environment = {**inherited, "TERM": "xterm", **(env or {})}
        more = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        process = subprocess.Popen([str(OUTRIDER), *map(str, args)],
                                   env=environment, cwd=self.folder, **more)
        self.addCleanup(process.kill)
        return process

    def end(self, process):
        out, err = process.communicate(timeout=PATIENCE)
        out, err = (out or b"").decode(), (err or b"").decode()
        self.assertNotIn("Sanitizer", err)
        self.assertNotIn("runtime error", err)
        return process.returncode, out, err

    def outrider(self, *args, **more):
        return self.end(self.start(*args, **more))

    def once(self, *checks, args=(), status=0, services=None, more="", env=None):
        """Runs these checks; the JSON report by id, and what was printed."""
        config, report = self.write(checks, services, more=more), self.folder / "report.json"
        got, out, err = self.outrider("--run-once", "--config", config, "--json", report, *args,
                                      env=env)
        self.assertEqual(got, status, out + err)
        self.report = json.loads(report.read_text())
        return {check["id"]: check for check in self.report["checks"]}, out


HEALTH = "{id: health, service: api, get: /health}"
MISSING = "{id: missing, service: api, get: /nothing}"
