"""Every way in which the target misbehaves, and what the suite must make of it.

A case names the checks that do not pass, as "outcome reason"; all others must pass. Names of
checks may be patterns of fnmatch; the last that fits counts.
"""
from changes import (after_token, before_token, body, both, bytes_of, cli, gateway, header, message,
                     pieces, put, says, status, streams, value, when, zipped)
from target import DONE, STOP, Answer, completion, data, delta, say

CASES = []

OURS = "gateway-stream-whole"   # fails of what the others only warn of
GATEWAY_STREAMS = ("gateway-stream", "gateway-stream-ttft", "gateway-stream-gaps", OURS,
                   "flow-stream", "resilience-long-stream")
GATEWAY_CHATS = ("gateway-chat", "gateway-chat-system", "gateway-chat-temperature", "gateway-image",
                 "gateway-code-generation", "gateway-web-search", "flow-chat", "flow-multi-turn",
                 "flow-switch", "resilience-timeout")
CLI_CHATS = ("baseline-cli-math", "baseline-cli-greeting", "baseline-cli-code-generation")
LANGCHAIN = ("baseline-langchain-health", "baseline-langchain-chat")
MEMORY = ("memory-health", "memory-extract", "memory-relevant")


class Case:
    def __init__(self, name, fault=None, expected=None, down=(), short=False, slow=False,
                 env=None, urls=None):
        self.name = name
        self.fault = fault
        self.expected = expected or {}
        self.down = down
        self.short = short      # the suite with its clocks of silence shortened
        self.slow = slow or short   # seconds; these start first
        self.env = {"CHUTES_API_KEY": "key"} if env is None else env
        self.urls = urls or {}  # instead of the target's; {port} is its port

    def url(self, service, url):
        return self.urls.get(service, url).format(port=url.rpartition(":")[2])


def case(name, fault=None, *expectations, **more):
    """Each expectation is ("outcome reason", check, ...)."""
    expected = {check: what for what, *checks in expectations for check in checks}
    CASES.append(Case(name, fault, expected, **more))


# ── Health, and who is there at all ──────────────────────────────────────────────────────────────

case("healthy")
case("no key", None, ("skip env", "gateway-transcribe"), env={})
case("everything is down", None,
     ("fail connect", "*"),
     ("skip connect", *LANGCHAIN, *MEMORY),
     down=("gateway", "baseline-cli", "baseline-langchain", "memory", "ui"))
case("the gateway is down", None, ("fail connect", "gateway-*", "flow-*", "resilience-*"),
     down=("gateway",))
case("the CLI baseline is down", None, ("fail connect", "baseline-cli-*"), down=("baseline-cli",))
case("LangChain is down", None, ("skip connect", *LANGCHAIN), down=("baseline-langchain",))
case("the memory service is down", None, ("skip connect", *MEMORY), down=("memory",))
case("the UI is down", None, ("fail connect", "ui-home"), down=("ui",))
case("health is silent", gateway(put(wait=10.6), path="/health"),
     ("fail idle_timeout", "gateway-health"), slow=True)
case("health is starting", gateway(value({"status": "starting"}), path="/health"),
     ("fail expectation", "gateway-health"))
case("health says healthy", gateway(value({"status": "healthy"}), path="/health"))
case("health is an error", when(status(500), path="/health"),
     ("fail expectation", "gateway-health", "baseline-cli-health", "baseline-langchain-health",
      "memory-health"))
case("health is torn JSON", gateway(body(b'{"status":"ok","version'), path="/health"),
     ("fail malformed", "gateway-health"))
case("health is JSON and more", gateway(body(b'{"status":"ok"} and more'), path="/health"),
     ("fail malformed", "gateway-health"))
case("health is no JSON", when(body(b"<html>fine</html>"), path="/health"),
     ("fail malformed", "gateway-health"))
case("health has a key twice", gateway(body(b'{"status":"bad","status":"ok"}'), path="/health"))
case("health is short of its length", when(put(length=500), path="/health"),
     ("fail truncated", "gateway-health", "baseline-cli-health", "baseline-langchain-health",
      "memory-health"))
