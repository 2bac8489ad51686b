"""A proxy on loopback: plain requests, CONNECT and SOCKS 5 (RFC 1928), each remembered."""
import base64
import socket
import socketserver
import struct
import threading
import urllib.parse


class Proxy:
    """Serves while the block lasts. credentials: "user:password" or None. refuse: the status line of
    who may not pass."""

    def __init__(self, credentials=None, refuse=None):
        self.asked = []    # (how, target, the credentials given)
        self.credentials, self.refuse = credentials, refuse
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    outer.serve(self.request)
                except OSError:
                    pass

        class Threads(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self.server = Threads(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *unused):
        self.server.shutdown()
        self.server.server_close()

    def serve(self, client):
        first = client.recv(1, socket.MSG_PEEK)
        if first == b"\5":
            self.serve_socks(client)
        elif first:
            self.serve_http(client)

    def serve_http(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            data = client.recv(4096)
            if not data:
                return
            head += data
        line, *fields = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
        method, target, _ = line.split(" ")
        given = next((base64.b64decode(f.split(" ")[-1]).decode() for f in fields
                      if f.lower().startswith("proxy-authorization: basic")), None)
        self.asked.append((method, target, given))
        if self.credentials and given != self.credentials:
            self.answer(client, "407 Proxy Authentication Required")
        elif self.refuse:
            self.answer(client, self.refuse)
        elif method == "CONNECT":
            host, _, port = target.rpartition(":")
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self.join(client, server)
        else:
            url = urllib.parse.urlsplit(target)
            with socket.create_connection((url.hostname, url.port or 80)) as server:
                path = url.path + ("?" + url.query if url.query else "")
                lines = head.replace(target.encode(), path.encode(), 1).split(b"\r\n")
                server.sendall(b"\r\n".join(l for l in lines if not l.startswith(b"Proxy-")))
                self.join(client, server)

    def answer(self, client, status):
        client.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())

    def serve_socks(self, client):
        methods = client.recv(2 + 255)[2:]
        given = None
        if self.credentials and 2 in methods:
            client.sendall(b"\5\2")
            data = client.recv(513)
            user, rest = data[2:2 + data[1]], data[2 + data[1]:]
            given = f"{user.decode()}:{rest[1:].decode()}"
            client.sendall(b"\1\0" if given == self.credentials else b"\1\1")
            if given != self.credentials:
                return
        else:
            client.sendall(b"\5\0")
        data = client.recv(512)
        if data[3] == 1:
            host = socket.inet_ntoa(data[4:8])
        else:
            host = data[5:5 + data[4]].decode()
        port = struct.unpack("!H", data[-2:])[0]
        self.asked.append(("SOCKS", f"{host}:{port}", given))
        if self.refuse:
            client.sendall(b"\5\2\0\1" + b"\0" * 6)    # not allowed by the rules
            return
        with socket.create_connection((host, port)) as server:
            client.sendall(b"\5\0\0\1" + b"\0" * 6)
            self.join(client, server)

    def join(self, one, other):
        def copy(source, target):
            try:
                while data := source.recv(65536):
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        back = threading.Thread(target=copy, args=(other, one), daemon=True)
        back.start()
        copy(one, other)
        back.join()
