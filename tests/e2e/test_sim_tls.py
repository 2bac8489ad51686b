"""The stand-in over TLS: each way in which a handshake can be wrong, and the same lies behind a good one."""
import pathlib
import socket
import ssl
import tempfile
import unittest
import urllib.parse

from support import Sim, fetch


def setUpModule():
    global sim, folder, trusting
    folder = tempfile.TemporaryDirectory()
    ca = pathlib.Path(folder.name) / "ca.pem"
    sim = Sim("--tls", "--tls-ca", ca)
    trusting = ssl.create_default_context(cafile=ca)


def tearDownModule():
    status, errors = sim.stop()
    folder.cleanup()
    if status != 0 or "ERROR" in errors:  # a sanitizer's report
        raise AssertionError(f"janus-sim ended with {status}: {errors}")


def client(**settings):
    """Trusts the stand-in's root alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(pathlib.Path(folder.name) / "ca.pem")
    for name, value in settings.items():
        setattr(context, name, value)
    return context


class Case(unittest.TestCase):
    def setUp(self):
        sim.post("control", "/_sim/reset", b"")

    def health(self, service="gateway", tls=None, **more):
        return fetch(sim.urls[service], "GET", "/health", tls=tls or trusting, **more)

    def stream(self, **more):
        return sim.chat("gateway", "Count from 1 to 5", True, tls=trusting, **more)

    def peer(self, tls=None):
        """Connected, the handshake done."""
        where = urllib.parse.urlsplit(sim.urls["gateway"])
        return (tls or trusting).wrap_socket(
            socket.create_connection((where.hostname, where.port), timeout=10), server_hostname="localhost")


class Healthy(Case):
    def test_services_speak_it_and_the_control_does_not(self):
        for service, url in sim.urls.items():
            self.assertEqual(url.startswith("https://"), service != "control", url)
        self.assertEqual(self.health().status, 200)
        self.assertEqual(sim.get("control", "/_sim/faults").status, 200)

    def test_names_and_protocol(self):
        with self.peer() as peer:
            certificate = peer.getpeercert()
            self.assertEqual({name for _, name in certificate["subjectAltName"]},
                             {"localhost", "127.0.0.1", "0:0:0:0:0:0:0:1"})
            self.assertEqual(peer.version(), "TLSv1.3")
        tls = client()
        tls.set_alpn_protocols(["h2", "http/1.1"])
        with self.peer(tls) as peer:
            self.assertEqual(peer.selected_alpn_protocol(), "http/1.1")

    def test_streams_and_large_bodies(self):
        self.assertEqual(self.stream().words, "1, 2, 3, 4, 5")
        sim.set("big-header")
        with self.peer() as peer:
            peer.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            raw = b""
            while not raw.endswith(b"}"):
                raw += peer.recv(1 << 16)
            self.assertGreater(len(raw), 200 << 10)

    def test_an_end_is_said_and_a_cut_is_not(self):
        answer = self.health(headers={"Connection": "close"}, enough=lambda raw: False)
        self.assertEqual((answer.ended, answer.status), ("fin", 200))
        sim.set("http10")
        self.assertEqual(self.health(enough=lambda raw: False).ended, "fin")
        for name in ("stream-cut", "tls-no-goodbye", "tls-cut"):
            sim.set(name)
            self.assertRaises(ssl.SSLEOFError, lambda: self.stream(enough=lambda raw: False))


class Wrong(Case):
    """Each is refused by a client that is right, in its own words."""

    def test_certificates(self):
        for name, words in [
            ("tls-expired", "certificate has expired"),
            ("tls-not-yet-valid", "certificate is not yet valid"),
            ("tls-expired-intermediate", "certificate has expired"),
            ("tls-wrong-host", "IP address mismatch"),
            ("tls-self-signed", "self-signed certificate"),
            ("tls-unknown-root", "unable to get local issuer certificate"),
            ("tls-missing-intermediate", "unable to get local issuer certificate"),
            ("tls-weak-key", "key too weak"),
            ("tls-weak-signature", "digest algorithm too weak"),
        ]:
            with self.subTest(name):
                sim.set(name)
                with self.assertRaises(ssl.SSLCertVerificationError) as raised:
                    self.health()
                self.assertIn(words, raised.exception.verify_message)
        sim.set()
        self.assertEqual(self.health().status, 200)

    def test_protocols(self):
        sim.set("tls-old-version")
        with self.assertRaisesRegex(ssl.SSLError, "PROTOCOL_VERSION"):
            self.health()
        sim.set("tls-plain")
        with self.assertRaisesRegex(ssl.SSLError, "WRONG_VERSION_NUMBER"):
            self.health()
        self.assertEqual(fetch(sim.urls["gateway"], "GET", "/health").status, 200)
        sim.set("tls-client-cert")
        with self.assertRaisesRegex(ssl.SSLError, "CERTIFICATE_REQUIRED"):
            self.health()
        with self.assertRaisesRegex(ssl.SSLError, "HANDSHAKE_FAILURE"):
            self.health(tls=client(maximum_version=ssl.TLSVersion.TLSv1_2))

    def test_no_handshake(self):
        sim.set("tls-reset")
        self.assertRaises(ConnectionResetError, self.health)
        sim.set("tls-silence")
        self.assertRaises(TimeoutError, lambda: self.health(patience=0.5))

    def test_no_check_is_known_so_early(self):
        self.assertEqual(sim.post("control", "/_sim/faults", {"set": ["tls-expired@gateway"]}).status, 400)

    def test_every_row_is_survived(self):
        for row in sim.get("control", "/_sim/faults").json["known"]:
            spec = row["name"] + ("=200ms" if row["duration_s"] else "")
            with self.subTest(spec):
                sim.set(spec)
                brief = {"patience": 0.06, "limit": 1 << 20, "tls": trusting}
                for ask in (lambda: sim.get("gateway", "/health", **brief),
                            lambda: sim.chat("gateway", "Hi", True, **brief)):
                    try:
                        ask()
                    except OSError:
                        pass
                sim.set()
                self.assertEqual(self.health().status, 200)


class Variants(Case):
    def test_versions(self):
        for name, version in [("tls-1.2", "TLSv1.2"), ("tls-1.3", "TLSv1.3")]:
            sim.set(name)
            with self.peer() as peer:
                self.assertEqual(peer.version(), version)
            self.assertEqual(self.health().status, 200)

    def test_certificates(self):
        sim.set("tls-rsa")
        with self.peer(client()) as peer:
            self.assertLess(len(peer.getpeercert(True)), 2000)
        tls12 = client(maximum_version=ssl.TLSVersion.TLSv1_2)
        with self.peer(tls12) as peer:
            self.assertIn("RSA", peer.cipher()[0])
        sim.set("tls-short-life")
        with self.peer() as peer:
            certificate = peer.getpeercert()
        days = [ssl.cert_time_to_seconds(certificate[key]) / 86400 for key in ("notBefore", "notAfter")]
        self.assertAlmostEqual(days[1] - days[0], 90, places=1)


class Program(unittest.TestCase):
    def test_a_fault_of_tls_without_it(self):
        with Sim() as own:
            answer = own.post("control", "/_sim/faults", {"set": ["tls-expired"]})
            self.assertEqual(answer.status, 400)
            self.assertIn("is one of TLS, which is not on", answer.text)


if __name__ == "__main__":
    unittest.main()