case("health redirects", gateway(status(302, location="/healthz"), path="/health"),
     ("fail expectation", "gateway-health"))
case("health redirects for ever", gateway(status(307, location="/health"), path="/health"),
     ("fail expectation", "gateway-health"))
case("nobody may", when(status(401), service="gateway"),
     ("fail expectation", "gateway-*", "flow-*", "resilience-*"),
     ("pass none", "resilience-timeout"))
case("everything is 500", status(500),
     ("fail expectation", "*"), ("pass none", "resilience-timeout"))
case("everything is 204", status(204, b""),
     ("fail expectation", "*"), ("pass none", "resilience-timeout"))
case("the host says the service sleeps", when(status(503, b"waking up"), service="gateway"),
     ("fail cold", "gateway-*", "flow-*", "resilience-*"),
     ("pass none", "resilience-timeout", "gateway-transcribe", "gateway-transcribe-health"))
case("no HTTP at all", when(put(raw=b"SSH-2.0-OpenSSH_9.2\r\n"), service="gateway"),
     ("fail protocol", "gateway-*", "flow-*", "resilience-*"))
case("closed without a word", when(put(raw=b""), service="gateway"),
     ("fail reset", "gateway-*", "flow-*", "resilience-*"))
case("reset without a word", when(put(raw=b"", end="reset")),
     ("fail reset", "*"))
case("no TLS where it is expected", None,
     ("skip tls", *LANGCHAIN, *MEMORY), ("fail tls", "ui-home"),
     urls=dict.fromkeys(("baseline-langchain", "memory", "ui"), "https://127.0.0.1:{port}"))
case("no such name", None,
     ("skip dns", *LANGCHAIN, *MEMORY), ("fail dns", "ui-home"),
     urls=dict.fromkeys(("baseline-langchain", "memory", "ui"), f"http://{'a' * 64}.invalid"))

# ── Other endpoints without a chat ───────────────────────────────────────────────────────────────

case("no documentation", when(status(404), path="/docs"), ("fail expectation", "gateway-docs"))
case("the UI is broken", when(status(500, b"<h1>500</h1>", "text/html"), service="ui"),
     ("fail expectation", "ui-home"))
case("the UI is empty", when(put(pieces=[]), service="ui"), ("fail expectation", "ui-home"))
case("the UI is JSON", when(value({}), service="ui"), ("fail expectation", "ui-home"))
case("transcription is not there", when(status(404), path="/api/transcribe/health"))
case("transcription is not configured", both(when(status(503), path="/api/transcribe/health"),
                                             when(status(503), path="/api/transcribe")))
case("transcription is broken", both(when(status(500), path="/api/transcribe/health"),
                                     when(status(500), path="/api/transcribe")),
     ("fail expectation", "gateway-transcribe", "gateway-transcribe-health"))
case("the debug stream is silent", when(put(end="open"), path="/v1/debug/stream/test-123"))
case("the debug stream is not there", when(status(404), path="/v1/debug/stream/test-123"))
case("the debug stream timed out", when(status(408), path="/v1/debug/stream/test-123"))
case("the debug stream is broken", when(status(500), path="/v1/debug/stream/test-123"),
     ("fail expectation", "baseline-cli-debug"))

MODELS_CHECKS = ("gateway-models", "gateway-models-baselines")


def models(it, *expectations):
    name = "models: " + repr(it)[:60]
    case(name, when(value(it), path="/v1/models"), *expectations)


models({"data": [{"id": "x-Baseline-1", "object": "model"}]})
models({"data": []}, ("fail expectation", *MODELS_CHECKS))
models({"data": {}}, ("fail expectation", *MODELS_CHECKS))
models({"data": {"0": {"id": "baseline", "object": "model"}}},
       ("fail expectation", *MODELS_CHECKS))
models({"data": None}, ("fail expectation", *MODELS_CHECKS))
models({"models": []}, ("fail expectation", *MODELS_CHECKS))
models([], ("fail expectation", *MODELS_CHECKS))
models({"data": [{"id": "gpt", "object": "model"}]},
       ("fail expectation", "gateway-models-baselines"))
