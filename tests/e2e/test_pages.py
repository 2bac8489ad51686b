"""What is promised of every page: valid HTML, nothing for axe to find in both themes, wide and narrow;
and whatever a service says stays text."""
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import unittest
import xml.etree.ElementTree

from serving import Server, answer
from test_daemon_wishes import HASH
from watching import DaemonCase, wait_for

HERE = pathlib.Path(__file__).resolve().parent
NPM = HERE.parent / "npm/node_modules"
BROWSER = shutil.which("chromium") and all((NPM / name).is_dir() for name in ("playwright-core", "axe-core", "html-validate"))

HOSTILE = ("</pre></script><script>window.canary=1;alert(1)</script><img src=x onerror=window.canary=1>"
           "<svg onload=window.canary=1>{{{title}}}&lt;\x1b[31mred\x1b[0m\u202egnp.exe\u2066\r\n"
           "# HELP forged_metric\nforged_metric 1\n]]></content><entry>forged</entry>")
MORE = """
  - id: stalled
    service: gateway
    timeout: 20s
    chat: {model: baseline-cli-agent, user: "Name three colours", stream: true}
    expect: {status: 200, stream: {token_gap: {max: 500ms}}}
  - id: masked
    service: gateway
    chat: {model: baseline-cli-agent, user: "Count from 1 to 5", stream: true}
    expect: {status: 200, content: {not_signature: lies}}
  - {id: hostile, service: hostile, get: /evil, expect: {status: 200}}
  - id: hostile-text
    service: hostile
    get: /said
    expect: {status: 200, json: {$.detail: well}}
  - {id: skipped, service: memory, get: /health, requires_env: [OUTRIDER_NOT_SET], expect: {status: 200}}
signatures:
  lies: [{contains: "I encountered an error"}]
"""
FAULTS = ("stall=1500ms@stalled", "cli-apology-partial@masked")
FAILING = ("stalled", "masked", "hostile", "hostile-text")


def look(case, *paths, **environment):
    done = subprocess.run(["node", HERE / "pages.mjs", case.daemon.url, *paths], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300, check=False, env={**os.environ, **environment})
    case.assertEqual((done.stdout, done.stderr), ("done\n", ""))


class PagesTest(DaemonCase):
    """One daemon, and one browser, for all that is asked."""

    def test_every_page(self):
        self.begin()
        with self.subTest("what services say stays text"):
            self.stays_text()
        with self.subTest("in a browser"):
            self.in_a_browser()

    def begin(self):
        said = {"error": {"message": HOSTILE}, "detail": HOSTILE}
        service = Server({"/evil": answer(500, said), "/said": answer(200, said)})
        service.__enter__()
        self.addCleanup(service.__exit__)
        self.write_config(MORE)
        text = self.config.read_text()
        self.config.write_text(text.replace("services:\n", f"services:\n  hostile: {{url: \"{service.url}\"}}\n", 1))
        self.sim.set(*FAULTS)
        self.start()
        self.assertTrue(wait_for(lambda: all(self.states().get(check) == "down" and
                                             "Latest failure" in self.daemon.get(f"/checks/{check}")
                                             for check in FAILING)), self.log())

    def in_a_browser(self):
        if not BROWSER:
            self.skipTest("needs chromium and tests/npm (scripts/deps --test)")
        incidents = json.loads(self.daemon.get("/api/v1/incidents"))["incidents"]
        look(self, "/", "/incidents", "/nothing", "/checks/gateway-stream", "/checks/skipped",
             *[f"/checks/{check}" for check in FAILING], f"/incidents/{incidents[0]['id']}")

    def stays_text(self):
        for path in ("/", "/checks/hostile", "/checks/hostile-text", "/incidents"):
            page = self.daemon.get(path)
            self.assertNotRegex(page, r"<img|<script>|<svg onload|\x1b|\u202e|\u2066", path)
        self.assertIn("&lt;script&gt;", self.daemon.get("/checks/hostile"))
        feed = self.daemon.get("/feed.atom")
        self.assertNotRegex(feed, r"<script|<img|\x1b|\u202e")
        entries = xml.etree.ElementTree.fromstring(feed).findall("{http://www.w3.org/2005/Atom}entry")
        self.assertNotIn("forged", [entry.text for entry in entries])
        self.assertNotRegex(self.daemon.get("/metrics"), r"(?m)^forged_metric|\x1b|^# HELP forged")
        for path in ("/api/v1/status", "/api/v1/checks/hostile/results", "/api/v1/incidents"):
            text = self.daemon.get(path)
            json.loads(text)
            self.assertNotRegex(text, r"\x1b", path)
        xml.etree.ElementTree.fromstring(self.daemon.get("/badge/hostile/status.svg"))


@unittest.skipUnless(BROWSER, "needs chromium and tests/npm (scripts/deps --test)")
class KnownReaderTest(DaemonCase):
    """The forms, and what is said when something was done; then the pages of a database that can't be read."""

    def test_every_page_of_who_is_known(self):
        self.write_config(f'auth: {{public: true, users: [{{name: ana, password_hash: "{HASH}"}}]}}\n'
                          'maintenance: [{title: New disks, at: 00:00, for: 23h, services: [gateway]}]\n')
        self.sim.set("status-500@memory-health")
        self.start()
        self.assertTrue(wait_for(lambda: self.incidents()), self.log())
        incident = f"/incidents/{self.incidents()[0]['id']}"
        look(self, "/?maintenance", "/checks/memory-health?maintenance", "/checks/memory-health?done=run",
             incident, f"{incident}?done=note", CREDENTIALS="ana:open sesame")
        database = sqlite3.connect(self.folder / "outrider.db", timeout=30)
        for table in ("result", "incident"):
            database.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
        database.close()
        look(self, "/checks/memory-health", "/incidents", CREDENTIALS="ana:open sesame")

    def incidents(self):
        return json.loads(self.daemon.get("/api/v1/incidents?state=open"))["incidents"]


if __name__ == "__main__":
    unittest.main()
