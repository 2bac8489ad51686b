#include "serve/files.h"

#include "base/asset.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FILE_MAX = 1 << 20, ASSET_PATH_MAX = 64 };

static const struct {
	const char *stem, *extension, *content_type;
} built_in[] = {
	{"app", ".js", "text/javascript; charset=utf-8"},
	{"chart", ".js", "text/javascript; charset=utf-8"},
	{"base", ".css", "text/css; charset=utf-8"},
	{"check", ".css", "text/css; charset=utf-8"},
	{"incident", ".css", "text/css; charset=utf-8"},
	{"status", ".css", "text/css; charset=utf-8"},
};

static bool read_asset(
	const char *stem, const char *extension, struct buf *bytes, struct error *error)
{
	char path[ASSET_PATH_MAX];
	snprintf(path, sizeof(path), "assets/%s%s", stem, extension);
	struct str asset = asset_find(path);
	if (!asset.p)
		return error_set(error, "%s is not built in", path);
	*bytes = BUF_INIT(FILE_MAX);
	buf_putstr(bytes, asset);
	return true;
}

static bool load_file(struct files *files, size_t i, struct error *error)
{
	struct buf plain;
	struct buf gzip;
	char ending[8];
	snprintf(ending, sizeof(ending), "%s.gz", built_in[i].extension);
	if (!read_asset(built_in[i].stem, built_in[i].extension, &plain, error) ||
		!read_asset(built_in[i].stem, ending, &gzip, error))
		return false;
	struct file *file = &files->files[files->n++];
	snprintf(file->name, sizeof(file->name), "%s-%016" PRIx64 "%s", built_in[i].stem,
		content_hash(buf_str(&plain)), built_in[i].extension);
	file->payload = payload_take(built_in[i].content_type, &plain);
	payload_take_gzip(file->payload, &gzip);
	return true;
}

bool files_load(struct files *files, struct error *error)
{
	for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++)
		if (!load_file(files, i, error))
			return false;
	return true;
}

void files_fini(struct files *files)
{
	for (size_t i = 0; i < files->n; i++)
		payload_drop(files->files[i].payload);
	files->n = 0;
}

const char *files_name(const struct files *files, const char *plain)
{
	const char *dot = strrchr(plain, '.');
	size_t stem = dot ? (size_t)(dot - plain) : 0;
	for (size_t i = 0; i < files->n; i++) {
		const char *name = files->files[i].name;
		if (strncmp(name, plain, stem) == 0 && name[stem] == '-' && dot &&
			strcmp(strrchr(name, '.'), dot) == 0)
			return name;
	}
	return NULL;
}

struct payload *files_find(const struct files *files, const char *name)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->files[i].name, name) == 0)
			return files->files[i].payload;
	return NULL;
}
