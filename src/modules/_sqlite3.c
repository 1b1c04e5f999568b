/* _sqlite3: the module, its errors, and connections.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "modules/lazylib.h"
#include "modules/sqlite.h"

#define FUNCTIONS(X) \
    X(sqlite3_aggregate_context) X(sqlite3_backup_finish) X(sqlite3_backup_init) X(sqlite3_backup_pagecount) X(sqlite3_backup_remaining) X(sqlite3_backup_step) \
    X(sqlite3_bind_blob64) X(sqlite3_bind_double) X(sqlite3_bind_int64) X(sqlite3_bind_null) X(sqlite3_bind_parameter_count) X(sqlite3_bind_parameter_name) \
    X(sqlite3_bind_text64) X(sqlite3_blob_bytes) X(sqlite3_blob_close) X(sqlite3_blob_open) X(sqlite3_blob_read) X(sqlite3_blob_write) X(sqlite3_busy_timeout) X(sqlite3_changes) X(sqlite3_clear_bindings) X(sqlite3_close) X(sqlite3_close_v2) X(sqlite3_column_blob) \
    X(sqlite3_column_bytes) X(sqlite3_column_count) X(sqlite3_column_decltype) X(sqlite3_column_double) X(sqlite3_column_int64) X(sqlite3_column_name) \
    X(sqlite3_column_text) X(sqlite3_column_type) X(sqlite3_complete) X(sqlite3_create_collation_v2) X(sqlite3_create_function_v2) X(sqlite3_create_window_function) X(sqlite3_db_config) X(sqlite3_deserialize) X(sqlite3_enable_load_extension) X(sqlite3_load_extension) X(sqlite3_malloc64) X(sqlite3_next_stmt) X(sqlite3_serialize) X(sqlite3_data_count) \
    X(sqlite3_errcode) X(sqlite3_errmsg) X(sqlite3_errstr) X(sqlite3_expanded_sql) X(sqlite3_extended_errcode) X(sqlite3_finalize) X(sqlite3_free) X(sqlite3_get_autocommit) \
    X(sqlite3_initialize) X(sqlite3_interrupt) X(sqlite3_last_insert_rowid) X(sqlite3_libversion) X(sqlite3_limit) X(sqlite3_open_v2) X(sqlite3_prepare_v2) \
    X(sqlite3_progress_handler) X(sqlite3_reset) X(sqlite3_result_blob) X(sqlite3_result_double) X(sqlite3_result_error) X(sqlite3_result_error_nomem) \
    X(sqlite3_result_error_toobig) X(sqlite3_result_int64) X(sqlite3_result_null) X(sqlite3_result_text) X(sqlite3_set_authorizer) X(sqlite3_sleep) X(sqlite3_step) X(sqlite3_stricmp) \
    X(sqlite3_strnicmp) X(sqlite3_threadsafe) X(sqlite3_total_changes) X(sqlite3_trace_v2) X(sqlite3_user_data) X(sqlite3_value_blob) X(sqlite3_value_bytes) \
    X(sqlite3_value_double) X(sqlite3_value_int64) X(sqlite3_value_text) X(sqlite3_value_type)
IM_LAZYLIB(sqlite3, "libsqlite3.so.0", FUNCTIONS);

ImType im_sql_connection_type;
Value im_sql_errors[IM_SQL_ERRORS], im_sql_adapters, im_sql_converters;
bool im_sql_x_tracebacks, im_sql_x_base_adapted;

/* --- errors ----------------------------------------------------------------------------------------------------------------------------------------------------- */

