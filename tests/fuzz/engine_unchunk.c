/* A body in chunks, torn anywhere and its pieces given back in part: the same body, the same end. */
#include "engine/unchunk.h"

#include "fuzz.h"

enum { BODY_MAX = 1 << 20 };

struct reading {
	struct buf body;
	enum unchunk_result result;
	const char *wrong;
};

/* In parts of `step` bytes (0: whole); of each piece all but `least` bytes are given back, if any. */
static struct reading read_all(struct str raw, size_t step, size_t least)
{
	struct reading reading = {.body = BUF_INIT(BODY_MAX), .result = UNCHUNK_NONE};
	struct unchunk unchunk;
	unchunk_init(&unchunk);
	while (raw.n && reading.result == UNCHUNK_NONE) {
		struct str part = input_take(&raw, step ? step : raw.n), piece;
		while ((reading.result = unchunk_next(&unchunk, &part, &piece)) == UNCHUNK_PIECE) {
			HOLDS(piece.n > 0 && piece.p + piece.n == part.p);
			size_t back = least && piece.n > least ? piece.n - least : 0;
			buf_put(&reading.body, piece.p, piece.n - back);
			unchunk_back(&unchunk, &part, back);
		}
		HOLDS(reading.result != UNCHUNK_NONE || part.n == 0);
	}
	HOLDS((reading.result == UNCHUNK_NONE) == !unchunk.wrong);
	reading.wrong = unchunk.wrong;
	return reading;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str raw = input_of(data, size);
	struct reading whole = read_all(raw, 0, 0);
	static const size_t manners[][2] = {{1, 0}, {7, 0}, {0, 1}, {5, 2}};
	HOLDS(whole.body.n <= raw.n);
	for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++) {
		struct reading torn = read_all(raw, manners[i][0], manners[i][1]);
		HOLDS(torn.result == whole.result && torn.wrong == whole.wrong);
		HOLDS(str_eq(buf_str(&torn.body), buf_str(&whole.body)));
		buf_fini(&torn.body);
	}
	buf_fini(&whole.body);
	return 0;
}
