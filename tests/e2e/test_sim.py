"""The stand-in Janus against the recorded answers of the real one: its services, its control, the program."""
import json
import random
import re
import signal
import socket
import time
import unittest
import urllib.parse
import uuid

from support import BUILD, SOURCE, Process, Sim, exchange, fetch, request_bytes

SAMPLES = SOURCE / "tests" / "samples"

# What differs from one answer to the next, and is not the shape of it.
VARYING = [
    (rb"date: [^\r]+", b"date: DATE"),
    (rb"corr-[0-9a-f]{16}", b"corr-ID"),
    (rb"chatcmpl-baseline-sandy-[0-9a-f]{12}", b"chatcmpl-baseline-sandy-ID"),
    (rb"chatcmpl-baseline-[0-9a-f]{12}", b"chatcmpl-baseline-ID"),
    (rb"chatcmpl-[0-9a-f]{24}", b"chatcmpl-ID"),
    (rb"req_[0-9a-f]{12}", b"req_ID"),
    (rb"sbx-[0-9a-f]{8}", b"sbx-ID"),
    (rb"mem_[0-9a-z]{6}", b"mem_ID"),
    (rb'"created":\d+', b'"created":N'),
    (rb'"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}"', b'"timestamp":"T"'),
]


def shape(raw):
    for pattern, name in VARYING:
        raw = re.sub(pattern, name, raw)
    return raw


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

    def sampled(self, name, answer):
        expected = (SAMPLES / f"{name}.txt").read_bytes()
        self.assertEqual(shape(answer.raw).decode(), shape(expected).decode(), name)