models({"data": [{"id": "baseline"}]}, ("fail expectation", "gateway-models"))
models({"data": [{"id": "baseline", "object": "list"}]}, ("fail expectation", "gateway-models"))
models({"data": [{"object": "model"}]}, ("fail expectation", *MODELS_CHECKS))
models({"data": [{"id": "baseline", "object": "model"}, {"object": "model"}]},
       ("fail expectation", "gateway-models-baselines"))
models({"data": [{"id": None, "object": "model"}, {"id": "baseline", "object": "model"}]},
       ("fail expectation", "gateway-models-baselines"))
models({"data": ["baseline"]}, ("fail expectation", *MODELS_CHECKS))
case("models: an error with a good list", when(
    lambda request, answer: put(status=500)(request, answer), path="/v1/models"),
     ("fail expectation", *MODELS_CHECKS))

case("memory: nothing was saved, nothing said", when(value({}), service="memory"),
     ("fail expectation", "memory-extract", "memory-relevant"))
case("memory: null", when(value({"memories_saved": None, "memories": None}), service="memory"))
case("memory: a list", when(value([]), service="memory"),
     ("fail expectation", "memory-extract", "memory-relevant"))
case("memory: extraction is broken", when(status(500), path="/memories/extract"),
     ("fail expectation", "memory-extract"))
case("memory: clearing is broken", when(status(500), path="/memories/clear"))

# ── What must be refused ─────────────────────────────────────────────────────────────────────────

REFUSALS = ("gateway-invalid-model", "resilience-invalid-competitor")

case("unknown models fall back", lambda request, answer: say(request, ("Hello",))
     if request.is_chat and answer.status == 404 else None, ("fail expectation", *REFUSALS))
case("unknown models are 500", lambda request, answer: Answer.of({}, 500)
     if request.is_chat and answer.status == 404 else None, ("fail expectation", *REFUSALS))
case("unknown models are 400", lambda request, answer: Answer.of({}, 400)
     if request.is_chat and answer.status == 404 else None)
case("bad requests are 400", lambda request, answer: Answer.of({}, 400)
     if answer.status == 422 else None, ("fail expectation", "gateway-missing-messages"))
case("bad requests are 500", lambda request, answer: Answer.of({}, 500)
     if answer.status == 422 else None,
     ("fail expectation", "gateway-missing-messages", "gateway-malformed-json"))
case("bad requests are answered", lambda request, answer: Answer.of(completion("Hello"))
     if answer.status == 422 else None,
     ("fail expectation", "gateway-missing-messages", "gateway-malformed-json"))

# ── Chats: shape and sense ───────────────────────────────────────────────────────────────────────

NEED_CONTENT = ("gateway-chat", "gateway-chat-system", "gateway-code-generation",
                "baseline-cli-math", "baseline-cli-code-generation", "flow-chat",
                "flow-multi-turn")
NEED_SENSE = tuple(check for check in NEED_CONTENT if not check.startswith("gateway-chat"))


def shape(name, change, *expectations):
    case("chat: " + name, message(change), *expectations)


def first(it):
    return it["choices"][0]


shape("bare", lambda it: [it.pop(k) for k in ("usage", "created", "model")])
shape("no id", lambda it: it.pop("id"), ("fail expectation", "gateway-chat"))
shape("other object", lambda it: it.update(object="chat.completion.chunk"),
      ("fail expectation", "gateway-chat"))
shape("other role", lambda it: first(it)["message"].update(role="user"),
      ("fail expectation", "gateway-chat"))
shape("no role", lambda it: first(it)["message"].pop("role"), ("fail expectation", "gateway-chat"))
shape("null content", lambda it: first(it)["message"].update(content=None),
      ("fail expectation", *NEED_CONTENT))
shape("empty content", lambda it: first(it)["message"].update(content=""),
      ("fail expectation", *NEED_CONTENT))