static const ImIntRow codes[] = {
    {"SQLITE_ABORT", SQLITE_ABORT}, {"SQLITE_ABORT_ROLLBACK", SQLITE_ABORT_ROLLBACK}, {"SQLITE_ALTER_TABLE", SQLITE_ALTER_TABLE}, {"SQLITE_AUTH", SQLITE_AUTH},
    {"SQLITE_AUTH_USER", SQLITE_AUTH_USER}, {"SQLITE_BUSY", SQLITE_BUSY}, {"SQLITE_BUSY_RECOVERY", SQLITE_BUSY_RECOVERY},
    {"SQLITE_BUSY_SNAPSHOT", SQLITE_BUSY_SNAPSHOT}, {"SQLITE_BUSY_TIMEOUT", SQLITE_BUSY_TIMEOUT}, {"SQLITE_CANTOPEN", SQLITE_CANTOPEN},
    {"SQLITE_CANTOPEN_CONVPATH", SQLITE_CANTOPEN_CONVPATH}, {"SQLITE_CANTOPEN_DIRTYWAL", SQLITE_CANTOPEN_DIRTYWAL},
    {"SQLITE_CANTOPEN_FULLPATH", SQLITE_CANTOPEN_FULLPATH}, {"SQLITE_CANTOPEN_ISDIR", SQLITE_CANTOPEN_ISDIR}, {"SQLITE_CANTOPEN_NOTEMPDIR", SQLITE_CANTOPEN_NOTEMPDIR},
    {"SQLITE_CANTOPEN_SYMLINK", SQLITE_CANTOPEN_SYMLINK}, {"SQLITE_CONSTRAINT", SQLITE_CONSTRAINT}, {"SQLITE_CONSTRAINT_CHECK", SQLITE_CONSTRAINT_CHECK},
    {"SQLITE_CONSTRAINT_COMMITHOOK", SQLITE_CONSTRAINT_COMMITHOOK}, {"SQLITE_CONSTRAINT_FOREIGNKEY", SQLITE_CONSTRAINT_FOREIGNKEY},
    {"SQLITE_CONSTRAINT_FUNCTION", SQLITE_CONSTRAINT_FUNCTION}, {"SQLITE_CONSTRAINT_NOTNULL", SQLITE_CONSTRAINT_NOTNULL},
    {"SQLITE_CONSTRAINT_PINNED", SQLITE_CONSTRAINT_PINNED}, {"SQLITE_CONSTRAINT_PRIMARYKEY", SQLITE_CONSTRAINT_PRIMARYKEY},
    {"SQLITE_CONSTRAINT_ROWID", SQLITE_CONSTRAINT_ROWID}, {"SQLITE_CONSTRAINT_TRIGGER", SQLITE_CONSTRAINT_TRIGGER},
    {"SQLITE_CONSTRAINT_UNIQUE", SQLITE_CONSTRAINT_UNIQUE}, {"SQLITE_CONSTRAINT_VTAB", SQLITE_CONSTRAINT_VTAB}, {"SQLITE_CORRUPT", SQLITE_CORRUPT},
    {"SQLITE_CORRUPT_INDEX", SQLITE_CORRUPT_INDEX}, {"SQLITE_CORRUPT_SEQUENCE", SQLITE_CORRUPT_SEQUENCE}, {"SQLITE_CORRUPT_VTAB", SQLITE_CORRUPT_VTAB},
    {"SQLITE_DONE", SQLITE_DONE}, {"SQLITE_EMPTY", SQLITE_EMPTY}, {"SQLITE_ERROR", SQLITE_ERROR}, {"SQLITE_ERROR_MISSING_COLLSEQ", SQLITE_ERROR_MISSING_COLLSEQ},
    {"SQLITE_ERROR_RETRY", SQLITE_ERROR_RETRY}, {"SQLITE_ERROR_SNAPSHOT", SQLITE_ERROR_SNAPSHOT}, {"SQLITE_FORMAT", SQLITE_FORMAT}, {"SQLITE_FULL", SQLITE_FULL},
    {"SQLITE_INTERNAL", SQLITE_INTERNAL}, {"SQLITE_INTERRUPT", SQLITE_INTERRUPT}, {"SQLITE_IOERR", SQLITE_IOERR}, {"SQLITE_IOERR_ACCESS", SQLITE_IOERR_ACCESS},
    {"SQLITE_IOERR_AUTH", SQLITE_IOERR_AUTH}, {"SQLITE_IOERR_BEGIN_ATOMIC", SQLITE_IOERR_BEGIN_ATOMIC}, {"SQLITE_IOERR_BLOCKED", SQLITE_IOERR_BLOCKED},
    {"SQLITE_IOERR_CHECKRESERVEDLOCK", SQLITE_IOERR_CHECKRESERVEDLOCK}, {"SQLITE_IOERR_CLOSE", SQLITE_IOERR_CLOSE},
    {"SQLITE_IOERR_COMMIT_ATOMIC", SQLITE_IOERR_COMMIT_ATOMIC}, {"SQLITE_IOERR_CONVPATH", SQLITE_IOERR_CONVPATH}, {"SQLITE_IOERR_CORRUPTFS", SQLITE_IOERR_CORRUPTFS},
    {"SQLITE_IOERR_DATA", SQLITE_IOERR_DATA}, {"SQLITE_IOERR_DELETE", SQLITE_IOERR_DELETE}, {"SQLITE_IOERR_DELETE_NOENT", SQLITE_IOERR_DELETE_NOENT},
    {"SQLITE_IOERR_DIR_CLOSE", SQLITE_IOERR_DIR_CLOSE}, {"SQLITE_IOERR_DIR_FSYNC", SQLITE_IOERR_DIR_FSYNC}, {"SQLITE_IOERR_FSTAT", SQLITE_IOERR_FSTAT},
    {"SQLITE_IOERR_FSYNC", SQLITE_IOERR_FSYNC}, {"SQLITE_IOERR_GETTEMPPATH", SQLITE_IOERR_GETTEMPPATH}, {"SQLITE_IOERR_LOCK", SQLITE_IOERR_LOCK},
    {"SQLITE_IOERR_MMAP", SQLITE_IOERR_MMAP}, {"SQLITE_IOERR_NOMEM", SQLITE_IOERR_NOMEM}, {"SQLITE_IOERR_RDLOCK", SQLITE_IOERR_RDLOCK},
    {"SQLITE_IOERR_READ", SQLITE_IOERR_READ}, {"SQLITE_IOERR_ROLLBACK_ATOMIC", SQLITE_IOERR_ROLLBACK_ATOMIC}, {"SQLITE_IOERR_SEEK", SQLITE_IOERR_SEEK},
    {"SQLITE_IOERR_SHMLOCK", SQLITE_IOERR_SHMLOCK}, {"SQLITE_IOERR_SHMMAP", SQLITE_IOERR_SHMMAP}, {"SQLITE_IOERR_SHMOPEN", SQLITE_IOERR_SHMOPEN},
    {"SQLITE_IOERR_SHMSIZE", SQLITE_IOERR_SHMSIZE}, {"SQLITE_IOERR_SHORT_READ", SQLITE_IOERR_SHORT_READ}, {"SQLITE_IOERR_TRUNCATE", SQLITE_IOERR_TRUNCATE},
    {"SQLITE_IOERR_UNLOCK", SQLITE_IOERR_UNLOCK}, {"SQLITE_IOERR_VNODE", SQLITE_IOERR_VNODE}, {"SQLITE_IOERR_WRITE", SQLITE_IOERR_WRITE},
    {"SQLITE_LOCKED", SQLITE_LOCKED}, {"SQLITE_LOCKED_SHAREDCACHE", SQLITE_LOCKED_SHAREDCACHE}, {"SQLITE_LOCKED_VTAB", SQLITE_LOCKED_VTAB},
    {"SQLITE_MISMATCH", SQLITE_MISMATCH}, {"SQLITE_MISUSE", SQLITE_MISUSE}, {"SQLITE_NOLFS", SQLITE_NOLFS}, {"SQLITE_NOMEM", SQLITE_NOMEM},
    {"SQLITE_NOTADB", SQLITE_NOTADB}, {"SQLITE_NOTFOUND", SQLITE_NOTFOUND}, {"SQLITE_NOTICE", SQLITE_NOTICE},
    {"SQLITE_NOTICE_RECOVER_ROLLBACK", SQLITE_NOTICE_RECOVER_ROLLBACK}, {"SQLITE_NOTICE_RECOVER_WAL", SQLITE_NOTICE_RECOVER_WAL}, {"SQLITE_OK", SQLITE_OK},
    {"SQLITE_OK_LOAD_PERMANENTLY", SQLITE_OK_LOAD_PERMANENTLY}, {"SQLITE_OK_SYMLINK", SQLITE_OK_SYMLINK}, {"SQLITE_PERM", SQLITE_PERM},
    {"SQLITE_PROTOCOL", SQLITE_PROTOCOL}, {"SQLITE_RANGE", SQLITE_RANGE}, {"SQLITE_READONLY", SQLITE_READONLY}, {"SQLITE_READONLY_CANTINIT", SQLITE_READONLY_CANTINIT},
    {"SQLITE_READONLY_CANTLOCK", SQLITE_READONLY_CANTLOCK}, {"SQLITE_READONLY_DBMOVED", SQLITE_READONLY_DBMOVED},
    {"SQLITE_READONLY_DIRECTORY", SQLITE_READONLY_DIRECTORY}, {"SQLITE_READONLY_RECOVERY", SQLITE_READONLY_RECOVERY},
    {"SQLITE_READONLY_ROLLBACK", SQLITE_READONLY_ROLLBACK}, {"SQLITE_ROW", SQLITE_ROW}, {"SQLITE_SCHEMA", SQLITE_SCHEMA}, {"SQLITE_TOOBIG", SQLITE_TOOBIG},
    {"SQLITE_WARNING", SQLITE_WARNING}, {"SQLITE_WARNING_AUTOINDEX", SQLITE_WARNING_AUTOINDEX},
};
const char *im_sql_code_name(int code)
{
    for (size_t i = 0; i < IM_COUNTOF(codes); i++)
        if (codes[i].value == code) return codes[i].name;
    return "unknown";
}
static ImSqlError kind_of(int code)
{
    switch (code) {
    case SQLITE_INTERNAL: case SQLITE_NOTFOUND: return IM_SQL_INTERNAL;
    case SQLITE_ERROR: case SQLITE_PERM: case SQLITE_ABORT: case SQLITE_BUSY: case SQLITE_LOCKED: case SQLITE_READONLY: case SQLITE_INTERRUPT: case SQLITE_IOERR: case SQLITE_FULL: case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL: case SQLITE_EMPTY: case SQLITE_SCHEMA: return IM_SQL_OPERATIONAL;
    case SQLITE_CORRUPT: return IM_SQL_DATABASE;
    case SQLITE_TOOBIG: return IM_SQL_DATA;
    case SQLITE_CONSTRAINT: case SQLITE_MISMATCH: return IM_SQL_INTEGRITY;
    case SQLITE_MISUSE: case SQLITE_RANGE: return IM_SQL_INTERFACE;
    default: return IM_SQL_DATABASE;
    }
}
Value im_sql_raise_db(Thread *t, sqlite3 *db)
{
    int code = sqlite3_errcode(db), extended = sqlite3_extended_errcode(db);
    if (code == SQLITE_NOMEM) return im_raise_memory(t);
    im_sql_raise(t, kind_of(code), "%s", sqlite3_errmsg(db));
    Value e = im_exc_fetch(t), name = im_str_from_cstr(t, im_sql_code_name(extended));
    if (im_no_value(name) || im_setattr(t, e, IM_S(sqlite_errorcode), im_int(extended)) < 0 || im_setattr(t, e, IM_S(sqlite_errorname), name) < 0) im_exc_clear(t);
    im_xdrop(t, name);
    im_exc_restore(t, e);
    return IM_NO_VALUE;
}
const char *im_sql_text_arg(Thread *t, Value v, const char *who, const char *which)
{
    ssize_t n;
    if (!im_is_str(v)) return im_raise_type(t, "%s() argument %s must be str, not %T", who, which, v), NULL;
    const char *s = im_str_utf8(t, v, &n);
    if (s && strlen(s) != (size_t)n) return im_raise_valueerror(t, "embedded null character"), NULL;
    return s;
}

/* --- connections ------------------------------------------------------------------------------------------------------------------------------------------------ */

static int closed(Thread *t) { return im_sql_raise(t, IM_SQL_PROGRAMMING, "Cannot operate on a closed database."), -1; }
int im_sql_check(Thread *t, ImSqlConnection *c)
{
    if (!im_load_acquire(&c->initialized)) return im_sql_raise(t, IM_SQL_PROGRAMMING, "Base Connection.__init__ not called."), -1;
    if (c->check_thread && c->thread != t->ident)
        return im_sql_raise(t, IM_SQL_PROGRAMMING, "SQLite objects created in a thread can only be used in that same thread. The object was created in thread id %llu and this is thread id %llu.",
                            (unsigned long long)c->thread, (unsigned long long)t->ident), -1;
    return im_load_relaxed(&c->db) ? 0 : closed(t);
}
int im_sql_lock(Thread *t, ImSqlConnection *c)
{
    if (im_sql_check(t, c) < 0) return -1;
    im_own_lock(t, &c->lock);
    if (c->db) return 0;
    im_own_unlock(&c->lock);
    return closed(t);
}
static void close_now(Thread *t, sqlite3 *db)
{
    int r;
    /* Cursors and blobs live on, but hold no lock of the database. */
    for (sqlite3_stmt *s = NULL; (s = sqlite3_next_stmt(db, s));) IM_SQL(t, r, sqlite3_reset(s));
    IM_SQL(t, r, sqlite3_close_v2(db));
    (void)r;
}
void im_sql_unlock(Thread *t, ImSqlConnection *c)
{
    if (c->doomed && c->lock.depth == 1 && !c->pins) {
        sqlite3 *db = c->doomed;
        c->doomed = NULL;
        close_now(t, db);
    }
    im_own_unlock(&c->lock);
}
/* Those who only look hold the object's lock, and wait for no statement. */
static void set_db(Thread *t, ImSqlConnection *c, sqlite3 *db)
{
    bool shared = !im_is_private_obj(&c->head);
    if (shared) im_object_lock(t, &c->head);
    im_store_relaxed(&c->db, db);
    if (shared) im_object_unlock(t, &c->head);
}
#define LOOK(t, c, r, expr) do { \
        bool shared_ = !im_is_private_obj(&(c)->head); \
        if (shared_) im_object_lock(t, &(c)->head); \
        sqlite3 *db = (c)->db; \
        if (db) (r) = (expr); \
        if (shared_) im_object_unlock(t, &(c)->head); \
        if (!db) return closed(t), IM_NO_VALUE; \
    } while (0)
