#include "backup.h"

#include "interrupt.h"
#include "loader.h"
#include "store/backup.h"

#include <inttypes.h>

static int back_up(const char *database, const char *to)
{
	struct error error = {""};
	int64_t bytes = 0;
	int stop = interrupt_open(&error);
	bool done = stop >= 0 && store_backup(database, to, stop, &bytes, &error);
	if (stop >= 0)
		interrupt_close();
	if (done)
		printf("%s: %" PRId64 " bytes\n", to, bytes);
	else
		fprintf(stderr, "outrider: %s\n", error.text);
	return done ? EXIT_OK : EXIT_BROKEN;
}

int backup_run(const struct cli *cli)
{
	if (strcmp(cli->backup, "-") == 0) {
		fprintf(stderr, "outrider: a backup is a file, not standard output\n");
		return EXIT_USAGE;
	}
	if (cli->database) /* then a broken configuration is no hindrance */
		return back_up(cli->database, cli->backup);
	struct config_source source = cli_source(cli);
	struct config *config = loader_load(&source, false, NULL);
	if (!config)
		return EXIT_USAGE;
	int status = back_up(config->store.path, cli->backup);
	config_free(config);
	return status;
}
