"""A DNS server (RFC 1035) on loopback whose names behave as they are called."""
import ipaddress
import socket
import struct
import threading
import time

A, CNAME, AAAA = 1, 5, 28
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
TRUNCATED = 0x0200


def read_name(packet, at):
    labels = []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode())
        at += 1 + packet[at]
    return ".".join(labels), at + 1


def pack_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def pack_record(name, kind, data):
    return pack_name(name) + struct.pack("!HHIH", kind, 1, 0, len(data)) + data


class NameServer:
    """rules: {name: rule}; a rule is a list of addresses, or a word: servfail, refused, silent,
    truncated (whole over TCP, to 127.0.0.1), wrong_id, loop (a CNAME to itself), garbage; or
    (seconds, rule). What has no rule does not exist."""

    def __init__(self, rules, address="127.0.0.53", port=53):
        self.rules = rules
        self.asked = []  # (seconds, name, type)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((address, port))
        self.tcp = socket.create_server((address, port))
        for run in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=run, daemon=True).start()

    def queries(self, name):
        return [a for a in self.asked if a[1] == name]

    def _serve_udp(self):
        while True:
            packet, peer = self.udp.recvfrom(4096)
            threading.Thread(target=self._answer_udp, args=(packet, peer), daemon=True).start()

    def _answer_udp(self, packet, peer):
        answer = self._answer(packet, udp=True)
        if answer:
            self.udp.sendto(answer, peer)

    def _serve_tcp(self):
        while True:
            peer, _ = self.tcp.accept()
            with peer:
                while length := peer.recv(2):
                    packet = peer.recv(struct.unpack("!H", length)[0])
                    answer = self._answer(packet, udp=False)
                    peer.sendall(struct.pack("!H", len(answer)) + answer)

    def _answer(self, packet, udp):
        name, at = read_name(packet, 12)
        kind = struct.unpack("!H", packet[at:at + 2])[0]
        question = packet[12:at + 4]
        self.asked.append((time.monotonic(), name, kind))
        rule = self.rules.get(name, "nxdomain")
        if isinstance(rule, tuple):
            time.sleep(rule[0])
            rule = rule[1]
        if rule == "silent":
            return None
        if rule == "garbage":
            return b"\xff" * 20
        identity, code, flags, records = packet[:2], NOERROR, 0, []
        if rule == "nxdomain":
            code = NXDOMAIN
        elif rule == "servfail":
            code = SERVFAIL
        elif rule == "refused":
            code = REFUSED
        elif rule == "loop":
            records = [pack_record(name, CNAME, pack_name(name))]
        elif rule == "wrong_id":
            identity, rule = bytes([identity[0] ^ 1, identity[1]]), ["127.0.0.1"]
        elif rule == "truncated":
            flags, rule = (TRUNCATED, []) if udp else (0, ["127.0.0.1"])
        if isinstance(rule, list):
            found = [ipaddress.ip_address(a) for a in rule]
            records = [pack_record(name, A if a.version == 4 else AAAA, a.packed)
                       for a in found if (a.version == 4) == (kind == A)]
        head = struct.pack("!HHHHH", 0x8180 | flags | code, 1, len(records), 0, 0)
        return identity + head + question + b"".join(records)
