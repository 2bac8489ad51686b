/* The courier between a real store and a receiver that fails, hangs and recovers. */
#include "unit/alert/house.h"

#include <sys/resource.h>

static const char canary[] = "hunter22"; /* in URLs and headers: nobody may write it */

static void a_webhook_is_delivered(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(204);
	channel("ops", r->url);
	send_event("ops", 7, "opened");
	await_reports(1);
	assert_int_equal(atomic_load(&r->n), 1);
	assert_true(request_has(r, 0, "POST /hook?token=hunter22 HTTP/1.1\r\n"));
	assert_true(request_has(r, 0, "Content-Type: application/json\r\n"));
	assert_true(request_has(r, 0, "Authorization: Bearer hunter22\r\n"));
	assert_true(request_has(r, 0, "User-Agent: outrider/"));
	assert_true(request_has(r, 0, "Idempotency-Key: one/7/opened\r\n"));
	assert_false(request_has(r, 0, "X-Empty"));
	assert_true(
		request_has(r, 0, "\r\n\r\n{\"dedup_key\":\"one/7/opened\",\"check\":\"one\"}"));
	assert_int_equal(told().result, DELIVERY_DONE);
	assert_int_equal(score_of("ops").delivered, 1);
	assert_int_equal(score_of("ops").failed, 0);
	receiver_stop(r);
}

static void failures_are_tried_again_in_order(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	atomic_store(&r->fail_first, 3);
	house.retry_in_us = 30000;
	channel("ops", r->url);
	send_event("ops", 7, "opened");
	send_event("ops", 7, "resolved");
	send_event("ops", 8, "opened");
	await_reports(6);
	usleep(400000);
	assert_int_equal(reports(), 6);
	assert_int_equal(atomic_load(&r->n), 6);
	assert_int_equal(score_of("ops").delivered, 3);
	assert_int_equal(score_of("ops").failed, 3);
	int opened = 0;
	int resolved = 0;
	for (int i = 0; i < 6; i++) {
		opened = request_has(r, i, "one/7/opened\"") ? i : opened;
		resolved = !resolved && request_has(r, i, "one/7/resolved\"") ? i : resolved;
	}
	assert_true(resolved > opened); /* not even tried before */
	end_courier(1000);
	store_close(house.store);
	house.store = NULL;
	assert_int_equal(ask_sql("SELECT count(*) FROM outbox WHERE state = 1"), 3);
	assert_int_equal(ask_sql("SELECT sum(tries) FROM outbox"), 6);
	receiver_stop(r);
}

static void a_report_that_is_not_committed_sends_nothing_again(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	house.keep_back = true;
	channel("ops", r->url);
	send_event("ops", 7, "opened");
	await_reports(1);
	for (int i = 0; i < 20; i++) {
		courier_wake(house.courier);
		usleep(10000);
	}
	send_event("ops", 8, "opened"); /* others go on meanwhile */
	await_reports(2);
	usleep(300000);
	assert_int_equal(atomic_load(&r->n), 2);
	struct outbox_delivery delivery = {.id = 1, .result = DELIVERY_RETRY};
	store_give_delivery(house.store, &delivery); /* now it stands there, and is due */
	await_requests(r, 3);
	assert_true(request_has(r, 2, "one/7/opened"));
	receiver_stop(r);
}

static void many_wakes_make_no_duplicates(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	channel("ops", r->url);
	for (uint64_t i = 1; i <= 20; i++) {
		send_event("ops", i, "opened");
		for (int k = 0; k < 10; k++)
			courier_wake(house.courier);
	}
	await_reports(20);
	usleep(300000);
	assert_int_equal(atomic_load(&r->n), 20);
	receiver_stop(r);
}