shape("no content", lambda it: first(it)["message"].pop("content"),
      ("fail expectation", *NEED_CONTENT))
shape("no message", lambda it: first(it).pop("message"), ("fail expectation", *NEED_CONTENT))
shape("no choices", lambda it: it.pop("choices"), ("fail expectation", *NEED_CONTENT))
shape("empty choices", lambda it: it.update(choices=[]), ("fail expectation", *NEED_CONTENT))
shape("choices are an object", lambda it: it.update(choices={"0": first(it)}),
      ("fail expectation", *NEED_CONTENT))
case("chat: no sense", when(says("I do not know."), streamed=False),
     ("fail expectation", *NEED_SENSE))
case("chat: loud sense", when(says("PARIS, ALICE, 4, FUNCTION, PRINT"), streamed=False))
case("chat: half of the sense", cli(says("HELLO"), question="script"))
case("chat: no memory", when(says("I never forget a name."), question="What is my name"),
     ("fail expectation", "flow-multi-turn"))
case("chat: a hard name", when(says('"Alice"\n\\ {{reply}} \u00e9\u4e16'), question="My name is"))
case("chat: an error in the second step", when(status(500), question="What is my name"),
     ("fail expectation", "flow-multi-turn"))
case("chat: plain text", when(body(b"Paris"), streamed=False),
     ("fail malformed", *NEED_CONTENT), ("fail expectation", "flow-multi-turn"))
case("chat: broken characters", when(bytes_of(lambda it: it.replace(b"Paris", b"Paris \xff")),
                                      question="France"), ("fail malformed", "flow-chat"))
case("chat: no LangChain behind the gateway", gateway(status(404), model="baseline-langchain"))
case("chat: LangChain sleeps behind the gateway", gateway(status(503), model="baseline-langchain"))
case("chat: LangChain fails behind the gateway", gateway(status(500), model="baseline-langchain"),
     ("fail expectation", "flow-switch"))
case("chat: LangChain fails", when(status(500), service="baseline-langchain",
                                   path="/v1/chat/completions"),
     ("fail expectation", "baseline-langchain-chat"))
case("chat: redirected", gateway(status(302, location="/"), streamed=False),
     ("fail expectation", *GATEWAY_CHATS), ("pass none", "resilience-timeout"))
case("chat: a slow greeting", cli(put(wait=10.5), question="Hello!"),
     ("fail expectation", "baseline-cli-greeting"), slow=True)
case("chat: an answer cut short", when(put(length=5000), streamed=False),
     ("fail truncated", *GATEWAY_CHATS, *CLI_CHATS, "baseline-langchain-chat"))
case("chat: an answer reset", when(put(length=5000, end="reset"), streamed=False),
     ("fail reset", *GATEWAY_CHATS, *CLI_CHATS, "baseline-langchain-chat"))
case("chat: a slow answer", gateway(put(wait=1.2), question="Hi", streamed=False),
     ("fail expectation", "resilience-timeout"), short=True)
case("chat: silence", when(put(wait=60), streamed=False, question="France"),
     ("fail idle_timeout", "flow-chat"), short=True)

# ── The same answers in other clothes ────────────────────────────────────────────────────────────

case("framing: HTTP/1.0", put(version="1.0", framing="close"))
case("framing: until it closes", put(framing="close"))
case("framing: chunked", put(framing="chunked"))
case("framing: byte by byte", both(put(framing="chunked"), pieces(
    lambda old: [bytes([b]) for p in old if isinstance(p, bytes) for b in p])))
case("framing: compressed", lambda request, answer: None if request.streamed
     else zipped(request, answer))
