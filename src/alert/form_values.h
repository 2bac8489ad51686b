/* alert/form_values.h - a letter as a template's values. Pure. */
#ifndef OUTRIDER_ALERT_FORM_VALUES_H
#define OUTRIDER_ALERT_FORM_VALUES_H

#include "alert/letter.h"
#include "alert/options.h"
#include "base/value.h"

/* Of a letter whose body is one JSON object; any other has no members. */
const struct value *form_values(struct arena *arena, const struct channel *channel,
	const struct outbox_row *row, const struct letter *letter);

#endif
