/* config/yaml.h - the one door to libyaml. Its event API only, under limits: at most FILE_BYTES_MAX
 * bytes, NODE_DEPTH_MAX levels, one document; anchors, aliases and tags are refused, duplicate keys
 * are errors. */
#ifndef OUTRIDER_SRC_CONFIG_YAML_H
#define OUTRIDER_SRC_CONFIG_YAML_H

#include "config/problems.h"

/* The file's one document, or NULL: it is empty, or not YAML (a problem says which). */
struct node *yaml_read(
	const struct file *file, struct arena *arena, struct problems *problems) MUST_CHECK;

#endif
