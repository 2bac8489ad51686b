"""A scriptable target on loopback: five small services that answer as a healthy Janus would, and a
fault that may change any answer before it is sent, down to its bytes on the wire.

Raw sockets and threads, one request a connection, so that an answer may also lie about its length,
stop inside a chunk, reset, or never end. Many targets run at once, each on its own ports.
"""
import json
import re
import selectors
import socket
import struct
import threading
import time
import urllib.parse

SERVICES = ("gateway", "baseline-cli", "baseline-langchain", "memory", "ui")
MODELS = ("baseline-cli-agent", "baseline-langchain", "baseline")
TLS_HANDSHAKE = 0x16    # the first byte of who expects TLS
STORY = (
    "Once a gateway waited so long that its request timed out. ",
    "\"Connection error: nobody is there\", it read. ",
    "But the baseline had only slept, ",
    "and in the morning it answered.",
)


class Request:
    """What one client asked."""

    def __init__(self, service, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.service = service
        self.method, target, _ = lines[0].split(" ", 2)
        self.path, _, query = target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query))
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()
        self.body = body
        try:
            self.json = json.loads(body) if body else None
        except ValueError:
            self.json = None
        fields = self.json if isinstance(self.json, dict) else {}
        self.messages = fields.get("messages") or []
        self.model = fields.get("model")
        self.streamed = bool(fields.get("stream"))
        self.is_chat = self.path == "/v1/chat/completions" and bool(self.messages)

    @property
    def question(self):
        """The last user's text."""
        texts = [m["content"] for m in self.messages if m.get("role") == "user"]
        last = texts[-1] if texts else ""
        return last if isinstance(last, str) else last[0]["text"]


class Answer:
    """What is to be sent. `pieces` are bytes, or numbers: pauses in seconds. A fault changes any of
    it; `raw` replaces everything, head included."""

    def __init__(self, status=200, body=b"", kind="application/json"):
        self.status = status
        self.headers = {"content-type": kind, "server": "target"}
        self.pieces = [body]
        self.wait = 0             # before the head
        self.early = b""          # informational answers before it
        self.framing = "length"   # or "chunked", "close"
        self.length = None        # what content-length claims instead of the truth
        self.version = "1.1"
        self.end = "clean"        # or "cut" (no last chunk), "reset", "open" (never)
        self.raw = None

    @classmethod
    def of(cls, value, status=200):
        return cls(status, json.dumps(value).encode())

    @classmethod
    def stream(cls, pieces):
        answer = cls(kind="text/event-stream; charset=utf-8")
        answer.pieces = list(pieces)
        answer.framing = "chunked"
        return answer

    @property
    def text(self):
        return b"".join(p for p in self.pieces if isinstance(p, bytes))

    def rewrite(self, change):
        """change(bytes) -> bytes, on every piece that is not a pause."""
        self.pieces = [change(p) if isinstance(p, bytes) else p for p in self.pieces]

    def head(self):
        lines = [f"HTTP/{self.version} {self.status} Said"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.framing == "chunked":
            lines.append("transfer-encoding: chunked")
        elif self.framing == "length":
            length = len(self.text) if self.length is None else self.length
            lines.append(f"content-length: {length}")
        return "\r\n".join(lines + ["connection: close", "", ""]).encode("latin-1")

    def send(self, sock, stopped):
        if stopped.wait(self.wait):
            return
        if self.raw is not None:
            sock.sendall(self.raw)
        else:
            sock.sendall(self.early + self.head())
            for piece in self.pieces:
                if not isinstance(piece, bytes):
                    if stopped.wait(piece):
                        return
                elif self.framing == "chunked":
                    sock.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
                else:
                    sock.sendall(piece)
            if self.framing == "chunked" and self.end == "clean":
                sock.sendall(b"0\r\n\r\n")
        if self.end == "reset":
            time.sleep(0.05)      # let what was sent arrive: a reset discards what was not read
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        while self.end == "open" and not stopped.is_set():
            sock.settimeout(0.2)
            try:
                if not sock.recv(1):
                    return
            except TimeoutError:
                pass


# ── A healthy Janus ──────────────────────────────────────────────────────────────────────────────

def data(value):
    return b"data: " + json.dumps(value, separators=(",", ":")).encode() + b"\n\n"


def delta(fields, finish=None, **more):
    choice = {"index": 0, "delta": fields}
    if finish:
        choice["finish_reason"] = finish
    return data({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
                 "model": "m", "choices": [choice], **more})


DONE = b"data: [DONE]\n\n"
STOP = delta({}, finish="stop")


def parts_of_answer(request):
    """The assistant's text, in the parts in which it is streamed."""
    question = request.question
    if "story" in question:
        return STORY
    if "poem" in question:
        return ("Roses are red, ", "violets are blue, ", "streams end well, ", "and so do you.")
    known = {
        "France": ("Paris ", "is the capital."), "2+2": ("2 + 2 ", "= 4"),
        "Count": ("1, ", "2, ", "3"), "function": ("def add(a, b):\n", "    return a + b"),
        "script": ("print('Hello ", "World')"), "What is my name": ("You are ", name_of(request)),
    }
    for word, parts in known.items():
        if word in question:
            return parts
    return ("Hello! ", "How can I help?")


def name_of(request):
    """Known from an earlier turn only, and only if the assistant's own turn came along."""
    said = json.dumps(request.messages[:-1])
    return "Alice" if "Alice" in said and '"assistant"' in said else "a stranger"


def events(parts):
    yield delta({"role": "assistant"}, metadata={"using_agent": False})
    yield delta({})
    for part in parts:
        yield delta({"content": part})
    yield STOP
    yield b": bye\n\n"
    yield DONE


def completion(text, **message):
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text,
                                                 "tool_calls": None, **message},
                         "finish_reason": "stop"}], "usage": None}


