/* A reader of the Prometheus text format, as strict as the format's description, for the tests. */
#ifndef TESTS_SERVE_EXPOSITION_READER_H
#define TESTS_SERVE_EXPOSITION_READER_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAMILIES_MAX = 64, SAMPLES_MAX = 4096, LABELS_MAX = 12, TEXT_MAX = 512 };

struct family {
	char name[TEXT_MAX];
	char type[16];
};

struct label {
	char name[64];
	char value[TEXT_MAX];
};

struct sample_line {
	char name[TEXT_MAX];
	const struct family *family;
	struct label labels[LABELS_MAX];
	size_t n_labels;
	double value;
};

struct exposition {
	struct family families[FAMILIES_MAX];
	size_t n_families;
	struct sample_line samples[SAMPLES_MAX];
	size_t n_samples;
};

static bool is_name(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool letter = (text[i] >= 'a' && text[i] <= 'z') || text[i] == '_';
		bool digit = i > 0 && text[i] >= '0' && text[i] <= '9';
		if (!letter && !digit)
			return false;
	}
	return n > 0;
}

static void read_help(struct exposition *e, const char *line, const char *type_line)
{
	assert_true(e->n_families < FAMILIES_MAX);
	struct family *family = &e->families[e->n_families++];
	const char *name = line + strlen("# HELP ");
	size_t n = strcspn(name, " ");
	assert_true(is_name(name, n));
	snprintf(family->name, sizeof(family->name), "%.*s", (int)n, name);
	assert_true(strlen(name + n) > 5); /* says something */
	char expected[TEXT_MAX + 32];
	snprintf(expected, sizeof(expected), "# TYPE %s ", family->name);
	assert_memory_equal(type_line, expected, strlen(expected));
	const char *type = type_line + strlen(expected);
	snprintf(family->type, sizeof(family->type), "%.*s", (int)strcspn(type, "\n"), type);
	for (size_t i = 0; i + 1 < e->n_families; i++)
		assert_string_not_equal(e->families[i].name, family->name);
}

static const char *read_label(struct label *label, const char *at)
{
	size_t n = strcspn(at, "=");
	assert_true(is_name(at, n));
	snprintf(label->name, sizeof(label->name), "%.*s", (int)n, at);
	at += n + 1;
	assert_int_equal(*at++, '"');
	size_t put = 0;
	for (; *at != '"'; at++) {
		assert_int_not_equal(*at, '\0');
		assert_true(put + 1 < sizeof(label->value));
		if (*at == '\\') {
			at++;
			assert_non_null(strchr("\\\"n", *at));
			label->value[put++] = *at == 'n' ? '\n' : *at;
		} else {
			label->value[put++] = *at;
		}
	}
	label->value[put] = '\0';
	return at + 1;
}

static bool belongs(const char *name, const struct family *family)
{
	size_t n = strlen(family->name);
	if (strncmp(name, family->name, n) != 0)
		return false;
	const char *suffix = name + n;
	if (strcmp(family->type, "histogram") == 0)
		return strcmp(suffix, "_bucket") == 0 || strcmp(suffix, "_sum") == 0 ||
		       strcmp(suffix, "_count") == 0;
	if (strcmp(family->type, "summary") == 0)
		return strcmp(suffix, "_sum") == 0 || strcmp(suffix, "_count") == 0;
	return *suffix == '\0';
}

static void read_sample(struct exposition *e, const char *line)
{
	assert_true(e->n_samples < SAMPLES_MAX);
	struct sample_line *sample = &e->samples[e->n_samples++];
	size_t n = strcspn(line, "{ ");
	assert_true(is_name(line, n));
	snprintf(sample->name, sizeof(sample->name), "%.*s", (int)n, line);
	const char *at = line + n;
	if (*at == '{') {
		do {
			assert_true(sample->n_labels < LABELS_MAX);
			at = read_label(&sample->labels[sample->n_labels++], at + 1);
		} while (*at == ',');
		assert_int_equal(*at++, '}');
	}
	assert_int_equal(*at++, ' ');
	char *end = NULL;
	sample->value = strtod(at, &end);
	assert_int_equal(*end, '\0');
	/* All samples of a family stand together, below its head. */
	sample->family = &e->families[e->n_families - 1];
	assert_true(belongs(sample->name, sample->family));
}

static void read_exposition(struct exposition *e, char *text)
{
	memset(e, 0, sizeof(*e));
	size_t n = strlen(text);
	assert_true(n > 0 && text[n - 1] == '\n');
	char *rest = NULL;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "# HELP ", 7) == 0) {
			read_help(e, line, rest);
			line = strtok_r(NULL, "\n", &rest);
		} else {
			read_sample(e, line);
		}
	}
}

static const char *label_of(const struct sample_line *sample, const char *name)
{
	for (size_t i = 0; i < sample->n_labels; i++)
		if (strcmp(sample->labels[i].name, name) == 0)
			return sample->labels[i].value;
	return NULL;
}

/* The sample of that name whose labels have these values: name, value, ..., NULL. */
static const struct sample_line *find(const struct exposition *e, const char *name, ...)
{
	for (size_t i = 0; i < e->n_samples; i++) {
		bool same = strcmp(e->samples[i].name, name) == 0;
		va_list args;
		va_start(args, name);
		for (const char *key = va_arg(args, const char *); key && same;
			key = va_arg(args, const char *)) {
			const char *value = label_of(&e->samples[i], key);
			same = value && strcmp(value, va_arg(args, const char *)) == 0;
		}
		va_end(args);
		if (same)
			return &e->samples[i];
	}
	return NULL;
}

#define VALUE(...) value_of(find(e, __VA_ARGS__, (char *)NULL), #__VA_ARGS__)
#define ABSENT(...) assert_null(find(e, __VA_ARGS__, (char *)NULL))

static double value_of(const struct sample_line *sample, const char *what)
{
	if (!sample)
		fail_msg("no sample %s", what);
	return sample->value;
}

#endif
