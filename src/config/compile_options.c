#include "config/compile.h"

#include "config/scalar.h"

static const struct file listen_option = {.name = "--listen"};

static bool is_user_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < ' ' || name.p[i] == 0x7f || name.p[i] == ':')
			return false;
	return name.n > 0;
}

static bool is_known(const struct serve_auth *auth, struct str name)
{
	for (size_t i = 0; i < auth->n_users; i++)
		if (str_eq(str_of(auth->users[i].name), name))
			return true;
	return false;
}

static void compile_users(struct compile *c, struct view view, struct serve_auth *auth)
{
	const struct node *list = view_get(view, "users");
	struct serve_user *users = ARENA_ARRAY(c->arena, list ? list->n : 0, struct serve_user);
	auth->users = users;
	for (const struct node *item = list ? list->first : NULL; item; item = item->next) {
		struct node *name = node_child(item, "name");
		struct node *hash = node_child(item, "password_hash");
		if (!name || name->bad || !hash || hash->bad)
			continue;
		if (!is_user_name(name->text))
			problem_at(c->problems, name,
				"a user's name has no colon and no control character (RFC 7617)");
		else if (is_known(auth, name->text))
			problem_at(c->problems, name, "there is a user of this name already");
		if (!str_starts(hash->text, STR("$"), false))
			problem_at(c->problems, hash,
				"not a hash as crypt(3) writes it: mkpasswd makes one");
		users[auth->n_users++] = (struct serve_user){
			arena_strndup(c->arena, name->text), arena_strndup(c->arena, hash->text)};
	}
}

static bool is_token(struct str token)
{
	for (size_t i = 0; i < token.n; i++)
		if (token.p[i] <= ' ' || token.p[i] > '~')
			return false;
	return token.n > 0;
}

static void compile_auth(struct compile *c, struct view top)
{
	struct serve_auth *auth = &c->config->serve.auth;
	struct node *section = view_get(top, "auth");
	struct view view = view_section(top, "auth", IN_AUTH);
	const struct node *tokens = view_get(view, "tokens");
	compile_users(c, view, auth);
	for (struct node *item = tokens ? tokens->first : NULL; item; item = item->next)
		if (!item->bad && !is_token(item->text))
			problem_at(c->problems, item,
				"a token is of ASCII's characters without blanks: openssl rand "
				"-hex 32 makes one");
	auth->tokens = view_texts(view, "tokens", c->arena, &auth->n_tokens);
	auth->is_public = view_bool(view, "public");
	if (section && !view_has(view, "users") && !view_has(view, "tokens"))
		problem(c->problems, node_key_place(section), "auth needs 'users' or 'tokens'");
}

void compile_options(struct compile *c)
{
	static const enum log_level levels[] = {LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG};
	struct config *config = c->config;
	struct view top = {c->root, NULL, IN_TOP};
	struct view log = view_section(top, "log", IN_LOG);
	struct view retention = view_section(top, "retention", IN_RETENTION);
	const char *listen = c->source->listen, *database = c->source->database;
	if (listen && !scalar_is_address(str_of(listen)))
		problem(c->problems, (struct place){&listen_option, 0, 0},
			"'%s' is no address such as 127.0.0.1:8080, [::1]:8080 or :8080", listen);
	config->serve.listen =
		listen ? arena_strdup(c->arena, listen) : view_text(top, "listen", c->arena);
	config->serve.service_histograms = view_choice(top, "histograms") == 1;
	config->store.path =
		database ? arena_strdup(c->arena, database) : view_text(top, "database", c->arena);
	config->store.keep = (struct store_keep){
		.results_us = view_us(retention, "results"),
		.evidence_us = view_us(retention, "evidence"),
		.minutes_us = view_us(retention, "minutes"),
		.hours_us = view_us(retention, "hours"),
		.days_us = view_us(retention, "days"),
		.incidents_us = view_us(retention, "incidents"),
		.max_bytes = view_int(retention, "max_bytes"),
	};
	config->log.level = levels[view_choice(log, "level")];
	config->log.format = view_choice(log, "format") == 1 ? LOG_JSON : LOG_TEXT;
	config->place = view_text(top, "place", c->arena);
	compile_auth(c, top);
}