int im_sql_simple(Thread *t, ImSqlConnection *c, const char *sql)
{
    sqlite3_stmt *s = NULL;
    sqlite3 *db = c->db;
    int r;
    if (!db) return closed(t);
    IM_SQL(t, r, sqlite3_prepare_v2(db, sql, -1, &s, NULL));
    if (r == SQLITE_OK) {
        IM_SQL(t, r, sqlite3_step(s));
        IM_SQL(t, r, sqlite3_finalize(s));
    }
    if (im_pending(t)) return -1;
    if (r != SQLITE_OK) im_sql_raise_db(t, db);
    return r == SQLITE_OK ? 0 : -1;
}
static int level_arg(Thread *t, Value v, const char **begin)
{
    static const struct { const char *name, *sql; } levels[] = {{"", "BEGIN "}, {"DEFERRED", "BEGIN DEFERRED"}, {"IMMEDIATE", "BEGIN IMMEDIATE"}, {"EXCLUSIVE", "BEGIN EXCLUSIVE"}};
    *begin = NULL;
    if (im_is_none(v)) return 0;
    if (!im_is_str(v)) return im_raise_type(t, "isolation_level must be str or None"), -1;
    const char *s = im_str_utf8(t, v, NULL);
    if (!s) return -1;
    if (strlen(s) != (size_t)im_str_len(v)) s = "?";
    for (size_t i = 0; i < IM_COUNTOF(levels); i++)
        if (sqlite3_stricmp(s, levels[i].name) == 0) return *begin = levels[i].sql, 0;
    return im_raise_valueerror(t, "isolation_level string must be '', 'DEFERRED', 'IMMEDIATE', or 'EXCLUSIVE'"), -1;
}
static int autocommit_arg(Thread *t, Value v, int *out)
{
    if (im_is_bool(v)) return *out = im_same(v, IM_TRUE), 0;
    if (im_is_int(v) && im_as_int(t, v, out) == 0 && *out == -1) return 0;
    return im_raise_valueerror(t, "autocommit must be True, False, or sqlite3.LEGACY_TRANSACTION_CONTROL"), -1;
}
#define SIG "(database, timeout=5.0, detect_types=0, isolation_level='', check_same_thread=True, factory=ConnectionType, cached_statements=128, uri=False, *, autocommit=sqlite3.LEGACY_TRANSACTION_CONTROL)"
#define POSITIONAL "Passing more than 1 positional argument to %s() is deprecated. Parameters 'timeout', 'detect_types', 'isolation_level', 'check_same_thread', 'factory', " \
    "'cached_statements' and 'uri' will become keyword-only parameters in Python 3.15."
static int connection_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImSqlConnection *c = CONN(self);
    ImArgs a;
    double timeout = 5;
    int check = 1, uri = 0, autocommit = -1, types = 0, rc = -1, r = 0, cached = 128;
    const char *begin = "BEGIN ";
    Value path = IM_NO_VALUE, level = IM_NO_VALUE;
    sqlite3 *db = NULL;
    bool locked = false;
    if (nargs > 1 && nargs <= 8 && im_warn(t, &im_DeprecationWarning_type, 1, POSITIONAL, "_sqlite3.Connection") < 0) return -1;
    if (im_parse_args(t, "Connection", SIG, args, nargs, kwnames, &a) < 0) return -1;
    if ((!im_no_value(a.v[1]) && im_as_double(t, a.v[1], &timeout) < 0) || (!im_no_value(a.v[2]) && im_as_int(t, a.v[2], &types) < 0) || (!im_no_value(a.v[3]) && level_arg(t, a.v[3], &begin) < 0) ||
        (!im_no_value(a.v[4]) && (check = im_truth(t, a.v[4])) < 0) || (!im_no_value(a.v[6]) && im_as_int(t, a.v[6], &cached) < 0) || (!im_no_value(a.v[7]) && (uri = im_truth(t, a.v[7])) < 0) || (!im_no_value(a.v[8]) && autocommit_arg(t, a.v[8], &autocommit) < 0)) goto done;
    if (IM_AUDIT(t, "sqlite3.connect", a.v[0]) < 0) goto done;
    path = im_fs_encode(t, a.v[0]);
    level = im_no_value(a.v[3]) ? im_str_from_cstr(t, "") : im_new_ref(a.v[3]);
    if (im_no_value(path) || im_no_value(level)) goto done;
    im_own_lock(t, &c->lock);
    locked = true;
    if (c->lock.depth > 1 || c->pins) {
        im_sql_raise(t, IM_SQL_PROGRAMMING, "Recursive use of connections not allowed.");
        goto done;
    }
    im_store_release(&c->initialized, false);
    if (c->db) {
        sqlite3 *old = c->db;
        set_db(t, c, NULL);
        im_sql_forget_plans(t, c);
        IM_SQL(t, r, sqlite3_close_v2(old)); /* cursors that stand on rows of it go on */
    }
    IM_SQL(t, r, sqlite3_open_v2(im_bytes_data(path), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | (uri ? SQLITE_OPEN_URI : 0), NULL));
    if (r != SQLITE_OK || !db) {
        if (db) im_sql_raise_db(t, db);
        else im_raise_memory(t);
        if (db) sqlite3_close(db);
        goto done;
    }
    sqlite3_busy_timeout(db, (int)(timeout * 1000));
    set_db(t, c, db);
    c->plan_limit = cached < 0 ? 0 : cached;
    c->begin = begin;
    c->autocommit = autocommit;
    c->detect_types = types;
    c->check_thread = check;
    c->thread = t->ident;
    im_slot_put(t, im_ptr(self), &c->x_level, level);
    level = IM_NO_VALUE;
    im_slot_put(t, im_ptr(self), &c->x_row_factory, IM_NONE);
    im_slot_put(t, im_ptr(self), &c->x_text_factory, im_type_value(&im_str_type));
    Value kept = im_list_new(t, 0), running = im_dict_new(t);
    if (im_no_value(kept) || im_no_value(running)) goto done;
    im_slot_put(t, im_ptr(self), &c->kept, kept);
    im_slot_put(t, im_ptr(self), &c->running, running);
    im_store_release(&c->initialized, true);
    if (IM_AUDIT(t, "sqlite3.connect/handle", self) < 0) goto done;
    rc = autocommit == 0 ? im_sql_simple(t, c, "BEGIN") : 0;
done:
    if (locked) im_sql_unlock(t, c);
    im_xdrop(t, path);
    im_xdrop(t, level);
    im_args_fini(t, &a);
    return rc;
}
static Value connection_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    return im_instance_new(t, type);
}
static int finish(Thread *t, ImSqlConnection *c, bool commit)
{
    if (im_sql_lock(t, c) < 0) return -1;
    int r = 0;
    if (c->autocommit == 0 || (c->autocommit == -1 && !sqlite3_get_autocommit(c->db))) r = im_sql_simple(t, c, commit ? "COMMIT" : "ROLLBACK");
    if (r == 0 && c->autocommit == 0) r = im_sql_simple(t, c, "BEGIN");
    im_sql_unlock(t, c);
    return r;
}
IM_METHOD(c_commit) { return finish(t, CONN(self), true) < 0 ? IM_NO_VALUE : IM_NONE; }
IM_METHOD(c_rollback) { return finish(t, CONN(self), false) < 0 ? IM_NO_VALUE : IM_NONE; }
IM_METHOD(c_close)
{
    ImSqlConnection *c = CONN(self);
    if (!im_load_acquire(&c->initialized)) return im_sql_raise(t, IM_SQL_PROGRAMMING, "Base Connection.__init__ not called.");
    if (!im_load_relaxed(&c->db)) return IM_NONE;
    if (im_sql_check(t, c) < 0) return IM_NO_VALUE;
    im_own_lock(t, &c->lock);
    int rc = c->db && c->autocommit == 0 && !sqlite3_get_autocommit(c->db) ? im_sql_simple(t, c, "ROLLBACK") : 0;
    sqlite3 *db = c->db;
    if (db) {
        set_db(t, c, NULL);
        im_sql_forget_plans(t, c);
        if (c->lock.depth > 1 || c->pins) c->doomed = db; /* SQLite or a backup is still at work with it */
        else close_now(t, db);
    }
    im_sql_unlock(t, c);
    return rc < 0 ? IM_NO_VALUE : IM_NONE;
}
IM_METHOD(c_enter) { return im_sql_check(t, CONN(self)) < 0 ? IM_NO_VALUE : im_new_ref(self); }
IM_METHOD(c_exit)
{
    bool commit = im_is_none(args[0]) && im_is_none(args[1]) && im_is_none(args[2]);
    if (finish(t, CONN(self), commit) == 0) return IM_FALSE;
    if (commit) { /* what failed to be committed is undone */
        Value e = im_exc_fetch(t);
        if (finish(t, CONN(self), false) < 0) {
            Value second = im_exc_fetch(t);
            im_exc_set_context(t, second, e);
            im_exc_restore(t, second);
        } else im_exc_restore(t, e);
    }
    return IM_NO_VALUE;
}
static Value make_cursor(Thread *t, Value self, Value factory)
{
    if (im_sql_check(t, CONN(self)) < 0) return IM_NO_VALUE;
    Value cur = im_call1(t, im_no_value(factory) ? im_type_value(&im_sql_cursor_type) : factory, self);
    if (im_no_value(cur) || im_is_instance_of(cur, &im_sql_cursor_type)) {
        Value f = im_no_value(cur) ? IM_NO_VALUE : im_slot_get(t, NULL, &CONN(self)->x_row_factory);
        if (!im_no_value(f) && !im_is_none(f)) im_slot_put(t, im_ptr(cur), &CUR(cur)->x_row_factory, f);
        return cur;
    }
    im_raise_type(t, "factory must return a cursor, not %.100s", im_type_cname(im_type_of(cur)));
    im_drop(t, cur);
    return IM_NO_VALUE;
}
IM_METHOD(c_cursor) { return make_cursor(t, self, args[0]); }
static Value through_cursor(Thread *t, Value self, Value name, const Value *args, size_t nargs)
{
    Value cur = make_cursor(t, self, IM_NO_VALUE), r = im_no_value(cur) ? cur : im_call_method(t, cur, name, args, nargs, IM_NO_VALUE);
    im_xdrop(t, cur);
    return r;
}
IM_METHOD(c_execute) { return through_cursor(t, self, IM_S(execute), args, nargs); }
IM_METHOD(c_executemany) { return through_cursor(t, self, IM_S(executemany), args, nargs); }
IM_METHOD(c_executescript) { return through_cursor(t, self, IM_S(executescript), args, nargs); }
IM_METHOD(c_interrupt)
{
    ImSqlConnection *c = CONN(self);
    int done;
    if (!im_load_acquire(&c->initialized)) return im_sql_raise(t, IM_SQL_PROGRAMMING, "Base Connection.__init__ not called.");
    LOOK(t, c, done, (sqlite3_interrupt(db), 0)); /* made for other threads */
    (void)done;
    return IM_NONE;
}
IM_METHOD(c_iterdump)
{
    if (im_sql_check(t, CONN(self)) < 0) return IM_NO_VALUE;
    Value f = im_import_from(t, "sqlite3.dump", "_iterdump"), names = im_tuple_pack(t, 1, IM_S(filter)), a[2] = {self, im_no_value(args[0]) ? IM_NONE : args[0]};
    Value r = im_no_value(f) || im_no_value(names) ? IM_NO_VALUE : im_call(t, f, a, 1, names);
    im_xdrop(t, f);
    im_xdrop(t, names);
    return r;
}

