"""What happens to a server that runs for months, caused for real: each function is one fault, done n times.
test_daemon_faults.py does each a few times, scripts/faults often. A function returns a line of what it
counted; Breach is a promise that was not kept. Loopback only; what is mounted is mounted in a namespace."""
import contextlib
import glob
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

import ledgers
import telling
from ledgers import Breach, hold  # noqa: F401
from support import BUILD, PATIENCE, Sim
from watching import CHECKS, Daemon, Receiver, wait_for

FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")


class Unable(Exception):
    """The fault can't be caused here."""


class Watch:
    """A daemon on the stand-in, its checks every second, and the files of both."""

    def __init__(self, folder):
        self.folder, self.starts, self.daemon = pathlib.Path(folder), 0, None
        self.sim, self.receiver = Sim(), Receiver()
        self.config, self.database = self.folder / "checks.yaml", self.folder / "outrider.db"
        self.write_config()

    def close(self):
        if self.daemon and self.daemon.popen.poll() is None:
            self.daemon.end(signal.SIGKILL)
        self.receiver.close()
        self.sim.stop()

    def write_config(self, more=""):
        self.config.write_text(CHECKS.format(
            folder=self.folder, hook=self.receiver.port, more=more,
            gateway=self.sim.urls["gateway"], memory=self.sim.urls["memory"]))

    def start(self, **popen):
        self.starts += 1
        self.daemon = Daemon(self.config, self.folder / "log", "--database", self.database, **popen)
        return self.daemon

    def refused(self, *more):
        """What a start that fails says."""
        answer = subprocess.run([BUILD / "outrider", "--config", self.config, "--database", self.database, *more],
                                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
                                check=False)
        hold(answer.returncode == 3, "exit status", answer.returncode, answer.stderr)
        return answer.stderr

    def log(self):
        return (self.folder / "log").read_text()

    def asked(self):
        return len(self.sim.journal())

    def go_on(self, n=6):
        """Checks run."""
        before = self.asked()
        hold(wait_for(lambda: self.asked() >= before + n), "checks don't go on", self.log()[-2000:])

    def wait_up(self):
        hold(wait_for(lambda: {c["state"] for c in self.daemon.status().values()} == {"up"}),
             "not all is up", self.daemon.status(), self.log()[-2000:])

    def wait_said(self, words, since=0):
        hold(wait_for(lambda: re.search(words, self.log()[since:])), "the log lacks", words, self.log()[since:][-2000:])

    def end(self):
        """The whole story: an orderly end and the ledgers of slots and of the database."""
        hold(self.daemon.end() == 0, "it did not end well", self.log()[-2000:])
        return self.settle()

    def settle(self):
        slots = ledgers.Slots(self.database, self.sim.journal(), starts=self.starts)
        hold(not slots.wrong, "L1", slots.wrong)
        wrong = ledgers.database_wrong(self.database)
        hold(not wrong, "L3", wrong)
        return str(slots)


# --- the process ---

def killed(w, n):
    """SIGKILL at random moments."""
    for i in range(n):
        w.start()
        time.sleep(random.uniform(0.02, 1.2))
        kept = ledgers.keys(w.database)
        w.daemon.end(signal.SIGKILL)
        lost = kept - ledgers.keys(w.database)
        hold(not lost, len(lost), "committed results are lost")
        if i % 10 == 0:
            hold(not ledgers.database_wrong(w.database), "L3", ledgers.database_wrong(w.database))
    w.start()
    w.go_on()
    return w.end()


def stopped(w, n):
    """SIGSTOP for longer than several intervals: no burst on waking, the slots are counted."""
    w.start()
    w.wait_up()
    before = w.daemon.resources()
    for _ in range(n):
        w.daemon.popen.send_signal(signal.SIGSTOP)
        time.sleep(5)
        asked = w.asked()
        w.daemon.popen.send_signal(signal.SIGCONT)
        time.sleep(1.5)
        burst = w.asked() - asked
        hold(burst <= 3 * 3, burst, "requests in the 1.5 s after waking")  # three checks, each at most thrice
        w.go_on()
    w.wait_up()
    hold("check.down" not in w.log(), "a check went down", w.log()[-2000:])
    wrong = ledgers.resources_wrong(before, w.daemon.resources())
    hold(not wrong, "L4", wrong)
    said = w.end()
    missed = int(re.search(r"(\d+) missed", said).group(1))
    hold(missed >= n * 3 * 4, "only", missed, "slots are counted as missed")
    return said


