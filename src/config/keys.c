#include "config/keys.h"

#include "alert/options.h"
#include "base/clock.h"
#include "serve/options.h"
#include "watch/policy.h"

#include <assert.h>
#include <limits.h>

#define S US_PER_S
#define DAY (86400 * S)
#define REMIND_MIN (10 * S)
#define MOST (400 * DAY)
#define REQUESTS (IN_CHECK | IN_STEP)
#define USUAL (IN_CHECK | IN_DEFAULTS)

const struct key keys[] = {
	/* The file. */
	{IN_TOP, "mode", ONE, NAME, .help = "Which of a service's URLs is used."},
	{IN_TOP, "listen", ONE, ADDRESS, .fallback = "127.0.0.1:8080",
		.help = "Where the status page is served."},
	{IN_TOP, "database", ONE, TEXT, .fallback = "outrider.db",
		.help = "The file that keeps results; its directory must exist."},
	{IN_TOP, "services", MAP, SECTION, IN_SERVICE, .names = NAMES,
		.help = "What is watched, by name."},
	{IN_TOP, "defaults", ONE, SECTION, IN_DEFAULTS,
		.help = "What holds for every check that does not say otherwise."},
	{IN_TOP, "signatures", LISTS, MATCHER, .names = NAMES,
		.help = "Answers that look like success and are not, in named sets."},
	{IN_TOP, "checks", LIST, SECTION, IN_CHECK, .help = "What is asked, and what must come."},
	{IN_TOP, "auth", ONE, SECTION, IN_AUTH, .secret = true,
		.help = "Who may read, and who may write."},
	{IN_TOP, "alerts", ONE, SECTION, IN_ALERTS, .help = "Where incidents are announced."},
	{IN_TOP, "maintenance", LIST, SECTION, IN_WINDOW, .max = 1000,
		.help = "Times at which failures are expected."},
	{IN_TOP, "retention", ONE, SECTION, IN_RETENTION, .help = "How long results are kept."},
	{IN_TOP, "log", ONE, SECTION, IN_LOG, .help = "The monitor's own log."},
	{IN_TOP, "histograms", ONE, WORD, .choices = "check service", .fallback = "check",
		.help = "In /metrics, of each check, or of all checks of a service together: for "
			"suites of thousands."},
	{IN_TOP, "place", ONE, TEXT, .help = "Where this monitor stands."},

	/* A service. */
	{IN_SERVICE, "title", ONE, TEXT, .help = "Its name on pages; its key where none is given."},
	{IN_SERVICE, "url", ONE, URL, .help = "Its URL in every mode."},
	{IN_SERVICE, "urls", MAP, URL, .min = 1, .max = 64, .names = NAMES,
		.help = "Its URL in each mode."},
	{IN_SERVICE, "max_in_flight", ONE, COUNT, .min = 1, .max = 10000,
		.help = "How many checks may ask it at a time; no limit where none is given."},
	{IN_SERVICE | IN_REQUEST | IN_CHAT, "headers", MAP, SCALAR, .max = 100,
		.names = HEADER_NAMES, .secret = true,
		.help = "Headers to send; an empty one is not sent."},
	{IN_SERVICE, "tls", ONE, SECTION, IN_SERVICE_TLS, .help = "Files for TLS."},
	{IN_SERVICE_TLS, "ca", ONE, TEXT, .help = "Trusted certificates instead of the system's."},
	{IN_SERVICE_TLS, "cert", ONE, TEXT, .help = "The client's certificate."},
	{IN_SERVICE_TLS, "key", ONE, TEXT, .help = "The key of the client's certificate."},
	{IN_SERVICE, "proxy", ONE, TEXT, .help = "A proxy's URL; the environment's is ignored."},
	{IN_SERVICE, "ip", ONE, WORD, .choices = "any 4 6", .fallback = "any",
		.help = "Which version of the internet protocol."},
	{IN_SERVICE, "http", ONE, WORD, .choices = "1.1 2", .fallback = "1.1",
		.help = "Which version of HTTP; 2 is agreed on in TLS, and not to speak it a "
			"failure; without TLS it is 1.1."},

	/* A check: who it is. */
	{IN_CHECK, "id", ONE, NAME, .required = true, .help = "Its name, unique in all files."},
	{IN_CHECK, "title", ONE, TEXT, .help = "What it shows, in a sentence; its id otherwise."},
	{IN_CHECK, "description", ONE, TEXT, .help = "More about it."},
	{USUAL, "runbook", ONE, TEXT, .help = "A link for whoever is alerted."},
	{IN_CHECK, "spec", ONE, TEXT, .help = "The test it stands for, as pytest names it."},
	{USUAL, "service", ONE, NAME, .help = "The service that is asked."},
	{USUAL, "tags", LIST, TAG, .help = "Words to select it by."},
	{IN_CHECK, "matrix", LISTS, SCALAR, .min = 1, .max = 256, .names = VARIABLE_NAMES,
		.help = "One check for every combination of these values."},
	{IN_CHECK, "requires_env", LIST, VARIABLE,
		.help = "Without these variables the check is skipped."},

	/* A check: when, and what its results mean. */
	{USUAL, "enabled", ONE, BOOL, .fallback = "true", .help = "Whether it runs by itself."},
	{USUAL, "every", ONE, DURATION, .min = S, .max = MOST, .fallback = "60s",
		.help = "How often it runs."},
	{USUAL, "timeout", ONE, DURATION, .min = 1000, .max = DAY, .fallback = "60s",
		.help = "One attempt, all its steps."},
	{USUAL, "idle_timeout", ONE, DURATION, .min = 1000, .max = DAY,
		.help = "No byte for so long ends the attempt."},
	{USUAL, "health", ONE, SECTION, IN_HEALTH, .help = "When it counts as down, and as up."},
	{IN_HEALTH, "down_after", ONE, RULE, .fallback = "2 of 3",
		.help = "Failures that make it down: in a row, or of the last results."},
	{IN_HEALTH, "up_after", ONE, RULE, .fallback = "2", .help = "Passes that make it up."},
	{IN_HEALTH, "recheck", ONE, DURATION, .max = 3600 * S, .fallback = "15s",
		.help = "How soon a failure is looked at again, until it is down or up; 0s: not "
			"before "
			"its next slot."},
	{IN_HEALTH, "cold_for", ONE, DURATION, .max = 3600 * S, .fallback = "90s",
		.help = "A service that sleeps may take so long to wake up: until then its answers "
			"count neither as failures nor as passes."},
	{USUAL, "retries", ONE, SECTION, IN_RETRIES, .help = "Further attempts after a failure."},
	{IN_RETRIES, "times", ONE, COUNT, .min = 0, .max = 20, .fallback = "0",
		.help = "How many at most."},
	{IN_RETRIES, "backoff", ONE, DURATION, .max = 3600 * S, .fallback = "1s",
		.help = "How long before one."},
	{IN_RETRIES, "when", LIST, REASON, .choices = "429",
		.help = "After which reasons; after any where none is given."},
	{USUAL, "skip_on", LIST, REASON, .help = "Reasons for which a failure is a skip."},
	{IN_CHECK, "compare", ONE, TEXT,
		.help = "A check that asks the same with less on the way: an alert says whether "
			"that passes."},
	{IN_CHECK, "depends_on", LIST, TEXT, .help = "Checks whose incident a failure joins."},
	{USUAL, "budget", ONE, SECTION, IN_BUDGET, .help = "What it may cost."},
	{IN_BUDGET, "runs_per_day", ONE, COUNT, .min = 1, .max = 86400, .help = "Runs in a day."},
	{IN_BUDGET, "tokens_per_day", ONE, COUNT, .min = 1, .max = 1e12,
		.help = "Tokens in a day."},
	{USUAL, "slo", ONE, SECTION, IN_SLO, .help = "The service level it is held against."},
	{USUAL, "slo_alert", ONE, BOOL, .fallback = "true",
		.help = "Whether it is told that its error budget is spent too fast."},
	{IN_SLO, "objective", ONE, PERCENT, .required = true, .help = "The share that passes."},
	{IN_SLO, "window", ONE, DURATION, .min = 3600 * S, .max = MOST, .fallback = "30d",
		.help = "Over which time."},
	{IN_CHECK, "known_issue", ONE, SECTION, IN_KNOWN_ISSUE,
		.help = "A failure that is known: shown, but nobody is alerted."},
	{IN_KNOWN_ISSUE, "reason", ONE, TEXT, .required = true, .help = "What is known."},
	{IN_KNOWN_ISSUE, "until", ONE, DATE, .help = "The last day on which it is excused, UTC."},
	{USUAL, "alerts", LIST, NAME, .brief = BOOL, .max = CHANNELS_MAX,
		.help = "Channels that hear of it, if they hear of such checks at all; false: "
			"none; all where none is given."},
	{USUAL, "severity", ONE, WORD, .choices = "page ticket info", .fallback = "page",
		.help = "How urgent it is when it is down: somebody is woken, it is for working "
			"hours, or only to be known."},

	/* What is asked. */
	{IN_CHECK, "steps", LIST, SECTION, IN_STEP, .min = 1, .max = 32,
		.help = "Several requests, one after the other."},
	{IN_STEP, "name", ONE, TEXT, .help = "Its name in reports."},
	{IN_STEP, "cleanup", ONE, BOOL, .fallback = "false",
		.help = "Always runs, last, and is not judged."},
	{REQUESTS, "get", ONE, SECTION, IN_REQUEST, TARGET, .help = "A GET request."},
	{REQUESTS, "post", ONE, SECTION, IN_REQUEST, TARGET, .help = "A POST request."},
	{REQUESTS, "put", ONE, SECTION, IN_REQUEST, TARGET, .help = "A PUT request."},
	{REQUESTS, "patch", ONE, SECTION, IN_REQUEST, TARGET, .help = "A PATCH request."},
	{REQUESTS, "delete", ONE, SECTION, IN_REQUEST, TARGET, .help = "A DELETE request."},
	{REQUESTS, "head", ONE, SECTION, IN_REQUEST, TARGET, .help = "A HEAD request."},
	{REQUESTS, "chat", ONE, SECTION, IN_CHAT, .secret = true,
		.help = "A chat completion, as OpenAI's API has it."},
	{REQUESTS | IN_REQUEST | IN_CHAT, "until", ONE, WORD, .choices = "headers token done end",
		.help = "How far the answer must be right; what comes behind a token is still read "
			"and measured."},
	{USUAL | IN_STEP | IN_REQUEST | IN_CHAT, "redirects", ONE, COUNT, .max = 20,
		.fallback = "0", .help = "How many redirects are followed."},
	{REQUESTS, "expect", ONE, SECTION, IN_EXPECT, .help = "What must come."},
	{REQUESTS, "capture", MAP, CAPTURE, .max = 32, .names = VARIABLE_NAMES,
		.help = "Names for parts of the answer, for later steps."},
	{IN_REQUEST, "path", ONE, TARGET, .required = true, .help = "Path and query."},
	{IN_REQUEST, "query", MAP, SCALAR, .secret = true, .help = "Put behind the path, encoded."},
	{IN_REQUEST, "json", ONE, ANY, .secret = true, .help = "A body, as JSON."},
	{IN_REQUEST, "body", ONE, TEXT, .secret = true, .help = "A body, as it is."},
	{IN_REQUEST, "form", MAP, SCALAR, .secret = true, .help = "A body, as a form."},
	{IN_REQUEST, "file", ONE, TEXT, .help = "A body, from a file, as it is."},
	{IN_CHAT, "path", ONE, TARGET, .fallback = "/v1/chat/completions", .help = "Its path."},
	{IN_CHAT, "model", ONE, TEXT, .required = true, .help = "The model."},
	{IN_CHAT, "user", ONE, TEXT, .help = "One message of the user."},
	{IN_CHAT, "messages", LIST, ANY, .help = "The conversation so far."},
	{IN_CHAT, "system", ONE, TEXT, .help = "A system message, put in front."},
	{IN_CHAT, "stream", ONE, BOOL, .fallback = "false", .help = "Whether to stream."},
	{IN_CHAT, "temperature", ONE, NUMBER, .max = 2, .help = "Sent as it is."},
	{IN_CHAT, "max_tokens", ONE, COUNT, .min = 1, .max = 1e9, .help = "Sent as it is."},
	{IN_CHAT, "image", ONE, TEXT, .help = "The URL of an image, beside the user's message."},
	{IN_CHAT, "extra", MAP, ANY, .help = "Further members of the body."},

	/* What must come. */
	{IN_EXPECT, "status", LIST, STATUS, IN_MATCHER, STATUS, .min = 1, .max = 100,
		.fallback = "2xx", .help = "Codes, classes such as 2xx, or matchers."},
	{IN_EXPECT, "header", MAP, MATCHER, .min = 1, .max = 100, .names = HEADER_NAMES,
		.help = "Headers, by name."},
	{IN_EXPECT, "body", ONE, MATCHER, .help = "The whole body as text."},
	{IN_EXPECT, "json", MAP, MATCHER, .min = 1, .max = 10000,
		.help = "Parts of a JSON body, by JSONPath."},
	{IN_EXPECT, "content", ONE, MATCHER, .help = "The assistant's text."},
	{IN_EXPECT, "stream", ONE, SECTION, IN_STREAM, .help = "How the answer streamed."},
	{IN_EXPECT, "latency", ONE, SECTION, IN_TIME_LIMIT, DURATION, .max = MOST,
		.help = "Until the answer was read."},
	{IN_EXPECT, "timing", ONE, SECTION, IN_TIMING, .help = "Phases of the transfer."},
	{IN_EXPECT, "tls", ONE, SECTION, IN_CERTIFICATE, .help = "The server's certificate."},
	{IN_EXPECT, "usage", ONE, SECTION, IN_USAGE, .help = "Tokens, as the answer counts them."},
	{IN_STREAM, "done", ONE, BOOL, .help = "Whether [DONE] must come."},
	{IN_STREAM, "integrity", ONE, WORD, IN_INTEGRITY,
		.choices = "masked error_event aborted truncated empty malformed undone complete",
		.help = "How the stream must have ended, in a word."},
	{IN_INTEGRITY, "warn", ONE, WORD, .required = true,
		.choices = "masked error_event aborted truncated empty malformed undone complete",
		.help = "Another end only warns."},
	{IN_STREAM | IN_TIMING, "ttfb", ONE, SECTION, IN_TIME_LIMIT, DURATION, .max = MOST,
		.help = "Time to the first byte."},
	{IN_STREAM, "ttfe", ONE, SECTION, IN_TIME_LIMIT, DURATION, .max = MOST,
		.help = "Time to the first data event."},
	{IN_STREAM, "ttfr", ONE, SECTION, IN_TIME_LIMIT, DURATION, .max = MOST,
		.help = "Time to the first reasoning, tool call or content."},
	{IN_STREAM, "ttft", ONE, SECTION, IN_TIME_LIMIT, DURATION, .max = MOST,
		.help = "Time to the first token of content."},
	{IN_STREAM, "line_gap", ONE, SECTION, IN_TIME_LIMIT, DURATION, .max = MOST,
		.help = "Longest pause between lines that are not empty."},
	{IN_STREAM, "event_gap", ONE, SECTION, IN_TIME_LIMIT, DURATION, .max = MOST,
		.help = "Longest pause between data events."},
	{IN_STREAM, "token_gap", ONE, SECTION, IN_TIME_LIMIT, DURATION, .max = MOST,
		.help = "Longest pause between tokens; keep-alives don't count."},
	{IN_STREAM, "itl", ONE, SECTION, IN_TIME_LIMIT, DURATION, .max = MOST,
		.help = "Mean time between tokens."},
	{IN_STREAM, "tpot", ONE, SECTION, IN_TIME_LIMIT, DURATION, .max = MOST,
		.help = "Mean time per token behind the first, to the end."},
	{IN_STREAM, "tokens_per_second", ONE, SECTION, IN_COUNT_LIMIT, NUMBER, .max = 1e9,
		.help = "Tokens in a second, behind the first."},
	{IN_STREAM, "chunks", ONE, SECTION, IN_COUNT_LIMIT, NUMBER, .max = 1e9,
		.help = "Data events that are JSON."},
	{IN_STREAM, "keepalives", ONE, SECTION, IN_COUNT_LIMIT, NUMBER, .max = 1e9,
		.help = "Comments."},
	{IN_STREAM, "tokens", ONE, SECTION, IN_COUNT_LIMIT, NUMBER, .max = 1e9,
		.help = "Events with content."},
	{IN_TIMING, "dns", ONE, SECTION, IN_TIME_LIMIT, DURATION, .max = MOST,
		.help = "Looking up the name."},
	{IN_TIMING, "connect", ONE, SECTION, IN_TIME_LIMIT, DURATION, .max = MOST,
		.help = "Connecting."},
	{IN_TIMING, "tls", ONE, SECTION, IN_TIME_LIMIT, DURATION, .max = MOST,
		.help = "The TLS handshake."},
	{IN_CERTIFICATE, "expires_in", ONE, SECTION, IN_LIFE, DURATION, .max = MOST,
		.help = "How long the certificate is still valid, at least."},
	{IN_USAGE, "prompt_tokens", ONE, SECTION, IN_COUNT_LIMIT, NUMBER, .max = 1e12,
		.help = "Tokens of the question."},
	{IN_USAGE, "completion_tokens", ONE, SECTION, IN_COUNT_LIMIT, NUMBER, .max = 1e12,
		.help = "Tokens of the answer."},
	{IN_USAGE, "total_tokens", ONE, SECTION, IN_COUNT_LIMIT, NUMBER, .max = 1e12,
		.help = "Both."},
	{IN_TIME_LIMIT, "warn", ONE, DURATION, .max = MOST, .help = "More only warns."},
	{IN_TIME_LIMIT, "max", ONE, DURATION, .max = MOST, .help = "More fails."},
	{IN_TIME_LIMIT, "min", ONE, DURATION, .max = MOST, .help = "Less fails."},
	{IN_LIFE, "warn", ONE, DURATION, .max = MOST, .help = "Less only warns."},
	{IN_LIFE, "min", ONE, DURATION, .max = MOST, .help = "Less fails."},
	{IN_COUNT_LIMIT, "warn", ONE, NUMBER, .max = 1e12, .help = "More only warns."},
	{IN_COUNT_LIMIT, "max", ONE, NUMBER, .max = 1e12, .help = "More fails."},
	{IN_COUNT_LIMIT, "min", ONE, NUMBER, .max = 1e12, .help = "Less fails."},

	/* Matchers: all of a map must hold. */
	{IN_MATCHER, "equals", ONE, ANY, .help = "The same value."},
	{IN_MATCHER, "not", ONE, MATCHER, .help = "The opposite of a matcher."},
	{IN_MATCHER, "in", LIST, ANY, .min = 1, .max = 10000, .help = "One of these values."},
	{IN_MATCHER, "contains", ONE, SCALAR, .help = "This text, or an array's element."},
	{IN_MATCHER, "starts_with", ONE, SCALAR, .help = "The beginning of the text."},
	{IN_MATCHER, "ends_with", ONE, SCALAR, .help = "The end of the text."},
	{IN_MATCHER, "matches", ONE, TEXT, .help = "A regular expression (PCRE2), anywhere."},
	{IN_MATCHER, "ignore_case", ONE, BOOL,
		.help = "Letters compare without case, by Unicode's simple folding."},
	{IN_MATCHER, "not_empty", ONE, BOOL,
		.help = "Something is there, and not empty; a blank is something."},
	{IN_MATCHER, "exists", ONE, BOOL, .help = "Whether it is there at all."},
	{IN_MATCHER, "type", ONE, WORD,
		.choices = "string number integer boolean array object null",
		.help = "The JSON type."},
	{IN_MATCHER, "min", ONE, NUMBER, .min = -1e300, .max = 1e300, .help = "At least."},
	{IN_MATCHER, "max", ONE, NUMBER, .min = -1e300, .max = 1e300, .help = "At most."},
	{IN_MATCHER, "min_items", ONE, COUNT, .max = 1e9, .help = "At least so many items."},
	{IN_MATCHER, "max_items", ONE, COUNT, .max = 1e9, .help = "At most so many items."},
	{IN_MATCHER, "any", ONE, MATCHER, .help = "Of the selected nodes one or more."},
	{IN_MATCHER, "all", ONE, MATCHER, .help = "All of the selected nodes, one or more."},
	{IN_MATCHER, "none", ONE, MATCHER, .help = "None of the selected nodes."},
	{IN_MATCHER, "any_of", LIST, MATCHER, .min = 1, .max = 1000, .help = "One or more."},
	{IN_MATCHER, "all_of", LIST, MATCHER, .min = 1, .max = 1000, .help = "All of them."},
	{IN_MATCHER, "not_signature", ONE, NAME, .help = "None of that set of signatures."},

	/* The rest of the house. */
	{IN_AUTH, "users", LIST, SECTION, IN_USER, .min = 1, .max = SERVE_USERS_MAX,
		.help = "People, by HTTP Basic."},
	{IN_AUTH, "tokens", LIST, TEXT, .hidden = true, .min = 1, .max = SERVE_TOKENS_MAX,
		.help = "Programs, by bearer token; long ones: guesses are not counted."},
	{IN_AUTH, "public", ONE, BOOL,
		.help = "Whether others see how all checks stand, without messages, evidence and "
			"metrics; false where none is given."},
	{IN_USER, "name", ONE, TEXT, .required = true, .help = "Without a colon."},
	{IN_USER, "password_hash", ONE, TEXT, .required = true, .hidden = true,
		.help = "As crypt(3) writes it."},
	{IN_ALERTS, "channels", MAP, SECTION, IN_CHANNEL, .max = CHANNELS_MAX, .names = NAMES,
		.secret = true, .help = "Where to send, by name."},
	{IN_ALERTS, "link", ONE, URL,
		.help = "What people reach these pages by, for the links in messages."},
	{IN_ALERTS, "remind_every", ONE, DURATION, .min = REMIND_MIN, .max = MOST,
		.help = "How often an open incident that nobody has acknowledged is told again; "
			"never where none is given."},
	{IN_ALERTS, "group", ONE, DURATION, .max = 3600 * S, .fallback = "5m",
		.help = "Checks of one service that go down within so long are one incident; 0s: "
			"only what depends on each other."},
	{IN_ALERTS, "canaries", LIST, URL, .min = 1, .max = CANARIES_MAX,
		.help = "URLs of what is always there, asked when the network fails a check: while "
			"none can be reached the monitor itself is offline."},
	{IN_ALERTS, "certificates", LIST, TEXT, .min = 1, .max = CERTIFICATES_MAX,
		.help = "Tells of a service's certificate when it has so long left; 21d, 14d, 7d, "
			"3d and "
			"1d where none is given."},
	{IN_ALERTS, "heartbeat", ONE, URL, .secret = true,
		.help = "Asked for with GET while the monitor is well; who misses it raises the "
			"alarm."},
	{IN_ALERTS, "heartbeat_every", ONE, DURATION, .min = 1 * S, .max = DAY, .fallback = "60s",
		.help = "How often."},
	{IN_CHANNEL, "type", ONE, WORD, .required = true,
		.choices = "webhook exec alertmanager email slack discord telegram pagerduty ntfy",
		.help = "What kind it is."},
	{IN_CHANNEL, "url", ONE, TEXT,
		.help = "Where to post; of email the SMTP server, of alertmanager where its web "
			"page is."},
	{IN_CHANNEL, "headers", MAP, SCALAR, .max = 100, .names = HEADER_NAMES,
		.help = "Headers to send."},
	{IN_CHANNEL, "timeout", ONE, DURATION, .min = 1000, .max = 3600 * S, .fallback = "10s",
		.help = "One delivery."},
	{IN_CHANNEL, "services", LIST, NAME, .min = 1, .max = 1000,
		.help = "It hears only of checks that ask one of these."},
	{IN_CHANNEL, "tags", LIST, TAG, .min = 1, .max = 100,
		.help = "It hears only of checks with one of these tags."},
	{IN_CHANNEL, "severities", LIST, WORD, .choices = "page ticket info", .min = 1, .max = 3,
		.help = "It hears only of what is so urgent."},
	{IN_CHANNEL, "events", LIST, WORD, .min = 1,
		.choices = "opened resolved fixed burning burn_over reminder acknowledged offline "
			   "certificate",
		.help = "It hears only of these."},
	{IN_CHANNEL, "remind", ONE, DURATION, .min = REMIND_MIN, .max = MOST,
		.help = "Instead of remind_every."},
	{IN_CHANNEL, "quiet", LIST, SECTION, IN_QUIET, .min = 1, .max = QUIET_MAX,
		.help = "Hours in which what is not urgent waits for their end."},
	{IN_CHANNEL, "max_per_hour", ONE, COUNT, .min = 1, .max = MAX_PER_HOUR_MAX,
		.help = "So many messages at most in any hour; the others wait, but for the "
			"beginning of what is of severity page."},
	{IN_CHANNEL, "command", LIST, SCALAR, .min = 1, .max = 256,
		.help = "Of exec: the program and its arguments; no shell."},
	{IN_CHANNEL, "peers", LIST, URL, .min = 1, .max = CHANNEL_PEERS_MAX,
		.help = "Of alertmanager: URLs of the others in its cluster, of which one has to "
			"take it."},
	{IN_CHANNEL, "resend", ONE, DURATION, .min = 1 * S, .max = 3600 * S, .fallback = "1m",
		.help = "Of alertmanager: how often it hears again of what is down; after four "
			"times "
			"without, that is over for it."},
	{IN_CHANNEL, "template", ONE, TEXT,
		.help = "Of what posts: what makes the body, instead of what is shipped."},
	{IN_CHANNEL, "secret", ONE, TEXT, .hidden = true,
		.help = "Of what posts: signs the time and the body with HMAC-SHA-256."},
	{IN_CHANNEL, "from", ONE, TEXT,
		.help = "Of email: the sender, as NAME@HOST or Some Name <NAME@HOST>."},
	{IN_CHANNEL, "to", LIST, TEXT, .brief = TEXT, .min = 1, .max = MAIL_RECIPIENTS_MAX,
		.help = "Of email: who receives it, written as the sender is."},
	{IN_CHANNEL, "username", ONE, TEXT, .help = "Of email: who signs in."},
	{IN_CHANNEL, "password", ONE, TEXT, .hidden = true, .help = "Of email: to sign in with."},
	{IN_CHANNEL, "starttls", ONE, WORD, .choices = "required opportunistic never",
		.help = "Of email over smtp://: whether it is sent only with TLS, or with TLS "
			"where the "
			"server has it and whatever its certificate, or without; required where "
			"somebody signs in or tls is given, else opportunistic."},
	{IN_CHANNEL, "tls", ONE, SECTION, IN_SERVICE_TLS,
		.help = "Of webhook and email: files for TLS."},
	{IN_CHANNEL, "token", ONE, TEXT, .hidden = true,
		.help = "Of telegram and ntfy: the access token."},
	{IN_CHANNEL, "chat_id", ONE, SCALAR, .help = "Of telegram: the chat."},
	{IN_CHANNEL, "routing_key", ONE, TEXT, .hidden = true,
		.help = "Of pagerduty: the integration's key."},
	{IN_CHANNEL, "topic", ONE, TEXT, .help = "Of ntfy: the topic."},
	{IN_WINDOW, "title", ONE, TEXT, .help = "What is done."},
	{IN_WINDOW, "start", ONE, TIME, .help = "When it begins, once."},
	{IN_WINDOW, "end", ONE, TIME, .help = "When it is over."},
	{IN_WINDOW, "at", ONE, CLOCK, .help = "When it begins, again and again."},
	{IN_WINDOW, "for", ONE, DURATION, .min = 60 * S, .max = 7 * DAY, .help = "How long."},
	{IN_QUIET, "at", ONE, CLOCK, .required = true, .help = "When they begin."},
	{IN_QUIET, "for", ONE, DURATION, .required = true, .min = 60 * S, .max = 7 * DAY,
		.help = "How long they are."},
	{IN_QUIET, "severities", LIST, WORD, .choices = "page ticket info", .min = 1, .max = 3,
		.help = "What waits; ticket and info where none is given."},
	{IN_WINDOW | IN_QUIET, "days", LIST, WORD, .choices = "mon tue wed thu fri sat sun",
		.min = 1, .max = 7, .help = "On which days; else on all."},
	{IN_WINDOW | IN_QUIET, "zone", ONE, WORD, .choices = "local utc",
		.help = "Whose clock that is; local where none is given."},
	{IN_WINDOW, "checks", LIST, TEXT, .help = "Which checks, by id or glob; else all."},
	{IN_WINDOW, "services", LIST, NAME, .help = "Which services; else all."},
	{IN_WINDOW, "tags", LIST, TAG, .help = "Checks with one of these tags; else all."},
	{IN_RETENTION, "results", ONE, KEEP, .min = DAY, .max = MOST, .fallback = "30d",
		.help = "Results; their sums stay."},
	{IN_RETENTION, "evidence", ONE, KEEP, .min = 3600 * S, .max = MOST, .fallback = "14d",
		.help = "Headers, excerpts and timelines of results."},
	{IN_RETENTION, "minutes", ONE, KEEP, .min = 3 * DAY, .max = MOST, .fallback = "7d",
		.help = "Sums of each minute; no longer than results."},
	{IN_RETENTION, "hours", ONE, KEEP, .min = 3 * DAY, .max = MOST, .fallback = "400d",
		.help = "Sums of each hour."},
	{IN_RETENTION, "days", ONE, KEEP, .min = 100 * DAY, .max = MOST, .fallback = "forever",
		.help = "Sums of each day."},
	{IN_RETENTION, "incidents", ONE, KEEP, .min = DAY, .max = MOST, .fallback = "400d",
		.help = "Incidents after their end, with their alerts; maintenance windows too."},
	{IN_RETENTION, "max_bytes", ONE, COUNT, .min = 32 << 20, .max = 1e15,
		.help = "Of the database and its log: above, results, evidence and minutes are "
			"kept less long."},
	{IN_LOG, "level", ONE, WORD, .choices = "error warn info debug", .fallback = "info",
		.help = "The least that is written."},
	{IN_LOG, "format", ONE, WORD, .choices = "text json", .fallback = "text",
		.help = "Words for people, or JSON lines."},
	{0, NULL, ONE, NOTHING, .help = NULL},
};