static void one_that_hangs_delays_no_other(void **state)
{
	(void)state;
	struct receiver *hanging = receiver_start(0);
	struct receiver *r = receiver_start(200);
	channel("slow", hanging->url)->timeout_us = 3 * US_PER_S;
	channel("ops", r->url);
	for (uint64_t i = 1; i <= 12; i++)
		give_old("slow", i, "opened", 0);
	await_requests(hanging, 2);
	int64_t start = clock_mono_us();
	send_event("ops", 99, "opened");
	await_requests(r, 1);
	assert_true(clock_mono_us() - start < 1500000);
	await_reports(1 + 2);
	assert_string_equal(told().why, "no answer in time");
	assert_int_equal(told().result, DELIVERY_RETRY);
	assert_in_range(told().pause_us, 5 * US_PER_S, 6250000);
	receiver_stop(hanging);
	receiver_stop(r);
}

static void however_many_hang_they_delay_no_other(void **state)
{
	(void)state;
	static const char *const names[] = {"a", "b", "c", "d", "e"};
	struct receiver *hanging = receiver_start(0);
	struct receiver *r = receiver_start(200);
	for (size_t i = 0; i < 5; i++)
		channel(names[i], hanging->url)->timeout_us = 20 * US_PER_S;
	channel("ops", r->url);
	for (size_t i = 0; i < 5; i++)
		for (uint64_t k = 1; k <= 3; k++)
			give_old(names[i], k, "opened", 0);
	await_requests(hanging, 10);
	int64_t start = clock_mono_us();
	send_event("ops", 99, "opened");
	await_requests(r, 1);
	assert_true(clock_mono_us() - start < 10 * US_PER_S);
	assert_int_equal(atomic_load(&hanging->n), 10);
	receiver_stop(hanging);
	receiver_stop(r);
}

/* Checks keep the most. */
static void where_descriptors_are_few_so_are_places(void **state)
{
	(void)state;
	static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g"};
	struct rlimit before, few;
	struct receiver *hanging = receiver_start(0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 88;
	end_courier(1000);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	begin_courier();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	for (size_t i = 0; i < 7; i++)
		channel(names[i], hanging->url)->timeout_us = 20 * US_PER_S;
	for (size_t i = 0; i < 7; i++)
		for (uint64_t k = 1; k <= 2; k++)
			give_old(names[i], k, "opened", 0);
	await_requests(hanging, 11);
	usleep(300000);
	assert_int_equal(atomic_load(&hanging->n), 11);
	receiver_stop(hanging);
}

/* More than one look sees. */
static void a_long_row_before_one_that_hangs_hides_no_other(void **state)
{
	(void)state;
	enum { ROW = 1200 };
	struct receiver *hanging = receiver_start(0);
	struct receiver *r = receiver_start(200);
	channel("slow", hanging->url)->timeout_us = 60 * US_PER_S;
	channel("ops", r->url);
	for (uint64_t i = 1; i <= ROW; i++)
		give_old("slow", i, "opened", 0);
	for (uint64_t i = 1; i <= 20; i++)
		send_event("ops", ROW + i, "opened");
	await_requests(r, 20);
	await_reports(20);
	usleep(300000);
	assert_int_equal(atomic_load(&r->n), 20); /* each once */
	assert_int_equal(atomic_load(&hanging->n), 2);
	receiver_stop(hanging);
	receiver_stop(r);
}

/* It said that it has it: who hangs afterwards is not told twice. */
static void what_was_taken_is_not_told_again_whatever_comes_behind(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	atomic_store(&r->manner, RECEIVER_HALF_SAID);
	channel("ops", r->url)->timeout_us = 500000;
	send_event("ops", 7, "opened");
	await_reports(1);
	assert_int_equal(told().result, DELIVERY_DONE);
	atomic_store(&r->manner, RECEIVER_BREAKS_OFF);
	send_event("ops", 8, "opened");
	await_reports(2);
	assert_int_equal(told().result, DELIVERY_DONE);
	atomic_store(&r->status, 503);
	send_event("ops", 9, "opened");
	await_reports(3);
	assert_int_equal(told().result, DELIVERY_RETRY);
	receiver_stop(r);
}

static void what_was_kept_back_says_so(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	channel("ops", r->url);
	send_old("ops", 7, "opened", 300 * US_PER_S);
	await_requests(r, 1);
	assert_true(request_has(r, 0, "\"late\":true,\"late_s\":300,"));
	receiver_stop(r);
}

static void after_three_days_it_is_given_up(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(500);
	channel("ops", r->url);
	house.retry_in_us = 1000;
	send_old("ops", 7, "opened", 3 * 86400 * US_PER_S);
	await_reports(5); /* however old, it is tried some times */
	assert_int_equal(told().result, DELIVERY_DEAD);
	assert_string_equal(told().why, "the receiver answered 500");
	atomic_store(&r->status, 503);
	house.retry_in_us = 60 * US_PER_S; /* one try from here on */
	send_event("ops", 7, "resolved"); /* and no longer stands in the way */
	await_requests(r, 6);
	await_reports(6);
	assert_true(request_has(r, 5, "one/7/resolved"));
	assert_int_equal(told().result, DELIVERY_RETRY); /* as the receiver asked: in 77 s */
	assert_in_range(told().pause_us, 77 * US_PER_S, 97 * US_PER_S);
	struct courier_score stats = score_of("ops");
	assert_int_equal(stats.dead, 1);
	assert_int_equal(stats.failed, 5);
	receiver_stop(r);
}

/* How long a receiver is left alone that asks for it so. */
static int64_t pause_after(const char *name, const char *retry_after)
{
	struct receiver *r = receiver_start(503);
	size_t before = reports();
	atomic_store(&r->retry_after, retry_after);
	channel(name, r->url);
	send_event(name, 7, "opened");
	await_reports(before + 1);
	receiver_stop(r);
	return told().pause_us;
}

static void a_receiver_is_left_alone_as_long_as_it_asks(void **state)
{
	(void)state;
	const int64_t hour_us = INT64_C(3600) * US_PER_S;
	char date[64];
	time_t then = time(NULL) + 600;
	struct tm tm;
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &tm));
	assert_in_range(pause_after("a", "100"), 100 * US_PER_S, 125 * US_PER_S);
	assert_in_range(pause_after("b", date), 560 * US_PER_S, 750 * US_PER_S);
	assert_in_range(pause_after("c", "36000"), hour_us / 5 * 4, hour_us);
	assert_in_range(pause_after("d", "99999999999999999999"), hour_us / 5 * 4, hour_us);
	assert_in_range(pause_after("e", "Thu, 01 Jan 1970 00:00:10 GMT"), 0, 7 * US_PER_S);
	assert_in_range(pause_after("f", "soon"), 0, 7 * US_PER_S);
}

