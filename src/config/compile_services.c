#include "config/compile.h"

#include "config/scalar.h"

#include <arpa/inet.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODES_MAX = 64 };

/* Options of the command line have names, but no places. */
static const struct file mode_option = {.name = "--mode"};
static const struct file service_option = {.name = "--service"};

struct modes {
	const char *names[MODES_MAX + 1];
	size_t n;
};

static void add_mode(struct compile *c, struct modes *modes, struct str name)
{
	for (size_t i = 0; i < modes->n; i++)
		if (str_eq(name, str_of(modes->names[i])))
			return;
	if (modes->n < MODES_MAX)
		modes->names[modes->n++] = arena_strndup(c->scratch, name);
}

static struct node *services_of(struct compile *c)
{
	struct node *map = view_get((struct view){c->root, NULL, IN_TOP}, "services");
	return map && map->kind == NODE_MAP ? map : NULL;
}

static void find_modes(struct compile *c, const struct node *services, struct modes *modes)
{
	for (const struct node *service = services->first; service; service = service->next) {
		const struct node *urls = node_child(service, "urls");
		for (const struct node *url = urls && urls->kind == NODE_MAP ? urls->first : NULL;
			url; url = url->next)
			add_mode(c, modes, url->key->text);
	}
}

static const char *listed(struct compile *c, const struct modes *modes)
{
	struct buf out = BUF_INIT(FILE_BYTES_MAX);
	for (size_t i = 0; i < modes->n; i++)
		buf_printf(&out, "%s%s", i ? ", " : "", modes->names[i]);
	const char *text = arena_strndup(c->scratch, buf_str(&out));
	buf_fini(&out);
	return text;
}

/* What is known is said once, and however long. */
static void refuse_mode(
	struct compile *c, const struct modes *modes, const char *mode, struct place place)
{
	const char *hint = problems_hint(c->problems, str_of(mode), modes->names);
	problem(c->problems, place, "unknown mode '%.*s'%s (known: %s)", SHOWN(str_of(mode)),
		*hint == ',' ? hint : "", listed(c, modes));
}

static bool has_mode(const struct modes *modes, const char *name)
{
	for (size_t i = 0; i < modes->n; i++)
		if (strcmp(modes->names[i], name) == 0)
			return true;
	return false;
}

/* "" where no service has URLs by mode, and none is asked for. */
static const char *choose_mode(struct compile *c, const struct node *services)
{
	struct modes modes = {.n = 0};
	struct view top = {c->root, NULL, IN_TOP};
	const struct node *written = view_get(top, "mode");
	const char *mode = c->source->mode;
	struct place place = {&mode_option, 0, 0};
	find_modes(c, services, &modes);
	if (!mode) {
		mode = view_text(top, "mode", c->arena);
		place = node_key_place(services);
	}
	if (!c->source->mode && written)
		place = written->place;
	if (!mode && modes.n <= 1)
		return modes.n ? arena_strdup(c->arena, modes.names[0]) : "";
	if (!mode && !view_has(top, "mode"))
		problem(c->problems, place, "'mode' is missing: one of %s", listed(c, &modes));
	if (!mode)
		return "";
	if (c->source->mode && modes.n == 0)
		problem(c->problems, place, "unknown mode '%s': no service has urls by mode", mode);
	else if (modes.n && !has_mode(&modes, mode))
		refuse_mode(c, &modes, mode, place);
	return arena_strdup(c->arena, mode);
}

/* Without a trailing slash; NULL when it is wrong. */
static const char *url_of(struct compile *c, struct str text, struct place place)
{
	struct str secret;
	const char *fault = scalar_url_fault(text, &secret);
	if (fault) {
		problem(c->problems, place, "%s", fault);
		return NULL;
	}
	if (secret.n)
		secrets_add_encoded(c->config->plan.secrets, secret);
	while (text.n && text.p[text.n - 1] == '/')
		text.n--;
	return arena_strndup(c->arena, text);
}

static const char *url_in(struct compile *c, struct node *node)
{
	return node && !node->bad && node->kind == NODE_SCALAR ? url_of(c, node->text, node->place)
							       : NULL;
}

static void set_url(struct compile *c, struct view view, struct service *service)
{
	const struct node *urls = view_get(view, "urls");
	bool has_url = view_has(view, "url"), has_urls = view_has(view, "urls");
	if (has_url == has_urls)
		problem(c->problems, node_key_place(view.own),
			has_url ? "a service has url or urls, not both"
				: "a service needs its url, or urls by mode");
	service->url = url_in(c, view_get(view, "url"));
	if (!urls || urls->kind != NODE_MAP)
		return;
	for (struct node *child = urls->first; child; child = child->next) {
		const char *url = url_in(c, child);
		if (node_is(child->key, c->config->plan.mode))
			service->url = url;
	}
}

const char *compile_file(struct compile *c, struct view view, const char *name)
{
	struct node *node = view_get(view, name);
	if (!node)
		return NULL;
	const char *path =
		file_path(c->arena, node->place.file, arena_strndup(c->scratch, node->text));
	struct stat status;
	if (access(path, R_OK) != 0)
		problem_at(c->problems, node, "%s can't be read", path);
	else if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
		problem_at(c->problems, node, "%s is no regular file", path);
	return path;
}