def say(request, parts):
    """These parts as a chat's answer, streamed if that was asked for."""
    if request.streamed:
        return Answer.stream(events(parts))
    return Answer.of(completion("".join(parts)))


def answer_chat(request):
    if request.body and request.json is None:
        return Answer.of({"detail": [{"type": "json_invalid", "loc": ["body", 1]}]}, 422)
    if not request.messages:
        return Answer.of({"detail": [{"type": "missing", "loc": ["body", "messages"]}]}, 422)
    if request.model not in MODELS:
        return Answer.of({"error": {"message": "no such model"}}, 404)
    return say(request, parts_of_answer(request))


def answer(request):
    """What a healthy service says."""
    path, service = request.path, request.service
    if service == "ui":
        return Answer(200, b"<!doctype html><title>Janus</title>", "text/html; charset=utf-8")
    if path == "/health":
        return Answer.of({"status": "ok", "version": "0.1.0"})
    if service == "memory":
        return Answer.of({"/memories/extract": {"memories_saved": [], "total_user_memories": 0},
                          "/memories/relevant": {"memories": []},
                          "/memories/clear": {"deleted": True}}[path])
    if path == "/v1/chat/completions":
        return answer_chat(request)
    if path.startswith("/v1/debug/stream/"):
        return Answer.stream([])
    if path == "/docs":
        return Answer(200, b"<!doctype html><title>docs</title>", "text/html; charset=utf-8")
    if path == "/v1/models":
        return Answer.of({"object": "list", "data": [
            {"id": name, "object": "model", "created": 1} for name in MODELS[:2]]})
    if path == "/api/transcribe/health":
        return Answer.of({"available": True})
    if path == "/api/transcribe":
        return Answer.of({"text": "", "language": "en", "duration": 0.1})
    return Answer.of({"detail": "Not Found"}, 404)


# ── The sockets ──────────────────────────────────────────────────────────────────────────────────

class Target:
    """All five services. fault(request, answer) changes an answer, or returns another one; services
    in `down` refuse connections. journal: every request, in order of arrival."""

    def __init__(self, fault=None, down=()):
        self.fault = fault
        self.journal = []
        self.stopped = threading.Event()
        self.selector = selectors.DefaultSelector()
        self.sockets = []
        self.urls = {}
        for service in SERVICES:
            sock = socket.socket()
            sock.bind(("127.0.0.1", 0))    # a port that is bound and not listened on refuses
            if service not in down:
                sock.listen(128)
                self.selector.register(sock, selectors.EVENT_READ, service)
            self.sockets.append(sock)
            self.urls[service] = "http://127.0.0.1:%d" % sock.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while not self.stopped.is_set():
            for key, _ in self.selector.select(0.1):
                sock, _ = key.fileobj.accept()
                threading.Thread(target=self.serve, args=(key.data, sock), daemon=True).start()

    def serve(self, service, sock):
        try:
            with sock:
                request = read_request(service, sock)
                if request is None:
                    return
                self.journal.append(request)
                found = answer(request)
                if self.fault:
                    found = self.fault(request, found) or found
                found.send(sock, self.stopped)
        except OSError:
            pass    # the client went away: its right

    def close(self):
        self.stopped.set()
        self.thread.join()
        self.selector.close()
        for sock in self.sockets:
            sock.close()


def read_request(service, sock):
    seen = b""
    while b"\r\n\r\n" not in seen:
        more = sock.recv(65536)
        if not more:
            return None
        seen += more
        if seen[0] == TLS_HANDSHAKE:
            sock.sendall(Answer(400).head())
            return None
    head, _, body = seen.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        more = sock.recv(65536)
        if not more:
            return None
        body += more
    return Request(service, head, body)
