/* serve/check_findings.h - what was expected against what came, finding by finding. Pure. */
#ifndef OUTRIDER_SERVE_CHECK_FINDINGS_H
#define OUTRIDER_SERVE_CHECK_FINDINGS_H

#include "base/value.h"
#include "serve/exhibit.h"

/* Adds "findings", those that did not pass, and "held", those that did. */
void check_findings_add(struct arena *arena, struct value *object, const struct exhibit *exhibit);

#endif