/* --- functions of the program in SQL ------------------------------------------------------------------------------------------------------------------------------- */

/* What SQLite gets as user data: the connection keeps the function alive. */
typedef struct Callback { ImSqlConnection *c; Value f; } Callback;
static void free_callback(void *p) { free(p); }
static Callback *new_callback(Thread *t, ImSqlConnection *c, Value f)
{
    Callback *k = malloc(sizeof *k);
    if (!k) return im_raise_memory(t), NULL;
    Value kept = im_slot_get(t, NULL, &c->kept);
    int r = im_list_append(t, kept, f);
    im_drop(t, kept);
    if (r < 0) {
        free(k);
        return NULL;
    }
    *k = (Callback){c, f};
    return k;
}
static Value param_value(Thread *t, sqlite3_value *v)
{
    switch (sqlite3_value_type(v)) {
    case SQLITE_INTEGER: return im_int_new(t, sqlite3_value_int64(v));
    case SQLITE_FLOAT: return im_float_new(t, sqlite3_value_double(v));
    case SQLITE_TEXT: return im_str_from_utf8(t, (const char *)sqlite3_value_text(v), sqlite3_value_bytes(v));
    case SQLITE_BLOB: return im_bytes_new(t, sqlite3_value_blob(v) ? sqlite3_value_blob(v) : "", sqlite3_value_bytes(v));
    default: return IM_NONE;
    }
}
static Value params_tuple(Thread *t, int n, sqlite3_value **v)
{
    Value items[128];
    for (int i = 0; i < n; i++) items[i] = param_value(t, v[i]);
    return im_tuple_of(t, items, (size_t)n);
}
static int set_result(Thread *t, sqlite3_context *x, Value v)
{
    int64_t n;
    if (im_is_none(v)) sqlite3_result_null(x);
    else if (im_is_int_like(v)) {
        if (!im_int_get64(v, &n)) return im_raise_overflow(t, "Python int too large to convert to SQLite INTEGER"), -1;
        sqlite3_result_int64(x, n);
    } else if (im_type_has(im_type_of(v), IM_TF_FLOAT)) {
        double d;
        if (im_as_double(t, v, &d) < 0) return -1;
        sqlite3_result_double(x, d);
    } else if (im_is_str(v)) {
        ssize_t len;
        const char *s = im_str_utf8(t, v, &len);
        if (!s) return -1;
        if (len > INT32_MAX) return im_raise_overflow(t, "string is longer than INT_MAX bytes"), -1;
        sqlite3_result_text(x, s, (int)len, SQLITE_TRANSIENT);
    } else if (im_buffer_check(v)) {
        ImBuffer b;
        if (im_buffer_get(t, v, &b, IM_BUF_SIMPLE) < 0) return -1;
        sqlite3_result_blob(x, b.buf, (int)b.len, SQLITE_TRANSIENT);
        im_buffer_release(t, &b);
    } else return im_raise_type(t, "unsupported type"), -1;
    return 0;
}
static void report(Thread *t, sqlite3_context *x, Value f, const char *text)
{
    if (im_pending_is(t, &im_MemoryError_type)) sqlite3_result_error_nomem(x);
    else if (im_pending_is(t, &im_OverflowError_type)) sqlite3_result_error_toobig(x);
    else sqlite3_result_error(x, text, -1);
    if (im_sql_x_tracebacks) im_write_unraisable(t, NULL, f);
    else im_exc_clear(t);
}
/* Most calls into SQLite are made detached; a few are not. */
static bool call_in(Thread *t)
{
    if (t->attached) return true;
    im_thread_attach(t);
    return false;
}
static void call_out(Thread *t, bool in) { if (!in) im_thread_detach(t); }
static void on_function(sqlite3_context *x, int n, sqlite3_value **v)
{
    Thread *t = im_thread_current();
    Callback *k = sqlite3_user_data(x);
    bool in = call_in(t);
    Value args = params_tuple(t, n, v), r = im_no_value(args) ? args : im_call_ex(t, k->f, args, IM_NO_VALUE);
    if (im_no_value(r) || set_result(t, x, r) < 0) report(t, x, k->f, "user-defined function raised exception");
    im_xdrop(t, args);
    im_xdrop(t, r);
    call_out(t, in);
}
/* The instance of an aggregate that is being computed, owned; made at the first step. */
static Value instance_of(Thread *t, sqlite3_context *x, Callback *k, bool make)
{
    int64_t *number = sqlite3_aggregate_context(x, make ? sizeof *number : 0);
    Value d = im_slot_get(t, NULL, &k->c->running), v = IM_NO_VALUE;
    if (number && *number) {
        if (im_dict_get(t, d, im_int(*number), &v) < 0) v = IM_NO_VALUE;
    }
    else if (number && make && !im_no_value(v = im_call0(t, k->f))) {
        *number = ++k->c->last_running;
        if (im_dict_set(t, d, im_int(*number), v) < 0) IM_CLEAR(t, v);
    }
    im_drop(t, d);
    return v;
}
static void report_method(Thread *t, sqlite3_context *x, Value f, const char *method, const char *what)
{
    char text[80];
    (void)snprintf(text, sizeof text, "user-defined aggregate's '%s' method %s", method, what);
    report(t, x, f, text);
}
/* One row for the aggregate's method of that name; `make`: the first row makes the aggregate. */
static void row_for(sqlite3_context *x, int n, sqlite3_value **v, const char *method, bool make)
{
    Thread *t = im_thread_current();
    Callback *k = sqlite3_user_data(x);
    bool in = call_in(t);
    Value o = instance_of(t, x, k, make), f = IM_NO_VALUE, name = IM_NO_VALUE;
    if (im_no_value(o)) {
        if (make) report_method(t, x, k->f, "__init__", "raised error");
    } else if (im_no_value(name = im_str_from_cstr(t, method)) || im_no_value(f = im_getattr(t, o, name))) {
        report_method(t, x, k->f, method, "not defined");
    } else {
        Value args = params_tuple(t, n, v), r = im_no_value(args) ? args : im_call_ex(t, f, args, IM_NO_VALUE);
        if (im_no_value(r)) report_method(t, x, k->f, method, "raised error");
        im_xdrop(t, args);
        im_xdrop(t, r);
    }
    im_xdrop(t, name);
    im_xdrop(t, f);
    im_xdrop(t, o);
    call_out(t, in);
}
static void on_step(sqlite3_context *x, int n, sqlite3_value **v) { row_for(x, n, v, "step", true); }
static void on_final(sqlite3_context *x)
{
    Thread *t = im_thread_current();
    Callback *k = sqlite3_user_data(x);
    bool in = call_in(t);
    int64_t *number = sqlite3_aggregate_context(x, 0);
    Value o = instance_of(t, x, k, false), r;
    if (number && *number) { /* null: no row was seen, or __init__ failed */
        if (!im_no_value(o)) {
            r = im_call_method0(t, o, IM_S(finalize));
            if (im_no_value(r) || set_result(t, x, r) < 0)
                report_method(t, x, k->f, "finalize", im_pending_is(t, &im_AttributeError_type) ? "not defined" : "raised error");
            im_xdrop(t, r);
        }
        Value d = im_slot_get(t, NULL, &k->c->running);
        if (im_dict_del(t, d, im_int(*number)) < 0) im_exc_clear(t);
        im_drop(t, d);
    }
    im_xdrop(t, o);
    call_out(t, in);
}
/* The value of the window so far, and a row that leaves it. */
static void on_value(sqlite3_context *x)
{
    Thread *t = im_thread_current();
    Callback *k = sqlite3_user_data(x);
    bool in = call_in(t);
    Value o = instance_of(t, x, k, false), f = IM_NO_VALUE, r;
    if (!im_no_value(o) && im_no_value(f = im_getattr(t, o, IM_S(value)))) report_method(t, x, k->f, "value", "not defined");
    else if (!im_no_value(f)) {
        r = im_call0(t, f);
        if (im_no_value(r) || set_result(t, x, r) < 0) report_method(t, x, k->f, "value", "raised error");
        im_xdrop(t, r);
    }
    im_xdrop(t, f);
    im_xdrop(t, o);
    call_out(t, in);
}
static void on_inverse(sqlite3_context *x, int n, sqlite3_value **v) { row_for(x, n, v, "inverse", false); }
static int on_collation(void *p, int n, const void *a, int m, const void *b)
{
    Thread *t = im_thread_current();
    Callback *k = p;
    int result = 0;
    bool in = call_in(t);
    if (!im_pending(t)) {
        Value x = im_str_from_utf8(t, a, n), y = im_no_value(x) ? x : im_str_from_utf8(t, b, m), r = im_no_value(y) ? y : im_call2(t, k->f, x, y);
        int64_t v = 0;
        if (!im_no_value(r) && im_as_int64(t, r, &v) == 0) result = v > 0 ? 1 : v < 0 ? -1 : 0;
        im_exc_clear(t);
        im_xdrop(t, x);
        im_xdrop(t, y);
        im_xdrop(t, r);
    }
    call_out(t, in);
    return result;
}
static Value add_function(Thread *t, Value self, Value name, Value narg, Value f, int flags, bool aggregate)
{
    ImSqlConnection *c = CONN(self);
    int n, r;
    const char *s;
    Callback *k = NULL;
    if (im_sql_check(t, c) < 0 || !(s = im_sql_text_arg(t, name, aggregate ? "create_aggregate" : "create_function", "'name'")) || im_as_int(t, narg, &n) < 0 || (!im_is_none(f) && !(k = new_callback(t, c, f)))) return IM_NO_VALUE;
    if (im_sql_lock(t, c) < 0) {
        free(k);
        return IM_NO_VALUE;
    }
    if (!k) r = sqlite3_create_function_v2(c->db, s, n, flags, NULL, NULL, NULL, NULL, NULL);
    else r = sqlite3_create_function_v2(c->db, s, n, flags, k, aggregate ? NULL : on_function, aggregate ? on_step : NULL, aggregate ? on_final : NULL, free_callback);
    im_sql_unlock(t, c);
    return r == SQLITE_OK ? IM_NONE : im_sql_raise(t, IM_SQL_OPERATIONAL, aggregate ? "Error creating aggregate" : "Error creating function");
}
/* Methods whose first arguments are still taken by keyword, with a warning. */
#define OLD_KEYWORDS(ident, name, sig, positional, what, params, body) \
    IM_METHOD(ident) \
    { \
        ImArgs a; \
        if (im_parse_args(t, name, sig, args, nargs, kwnames, &a) < 0) return IM_NO_VALUE; \
        Value r = nargs < positional && im_warn(t, &im_DeprecationWarning_type, 1, "Passing keyword argument" what " to _sqlite3.Connection." name "() is deprecated. Parameter" params \
            " will become positional-only in Python 3.15.") < 0 ? IM_NO_VALUE : body(t, self, a.v); \
        im_args_fini(t, &a); \
        return r; \
    }
