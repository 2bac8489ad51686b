/* config/settings.h - keeps where each value of a load comes from (config/setting.h). */
#ifndef OUTRIDER_SRC_CONFIG_SETTINGS_H
#define OUTRIDER_SRC_CONFIG_SETTINGS_H

#include "config/compile.h"

/* After everything was compiled without a problem. */
void settings_collect(struct compile *c);

#endif