const struct channel_need channel_needs[] = {
	{"webhook", "url"},
	{"exec", "command"},
	{"alertmanager", "url"},
	{"email", "url"},
	{"email", "from"},
	{"email", "to"},
	{"slack", "url"},
	{"discord", "url"},
	{"telegram", "token"},
	{"telegram", "chat_id"},
	{"pagerduty", "routing_key"},
	{"ntfy", "topic"},
	{NULL, NULL},
};

const char *section_words(enum section section)
{
	switch (section) {
	case IN_NOTHING: break;
#define X(bit, id, words)                                                                          \
	case IN_##id: return words;
		SECTIONS(X)
#undef X
	}
	return "here";
}

enum { KEYS_MAX = UCHAR_MAX };

/* The rows whose names begin alike, in a chain; of a row its number plus one, 0: none. A file asks some
 * thirty times for each check. */
struct key_index {
	uint8_t first[UCHAR_MAX + 1], next[KEYS_MAX];
	bool made;
};

static const struct key_index *index_of_keys(void)
{
	static struct key_index index; /* configurations are loaded on the main thread */
	size_t n = sizeof(keys) / sizeof(keys[0]) - 1;
	static_assert(sizeof(keys) / sizeof(keys[0]) <= KEYS_MAX, "a row's number is one byte");
	for (size_t i = index.made ? 0 : n; i > 0; i--) {
		unsigned char letter = (unsigned char)keys[i - 1].name[0];
		index.next[i - 1] = index.first[letter];
		index.first[letter] = (uint8_t)i;
	}
	index.made = true;
	return &index;
}

const struct key *key_find(enum section section, struct str name)
{
	const struct key_index *index = index_of_keys();
	size_t row = name.n ? index->first[(unsigned char)name.p[0]] : 0;
	for (; row; row = index->next[row - 1]) {
		const struct key *key = &keys[row - 1];
		if ((key->where & (uint32_t)section) && str_eq(name, str_of(key->name)))
			return key;
	}
	return NULL;
}

void key_names(enum section section, const char *names[SECTION_KEYS_MAX])
{
	size_t n = 0;
	for (const struct key *key = keys; key->name; key++) {
		if (!(key->where & (uint32_t)section))
			continue;
		assert(n + 1 < SECTION_KEYS_MAX);
		names[n++] = key->name;
	}
	names[n] = NULL;
}