static Value create_function(Thread *t, Value self, const Value *args)
{
    int pure = im_no_value(args[3]) ? 0 : im_truth(t, args[3]);
    return pure < 0 ? IM_NO_VALUE : add_function(t, self, args[0], args[1], args[2], SQLITE_UTF8 | (pure ? SQLITE_DETERMINISTIC : 0), false);
}
static Value create_aggregate(Thread *t, Value self, const Value *args) { return add_function(t, self, args[0], args[1], args[2], SQLITE_UTF8, true); }
OLD_KEYWORDS(c_create_function, "create_function", "(name, narg, func, *, deterministic=False)", 3, "s 'name', 'narg' and 'func'", "s 'name', 'narg' and 'func'", create_function)
OLD_KEYWORDS(c_create_aggregate, "create_aggregate", "(name, n_arg, aggregate_class)", 3, "s 'name', 'n_arg' and 'aggregate_class'", "s 'name', 'n_arg' and 'aggregate_class'", create_aggregate)
IM_METHOD(c_create_window_function)
{
    ImSqlConnection *c = CONN(self);
    int n, r;
    const char *s;
    Callback *k = NULL;
    if (!(s = im_sql_text_arg(t, args[0], "create_window_function", "1")) || im_as_int(t, args[1], &n) < 0 || im_sql_check(t, c) < 0 || (!im_is_none(args[2]) && !(k = new_callback(t, c, args[2])))) return IM_NO_VALUE;
    if (im_sql_lock(t, c) < 0) {
        free(k);
        return IM_NO_VALUE;
    }
    if (k) r = sqlite3_create_window_function(c->db, s, n, SQLITE_UTF8, k, on_step, on_final, on_value, on_inverse, free_callback);
    else r = sqlite3_create_window_function(c->db, s, n, SQLITE_UTF8, NULL, NULL, NULL, NULL, NULL, NULL);
    im_sql_unlock(t, c);
    return r == SQLITE_OK ? IM_NONE : im_sql_raise(t, IM_SQL_PROGRAMMING, "%s", sqlite3_errstr(r)); /* misuse is not noted in the connection */
}
IM_METHOD(c_create_collation)
{
    ImSqlConnection *c = CONN(self);
    const char *s;
    Callback *k = NULL;
    if (im_sql_check(t, c) < 0 || !(s = im_sql_text_arg(t, args[0], "create_collation", "1"))) return IM_NO_VALUE;
    if (!im_is_none(args[1]) && !im_callable(args[1])) return im_raise_type(t, "parameter must be callable");
    if (!im_is_none(args[1]) && !(k = new_callback(t, c, args[1]))) return IM_NO_VALUE;
    if (im_sql_lock(t, c) < 0) {
        free(k);
        return IM_NO_VALUE;
    }
    Value result = IM_NONE;
    if (sqlite3_create_collation_v2(c->db, s, SQLITE_UTF8, k, k ? on_collation : NULL, free_callback) != SQLITE_OK) {
        free(k); /* this one does not free it when it fails */
        result = im_sql_raise_db(t, c->db);
    }
    im_sql_unlock(t, c);
    return result;
}
static int on_progress(void *p)
{
    Thread *t = im_thread_current();
    Callback *k = p;
    bool in = call_in(t);
    Value r = im_call0(t, k->f);
    int stop = im_no_value(r) ? 1 : im_truth(t, r);
    if (stop < 0) stop = 1;
    if (im_pending(t) && im_sql_x_tracebacks) im_write_unraisable(t, NULL, k->f);
    im_exc_clear(t);
    im_xdrop(t, r);
    call_out(t, in);
    return stop;
}
static Value set_progress(Thread *t, Value self, const Value *args)
{
    ImSqlConnection *c = CONN(self);
    int n;
    Callback *k = NULL;
    if (im_sql_check(t, c) < 0 || im_as_int(t, args[1], &n) < 0 || (!im_is_none(args[0]) && !(k = new_callback(t, c, args[0])))) return IM_NO_VALUE;
    if (im_sql_lock(t, c) < 0) {
        free(k);
        return IM_NO_VALUE;
    }
    sqlite3_progress_handler(c->db, k ? n : 0, k ? on_progress : NULL, k);
    im_sql_unlock(t, c); /* k lives on: SQLite does not say when it lets go */
    return IM_NONE;
}
static int on_trace(unsigned type, void *p, void *stmt, void *text)
{
    Thread *t = im_thread_current();
    Callback *k = p;
    if (type != SQLITE_TRACE_STMT) return 0;
    bool in = call_in(t);
    char *expanded = sqlite3_expanded_sql(stmt);
    if (!expanded) {
        im_sql_raise(t, IM_SQL_DATA, "Expanded SQL string exceeds the maximum string length");
        if (im_sql_x_tracebacks) im_write_unraisable(t, NULL, k->f);
        else im_exc_clear(t);
    }
    Value s = im_str_from_cstr(t, expanded ? expanded : text ? text : ""), r = im_no_value(s) ? s : im_call1(t, k->f, s);
    sqlite3_free(expanded);
    if (im_pending(t) && im_sql_x_tracebacks) im_write_unraisable(t, NULL, k->f);
    im_exc_clear(t);
    im_xdrop(t, s);
    im_xdrop(t, r);
    call_out(t, in);
    return 0;
}
static Value set_trace(Thread *t, Value self, const Value *args)
{
    ImSqlConnection *c = CONN(self);
    Callback *k = NULL;
    if (im_sql_check(t, c) < 0 || (!im_is_none(args[0]) && !(k = new_callback(t, c, args[0])))) return IM_NO_VALUE;
    if (im_sql_lock(t, c) < 0) {
        free(k);
        return IM_NO_VALUE;
    }
    (void)sqlite3_trace_v2(c->db, k ? SQLITE_TRACE_STMT : 0, k ? on_trace : NULL, k);
    im_sql_unlock(t, c);
    return IM_NONE;
}
static Value text_or_none(Thread *t, const char *s) { return s ? im_str_from_cstr(t, s) : IM_NONE; }
static int on_authorize(void *p, int action, const char *a, const char *b, const char *db, const char *where)
{
    Thread *t = im_thread_current();
    Callback *k = p;
    int verdict = SQLITE_DENY;
    bool in = call_in(t);
    Value v[5] = {im_int(action), text_or_none(t, a), text_or_none(t, b), text_or_none(t, db), text_or_none(t, where)};
    Value r = im_pending(t) ? IM_NO_VALUE : im_call(t, k->f, v, 5, IM_NO_VALUE);
    if (!im_no_value(r) && !im_is_int_like(r)) im_raise_type(t, "an integer is required"); /* denied */
    else if (!im_no_value(r) && im_as_int(t, r, &verdict) < 0) verdict = SQLITE_DENY;
    if (im_pending(t) && im_sql_x_tracebacks) im_write_unraisable(t, NULL, k->f);
    im_exc_clear(t);
    im_xdrop(t, r);
    for (int i = 0; i < 5; i++) im_xdrop(t, v[i]);
    call_out(t, in);
    return verdict;
}
static Value set_authorizer(Thread *t, Value self, const Value *args)
{
    ImSqlConnection *c = CONN(self);
    Callback *k = NULL;
    if (im_sql_check(t, c) < 0 || (!im_is_none(args[0]) && !(k = new_callback(t, c, args[0])))) return IM_NO_VALUE;
    if (im_sql_lock(t, c) < 0) {
        free(k);
        return IM_NO_VALUE;
    }
    int r = sqlite3_set_authorizer(c->db, k ? on_authorize : NULL, k);
    im_sql_unlock(t, c);
    return r == SQLITE_OK ? IM_NONE : im_sql_raise(t, IM_SQL_OPERATIONAL, "Error setting authorizer callback");
}
OLD_KEYWORDS(c_set_progress, "set_progress_handler", "(progress_handler, n)", 1, " 'progress_handler'", " 'progress_handler'", set_progress)
OLD_KEYWORDS(c_set_trace, "set_trace_callback", "(trace_callback)", 1, " 'trace_callback'", " 'trace_callback'", set_trace)
OLD_KEYWORDS(c_set_authorizer, "set_authorizer", "(authorizer_callback)", 1, " 'authorizer_callback'", " 'authorizer_callback'", set_authorizer)
IM_METHOD(c_getconfig) { return im_sql_config(t, self, args, nargs, IM_TRUE); }
IM_METHOD(c_setconfig) { return im_sql_config(t, self, args, nargs, IM_NO_VALUE); }
static Value connection_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    if (im_sql_check(t, CONN(self)) < 0 || im_no_kwargs(t, "sqlite3.Connection", kwnames) < 0) return IM_NO_VALUE;
    if (nargs != 1) return im_raise_type(t, "function takes exactly 1 argument (%zu given)", nargs);
    return im_is_str(args[0]) ? im_sql_statement(t, self, args[0]) : im_raise_type(t, "argument 1 must be str, not %T", args[0]);
}
IM_METHOD(c_limit)
{
    int category, limit = -1;
    if (im_sql_check(t, CONN(self)) < 0 || im_as_int(t, args[0], &category) < 0 || (nargs > 1 && im_as_int(t, args[1], &limit) < 0)) return IM_NO_VALUE;
    int r = -1;
    LOOK(t, CONN(self), r, sqlite3_limit(db, category, limit));
    return r < 0 ? im_sql_raise(t, IM_SQL_PROGRAMMING, "'category' is out of bounds") : im_int(r);
}
/* The database, which stays open until it is unpinned. */
static sqlite3 *pin(Thread *t, ImSqlConnection *c)
{
    if (im_sql_lock(t, c) < 0) return NULL;
    sqlite3 *db = c->db;
    c->pins++;
    im_sql_unlock(t, c);
    return db;
}
static void unpin(Thread *t, ImSqlConnection *c)
{
    im_own_lock(t, &c->lock);
    c->pins--;
    im_sql_unlock(t, c);
}
IM_METHOD(c_backup)
{
    ImSqlConnection *c = CONN(self);
    int pages = -1, r;
    double pause = 0.25;
    const char *name = "main";
    if (!im_is_instance_of(args[0], &im_sql_connection_type)) return im_raise_type(t, "backup() argument 'target' must be sqlite3.Connection, not %T", args[0]);
    ImSqlConnection *to = CONN(args[0]);
    if ((!im_no_value(args[1]) && im_as_int(t, args[1], &pages) < 0) || (!im_no_value(args[3]) && !(name = im_sql_text_arg(t, args[3], "backup", "'name'"))) || (!im_no_value(args[4]) && im_as_double(t, args[4], &pause) < 0) ||
        im_sql_check(t, c) < 0) return IM_NO_VALUE;
    if (c == to) return im_raise_valueerror(t, "target cannot be the same connection instance");
    if (im_sql_check(t, to) < 0) return IM_NO_VALUE;
    if (im_given(args[2]) && !im_callable(args[2])) return im_raise_type(t, "progress argument must be a callable");
    sqlite3_backup *b;
    sqlite3 *source, *target;
    if (!(source = pin(t, c))) return IM_NO_VALUE;
    if (!(target = pin(t, to))) {
        unpin(t, c);
        return IM_NO_VALUE;
    }
    IM_SQL(t, b, sqlite3_backup_init(target, "main", source, name)); /* waits for what other threads do with the two */
    if (!b) {
        im_sql_raise_db(t, target);
        goto done;
    }
    do {
        IM_SQL(t, r, sqlite3_backup_step(b, pages ? pages : -1));
        if (im_given(args[2])) {
            Value v = im_call3(t, args[2], im_int(r), im_int(sqlite3_backup_remaining(b)), im_int(sqlite3_backup_pagecount(b)));
            im_xdrop(t, v);
            if (im_no_value(v)) break;
        }
        if (r == SQLITE_BUSY || r == SQLITE_LOCKED) {
            im_thread_detach(t);
            sqlite3_sleep((int)(pause * 1000));
            im_thread_attach(t);
            if (im_poll(t) < 0) break;
        }
    } while (r == SQLITE_OK || r == SQLITE_BUSY || r == SQLITE_LOCKED);
    IM_SQL(t, r, sqlite3_backup_finish(b));
    if (!im_pending(t) && r != SQLITE_OK) im_sql_raise_db(t, target);
done:
    unpin(t, to);
    unpin(t, c);
    return im_pending(t) ? IM_NO_VALUE : IM_NONE;
}