/* What it says to two it says to all. */
static void a_receiver_with_too_much_to_do_is_not_asked_by_all(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(503);
	atomic_store(&r->retry_after, "2");
	house.retry_in_us = 1000;
	channel("ops", r->url);
	for (uint64_t i = 1; i <= 10; i++)
		give_old("ops", i, "opened", 0);
	await_reports(2);
	atomic_store(&r->status, 200);
	usleep(700000);
	assert_int_equal(atomic_load(&r->n), 2);
	await_reports(12);
	assert_int_equal(score_of("ops").delivered, 10);
	assert_int_equal(score_of("ops").failed, 2);
	receiver_stop(r);
}

static void a_reload_brings_the_missing_channel(void **state)
{
	(void)state;
	house.retry_in_us = 50000;
	send_event("late", 7, "opened");
	await_reports(1);
	assert_string_equal(told().why, "no such channel is configured");
	assert_int_equal(told().result, DELIVERY_RETRY);
	struct receiver *r = receiver_start(200);
	channel("late", r->url);
	await_requests(r, 1);
	receiver_stop(r);
}

/* A full disk: alerts go on from memory, in order, and are not sent again when it is well. */
static void a_full_disk_delays_no_alert(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	channel("ops", r->url);
	atomic_store(&failing_in, 0);
	give_old("ops", 7, "opened", 0);
	await_requests(r, 1);
	give_old("ops", 7, "resolved", 0);
	await_requests(r, 2);
	assert_true(request_has(r, 0, "one/7/opened\""));
	assert_true(request_has(r, 1, "one/7/resolved\""));
	assert_int_equal(reports(), 0);
	atomic_store(&failing_in, INT_MAX);
	await(&house.w, &house.w.items, 2);
	await_reports(2);
	usleep(300000);
	assert_int_equal(atomic_load(&r->n), 2);
	assert_int_equal(score_of("ops").delivered, 2);
	end_courier(1000);
	store_close(house.store);
	house.store = NULL;
	assert_int_equal(ask_sql("SELECT count(*) FROM outbox WHERE state = 1"), 2);
	receiver_stop(r);
}

