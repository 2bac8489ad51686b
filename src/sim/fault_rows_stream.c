#include "sim/fault_rows.h"

/* clang-format off */

ROWS(stream, "the stream",
	TIMED("slow-first-token", ON_CHAT, 6000, "a pause before the first token",
		.edit = part_slow_first_token),
	TIMED("gap", ON_CHAT, 6000, "a pause in the middle of the stream", .edit = part_gap),
	TIMED("stall", ON_CHAT, 12000, "a pause in the middle, hidden behind pings",
		.edit = part_stall),
	FAULT("pings-for-ever", ON_CHAT, "from the middle on nothing but pings",
		.edit = part_pings_for_ever),
	FAULT("stream-cut", ON_CHAT, "closed inside the chunked stream", .edit = part_cut),
	FAULT("stream-reset", ON_CHAT, "reset in the middle of the stream",
		.edit = part_stream_reset),
	FAULT("no-done", ON_CHAT, "no [DONE]", .edit = part_no_done),
	FAULT("no-finish", ON_CHAT, "no finish_reason", .edit = part_no_finish),
	FAULT("error-event", ON_CHAT, "an error inside a 200 stream", .edit = part_error_event),
	FAULT("malformed-event", ON_CHAT, "an event that is not JSON",
		.edit = part_malformed_event),
	FAULT("stream-as-json", ON_CHAT, "a stream that says application/json",
		.edit = part_stream_as_json),
	FAULT("empty-stream", ON_CHAT, "a stream without an event", .edit = part_empty_stream),
	FAULT("done-only", ON_CHAT, "a stream of [DONE] alone", .edit = part_done_only),
	FAULT("endless-line", ON_CHAT, "an event whose line never ends", .edit = part_endless_line));

ROWS(words, "the model's words",
	FAULT("empty-content", ON_CHAT, "an answer of no characters", .says = ""),
	FAULT("null-content", ON_CHAT, "content is null", .says_null = true),
	FAULT("wrong-answer", ON_CHAT, "an answer beside the question",
		.says = "Let us speak of something else."),
	FAULT("amnesia", ON_CHAT, "earlier messages are ignored", .quirks = QUIRK_AMNESIA),
	FAULT("hostile-text", ON_CHAT, "HTML, ANSI, bidi and CRLF in the answer",
		.says = "<script>alert(1)</script>\x1b[2J\x1b]0;owned\x07 \xe2\x80\xae"
			"evil\r\nX-Injected: yes"));
/* clang-format on */
