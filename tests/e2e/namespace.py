"""A network of a test's own: the test starts itself again in new namespaces, where loopback, name
service and firewall are its to break. Needs root; where that is not to be had, the test says so and
is skipped."""
import ctypes
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading

MARK = "OUTRIDER_TEST_NAMESPACE"
SKIPPED = 77    # as tests/CMakeLists.txt tells ctest
TOOLS = ("ip", "nft", "tc", "unshare")


def why_not():
    if os.geteuid() != 0:
        return "needs root"
    for tool in TOOLS:
        if subprocess.run(["sh", "-c", f"command -v {tool}"], capture_output=True).returncode:
            return f"needs {tool} (scripts/deps --test)"
    tried = subprocess.run(["unshare", "--net", "--mount", "sh", "-c",
                            "ip link set lo up && nft add table inet t && mount -t tmpfs t /mnt"],
                           capture_output=True, text=True)
    return f"no namespaces here: {tried.stderr.strip()}" if tried.returncode else None


def enter():
    """Call it before anything else. Returns inside; outside it never returns."""
    if os.environ.get(MARK):
        run("ip", "link", "set", "lo", "up")
        run("mount", "-t", "tmpfs", "tmpfs", "/run")    # where ip keeps its names
        return
    reason = why_not()
    if reason:
        print(f"skipped: {reason}", file=sys.stderr)
        sys.exit(SKIPPED)
    os.environ[MARK] = "1"
    os.execvp("unshare", ["unshare", "--net", "--mount", "--kill-child", "--fork",
                          sys.executable, *sys.argv])


def run(*argv, check=True):
    return subprocess.run([str(a) for a in argv], check=check, capture_output=True, text=True)


CLONE_NEWNET = 0x40000000


class Peer:
    """Another host, at the other end of a cable. Sockets made by listen() are in its network and are
    served from here."""

    NEAR, ADDRESS, ADDRESS6 = "near", "10.9.0.2", "fd09::2"

    def __init__(self):
        run("ip", "netns", "add", "peer")
        run("ip", "link", "add", self.NEAR, "type", "veth", "peer", "name", "far", "netns", "peer")
        for ends, host, device in ((1, (), self.NEAR), (2, ("-n", "peer"), "far")):
            run("ip", *host, "address", "add", f"10.9.0.{ends}/24", "dev", device)
            run("ip", *host, "address", "add", f"fd09::{ends}/64", "dev", device, "nodad")
            run("ip", *host, "link", "set", device, "up")
        self.run("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/far/keep_addr_on_down")

    def run(self, *argv):
        return run("ip", "netns", "exec", "peer", *argv)

    def cable(self, up):
        run("ip", "-n", "peer", "link", "set", "far", "up" if up else "down")

    def listen(self, address=ADDRESS, port=0):
        """A bound socket there."""
        made = []

        def make():
            with open("/run/netns/peer") as there:
                if ctypes.CDLL(None, use_errno=True).setns(there.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            bound = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
            bound.bind((address, port))
            made.append(bound)

        thread = threading.Thread(target=make)    # a thread may be elsewhere than its process
        thread.start()
        thread.join()
        return made[0]


def nft(rules):
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)


def replace_file(path, text):
    """Bind-mounts a file of ours over one of the system's; it goes with the namespace."""
    path = pathlib.Path(path).resolve()
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write(text)
    os.chmod(file.name, 0o644)
    run("mount", "--bind", file.name, path)
    os.unlink(file.name)


def set_name_server(address="127.0.0.53", timeout_s=1, attempts=2):
    pathlib.Path("/etc/resolv.conf").write_text(
        f"nameserver {address}\noptions timeout:{timeout_s} attempts:{attempts}\n")


def use_name_server(hosts=""):
    """From now on this network's own; each look-up that gets no answer takes two seconds."""
    replace_file("/etc/resolv.conf", "")
    set_name_server()
    replace_file("/etc/nsswitch.conf", "hosts: files dns\n")
    replace_file("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n" + hosts)
