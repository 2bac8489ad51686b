"""What may be changed in an answer of the target before it is sent: the words of which the faults
are made. A fault is fault(request, answer): it changes the answer, or returns another one.
"""
import gzip

from target import Answer, completion, say


def when(change, service=None, path=None, streamed=None, question=None, model=None):
    """The change, for the requests that fit; the last three: for chats that are answered."""
    def fault(request, answer):
        if service not in (None, request.service) or path not in (None, request.path):
            return None
        chat = request.is_chat and answer.status == 200
        if (streamed is not None or question or model) and not chat:
            return None
        if streamed not in (None, request.streamed) or model not in (None, request.model):
            return None
        if question and question not in request.question:
            return None
        return change(request, answer)
    return fault


def both(*faults):
    def fault(request, answer):
        for one in faults:
            answer = one(request, answer) or answer
        return answer
    return fault


# ── Changes ──────────────────────────────────────────────────────────────────────────────────────

def status(code, body=b"no", kind="text/plain", **headers):
    def change(_request, _answer):
        answer = Answer(code, body, kind)
        answer.headers.update(headers)
        return answer
    return change


def value(it, code=200):
    return lambda _request, _answer: Answer.of(it, code)


def body(text):
    return lambda _request, _answer: Answer(200, text)


def says(*parts):
    return lambda request, _answer: say(request, parts)


def put(**fields):
    """Fields of the answer: wait, framing, end, length, raw, ..."""
    def change(_request, answer):
        for name, it in fields.items():
            setattr(answer, name, it)
    return change


def header(name, it):
    def change(_request, answer):
        answer.headers[name] = it
    return change


def pieces(edit):
    """edit(list of pieces) -> list of pieces"""
    def change(_request, answer):
        answer.pieces = list(edit(answer.pieces))
    return change


def bytes_of(edit):
    """edit(bytes) -> bytes, of the whole body, which is then one piece."""
    return pieces(lambda old: [edit(b"".join(p for p in old if isinstance(p, bytes)))])


def zipped(request, answer):
    bytes_of(gzip.compress)(request, answer)
    answer.headers["content-encoding"] = "gzip"


def before_token(*inserted):
    """Before the first content."""
    def edit(old):
        at = next((i for i, p in enumerate(old) if b'"content"' in p), len(old))
        return old[:at] + list(inserted) + old[at:]
    return pieces(edit)


def after_token(*inserted):
    """After the first content; a None ends the stream there."""
    def edit(old):
        at = next(i for i, p in enumerate(old) if b'"content"' in p) + 1
        rest = [] if None in inserted else old[at:]
        return old[:at] + [p for p in inserted if p is not None] + rest
    return pieces(edit)


def message(change_message):
    """change_message(dict): on the whole value of a chat's answer."""
    def change(request, answer):
        if not request.is_chat or request.streamed or answer.status != 200:
            return None
        it = completion("Paris, Alice: 4, def print")
        change_message(it)
        return Answer.of(it)
    return change


def gateway(change, **where):
    return when(change, service="gateway", **where)


def cli(change, **where):
    return when(change, service="baseline-cli", **where)


def streams(change):
    """On the event streams of every service."""
    return when(change, streamed=True)
