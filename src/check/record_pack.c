#include "check/record_pack.h"

#include "base/memory.h"

#include <stdalign.h>

enum { RECORD_BYTES = 520 };

/* Goes over a record twice: first it counts the bytes, then, with memory, it copies. */
struct packing {
	char *to; /* NULL: only counting */
	size_t n;
};

static const void *pack(struct packing *p, const void *from, size_t n, size_t align)
{
	size_t at = (p->n + align - 1) / align * align;

	p->n = at + n;
	if (!p->to || !from)
		return from;
	return n ? memcpy(p->to + at, from, n) : p->to + at;
}

#define PACK_ARRAY(p, items, count)                                                                \
	(items) = pack((p), (items), (count) * sizeof(*(items)), alignof(max_align_t))

static void pack_text(struct packing *p, const char **text)
{
	if (*text)
		*text = pack(p, *text, strlen(*text) + 1, 1);
}

/* The texts of an array that was packed, and so is ours to write to when there is memory. */
static void pack_findings(struct packing *p, const struct record *record)
{
	for (size_t i = 0; i < record->n_findings; i++) {
		struct finding finding = record->findings[i];
		pack_text(p, &finding.step);
		pack_text(p, &finding.subject);
		pack_text(p, &finding.expected);
		pack_text(p, &finding.actual);
		pack_text(p, &finding.detail);
		pack_text(p, &finding.excerpt);
		if (p->to)
			((struct finding *)record->findings)[i] = finding;
	}
}

static void pack_notes(struct packing *p, const struct record *record)
{
	for (size_t i = 0; i < record->n_notes; i++) {
		const char *note = record->notes[i];
		pack_text(p, &note);
		if (p->to)
			((const char **)record->notes)[i] = note;
	}
}

static void pack_headers(struct packing *p, const struct header *headers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct header header = headers[i];
		pack_text(p, &header.name);
		pack_text(p, &header.value);
		if (p->to)
			((struct header *)headers)[i] = header;
	}
}

static void pack_evidence(struct packing *p, struct evidence *e)
{
	pack_text(p, &e->method);
	pack_text(p, &e->url);
	pack_text(p, &e->curl);
	PACK_ARRAY(p, e->request_headers, e->n_request_headers);
	pack_headers(p, e->request_headers, e->n_request_headers);
	PACK_ARRAY(p, e->headers, e->n_headers);
	pack_headers(p, e->headers, e->n_headers);
	pack_text(p, &e->body);
	pack_text(p, &e->content);
	PACK_ARRAY(p, e->frames, e->n_frames);
}

/* Arrays first, which are aligned; texts behind them. */
static void pack_record(struct packing *p, struct record *record)
{
	PACK_ARRAY(p, record->findings, record->n_findings);
	PACK_ARRAY(p, record->notes, record->n_notes);
	pack_evidence(p, &record->evidence);
	pack_findings(p, record);
	pack_notes(p, record);
	pack_text(p, &record->check_id);
	pack_text(p, &record->message);
	pack_text(p, &record->address);
	pack_text(p, &record->request_id);
	pack_text(p, &record->tls.version);
	pack_text(p, &record->tls.cipher);
}

/* What a new member points to is to be packed above. */
_Static_assert(sizeof(void *) != 8 || sizeof(struct record) == RECORD_BYTES, "pack it too");

struct record *record_pack(const struct record *draft)
{
	struct record copy = *draft;
	struct packing p = {NULL, sizeof(copy)};

	pack_record(&p, &copy);
	copy = *draft;
	copy.arena = (struct arena){.used = p.n - sizeof(copy)};
	p = (struct packing){mem_alloc(p.n), sizeof(copy)};
	pack_record(&p, &copy);
	return memcpy(p.to, &copy, sizeof(copy));
}
