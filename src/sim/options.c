#include "sim/options.h"

#include <stddef.h>

const struct sim_option sim_option_rows[] = {
	{"port", 'p', "BASE",
		"gateway BASE, baseline-cli BASE+1,\n"
		"baseline-langchain BASE+2, memory BASE+3, ui BASE+4,\n"
		"control BASE+5; default 8000, 0 picks free ports"},
	{"fault", 'f', "FAULT",
		"switch a fault on, NAME[=DURATION][@CHECKS]: for the checks\n"
		"whose id fits CHECKS (globs, separated by commas; the id\n"
		"stands in X-Request-ID), without it for every request; may\n"
		"be repeated"},
	{"story", 's', NULL, "a looped schedule of faults, as the demonstration has it"},
	{"latency", 'a', "TIME", "more, before the head of every answer"},
	{"pace", 'e', "TIME",
		"before every event of a stream, such as 10ms; without it\n"
		"as the services do"},
	{"tls", 't', NULL, "the services speak TLS; the control does not"},
	{"tls-ca", 'c', "FILE",
		"where to write the certificate to trust, made afresh each\n"
		"time (PEM)"},
	{"list-faults", 'l', NULL, "what can be switched on"},
	{"version", 'v', NULL, "print the version"},
	{"help", 'h', NULL, "print this text"},
	{NULL, 0, NULL, NULL},
};
