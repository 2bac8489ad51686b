#include "daemon/delta.h"

#include <string.h>

static bool same_mailbox(const struct mailbox *a, const struct mailbox *b)
{
	return delta_same(a->address, b->address) && delta_same(a->name, b->name);
}

static bool same_recipients(const struct mail_options *a, const struct mail_options *b)
{
	bool equal = a->n_to == b->n_to;

	for (size_t i = 0; equal && i < a->n_to; i++)
		equal = same_mailbox(&a->to[i], &b->to[i]);
	return equal;
}

/* Addresses and who signs in may come from the environment: they are not shown. */
void delta_of_mail(
	struct delta *delta, const struct mail_options *old, const struct mail_options *new)
{
	static const char *const ways[] = {"required", "opportunistic", "never"};

	if (!old || !new)
		return;
	delta_changed(delta, "from", !same_mailbox(&old->from, &new->from));
	delta_changed(delta, "to", !same_recipients(old, new));
	delta_changed(delta, "username", !delta_same(old->username, new->username));
	delta_changed(delta, "password", !delta_same(old->password, new->password));
	delta_text(delta, "starttls", ways[old->starttls], ways[new->starttls]);
}
