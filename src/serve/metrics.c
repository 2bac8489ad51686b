#include "serve/metrics.h"

#include "base/memory.h"
#include "serve/families.h"
#include "serve/gzip.h"
#include "serve/metrics_self.h"

#include <stdint.h>
#include <stdlib.h>

enum { LABELS_MAX = 8192, END_MAX = 1 << 20, METRICS_MAX = 256 << 20 };

static struct str *labels_of(struct arena *arena, const struct board_view *view)
{
	struct str *labels = ARENA_ARRAY(arena, view->plan->n_checks, struct str);
	struct buf out = BUF_INIT(LABELS_MAX);
	for (size_t i = 0; i < view->plan->n_checks; i++) {
		const struct board_definition *definition = &view->plan->checks[i];
		buf_reset(&out);
		expo_label(&out, "check", definition->id);
		expo_label(&out, "service", view->plan->services[definition->service].id);
		expo_label(&out, "mode", view->plan->mode);
		labels[i] = arena_str(arena, buf_str(&out));
	}
	buf_fini(&out);
	return labels;
}

static int id_order(const void *a, const void *b)
{
	const uint64_t *left = a;
	const uint64_t *right = b;
	return *left < *right ? -1 : *left > *right;
}

/* Several checks can share one incident. */
static uint64_t incidents_open(struct arena *arena, const struct board_view *view)
{
	uint64_t *ids = ARENA_ARRAY(arena, view->plan->n_checks, uint64_t);
	size_t n = 0;
	for (size_t i = 0; i < view->plan->n_checks; i++)
		if (view->checks[i].incident)
			ids[n++] = view->checks[i].incident;
	qsort(ids, n, sizeof(*ids), id_order);
	uint64_t distinct = 0;
	for (size_t i = 0; i < n; i++)
		distinct += i == 0 || ids[i] != ids[i - 1];
	return distinct;
}

static void put_service_histograms(struct expo *out, const struct family *family,
	struct arena *arena, const struct board_view *view)
{
	const struct board_plan *plan = view->plan;
	struct histogram *sums = ARENA_ARRAY(arena, plan->n_services, struct histogram);
	struct buf labels = BUF_INIT(LABELS_MAX);
	for (size_t i = 0; i < plan->n_services; i++)
		sums[i] = (struct histogram){0};
	for (size_t i = 0; i < plan->n_checks; i++) {
		const struct histogram *one = family->histogram(&view->checks[i]);
		if (one)
			histogram_merge(&sums[plan->checks[i].service], one);
	}
	for (size_t i = 0; i < plan->n_services; i++) {
		if (!sums[i].bounds)
			continue;
		buf_reset(&labels);
		expo_label(&labels, "service", plan->services[i].id);
		expo_label(&labels, "mode", plan->mode);
		expo_histogram(out, family->name, buf_str(&labels), &sums[i]);
	}
	buf_fini(&labels);
}

static void put_check(struct expo *out, const struct family *family, struct str labels,
	const struct board_check *check)
{
	const struct histogram *one = family->histogram ? family->histogram(check) : NULL;
	if (family->put)
		family->put(out, family->name, labels, check);
	else if (one)
		expo_histogram(out, family->name, labels, one);
}

/* How far the text has come. */
struct writing {
	struct expo expo;
	struct arena *arena;
	const struct board_view *view;
	const struct str *labels;
	struct buf end; /* what is not of checks; process facts are looked at once */
	size_t family, check; /* the next */
	bool headed; /* that family */
	bool over;
};

static void put_end(struct expo *expo, struct arena *arena, const struct board_view *view)
{
	expo_family(expo, STR("outrider_incidents_open"), "gauge", "Incidents that are open.");
	expo_count(expo, STR("outrider_incidents_open"), (struct str){0}, (struct str){0},
		incidents_open(arena, view));
	metrics_write_self(expo, view);
	expo_end(expo);
}

static struct writing writing_begin(
	enum expo_format format, struct arena *arena, const struct board_view *view)
{
	struct writing writing = {.expo = {.format = format, .label = BUF_INIT(LABELS_MAX)},
		.arena = arena,
		.view = view,
		.labels = labels_of(arena, view),
		.end = BUF_INIT(END_MAX)};
	struct expo expo = {.out = &writing.end, .format = format};
	put_end(&expo, arena, view);
	return writing;
}

/* Whether all of it fitted; what was written since is taken back otherwise. */
static bool fitted(struct buf *out, size_t since)
{
	if (!out->cut)
		return true;
	out->n = since;
	out->cut = false;
	return false;
}

static bool write_head(struct writing *writing, const struct family *family)
{
	struct buf *out = writing->expo.out;
	size_t since = out->n;
	if (!writing->headed)
		expo_family(&writing->expo, family->name, family->type, family->help);
	writing->headed = fitted(out, since);
	return writing->headed;
}

static bool write_services(struct writing *writing, const struct family *family)
{
	struct buf *out = writing->expo.out;
	size_t since = out->n;
	put_service_histograms(&writing->expo, family, writing->arena, writing->view);
	return fitted(out, since);
}

/* Until there is enough; false: there is no room for the next one. */
static bool write_checks(struct writing *writing, const struct family *family, size_t enough)
{
	struct buf *out = writing->expo.out;
	size_t n = writing->view->plan->n_checks;
	for (; writing->check < n && out->n < enough; writing->check++) {
		size_t i = writing->check, since = out->n;
		put_check(&writing->expo, family, writing->labels[i], &writing->view->checks[i]);
		if (!fitted(out, since))
			return false;
	}
	return true;
}

