/* Loads configurations that stand in a test: texts become files of a folder of their own. */
#include "config/config.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { FILES_MAX = 8, TEXT_MAX = 300 * 1024 };

struct loaded {
	char folder[64];
	char files[FILES_MAX][128];
	size_t n;
	struct config *config;
	struct diagnostics diagnostics;
};

static inline void loaded_init(struct loaded *loaded)
{
	*loaded = (struct loaded){.folder = "/tmp/outrider-config-XXXXXX"};
	assert_non_null(mkdtemp(loaded->folder));
	diagnostics_init(&loaded->diagnostics);
}

/* Returns its path. */
static inline const char *loaded_write(struct loaded *loaded, const char *name, struct str text)
{
	char *path = loaded->files[loaded->n++];
	char folder[sizeof(loaded->folder)];
	memcpy(folder, loaded->folder, sizeof(folder));
	snprintf(path, sizeof(loaded->files[0]), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text.n ? text.p : "", 1, text.n, file), text.n);
	fclose(file);
	return path;
}

static inline void loaded_with(struct loaded *loaded, struct config_source source)
{
	loaded->config = config_load(&source, &loaded->diagnostics);
}

static inline void loaded_fini(struct loaded *loaded)
{
	config_free(loaded->config);
	diagnostics_fini(&loaded->diagnostics);
	for (size_t i = 0; i < loaded->n; i++)
		unlink(loaded->files[i]);
	rmdir(loaded->folder);
}

/* One file that must load. */
static inline struct loaded load_good(const char *text)
{
	struct loaded loaded;
	loaded_init(&loaded);
	const char *path = loaded_write(&loaded, "checks.yaml", str_of(text));
	loaded_with(&loaded, (struct config_source){.path = path});
	if (!loaded.config)
		print_error("%s", buf_text(&loaded.diagnostics.text));
	assert_non_null(loaded.config);
	assert_int_equal(loaded.diagnostics.errors, 0);
	return loaded;
}

/* A configuration that must not load, and what must be said. */
static inline void refuse(struct loaded *loaded, struct config_source source, const char *words)
{
	loaded_with(loaded, source);
	assert_null(loaded->config);
	assert_true(loaded->diagnostics.errors > 0);
	if (!strstr(buf_text(&loaded->diagnostics.text), words))
		print_error("no '%s' in:\n%s", words, buf_text(&loaded->diagnostics.text));
	assert_non_null(strstr(buf_text(&loaded->diagnostics.text), words));
}

static inline const struct check *check_of(const struct loaded *loaded, const char *id)
{
	const struct check *check = plan_find(&loaded->config->plan, id);
	if (!check)
		print_error("no check %s\n", id);
	assert_non_null(check);
	return check;
}

static inline const struct watch_policy *policy_of(const struct loaded *loaded, const char *id)
{
	size_t index = (size_t)(check_of(loaded, id) - loaded->config->plan.checks);
	return &loaded->config->watch.checks[index];
}

/* Renders with one variable, name=value. */
static inline void assert_renders(
	const struct template *tmpl, const char *name, const char *value, const char *expected)
{
	struct variable variable = {name, str_of(value)};
	struct scope scope = {&variable, name ? 1 : 0};
	struct buf out = BUF_INIT(TEXT_MAX);
	struct error error = {0};
	assert_true(template_render(tmpl, &scope, &out, &error));
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
}

static inline const struct template *header_of(
	const struct request_template *request, const char *name)
{
	for (size_t i = 0; i < request->n_headers; i++)
		if (strcmp(request->headers[i].name, name) == 0)
			return &request->headers[i].value;
	return NULL;
}

#define SERVICES "services: {a: {url: \"http://h\"}}\n"
