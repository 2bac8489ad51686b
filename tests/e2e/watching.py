"""What the tests of the daemon share: a daemon on the stand-in, its database and log, a hook's receiver."""
import http.server
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

from support import BUILD, PATIENCE, Sim

CHECKS = """
listen: 127.0.0.1:0
database: {folder}/outrider.db
services:
  gateway: {{url: "{gateway}"}}
  memory: {{url: "{memory}"}}
defaults: {{every: 1s, timeout: 5s, health: {{down_after: 2 of 3, up_after: 2}}}}
alerts:
  channels:
    hook: {{type: webhook, url: "http://127.0.0.1:{hook}/alert"}}
    script: {{type: exec, command: ["/bin/sh", "-c", "cat >> {folder}/script.log; echo >> {folder}/script.log"]}}
checks:
  - id: gateway-health
    service: gateway
    get: /health
    expect: {{status: 200}}
  - id: gateway-stream
    service: gateway
    chat: {{model: baseline-cli-agent, user: "Count from 1 to 3", stream: true}}
    expect: {{status: 200, stream: {{done: true}}}}
  - id: memory-health
    service: memory
    get: /health
    expect: {{status: 200}}
{more}"""


class Receiver:
    """A webhook's receiver: keeps every body; answers 500 while `broken`."""

    def __init__(self):
        self.bodies, self.broken = [], False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if outer.broken:
                    self.send_error(500)
                    return
                outer.bodies.append(body)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *unused):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Daemon:
    def __init__(self, config, log, *more, before=(), **popen):
        self.log = pathlib.Path(log)
        self.file = open(log, "ab")
        start = pathlib.Path(log).stat().st_size
        self.popen = subprocess.Popen([*before, BUILD / "outrider", "--config", config, *more],
                                      stdin=subprocess.DEVNULL, stdout=self.file, stderr=self.file, **popen)
        found = wait_for(lambda: re.search(rb"Dashboard: (\S+?)/?\s",
                                           pathlib.Path(log).read_bytes()[start:]) or
                         self.popen.poll() is not None)
        if found is True or self.popen.poll() is not None:
            self.file.close()
            raise AssertionError(pathlib.Path(log).read_text(errors="backslashreplace"))
        self.url = found.group(1).decode()

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def status(self):
        return {c["id"]: c for c in json.loads(self.get("/api/v1/status"))["checks"]}

    def metric(self, name, **labels):
        return metric(self.get("/metrics"), name, **labels)

    def reload(self, good):
        """SIGHUP, until the metric tells of a file that is good or bad; it must have been the other way."""
        self.popen.send_signal(signal.SIGHUP)
        if not wait_for(lambda: self.metric("outrider_config_last_reload_successful") == good, pause=0.005):
            raise AssertionError(self.log.read_text())

    def resources(self):
        """What L4 compares. The memory of a sanitizer's build says nothing: it is 0."""
        proc = pathlib.Path(f"/proc/{self.popen.pid}")
        field = {line.split(":")[0]: line.split()[1] for line in (proc / "status").read_text().splitlines()
                 if len(line.split()) > 1}
        sanitized = re.search("lib[at]san", (proc / "maps").read_text())
        return {"files": len(os.listdir(proc / "fd")), "threads": int(field["Threads"]),
                "kib": 0 if sanitized else int(field["VmRSS"])}

    def address(self):
        host, port = self.url.removeprefix("http://").rsplit(":", 1)
        return host, int(port)

    def processor_s(self):
        """Seconds of processor time so far."""
        fields = pathlib.Path(f"/proc/{self.popen.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self, how=signal.SIGTERM):
        if self.popen.poll() is None:
            self.popen.send_signal(how)
        status = self.popen.wait(PATIENCE)
        self.file.close()
        return status


def wait_for(condition, patience=PATIENCE, pause=0.05):
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(pause)


def metric(text, name, **labels):
    """The value of the first sample with these labels."""
    for line in text.splitlines():
        if line.startswith(name + "{") or line.startswith(name + " "):
            if all(f'{k}="{v}"' in line for k, v in labels.items()):
                return float(line.rsplit(" ", 1)[1])
    return None


class DaemonCase(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="outrider-")
        self.folder = pathlib.Path(self.tmp.name)
        self.sim = Sim()
        self.receiver = Receiver()
        self.config = self.folder / "checks.yaml"
        self.write_config()
        self.daemon = None

    def tearDown(self):
        if self.daemon and self.daemon.popen.poll() is None:
            self.daemon.end(signal.SIGKILL)
        self.receiver.close()
        self.sim.stop()
        self.tmp.cleanup()

    def write_config(self, more=""):
        self.config.write_text(CHECKS.format(
            folder=self.folder, hook=self.receiver.port, more=more,
            gateway=self.sim.urls["gateway"], memory=self.sim.urls["memory"]))

    def start(self, *more, **popen):
        self.daemon = Daemon(self.config, self.folder / "log", *more, **popen)
        return self.daemon

    def log(self):
        return (self.folder / "log").read_text()

    def rows(self, sql, *args):
        database = sqlite3.connect(f"file:{self.folder}/outrider.db?mode=ro", uri=True)
        try:
            return database.execute(sql, args).fetchall()
        finally:
            database.close()

    def states(self):
        return {id: check["state"] for id, check in self.daemon.status().items()}

    def wait_states(self, **states):
        wanted = {k.replace("_", "-"): v for k, v in states.items()}
        if not wait_for(lambda: wanted.items() <= self.states().items()):
            self.fail(f"{self.states()} is not {wanted}\n{self.log()}")
