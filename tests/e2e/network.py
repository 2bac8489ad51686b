"""What the tests of the network share: a suite run once, or a daemon on it."""
import contextlib
import json
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from support import BUILD, PATIENCE

OUTRIDER = BUILD.resolve() / "outrider"


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, services, checks, more=""):
        """services: {id: YAML of what stands in it}; checks: YAML, one each."""
        path = self.folder / "checks.yaml"
        lines = [more, "services:", *[f"  {id}: {text}" for id, text in services.items()],
                 "checks:", *[f"  - {check}" for check in checks]]
        path.write_text("\n".join(lines) + "\n")
        return path

    def run_outrider(self, *args, env=None):
        done = subprocess.run([OUTRIDER, *args], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=PATIENCE * 4, cwd=self.folder, env=env)
        self.assertNotIn("Sanitizer", done.stderr)
        self.assertNotIn("runtime error", done.stderr)
        return done

    def once(self, services, checks, *args, env=None):
        """The JSON report's checks by id."""
        path = self.write(services, checks)
        done = self.run_outrider("--run-once", "--config", path, "--json", "report.json", *args,
                                 env=env)
        self.assertIn(done.returncode, (0, 1), done.stdout + done.stderr)
        self.printed = done.stdout
        report = (self.folder / "report.json").read_text()
        return {check["id"]: check for check in json.loads(report)["checks"]}

    def assert_failed(self, check, reason, message):
        self.assertEqual((check["outcome"], check["reason"], check["message"]),
                         ("fail", reason, message))

    @contextlib.contextmanager
    def daemon(self, services, checks, patience=PATIENCE):
        """Runs while the block lasts; yields its process."""
        path = self.write(services, checks,
                          more=f"listen: 127.0.0.1:0\ndatabase: {self.folder}/outrider.db")
        with open(self.folder / "log", "w") as log:
            process = subprocess.Popen([OUTRIDER, "--config", path], stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(patience)
            finally:
                process.kill()
        self.assertEqual(process.returncode, 0, (self.folder / "log").read_text())


def wait_for(condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return value
