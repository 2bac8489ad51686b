#include "store/session.h"

#include "store/evidence.h"

static const char *const statement_names[] = {
#define X(id, name) [DO_##id] = (name),
	SESSION_STATEMENTS(X)
#undef X
};

bool session_init(struct session *session, sqlite3 *db, struct error *error)
{
	*session = (struct session){.db = db, .scratch = BUF_INIT(EVIDENCE_BYTES_MAX)};
	return db_prepare_all(db, "sql/store.sql", statement_names, SESSION_STATEMENT_COUNT,
		session->statements, error);
}

void session_fini(struct session *session)
{
	db_finalize_all(session->statements, SESSION_STATEMENT_COUNT);
	buf_fini(&session->scratch);
}

struct binder session_bind(struct session *session, enum session_statement which)
{
	return bind_to(session->statements[which]);
}

bool session_run(struct session *session, enum session_statement which)
{
	return stmt_run(session->statements[which]);
}

bool session_ask(
	struct session *session, enum session_statement which, int64_t none, int64_t *answer)
{
	sqlite3_stmt *stmt = session->statements[which];
	int rc = sqlite3_step(stmt);
	*answer = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : none;
	return sqlite3_reset(stmt) == SQLITE_OK;
}
