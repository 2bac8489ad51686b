"""The daemon under a service manager, which a test plays: ready, reloading, status, watchdog."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error

from support import BUILD, PATIENCE
from watching import DaemonCase, wait_for

HERE = pathlib.Path(__file__).parent


class Manager:
    """The receiving end of NOTIFY_SOCKET."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(name)
        self.socket.setblocking(False)
        self.heard = []

    def listen(self):
        """All lines so far."""
        while True:
            try:
                self.heard += self.socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return self.heard

    def hears(self, line, patience=PATIENCE):
        return wait_for(lambda: any(re.fullmatch(line, heard) for heard in self.listen()), patience)

    def forget(self):
        self.listen()
        self.heard = []


class NotifyTest(DaemonCase):
    def setUp(self):
        super().setUp()
        self.manager = Manager(str(self.folder / "notify"))

    def tearDown(self):
        super().tearDown()
        self.manager.socket.close()

    def start_watched(self, **more):
        return self.start(env={**os.environ, "NOTIFY_SOCKET": str(self.folder / "notify"), **more})

    def test_ready_reloading_stopping_and_a_line_for_people(self):
        daemon = self.start_watched()
        self.assertTrue(self.manager.hears("READY=1"))
        self.assertIn("ok", daemon.get("/healthz"))  # it listens
        self.assertTrue((self.folder / "outrider.db").exists())
        self.assertTrue(self.manager.hears(r"STATUS=3 checks; [1-9]\d* results"), self.manager.heard)
        self.sim.set("status-500@gateway-health")
        self.assertTrue(self.manager.hears(r"STATUS=3 checks, 1 down; \d+ results"), self.manager.heard)

        self.manager.forget()
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.write_config("  - {id: models, service: gateway, get: /v1/models}\n")
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(self.manager.hears("READY=1"))
        heard = self.manager.heard
        self.assertEqual(heard[heard.index("RELOADING=1") + 1][:15], "MONOTONIC_USEC=")
        self.assertLessEqual(before, int(heard[heard.index("RELOADING=1") + 1][15:]))
        self.assertLess(heard.index("RELOADING=1"), heard.index("READY=1"))
        self.assertTrue(self.manager.hears(r"STATUS=4 checks, .*"))

        self.manager.forget()
        self.config.write_text("checks: 5\n")
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(self.manager.hears("READY=1"))  # it goes on
        self.assertTrue(self.manager.hears(r"STATUS=4 checks, .*the last reload failed; .*"), self.manager.heard)

        self.assertEqual(daemon.end(), 0)
        self.assertTrue(self.manager.hears("STOPPING=1"))
        self.assertTrue(self.manager.hears(r"STATUS=Stopping(: 1 check still runs|: \d+ checks still run)?"))

    def test_a_reload_while_it_stops_is_ignored(self):
        self.sim.set("slow-headers=4s@gateway-health")
        daemon = self.start_watched()
        self.assertTrue(wait_for(lambda: any((j.get("request_id") or "").startswith("gateway-health-")
                                             for j in self.sim.journal())))
        daemon.popen.send_signal(signal.SIGTERM)
        self.assertTrue(self.manager.hears("STOPPING=1"))
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: "reload.ignored" in self.log() or daemon.popen.poll() is not None))
        self.assertIn("reload.ignored", self.log())
        self.assertEqual(daemon.end(), 0)
        heard = self.manager.listen()
        after = heard[heard.index("STOPPING=1"):]
        self.assertFalse({"READY=1", "RELOADING=1"} & set(after), after)
        self.assertNotIn("reload.done", self.log())

    def test_not_ready_without_a_port_or_a_database(self):
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        for arguments, words in ((["--listen", f"127.0.0.1:{taken.getsockname()[1]}"], "listens there already"),
                                 (["--database", "/nonexistent/outrider.db"], "/nonexistent")):
            with self.subTest(arguments=arguments):
                self.manager.forget()
                with self.assertRaises(AssertionError):
                    self.start_watched_with(arguments)
                self.assertTrue(self.manager.hears("STATUS=.*" + words + ".*"), self.manager.heard)
                self.assertNotIn("READY=1", self.manager.heard)

    def start_watched_with(self, arguments):
        self.start(*arguments, env={**os.environ, "NOTIFY_SOCKET": str(self.folder / "notify")})

    def test_an_abstract_socket(self):
        name = f"outrider-test-{os.getpid()}"
        manager = Manager("\0" + name)
        self.start_watched(NOTIFY_SOCKET="@" + name)
        self.assertTrue(manager.hears("READY=1"))
        self.assertEqual(self.daemon.end(), 0)
        manager.socket.close()

    def test_a_manager_that_is_gone_hinders_nothing(self):
        self.manager.socket.close()
        self.start_watched(WATCHDOG_USEC="1000000")
        self.wait_states(gateway_health="up")
        self.assertEqual(self.daemon.end(), 0)

    def test_hooks_inherit_none_of_it(self):
        script = self.folder / "hook"
        script.write_text(f"#!/bin/sh\nenv > {self.folder}/env.new; mv {self.folder}/env.new {self.folder}/env\n")
        script.chmod(0o755)
        self.config.write_text(self.config.read_text().replace(
            '"/bin/sh", "-c", "cat >> {0}/script.log; echo >> {0}/script.log"'.format(self.folder), f'"{script}"'))
        self.start_watched(WATCHDOG_USEC="60000000")
        self.sim.set("status-500@gateway-health")
        self.assertTrue(wait_for(lambda: (self.folder / "env").exists()), self.log())
        self.assertNotRegex((self.folder / "env").read_text(), "(?m)^(NOTIFY_SOCKET|WATCHDOG_)")

    def test_another_process_watchdog_is_not_fed(self):
        self.start_watched(WATCHDOG_USEC="200000", WATCHDOG_PID="1")
        self.assertTrue(self.manager.hears("READY=1"))
        time.sleep(1)
        self.assertNotIn("WATCHDOG=1", self.manager.listen())
        self.assertEqual(self.daemon.end(), 0)

    def test_the_watchdog_starves_when_the_loop_hangs(self):
        self.hang_and_heal("outrider")

    def test_the_watchdog_starves_when_the_store_hangs(self):
        self.hang_and_heal("store")

    def test_the_watchdog_starves_when_the_pages_hang(self):
        self.hang_and_heal("http")

    def test_the_watchdog_starves_when_the_courier_hangs(self):
        self.hang_and_heal("courier")

    def test_its_health_says_that_the_loop_stands_still(self):
        self.hang_and_tell("outrider", "main loop")

    def test_its_health_says_that_the_store_stands_still(self):
        self.hang_and_tell("store", "store")

    def hang_and_tell(self, thread, name):
        hanging = self.start_hanging(thread)
        hanging.touch()
        self.assertTrue(wait_for(lambda: self.health()[0] == 503, patience=3 * PATIENCE, pause=0.5))
        self.assertEqual(self.health()[1]["stands_still"], name)
        hanging.unlink()
        self.assertTrue(wait_for(lambda: self.health()[0] == 200))
        self.assertEqual(self.daemon.end(), 0)

    def health(self):
        try:
            return 200, json.loads(self.daemon.get("/healthz"))
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def start_hanging(self, thread, **more):
        """A daemon; while the file exists that is returned, its thread hangs."""
        shim = self.folder / "hang.so"
        if subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", shim, HERE / "hang.c", "-ldl"],
                          check=False).returncode:
            self.skipTest("no C compiler")
        hanging = self.folder / f"hang-{thread}"
        options = os.environ.get("ASAN_OPTIONS", "")
        self.start_watched(LD_PRELOAD=str(shim), HANG_FILE=str(hanging), HANG_THREAD=thread,
                           ASAN_OPTIONS=(options + ":" if options else "") + "verify_asan_link_order=0", **more)
        return hanging

    def hang_and_heal(self, thread):
        hanging = self.start_hanging(thread, WATCHDOG_USEC="4000000")
        self.manager.forget()
        self.assertTrue(wait_for(lambda: self.manager.listen().count("WATCHDOG=1") >= 3), self.log())
        before = len(self.log())
        hanging.touch()
        if thread == "outrider":
            time.sleep(1.5)
        else:
            self.assertTrue(wait_for(lambda: f"daemon.thread_stands_still thread={thread}" in self.log()[before:]))
        self.manager.forget()
        time.sleep(2.5)  # two meals, were it fed
        self.assertNotIn("WATCHDOG=1", self.manager.listen())
        hanging.unlink()
        self.assertTrue(self.manager.hears("WATCHDOG=1"))
        self.assertEqual(self.daemon.end(), 0)