/* --- attributes --------------------------------------------------------------------------------------------------------------------------------------------------- */

#define FACTORY(name, field) \
    static Value get_##name(Thread *t, Value self, void *u) { (void)u; Value v = im_slot_get(t, NULL, &CONN(self)->field); return im_no_value(v) ? IM_NONE : v; } \
    static int set_##name(Thread *t, Value self, Value v, void *u) { (void)u; im_slot_put(t, im_ptr(self), &CONN(self)->field, im_no_value(v) ? IM_NONE : im_new_ref(v)); return 0; }
FACTORY(row_factory, x_row_factory)
FACTORY(text_factory, x_text_factory)
static Value get_level(Thread *t, Value self, void *u) { (void)u; return im_sql_check(t, CONN(self)) < 0 ? IM_NO_VALUE : im_slot_get(t, NULL, &CONN(self)->x_level); }
static int set_level(Thread *t, Value self, Value v, void *u)
{
    (void)u;
    const char *begin;
    if (im_no_value(v)) return im_raise_attr(t, "cannot delete attribute"), -1;
    if (level_arg(t, v, &begin) < 0) return -1;
    if (!begin && finish(t, CONN(self), true) < 0) return -1; /* None ends what is open */
    im_store_relaxed(&CONN(self)->begin, begin);
    im_slot_put(t, im_ptr(self), &CONN(self)->x_level, im_new_ref(v));
    return 0;
}
static Value get_autocommit(Thread *t, Value self, void *u)
{
    (void)u;
    ImSqlConnection *c = CONN(self);
    return im_sql_check(t, c) < 0 ? IM_NO_VALUE : c->autocommit == -1 ? im_int(-1) : im_bool(c->autocommit);
}
static int set_autocommit(Thread *t, Value self, Value v, void *u)
{
    (void)u;
    ImSqlConnection *c = CONN(self);
    int mode;
    if (im_no_value(v)) return im_raise_attr(t, "cannot delete attribute"), -1;
    if (im_sql_check(t, c) < 0 || autocommit_arg(t, v, &mode) < 0 || im_sql_lock(t, c) < 0) return -1;
    bool none = sqlite3_get_autocommit(c->db);
    int r = mode == 1 && !none ? im_sql_simple(t, c, "COMMIT") : mode == 0 && none ? im_sql_simple(t, c, "BEGIN") : 0;
    if (r == 0) c->autocommit = mode;
    im_sql_unlock(t, c);
    return r;
}
static Value get_in_transaction(Thread *t, Value self, void *u)
{
    (void)u;
    int r = 0;
    if (im_sql_check(t, CONN(self)) < 0) return IM_NO_VALUE;
    LOOK(t, CONN(self), r, sqlite3_get_autocommit(db));
    return im_bool(!r);
}
static Value get_changes(Thread *t, Value self, void *u)
{
    (void)u;
    int r = 0;
    if (im_sql_check(t, CONN(self)) < 0) return IM_NO_VALUE;
    LOOK(t, CONN(self), r, sqlite3_total_changes(db));
    return im_int(r);
}
static Value get_error(Thread *t, Value self, void *u) { (void)t, (void)self; return im_new_ref(im_sql_errors[(uintptr_t)u]); }

