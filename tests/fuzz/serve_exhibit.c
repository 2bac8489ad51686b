/* Evidence: whatever stands in the database, reading it is bounded, and what is read can be shown. */
#include "serve/exhibit.h"

#include "fuzz.h"

static void is_inert(const char *text)
{
	for (; text && *text; text++)
		HOLDS((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void findings_hold(const struct exhibit *exhibit)
{
	HOLDS(exhibit->n_findings <= EXHIBIT_FINDINGS_MAX);
	for (size_t i = 0; i < exhibit->n_findings; i++) {
		const struct finding *finding = &exhibit->findings[i];
		HOLDS(finding->outcome < OUTCOME_COUNT && finding->reason < REASON_COUNT);
		is_inert(finding->actual);
		is_inert(finding->excerpt);
		if (finding->marked)
			HOLDS(finding->mark_at + finding->mark_n <= strlen(finding->excerpt));
	}
}

static void frames_hold(const struct exhibit *exhibit)
{
	int64_t latest_us = 0;
	HOLDS(exhibit->n_frames <= TIMELINE_MAX);
	for (size_t i = 0; i < exhibit->n_frames; i++) {
		HOLDS(exhibit->frames[i].kind < FRAME_KIND_COUNT);
		HOLDS(exhibit->frames[i].at_us >= latest_us);
		latest_us = exhibit->frames[i].at_us;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct exhibit exhibit;
	arena_init(&arena);
	const char *json = arena_strndup(&arena, input_of(data, size));
	if (exhibit_read(&exhibit, &arena, json)) {
		findings_hold(&exhibit);
		frames_hold(&exhibit);
		is_inert(exhibit.body);
		is_inert(exhibit.message);
		HOLDS(exhibit.timing.total_us >= -1 && exhibit.stream.end_us >= -1);
		HOLDS(exhibit.sent.n <= EXHIBIT_HEADERS_MAX &&
			exhibit.n_notes <= EXHIBIT_NOTES_MAX);
	}
	arena_fini(&arena);
	return 0;
}