case("framing: early hints", put(early=b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"))
case("framing: extensions and trailers", lambda request, answer: both(
    header("transfer-encoding", "chunked"), put(framing="close"), bytes_of(
        lambda it: b"%x;a=b\r\n%s\r\n0\r\nx-trailer: 1\r\n\r\n" % (len(it), it)))(request, answer)
     if answer.text else None)
case("framing: two lengths", gateway(both(header("content-length", "5"), put(length=7)),
                                     path="/health"), ("fail protocol", "gateway-health"))
case("framing: a length that is too small", gateway(put(length=10), path="/health"),
     ("fail malformed", "gateway-health"))
case("framing: byte order mark", gateway(bytes_of(lambda it: b"\xef\xbb\xbf" + it),
                                         path="/health"),
     ("fail malformed", "gateway-health"))

# ── Streams that are legal, if unusual ───────────────────────────────────────────────────────────

USAGE = data({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 3,
                                       "total_tokens": 6}})


def legal(name, change):
    case("legal stream: " + name, streams(change))


legal("CRLF", pieces(lambda old: [p.replace(b"\n", b"\r\n") for p in old]))
legal("CR", pieces(lambda old: [p.replace(b"\n", b"\r") for p in old]))
legal("byte order mark", pieces(lambda old: [b"\xef\xbb\xbf" + old[0], *old[1:]]))
legal("no space after data:", pieces(lambda old: [p.replace(b"data: ", b"data:") for p in old]))
legal("all at once", bytes_of(lambda it: it))
legal("torn at every byte", pieces(lambda old: [bytes([b]) for p in old for b in p]))
legal("compressed", zipped)
legal("until it closes", put(framing="close", version="1.0"))
legal("a usage chunk", pieces(lambda old: [*old[:-1], USAGE, DONE]))
legal("choices null", before_token(data({"choices": None})))
legal("no choices", before_token(data({"object": "chat.completion.chunk"})))
legal("null content", before_token(delta({"role": None, "content": None})))
legal("null delta", before_token(delta(None)))
legal("reasoning first", before_token(delta({"reasoning_content": "Let me see."})))
legal("comments", before_token(b": ping\n\n", b": warming upstream\n\n"))
legal("other fields", before_token(b"id: 7\nevent: message\nretry: 1000\n" + delta({})))
legal("two data lines", before_token(b'data: {"choices":[],\ndata: "x":1}\n\n'))
legal("one newline at the end", pieces(lambda old: [*old[:-1], b"data: [DONE]\n"]))
legal("no newline at the end", pieces(lambda old: [*old[:-1], b"data: [DONE]"]))
legal("silence after [DONE], then the end", pieces(lambda old: [*old, 1.0]))

# ── Streams that are broken ──────────────────────────────────────────────────────────────────────

TO_THE_END = ("gateway-stream", "gateway-stream-gaps", OURS, "flow-stream",
              "baseline-cli-stream")
WHOLE = (*TO_THE_END, "resilience-long-stream")
NEED_DONE = ("gateway-stream", "flow-stream")


def broken(name, change, *expectations, **more):
    case("stream: " + name, streams(change), *expectations, **more)


broken("an error status", status(500, b"Internal Server Error"),
       ("fail expectation", *GATEWAY_STREAMS, "baseline-cli-stream"))
broken("an error status and a good stream", put(status=500),
       ("fail expectation", *GATEWAY_STREAMS, "baseline-cli-stream"))
broken("another content type", header("content-type", "text/plain"),
       ("fail expectation", "gateway-stream"))
broken("not streamed", lambda request, answer: Answer.of(completion("Hello")),
       ("fail expectation", *WHOLE, "gateway-stream-ttft"),
       ("warn truncated", "gateway-stream-gaps", OURS))
broken("no [DONE]", pieces(lambda old: old[:-1]),
       ("warn expectation", *WHOLE), ("fail expectation", *NEED_DONE))
broken("no finish_reason", pieces(lambda old: [p for p in old if p != STOP]),
       ("warn truncated", *WHOLE))
broken("empty", pieces(lambda old: []),
       ("fail expectation", *WHOLE, "gateway-stream-ttft"),
       ("warn truncated", "gateway-stream-gaps", OURS))
broken("only [DONE]", pieces(lambda old: [DONE]),
       ("fail expectation", *NEED_DONE, "gateway-stream-ttft", "baseline-cli-stream"),
       ("warn truncated", "gateway-stream-gaps", OURS, "resilience-long-stream"))
broken("no content", pieces(lambda old: [p for p in old if b'"content"' not in p]),
       ("warn expectation", *WHOLE),
       ("fail expectation", *NEED_DONE, "gateway-stream-ttft"))
broken("one chunk", pieces(lambda old: [delta({"content": "4"}, finish="stop"), DONE]),
       ("fail expectation", "baseline-cli-stream"))
broken("no blank lines between the events", pieces(
    lambda old: [p.replace(b"\n\n", b"\n") for p in old]),
       ("fail expectation", "gateway-stream", "gateway-stream-ttft", "flow-stream",
        "baseline-cli-stream"),
       ("warn truncated", "gateway-stream-gaps", OURS, "resilience-long-stream"))
broken("an event that is no object", before_token(b"data: []\n\ndata: 5\n\n"),
       ("warn malformed", *WHOLE))
broken("choices are an object", before_token(data({"choices": {"0": {"delta": {}}}})),
       ("warn malformed", *WHOLE))
broken("an event that is not JSON", before_token(b"data: oops\n\n"), ("warn malformed", *WHOLE))
broken("broken characters", after_token(
    b'data: {"choices":[{"delta":{"content":"caf\xe9"}}]}\n\n'), ("warn malformed", *WHOLE))
broken("an error event", after_token(data({"error": {"message": "boom"}})),
       ("warn error_event", *WHOLE))
broken("cut after the first token", both(after_token(None), put(end="cut")),
       ("fail truncated", *WHOLE))
broken("cut inside a chunk", both(put(framing="close"), header("transfer-encoding", "chunked"),
                                  pieces(lambda old: [b"4000\r\n" + b"".join(old)])),
       ("fail truncated", *TO_THE_END), ("warn truncated", "resilience-long-stream"))
broken("cut before the first token", both(pieces(lambda old: old[:2]), put(end="cut")),
       ("fail truncated", *WHOLE, "gateway-stream-ttft"))
broken("cut after [DONE]", put(end="cut"),
       ("fail truncated", *TO_THE_END), ("warn truncated", "resilience-long-stream"))
broken("reset after the first token", both(after_token(None), put(end="reset")),
       ("fail reset", *WHOLE))
broken("short of its length", put(framing="length", length=9999),
       ("fail truncated", *TO_THE_END), ("warn truncated", "resilience-long-stream"))
broken("a bad chunk", both(put(framing="close"), header("transfer-encoding", "chunked"),
                           pieces(lambda old: [b"zz\r\n" + b"".join(old)])),
       ("fail protocol", *WHOLE, "gateway-stream-ttft"))
broken("left open after [DONE]", put(end="open"))
broken("silence after the first token", both(after_token(None), put(end="open")),
       ("fail idle_timeout", *WHOLE), short=True)
broken("a slow first token", before_token(5.5),
       ("fail expectation", "gateway-stream-ttft", "gateway-stream-gaps"), slow=True)
broken("a slow first token behind pings", before_token(*[1.4, b": ping\n\n"] * 4),
       ("fail expectation", "gateway-stream-ttft"), slow=True)
broken("a long pause", after_token(5.5), ("fail expectation", "gateway-stream-gaps"), slow=True)
STALL = after_token(*[1.4, b": ping\n\n"] * 8)
case("stream: a very long pause behind pings", both(
    gateway(STALL, question="story"), gateway(STALL, question="poem")),
     ("warn expectation", "gateway-stream-gaps", "resilience-long-stream"), slow=True)

# ── Failures that look like success: only the service that lies is blamed ────────────────────────

LIES = {
    "mock": ("Hello! I'm the Janus Gateway. ", "This is a mock response."),
    "mock, streamed": ("Hello! I'm the Janus Gateway responding to your request. ",
                       "This is a ", "mock ", "response ", "for development purposes. "),
    "connection": ("Connection error: All connection attempts failed",),
    "connection, halfway": ("1, ", "2, ", "Connection error: peer closed connection without "
                            "sending complete message body (incomplete chunked read)"),
    "connection, no word": ("Paris, Alice, 4, def print ", "Connection error: "),
    "connection, server": ("Connection error: Server disconnected without sending a response.",),
    "timed out": ("Request timed out",),
    "timed out, halfway": ("Alice likes Paris, ", "Request timed out"),
    "competitor": ("Error from competitor: 500",),
    "competitor, asleep": ("Error from competitor: 429",),
    "model": ("I'm sorry, I encountered an error processing your request. Please try again.",),
    "model, halfway": ("Paris, Alice, 4, def print", "\n\nI'm sorry, I encountered an error. "
                       "Please try again."),
    "LangChain": ("Error: failed to generate response.",),
    "LangChain, halfway": ("Paris, Alice, 4, def print ", "Error: failed to stream response."),
    "no new sandbox": ("Error: Failed to create sandbox.",),
    "no sandbox": ("Agent sandbox is currently unavailable. ", "This request requires agent "
                   "capabilities which are not available at this time. Please try again later."),
    "no key": ("Hello! The Janus Baseline ", "is running in mock mode. ", "Set a key. "),
}
LIARS = {
    "gateway": (*GATEWAY_CHATS, *GATEWAY_STREAMS),
    "baseline-cli": (*CLI_CHATS, "baseline-cli-stream"),
    "baseline-langchain": ("baseline-langchain-chat",),
}


def lying(service, parts):
    """Where a chat would have been answered, this is."""
    def fault(request, answer):
        if request.is_chat and request.service == service and answer.status == 200:
            return say(request, parts)
        return None
    return fault


for lie, parts in LIES.items():
    case("the gateway lies: " + lie, lying("gateway", parts), ("fail masked", *LIARS["gateway"]))
for lie in ("connection", "timed out", "model", "model, halfway", "LangChain", "no new sandbox"):
    case("the gateway lies, then blanks: " + lie, lying("gateway", (*LIES[lie], " \n")),
         ("fail masked", *LIARS["gateway"]))
case("the gateway lies, trimmed", lying("gateway", ("Connection error:",)),
     ("fail masked", *LIARS["gateway"]))
for service, *lies in (("baseline-cli", "model", "model, halfway", "no sandbox", "no key"),
                       ("baseline-langchain", "LangChain", "LangChain, halfway")):
    for lie in lies:
        case(f"{service} lies: {lie}", lying(service, LIES[lie]),
             ("fail masked", *LIARS[service]))
case("a lie in the first turn", gateway(says(*LIES["mock"]), question="My name is", streamed=False),
     ("fail masked", "flow-multi-turn"))
case("a lie in the second turn", gateway(says("You are Alice. ", *LIES["timed out"]),
                                         question="What is my name"),
     ("fail masked", "flow-multi-turn"))
case("a lie of the CLI through the gateway", gateway(
    says(*LIES["mock"]), model="baseline-cli-agent", question="Hi", streamed=False),
     ("fail masked", "gateway-chat-temperature", "flow-switch", "resilience-timeout"))
case("a lie of LangChain through the gateway", gateway(
    says(*LIES["LangChain"]), model="baseline-langchain"), ("fail masked", "flow-switch"))
case("a lie on an error status", gateway(
    lambda request, answer: both(says(*LIES["mock"]), put(status=500))(request, answer),
    question="France"), ("fail masked", "flow-chat"))
case("a lie, then a cut", gateway(
    lambda request, answer: both(says(*LIES["model, halfway"]), put(end="cut"))(request, answer),
    streamed=True), ("fail masked", *GATEWAY_STREAMS))

SENSE = "Paris, Alice: 4, def print. "
for truth in ("The log said \"Request timed out\", and it was right.",
              "A \"Connection error: refused\" is what a client says when nobody listens.",
              "Connection error: that was the last line of the log. Nobody read it.",
              "An Agent sandbox is currently unavailable.  Or is it?",
              "I'm sorry, I encountered an error. Please try again. So she tried again."):
    case("the truth: " + truth[:40], lambda request, answer, truth=truth: say(
        request, (SENSE, truth)) if request.is_chat and answer.status == 200 else None)
