#include "serve/head.h"

#include "base/str.h"

#define NAME(literal)                                                                              \
	{                                                                                          \
		(literal), sizeof(literal) - 1                                                     \
	}

static const struct str names[HEAD_FIELDS] = {
	[HEAD_ACCEPT] = NAME("Accept"),
	[HEAD_ACCEPT_ENCODING] = NAME("Accept-Encoding"),
	[HEAD_AUTHORIZATION] = NAME("Authorization"),
	[HEAD_CONTENT_LENGTH] = NAME("Content-Length"),
	[HEAD_CONTENT_TYPE] = NAME("Content-Type"),
	[HEAD_HOST] = NAME("Host"),
	[HEAD_IF_NONE_MATCH] = NAME("If-None-Match"),
	[HEAD_LAST_EVENT_ID] = NAME("Last-Event-ID"),
	[HEAD_ORIGIN] = NAME("Origin"),
	[HEAD_SEC_FETCH_SITE] = NAME("Sec-Fetch-Site"),
	[HEAD_TRANSFER_ENCODING] = NAME("Transfer-Encoding"),
};

void head_take(struct head *head, const char *name, const char *value)
{
	struct str said = str_of(name);
	size_t field = 0;
	while (field < HEAD_FIELDS && !str_ieq(said, names[field]))
		field++;
	if (field < HEAD_FIELDS && !head->values[field])
		head->values[field] = value;
	bool coding = field == HEAD_TRANSFER_ENCODING;
	head->hosts += field == HEAD_HOST;
	head->lengths += field == HEAD_CONTENT_LENGTH;
	head->codings += coding;
	head->odd |= coding && !str_ieq(str_of(value), STR("chunked"));
	head->odd |= memchr(said.p, ' ', said.n) || memchr(said.p, '\t', said.n);
}

bool head_is_ambiguous(const struct head *head)
{
	return head->odd || head->lengths + head->codings > 1;
}

bool head_names_host(const struct head *head, bool must)
{
	return head->hosts == 1 || (!must && !head->hosts);
}