PASS = """
import os, sys
n, pid, names = int(sys.argv[1]), sys.argv[2], sys.argv[3]
for i in range(n):
    os.dup2(100 + i, 3 + i)
    os.close(100 + i)
os.environ.update(LISTEN_PID=pid if pid.isdigit() else str(os.getpid()), LISTEN_FDS=str(n))
if names:
    os.environ["LISTEN_FDNAMES"] = names
os.execv(sys.argv[4], sys.argv[4:])
"""


class SocketTest(DaemonCase):
    def start_passed(self, *sockets, names=None, pid="our own"):
        """As systemd would: sockets from descriptor 3 on."""
        aside = [100 + i for i in range(len(sockets))]
        for one, fd in zip(sockets, aside):
            os.dup2(one.fileno(), fd)
        try:
            return self.start(before=(sys.executable, "-c", PASS, str(len(sockets)), pid, names or ""), pass_fds=aside)
        finally:
            for fd in aside:
                os.close(fd)

    def listening(self, family=socket.AF_INET, where=("127.0.0.1", 0)):
        one = socket.socket(family)
        self.addCleanup(one.close)
        one.bind(where)
        one.listen()
        return one

    def port(self, daemon):
        return int(daemon.url.rsplit(":", 1)[1])

    def test_the_only_socket_and_a_restart_on_it(self):
        one = self.listening()
        daemon = self.start_passed(one)
        self.assertEqual(self.port(daemon), one.getsockname()[1])
        self.assertIn("ok", daemon.get("/healthz"))
        self.assertIn("socket=passed", self.log())
        self.assertEqual(daemon.end(), 0)
        early = socket.create_connection(one.getsockname(), timeout=PATIENCE)  # nobody serves it yet
        early.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        daemon = self.start_passed(one)
        self.assertIn(b"200 OK", early.recv(4096))
        early.close()
        self.config.write_text(self.config.read_text().replace("127.0.0.1:0", "127.0.0.1:1"))
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: "reload.done" in self.log()))
        self.assertNotIn("not_applied", self.log())  # the file's address does not count
        self.assertEqual(daemon.end(), 0)

    def test_the_one_that_is_named(self):
        others, ours = self.listening(), self.listening()
        daemon = self.start_passed(others, ours, names="metrics:http")
        self.assertEqual(self.port(daemon), ours.getsockname()[1])
        self.assertEqual(daemon.end(), 0)

    def test_the_one_that_is_named_behind_many(self):
        others, ours = self.listening(), self.listening()
        daemon = self.start_passed(*[others] * 70, ours, names="metrics:" * 70 + "http")
        self.assertEqual(self.port(daemon), ours.getsockname()[1])
        self.assertEqual(daemon.end(), 0)
        with self.assertRaisesRegex(AssertionError, "71 sockets were passed, and none is named http"):
            self.start_passed(*[others] * 71)

    def test_a_socket_of_this_machine(self):
        where = str(self.folder / "http.sock")
        daemon = self.start_passed(self.listening(socket.AF_UNIX, where))
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(where)
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b"200 OK", client.recv(4096))
        self.assertEqual(daemon.end(), 0)

    def test_those_of_another_process_do_not_count(self):
        one = self.listening()
        daemon = self.start_passed(one, pid="1")
        self.assertNotEqual(self.port(daemon), one.getsockname()[1])
        self.assertEqual(daemon.end(), 0)

    def test_what_does_not_fit_is_refused(self):
        datagrams = socket.socket(type=socket.SOCK_DGRAM)
        self.addCleanup(datagrams.close)
        bound = socket.socket()
        self.addCleanup(bound.close)
        bound.bind(("127.0.0.1", 0))
        for sockets, names, words in (((datagrams,), None, "does not listen for streams"),
                                      ((bound,), None, "does not listen for streams"),
                                      ((self.listening(), self.listening()), "a:b", "none is named http")):
            with self.subTest(words=words), self.assertRaisesRegex(AssertionError, words):
                self.start_passed(*sockets, names=names)


