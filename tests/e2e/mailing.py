"""A mail server in a process of its own, and what it took."""
import email
import email.policy
import functools
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


@functools.cache
def python():
    """The one that has Debian's python3-aiosmtpd."""
    for path in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([path, "-c", "import aiosmtpd"], capture_output=True, check=False).returncode == 0:
            return path
    raise AssertionError("python3-aiosmtpd is missing: scripts/deps --test")


def make_certificate(folder):
    """Self-signed, for 127.0.0.1: its files."""
    certificate, key = folder / "mail.pem", folder / "mail.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", key, "-out", certificate], capture_output=True, check=True)
    return certificate, key


class MailServer:
    def __init__(self, folder, *more, port=0):
        self.folder = folder / "mail"
        self.folder.mkdir(exist_ok=True)
        self.popen = subprocess.Popen(
            [str(arg) for arg in (python(), "-W", "ignore", HERE / "mailserver.py", self.folder, port, *more)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.popen.stdout.readline().split()[1])

    def refuse(self, **what):
        (self.folder / "refuse.part").write_text(json.dumps(what))
        (self.folder / "refuse.part").rename(self.folder / "refuse.json")

    def envelopes(self):
        return [json.loads(path.read_text())
                for path in sorted(self.folder.glob("[0-9]*.json"), key=lambda path: int(path.stem))]

    def raw(self):
        return [path.with_suffix(".eml").read_bytes()
                for path in sorted(self.folder.glob("[0-9]*.json"), key=lambda path: int(path.stem))]

    def messages(self):
        return [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.raw()]

    def close(self):
        self.popen.communicate("")
