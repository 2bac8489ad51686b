/* sim/fault_parts.h - what the rows of the fault table are made of: scripts instead of an answer,
 * edits of an answer. span_us is the row's DURATION. Pure. */
#ifndef OUTRIDER_SIM_FAULT_PARTS_H
#define OUTRIDER_SIM_FAULT_PARTS_H

#include "sim/reply.h"

void part_reset(struct script *script, int64_t span_us);
void part_silence(struct script *script, int64_t span_us);
void part_hang_up(struct script *script, int64_t span_us);
void part_garbage(struct script *script, int64_t span_us);
void part_endless_head(struct script *script, int64_t span_us);
void part_endless_continue(struct script *script, int64_t span_us);
void part_nul_header(struct script *script, int64_t span_us);
void part_switching(struct script *script, int64_t span_us);

/* Of the head. */
void part_slow_head(struct reply *reply, int64_t span_us);
void part_big_header(struct reply *reply, int64_t span_us);
void part_two_lengths(struct reply *reply, int64_t span_us);
void part_stream_as_json(struct reply *reply, int64_t span_us);
void part_silent_body(struct reply *reply, int64_t span_us);

void part_folded_header(struct reply *reply, int64_t span_us);
void part_cookies(struct reply *reply, int64_t span_us);
void part_early_hints(struct reply *reply, int64_t span_us);
void part_continue(struct reply *reply, int64_t span_us);
void part_close(struct reply *reply, int64_t span_us);
void part_no_reason(struct reply *reply, int64_t span_us);
void part_odd_charset(struct reply *reply, int64_t span_us);
void part_headless(struct reply *reply, int64_t span_us);
void part_bad_status_line(struct reply *reply, int64_t span_us);
void part_two_status_lines(struct reply *reply, int64_t span_us);
void part_hostile_header(struct reply *reply, int64_t span_us);
void part_hostile_reason(struct reply *reply, int64_t span_us);
void part_length(struct reply *reply, int64_t span_us); /* beside whatever else frames it */
void part_unknown_framing(struct reply *reply, int64_t span_us);
void part_blank_colon(struct reply *reply, int64_t span_us);
void part_stray_cr(struct reply *reply, int64_t span_us);
void part_negative_length(struct reply *reply, int64_t span_us);
void part_huge_length(struct reply *reply, int64_t span_us);
void part_no_type(struct reply *reply, int64_t span_us);
void part_wrong_type(struct reply *reply, int64_t span_us);
void part_unknown_coding(struct reply *reply, int64_t span_us);

/* Of a body; most of them of events too. */
void part_truncate(struct reply *reply, int64_t span_us);
void part_html(struct reply *reply, int64_t span_us);
void part_empty_body(struct reply *reply, int64_t span_us);
void part_garbage_tail(struct reply *reply, int64_t span_us);
void part_wrap_in_list(struct reply *reply, int64_t span_us);
void part_empty_lists(struct reply *reply, int64_t span_us);
void part_lists_to_objects(struct reply *reply, int64_t span_us);
void part_spread(struct reply *reply, int64_t span_us); /* white space between members */
void part_endless_body(struct reply *reply, int64_t span_us);
void part_endless_line(struct reply *reply, int64_t span_us);
void part_bad_chunk(struct reply *reply, int64_t span_us);
void part_huge_chunk(struct reply *reply, int64_t span_us);
void part_bomb(struct reply *reply, int64_t span_us);
void part_left_open(struct reply *reply, int64_t span_us);

/* Of a stream; a body stays as it is. */
void part_slow_first_token(struct reply *reply, int64_t span_us);
void part_slow_tokens(struct reply *reply, int64_t span_us);
void part_gap(struct reply *reply, int64_t span_us);
void part_stall(struct reply *reply, int64_t span_us); /* behind pings, then on it goes */
void part_pings_for_ever(struct reply *reply, int64_t span_us);
void part_cut(struct reply *reply, int64_t span_us);
void part_stream_reset(struct reply *reply, int64_t span_us);
void part_no_done(struct reply *reply, int64_t span_us);
void part_no_finish(struct reply *reply, int64_t span_us);
void part_error_event(struct reply *reply, int64_t span_us);
void part_malformed_event(struct reply *reply, int64_t span_us);
void part_empty_stream(struct reply *reply, int64_t span_us);
void part_done_only(struct reply *reply, int64_t span_us);
void part_keepalives(struct reply *reply, int64_t span_us);
void part_reasoning_after(struct reply *reply, int64_t span_us);
void part_comment_flood(struct reply *reply, int64_t span_us);
void part_error_named(struct reply *reply, int64_t span_us);
void part_clean_cut(struct reply *reply, int64_t span_us);
void part_error_first(struct reply *reply, int64_t span_us);
void part_no_chunks(struct reply *reply, int64_t span_us); /* JSON, but no chunk of an answer */
void part_foreign_event(struct reply *reply, int64_t span_us); /* one such in the middle */
void part_half_character(struct reply *reply, int64_t span_us);
void part_nul_event(struct reply *reply, int64_t span_us);
void part_done_middle(struct reply *reply, int64_t span_us);
void part_done_twice(struct reply *reply, int64_t span_us);
void part_behind_done(struct reply *reply, int64_t span_us);
void part_finish_content(struct reply *reply, int64_t span_us);
void part_openai_members(struct reply *reply, int64_t span_us);
void part_no_error(struct reply *reply, int64_t span_us);
void part_tool_calls(struct reply *reply, int64_t span_us);
void part_reasoning_first(struct reply *reply, int64_t span_us);
void part_no_choices(struct reply *reply, int64_t span_us);
void part_empty_comments(struct reply *reply, int64_t span_us);
void part_long_ids(struct reply *reply, int64_t span_us);
void part_long_stream(struct reply *reply, int64_t span_us);
/* As a stream; a body is reset. */
void part_killed(struct reply *reply, int64_t span_us);

/* Markup, escapes of a terminal, a bidi override: without line ends. */
#define PART_HOSTILE                                                                               \
	"<script>alert(1)</script>\x1b[2J\x1b]0;owned\x07 \xe2\x80\xae"                            \
	"evil"

/* The text with every `from` replaced. */
struct str part_swap(struct arena *arena, struct str text, const char *from, const char *to);

#endif
