"""Receivers of alerts on loopback, as strict as their documentation: Slack's incoming webhooks, Discord's webhooks,
Telegram's bots, PagerDuty's Events API v2, ntfy, and a webhook that checks signatures. What they refuse, they say."""
import hashlib
import hmac
import html.parser
import http.server
import json
import re
import threading
import time

import jsonschema


def shape(required, **properties):
    return {"type": "object", "required": required.split(), "properties": properties, "additionalProperties": False}


def text(longest, shortest=1):
    return {"type": "string", "minLength": shortest, "maxLength": longest}


def one_of(*values):
    return {"enum": list(values)}


def list_of(item, most, least=1):
    return {"type": "array", "items": item, "minItems": least, "maxItems": most}


# docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, .../block-kit/blocks, .../text-object
PLAIN = shape("type text", type=one_of("plain_text"), text=text(3000), emoji={"type": "boolean"})
MRKDWN = shape("type text", type=one_of("mrkdwn"), text=text(3000), verbatim={"type": "boolean"})
FIELD = {"allOf": [{"anyOf": [PLAIN, MRKDWN]}, {"properties": {"text": {"maxLength": 2000}}}]}
SECTION = {"allOf": [shape("type", type=one_of("section"), text={"anyOf": [PLAIN, MRKDWN]}, fields=list_of(FIELD, 10)),
                     {"anyOf": [{"required": ["text"]}, {"required": ["fields"]}]}]}
CONTEXT = shape("type elements", type=one_of("context"), elements=list_of({"anyOf": [PLAIN, MRKDWN]}, 10))
SLACK = shape("text", text=text(40000), blocks=list_of({"anyOf": [SECTION, CONTEXT]}, 50))

# docs.discord.com/developers/resources/webhook#execute-webhook, .../message#embed-object
EMBED_FIELD = shape("name value", name=text(256), value=text(1024), inline={"type": "boolean"})
EMBED = shape("title", title=text(256), description=text(4096), url=text(2048),
              color={"type": "integer", "minimum": 0, "maximum": 0xffffff}, fields=list_of(EMBED_FIELD, 25))
MENTIONS = shape("parse", parse=list_of(one_of("roles", "users", "everyone"), 3, 0))
DISCORD = shape("embeds", content=text(2000), embeds=list_of(EMBED, 10), allowed_mentions=MENTIONS)

# core.telegram.org/bots/api#sendmessage
TELEGRAM = shape("chat_id text", chat_id={"type": ["integer", "string"]}, text=text(100000),
                 parse_mode=one_of("HTML", "MarkdownV2", "Markdown"),
                 link_preview_options=shape("", is_disabled={"type": "boolean"}))

# developer.pagerduty.com/docs/events-api-v2/trigger-events
PAYLOAD = shape("summary source severity", summary=text(1024), source=text(1000),
                severity=one_of("critical", "error", "warning", "info"), timestamp=text(40), component=text(1000),
                group=text(1000), custom_details={"type": "object"}, **{"class": text(1000)})
LINK = shape("href", href={"type": "string", "pattern": "^https?://"}, text=text(1000))
PAGERDUTY = shape("routing_key event_action dedup_key payload", routing_key=text(32, 32),
                  event_action=one_of("trigger", "acknowledge", "resolve"), dedup_key=text(255), payload=PAYLOAD,
                  links=list_of(LINK, 20, 0), client=text(1000), client_url=text(2000))

# docs.ntfy.sh/publish/#publish-as-json
NTFY = shape("topic", topic={"type": "string", "pattern": "^[-_A-Za-z0-9]{1,64}$"}, title=text(250), message=text(4096),
             tags=list_of(text(50), 5), priority={"type": "integer", "minimum": 1, "maximum": 5},
             click={"type": "string", "pattern": "^https?://"})


class Refusal(Exception):
    pass


def demand(holds, why):
    if not holds:
        raise Refusal(why)


def slack_words(said):
    """What Slack shows; refuses markup that is no link of ours."""
    for control in re.findall("<([^>]*)>?", said):
        demand(re.match(r"https?://[^|<>]+\|[^<>]+$", control), f"markup: {control}")
        demand(OURS.match(control), f"a foreign link: {control}")
    said = re.sub(r"<[^|>]*\|([^>]*)>", r"\1", said)
    demand(not re.search("&(?!amp;|lt;|gt;)", said), f"an & that is none: {said}")
    return said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def discord_words(said):
    """What Discord shows; refuses signs that would mean something."""
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", said)
    demand(re.fullmatch(OURS.pattern + r"[^\s]*", said) or not re.search(r"[@<>\[\]()*_~`|#\\]|https?:", bare), f"markup: {said}")
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", said)


class TelegramWords(html.parser.HTMLParser):
    """What Telegram shows of HTML: few tags, each closed in its turn."""

    def __init__(self, said):
        super().__init__(convert_charrefs=True)
        self.words, self.open = "", []
        self.feed(said)
        self.close()
        demand(not self.open, f"not closed: {self.open}")
        demand(not re.search("&(?!(amp|lt|gt|quot|#[0-9]+);)", said), "an entity that Telegram does not have")

    def handle_starttag(self, tag, attrs):
        demand(tag in ("b", "code", "a"), f"a tag {tag}")
        demand(tag != "a" or (len(attrs) == 1 and OURS.match(attrs[0][1])), f"a foreign link: {attrs}")
        demand("code" not in self.open, "a tag inside code")
        self.open.append(tag)

    def handle_endtag(self, tag):
        demand(self.open and self.open.pop() == tag, f"</{tag}> closes nothing")

    def handle_data(self, data):
        demand("code" in self.open or "@" not in data, f"a mention: {data}")
        self.words += data


