#include "doctor/doctor.h"

#include "base/clock.h"
#include "base/text.h"
#include "engine/tls_files.h"
#include "engine/transfer.h"
#include "serve/server.h"
#include "store/look.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#define YEAR_US (INT64_C(365) * 86400 * US_PER_S)
#define MIB (INT64_C(1) << 20)

enum {
	FIRST_YEAR = 2025, /* earlier, a clock was never set */
	FILES_BASE = 64, /* open files that are needed besides those of checks */
	FILES_PER_CHECK = 2,
	DISK_LOW_MIB = 200,
	DISK_FULL_MIB = 10,
};

static void look_at_clock(struct doctor *doctor)
{
	char now[TEXT_TIME_MAX];
	struct timex timex = {.modes = 0};
	int64_t wall = clock_wall_us();
	int state = adjtimex(&timex);
	bool synchronized = state >= 0 && state != TIME_ERROR && !(timex.status & STA_UNSYNC);
	text_time(wall, now);
	if (wall < (FIRST_YEAR - 1970) * YEAR_US)
		doctor_say(doctor, PROBLEM, arena_printf(&doctor->arena, "clock: %s can't be", now),
			"Set it, and let NTP keep it: timedatectl set-ntp true.");
	else if (synchronized)
		doctor_say(doctor, WELL,
			arena_printf(&doctor->arena, "clock: %s, synchronized", now), NULL);
	else if (state < 0)
		doctor_say(doctor, WELL,
			arena_printf(&doctor->arena,
				"clock: %s (the kernel does not say whether "
				"it is synchronized)",
				now),
			NULL);
	else
		doctor_say(doctor, WARNING,
			arena_printf(&doctor->arena, "clock: %s, nothing synchronizes it", now),
			"Times of results and incidents drift: timedatectl set-ntp true. In a "
			"container the host's clock holds.");
}

static void look_at_zone(struct doctor *doctor)
{
	const char *zone = getenv("TZ");
	char path[PATH_MAX];
	if (!zone || !zone[0]) {
		doctor_say(doctor, WELL, "time zone: times are written in UTC", NULL);
		return;
	}
	snprintf(path, sizeof(path), "%s%s",
		zone[zone[0] == ':'] == '/' ? "" : "/usr/share/zoneinfo/", zone + (zone[0] == ':'));
	bool rule = strpbrk(zone, "0123456789,") != NULL; /* of POSIX: CET-1CEST */
	if (rule || access(path, R_OK) == 0)
		doctor_say(doctor, WELL,
			arena_printf(&doctor->arena,
				"time zone: TZ is %s; times are written in UTC all the same", zone),
			NULL);
	else
		doctor_say(doctor, WARNING,
			arena_printf(
				&doctor->arena, "time zone: TZ is %s, which is unknown here", zone),
			"Install tzdata, or correct TZ; Outrider itself writes UTC.");
}

static void look_at_user(struct doctor *doctor)
{
	const struct passwd *user = getpwuid(geteuid());
	const char *name = user ? user->pw_name : "without a name";
	if (geteuid() == 0)
		doctor_say(doctor, WARNING, "user: root",
			"Nothing here needs it: run as a user of its own, as "
			"systemd/outrider.service does.");
	else
		doctor_say(doctor, WELL,
			arena_printf(&doctor->arena, "user: %s (%u)", name, (unsigned)geteuid()),
			NULL);
}

static void look_at_files(struct doctor *doctor)
{
	struct rlimit limit;
	size_t wanted = FILES_BASE + FILES_PER_CHECK * doctor->config->plan.n_checks;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted)
		doctor_say(doctor, WELL,
			arena_printf(&doctor->arena, "open files: %llu allowed, %zu are enough",
				(unsigned long long)limit.rlim_cur, wanted),
			NULL);
	else
		doctor_say(doctor, WARNING,
			arena_printf(&doctor->arena, "open files: %llu allowed, %zu may be needed",
				(unsigned long long)limit.rlim_cur, wanted),
			"Raise it: ulimit -n, or LimitNOFILE= of the service.");
}

static void look_at_certificates(struct doctor *doctor)
{
	const char *file = getenv("SSL_CERT_FILE");
	struct error error = {""};
	if (!file || !file[0])
		file = transfers_ca_file();
	if (!file)
		doctor_say(doctor, WARNING, "trusted certificates: libcurl names no file", NULL);
	else if (tls_files_usable(file, NULL, NULL, &error))
		doctor_say(doctor, WELL,
			arena_printf(&doctor->arena, "trusted certificates: %s", file), NULL);
	else
		doctor_say(doctor, PROBLEM,
			arena_printf(&doctor->arena, "trusted certificates: %s", error.text),
			"No https:// service can be verified: install ca-certificates.");
}

void doctor_host(struct doctor *doctor)
{
	doctor_title(doctor, "This machine");
	look_at_clock(doctor);
	look_at_zone(doctor);
	look_at_user(doctor);
	look_at_files(doctor);
	look_at_certificates(doctor);
	doctor_say(doctor, WELL,
		arena_printf(&doctor->arena, "libraries: %s, %s, %s", transfers_library(),
			store_library(), server_library()),
		NULL);
}