class CredentialTest(unittest.TestCase):
    """LoadCredential=NAME:/file, read by ${credential:NAME}."""

    def setUp(self):
        tmp = tempfile.TemporaryDirectory(prefix="outrider-")
        self.addCleanup(tmp.cleanup)
        self.folder = pathlib.Path(tmp.name)
        self.folder.chmod(0o755)
        (self.folder / "checks.yaml").write_text("""
services: {a: {url: "http://127.0.0.1:9", headers: {Authorization: "Bearer ${credential:key}"}}}
checks: [{id: one, service: a, get: /}]
""")

    def check(self, credentials, **more):
        program = shutil.copy(BUILD / "outrider", self.folder / "outrider")
        return subprocess.run([program, "--check-config", "--config", self.folder / "checks.yaml"], timeout=PATIENCE,
                              env={**os.environ, **credentials}, capture_output=True, text=True, **more)

    def test_what_is_wrong_is_said(self):
        os.environ.pop("CREDENTIALS_DIRECTORY", None)
        answer = self.check({})
        self.assertEqual(answer.returncode, 2)
        self.assertIn("${credential:key}: CREDENTIALS_DIRECTORY is not set (systemd sets it)", answer.stderr)
        where = {"CREDENTIALS_DIRECTORY": str(self.folder)}
        answer = self.check(where)
        self.assertIn(f"${{credential:key}}: there is none of that name in {self.folder}: the unit needs "
                      "LoadCredential=key:/its/file", answer.stderr)
        (self.folder / "key").write_text("geheim-4711\n")
        self.assertEqual(self.check(where).returncode, 0)
        (self.folder / "key").chmod(0)
        nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        answer = self.check(where, **nobody)
        self.assertEqual(answer.returncode, 2)
        self.assertRegex(answer.stderr, r"checks.yaml:2:\d+: \$\{credential:key\}: Permission denied, to user \d+")
        (self.folder / "key").unlink()
        (self.folder / "key").mkdir()
        self.assertIn("${credential:key}: Is a directory", self.check(where).stderr)


if __name__ == "__main__":
    unittest.main()