def reloaded(w, n):
    """A bad file and a good one, in turn."""
    w.start()
    w.wait_up()
    before = None
    for i in range(n + 10):
        w.write_config("  - {id: broken, service: nobody, get: /}\n")
        w.daemon.reload(0)
        w.write_config(f"  - {{id: extra-{i % 10}, service: gateway, get: /health}}\n")
        w.daemon.reload(1)
        if i == 9:
            before = w.daemon.resources()
    w.write_config()
    w.daemon.popen.send_signal(signal.SIGHUP)
    w.go_on(9)
    after = w.daemon.resources()
    wrong = ledgers.resources_wrong(before, after, kib=4096)
    hold(not wrong, "L4", wrong)
    hold(w.daemon.end() == 0, "it did not end well")
    wrong = ledgers.database_wrong(w.database)
    hold(not wrong, "L3", wrong)
    return f"files {before['files']} -> {after['files']}, threads {before['threads']} -> {after['threads']}, " \
           f"memory {before['kib']} -> {after['kib']} KiB"


def out_of_descriptors(w, n):
    """The limit on open files falls below what is open, and is given back."""
    w.start()
    w.wait_up()
    pid = w.daemon.popen.pid
    before = w.daemon.resources()
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    for _ in range(n):
        since = len(w.log())
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (before["files"] - 2, limits[1]))
        w.wait_said("descriptors.used_up", since)
        with socket.create_connection(w.daemon.address(), PATIENCE) as visitor:  # whom nobody can let in now
            visitor.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            busy = w.daemon.processor_s()
            time.sleep(3)
            busy = w.daemon.processor_s() - busy
            hold(busy < 1, f"{busy:.2f} s of processor time in 3 s")
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
            visitor.settimeout(PATIENCE)
            hold(b"200 OK" in visitor.recv(4096), "a visitor gets no answer")
        w.wait_said("descriptors.free_again", since)
        w.go_on()
    w.wait_up()
    hold("check.down" not in w.log(), "a check went down", w.log()[-2000:])
    with ledgers.opened(w.database) as database:
        rows = database.execute("SELECT count(*) FROM result WHERE outcome = 2").fetchone()[0]
        held = database.execute("SELECT count(*) FROM result WHERE outcome = 3").fetchone()[0]
    hold(rows == 0, rows, "failures are in the database")
    hold(held >= n, "no run was held back")
    after = w.daemon.resources()
    wrong = ledgers.resources_wrong(before, after)
    hold(not wrong, "L4", wrong)
    hold(w.daemon.end() == 0, "it did not end well")
    wrong = ledgers.database_wrong(w.database)
    hold(not wrong, "L3", wrong)
    return f"{held} runs held back, none failed"


# --- the clock ---

def clock_jumps(w, n):
    """The wall clock alone is set forward and back by hours."""
    if not FAKETIME:
        raise Unable("no libfaketime (scripts/deps --test)")
    clock = w.folder / "clock"
    clock.write_text("+0s\n")
    options = os.environ.get("ASAN_OPTIONS", "")
    w.start(env={**os.environ, "LD_PRELOAD": FAKETIME[0], "FAKETIME_TIMESTAMP_FILE": str(clock),
                 "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1",
                 "ASAN_OPTIONS": (options + ":" if options else "") + "verify_asan_link_order=0"})
    w.wait_up()
    before, start, first = w.daemon.resources(), time.monotonic(), w.asked()
    offset = 0
    for i in range(n):
        since = len(w.log())
        offset += random.choice((-1, 1)) * random.randint(60, 100000) if i else 3600
        new = w.folder / "clock.new"
        new.write_text(f"{offset:+d}s\n")
        new.rename(clock)
        w.wait_said("clock.jumped", since)
        w.go_on(3)
    rate = (w.asked() - first) / (time.monotonic() - start)
    hold(2 < rate < 4, f"{rate:.2f} requests a second, of 3")
    hold(w.log().count("clock.jumped") + sum(map(int, re.findall(r"suppressed=(\d+)", w.log()))) <= n,
         "a jump is said twice")
    hold("check.down" not in w.log(), "a check went down", w.log()[-2000:])
    wrong = ledgers.resources_wrong(before, w.daemon.resources())
    hold(not wrong, "L4", wrong)
    hold(w.daemon.end() == 0, "it did not end well")
    with ledgers.opened(w.database) as database:
        rows, missed = (database.execute(f"SELECT {what}").fetchone()[0] for what in (
            "count(*) FROM result", "coalesce(sum(slots), 0) FROM missed"))
    hold(rows == w.asked(), f"{rows} rows, {w.asked()} asked")
    hold(missed <= 3, missed, "slots missed")
    wrong = ledgers.database_wrong(w.database)
    hold(not wrong, "L3", wrong)
    return f"{rows} rows, {missed} missed, {rate:.2f} requests a second"


# --- the file ---