static const char *folder_of(struct doctor *doctor, const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return ".";
	return slash == path
		       ? "/"
		       : arena_strndup(&doctor->arena, (struct str){path, (size_t)(slash - path)});
}

static bool look_at_disk(struct doctor *doctor, const char *folder)
{
	struct statvfs disk;
	if (statvfs(folder, &disk) != 0) {
		doctor_say(doctor, PROBLEM,
			arena_printf(&doctor->arena, "%s: %s", folder, strerror(errno)),
			"Make the folder; it must belong to the user that runs Outrider.");
		return false;
	}
	int64_t mib = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize / MIB;
	const char *room =
		arena_printf(&doctor->arena, "disk: %lld MiB free at %s", (long long)mib, folder);
	if (disk.f_flag & ST_RDONLY)
		doctor_say(doctor, PROBLEM,
			arena_printf(&doctor->arena, "disk: %s can only be read", folder),
			"Mount it for writing, or choose another place by --database.");
	else
		doctor_say(doctor,
			mib < DISK_FULL_MIB  ? PROBLEM
			: mib < DISK_LOW_MIB ? WARNING
					     : WELL,
			room, mib < DISK_LOW_MIB ? "Results grow: make room." : NULL);
	if (access(folder, W_OK | X_OK) == 0)
		return true;
	doctor_say(doctor, PROBLEM,
		arena_printf(&doctor->arena, "%s can't be written: %s", folder, strerror(errno)),
		"Give it to the user that runs Outrider, or choose another place by --database.");
	return false;
}

static void look_at_database(struct doctor *doctor, const char *path)
{
	struct error error = {""};
	struct store_look look = store_look(path, &error);
	const char *holder =
		look.holder ? arena_printf(&doctor->arena, ", open in process %ld", look.holder)
			    : "";
	switch (look.state) {
	case STORE_MISSING:
		doctor_say(doctor, WELL,
			arena_printf(&doctor->arena,
				"database: %s is not there yet and will be made", path),
			NULL);
		return;
	case STORE_UNUSABLE:
		doctor_say(doctor, PROBLEM,
			arena_printf(&doctor->arena, "database: %s", error.text),
			"At its next start the daemon sets a damaged one aside and begins a new "
			"one.");
		return;
	case STORE_SOUND:
	case STORE_UNCHECKED: break;
	}
	if (look.demo) {
		doctor_say(doctor, PROBLEM,
			arena_printf(&doctor->arena,
				"database: %s holds the generated history of a demo", path),
			"The daemon will not use it: name another file by database: or "
			"--database.");
		return;
	}
	doctor_say(doctor, WELL,
		arena_printf(&doctor->arena, "database: %s, %.1f MiB, version %d of %d%s%s", path,
			(double)look.bytes / (double)MIB, look.version, look.latest,
			look.state == STORE_SOUND ? ", sound" : ", too large to check here",
			holder),
		NULL);
}

static void look_at_port(struct doctor *doctor)
{
	const char *listen = doctor->config->serve.listen;
	struct error error = {""}, unused = {""};
	bool taken;
	if (server_can_listen(listen, &taken, &error)) {
		doctor_say(doctor, WELL, arena_printf(&doctor->arena, "port: %s is free", listen),
			NULL);
		return;
	}
	struct store_look look = store_look(doctor->config->store.path, &unused);
	if (taken && look.holder)
		doctor_say(doctor, WELL,
			arena_printf(&doctor->arena,
				"port: %s is in use, and Outrider runs as process %ld", listen,
				look.holder),
			NULL);
	else
		doctor_say(doctor, PROBLEM, arena_printf(&doctor->arena, "port: %s", error.text),
			"Choose another address by listen: or --listen.");
}

static void look_at_auth(struct doctor *doctor)
{
	const struct serve_options *serve = &doctor->config->serve;
	if ((serve->auth.n_users || serve->auth.n_tokens) && server_is_exposed(serve->listen))
		doctor_say(doctor, WARNING,
			arena_printf(&doctor->arena,
				"auth: passwords and tokens reach %s without TLS", serve->listen),
			"Listen on 127.0.0.1, behind a proxy with TLS.");
	for (size_t i = 0; i < serve->auth.n_tokens; i++)
		if (strlen(serve->auth.tokens[i]) < SERVE_TOKEN_LONG)
			doctor_say(doctor, WARNING,
				arena_printf(&doctor->arena, "auth: token %zu is short", i + 1),
				"Guesses at tokens are not counted: openssl rand -hex 32 makes a "
				"long one.");
}

void doctor_place(struct doctor *doctor)
{
	const char *path = doctor->config->store.path;
	doctor_title(doctor, "The daemon's place");
	if (look_at_disk(doctor, folder_of(doctor, path)))
		look_at_database(doctor, path);
	look_at_port(doctor);
	look_at_auth(doctor);
}