class AsRecorded(Case):
    """Byte for byte, ids and dates aside."""

    def test_simple_endpoints(self):
        self.sampled("gw_down_health", sim.get("gateway", "/health"))
        self.sampled("gw_models", sim.get("gateway", "/v1/models"))
        self.sampled("gw_transcribe", sim.get("gateway", "/api/transcribe/health"))

    def test_errors(self):
        path = "/v1/chat/completions"
        self.sampled("gw_404", sim.get("gateway", "/nowhere"))
        self.sampled("gw_405", sim.get("gateway", path))
        self.sampled("gw_head", fetch(sim.urls["gateway"], "HEAD", "/health"))
        self.sampled("gw_badjson", sim.post("gateway", path, "{invalid json}"))
        self.sampled("gw_missing", sim.post("gateway", path, '{"model":"baseline-cli-agent"}'))
        self.sampled("gw_emptymsgs", sim.post("gateway", path, '{"model":"m","messages":[]}'))

    def test_completions(self):
        self.sampled("gw_chat", sim.chat("gateway", "Say hello in exactly one word"))
        self.sampled("gw_lc", sim.chat("gateway", "Hi", model="baseline-langchain"))
        self.sampled("cli_chat", sim.chat("baseline-cli", "What is 2+2?", model="baseline"))
        self.sampled("lc_chat", sim.chat("baseline-langchain", "Hello", model="baseline"))

    def test_streams(self):
        self.sampled("gw_stream", sim.chat("gateway", "Count from 1 to 5", True))
        usage = {"stream_options": {"include_usage": True}}
        self.sampled("gw_stream_usage", sim.chat("gateway", "Count to 3", True, more=usage))
        self.sampled("cli_stream", sim.chat("baseline-cli", "Count to 3", True, model="baseline"))
        self.sampled("lc_stream", sim.chat("baseline-langchain", "Count to 3", True, model="baseline"))

    def test_agent_stream(self):
        asked = "Write a Python function that adds two numbers"
        self.sampled("gw_agent_stream", sim.chat("gateway", asked, True))

    def test_debug_stream_shows_its_head_and_falls_silent(self):
        answer = sim.get("baseline-cli", "/v1/debug/stream/test-123", patience=0.5)
        expected = (SAMPLES / "cli_debug.txt").read_bytes().partition(b"\r\n\r\n")[0]
        self.assertEqual(shape(answer.head), shape(expected))
        self.assertEqual((answer.ended, answer.body), ("time", b""))
        ended = sim.get("baseline-cli", "/v1/debug/stream/test-123", patience=9.9)  # the spec's
        self.assertEqual((ended.complete, ended.body), (True, b""))
        sim.set("debug-silent")
        silent = sim.get("baseline-cli", "/v1/debug/stream/test-123", patience=9.9)
        self.assertEqual((silent.status, silent.complete), (200, False))

    def test_baseline_down(self):
        sim.set("cli-down")
        self.assertEqual(sim.get("baseline-cli", "/health").ended, "refused")
        self.sampled("gw_down", sim.chat("gateway", "Hi"))
        self.sampled("gw_down_stream", sim.chat("gateway", "Hi", True))
        self.sampled("gw_down_health", sim.get("gateway", "/health"))

    def test_baseline_fails(self):
        sim.set("baseline-500")
        self.sampled("gw_b_status_500_stream", sim.chat("gateway", "Hi", True))
        self.assertEqual(sim.chat("gateway", "Hi").status, 500)
        sim.set("baseline-killed")
        self.sampled("gw_cli_killed_stream", sim.chat("gateway", "Count from 1 to 5", True))
        self.assertIn("mock response", sim.chat("gateway", "Hi").said)

    def test_baseline_asleep(self):
        sim.set("cli-asleep")
        self.sampled("gw_b_status_429_stream", sim.chat("gateway", "Hi", True))
        self.assertEqual(sim.chat("gateway", "Hi").status, 500)
        own = sim.chat("baseline-cli", "Hi")
        self.assertEqual((own.status, own.header("x-request-id")), (429, None))

    def test_model_fails(self):
        sim.set("cli-apology", "langchain-error")
        self.sampled("gw_llm500", sim.chat("gateway", "Hi"))
        self.sampled("gw_llm500_stream", sim.chat("gateway", "Hi", True))
        lc = "baseline-langchain"
        self.sampled("gw_lc_llm500", sim.chat("gateway", "Hi", model=lc))
        self.sampled("gw_lc_llm500_stream", sim.chat("gateway", "Hi", True, model=lc))
        self.sampled("lc_llm500", sim.chat(lc, "Hi", model="baseline"))
        self.sampled("lc_llm500_stream", sim.chat(lc, "Hi", True, model="baseline"))
        sim.set("cli-apology-partial")
        self.sampled("gw_llmcut_stream", sim.chat("gateway", "Count to 3", True))

    def test_gateway_killed(self):
        sim.set("gateway-killed")
        stream = sim.chat("gateway", "Count from 1 to 5", True)
        self.sampled("gw_killed_stream", stream)
        self.assertEqual((stream.ended, stream.complete), ("fin", False))
        whole = sim.chat("gateway", "Hi")
        self.assertEqual((whole.ended, whole.raw), ("reset", b""))

    def test_gateway_mock(self):
        sim.set("gateway-mock")
        stream = sim.chat("gateway", "Hi", True, model="x")
        self.assertEqual(shape(stream.body), shape((SAMPLES / "gw_mock_stream.txt").read_bytes()))

    def test_unknown_model(self):
        self.assertEqual(sim.chat("gateway", "Hi", model="nonexistent-model-12345").status, 404)
        sim.set("unknown-model-fallback")
        self.sampled("gw_badmodel", sim.chat("gateway", "Hi", model="nonexistent-model-12345"))

    def test_memory(self):
        user = str(uuid.uuid4())
        say = {"user_id": user, "conversation": [{"role": "user", "content": "My favorite color is blue"}]}
        nothing = {"user_id": user, "conversation": []}
        relevant = f"/memories/relevant?user_id={user}&prompt=What%27s+my+favorite+color%3F"
        self.sampled("mem_extract_empty", sim.post("memory", "/memories/extract", nothing))
        self.sampled("mem_relevant_none", sim.get("memory", relevant))
        saved = sim.post("memory", "/memories/extract", say)
        self.assertEqual((saved.status, saved.json["total_user_memories"]), (200, 1))
        self.sampled("mem_relevant", sim.get("memory", relevant))
        self.sampled("mem_clear", fetch(sim.urls["memory"], "DELETE", f"/memories/clear?user_id={user}"))
        self.sampled("mem_relevant_none", sim.get("memory", relevant))
        self.sampled("mem_bad_uuid", sim.get("memory", "/memories/relevant?user_id=xyz&prompt=a"))
        sim.set("memory-extract-500")
        self.sampled("mem_extract", sim.post("memory", "/memories/extract", say))

    def test_memory_rate_limit(self):
        path = f"/memories/relevant?user_id={uuid.uuid4()}&prompt=a"
        statuses = [sim.get("memory", path).status for _ in range(61)]
        self.assertEqual(statuses, [200] * 60 + [429])
        self.assertEqual(sim.get("memory", path).body, (SAMPLES / "mem_rl.txt").read_bytes())
        other = f"/memories/relevant?user_id={uuid.uuid4()}&prompt=a"
        self.assertEqual(sim.get("memory", other).status, 200)