/* What the outbox still holds of an incident goes first, delivered or not yet known to be so. */
static void a_full_disk_keeps_the_order(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	atomic_store(&r->fail_first, 1);
	house.keep_back = true; /* as if no report could be written */
	channel("ops", r->url);
	send_event("ops", 7, "opened"); /* fails */
	send_event("ops", 8, "opened");
	await_reports(2);
	atomic_store(&failing_in, 0);
	give_old("ops", 7, "resolved", 0);
	give_old("ops", 8, "resolved", 0);
	await_requests(r, 3);
	usleep(300000);
	assert_int_equal(atomic_load(&r->n), 3);
	assert_true(request_has(r, 2, "one/8/resolved\""));
	atomic_store(&failing_in, INT_MAX);
	struct outbox_delivery delivery = {.id = 1, .result = DELIVERY_RETRY};
	store_give_delivery(house.store, &delivery);
	await_requests(r, 4);
	assert_true(request_has(r, 3, "one/7/opened\""));
	delivery.result = DELIVERY_DONE;
	store_give_delivery(house.store, &delivery);
	await_requests(r, 5);
	assert_true(request_has(r, 4, "one/7/resolved\""));
	receiver_stop(r);
}

static void nobody_listens(void **state)
{
	(void)state;
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	char url[64];
	int fd = socket(AF_INET, SOCK_STREAM, 0); /* holds the port, and no more */
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/?token=hunter22", ntohs(address.sin_port));
	channel("ops", url);
	send_event("ops", 7, "opened");
	await_reports(1);
	assert_string_equal(told().why, "not sent: connect");
	close(fd);
}

