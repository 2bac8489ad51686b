/* tests/scenario/facts.h - what a record or a request shows, by name and as text. */
#ifndef OUTRIDER_TESTS_SCENARIO_FACTS_H
#define OUTRIDER_TESTS_SCENARIO_FACTS_H

#include "check/run.h"

/* False when there is no fact of that name. note and finding have many values: index counts them,
 * and false ends them. */
bool record_fact(const struct record *record, struct str name, size_t index, struct buf *out);
bool request_fact(const struct request *request, struct str name, struct buf *out);

/* Every text of a record, one after the other. */
void record_texts(const struct record *record, struct buf *out);

#endif
