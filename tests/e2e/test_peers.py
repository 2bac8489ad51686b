"""Other people's mock services of LLMs (tests/npm) as targets: our checks pass on what they call healthy
and go red, each with its reason, on every failure they can make."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import unittest

from network import Case, wait_for
from serving import free_port
from support import SOURCE

MODULES = SOURCE / "tests/npm/node_modules"
AIMOCK = MODULES / "@copilotkit/aimock/dist/cli.js"
MOCK_LLM = MODULES / "@dwmkerr/mock-llm/dist/main.js"
NODE_MAJOR_MIN = 20    # aimock's wish; Debian 12 has 18
TEXT = "one two three four five six seven eight nine ten"


def node_major():
    if not shutil.which("node"):
        return 0
    return int(subprocess.run(["node", "-p", "process.versions.node"], stdout=subprocess.PIPE, check=True,
                              text=True).stdout.split(".")[0])


def fixture(asked, response=None, **more):
    response = {"content": TEXT} if response is None else response
    return {"match": {"userMessage": asked}, "response": response, "chunkSize": 6, **more}


FIXTURES = [
    fixture("healthy"), fixture("calls a tool", {"toolCalls": [{"name": "get", "arguments": {}}]}),
    fixture("says nothing", {"content": ""}), fixture("thinks first", streamingProfile={"ttft": 1200}),
    fixture("drips", {"content": "one two three"}, latency=1200),
    fixture("is overloaded", {"error": {"message": "overloaded", "type": "server_error"}, "status": 503}),
    fixture("stops early", latency=50, truncateAfterChunks=4),
    fixture("hangs up", latency=200, disconnectAfterMs=500),
    fixture("is dropped", chaos={"dropRate": 1}), fixture("is garbled", chaos={"malformedRate": 1}),
    fixture("disconnects", chaos={"disconnectRate": 1}), fixture("is limited", chaos={"rateLimitRate": 1}),
]

RULES = r"""
streaming: {chunkSize: 5, chunkIntervalMs: 20}
rules:
  - path: "/v1/chat/completions"
    match: "@"
    response:
      status: 200
      content: |
        {"id": "x", "object": "chat.completion", "choices": [{"finish_reason": "stop", "message":
         {"role": "assistant", "content": "{{jmes request body.messages[-1].content}}"}}]}
  - path: "/v1/chat/completions"
    match: "contains(body.messages[-1].content, 'fails')"
    response: {status: 500, content: '{"error": {"message": "the model is gone"}}'}
  - path: "/v1/chat/completions"
    match: "contains(body.messages[-1].content, 'apologises')"
    response:
      status: 200
      content: |
        {"id": "x", "object": "chat.completion", "choices": [{"finish_reason": "stop", "message":
         {"role": "assistant", "content": "Error from competitor: connection refused"}}]}
  - path: "/v1/chat/completions"
    match: "contains(body.messages[-1].content, 'sends HTML')"
    response: {status: 200, content: '"<html>not what was asked for</html>"'}
"""

STREAM = "stream: {done: true, chunks: {min: 1}, integrity: complete}"
CONTENT = "content: {not_empty: true, not_signature: janus_errors}"


class Peer(Case):
    def start(self, script, *args, env=None):
        """The URL of a server that listens; it ends with the test."""
        port = free_port()
        args = [str(port) if a is None else str(a) for a in args]
        with open(self.folder / "peer.log", "w") as log:
            process = subprocess.Popen(["node", script, *args], stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, env={**os.environ, **(env or {}), "PORT": str(port)})
        self.addCleanup(process.wait)
        self.addCleanup(process.send_signal, signal.SIGKILL)

        def listens():
            with socket.socket() as peer:
                return peer.connect_ex(("127.0.0.1", port)) == 0

        self.assertTrue(wait_for(listens), (self.folder / "peer.log").read_text())
        return f"http://127.0.0.1:{port}"

    def chats(self, url, **asked):
        """asked: what is said to the model, by the check's id, with what else stands in the check."""
        checks = []
        for id, (user, stream, more) in asked.items():
            expect = f"{STREAM}, {CONTENT}" if stream else CONTENT
            checks.append(f'{{id: {id}, service: peer, timeout: 20s, '
                          f'chat: {{model: m, user: "{user}", stream: {str(stream).lower()}}}, '
                          f'expect: {{status: 200, {expect}, {more}}}}}')
        path = self.write({"peer": f'{{url: "{url}"}}'}, checks,
                          more='signatures: {janus_errors: [{contains: "Error from competitor"}]}')
        done = self.run_outrider("--run-once", "--config", path, "--json", "report.json")
        self.assertIn(done.returncode, (0, 1), done.stdout + done.stderr)
        report = json.loads((self.folder / "report.json").read_text())
        return {check["id"]: check for check in report["checks"]}

    def assert_outcome(self, check, outcome, reason, words, integrity=None):
        self.assertEqual((check["outcome"], check["reason"]), (outcome, reason), check["message"])
        if words:
            self.assertRegex(check["message"], words)
        if integrity:
            self.assertEqual(check["stream"]["integrity"], integrity)


