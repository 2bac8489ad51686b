"""A small HTTP service for tests: each path is a function, every request is remembered."""
import contextlib
import http.server
import json
import random
import socket
import threading
import time


class Asked:
    """One request as it came."""

    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body


def bound_socket():
    """A port that refuses connections, and that nobody else can take, until it listens."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


def free_port():
    """A port for a program that can't be given a socket: below those that the system hands out by itself."""
    for port in random.sample(range(20000, 32000), 100):
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


class Server:
    """Serves on a loopback port while the block lasts. routes: path -> function(handler)."""

    def __init__(self, routes=None, bound=None):
        self.routes = {"/health": answer(200, {"status": "ok"}), **(routes or {})}
        self.asked, self.together, self.most_together = [], 0, 0
        self.lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            site = outer

            def handle_any(self):
                outer.handle(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any

            def log_message(self, *unused):
                pass

        bound = bound or bound_socket()
        self.server = http.server.ThreadingHTTPServer(bound.getsockname(), Handler, False)
        self.server.socket.close()
        self.server.socket, self.server.server_address = bound, bound.getsockname()
        self.server.request_queue_size = 128  # a full queue drops a SYN, which comes again after a second
        self.server.server_activate()
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def handle(self, handler):
        size = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(size)
        with self.lock:
            self.asked.append(Asked(handler.command, handler.path, handler.headers, body))
        try:
            route = self.routes.get(handler.path.split("?")[0], answer(404, {"detail": "Not Found"}))
            route(handler)
        except ConnectionError:
            handler.close_connection = True

    def think(self, seconds):
        """Answers that take a while count as being served together, until they are sent."""
        with self.lock:
            self.together += 1
            self.most_together = max(self.most_together, self.together)
        time.sleep(seconds)
        with self.lock:
            self.together -= 1

    def paths(self):
        return [asked.path for asked in self.asked]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *unused):
        self.server.shutdown()
        self.server.server_close()


def answer(status, body=b"", headers=None, after=0.0):
    """A whole answer. body: bytes, text, or something that becomes JSON."""
    headers = dict(headers or {})
    if isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")

    def route(handler):
        if after:
            handler.site.think(after)
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)

    return route


def delta(content=None, **more):
    """One chunk of a streamed chat."""
    choice = {"index": 0, "delta": {"content": content} if content else {}, **more}
    return "data: " + json.dumps({"object": "chat.completion.chunk", "choices": [choice]}) + "\n\n"


def stream(*parts):
    """An event stream. parts: text to send, seconds to wait."""

    def route(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for part in parts:
            if isinstance(part, str):
                data = part.encode()
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                handler.wfile.flush()
            else:
                time.sleep(part)
        handler.wfile.write(b"0\r\n\r\n")

    return route


def in_turn(*routes):
    """Another answer each time; the last one stays."""
    left = list(routes)

    def route(handler):
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return route
