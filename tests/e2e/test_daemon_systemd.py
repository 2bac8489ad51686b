"""The daemon under a service manager, which a test plays: ready, reloading, status, watchdog."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import unittest

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

    def test_the_watchdog_starves_when_any_thread_hangs(self):
        shim = self.folder / "hang.so"
        if subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", shim, HERE / "hang.c", "-ldl"],
                          check=False).returncode:
            self.skipTest("no C compiler")
        for thread in ("store", "http", "courier", "outrider"):  # the last is the loop
            with self.subTest(thread=thread):
                self.hang_and_heal(shim, thread)

    def hang_and_heal(self, shim, thread):
        hanging = self.folder / f"hang-{thread}"
        options = os.environ.get("ASAN_OPTIONS", "")
        self.start_watched(LD_PRELOAD=str(shim), HANG_FILE=str(hanging), HANG_THREAD=thread,
                           WATCHDOG_USEC="4000000",
                           ASAN_OPTIONS=(options + ":" if options else "") + "verify_asan_link_order=0")
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


if __name__ == "__main__":
    unittest.main()