class Aimock(Peer):
    def setUp(self):
        super().setUp()
        (self.folder / "fixtures.json").write_text(json.dumps({"fixtures": FIXTURES}))
        self.url = self.start(AIMOCK, "-p", None, "-f", self.folder / "fixtures.json",
                              "--log-level", "warn")

    def test_healthy_answers_pass(self):
        seen = self.chats(self.url, whole=("healthy", False, 'usage: {completion_tokens: {min: 1}}'),
                          stream=("healthy", True, "latency: 10s"))
        for check in seen.values():
            self.assert_outcome(check, "pass", "none", "^$")
        stream = seen["stream"]["stream"]
        self.assertEqual((stream["integrity"], stream["done"]), ("complete", True))
        self.assertEqual(stream["chunks"], 10)    # the role, eight pieces of text, the reason it ended
        models = self.once({"peer": f'{{url: "{self.url}"}}'},
                           ["{id: models, service: peer, get: /v1/models, "
                            "expect: {json: {'$.data[*].id': {any: {equals: gpt-4}}}}}",
                            "{id: health, service: peer, get: /health, "
                            "expect: {json: {$.status: ok}}}"])
        self.assertEqual({c["outcome"] for c in models.values()}, {"pass"})

    def test_slowness_is_seen_where_it_is(self):
        seen = self.chats(self.url, first=("thinks first", True, "latency: 20s"),
                          gap=("drips", True, "latency: 20s"))
        self.assertGreater(seen["first"]["stream"]["ttft_s"], 1.1)
        self.assertGreater(seen["gap"]["stream"]["token_gap_s"], 1.1)

    def test_failures_go_red(self):
        seen = self.chats(self.url, **{
            user.replace(" ", "-") + ("-s" if stream else ""): (user, stream, "latency: 30s")
            for user in ("is overloaded", "is dropped", "is garbled", "disconnects", "is limited",
                         "stops early", "hangs up", "says nothing", "calls a tool", "nobody knows")
            for stream in (True, False)
            if stream or user not in ("stops early", "hangs up")})
        for s in ("", "-s"):
            self.assert_outcome(seen["is-overloaded" + s], "fail", "expectation", "200, got 503")
            self.assert_outcome(seen["is-dropped" + s], "fail", "expectation", "200, got 500")
            self.assert_outcome(seen["nobody-knows" + s], "fail", "expectation", "200, got 404")
            self.assert_outcome(seen["disconnects" + s], "fail", "reset", "^closed without an answer")
            self.assertEqual(seen["is-limited" + s]["http_status"], 429)
            self.assertEqual(seen["is-limited" + s]["outcome"], "fail")
        self.assert_outcome(seen["is-garbled"], "fail", "malformed", "no JSON: line 1, column 2")
        self.assertEqual(seen["is-garbled-s"]["outcome"], "fail")
        self.assert_outcome(seen["stops-early-s"], "fail", "truncated", "", "truncated")
        self.assert_outcome(seen["hangs-up-s"], "fail", "truncated", "", "truncated")
        self.assertEqual(seen["says-nothing"]["outcome"], "fail")
        self.assert_outcome(seen["says-nothing-s"], "fail", "expectation", "", "empty")
        self.assertEqual(seen["calls-a-tool-s"]["outcome"], "fail")


class MockLlm(Peer):
    def setUp(self):
        super().setUp()
        (self.folder / "rules.yaml").write_text(RULES)
        self.url = self.start(MOCK_LLM, "--config", self.folder / "rules.yaml",
                              env={"HOST": "127.0.0.1"})

    def test_healthy_answers_pass(self):
        seen = self.chats(self.url, whole=("say it back", False, "latency: 10s"),
                          stream=("say it back", True, "latency: 10s"))
        for check in seen.values():
            self.assert_outcome(check, "pass", "none", "^$")

    def test_failures_go_red(self):
        seen = self.chats(self.url, **{
            user.replace(" ", "-") + ("-s" if stream else ""): (user, stream, "latency: 30s")
            for user in ("it fails", "it apologises", "it sends HTML") for stream in (True, False)})
        self.assert_outcome(seen["it-fails"], "fail", "expectation", "200, got 500")
        # its status is 200 as the stream has begun: the error is inside
        self.assert_outcome(seen["it-fails-s"], "fail", "error_event", "", "error_event")
        self.assertEqual(seen["it-fails-s"]["http_status"], 200)
        self.assert_outcome(seen["it-apologises"], "fail", "masked", "")
        self.assert_outcome(seen["it-apologises-s"], "fail", "masked", "", "masked")
        self.assertEqual(seen["it-sends-HTML"]["outcome"], "fail")
        self.assertEqual(seen["it-sends-HTML-s"]["outcome"], "fail")


if __name__ == "__main__":
    if node_major() < NODE_MAJOR_MIN or not AIMOCK.exists() or not MOCK_LLM.exists():
        print(f"skipped: needs node {NODE_MAJOR_MIN} or newer and tests/npm (scripts/deps --test)", file=sys.stderr)
        sys.exit(77)
    unittest.main()
