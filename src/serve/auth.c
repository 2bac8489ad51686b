#include "serve/auth.h"

#include "base/log.h"
#include "base/memory.h"
#include "serve/credential.h"
#include "serve/guesses.h"
#include "serve/password.h"
#include "serve/roster.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* A request that waits; those with the same credentials wait for one verification. */
struct waiting {
	void *asker;
	struct siphash digest;
	bool over;
};

/* What is to be verified; stays in its place until it is. */
struct job {
	struct job *next;
	struct siphash digest;
	char *name, *password;
	struct visitor_address from;
};

struct auth {
	pthread_mutex_t mutex; /* of all that follows */
	pthread_cond_t work;
	struct roster roster;
	bool is_public;
	uint64_t generation; /* of users and tokens */
	struct waiting waiting[AUTH_WAITING_MAX];
	size_t n_waiting;
	struct job *jobs; /* the first one is under way */
	struct guesses guesses;
	pthread_t thread;
	bool running, closing;
	int wake_fd;
};

struct auth *auth_new(void)
{
	struct auth *auth = MEM_NEW(struct auth);
	pthread_mutex_init(&auth->mutex, NULL);
	pthread_cond_init(&auth->work, NULL);
	roster_init(&auth->roster);
	auth->wake_fd = -1;
	return auth;
}

void auth_free(struct auth *auth)
{
	if (!auth)
		return;
	auth_close(auth);
	roster_fini(&auth->roster);
	pthread_cond_destroy(&auth->work);
	pthread_mutex_destroy(&auth->mutex);
	free(auth);
}

void auth_configure(struct auth *auth, const struct serve_auth *options)
{
	pthread_mutex_lock(&auth->mutex);
	if (!roster_is(&auth->roster, options)) {
		roster_set(&auth->roster, options);
		auth->generation++;
	}
	auth->is_public = options->is_public;
	pthread_mutex_unlock(&auth->mutex);
}

struct auth_ways auth_ways(struct auth *auth)
{
	pthread_mutex_lock(&auth->mutex);
	struct auth_ways ways = {
		auth->roster.n_users > 0, auth->roster.n_tokens > 0, auth->is_public};
	pthread_mutex_unlock(&auth->mutex);
	return ways;
}

uint64_t auth_generation(struct auth *auth)
{
	pthread_mutex_lock(&auth->mutex);
	uint64_t generation = auth->generation;
	pthread_mutex_unlock(&auth->mutex);
	return generation;
}

/* --- the thread that verifies --- */

static void free_job(struct job *job)
{
	explicit_bzero(job->password, strlen(job->password));
	free(job->password);
	free(job->name);
	free(job);
}

static void log_refusal(struct visitor_address from)
{
	char text[INET6_ADDRSTRLEN] = "";
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	bool v4 = memcmp(from.bytes, mapped, sizeof(mapped)) == 0;
	inet_ntop(v4 ? AF_INET : AF_INET6, from.bytes + (v4 ? sizeof(mapped) : 0), text,
		sizeof(text));
	/* Not the name: people type their password there. */
	log_write(LOG_WARN, "auth.refused", LOG_STR("from", text));
}

static void end_waits(struct auth *auth, const struct siphash *digest)
{
	const uint64_t one = 1;
	for (size_t i = 0; i < auth->n_waiting; i++)
		auth->waiting[i].over |= siphash_same(&auth->waiting[i].digest, digest);
	if (auth->wake_fd >= 0)
		(void)!write(auth->wake_fd, &one, sizeof(one));
}

/* The mutex is held, but not while crypt(3) works. */
static void verify(struct auth *auth, const struct job *job)
{
	bool known = false;
	char *hash = mem_strdup(roster_hash(&auth->roster, job->name, &known));
	uint64_t generation = auth->generation;
	pthread_mutex_unlock(&auth->mutex);
	bool right = hash && password_matches(job->password, hash) && known;
	free(hash);
	if (!right)
		log_refusal(job->from);
	pthread_mutex_lock(&auth->mutex);
	if (right)
		guesses_give_back(&auth->guesses, job->from);
	if (generation == auth->generation)
		roster_remember(&auth->roster, job->digest, right);
	end_waits(auth, &job->digest);
}

static void *work(void *cls)
{
	struct auth *auth = cls;
	pthread_mutex_lock(&auth->mutex);
	while (!auth->closing) {
		struct job *job = auth->jobs;
		if (!job) {
			pthread_cond_wait(&auth->work, &auth->mutex);
			continue;
		}
		verify(auth, job);
		auth->jobs = job->next;
		free_job(job);
	}
	pthread_mutex_unlock(&auth->mutex);
	return NULL;
}

/* --- questions --- */

static bool start_thread(struct auth *auth)
{
	if (auth->running)
		return true;
	auth->running = pthread_create(&auth->thread, NULL, work, auth) == 0;
	if (auth->running)
		pthread_setname_np(auth->thread, "auth");
	return auth->running;
}

static struct job **find_job(struct auth *auth, const struct siphash *digest)
{
	struct job **at = &auth->jobs;
	while (*at && !siphash_same(&(*at)->digest, digest))
		at = &(*at)->next;
	return at;
}

