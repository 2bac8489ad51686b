"""The ledgers that are held against each other after a fault, for a watch of CHECKS (watching.py).

L1  every slot of the schedule is a row of the database or counted as missed, and every row was asked
L3  the database is whole, and no check has two open incidents
L4  open files, threads and memory are where they were
"""
import collections
import sqlite3
import statistics


class Breach(AssertionError):
    """A promise that was not kept."""


def hold(condition, *words):
    if not condition:
        raise Breach(" ".join(map(str, words)))


def opened(path):
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def keys(path):
    with opened(path) as database:
        return {k for k, in database.execute("SELECT key FROM result")}


def grid(id, every=1.0):
    """Where a check's slots lie on the monotonic clock: its offset in the interval."""
    h = 0xcbf29ce484222325
    for c in id.encode():
        h = (h ^ c) * 0x100000001b3 % 2**64
    return (h ^ h >> 32) % round(every * 1e6) / 1e6


def slots(id, start, end, every=1.0):
    """How many slots lie in [start, end)."""
    offset = grid(id, every)
    return int(-((offset - end) // every) - -((offset - start) // every))


class Slots:
    """L1. starts: how often the daemon started: each may add a slot (a first one, soon), and lose the run
    that was under way when it ended, whose slot is then a missed one."""

    def __init__(self, path, journal, every_s=1.0, starts=1):
        self.rows, self.missed, self.asked = collections.defaultdict(list), collections.Counter(), collections.Counter()
        with opened(path) as database:
            for check, ms in database.execute("""SELECT id, key & ((1 << 42) - 1) FROM result
                    JOIN checks ON number = key >> 42 ORDER BY key"""):
                self.rows[check].append(ms / 1000)
            for check, slots in database.execute("""SELECT id, sum(slots) FROM missed
                    JOIN checks ON number = key >> 42 GROUP BY id"""):
                self.missed[check] = slots
        for entry in journal:
            name = (entry.get("request_id") or "").rpartition("-")[0]
            self.asked[name] += 1
        self.wrong = []
        self.slots = 0
        for check, times in self.rows.items():
            slots = round((times[-1] - times[0]) / every_s) + 1
            served = self.served(times, every_s)
            self.slots += slots
            if served + self.missed[check] < slots - 1:
                self.wrong.append(f"{check}: {slots} slots, {served} served, {self.missed[check]} missed")
            if len(times) + self.missed[check] > slots + starts:
                self.wrong.append(f"{check}: {slots} slots, {len(times)} rows, {self.missed[check]} missed")
            if not len(times) <= self.asked[check] <= len(times) + starts:
                self.wrong.append(f"{check}: {self.asked[check]} asked, {len(times)} rows")

    @staticmethod
    def served(times, every_s):
        """Slots with a row; those of a start stand beside the others."""
        phase = statistics.median(t % every_s for t in times)
        return len({round((t - phase) / every_s) for t in times})

    def __str__(self):
        return (f"{self.slots} slots, {sum(map(len, self.rows.values()))} rows, {sum(self.missed.values())} missed, "
                f"{sum(self.asked[check] for check in self.rows)} asked")


def database_wrong(path):
    """L3: what is wrong; "" when nothing is."""
    try:
        with opened(path) as database:
            said = database.execute("PRAGMA integrity_check").fetchall()
            twice = database.execute("""SELECT count(*) FROM (SELECT number FROM incident
                WHERE resolved_us IS NULL GROUP BY number HAVING count(*) > 1)""").fetchone()[0]
    except sqlite3.Error as error:
        return str(error)
    if said != [("ok",)]:
        return f"integrity_check: {said[0][0]}"
    return f"{twice} checks with two open incidents" if twice else ""


def resources_wrong(before, after, kib=8192):
    """L4: what is wrong; a run that is under way may hold some."""
    wrong = []
    if after["files"] > before["files"] + 8:
        wrong.append(f"files {before['files']} -> {after['files']}")
    if after["threads"] > before["threads"] + 2:  # look-ups
        wrong.append(f"threads {before['threads']} -> {after['threads']}")
    if after["kib"] > before["kib"] + kib:
        wrong.append(f"memory {before['kib']} -> {after['kib']} KiB")
    return ", ".join(wrong)
