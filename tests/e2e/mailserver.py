"""An SMTP server for the tests: Debian's python3-aiosmtpd, which another Python may not see, in a process of its own.
It keeps what it takes as FOLDER/N.eml, with the envelope in FOLDER/N.json, and refuses what FOLDER/refuse.json says:
{"mail": REPLY, "rcpt": {ADDRESS: REPLY}, "data": REPLY}.

mailserver.py FOLDER [PORT [CERTIFICATE KEY [USER PASSWORD]]]"""
import asyncio
import json
import logging
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, folder):
        self.folder = folder
        self.taken = 0

    def refuse(self, what):
        try:
            return json.loads((self.folder / "refuse.json").read_text()).get(what)
        except FileNotFoundError:
            return None

    async def handle_MAIL(self, server, session, envelope, address, options):
        refused = self.refuse("mail")
        if not refused:
            envelope.mail_from = address
        return refused or "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        refused = (self.refuse("rcpt") or {}).get(address)
        if not refused:
            envelope.rcpt_tos.append(address)
        return refused or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        refused = self.refuse("data")
        if refused:
            return refused
        (self.folder / f"{self.taken}.eml").write_bytes(envelope.original_content)
        last = self.folder / f"{self.taken}.json"
        last.with_suffix(".part").write_text(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None,
            "authenticated": session.authenticated}))
        last.with_suffix(".part").rename(last)
        self.taken += 1
        return "250 taken"


def authenticator(user, password):
    def authenticate(server, session, envelope, mechanism, data):
        good = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=good, handled=False)
    return authenticate


async def serve(folder, port="0", certificate=None, key=None, user=None, password=None):
    more = {}
    if certificate:
        more["tls_context"] = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        more["tls_context"].load_cert_chain(certificate, key)
    if user:
        more |= {"authenticator": authenticator(user, password), "auth_required": True}
    handler, loop = Handler(pathlib.Path(folder)), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, hostname="test", loop=loop, **more), "127.0.0.1", int(port))
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # its end is ours


if __name__ == "__main__":
    logging.disable()  # of handshakes that clients break off
    asyncio.run(serve(*sys.argv[1:]))