static struct auth_answer refuse_for(unsigned seconds)
{
	return (struct auth_answer){.verdict = AUTH_TOO_MANY, .retry_after_s = seconds};
}

static struct auth_answer wait(struct auth *auth, const struct credential *credential,
	struct siphash digest, struct visitor_address from, void *asker, int64_t now_us)
{
	if (auth->closing || auth->n_waiting == AUTH_WAITING_MAX || !start_thread(auth))
		return refuse_for(1);
	struct job **place = find_job(auth, &digest);
	if (!*place) {
		unsigned seconds = guesses_take(&auth->guesses, from, now_us);
		if (seconds)
			return refuse_for(seconds);
		*place = MEM_NEW(struct job);
		**place = (struct job){.digest = digest,
			.name = mem_strdup(credential->name),
			.password = mem_strdup(credential->secret),
			.from = from};
		pthread_cond_signal(&auth->work);
	}
	auth->waiting[auth->n_waiting++] = (struct waiting){asker, digest, false};
	return (struct auth_answer){.verdict = AUTH_WAIT};
}

/* One that was wrong is no guess again, nor does who was right wait for those who guess. No user's name is empty. */
static struct auth_answer ask_token(struct auth *auth, const struct credential *credential,
	struct visitor_address from, struct arena *arena, int64_t now_us)
{
	struct siphash digest = roster_digest(&auth->roster, "", credential->secret);
	bool guess = roster_recall(&auth->roster, digest) == ROSTER_UNKNOWN;
	unsigned seconds = guess ? guesses_take(&auth->guesses, from, now_us) : 0;
	if (seconds)
		return refuse_for(seconds);
	size_t number = roster_token(&auth->roster, credential->secret);
	if (guess)
		roster_remember(&auth->roster, digest, number != 0);
	if (guess && number)
		guesses_give_back(&auth->guesses, from);
	else if (guess)
		log_refusal(from);
	if (!number)
		return (struct auth_answer){.verdict = AUTH_REFUSED};
	return (struct auth_answer){
		.verdict = AUTH_SOMEBODY, .name = arena_printf(arena, "token %zu", number)};
}

static struct auth_answer ask_password(struct auth *auth, const struct credential *credential,
	struct visitor_address from, void *asker, int64_t now_us)
{
	if (!auth->roster.n_users)
		return (struct auth_answer){.verdict = AUTH_REFUSED};
	struct siphash digest = roster_digest(&auth->roster, credential->name, credential->secret);
	switch (roster_recall(&auth->roster, digest)) {
	case ROSTER_RIGHT:
		return (struct auth_answer){.verdict = AUTH_SOMEBODY, .name = credential->name};
	case ROSTER_WRONG: return (struct auth_answer){.verdict = AUTH_REFUSED};
	case ROSTER_UNKNOWN: break;
	}
	return wait(auth, credential, digest, from, asker, now_us);
}

struct auth_answer auth_ask(struct auth *auth, const char *header, struct visitor_address from,
	void *asker, struct arena *arena, int64_t now_us)
{
	struct credential credential = credential_parse(header, arena);
	struct auth_answer answer = {.verdict = AUTH_REFUSED};
	pthread_mutex_lock(&auth->mutex);
	switch (credential.kind) {
	case CREDENTIAL_NONE: answer.verdict = AUTH_NOBODY; break;
	case CREDENTIAL_BAD: break;
	case CREDENTIAL_BEARER: answer = ask_token(auth, &credential, from, arena, now_us); break;
	case CREDENTIAL_BASIC: answer = ask_password(auth, &credential, from, asker, now_us); break;
	}
	answer.generation = auth->generation;
	pthread_mutex_unlock(&auth->mutex);
	return answer;
}

void auth_wake(struct auth *auth, int fd)
{
	pthread_mutex_lock(&auth->mutex);
	auth->wake_fd = fd;
	pthread_mutex_unlock(&auth->mutex);
}

bool auth_waits(const struct auth *auth)
{
	return auth->n_waiting > 0; /* changed by the thread that asks alone */
}

void *auth_next(struct auth *auth)
{
	void *asker = NULL;
	pthread_mutex_lock(&auth->mutex);
	for (size_t i = 0; !asker && i < auth->n_waiting; i++) {
		if (!auth->waiting[i].over && !auth->closing)
			continue;
		asker = auth->waiting[i].asker;
		auth->waiting[i] = auth->waiting[--auth->n_waiting];
	}
	pthread_mutex_unlock(&auth->mutex);
	return asker;
}

void auth_close(struct auth *auth)
{
	pthread_mutex_lock(&auth->mutex);
	auth->closing = true;
	pthread_cond_signal(&auth->work);
	pthread_mutex_unlock(&auth->mutex);
	if (auth->running)
		pthread_join(auth->thread, NULL);
	auth->running = false;
	while (auth->jobs) {
		struct job *job = auth->jobs;
		auth->jobs = job->next;
		free_job(job);
	}
}