def refused(w, n):
    """A second daemon, a newer schema, another program's file: it says which, and changes nothing."""
    for _ in range(n):
        w.start()
        w.go_on()
        hold("in use by another outrider" in w.refused(), "a second daemon is not refused")
        w.go_on()
        w.daemon.end()
        kept = w.database.read_bytes()
        with contextlib.closing(sqlite3.connect(w.database, isolation_level=None)) as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            database.execute(f"PRAGMA user_version = {version + 7}")
        newer = w.database.read_bytes()
        hold("newer Outrider" in w.refused(), "a newer schema is not refused")
        hold(w.database.read_bytes() == newer, "a newer schema's file was changed")
        for leftover in set(w.folder.glob("outrider.db*")) - {w.folder / "outrider.db.lock"}:
            leftover.unlink()
        with contextlib.closing(sqlite3.connect(w.database, isolation_level=None)) as database:
            database.execute("CREATE TABLE theirs (x)")
        theirs = w.database.read_bytes()
        hold("not a database of Outrider" in w.refused() or "another program" in w.refused(),
             "another program's file is not refused", w.refused())
        hold(w.database.read_bytes() == theirs, "another program's file was changed")
        for text in (b"not SQLite at all\n", b"{}" * 5000):
            w.database.write_bytes(text)
            w.refused()
            hold(w.database.read_bytes() == text, "another program's file was changed")
        w.database.write_bytes(kept)
    w.start()
    w.go_on()
    hold(w.daemon.end() == 0, "it did not end well")
    wrong = ledgers.database_wrong(w.database)
    hold(not wrong, "L3", wrong)
    return "each said why"


def corrupted(w, n):
    """Bytes of the file flipped at random while nobody runs: set aside where it shows, and monitoring goes on."""
    w.start()
    w.go_on(60)
    w.daemon.end()
    whole = w.database.read_bytes()
    aside = harmless = lost = 0
    for _ in range(n):
        for leftover in w.folder.glob("outrider.db*"):
            leftover.unlink()
        damaged = bytearray(whole)
        places = [random.randrange(len(damaged)) for _ in range(random.choice((1, 4, 64, 1024)))]
        for place in places:
            damaged[place] ^= 1 << random.randrange(8)
        w.database.write_bytes(damaged)
        before, start = len(w.log()), len(w.sim.journal())
        try:
            w.start()
        except AssertionError:  # of a beginning that is lost nobody knows whose file it was
            hold(min(places) < 100, "refused, and the header is whole", w.log()[before:])
            hold(w.database.read_bytes() == damaged, "a file that is refused was changed")
            lost += 1
            continue
        hold(wait_for(lambda: len(w.sim.journal()) >= start + 3), "checks don't go on", w.log()[before:])
        said = w.log()[before:]
        kept = [p for p in w.folder.glob("outrider.db.corrupt-*") if not p.name.endswith(("-wal", "-shm"))]
        hold(w.daemon.end() == 0, "it did not end well", w.log()[before:])
        if kept:
            aside += 1
            hold(kept[0].read_bytes() == damaged, "what was set aside is not what was found")
            hold("set_aside" in said, "nobody said that it was set aside", said)
            wrong = ledgers.database_wrong(w.database)
            hold(not wrong, "L3", wrong)
        else:
            harmless += 1
    return f"{aside} set aside, {harmless} where it does not show, {lost} refused without their header"


