#include "backup.h"

#include "interrupt.h"
#include "loader.h"
#include "store/backup.h"

#include <inttypes.h>
#include <poll.h>

static bool is_interrupted(int stop)
{
	return poll(&(struct pollfd){.fd = stop, .events = POLLIN}, 1, 0) > 0;
}

static int back_up(const char *database, const char *to, int stop)
{
	struct error error = {""};
	int64_t bytes = 0;
	bool done = !is_interrupted(stop) && store_backup(database, to, stop, &bytes, &error);
	if (done) {
		printf("%s: %" PRId64 " bytes\n", to, bytes);
		return EXIT_OK;
	}
	bool interrupted = is_interrupted(stop);
	fprintf(stderr, "outrider: %s\n",
		interrupted ? "interrupted: there is no backup" : error.text);
	return interrupted ? EXIT_INTERRUPTED : EXIT_BROKEN;
}

static int back_up_configured(const struct cli *cli, int stop)
{
	if (cli->database) /* then a broken configuration is no hindrance */
		return back_up(cli->database, cli->backup, stop);
	struct config_source source = cli_source(cli);
	struct config *config = loader_load(&source, false, NULL);
	if (!config)
		return EXIT_USAGE;
	int status = back_up(config->store.path, cli->backup, stop);
	config_free(config);
	return status;
}

int backup_run(const struct cli *cli)
{
	struct error error = {""};
	if (strcmp(cli->backup, "-") == 0) {
		fprintf(stderr, "outrider: a backup is a file, not standard output\n");
		return EXIT_USAGE;
	}
	int stop = interrupt_open(&error);
	if (stop < 0) {
		fprintf(stderr, "outrider: %s\n", error.text);
		return EXIT_BROKEN;
	}
	int status = back_up_configured(cli, stop);
	interrupt_close();
	return status;
}
