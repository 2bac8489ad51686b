/* Header lines off the wire: bounded, names in lower case, values that end no line. */
#include "engine/head.h"

#include "fuzz.h"

static void holds_headers(const struct head *head)
{
	struct headers headers = head_headers(head);
	HOLDS(headers.n <= HEAD_FIELDS_MAX);
	for (size_t i = 0; i < headers.n; i++) {
		const char *name = headers.items[i].name;
		const char *value = headers.items[i].value;
		HOLDS(*name && !strpbrk(name, ": \t") && !strpbrk(value, "\r\n"));
		for (const char *c = name; *c; c++)
			HOLDS(*c < 'A' || *c > 'Z');
		size_t n = strlen(value);
		HOLDS(strspn(value, " \t") == 0 && (!n || !strchr(" \t", value[n - 1])));
		HOLDS(headers_find(&headers, name));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = input_of(data, size);
	struct head head;
	enum head_result result = HEAD_MORE;
	bool whole = false;
	head_init(&head);
	while (rest.n && (result == HEAD_MORE || result == HEAD_WHOLE)) {
		const char *end = memchr(rest.p, '\n', rest.n);
		struct str line = input_take(&rest, end ? (size_t)(end - rest.p) + 1 : rest.n);
		result = head_line(&head, line);
		HOLDS(result != HEAD_WHOLE || !whole);
		whole = whole || result == HEAD_WHOLE;
		HOLDS(head.whole == whole);
		HOLDS((head.wrong != NULL) == (result == HEAD_LARGE || result == HEAD_BROKEN));
		HOLDS(head.bytes <= HEAD_BYTES_MAX && head.interim <= HEAD_INTERIM_MAX + 1);
	}
	if (whole) {
		HOLDS(head.status >= 200 && head.status < 1000);
		HOLDS(!head.chunked || (!head.sized && !head.old));
		holds_headers(&head);
	}
	head_reset(&head);
	HOLDS(!head.whole && !head.wrong && head.n_fields == 0);
	head_fini(&head);
	return 0;
}