static int traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImSqlConnection *c = (ImSqlConnection *)o;
    Value v[] = {c->x_level, c->x_row_factory, c->x_text_factory, c->kept, c->running};
    for (size_t i = 0; i < IM_COUNTOF(v); i++) {
        int r = im_is_object(v[i]) ? visit(v[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void clear(Thread *t, ImObject *o)
{
    im_slot_put(t, o, &((ImSqlConnection *)o)->x_row_factory, IM_NONE);
    im_slot_put(t, o, &((ImSqlConnection *)o)->x_text_factory, im_type_value(&im_str_type));
}
static void destroy(Thread *t, ImObject *o)
{
    ImSqlConnection *c = (ImSqlConnection *)o;
    im_sql_forget_plans(t, c);
    if (c->db) {
        IM_DETACH(t);
        (void)sqlite3_close_v2(c->db);
        IM_ATTACH(t);
    }
    Value v[] = {c->x_level, c->x_row_factory, c->x_text_factory, c->kept, c->running};
    for (size_t i = 0; i < IM_COUNTOF(v); i++) im_destroy_child(t, v[i]);
}
static void finalize(Thread *t, ImObject *o)
{
    if (!((ImSqlConnection *)o)->db) return;
    Value e = im_exc_fetch(t);
    if (im_warn(t, &im_ResourceWarning_type, 1, "unclosed database in %R", im_value(o)) < 0) im_write_unraisable(t, NULL, im_value(o));
    im_exc_restore(t, e);
}
static const ImMethodDef methods[] = {
    IM_PARSED("cursor", c_cursor, "($self, /, factory=<unrepresentable>)", "Return a cursor for the connection."),
    IM_FIXED("commit", c_commit, 0, "($self, /)", "Commit any pending transaction to the database.\n\nIf there is no open transaction, this method is a no-op."),
    IM_FIXED("rollback", c_rollback, 0, "($self, /)", "Roll back to the start of any pending transaction.\n\nIf there is no open transaction, this method is a no-op."),
    IM_FIXED("close", c_close, 0, "($self, /)", "Close the database connection.\n\nAny pending transaction is not committed implicitly."),
    IM_RANGE("execute", c_execute, 1, 2, "($self, sql, parameters=<unrepresentable>, /)", "Executes an SQL statement."),
    IM_FIXED("executemany", c_executemany, 2, "($self, sql, parameters, /)", "Repeatedly executes an SQL statement."),
    IM_FIXED("executescript", c_executescript, 1, "($self, sql_script, /)", "Executes multiple SQL statements at once."),
    IM_FIXED("interrupt", c_interrupt, 0, "($self, /)", "Abort any pending database operation."),
    IM_PARSED("iterdump", c_iterdump, "($self, /, *, filter=None)", "Returns iterator to the dump of the database in an SQL text format.\n\n  filter\n    An optional LIKE pattern for database objects to dump"),
    IM_RAW("create_function", c_create_function, "($self, /, name, narg, func, *, deterministic=False)", "Creates a new function."),
    IM_RAW("create_aggregate", c_create_aggregate, "($self, /, name, n_arg, aggregate_class)", "Creates a new aggregate."),
    IM_FIXED("create_window_function", c_create_window_function, 3, "($self, name, num_params, aggregate_class, /)",
              "Creates or redefines an aggregate window function. Non-standard.\n\n  aggregate_class\n    A class with step(), finalize(), value() and inverse() methods;\n    None clears the function."),
    IM_FIXED("create_collation", c_create_collation, 2, "($self, name, callback, /)", "Creates a collation function."),
    IM_RAW("set_progress_handler", c_set_progress, "($self, /, progress_handler, n)", "Set progress handler callback."),
    IM_RAW("set_authorizer", c_set_authorizer, "($self, /, authorizer_callback)", "Set authorizer callback."),
    IM_RAW("set_trace_callback", c_set_trace, "($self, /, trace_callback)", "Set a trace callback called for each SQL statement (passed as unicode)."),
    IM_FIXED("getlimit", c_limit, 1, "($self, category, /)", "Get connection run-time limits."), IM_FIXED("setlimit", c_limit, 2, "($self, category, limit, /)", "Set connection run-time limits."),
    IM_FIXED("getconfig", c_getconfig, 1, "($self, op, /)", "Query a boolean connection configuration option."),
    IM_RANGE("setconfig", c_setconfig, 1, 2, "($self, op, enable=True, /)", "Set a boolean connection configuration option."),
    IM_PARSED("backup", c_backup, "($self, /, target, *, pages=-1, progress=None, name='main',\n       sleep=0.25)", "Makes a backup of the database."),
    IM_PARSED("blobopen", im_sql_blobopen, "($self, table, column, rowid, /, *, readonly=False, name='main')", "Open and return a BLOB object."),
    IM_PARSED("serialize", im_sql_serialize, "($self, /, *, name='main')", "Serialize a database into a byte string."),
    IM_PARSED("deserialize", im_sql_deserialize, "($self, data, /, *, name='main')", "Load a serialized database."),
    IM_FIXED("enable_load_extension", im_sql_enable_extensions, 1, "($self, enable, /)", "Enable dynamic loading of SQLite extension modules."),
    IM_PARSED("load_extension", im_sql_load_extension, "($self, name, /, *, entrypoint=None)", "Load SQLite extension module."),
    IM_FIXED("__enter__", c_enter, 0, "($self, /)", "Called when the connection is used as a context manager.\n\nReturns itself as a convenience to the caller."),
    IM_FIXED("__exit__", c_exit, 3, "($self, type, value, traceback, /)", "Called when the connection is used as a context manager.\n\nIf there was any exception, a rollback takes place; otherwise we\ncommit."), IM_END};
#define ERR(name, kind) {name, get_error, NULL, NULL, (void *)(uintptr_t)kind}
static Value get_signature(Thread *t, Value self, void *u) { (void)self, (void)u; return im_str_from_cstr(t, "(sql, /)"); } /* of calling a connection */
static const ImGetSetDef getset[] = {{"__text_signature__", get_signature, NULL, NULL, NULL}, {"isolation_level", get_level, set_level, NULL, NULL}, {"autocommit", get_autocommit, set_autocommit, NULL, NULL}, {"in_transaction", get_in_transaction, NULL, NULL, NULL},
    {"total_changes", get_changes, NULL, NULL, NULL}, {"row_factory", get_row_factory, set_row_factory, NULL, NULL}, {"text_factory", get_text_factory, set_text_factory, NULL, NULL}, ERR("Warning", IM_SQL_WARNING),
    ERR("Error", IM_SQL_ERROR), ERR("InterfaceError", IM_SQL_INTERFACE), ERR("DatabaseError", IM_SQL_DATABASE), ERR("InternalError", IM_SQL_INTERNAL), ERR("OperationalError", IM_SQL_OPERATIONAL),
    ERR("ProgrammingError", IM_SQL_PROGRAMMING), ERR("IntegrityError", IM_SQL_INTEGRITY), ERR("DataError", IM_SQL_DATA), ERR("NotSupportedError", IM_SQL_NOT_SUPPORTED), {0}};
static const ImSlots slots = {.new_ = connection_new, .init = connection_init, .call = connection_call};
const ImTypeSpec im_sql_connection_spec = {.name = "sqlite3.Connection", .doc = "SQLite database connection object.", .size = sizeof(ImSqlConnection),
    .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_WEAKREF, .slots = &slots, .methods = methods, .getset = getset, .traverse = traverse, .clear = clear, .destroy = destroy, .finalize = finalize};

/* --- the module ---------------------------------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(f_connect)
{
    Value factory = im_type_value(&im_sql_connection_type);
    size_t nk = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
    if (nargs > 1 && nargs <= 8 && im_warn(t, &im_DeprecationWarning_type, 1, POSITIONAL, "sqlite3.connect") < 0) return IM_NO_VALUE;
    if (nargs > 5) factory = args[5];
    for (size_t i = 0; i < nk; i++)
        if (im_str_equal_cstr(im_tuple_get(kwnames, (ssize_t)i), "factory")) factory = args[nargs + i];
    return im_call(t, factory, args, nargs, kwnames);
}
IM_METHOD(f_complete)
{
    const char *s = im_sql_text_arg(t, args[0], "complete_statement", "'statement'");
    return s ? im_bool(sqlite3_complete(s)) : IM_NO_VALUE;
}
IM_METHOD(f_tracebacks)
{
    int on = im_truth(t, args[0]);
    if (on < 0) return IM_NO_VALUE;
    im_store_relaxed(&im_sql_x_tracebacks, on != 0);
    return IM_NONE;
}
IM_METHOD(f_register_adapter)
{
    Value key = im_tuple_pack(t, 2, args[0], im_type_value(&im_sql_protocol_type));
    if (im_same(args[0], im_type_value(&im_int_type)) || im_same(args[0], im_type_value(&im_float_type)) || im_same(args[0], im_type_value(&im_str_type))) im_store_relaxed(&im_sql_x_base_adapted, true);
    int r = im_no_value(key) ? -1 : im_dict_set(t, im_sql_adapters, key, args[1]);
    im_xdrop(t, key);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
IM_METHOD(f_register_converter)
{
    if (!im_is_str(args[0])) return im_raise_type(t, "register_converter() argument 1 must be str, not %T", args[0]);
    Value key = im_call_method0(t, args[0], IM_S(upper));
    int r = im_no_value(key) ? -1 : im_dict_set(t, im_sql_converters, key, args[1]);
    im_xdrop(t, key);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
IM_METHOD(f_adapt) { return im_sql_adapt(t, args[0], nargs > 1 ? args[1] : im_type_value(&im_sql_protocol_type), nargs > 2 ? args[2] : IM_NO_VALUE); }
static const ImMethodDef functions[] = {
    IM_RAW("connect", f_connect, "($module, /, database, timeout=5.0, detect_types=0, isolation_level='', check_same_thread=True, factory=ConnectionType, cached_statements=128, uri=False, *, "
        "autocommit=sqlite3.LEGACY_TRANSACTION_CONTROL)", "Open a connection to the SQLite database file 'database'."),
    IM_PARSED("complete_statement", f_complete, "($module, /, statement)", NULL), IM_FIXED("enable_callback_tracebacks", f_tracebacks, 1, "($module, enable, /)", NULL),
    IM_FIXED("register_adapter", f_register_adapter, 2, "($module, type, adapter, /)", NULL), IM_FIXED("register_converter", f_register_converter, 2, "($module, typename, converter, /)", NULL),
    IM_RANGE("adapt", f_adapt, 1, 3, "($module, obj, proto=PrepareProtocolType, alt=<unrepresentable>, /)", NULL), IM_END};
static const ImIntRow constants[] = {
    {"LEGACY_TRANSACTION_CONTROL", -1}, {"PARSE_DECLTYPES", 1}, {"PARSE_COLNAMES", 2}, {"SQLITE_ANALYZE", SQLITE_ANALYZE}, {"SQLITE_ATTACH", SQLITE_ATTACH},
    {"SQLITE_CREATE_INDEX", SQLITE_CREATE_INDEX}, {"SQLITE_CREATE_TABLE", SQLITE_CREATE_TABLE}, {"SQLITE_CREATE_TEMP_INDEX", SQLITE_CREATE_TEMP_INDEX},
    {"SQLITE_CREATE_TEMP_TABLE", SQLITE_CREATE_TEMP_TABLE}, {"SQLITE_CREATE_TEMP_TRIGGER", SQLITE_CREATE_TEMP_TRIGGER},
    {"SQLITE_CREATE_TEMP_VIEW", SQLITE_CREATE_TEMP_VIEW}, {"SQLITE_CREATE_TRIGGER", SQLITE_CREATE_TRIGGER}, {"SQLITE_CREATE_VIEW", SQLITE_CREATE_VIEW},
    {"SQLITE_CREATE_VTABLE", SQLITE_CREATE_VTABLE}, {"SQLITE_DBCONFIG_DEFENSIVE", SQLITE_DBCONFIG_DEFENSIVE}, {"SQLITE_DBCONFIG_DQS_DDL", SQLITE_DBCONFIG_DQS_DDL},
    {"SQLITE_DBCONFIG_DQS_DML", SQLITE_DBCONFIG_DQS_DML}, {"SQLITE_DBCONFIG_ENABLE_FKEY", SQLITE_DBCONFIG_ENABLE_FKEY},
    {"SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER", SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER}, {"SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION", SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION},
    {"SQLITE_DBCONFIG_ENABLE_QPSG", SQLITE_DBCONFIG_ENABLE_QPSG}, {"SQLITE_DBCONFIG_ENABLE_TRIGGER", SQLITE_DBCONFIG_ENABLE_TRIGGER},
    {"SQLITE_DBCONFIG_ENABLE_VIEW", SQLITE_DBCONFIG_ENABLE_VIEW}, {"SQLITE_DBCONFIG_LEGACY_ALTER_TABLE", SQLITE_DBCONFIG_LEGACY_ALTER_TABLE},
    {"SQLITE_DBCONFIG_LEGACY_FILE_FORMAT", SQLITE_DBCONFIG_LEGACY_FILE_FORMAT}, {"SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE", SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE},
    {"SQLITE_DBCONFIG_RESET_DATABASE", SQLITE_DBCONFIG_RESET_DATABASE}, {"SQLITE_DBCONFIG_TRIGGER_EQP", SQLITE_DBCONFIG_TRIGGER_EQP},
    {"SQLITE_DBCONFIG_TRUSTED_SCHEMA", SQLITE_DBCONFIG_TRUSTED_SCHEMA}, {"SQLITE_DBCONFIG_WRITABLE_SCHEMA", SQLITE_DBCONFIG_WRITABLE_SCHEMA},
    {"SQLITE_DELETE", SQLITE_DELETE}, {"SQLITE_DENY", SQLITE_DENY}, {"SQLITE_DETACH", SQLITE_DETACH}, {"SQLITE_DROP_INDEX", SQLITE_DROP_INDEX},
    {"SQLITE_DROP_TABLE", SQLITE_DROP_TABLE}, {"SQLITE_DROP_TEMP_INDEX", SQLITE_DROP_TEMP_INDEX}, {"SQLITE_DROP_TEMP_TABLE", SQLITE_DROP_TEMP_TABLE},
    {"SQLITE_DROP_TEMP_TRIGGER", SQLITE_DROP_TEMP_TRIGGER}, {"SQLITE_DROP_TEMP_VIEW", SQLITE_DROP_TEMP_VIEW}, {"SQLITE_DROP_TRIGGER", SQLITE_DROP_TRIGGER},
    {"SQLITE_DROP_VIEW", SQLITE_DROP_VIEW}, {"SQLITE_DROP_VTABLE", SQLITE_DROP_VTABLE}, {"SQLITE_FUNCTION", SQLITE_FUNCTION}, {"SQLITE_IGNORE", SQLITE_IGNORE},
    {"SQLITE_INSERT", SQLITE_INSERT}, {"SQLITE_LIMIT_ATTACHED", SQLITE_LIMIT_ATTACHED}, {"SQLITE_LIMIT_COLUMN", SQLITE_LIMIT_COLUMN},
    {"SQLITE_LIMIT_COMPOUND_SELECT", SQLITE_LIMIT_COMPOUND_SELECT}, {"SQLITE_LIMIT_EXPR_DEPTH", SQLITE_LIMIT_EXPR_DEPTH},
    {"SQLITE_LIMIT_FUNCTION_ARG", SQLITE_LIMIT_FUNCTION_ARG}, {"SQLITE_LIMIT_LENGTH", SQLITE_LIMIT_LENGTH},
    {"SQLITE_LIMIT_LIKE_PATTERN_LENGTH", SQLITE_LIMIT_LIKE_PATTERN_LENGTH}, {"SQLITE_LIMIT_SQL_LENGTH", SQLITE_LIMIT_SQL_LENGTH},
    {"SQLITE_LIMIT_TRIGGER_DEPTH", SQLITE_LIMIT_TRIGGER_DEPTH}, {"SQLITE_LIMIT_VARIABLE_NUMBER", SQLITE_LIMIT_VARIABLE_NUMBER},
    {"SQLITE_LIMIT_VDBE_OP", SQLITE_LIMIT_VDBE_OP}, {"SQLITE_LIMIT_WORKER_THREADS", SQLITE_LIMIT_WORKER_THREADS}, {"SQLITE_PRAGMA", SQLITE_PRAGMA},
    {"SQLITE_READ", SQLITE_READ}, {"SQLITE_RECURSIVE", SQLITE_RECURSIVE}, {"SQLITE_REINDEX", SQLITE_REINDEX}, {"SQLITE_SAVEPOINT", SQLITE_SAVEPOINT},
    {"SQLITE_SELECT", SQLITE_SELECT}, {"SQLITE_TRANSACTION", SQLITE_TRANSACTION}, {"SQLITE_UPDATE", SQLITE_UPDATE},
};
static int exec(Thread *t, Value m)
{
    static const char *const names[] = {"sqlite3.Warning", "sqlite3.Error", "sqlite3.InterfaceError", "sqlite3.DatabaseError", "sqlite3.InternalError", "sqlite3.OperationalError", "sqlite3.ProgrammingError",
        "sqlite3.IntegrityError", "sqlite3.DataError", "sqlite3.NotSupportedError"};
    if (im_lazylib_load(t, &im_lazylib_sqlite3) < 0) return -1;
    if (im_no_value(im_sql_adapters)) {
        im_sql_adapters = im_dict_new(t);
        im_sql_converters = im_dict_new(t);
        if (im_no_value(im_sql_adapters) || im_no_value(im_sql_converters)) return -1;
        im_root_add(&im_sql_adapters);
        im_root_add(&im_sql_converters);
        for (int i = 0; i < IM_SQL_ERRORS; i++) {
            ImType *base = i < 2 ? &im_Exception_type : im_as_type(im_sql_errors[i <= IM_SQL_DATABASE ? IM_SQL_ERROR : IM_SQL_DATABASE]);
            im_sql_errors[i] = im_new_exception(t, names[i], base);
            if (im_no_value(im_sql_errors[i])) return -1;
            im_root_add(&im_sql_errors[i]);
        }
        sqlite3_initialize();
    }
    for (int i = 0; i < IM_SQL_ERRORS; i++)
        if (im_module_add(t, m, names[i] + 8, im_new_ref(im_sql_errors[i])) < 0) return -1;
    if (im_module_ready_type(t, m, &im_sql_connection_type, &im_sql_connection_spec) < 0 || im_module_ready_type(t, m, &im_sql_cursor_type, &im_sql_cursor_spec) < 0 ||
        im_module_ready_type(t, m, &im_sql_row_type, &im_sql_row_spec) < 0 || im_module_ready_type(t, m, &im_sql_blob_type, &im_sql_blob_spec) < 0 || im_type_ready(t, &im_sql_statement_type, &im_sql_statement_spec) < 0 || im_module_ready_type(t, m, &im_sql_protocol_type, &im_sql_protocol_spec) < 0 || IM_ADD_INT_ROWS(t, m, codes) < 0 ||
        IM_ADD_INT_ROWS(t, m, constants) < 0 || im_module_add(t, m, "adapters", im_new_ref(im_sql_adapters)) < 0 || im_module_add(t, m, "converters", im_new_ref(im_sql_converters)) < 0) return -1;
    int safe = sqlite3_threadsafe();
    if (im_module_add_int(t, m, "threadsafety", safe == 0 ? 0 : safe == 2 ? 1 : 3) < 0 || im_module_add_str(t, m, "sqlite_version", sqlite3_libversion()) < 0) return -1;
    return im_module_add_str(t, m, "_deprecated_version", "2.6.0");
}
static const ImModuleDef def = {.name = "_sqlite3", .methods = functions, .exec = exec};
IM_MODULE(def);