static const char *proxy_of(struct compile *c, struct view view)
{
	static const char *const schemes[] = {
		"http://", "https://", "socks4://", "socks4a://", "socks5://", "socks5h://"};
	struct node *node = view_get(view, "proxy");
	if (!node)
		return NULL;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t n = strlen(schemes[i]);
		if (!str_starts(node->text, str_of(schemes[i]), true) || node->text.n == n)
			continue;
		struct str user = str_from(node->text, n), unused;
		const char *http = arena_printf(c->scratch, "http://%.*s", STR_ARG(user));
		if (!scalar_url_fault(str_of(http), &unused) && unused.n)
			secrets_add_encoded(c->config->plan.secrets, unused);
		return arena_strndup(c->arena, node->text);
	}
	problem_at(c->problems, node, "a proxy's URL begins with http://, https:// or socks5://");
	return NULL;
}

static void set_service(struct compile *c, struct node *node, struct service *service)
{
	struct view view = {node, NULL, IN_SERVICE};
	struct view tls = view_section(view, "tls", IN_SERVICE_TLS);
	service->id = arena_strndup(c->arena, node->key->text);
	service->title = view_line(view, "title", c->config->plan.secrets, c->arena);
	if (!service->title)
		service->title = service->id;
	set_url(c, view, service);
	service->max_in_flight = (uint16_t)view_int(view, "max_in_flight");
	struct header_list headers = compile_headers(c, NULL, view_get(view, "headers"));
	service->headers = headers.items;
	service->n_headers = (uint32_t)headers.n;
	service->tls_ca = compile_file(c, tls, "ca");
	service->tls_cert = compile_file(c, tls, "cert");
	service->tls_key = compile_file(c, tls, "key");
	service->proxy = proxy_of(c, view);
	service->ip = (enum ip_family)view_choice(view, "ip");
	service->http = (enum http_version)view_choice(view, "http");
}

static void override_urls(struct compile *c)
{
	struct plan *plan = &c->config->plan;
	const char **names = ARENA_ARRAY(c->scratch, plan->n_services + 1, const char *);
	for (size_t i = 0; i < plan->n_services; i++)
		names[i] = plan->services[i].id;
	for (size_t i = 0; i < c->source->n_overrides; i++) {
		const struct service_override *override = &c->source->overrides[i];
		struct place place = {&service_option, 0, 0};
		struct service *found = NULL;
		for (size_t s = 0; s < plan->n_services; s++)
			if (strcmp(names[s], override->service) == 0)
				found = &plan->services[s];
		if (found)
			found->url = url_of(c, str_of(override->url), place);
		else if (!override->optional)
			problem(c->problems, place, "unknown service '%.*s'%s",
				SHOWN(str_of(override->service)),
				problems_hint(c->problems, str_of(override->service), names));
	}
}

/* Of a URL's host that is an address; IP_ANY for a name. */
static enum ip_family family_of(const char *url)
{
	char text[INET_ADDRSTRLEN];
	struct in_addr v4;
	const char *host = strstr(url, "://");
	host = host ? host + 3 : url;
	const char *at = memrchr(host, '@', strcspn(host, "/?#"));
	host = at ? at + 1 : host;
	size_t n = strcspn(host, ":/?#");
	if (host[0] == '[')
		return IP_6;
	if (n >= sizeof(text))
		return IP_ANY;
	memcpy(text, host, n);
	text[n] = '\0';
	return inet_pton(AF_INET, text, &v4) == 1 ? IP_4 : IP_ANY;
}

static void check_family(struct compile *c, struct node *node, const struct service *service)
{
	const char *url = service->proxy ? service->proxy : service->url;
	enum ip_family family = url ? family_of(url) : IP_ANY;
	if (service->ip == IP_ANY || family == IP_ANY || family == service->ip)
		return;
	problem_at(c->problems, view_get((struct view){node, NULL, IN_SERVICE}, "ip"),
		"the %s host is an IPv%d address, which 'ip: %d' rules out",
		service->proxy ? "proxy's" : "URL's", family == IP_6 ? 6 : 4,
		service->ip == IP_6 ? 6 : 4);
}

void compile_services(struct compile *c)
{
	struct plan *plan = &c->config->plan;
	struct node *services = services_of(c);
	if (!services) {
		plan->mode = "";
		override_urls(c);
		return;
	}
	if (services->n > SERVICES_MAX) {
		problem_at(c->problems, services, "more than %d services", SERVICES_MAX);
		return;
	}
	plan->mode = choose_mode(c, services);
	plan->services = ARENA_ARRAY(c->arena, services->n, struct service);
	for (struct node *node = services->first; node; node = node->next)
		if (!node->bad && node->kind == NODE_MAP)
			set_service(c, node, &plan->services[plan->n_services++]);
	override_urls(c);
	struct service *service = plan->services;
	for (struct node *node = services->first; node; node = node->next)
		if (!node->bad && node->kind == NODE_MAP)
			check_family(c, node, service++);
}
