#include "base/json_writer.h"
#include "check/stream.h"

void stream_write_json(struct json_writer *w, enum integrity integrity, const struct measures *m)
{
	jw_object(w, "stream");
	jw_text(w, "integrity", integrity_name(integrity));
	jw_bool(w, "done", m->done);
	jw_bool(w, "finished", m->finished);
	jw_bool(w, "burst", m->burst);
	jw_int(w, "chunks", m->chunks);
	jw_int(w, "keepalives", m->keepalives);
	jw_int(w, "malformed", m->malformed);
	jw_int(w, "error_events", m->error_events);
	jw_int(w, "tokens", m->tokens);
	jw_seconds(w, "ttfe_s", m->ttfe_us);
	jw_seconds(w, "ttfr_s", m->ttfr_us);
	jw_seconds(w, "ttft_s", m->ttft_us);
	jw_seconds(w, "line_gap_s", m->line_gap_us);
	jw_seconds(w, "event_gap_s", m->event_gap_us);
	jw_seconds(w, "token_gap_s", m->token_gap_us);
	jw_seconds(w, "line_gap_at_s", m->line_gap_at_us);
	jw_seconds(w, "event_gap_at_s", m->event_gap_at_us);
	jw_seconds(w, "token_gap_at_s", m->token_gap_at_us);
	jw_seconds(w, "itl_s", m->itl_us);
	jw_seconds(w, "tpot_s", m->tpot_us);
	jw_seconds(w, "last_token_s", m->last_token_us);
	jw_seconds(w, "end_s", m->end_us);
	if (m->tokens_per_second < 0)
		jw_null(w, "tokens_per_second");
	else
		jw_real(w, "tokens_per_second", m->tokens_per_second);
	jw_bool(w, "estimated", m->estimated);
	jw_object_end(w);
}