class Words(Case):
    """Answers that can be checked."""

    def test_answers(self):
        for service, asked, expected in [
            ("gateway", "What is the capital of France?", "Paris"),
            ("gateway", "Write a Python function that adds two numbers", "def "),
            ("gateway", "Hello", "Hello"),
            ("gateway", "What is today's date?", time.strftime("%Y-%m-%d", time.gmtime())),
            ("baseline-cli", "What is 2+2?", "4"),
            ("baseline-cli", "What is 17 + 25?", "42"),
            ("baseline-cli", "Write a Python script that prints Hello World", "print"),
            ("baseline-cli", "Count from 3 to 6", "3, 4, 5, 6"),
            ("baseline-langchain", "Hello", "Hello"),
        ]:
            with self.subTest(asked):
                answer = sim.chat(service, asked)
                self.assertEqual(answer.status, 200)
                self.assertIn(expected, answer.said)
        self.assertEqual(sim.chat("gateway", "Say 'test' and nothing else", True).words, "test")

    def test_the_name_is_known_only_when_it_was_told(self):
        told = [{"role": "user", "content": "My name is Alice"},
                {"role": "assistant", "content": "Nice to meet you!"},
                {"role": "user", "content": "What is my name?"}]
        self.assertIn("Alice", sim.chat("gateway", told).said)
        self.assertNotIn("Alice", sim.chat("gateway", told[2:]).said)
        sim.set("amnesia")
        self.assertNotIn("Alice", sim.chat("gateway", told).said)

    def test_an_image_and_a_system_message(self):
        image = [{"role": "user", "content": [{"type": "text", "text": "What do you see in this image?"},
                  {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]
        self.assertIn("image", sim.chat("gateway", image).said)
        pirate = [{"role": "system", "content": "You are a pirate."}, {"role": "user", "content": "Hello"}]
        self.assertIn("Ahoy", sim.chat("gateway", pirate).said)

    def test_transcription(self):
        answer = sim.post("gateway", "/api/transcribe", {"audio_b64": "UklGRg=="})
        self.assertEqual((answer.status, set(answer.json)), (200, {"text", "language", "duration"}))
        sim.set("transcription-off")
        off = sim.post("gateway", "/api/transcribe", {"audio_b64": "UklGRg=="})
        self.assertEqual((off.status, off.json["detail"]["code"]), (503, "TRANSCRIPTION_NOT_CONFIGURED"))
        self.assertFalse(sim.get("gateway", "/api/transcribe/health").json["available"])

    def test_pages(self):
        for service, path in [("gateway", "/docs"), ("gateway", "/api/docs"), ("ui", "/")]:
            page = sim.get(service, path)
            self.assertEqual((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"))
            self.assertIn("<h1>Janus", page.text)
        self.assertEqual(sim.get("ui", "/nowhere").status, 404)


class Wire(Case):
    def test_ids_are_echoed_and_become_the_completions(self):
        answer = sim.chat("gateway", "Hi", headers={"X-Request-ID": "mine", "X-Correlation-ID": "c"})
        self.assertEqual((answer.header("x-request-id"), answer.json["id"]), ("mine", "mine"))
        self.assertEqual(answer.header("x-correlation-id"), "c")

    def test_connections_are_kept_and_pipelined(self):
        url = sim.urls["gateway"]
        one = request_bytes(url, "GET", "/health")
        answer = exchange(url, one * 3, enough=lambda raw: raw.count(b'"status":"ok"') == 3)
        self.assertEqual(answer.raw.count(b"HTTP/1.1 200 OK"), 3)

    def test_idle_connections_close_after_five_seconds(self):
        url = sim.urls["gateway"]
        answer = exchange(url, request_bytes(url, "GET", "/health"), patience=20, enough=lambda raw: False)
        self.assertEqual(answer.ended, "fin")

    def test_connection_close(self):
        answer = sim.get("gateway", "/health", headers={"Connection": "close"})
        self.assertEqual(answer.header("connection"), "close")

    def test_a_chunked_request_and_one_that_waits_for_100(self):
        url = sim.urls["gateway"]
        body = json.dumps({"messages": [{"role": "user", "content": "What is 2+2?"}]}).encode()
        head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (body[:10], body[10:]))
        chunked = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
        self.assertIn(b"2 + 2 = 4", exchange(url, chunked).body)
        waits = head + b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(body)
        answer = exchange(url, waits, enough=lambda raw: b"\r\n\r\n" in raw)
        self.assertEqual(answer.raw, b"HTTP/1.1 100 Continue\r\n\r\n")

    def test_bad_requests(self):
        url = sim.urls["gateway"]
        for request in [b"hello\r\n\r\n", b"GET  / HTTP/1.1\r\n\r\n", b"GET / HTTP/9\r\n\r\n",
                        b"GET / HTTP/1.1\r\nbad header: x\r\n\r\n",
                        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
                        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                        b"GET / HTTP/1.1\r\nx: " + b"x" * 70000]:
            with self.subTest(request[:40]):
                self.assertEqual(exchange(url, request, enough=lambda raw: False).status, 400)
        self.assertEqual(sim.get("gateway", "/health").status, 200)

    def test_a_slash_too_many(self):
        answer = sim.get("gateway", "/health/")
        self.assertEqual(answer.status, 307)
        self.assertEqual(answer.header("location"), sim.urls["gateway"] + "/health")

    def test_loopback_only(self):
        port = urllib.parse.urlsplit(sim.urls["gateway"]).port
        for family, address in [(socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1")]:
            with socket.socket(family) as peer, self.assertRaises(OSError):
                peer.connect((address, port))


class Control(Case):
    def test_a_fault_hits_the_checks_it_names(self):
        sim.set("status-500@gateway-health,memory-*")
        for check, expected in [("gateway-health", 500), ("gateway-models", 200), ("memory-x-y", 500),
                                ("gateway", 200), ("memory", 200), ("a-gateway-health", 200)]:
            self.assertEqual(sim.get("gateway", "/health", check=check).status, expected, check)
        self.assertEqual(sim.get("gateway", "/health").status, 200)
        odd = {"X-Request-ID": "gateway-health-0123456789abc.2"}
        self.assertEqual(sim.get("gateway", "/health", headers=odd).status, 500)

    def test_faults_add_up(self):
        sim.set("crlf", "no-done", "slow-headers=300ms", "status-500@other")
        answer = sim.chat("gateway", "Hi", True)
        self.assertGreater(answer.times[0][0], 0.3)
        self.assertIn(b"\r\n\r\ndata: ", answer.body)
        self.assertNotIn(b"[DONE]", answer.body)

    def test_what_is_wrong_is_refused_and_changes_nothing(self):
        sim.set("docs-404")
        for spec, word in [("docs-405", 'did you mean \\"docs-404\\"'), ("gap=soon", "no duration"),
                           ("docs-404=3s", "takes no duration"), ("gap@", "no check"), ("", "without a name")]:
            answer = sim.post("gateway", "/_sim/faults", {"set": [spec]})
            self.assertEqual(answer.status, 400)
            self.assertIn(word, answer.text)
        for body in (b"{", b"{}", b'{"set": {}}', json.dumps({"set": ["gap"] * 65}).encode()):
            self.assertEqual(sim.post("gateway", "/_sim/faults", body).status, 400)
        self.assertEqual(sim.get("ui", "/_sim/faults").json["active"], ["docs-404"])

    def test_known_faults(self):
        known = sim.get("gateway", "/_sim/faults").json["known"]
        self.assertGreater(len(known), 60)
        self.assertEqual(len({row["name"] for row in known}), len(known))
        self.assertEqual({row["kind"] for row in known}, {"fault", "variant"})
        self.assertEqual([r["duration_s"] for r in known if r["name"] == "gap"], [6])

    def test_every_row_is_survived(self):
        """Whatever a row does, both kinds of answer end, and the next request is served."""
        for row in sim.get("control", "/_sim/faults").json["known"]:
            if row["tls"]:
                continue
            spec = row["name"] + ("=200ms" if row["duration_s"] else "")
            with self.subTest(spec):
                sim.set(spec)
                brief = {"patience": 0.06, "limit": 1 << 20}
                sim.chat("gateway", "Hi", **brief)
                sim.chat("gateway", "Hi", True, **brief)
                sim.chat("baseline-langchain", "Hi", True, **brief)
                sim.get("memory", "/", **brief)
                sim.get("ui", "/", **brief)
                sim.set()
                self.assertEqual(sim.get("gateway", "/health").status, 200)

    def test_the_control_is_beyond_faults(self):
        sim.set("reset", "torn", "status-500")
        self.assertEqual(sim.get("gateway", "/_sim/faults").status, 200)
        answer = sim.post("gateway", "/_sim/faults", {"set": ["gateway-down"]})
        self.assertEqual(answer.json["active"], ["gateway-down"])
        time.sleep(0.1)
        self.assertEqual(sim.get("gateway", "/health").ended, "refused")
        self.assertEqual(sim.get("control", "/_sim/faults").status, 200)

    def test_journal(self):
        since = max([entry["seq"] for entry in sim.journal()], default=0)
        sim.set("docs-404@gateway-docs")
        sim.get("gateway", "/docs?x=1", check="gateway-docs")
        sim.chat("gateway", "Count to 3", True, check="gateway-stream")
        sim.get("ui", "/")
        docs, stream, ui = sim.journal(since)
        self.assertEqual([docs[k] for k in ("service", "method", "path", "check", "status", "end", "faults")],
                         ["gateway", "GET", "/docs", "gateway-docs", 404, "done", ["docs-404"]])
        kinds, sent_us = zip(*stream["sent"])
        self.assertEqual(kinds, ("head", "role", "empty", "token", "token", "token", "finish", "done"))
        self.assertEqual((stream["n_events"], list(sent_us)), (7, sorted(sent_us)))
        self.assertEqual(round(stream["first_token_s"] * 1e6), sent_us[3] - stream["mono_us"])
        self.assertLessEqual((sent_us[-1] - stream["mono_us"]) / 1e6, stream["over_s"])
        self.assertEqual([kind for kind, _ in docs["sent"]], ["head", "body"])
        self.assertEqual((ui["service"], ui["request_id"], ui["check"]), ("ui", "", ""))
        self.assertLess(docs["mono_us"], ui["mono_us"])
        self.assertEqual(sim.get("gateway", "/_sim/journal").header("x-journal-dropped"), "0")

    def test_journal_of_what_never_ended(self):
        sim.set("silence")
        sim.get("gateway", "/health", patience=0.2, check="a")
        sim.set("reset")
        sim.get("gateway", "/health", check="b")
        time.sleep(0.1)
        entries = [(e["check"], e["status"], e["end"]) for e in sim.journal()]
        self.assertEqual(entries, [("a", 0, "gone"), ("b", 0, "reset")])


class Program(unittest.TestCase):
    def run_it(self, *args):
        with Process(BUILD / "janus-sim", *args) as process:
            out, errors = process.popen.communicate(timeout=20)
            return process.popen.returncode, out.decode(), errors.decode()

    def test_words(self):
        status, out, _ = self.run_it("--help")
        self.assertEqual(status, 0)
        self.assertIn("--fault", out)
        status, out, _ = self.run_it("--version")
        self.assertRegex(out, r"^janus-sim \d+\.\d+\.\d+\n$")
        status, out, _ = self.run_it("--list-faults")
        self.assertRegex(out, r"(?m)^the stream\n(  .*\n)*  gap=6s +a pause in the middle of the stream\n")
        self.assertRegex(out, r"(?m)^legal: must pass\n(  .*\n)*  crlf +events ")
        self.assertLessEqual(max(map(len, out.split("\n"))), 80)

    def test_wrong_usage(self):
        for args, word in [(["--fault", "gapp"], 'did you mean "gap"'), (["--pace", "x"], "--pace"), (["--port", "x"], "--port"),
                           (["--port", "70000"], "--port"), (["--nonsense"], "usage"), (["x"], "usage")]:
            status, out, errors = self.run_it(*args)
            self.assertEqual((status, out), (2, ""), args)
            self.assertIn(word, errors)

    def test_a_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            status, out, errors = self.run_it("--port", str(taken.getsockname()[1]))
        self.assertEqual((status, out), (3, ""))
        self.assertIn("in use", errors)

    def test_ends_by_signal(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            own = Sim("--fault", "docs-404")
            self.assertEqual(own.get("gateway", "/docs").status, 404)
            self.assertEqual(own.stop(how)[0], 0)

    def test_fixed_ports_follow_each_other(self):
        for _ in range(20):
            base = random.randrange(12000, 30000)  # below those that are handed out
            with Process(BUILD / "janus-sim", "--port", base) as process:
                try:
                    lines = process.read_until("^ready$")
                except AssertionError:
                    continue  # one of the six was taken
            ports = [urllib.parse.urlsplit(line.split()[1]).port for line in lines[:-1]]
            self.assertEqual(ports, list(range(base, base + 6)))
            return
        self.fail("no six free ports in a row")

    def test_pace_and_latency(self):
        with Sim("--pace", "70ms", "--latency", "300ms") as own:
            answer = own.chat("gateway", "Count to 3", True)
            self.assertGreater(answer.times[0][0], 0.3)
            sent = [us for kind, us in own.journal()[0]["sent"] if kind != "head"]
            self.assertEqual(len(sent), 7)
            # a pause makes up for at most 20 ms that the one before it was late
            self.assertGreaterEqual(min(b - a for a, b in zip(sent, sent[1:])), 50_000)
            self.assertGreaterEqual(sent[-1] - sent[0], 6 * 70_000 - 20_000)

    def test_story(self):
        with Sim("--story") as own:
            def active():
                return [fault.split("@")[0] for fault in own.get("gateway", "/_sim/faults").json["active"]]
            until = time.monotonic() + 10
            while active() != ["slow=700ms"] and time.monotonic() < until:
                time.sleep(0.05)
            self.assertEqual(active(), ["slow=700ms"])  # it begins well: the pace of real ones
            own.set("docs-404")
            self.assertEqual(active(), ["docs-404"])  # who sets faults by hand has ended it
            self.assertEqual(own.get("gateway", "/docs").status, 404)


if __name__ == "__main__":
    unittest.main()