OURS = re.compile(r"https://(status|wiki)\.example\.org(?=[/|]|$)")


def read_slack(said):
    words = [slack_words(said["text"])]
    for block in said["blocks"]:
        for piece in [block.get("text"), *block.get("fields", []), *block.get("elements", [])]:
            if piece:
                words.append(slack_words(piece["text"]))
    return "\n".join(words[1:])


def read_discord(said):
    demand(said.get("allowed_mentions") == {"parse": []}, "mentions are allowed")
    words = [discord_words(said.get("content", ""))]
    for embed in said["embeds"]:
        demand(OURS.match(embed.get("url", "https://status.example.org/")), "a foreign link")
        words += [discord_words(embed["title"]), discord_words(embed.get("description", ""))]
        words += [f["name"] + ": " + discord_words(f["value"]) for f in embed.get("fields", [])]
        demand(len("".join(words)) <= 6000, "more than 6000 characters")
    return "\n".join(w for w in words if w)


def read_telegram(said):
    words = TelegramWords(said["text"]).words
    demand(said.get("parse_mode") == "HTML", "not HTML")
    demand(1 <= len(words.encode("utf-16-le")) // 2 <= 4096, "message is too long")
    return words


def read_pagerduty(said):
    details = said["payload"].get("custom_details", {})
    demand(all(OURS.match(link["href"]) for link in said.get("links", [])), "a foreign link")
    return "\n".join([said["payload"]["summary"], *(f"{k}: {v}" for k, v in details.items())])


def read_ntfy(said):
    demand(OURS.match(said.get("click", "https://status.example.org/")), "a foreign link")
    demand(len(said["message"].encode()) <= 4096, "too long: it would become an attachment")
    return said["title"] + "\n" + said["message"]


def signed(secret, headers, body, now, seconds=300):
    """The check that the manual shows: the body is whole, from who knows the secret, and no older than that."""
    at = headers["X-Outrider-Timestamp"]
    mac = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest("sha256=" + mac, headers["X-Outrider-Signature"]) and abs(now - int(at)) <= seconds


class Receivers:
    """kinds: what each may be sent to: path, secret in a header, how it is read, what it says to it."""

    def __init__(self, secrets):
        self.secrets, self.got, self.refused, self.failing = secrets, {}, [], set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kind = outer.kind_of(self.path)
                try:
                    demand(kind, f"nobody is at {self.path}")
                    status, answer = outer.take(kind, self, body)
                except (Refusal, jsonschema.ValidationError, ValueError, KeyError, TypeError) as wrong:
                    outer.refused.append(f"{kind}: {getattr(wrong, 'message', wrong)!r}: {body.decode()}")
                    status, answer = 400, "no"
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *unused):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def kind_of(self, path):
        secrets = self.secrets
        return {f"/slack/{secrets['slack']}": "slack", f"/discord/{secrets['discord']}": "discord",
                f"/bot{secrets['telegram']}/sendMessage": "telegram", "/v2/enqueue": "pagerduty", "/": "ntfy",
                f"/hook/{secrets['hook']}": "hook"}.get(path)

    FORMS = {  # its shape, what it shows, what it says to what it takes, and to what it does not, with a 2xx all the same
        "slack": (SLACK, read_slack, (200, "ok"), (200, "no_service")),
        "discord": (DISCORD, read_discord, (204, ""), (200, "<html>Sign in</html>")),
        "telegram": (TELEGRAM, read_telegram, (200, '{"ok":true,"result":{"message_id":1}}'),
                     (200, '{"ok":false,"error_code":403}')),
        "pagerduty": (PAGERDUTY, read_pagerduty, (202, '{"status":"success","message":"Event processed"}'),
                      (200, '{"status":"success"}')),
        "ntfy": (NTFY, read_ntfy, (200, '{"id":"a","event":"message","topic":"ops"}'), (200, "{}")),
    }

    def take(self, kind, request, body):
        if kind == "hook":
            demand(signed(self.secrets["sign"], request.headers, body, time.time()), "the signature is wrong")
            demand(not signed(self.secrets["sign"], request.headers, body + b" ", time.time()), "any signature is right")
            demand(not signed(self.secrets["sign"], request.headers, body, time.time() + 301), "replays are taken")
            self.got.setdefault(kind, []).append((body.decode(), body.decode()))
            return 204, ""
        form, read, yes, no = self.FORMS[kind]
        demand(request.headers["Content-Type"] == "application/json", "no JSON")
        said = json.loads(body)
        jsonschema.validate(said, form, jsonschema.Draft7Validator)
        words = read(said)
        if kind == "pagerduty":
            demand(said["routing_key"] == self.secrets["pagerduty"], "whose key is that")
        if kind == "ntfy":
            demand(request.headers["Authorization"] == "Bearer " + self.secrets["ntfy"], "who is that")
        if kind in self.failing:
            self.failing.discard(kind)
            return no
        self.got.setdefault(kind, []).append((said, words))
        return yes
