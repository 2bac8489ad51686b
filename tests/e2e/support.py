"""What the end-to-end tests share: processes that end with their test, and HTTP as bytes."""
import json
import os
import pathlib
import re
import selectors
import signal
import socket
import subprocess
import time
import urllib.parse

BUILD = pathlib.Path(os.environ.get("OUTRIDER_BUILD", "build"))
SOURCE = pathlib.Path(os.environ.get("OUTRIDER_SOURCE", pathlib.Path(__file__).parents[2]))
PATIENCE = 30.0  # seconds; only a test that fails waits so long


class Process:
    """A program that is stopped, by its own pid, when the block ends."""

    def __init__(self, *argv, env=None, stderr=subprocess.PIPE):
        self.argv = [str(a) for a in argv]
        self.popen = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=stderr, env=env)
        self.lines = []

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    def read_until(self, pattern, patience=PATIENCE):
        """Lines of standard output up to the first that matches."""
        end = time.monotonic() + patience
        os.set_blocking(self.popen.stdout.fileno(), False)
        rest = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.popen.stdout, selectors.EVENT_READ)
            while time.monotonic() < end:
                selector.select(max(0, end - time.monotonic()))
                data = self.popen.stdout.read()
                if data == b"":
                    break
                rest += data or b""
                *whole, rest = rest.split(b"\n")
                for line in whole:
                    self.lines.append(line.decode())
                    if re.search(pattern, self.lines[-1]):
                        return self.lines
        raise AssertionError(f"{self.argv}: no line like {pattern!r} but {self.lines}; {self.stop()}")

    def stop(self, how=signal.SIGTERM):
        """Its exit status and what it wrote to standard error."""
        if self.popen.poll() is None:
            self.popen.send_signal(how)
        try:
            _, errors = self.popen.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            _, errors = self.popen.communicate()
        except ValueError:  # was stopped before
            errors = b""
        return self.popen.returncode, (errors or b"").decode(errors="replace")


class Sim(Process):
    """janus-sim on free ports."""

    def __init__(self, *args):
        super().__init__(BUILD / "janus-sim", "--port", "0", *args)
        lines = self.read_until(r"^ready$")
        self.urls = dict(line.split(" ", 1) for line in lines if " " in line)

    def get(self, service, path, **more):
        return fetch(self.urls[service], "GET", path, **more)

    def post(self, service, path, body, **more):
        return fetch(self.urls[service], "POST", path, body, **more)

    def chat(self, service, asked, stream=False, model="baseline-cli-agent", more=None, **how):
        messages = asked if isinstance(asked, list) else [{"role": "user", "content": asked}]
        body = {"model": model, "messages": messages, "stream": stream, **(more or {})}
        return self.post(service, "/v1/chat/completions", body, **how)

    def set(self, *faults):
        answer = self.post("control", "/_sim/faults", {"set": list(faults)})
        if answer.status != 200:
            raise AssertionError(answer.text)

    def journal(self, since=0):
        answer = self.get("control", f"/_sim/journal?since={since}")
        return [json.loads(line) for line in answer.text.splitlines()]


class Answer:
    """What came over the wire: every byte, when, and how it ended."""

    def __init__(self, raw, times, ended, head_only=False):
        self.raw = raw
        self.times = times  # [(seconds since the connect, bytes so far)]
        self.ended = ended  # "whole", "fin", "reset", "refused", "time"
        self.head, self.chunks, self.complete = b"", None, False
        self.status, self.headers, self.body = 0, [], b""
        if b"\r\n\r\n" in raw:
            self._read(head_only)

    def _read(self, head_only):
        self.head, body = self.raw.split(b"\r\n\r\n", 1)
        first, *lines = self.head.decode("latin-1").split("\r\n")
        self.version, status, *_ = first.split(" ")
        self.status = int(status)
        self.headers = [line.partition(": ")[::2] for line in lines]
        if head_only or self.status in (204, 304):
            self.complete = True
        elif self.header("transfer-encoding") == "chunked":
            self._read_chunks(body)
        else:
            length = self.header("content-length")
            self.body = body
            self.complete = (length is not None and len(body) == int(length)) or (
                length is None and self.ended == "fin")

    def _read_chunks(self, rest):
        self.chunks = []
        while True:
            line, found, rest = rest.partition(b"\r\n")
            if not found or not re.fullmatch(rb"[0-9a-f]+", line):
                return
            size = int(line, 16)
            if size == 0:
                self.complete = rest.startswith(b"\r\n")
                return
            self.chunks.append(rest[:size])
            self.body += rest[:size]
            if rest[size:size + 2] != b"\r\n":
                return
            rest = rest[size + 2:]

    def header(self, name):
        return next((v for n, v in self.headers if n == name), None)

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def said(self):
        """The assistant's words in a whole answer."""
        return self.json["choices"][0]["message"]["content"]

    @property
    def events(self):
        """The data of a stream's events; LF and data: with a space only."""
        return [e[6:] for e in self.text.split("\n\n") if e.startswith("data: ")]

    @property
    def chunks_json(self):
        return [json.loads(e) for e in self.events if e != "[DONE]"]

    @property
    def words(self):
        """The assistant's words in a stream."""
        deltas = [c["choices"][0]["delta"] for c in self.chunks_json if c.get("choices")]
        return "".join(d.get("content") or "" for d in deltas)

    def when(self, needle):
        """Seconds until the bytes that end with needle were there."""
        at = self.raw.index(needle) + len(needle)
        return next(t for t, n in self.times if n >= at)

    @property
    def longest_pause(self):
        moments = [0.0] + [t for t, _ in self.times]
        return max(b - a for a, b in zip(moments, moments[1:]))


def is_whole(raw, head_only):
    answer = Answer(raw, [], "time", head_only)
    return answer.complete


def exchange(url, request, patience=PATIENCE, head_only=False, enough=None, limit=1 << 26,
             tls=None):
    """Sends bytes and reads until the answer is whole, enough(raw) says so, or the end. tls: the
    context of a client; what it says of a broken handshake or end is raised."""
    where = urllib.parse.urlsplit(url)
    raw, times, start = b"", [], time.monotonic()
    try:
        peer = socket.create_connection((where.hostname, where.port), timeout=patience)
    except ConnectionRefusedError:
        return Answer(b"", [], "refused")
    if tls:
        peer = tls.wrap_socket(peer, server_hostname=where.hostname, suppress_ragged_eofs=False)
    with peer:
        try:
            peer.sendall(request)
            while True:
                left = patience - (time.monotonic() - start)
                if left <= 0 or len(raw) > limit:
                    return Answer(raw, times, "time", head_only)
                peer.settimeout(left)
                data = peer.recv(65536)
                if not data:
                    return Answer(raw, times, "fin", head_only)
                raw += data
                times.append((time.monotonic() - start, len(raw)))
                if enough and enough(raw):
                    return Answer(raw, times, "whole", head_only)
                if not enough and is_whole(raw, head_only):
                    return Answer(raw, times, "whole", head_only)
        except TimeoutError:
            return Answer(raw, times, "time", head_only)
        except ConnectionError:
            return Answer(raw, times, "reset", head_only)


def request_bytes(url, method, path, body=None, headers=None):
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: {urllib.parse.urlsplit(url).netloc}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines + ["", ""]).encode() + (body or b"")


def fetch(url, method, path, body=None, headers=None, check=None, **more):
    """One request. check: the id of the check it stands for."""
    headers = dict(headers or {})
    if check:
        headers["X-Request-ID"] = check + "-0123456789abc"
    request = request_bytes(url, method, path, body, headers)
    return exchange(url, request, head_only=method == "HEAD", **more)

