"""Holds every #include against the rules of the house: who may see whom, one door to each library."""
import pathlib
import re
import sys

ROOMS = {
    "base": set(),
    "check": {"base"},
    "watch": {"base", "check"},
    "proof": {"base", "check"},
    "config": {"base", "check", "watch"},
    "engine": {"base", "check", "watch"},
    "store": {"base", "check", "watch"},
    "serve": {"base", "check", "watch", "store"},
    "alert": {"base", "check", "watch", "engine", "store"},
    "report": {"base", "check", "watch", "proof"},
    "sim": {"base"},
    "manual": {"base", "check", "watch", "config", "sim"},
}
# Parts of the program itself: they know everybody, and nobody but the program knows them.
ROOMS |= {part: set(ROOMS) | {"daemon", "demo", "inspect"} for part in ("daemon", "demo", "doctor", "inspect", "selftest")}
# A room that is configured owns its options; config/ may see those headers and nothing else of theirs.
EXTRA = {
    "config": {"serve/options.h", "store/options.h", "alert/options.h", "engine/options.h"},
}
# Of these rooms, others may see only some headers.
NARROW = {
    ("serve", "store"): {"store/reader.h", "store/reader_incidents.h", "store/people.h", "store/options.h"},
    ("alert", "engine"): {"engine/mail.h", "engine/transfer.h", "engine/hook.h", "engine/sign.h", "engine/options.h"},
    ("alert", "store"): {"store/outbox.h"},
}
DOORS = {
    r"curl/": {"src/engine/transfer"},
    r"zlib\.h": {"src/engine/unzip", "src/serve/gzip.c", "src/sim/"},
    r"openssl/": {"src/engine/tls", "src/engine/sign.c", "src/sim/tls"},
    r"event2/": {"src/engine/", "src/alert/courier", "src/alert/manager.c", "src/alert/trial.c", "src/sim/", "src/daemon/", "src/once.c", "src/standin.c", "src/selftest/",
                  "src/doctor/services.c"},
    r"sqlite3\.h": {"src/store/"},
    r"microhttpd\.h": {"src/serve/server.c", "src/serve/exchange.c", "src/serve/exchange.h", "src/serve/streams"},
    r"crypt\.h": {"src/serve/password.c"},
    r"yaml\.h": {"src/config/yaml.c"},
    r"(cjson/)?cJSON\.h": {"src/base/json"},
    r"pcre2\.h": {"src/base/regex.c"},
}
CALLS = {
    r"\bclock_gettime\s*\(|\bgettimeofday\s*\(|\btime\s*\(\s*(NULL|0)\s*\)": {"src/base/clock.c"},
}
PURE = {"check", "watch", "proof"}
IMPURE = {"base/clock.h", "base/log.h", "base/queue.h"}


def room_of(path):
    parts = path.split("/")
    if path.startswith("src/") and len(parts) > 2:
        return parts[1]
    if path.startswith("include/outrider/"):
        return parts[2]
    return None


def allowed_door(path, doors):
    return any(path.startswith(d) for d in doors)


def check(root):
    wrong = []
    files = 0
    for file in sorted([*root.glob("src/**/*.[ch]"), *root.glob("include/**/*.h")]):
        path = file.relative_to(root).as_posix()
        room = room_of(path)
        text = file.read_text()
        files += 1
        if path.startswith("include/") and text.count("\n") > 150:
            wrong.append(f"{path}: a public header of {text.count(chr(10))} lines")
        for number, line in enumerate(text.splitlines(), 1):
            where = f"{path}:{number}"
            for call, doors in CALLS.items():
                if re.search(call, line) and not allowed_door(path, doors):
                    wrong.append(f"{where}: reads a clock; only {', '.join(doors)} may")
            found = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', line)
            if not found:
                continue
            name = found.group(1)
            for door, doors in DOORS.items():
                if re.match(door, name) and not allowed_door(path, doors):
                    wrong.append(f"{where}: <{name}> has its door in {', '.join(sorted(doors))}")
            other = name.split("/")[0]
            if other not in ROOMS or other == room or room is None:
                continue
            if name in EXTRA.get(room, set()):
                continue
            if other not in ROOMS[room]:
                wrong.append(f"{where}: {room}/ must not know {other}/ ({name})")
            elif (room, other) in NARROW and name not in NARROW[room, other]:
                wrong.append(f"{where}: {room}/ may see of {other}/ only {', '.join(sorted(NARROW[room, other]))}")
            elif room in PURE and name in IMPURE:
                wrong.append(f"{where}: {room}/ is pure; {name} is not")
    return files, wrong


def main():
    files, wrong = check(pathlib.Path(sys.argv[1]))
    for line in wrong:
        print(line)
    print(f"{files} files, {len(wrong)} violations")
    return 1 if wrong or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
