"""A network of a test's own: the test starts itself again in new namespaces, where loopback, name
service and firewall are its to break. Needs root; where that is not to be had, the test says so and
is skipped."""
import os
import pathlib
import subprocess
import sys
import tempfile

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
