"""Each fault of the stand-in on the wire, and each legal variant: what its row says, and nothing less."""
import email.utils
import gzip
import json
import pathlib
import re
import time
import unittest
import urllib.parse
import uuid
import zlib

from support import Sim


def setUpModule():
    global sim
    sim = Sim()


def tearDownModule():
    status, errors = sim.stop()
    if status != 0 or "ERROR" in errors:  # a sanitizer's report
        raise AssertionError(f"janus-sim ended with {status}: {errors}")


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        sim.post("control", "/_sim/reset", b"")


class Faults(Case):
    """Each shows on the wire what its row says."""

    def health(self, **more):
        return sim.get("gateway", "/health", **more)

    def stream(self, asked="Count from 1 to 5", **more):
        return sim.chat("gateway", asked, True, **more)

    def test_refused(self):
        sim.set("refused")
        for service in ("gateway", "baseline-cli", "baseline-langchain", "memory", "ui"):
            self.assertEqual(sim.get(service, "/health").ended, "refused")
        sim.set()
        self.assertEqual(self.health().status, 200)
        sim.set("refused@gateway-*")
        self.assertEqual(self.health(check="gateway-health").ended, "reset")
        self.assertEqual(self.health().status, 200)
        for name, service in [("gateway-down", "gateway"), ("memory-down", "memory"), ("ui-down", "ui"),
                              ("langchain-down", "baseline-langchain")]:
            sim.set(name)
            self.assertEqual(sim.get(service, "/health").ended, "refused")
            self.assertEqual(sim.get("baseline-cli", "/health").status, 200)

    def test_no_answer(self):
        for name, ended in [("reset", "reset"), ("hang-up", "fin"), ("silence", "time")]:
            sim.set(name)
            answer = self.health(patience=1)
            self.assertEqual((answer.ended, answer.raw), (ended, b""), name)

    def test_not_http(self):
        sim.set("garbage")
        self.assertTrue(self.health(enough=lambda raw: False).raw.startswith(b"SSH-2.0"))
        sim.set("endless-headers")
        answer = self.health(limit=300_000, enough=lambda raw: False)
        self.assertGreater(len(answer.raw), 300_000)
        self.assertNotIn(b"\r\n\r\n", answer.raw)
        sim.set("endless-continue")
        self.assertGreater(self.health(limit=5000, enough=lambda raw: False).raw.count(b"100 Continue"), 100)
        sim.set("nul-header")
        self.assertIn(b"x-nul: a\0b\r\n", self.health().raw)

    def test_heads(self):
        sim.set("big-header")
        self.assertGreater(len(self.health().header("x-padding")), 100_000)
        sim.set("two-lengths")
        self.assertEqual(self.health().head.count(b"content-length:"), 2)
        sim.set("silent-body")
        answer = self.health(patience=1)
        self.assertEqual((answer.status, answer.body, answer.ended), (200, b"", "time"))
        sim.set("slow-headers=700ms")
        self.assertGreater(self.health().times[0][0], 0.7)

    def test_heads_that_clients_read_differently(self):
        for name, line in [("length-and-chunks", b"content-length: 5\r\n"),
                           ("unknown-framing", b"transfer-encoding: x-squeeze\r\n"),
                           ("blank-colon", b"x-note : blank\r\n"), ("stray-cr", b"x-note: one\rx-two: three\r\n")]:
            sim.set(name)
            for answer in (self.health(patience=0.5), self.stream(patience=0.5)):
                self.assertIn(line, answer.raw, name)
                if name in ("length-and-chunks", "unknown-framing"):
                    self.assertIn(b"transfer-encoding: chunked\r\n", answer.raw)

    def test_first_lines(self):
        for name, begin in [("switching", b"HTTP/1.1 101 Switching Protocols\r\n"),
                            ("headless", b'{"status":"ok"'), ("bad-status-line", b"HTTP/one 200 fine\r\n"),
                            ("two-status-lines", b"HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK\r\n")]:
            sim.set(name)
            raw = self.health(patience=1, enough=lambda raw: len(raw) > 60).raw
            self.assertTrue(raw.startswith(begin), (name, raw))
        sim.set("headless")
        self.assertIn(b"data: [DONE]", self.stream(enough=lambda raw: False).raw)

    def test_lengths(self):
        for name, length in [("negative-length", "-1"), ("huge-length", "9" * 20)]:
            sim.set(name)
            for answer in (self.health(patience=0.5), self.stream(patience=0.5)):
                self.assertEqual(answer.header("content-length"), length)

    def test_a_trickle(self):
        sim.set("trickle=10ms")
        answer = self.health(patience=0.5)
        self.assertLess(len(answer.raw), 60)
        self.assertGreater(len(answer.times), len(answer.raw) // 3)  # a busy machine reads some together

    def test_redirects(self):
        port = urllib.parse.urlsplit(sim.urls["gateway"]).port
        for name, status, location in [
            ("redirect-host", 307, "http://elsewhere.example/collect?from=janus"),
            ("redirect-port", 307, "http://127.0.0.1:9/admin"), ("redirect-javascript", 302, "javascript:alert(1)"),
            ("redirect-ftp", 302, "ftp://127.0.0.1/file"), ("redirect-user", 302, "http://user:word@localhost:9/"),
            ("redirect-hostile", 302, 'https://elsewhere.example/"><script>alert(1)</script>'),
            ("redirect-nowhere", 302, None), ("redirect-scheme", 301, f"https://127.0.0.1:{port}/health"),
        ]:
            sim.set(name)
            self.assertEqual((self.health().status, self.health().header("location")), (status, location))

    def test_a_date_to_come_back_at(self):
        sim.set("status-429-date")
        when = email.utils.parsedate_to_datetime(self.health().header("retry-after")).timestamp()
        self.assertTrue(20 < when - time.time() < 40)

    def test_hostile_errors(self):
        sim.set("hostile-error")
        answer = self.health()
        for part in (answer.head.split(b"\r\n")[0], answer.header("x-error").encode("latin-1"), answer.body):
            self.assertIn(b"<script>alert(1)</script>\x1b[2J", part)
        self.assertIn(b"\r\nX-Injected: yes", answer.body)
        self.assertIsNone(answer.header("x-injected"))

    def test_echoes(self):
        canary = {"Authorization": "Bearer canary-1"}
        sim.set("echo")
        answer = self.health(headers=canary)
        self.assertEqual((answer.status, answer.header("x-sent-Authorization")), (500, "Bearer canary-1"))
        self.assertIn("Authorization: Bearer canary-1\n", answer.text)
        self.assertIn("canary-2", sim.chat("gateway", "canary-2").text)
        sim.set("echo-stream")
        answer = self.stream(headers=canary)
        self.assertIn("Authorization: Bearer ", answer.words)
        self.assertEqual((answer.ended, answer.complete), ("fin", False))
        self.assertIn("canary-1", sim.chat("gateway", "Hi", headers=canary).said)

    def test_statuses(self):
        for name, status, header in [
            ("status-401", 401, "www-authenticate"), ("status-404", 404, None),
            ("status-429", 429, "retry-after"), ("status-500", 500, None), ("status-502", 502, None),
            ("status-504", 504, None), ("status-204", 204, None), ("asleep", 429, "x-render-routing"),
            ("suspended", 503, "x-render-routing"), ("redirect", 302, "location"),
            ("redirect-loop", 302, "location"), ("redirect-metadata", 302, "location"),
            ("redirect-file", 302, "location"), ("status-403", 403, None), ("status-503", 503, None),
            ("status-429-date", 429, "retry-after"), ("status-999", 999, None),
        ]:
            sim.set(name)
            for service in ("gateway", "memory", "ui"):
                answer = sim.get(service, "/health")
                self.assertEqual((answer.status, answer.complete), (status, True), name)
                if header:
                    self.assertIsNotNone(answer.header(header), name)
            self.assertEqual(self.stream().status, status, name)
        sim.set("redirect-loop")
        self.assertEqual(self.health().header("location"), "/health")

    def test_at_times(self):
        sim.set("cold-start=2s")
        self.assertEqual(self.health().status, 429)
        time.sleep(2.1)
        self.assertEqual(self.health().status, 200)
        sim.set("flapping@gateway-health")
        statuses = [self.health(check="gateway-health").status for _ in range(4)]
        self.assertEqual(statuses, [500, 200, 500, 200])

    def test_bodies(self):
        whole = self.health().body
        sim.set("truncated-json")
        answer = self.health()
        self.assertEqual((answer.complete, answer.body[:30]), (True, whole[:30]))
        self.assertRaises(ValueError, lambda: answer.json)
        sim.set("truncated-body")
        answer = self.health()
        self.assertEqual((answer.ended, answer.complete, len(answer.body)), ("fin", False, len(whole)))
        sim.set("short-length")
        answer = self.health(enough=lambda raw: False)
        self.assertLess(int(answer.header("content-length")), len(answer.body))
        sim.set("empty-body")
        self.assertEqual((self.health().status, self.health().body), (200, b""))
        sim.set("html-body")
        self.assertIn("text/html", self.health().header("content-type"))
        sim.set("garbage-tail")
        self.assertEqual(self.health().body[-3:], b"}}}")

    def test_shapes(self):
        models = lambda: sim.get("gateway", "/v1/models").json
        sim.set("wrapped")
        self.assertIsInstance(models(), list)
        sim.set("empty-lists")
        self.assertEqual(models()["data"], [])
        self.assertEqual(sim.chat("gateway", "Hi").json["choices"], [])
        sim.set("list-as-object")
        self.assertEqual(models()["data"], {})
        sim.set("wrong-shape")
        self.assertNotIn("data", models())
        self.assertNotIn("choices", sim.chat("gateway", "Hi").json)
        sim.set("missing-fields")
        self.assertNotIn("id", models()["data"][0])
        self.assertNotIn("content", sim.chat("gateway", "Hi").json["choices"][0]["message"])
        sim.set("wrong-object")
        self.assertEqual(models()["data"][0]["object"], "engine")
        self.assertEqual(sim.chat("gateway", "Hi").json["object"], "text_completion")
        sim.set("wrong-status")
        self.assertEqual(self.health().json["status"], "degraded")
        sim.set("no-baselines")
        self.assertNotIn("baseline", json.dumps(models()))
        sim.set("broken-utf8")
        self.assertRaises(UnicodeDecodeError, lambda: self.health().text)
        self.assertRaises(UnicodeDecodeError, lambda: self.stream().text)

    def test_bodies_without_end(self):
        sim.set("endless-body")
        self.assertGreater(len(self.health(limit=1 << 20, enough=lambda raw: False).raw), 1 << 20)
        stream = self.stream(limit=1 << 20, enough=lambda raw: False)
        self.assertGreater(stream.raw.count(b"and on "), 1000)
        sim.set("endless-line")
        tail = self.stream(limit=1 << 20, enough=lambda raw: False).body[-100_000:]
        self.assertNotIn(b"\n", tail)

    def test_bad_chunk(self):
        sim.set("bad-chunk")
        for answer in (self.health(), self.stream()):
            self.assertEqual((answer.ended, answer.complete), ("fin", False))
            self.assertIn(b"\r\nzz\r\n", answer.raw)
        sim.set("chunk-junk")
        for answer in (self.health(patience=0.5), self.stream(patience=0.5)):
            self.assertRegex(answer.raw, rb"\r\n[0-9a-f]+ junk\r\n")
        sim.set("huge-chunk")
        for answer in (self.health(), self.stream()):
            self.assertEqual((answer.ended, answer.complete), ("fin", False))
            self.assertIn(b"\r\nFFFFFFFFFFFFFFFFFFFF\r\n", answer.raw)

    def test_compression_that_lies(self):
        sim.set("gzip-unasked")
        self.assertEqual(json.loads(gzip.decompress(self.health().body))["status"], "ok")
        sim.set("gzip-broken")
        answer = self.health(headers={"Accept-Encoding": "gzip"})
        self.assertEqual((answer.header("content-encoding"), answer.json["status"]), ("gzip", "ok"))

    def test_codings(self):
        sim.set("gzip-cut")
        for answer in (self.health(), self.stream()):
            inflate = zlib.decompressobj(31)
            self.assertTrue(inflate.decompress(answer.body).startswith((b'{"status":', b"data: {")))
            self.assertEqual((answer.complete, inflate.eof), (True, False))
        sim.set("unknown-coding")
        self.assertEqual(self.health().header("content-encoding"), "x-squeeze")

    def test_a_bomb(self):
        sim.set("gzip-bomb")
        for answer in (self.health(), self.stream()):
            self.assertLess(len(answer.raw), 300 << 10)
            self.assertEqual((answer.ended, answer.complete), ("fin", False))
            inflate = zlib.decompressobj(31)
            text, size = inflate.decompress(answer.body, 1 << 20), 0
            while text:
                size += len(text)
                text = inflate.decompress(inflate.unconsumed_tail, 1 << 20)
            self.assertGreater(size, 256 << 20)

    def test_types(self):
        sim.set("no-type")
        self.assertIsNone(self.health().header("content-type"))
        self.assertIsNone(self.stream().header("content-type"))
        sim.set("wrong-type")
        self.assertEqual(self.stream().header("content-type"), "application/octet-stream")
        sim.set("error-200")
        for answer in (sim.chat("gateway", "Hi"), self.stream()):
            self.assertEqual((answer.status, answer.json["error"]["code"]), (200, "overloaded"))

    def test_pauses(self):
        sim.set("slow-first-token=900ms")
        answer = self.stream()
        self.assertGreater(answer.when(b'"content":"1, "'), 0.9)
        self.assertGreater(answer.when(b'"content":"1, "') - answer.when(b'"role"'), 0.7)
        sim.set("gap=900ms")
        answer = self.stream()
        self.assertGreater(answer.when(b'"content":"4, "') - answer.when(b'"content":"3, "'), 0.7)
        sim.set("slow-tokens=100ms")
        self.assertGreater(self.stream().times[-1][0], 0.5)
        self.assertEqual(self.stream().words, "1, 2, 3, 4, 5")

    def test_a_stall_hidden_behind_pings(self):
        sim.set("stall=3200ms")
        answer = self.stream()
        self.assertEqual((answer.body.count(b": ping\n\n"), answer.complete), (2, True))
        self.assertGreater(answer.when(b'"content":"4, "') - answer.when(b'"content":"3, "'), 3.0)
        self.assertLess(answer.longest_pause, 2.8)
        sim.set("pings-for-ever")
        answer = self.stream(patience=5)
        self.assertEqual((answer.ended, answer.complete), ("time", False))
        self.assertGreaterEqual(answer.body.count(b": ping\n\n"), 2)

    def test_broken_streams(self):
        sim.set("stream-cut")
        answer = self.stream()
        self.assertEqual((answer.ended, answer.complete, answer.words), ("fin", False, "1, 2, 3, "))
        sim.set("stream-reset")
        self.assertEqual(self.stream().ended, "reset")
        sim.set("no-done")
        answer = self.stream()
        self.assertEqual((answer.complete, "[DONE]" in answer.text), (True, False))
        sim.set("no-finish")
        answer = self.stream()
        self.assertEqual((answer.events[-1], "finish_reason" in answer.text), ("[DONE]", False))
        sim.set("error-event")
        self.assertTrue(any("error" in chunk for chunk in self.stream().chunks_json))
        sim.set("malformed-event")
        self.assertRaises(ValueError, lambda: self.stream().chunks_json)
        sim.set("stream-as-json")
        self.assertEqual(self.stream().header("content-type"), "application/json")
        sim.set("empty-stream")
        self.assertEqual((self.stream().complete, self.stream().body), (True, b""))
        sim.set("done-only")
        self.assertEqual(self.stream().body, b"data: [DONE]\n\n")

    def test_odd_events(self):
        sim.set("comment-flood")
        self.assertGreater(self.stream(limit=1 << 20, enough=lambda raw: False).raw.count(b": nothing"), 1000)
        sim.set("error-first")
        answer = self.stream()
        self.assertEqual((list(answer.chunks_json[0]), answer.events[1:]), (["error"], ["[DONE]"]))
        sim.set("error-named")
        answer = self.stream()
        self.assertTrue(answer.text.endswith('"Overloaded"}\n\n'))
        self.assertIn("\n\nevent: error\ndata: {", answer.text)
        sim.set("clean-cut")
        answer = self.stream()
        self.assertEqual((answer.complete, answer.body[-2:]), (True, b"\xe2\x82"))
        sim.set("no-chunks")
        self.assertEqual({tuple(chunk) for chunk in self.stream().chunks_json}, {("progress",)})
        sim.set("foreign-event")
        self.assertEqual([chunk for chunk in self.stream().chunks_json if isinstance(chunk, list)],
                         [["not", "a chunk"]])
        sim.set("half-character")
        self.assertIn(b'"content":"\xe2\x825"', self.stream().body)
        sim.set("nul-event")
        self.assertIn(b'"a\0b"', self.stream().body)
        sim.set("done-middle")
        events = self.stream().events
        self.assertEqual([i for i, event in enumerate(events) if event == "[DONE]"], [5, len(events) - 1])
        sim.set("behind-done")
        self.assertIn("and one thing more", self.stream().events[-1])
        sim.set("done-twice")
        self.assertEqual(self.stream().events[-3:].count("[DONE]"), 2)

    def test_streams_and_wholes(self):
        sim.set("stream-ignored")
        self.assertEqual(self.stream().json["object"], "chat.completion")
        sim.set("always-streams")
        self.assertEqual(sim.chat("gateway", "Count to 3").words, "1, 2, 3")

    def test_words(self):
        sim.set("empty-content")
        self.assertEqual((self.stream().words, sim.chat("gateway", "Hi").said), ("", ""))
        sim.set("null-content")
        self.assertIsNone(sim.chat("gateway", "Hi").said)
        self.assertIn('"content":null', self.stream().text)
        sim.set("wrong-answer")
        self.assertNotIn("Paris", sim.chat("gateway", "What is the capital of France?").said)
        sim.set("hostile-text")
        self.assertEqual(self.stream().words, sim.chat("gateway", "Hi").said)
        self.assertIn("\x1b[2J", sim.chat("gateway", "Hi").said)

    def test_baselines_that_the_gateway_covers_for(self):
        code = "Write a Python function that adds two numbers"
        sim.set("no-sandbox")
        for service in ("gateway", "baseline-cli"):
            self.assertIn("Agent sandbox is currently unavailable", sim.chat(service, code).said)
            self.assertIn("Agent sandbox is currently unavailable", sim.chat(service, code, True).words)
            self.assertIn("Hello", sim.chat(service, "Hi").said)
        self.assertFalse(sim.get("baseline-cli", "/health").json["sandbox_available"])
        sim.set("no-api-key")
        self.assertIn("running in mock mode", sim.chat("gateway", "Hi").said)
        self.assertIn("running in mock mode", self.stream().words)
        sim.set("baseline-undone")
        answer = self.stream()
        self.assertEqual((answer.events[-1], "finish_reason" in answer.text), ("[DONE]", False))
        self.assertEqual(sim.chat("gateway", "Hi").status, 500)
        self.assertNotIn("[DONE]", sim.chat("baseline-cli", "Hi", True).text)
        sim.set("baseline-waking")
        answer = self.stream()
        self.assertEqual(answer.body.count(b": warming upstream\n\n"), 2)
        self.assertEqual(answer.events[-1], "[DONE]")
        sim.set("langchain-asleep")
        self.assertEqual(sim.get("baseline-langchain", "/health").status, 429)

    def test_a_silent_baseline(self):
        sim.set("baseline-silent")
        self.assertEqual(self.stream().words, "Request timed out")
        answer = sim.chat("gateway", "Hi")
        self.assertIn("mock response", answer.said)
        self.assertGreater(answer.times[0][0], 4)
        self.assertEqual(sim.chat("baseline-cli", "Hi", patience=1).ended, "time")
        sim.set("baseline-killed")
        own = sim.chat("baseline-cli", "Count to 5", True)
        self.assertEqual((own.ended, own.complete), ("fin", False))

    def test_bugs(self):
        sim.set("docs-404")
        self.assertEqual(sim.get("gateway", "/docs").status, 404)
        sim.set("no-validation")
        self.assertEqual(sim.post("gateway", "/v1/chat/completions", "{invalid json}").status, 200)
        sim.set("locked")
        self.assertEqual(self.health().status, 401)
        self.assertEqual(self.health(headers={"X-PreReleasePassword": "x"}).status, 200)
        sim.set("memory-forgets")
        user = str(uuid.uuid4())
        say = {"user_id": user, "conversation": [{"role": "user", "content": "My favorite color is blue"}]}
        self.assertEqual(len(sim.post("memory", "/memories/extract", say).json["memories_saved"]), 1)
        path = f"/memories/relevant?user_id={user}&prompt=color"
        self.assertEqual(sim.get("memory", path).json["memories"], [])


class Variants(Case):
    """Legal ways to say the same."""

    def stream(self, **more):
        return sim.chat("gateway", "Count from 1 to 3", True, **more)

    def test_line_ends(self):
        for name, end in [("crlf", b"\r\n"), ("cr", b"\r")]:
            sim.set(name)
            answer = self.stream()
            self.assertIn(b"data: [DONE]" + end + end, answer.body)
            lines = answer.body.split(end)
            self.assertEqual([e for e in lines if e and not e.startswith(b"data: ")], [])
            self.assertEqual(b"\n" in answer.body.replace(end, b""), False)

    def test_spellings(self):
        sim.set("bom")
        self.assertTrue(self.stream().body.startswith(b"\xef\xbb\xbfdata: {"))
        sim.set("no-space")
        self.assertIn(b'\n\ndata:{"id"', self.stream().body)
        sim.set("fields")
        self.assertIn(b"event: message\nid: 1\nretry: 1000\ndata: ", self.stream().body)
        sim.set("multiline")
        event = self.stream().text.split("\n\n")[0]
        joined = "\n".join(line[6:] for line in event.split("\n"))
        self.assertGreater(joined.count("\n"), 1)
        self.assertEqual(json.loads(joined)["object"], "chat.completion.chunk")
        sim.set("keepalives")
        self.assertGreater(self.stream().body.count(b": keepalive\n\n"), 3)
        self.assertEqual(self.stream().words, "1, 2, 3")

    def test_events(self):
        sim.set("usage-chunk")
        chunk = self.stream().chunks_json[-1]
        self.assertEqual((chunk["choices"], chunk["usage"]["completion_tokens"]), ([], 3))
        sim.set("null-deltas")
        self.assertIn('{"role":"assistant","content":null}', self.stream().text)
        sim.set("reasoning-after")
        text = self.stream().text
        self.assertLess(text.index('"content":"3"'), text.index("reasoning_content"))
        sim.set("burst")
        answer = self.stream()
        self.assertEqual((answer.words, answer.chunks[0].count(b"data: ")), ("1, 2, 3", 2))
        sent = sim.journal()[-1]["sent"]
        self.assertEqual([kind for kind, us in sent if us == sent[1][1]], ["role", "empty"])
        self.assertLess(len(answer.chunks), len(answer.events))
        sim.set("left-open")
        answer = self.stream(patience=1)
        self.assertEqual((answer.events[-1], answer.ended), ("[DONE]", "time"))

    def test_more_events(self):
        for name, pattern in [
            ("finish-content", rb'"content":"3"},"finish_reason":"stop"}\]}\n\ndata: \[DONE\]'),
            ("no-error", rb'(?s)"error":null,"choices".*"error":false,.*"error":"",.*"error":{},.*"error":\[\],.*"error":0,'),
            ("openai-members", rb'"logprobs":{"content".*"refusal":null'),
            ("tool-calls", rb'(?s)"tool_calls".*"tool_calls".*"content":"1, "'),
            ("reasoning-first", rb'(?s)"reasoning_content".*"reasoning".*"content":"1, "'),
            ("no-choices", rb'(?s)"choices":null}.*"choices":\[\]}.*"content":"1, "'),
            ("empty-comments", rb"\n\n: \n\n"),
            ("long-ids", rb'"id":"[^"]+[0-9a-f]{500}"'), ("done-twice", rb"\[DONE\]\n\ndata: \[DONE\]"),
        ]:
            sim.set(name)
            answer = self.stream()
            self.assertRegex(answer.body, pattern, name)
            self.assertEqual((answer.words, answer.complete), ("1, 2, 3", True), name)
        sim.set("unknown-fields")
        self.assertIn(b"x-trace: of no meaning: none\nheartbeat\ndata: {", self.stream().body)
        sim.set("at-once")
        answer = self.stream()
        self.assertEqual((len(answer.chunks), answer.words), (1, "1, 2, 3"))
        sim.set("long-stream")
        answer = self.stream()
        self.assertEqual((answer.words, answer.body.count(b" and so on")), ("1, 2, 3", 2000))
        sim.set("unicode-torn")
        beyond = '"note":"\U0001f98a\\ud83e\\udd8a\xe9"'.encode()
        answer = sim.chat("gateway", "Say 'test' and nothing else")
        self.assertEqual((answer.said, answer.body.count(beyond)), ("test", 1))
        answer = self.stream()
        self.assertEqual((answer.words, answer.body.count(beyond)), ("1, 2, 3", 3))

    def test_heads(self):
        get = lambda **more: sim.get("gateway", "/health", **more)
        for name, pattern in [
            ("odd-case", rb"(?i)\r\ncontent-type: application/json"),
            ("folded-header", rb"\r\nx-folded: one\r\n two\r\n"), ("no-reason", rb"^HTTP/1.1 200 \r\n"),
            ("odd-charset", rb"application/json;charset=iso-8859-1"), ("close", rb"connection: close\r\n"),
            ("early-hints", rb"^HTTP/1.1 103 Early Hints\r\nlink: .*\r\n\r\nHTTP/1.1 200 OK\r\n"),
            ("continue", rb"^HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"),
            ("hostile-header", rb'x-note: "><script>alert\(1\)</script> \xe2\x80\xaeevil\r\n'),
            ("cookies", rb"(?s)set-cookie: .*set-cookie: .*set-cookie: "),
            ("chunk-extensions", rb';name="a\\";b";flag\r\n{'), ("trailers", rb"}\r\n0\r\nx-checksum: none\r\n.*\r\n\r\n$"),
        ]:
            sim.set(name)
            self.assertRegex(get(enough=lambda raw: b"\r\n\r\n{" in raw and raw[-1:] == b"}" or raw[-4:] == b"\r\n\r\n"
                                 and b"}" in raw).raw, pattern, name)
        sim.set("odd-case")
        self.assertRegex(get().head, rb"\r\n(?=[a-z]*[A-Z])(?=[A-Z]*[a-z])[A-Za-z]+-")
        sim.set("folded-header")
        self.assertIn(b"content-type: text/event-stream;\r\n\tcharset=utf-8\r\n", self.stream().head)
        sim.set("close")
        self.assertEqual(get(enough=lambda raw: False).ended, "fin")
        sim.set("deflate")
        deflated = get(headers={"Accept-Encoding": "deflate"})
        self.assertEqual(deflated.header("content-encoding"), "deflate")
        self.assertEqual(json.loads(zlib.decompress(deflated.body))["status"], "ok")

    def test_torn(self):
        sim.set("torn")
        answer = self.stream()
        self.assertEqual((answer.words, answer.complete), ("1, 2, 3", True))
        self.assertGreater(len(answer.times), len(answer.raw) // 2)

    def test_bodies(self):
        get = lambda **more: sim.get("gateway", "/health", **more)
        accept = {"Accept-Encoding": "deflate, gzip"}
        sim.set("gzip")
        self.assertEqual(json.loads(gzip.decompress(get(headers=accept).body))["status"], "ok")
        self.assertEqual(get().json["status"], "ok")
        stream = self.stream(headers=accept)
        inflate = zlib.decompressobj(31)
        first = inflate.decompress(stream.chunks[0]).decode()  # readable as it arrives
        self.assertTrue(first.startswith("data: {") and first.endswith("\n\n"))
        self.assertIn("data: [DONE]", gzip.decompress(stream.body).decode())
        sim.set("chunked-bodies")
        answer = get()
        self.assertEqual((len(answer.chunks), answer.header("content-length")), (1, None))
        sim.set("gzip", "chunked-bodies")
        self.assertEqual(json.loads(gzip.decompress(get(headers=accept).body))["status"], "ok")
        sim.set("http10")
        for answer in (get(), self.stream()):
            self.assertEqual((answer.version, answer.ended), ("HTTP/1.0", "fin"))
            self.assertIsNone(answer.header("content-length") or answer.header("transfer-encoding"))
        sim.set("spread-json")
        self.assertEqual((get().json["status"], b"\n" in get().body), ("ok", True))
        sim.set("slow=300ms")
        self.assertGreater(get().times[0][0], 0.3)


class Table(Case):
    def test_every_row_is_held_here(self):
        said = "".join(path.read_text() for path in pathlib.Path(__file__).parent.glob("test_sim*.py"))
        rows = [row["name"] for row in sim.get("control", "/_sim/faults").json["known"]]
        self.assertEqual([name for name in rows if not re.search(rf'"{re.escape(name)}["=@]', said)], [])


if __name__ == "__main__":
    unittest.main()