static bool write_family(struct writing *writing, const struct family *family, size_t enough)
{
	size_t n = writing->view->plan->n_checks;
	bool of_services = family->histogram && writing->view->self.service_histograms;
	if (!write_head(writing, family))
		return false;
	if (of_services && !write_services(writing, family))
		return false;
	if (of_services)
		writing->check = n;
	if (!write_checks(writing, family, enough))
		return false;
	if (writing->check < n)
		return true;
	writing->family++;
	writing->check = 0;
	writing->headed = false;
	return true;
}

/* Until there is enough, or no room for the next part, or all. */
static void write_on(struct writing *writing, size_t enough)
{
	struct buf *out = writing->expo.out;
	while (writing->family < families_n && out->n < enough)
		if (!write_family(writing, &families[writing->family], enough))
			return;
	if (writing->family < families_n || writing->over)
		return;
	size_t since = out->n;
	expo_text(&writing->expo, buf_str(&writing->end));
	writing->over = fitted(out, since);
}

static void count_histograms(
	struct expo *expo, const struct family *family, const struct writing *writing)
{
	const struct board_view *view = writing->view;
	if (view->self.service_histograms) {
		put_service_histograms(expo, family, writing->arena, view);
		return;
	}
	for (size_t i = 0; i < view->plan->n_checks; i++)
		put_check(expo, family, writing->labels[i], &view->checks[i]);
}

static void writing_end(struct writing *writing)
{
	buf_fini(&writing->expo.label);
	buf_fini(&writing->end);
}

/* How long it will be: check by check, so that each is fetched from memory once. */
static size_t measure(const struct writing *writing)
{
	const struct board_view *view = writing->view;
	struct expo expo = {.format = writing->expo.format, .label = BUF_INIT(LABELS_MAX)};
	for (size_t f = 0; f < families_n; f++) {
		expo_family(&expo, families[f].name, families[f].type, families[f].help);
		if (families[f].histogram)
			count_histograms(&expo, &families[f], writing);
	}
	for (size_t i = 0; i < view->plan->n_checks; i++)
		for (size_t f = 0; f < families_n; f++)
			if (families[f].put)
				put_check(
					&expo, &families[f], writing->labels[i], &view->checks[i]);
	buf_fini(&expo.label);
	return expo.counted + writing->end.n;
}

size_t metrics_write(struct buf *out, enum expo_format format, struct arena *arena,
	const struct board_view *view)
{
	struct writing writing = writing_begin(format, arena, view);
	size_t size = measure(&writing);
	writing.expo.out = out;
	write_on(&writing, SIZE_MAX);
	writing_end(&writing);
	return size;
}

/* --- an answer --- */

/* One that is too long to be held in memory for each who reads it slowly: only what it tells of is. */
struct scrape {
	struct arena arena;
	struct writing writing;
	struct buf piece; /* a part that had no room where it was to be written */
	size_t sent; /* of it */
};

/* Straight into their memory. */
static size_t write_into(struct writing *writing, char *out, size_t max)
{
	struct buf theirs = {.p = out, .cap = max, .max = max - 1};
	writing->expo.out = &theirs;
	write_on(writing, SIZE_MAX);
	return theirs.n;
}

static size_t scrape_read(void *ctx, char *out, size_t max)
{
	struct scrape *scrape = ctx;
	if (scrape->sent == scrape->piece.n) {
		size_t n = write_into(&scrape->writing, out, max);
		if (n)
			return n;
		buf_reset(&scrape->piece);
		scrape->sent = 0;
		scrape->writing.expo.out = &scrape->piece;
		write_on(&scrape->writing, 1);
	}
	size_t left = scrape->piece.n - scrape->sent;
	size_t n = left < max ? left : max;
	if (n)
		memcpy(out, scrape->piece.p + scrape->sent, n);
	scrape->sent += n;
	return n;
}

static void scrape_free(void *ctx)
{
	struct scrape *scrape = ctx;
	writing_end(&scrape->writing);
	buf_fini(&scrape->piece);
	arena_fini(&scrape->arena);
	free(scrape);
}

static struct scrape *scrape_new(struct site *site, enum expo_format format, int64_t now_wall_us)
{
	struct scrape *scrape = MEM_NEW(struct scrape);
	arena_init(&scrape->arena);
	scrape->piece = BUF_INIT(METRICS_MAX);
	scrape->writing = writing_begin(
		format, &scrape->arena, site_view_metrics(site, &scrape->arena, now_wall_us));
	return scrape;
}

void metrics(struct site *site, const struct http_request *request, struct http_response *response)
{
	static const char *const types[] = {
		[EXPO_PROMETHEUS] = "text/plain; version=0.0.4; charset=utf-8",
		[EXPO_OPENMETRICS] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
	};
	enum expo_format format =
		http_prefers_openmetrics(request->accept) ? EXPO_OPENMETRICS : EXPO_PROMETHEUS;
	struct scrape *scrape = scrape_new(site, format, request->now_wall_us);
	size_t size = measure(&scrape->writing);
	struct buf body = BUF_INIT(METRICS_MAX);
	bool whole = size <= GZIP_MAX;
	scrape->writing.expo.out = &body;
	if (whole)
		write_on(&scrape->writing, SIZE_MAX);
	response->cache = CACHE_NEVER;
	response->varies = true;
	http_answer(response, 200, types[format], &body);
	if (whole)
		scrape_free(scrape);
	else
		response->source = (struct http_source){
			scrape_read, scrape_free, scrape, size, scrape->arena.used};
}
