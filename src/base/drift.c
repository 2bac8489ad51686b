#include "base/drift.h"

int64_t drift_look(struct drift *drift, int64_t wall_us, int64_t mono_us)
{
	int64_t offset_us = wall_us - mono_us;
	int64_t jump_us = drift->offset_us ? offset_us - drift->offset_us : 0;

	drift->offset_us = offset_us;
	return jump_us >= DRIFT_JUMP_US || jump_us <= -DRIFT_JUMP_US ? jump_us : 0;
}
