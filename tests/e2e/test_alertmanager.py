"""Debian's Alertmanager, told by the daemon what is down: in its own words, for as long as it is, after restarts of
either side."""
import json
import pathlib
import re
import shutil
import signal
import unittest
import urllib.request

from support import PATIENCE, Process
from watching import DaemonCase, wait_for

SOON, LATE = 3, 600  # seconds between two words; four of these without one, and it is over without having heard so


class Manager:
    """One of its own, alone, on a port of the system's choice that it keeps over restarts."""

    def __init__(self, folder):
        self.folder, self.port, self.process = pathlib.Path(folder), 0, None
        self.folder.mkdir()
        (self.folder / "config.yml").write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
        self.start()

    def start(self):
        log = self.folder / "log"
        with open(log, "wb") as errors:
            self.process = Process(
                "prometheus-alertmanager", f"--config.file={self.folder}/config.yml", f"--storage.path={self.folder}/data",
                f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address=", stderr=errors)
        listens = wait_for(lambda: re.search(r'msg="Listening on" address=\S+:(\d+)', log.read_text()) or
                           self.process.popen.poll() is not None)
        if listens in (None, False, True):
            raise AssertionError(log.read_text())
        self.port = int(listens.group(1))
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.process.stop()

    def forget(self):
        shutil.rmtree(self.folder / "data")

    def alerts(self):
        """What it takes for active: an alert that is over is none."""
        with urllib.request.urlopen(self.url + "/api/v2/alerts", timeout=PATIENCE) as answer:
            return json.load(answer)


class Alertmanager(DaemonCase):
    def setUp(self):
        if not shutil.which("prometheus-alertmanager"):
            self.skipTest("prometheus-alertmanager is missing: scripts/deps --test")
        super().setUp()
        self.manager = Manager(self.folder / "manager")
        self.addCleanup(lambda: self.manager.stop())

    def begin(self, resend, more=""):
        """The channel, in the place of another, whose lists nobody needs here."""
        text = self.config.read_text()
        line = next(line for line in text.splitlines() if line.strip().startswith("script:"))
        self.config.write_text(text.replace(
            line, f"    manager: {{type: alertmanager, url: {self.manager.url}/, resend: {resend}s, timeout: 2s{more}}}"))
        daemon = self.start()
        self.wait_states(gateway_health="up")
        return daemon

    def break_it(self):
        self.sim.set("status-500@gateway-health")

    def wait_firing(self):
        found = wait_for(self.manager.alerts, patience=PATIENCE)
        self.assertTrue(found, self.log())
        return found

    def wait_over(self):
        self.assertTrue(wait_for(lambda: not self.manager.alerts()), self.log())

    def test_what_is_down_fires_and_is_over(self):
        self.begin(LATE)
        self.break_it()
        alert, = self.wait_firing()
        incident, = [row for row in json.loads(self.daemon.get("/api/v1/incidents"))["incidents"]]
        labels = alert["labels"]
        self.assertEqual(labels["alertname"], "OutriderCheckDown")
        self.assertEqual((labels["check"], labels["service"], labels["severity"]), ("gateway-health", "gateway", "page"))
        self.assertEqual(labels["incident"].zfill(16), incident["id"].zfill(16))
        self.assertRegex(alert["annotations"]["summary"], "^DOWN: ")
        self.assertIn("500", alert["annotations"]["description"])
        self.assertEqual(alert["startsAt"][:19], incident["opened_at"][:19])
        self.sim.set()
        self.wait_over()

    def test_a_manager_that_forgot_everything_hears_it_again(self):
        self.begin(SOON)
        self.break_it()
        before, = self.wait_firing()
        self.manager.stop()
        self.manager.forget()
        self.manager.start()
        after, = self.wait_firing()
        self.assertEqual((after["labels"], after["startsAt"]), (before["labels"], before["startsAt"]))

    def test_killed_and_started_again_it_goes_on(self):
        self.begin(LATE)
        self.break_it()
        before, = self.wait_firing()
        self.daemon.end(signal.SIGKILL)
        self.manager.stop()
        self.manager.forget()  # so that it can't know it from before
        self.manager.start()
        self.start()
        after, = self.wait_firing()
        self.assertEqual(after["labels"], before["labels"])
        self.sim.set()
        self.wait_over()

    def test_a_dead_daemon_lets_it_expire(self):
        self.begin(SOON)
        self.break_it()
        first, = self.wait_firing()
        self.assertTrue(wait_for(lambda: self.manager.alerts()[0]["endsAt"] > first["endsAt"]), self.log())
        self.daemon.end(signal.SIGKILL)
        self.wait_over()

    def test_one_of_a_cluster_is_enough(self):
        other = Manager(self.folder / "other")
        self.addCleanup(lambda: other.stop())
        self.begin(SOON, f', peers: ["{other.url}"]')
        self.manager.stop()
        self.break_it()
        self.assertTrue(wait_for(other.alerts), self.log())
        self.assertTrue(wait_for(lambda: self.rows("SELECT 1 FROM outbox WHERE channel = 'manager' AND state = 1")))
        self.manager.start()
        self.wait_firing()
        self.sim.set()
        self.wait_over()
        self.assertTrue(wait_for(lambda: not other.alerts()))


if __name__ == "__main__":
    unittest.main()