class Disk:
    """A small file system of our own. The process that uses it must be in a mount namespace of its own."""

    def __init__(self, w, size):
        self.where = w.folder / "disk"
        self.where.mkdir(exist_ok=True)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "outrider-test", self.where],
                          capture_output=True, check=False).returncode:
            raise Unable("can't mount (needs root and a mount namespace)")
        w.database = self.where / "outrider.db"

    def fill(self):
        with open(self.where / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError:
                pass

    def free(self):
        (self.where / "filler").unlink()

    def remount(self, *options):
        return subprocess.run(["mount", "-o", "remount," + ",".join(options), self.where], capture_output=True,
                              check=False).returncode == 0

    def close(self):
        subprocess.run(["umount", "--lazy", self.where], check=False, capture_output=True)


def disk_full(w, n):
    """No room for a while: checks, page and alerts go on from memory, and all is written when there is."""
    disk = Disk(w, "3m")
    try:
        w.start()
        w.wait_up()
        before = w.daemon.resources()
        for check in ("memory-health", "gateway-health", "gateway-stream")[:n]:  # one of them twice would flap
            since = len(w.log())
            disk.fill()
            w.wait_said("store.write_failed", since)
            told = len(w.receiver.bodies)
            w.sim.set("status-500@" + check)
            hold(wait_for(lambda: len(w.receiver.bodies) > told), "an alert waits for the disk", w.log()[since:])
            hold(check in w.daemon.get("/"), "the page is gone")
            hold(w.daemon.metric("outrider_store_queue_length") > 0, "nothing is kept in memory")
            w.sim.set()
            hold(wait_for(lambda: len(w.receiver.bodies) > told + 1), "the end waits for the disk", w.log()[since:])
            disk.free()
            w.wait_said("store.writes_again", since)
            w.wait_up()
        hold(len(w.receiver.bodies) == 2 * n, len(w.receiver.bodies), "messages for", n, "failures")
        wrong = ledgers.resources_wrong(before, w.daemon.resources())
        hold(not wrong, "L4", wrong)
        return w.end()
    finally:
        disk.close()


def read_only(w, n):
    """The file system is read-only: a start says so, and works once it is not."""
    disk = Disk(w, "8m")
    try:
        for i in range(n):
            w.start()
            w.go_on()
            hold(w.daemon.end() == 0, "it did not end well")
            hold(disk.remount("ro"), "can't remount")
            said = w.refused()
            hold("Read-only file system" in said or "read-only" in said, "it does not say why:", said)
            hold(str(w.database) in said, "it does not say which file:", said)
            hold(disk.remount("rw"), "can't remount")
            del i
        w.start()
        w.go_on()
        return w.end()
    finally:
        disk.close()


def preloaded(w, name, **variables):
    """The environment of a daemon with a library of ours before the system's."""
    library = w.folder / f"{name}.so"
    subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", library,
                    pathlib.Path(__file__).with_name(f"{name}.c"), "-ldl"], check=True)
    options = os.environ.get("ASAN_OPTIONS", "")
    return {**os.environ, **variables, "LD_PRELOAD": str(library),
            "ASAN_OPTIONS": (options + ":" if options else "") + "verify_asan_link_order=0"}


def turned_read_only(w, n):
    """The kernel makes the file system read-only under a running daemon, and somebody mends it: checks, page and
    alerts go on from memory, it is said once, and all is written when there is a way."""
    flag = w.folder / "read-only"
    w.start(env=preloaded(w, "readonly", READ_ONLY_WHILE=str(flag)))
    w.wait_up()
    before = w.daemon.resources()
    for check in ("memory-health", "gateway-health", "gateway-stream")[:n]:  # one of them twice would flap
        since, told = len(w.log()), len(w.receiver.bodies)
        flag.touch()
        w.sim.set("status-500@" + check)
        hold(wait_for(lambda: len(w.receiver.bodies) > told), "an alert waits for the disk", w.log()[since:])
        w.wait_said("store.write_failed", since)
        hold("Read-only file system" in w.log()[since:], "it does not say why", w.log()[since:])
        hold(wait_for(lambda: w.daemon.metric("outrider_store_up") == 0), "the metric does not say it")
        hold(wait_for(lambda: "be stored at the moment" in w.daemon.get("/")), "the page does not say it")
        rows = len(ledgers.keys(w.database))
        w.sim.set()
        hold(wait_for(lambda: len(w.receiver.bodies) > told + 1), "the end waits for the disk", w.log()[since:])
        w.go_on(9)
        hold(w.daemon.metric("outrider_store_queue_length") >= 9, "results are not kept in memory")
        hold(len(ledgers.keys(w.database)) == rows, "it was not read-only")
        hold(w.log()[since:].count("store.write_failed") == 1, "it is not said once", w.log()[since:])
        flag.unlink()
        w.wait_said("store.writes_again", since)
        w.wait_up()
        hold(wait_for(lambda: w.daemon.metric("outrider_store_up") == 1), "the metric does not say that it is well")
    hold(len(w.receiver.bodies) == 2 * n, len(w.receiver.bodies), "messages for", n, "failures")
    wrong = ledgers.resources_wrong(before, w.daemon.resources())
    hold(not wrong, "L4", wrong)
    return w.end()


FAULTS = {  # name: what, how often, how often when it must be quick
    "kill": (killed, 200, 10),
    "alert-kill": (telling.killed, 200, 12),
    "disk-full": (disk_full, 3, 1),
    "read-only": (read_only, 3, 1),
    "turned-read-only": (turned_read_only, 3, 1),
    "corrupt": (corrupted, 150, 8),
    "refuse": (refused, 3, 1),
    "clock": (clock_jumps, 18, 3),
    "stop": (stopped, 6, 1),
    "descriptors": (out_of_descriptors, 10, 1),
    "reload": (reloaded, 200, 15),
}


def run(name, folder, times):
    w = Watch(folder)
    try:
        return FAULTS[name][0](w, times)
    finally:
        w.close()
        shutil.rmtree(w.folder / "disk", ignore_errors=True)
