/* What every unit test of this room includes: cmocka with its prerequisites, and JSON that is
 * written with ' for " so that tables stay readable. */
#ifndef OUTRIDER_TESTS_UNIT_CHECK_UNIT_H
#define OUTRIDER_TESTS_UNIT_CHECK_UNIT_H

#include "base/arena.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RUN(tests) cmocka_run_group_tests((tests), NULL, NULL)

/* Bytes of a literal, NUL bytes inside included. */
#define BYTES(literal)                                                                             \
	{                                                                                          \
		(literal), sizeof(literal) - 1                                                     \
	}

static inline const char *quotes(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

static inline void free_tree(void *tree)
{
	json_free(tree);
}

/* Lives as long as the arena. */
static inline const struct json *tree(struct arena *arena, const char *text)
{
	struct error error = {""};
	struct json *root = json_parse(str_of(quotes(arena, text)), &error);

	if (!root)
		fail_msg("%s: %s", text, error.text);
	arena_on_fini(arena, free_tree, root);
	return root;
}

/* Whole on the spot, with what stands around it in the message. */
static inline void assert_holds(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("no \"%s\" in \"%s\"", part, text ? text : "(null)");
}

static inline void assert_lacks(const char *text, const char *part)
{
	if (text && strstr(text, part))
		fail_msg("\"%s\" stands in \"%s\"", part, text);
}

#endif
