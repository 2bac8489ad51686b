#include "sim/fault_parts.h"

enum { PART_BIG_HEADER = 200 << 10 };

void part_switching(struct script *script, int64_t span_us)
{
	(void)span_us;
	script_send(script,
		STR("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: "
		    "websocket\r\n\r\n"),
		mark_of(MARK_HEAD));
	script_hold(script);
}

void part_slow_head(struct reply *reply, int64_t span_us)
{
	reply->wait_us += span_us;
}

void part_big_header(struct reply *reply, int64_t span_us)
{
	char *value = arena_alloc(reply->arena, PART_BIG_HEADER + 1);
	(void)span_us;
	memset(value, 'x', PART_BIG_HEADER);
	reply_header(reply, "x-padding", value);
}

void part_two_lengths(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply_header(reply, "content-length", "5");
	if (reply->stream)
		reply_header(reply, "content-length", "7");
}

void part_length(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply_header(reply, "content-length", "5");
}

void part_unknown_framing(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply_header(reply, "transfer-encoding", "x-squeeze");
}

void part_blank_colon(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply_header(reply, "x-note ", "blank");
}

void part_stray_cr(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply_header(reply, "x-note", "one\rx-two: three");
}

void part_stream_as_json(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (reply->stream)
		reply_set_header(reply, "content-type", "application/json");
}

/* Line folding: gone from HTTP (RFC 9112 5.2), yet a client must read it as a blank. */
void part_folded_header(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	for (size_t i = 0; i < reply->n_headers; i++) {
		struct reply_header *header = &reply->headers[i];
		if (strcmp(header->name, "content-type") == 0)
			header->value = arena_strndup(reply->arena,
				part_swap(reply->arena, str_of(header->value), "; ", ";\r\n\t"));
	}
	reply_header(reply, "x-folded", "one\r\n two");
}

void part_cookies(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply_header(reply, "set-cookie", "__cf_bm=abc; Path=/; HttpOnly; Secure");
	reply_header(reply, "set-cookie", "session=\"x y\"; Expires=Thu, 01 Jan 2099 00:00:00 GMT");
	reply_header(reply, "set-cookie", "empty=");
}

void part_early_hints(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply->early = "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n";
}

void part_continue(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply->early = "HTTP/1.1 100 Continue\r\n\r\n";
}

void part_close(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply->closes = true;
}

void part_no_reason(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply->reason = "";
}

/* JSON is UTF-8, an event stream too, whatever the parameter says. */
void part_odd_charset(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (reply->stream)
		reply_set_header(
			reply, "content-type", "text/event-stream; charset=\"UTF-8\"; x=y");
	else
		for (size_t i = 0; i < reply->n_headers; i++)
			if (reply->headers[i].value &&
				strcmp(reply->headers[i].value, "application/json") == 0)
				reply->headers[i].value = "application/json;charset=iso-8859-1";
}

void part_headless(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply->headless = true;
	reply_frame(reply, FRAME_FIN, STR(""), 0);
}

void part_bad_status_line(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply->early = "HTTP/one 200 fine\r\n";
}

void part_two_status_lines(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply->reason = "OK\r\nHTTP/1.1 200 OK";
}

void part_hostile_reason(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply->reason = PART_HOSTILE;
}

/* What a header may hold: no control characters. */
void part_hostile_header(struct reply *reply, int64_t span_us)
{
	static const char text[] = "\"><script>alert(1)</script> \xe2\x80\xae"
				   "evil";
	(void)span_us;
	reply->server = text;
	reply_header(reply, "x-note", text);
}

void part_negative_length(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply_set_header(reply, "content-length", "-1");
}

void part_huge_length(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply_set_header(reply, "content-length", "99999999999999999999");
}

void part_no_type(struct reply *reply, int64_t span_us)
{
	size_t kept = 0;
	(void)span_us;
	for (size_t i = 0; i < reply->n_headers; i++)
		if (strcmp(reply->headers[i].name, "content-type") != 0)
			reply->headers[kept++] = reply->headers[i];
	reply->n_headers = kept;
}

void part_wrong_type(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply_set_header(reply, "content-type", "application/octet-stream");
}

void part_unknown_coding(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply_header(reply, "content-encoding", "x-squeeze");
}