static const char *slurp(const char *path)
{
	static char text[8192];
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static void a_program_gets_it_on_its_input(void **state)
{
	(void)state;
	char out[160];
	static char script[1024];
	snprintf(out, sizeof(out), "%s/out", place);
	snprintf(script, sizeof(script),
		"{ cat; echo; env | grep ^OUTRIDER_ | sort; } >%s.new && mv %s.new %s", out, out,
		out);
	static const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	struct channel *c = channel("script", NULL);
	c->kind = CHANNEL_EXEC;
	c->argv = argv;
	send_event("script", 7, "opened");
	await_reports(1);
	assert_int_equal(told().result, DELIVERY_DONE);
	assert_string_equal(slurp(out), "{\"dedup_key\":\"one/7/opened\",\"check\":\"one\"}\n"
					"OUTRIDER_CHECK=one\nOUTRIDER_DEDUP_KEY=one/7/opened\n"
					"OUTRIDER_EVENT=opened\nOUTRIDER_INCIDENT=\n"
					"OUTRIDER_LATE=0\nOUTRIDER_MESSAGE=\nOUTRIDER_SERVICE=\n"
					"OUTRIDER_STATE=down\n");
}

static void a_program_that_fails_is_tried_again(void **state)
{
	(void)state;
	static const char *const argv[] = {"/bin/sh", "-c", "echo hunter22; exit 3", NULL};
	static const char *const slow[] = {"/bin/sleep", "60", NULL};
	static const char *const missing[] = {"/nowhere/hunter22", NULL};
	static const char *const ended[] = {"/bin/sh", "-c", "kill -9 $$", NULL};
	struct channel *c = channel("script", NULL);
	c->kind = CHANNEL_EXEC;
	c->argv = argv;
	send_event("script", 7, "opened");
	await_reports(1);
	assert_int_equal(told().result, DELIVERY_RETRY);
	assert_string_equal(told().why, "the program's exit status was 3");
	c->argv = slow;
	c->timeout_us = 100000;
	send_event("script", 8, "opened");
	await_reports(2);
	assert_string_equal(told().why, "the program took too long");
	c->argv = missing;
	send_event("script", 9, "opened");
	await_reports(3);
	assert_string_equal(
		told().why, "the program could not be started: No such file or directory");
	c->argv = ended;
	send_event("script", 10, "opened");
	await_reports(4);
	assert_string_equal(told().why, "the program was ended by signal 9 (Killed)");
}

static void stopping_waits_for_what_is_under_way(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	atomic_store(&r->delay_ms, 500);
	channel("ops", r->url);
	send_event("ops", 7, "opened");
	await_requests(r, 1);
	send_event("ops", 7, "resolved");
	end_courier(5000);
	assert_int_equal(reports(), 1);
	assert_int_equal(told().result, DELIVERY_DONE);
	assert_int_equal(atomic_load(&r->n), 1);
	receiver_stop(r);
}

static void stopping_waits_no_longer_than_its_grace(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(0);
	static const char *const slow[] = {"/bin/sleep", "60", NULL};
	channel("ops", r->url);
	struct channel *c = channel("script", NULL);
	c->kind = CHANNEL_EXEC;
	c->argv = slow;
	c->timeout_us = 60 * US_PER_S;
	send_event("ops", 7, "opened");
	send_event("script", 7, "opened");
	await_requests(r, 1);
	int64_t start = clock_mono_us();
	end_courier(200);
	assert_in_range(clock_mono_us() - start, 190000, 2 * US_PER_S);
	assert_int_equal(reports(), 0); /* so it is sent again after the next start */
	atomic_store(&r->status, 200);
	begin_courier();
	await_requests(r, 2);
	receiver_stop(r);
}

static void no_secret_is_written(void **state)
{
	(void)state;
	char log[160];
	snprintf(log, sizeof(log), "%s/log", place);
	int fd = open(log, O_CREAT | O_RDWR, 0600);
	int before = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	nobody_listens(NULL);
	static const char *const argv[] = {
		"/bin/sh", "-c", "echo hunter22; echo hunter22 >&2; exit 3", NULL};
	struct channel *c = channel("script", NULL);
	c->kind = CHANNEL_EXEC;
	c->argv = argv;
	send_event("script", 8, "opened");
	await_reports(2);
	dup2(before, STDERR_FILENO);
	close(before);
	close(fd);
	const char *text = slurp(log);
	assert_non_null(strstr(text, "alert.failed channel=ops"));
	assert_non_null(strstr(text, "alert.failed channel=script"));
	assert_null(strstr(text, canary));
	await(&house.w, &house.w.commits, house.w.items + 2);
	assert_int_equal(ask_sql("SELECT count(*) FROM outbox WHERE error LIKE '%hunter22%'"), 0);
}

int main(void)
{
	failing_vfs_install();
	const struct CMUnitTest tests[] = {
		COURIER_TEST(a_webhook_is_delivered),
		COURIER_TEST(failures_are_tried_again_in_order),
		COURIER_TEST(a_report_that_is_not_committed_sends_nothing_again),
		COURIER_TEST(many_wakes_make_no_duplicates),
		COURIER_TEST(one_that_hangs_delays_no_other),
		COURIER_TEST(however_many_hang_they_delay_no_other),
		COURIER_TEST(where_descriptors_are_few_so_are_places),
		COURIER_TEST(a_long_row_before_one_that_hangs_hides_no_other),
		COURIER_TEST(what_was_taken_is_not_told_again_whatever_comes_behind),
		COURIER_TEST(what_was_kept_back_says_so),
		COURIER_TEST(after_three_days_it_is_given_up),
		COURIER_TEST(a_receiver_is_left_alone_as_long_as_it_asks),
		COURIER_TEST(a_receiver_with_too_much_to_do_is_not_asked_by_all),
		COURIER_TEST(a_reload_brings_the_missing_channel),
		COURIER_TEST(a_full_disk_delays_no_alert),
		COURIER_TEST(a_full_disk_keeps_the_order),
		COURIER_TEST(nobody_listens),
		COURIER_TEST(a_program_gets_it_on_its_input),
		COURIER_TEST(a_program_that_fails_is_tried_again),
		COURIER_TEST(stopping_waits_for_what_is_under_way),
		COURIER_TEST(stopping_waits_no_longer_than_its_grace),
		COURIER_TEST(no_secret_is_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
