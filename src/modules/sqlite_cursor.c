/* Cursors and rows of _sqlite3.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "modules/sqlite.h"

ImType im_sql_cursor_type, im_sql_row_type, im_sql_protocol_type;

/* --- parameters ----------------------------------------------------------------------------------------------------------------------------------------------- */

static bool plain(Value v) { return im_is_int_exact(v) || (im_type_of(v) == &im_float_type) || im_is_str_exact(v) || im_is_none(v); }
Value im_sql_adapt(Thread *t, Value v, Value proto, Value alt)
{
    Value key = im_tuple_pack(t, 2, im_type_value(im_type_of(v)), proto), f, r;
    if (im_no_value(key)) return key;
    int k = im_dict_get(t, im_sql_adapters, key, &f);
    im_drop(t, key);
    if (k < 0) return IM_NO_VALUE;
    if (k) {
        r = im_call1(t, f, v);
        im_drop(t, f);
        return r;
    }
    for (int i = 0; i < 2; i++) { /* proto.__adapt__(v), v.__conform__(proto) */
        k = im_lookup_attr(t, i ? v : proto, i ? IM_S(__conform__) : IM_S(__adapt__), &f);
        if (k < 0) return IM_NO_VALUE;
        if (!k) continue;
        r = im_call1(t, f, i ? proto : v);
        im_drop(t, f);
        if (im_no_value(r) && !im_exc_clear_if(t, &im_TypeError_type)) return r;
        if (!im_no_value(r) && !im_is_none(r)) return r;
    }
    return im_no_value(alt) ? im_sql_raise(t, IM_SQL_PROGRAMMING, "can't adapt") : im_new_ref(alt);
}
static int bind_one(Thread *t, ImSqlConnection *c, sqlite3_stmt *s, int i, Value given)
{
    bool as_is = plain(given) && (im_is_none(given) || !im_load_relaxed(&im_sql_x_base_adapted));
    Value v = as_is ? im_new_ref(given) : im_sql_adapt(t, given, im_type_value(&im_sql_protocol_type), given);
    int rc = SQLITE_OK;
    if (im_no_value(v)) return -1;
    if (im_is_none(v)) rc = sqlite3_bind_null(s, i);
    else if (im_is_int_like(v)) {
        int64_t n;
        if (!im_int_get64(v, &n)) {
            im_raise_overflow(t, "Python int too large to convert to SQLite INTEGER");
            rc = -1;
        } else rc = sqlite3_bind_int64(s, i, n);
    } else if (im_type_has(im_type_of(v), IM_TF_FLOAT)) {
        double d;
        rc = im_as_double(t, v, &d) < 0 ? -1 : sqlite3_bind_double(s, i, d);
    } else if (im_is_str(v)) {
        ssize_t n;
        const char *p = im_str_utf8(t, v, &n);
        rc = p ? sqlite3_bind_text64(s, i, p, (sqlite3_uint64)n, SQLITE_TRANSIENT, SQLITE_UTF8) : -1;
    } else if (im_buffer_check(v)) {
        ImBuffer b;
        if (im_buffer_get(t, v, &b, IM_BUF_SIMPLE) < 0) rc = -1;
        else {
            rc = sqlite3_bind_blob64(s, i, b.buf, (sqlite3_uint64)b.len, SQLITE_TRANSIENT);
            im_buffer_release(t, &b);
        }
    } else {
        const char *name = sqlite3_bind_parameter_name(s, i);
        if (name && *name != '?') im_sql_raise(t, IM_SQL_PROGRAMMING, "Error binding parameter '%s': type '%s' is not supported", name, im_type_cname(im_type_of(v)));
        else im_sql_raise(t, IM_SQL_PROGRAMMING, "Error binding parameter %d: type '%s' is not supported", i, im_type_cname(im_type_of(v)));
        rc = -1;
    }
    im_drop(t, v);
    if (rc > 0) im_sql_raise_db(t, c->db);
    return rc == SQLITE_OK ? 0 : -1;
}
static int bind_all(Thread *t, ImSqlConnection *c, sqlite3_stmt *s, Value params)
{
    int n = sqlite3_bind_parameter_count(s);
    bool list = im_is_list(params) || im_is_tuple(params);
    if (list || (!im_is_dict(params) && im_is_sequence(params))) {
        ssize_t have = im_len(t, params);
        if (have < 0) return -1;
        if (have != n) return im_sql_raise(t, IM_SQL_PROGRAMMING, "Incorrect number of bindings supplied. The current statement uses %d, and there are %zd supplied.", n, have), -1;
        for (int i = 0; i < n; i++) {
            const char *name = sqlite3_bind_parameter_name(s, i + 1);
            if (name && *name != '?' && im_warn(t, &im_DeprecationWarning_type, 1, "Binding %d ('%s') is a named parameter, but you supplied a sequence which requires nominal (qmark) placeholders. "
                                                                                   "Starting with Python 3.14 an sqlite3.ProgrammingError will be raised.", i + 1, name) < 0) return -1;
            Value v = im_getitem_index(t, params, i);
            int r = im_no_value(v) ? -1 : bind_one(t, c, s, i + 1, v);
            im_xdrop(t, v);
            if (r < 0) return -1;
        }
        return 0;
    }
    if (!im_is_mapping(params)) return im_sql_raise(t, IM_SQL_PROGRAMMING, "parameters are of unsupported type"), -1;
    for (int i = 1; i <= n; i++) {
        const char *name = sqlite3_bind_parameter_name(s, i);
        if (!name) return im_sql_raise(t, IM_SQL_PROGRAMMING, "Binding %d has no name, but you supplied a dictionary (which has only names).", i), -1;
        Value key = im_str_from_cstr(t, name + 1), v = im_no_value(key) ? key : im_getitem(t, params, key);
        im_xdrop(t, key);
        if (im_no_value(v)) {
            if (im_exc_clear_if(t, &im_LookupError_type)) im_sql_raise(t, IM_SQL_PROGRAMMING, "You did not supply a value for binding parameter :%s.", name + 1);
            return -1;
        }
        int r = bind_one(t, c, s, i, v);
        im_drop(t, v);
        if (r < 0) return -1;
    }
    return 0;
}

/* --- results --------------------------------------------------------------------------------------------------------------------------------------------------- */

static Value converter_for(Thread *t, const char *name, size_t n)
{
    char key[128];
    if (n >= sizeof key) return IM_NONE;
    for (size_t i = 0; i < n; i++) key[i] = (char)toupper((unsigned char)name[i]);
    Value k = im_str_from_utf8(t, key, (ssize_t)n), f;
    if (im_no_value(k)) return k;
    int r = im_dict_get(t, im_sql_converters, k, &f);
    im_drop(t, k);
    return r < 0 ? IM_NO_VALUE : r ? f : IM_NONE;
}
static int make_description(Thread *t, ImSqlConnection *c, ImSqlCursor *u)
{
    int n = sqlite3_column_count(u->stmt);
    Value list = im_list_new(t, (size_t)n), conv = im_list_new(t, (size_t)n);
    for (int i = 0; i < n && !im_no_value(list) && !im_no_value(conv); i++) {
        const char *name = sqlite3_column_name(u->stmt, i);
        size_t len = name ? strlen(name) : 0;
        Value f = IM_NONE;
        if ((c->detect_types & 2) && name) {
            const char *open = strchr(name, '['), *close = open ? strchr(open, ']') : NULL;
            if (close) f = converter_for(t, open + 1, (size_t)(close - open - 1));
            if (open) {
                len = (size_t)(open - name);
                if (len && name[len - 1] == ' ') len--;
            }
        }
        if (im_is_none(f) && (c->detect_types & 1)) {
            const char *type = sqlite3_column_decltype(u->stmt, i);
            if (type) f = converter_for(t, type, strcspn(type, " ("));
        }
        Value text = im_str_from_utf8(t, name ? name : "", (ssize_t)len);
        Value row = im_no_value(text) ? text : im_tuple_pack(t, 7, text, IM_NONE, IM_NONE, IM_NONE, IM_NONE, IM_NONE, IM_NONE);
        im_xdrop(t, text);
        if (im_no_value(row) || im_list_append_steal(t, list, row) < 0) IM_CLEAR(t, list);
        if (im_no_value(f) || im_list_append_steal(t, conv, f) < 0) IM_CLEAR(t, conv);
    }
    Value d = im_no_value(list) ? list : n ? im_list_to_tuple(t, list) : IM_NONE, k = im_no_value(conv) ? conv : im_list_to_tuple(t, conv);
    im_xdrop(t, list);
    im_xdrop(t, conv);
    if (im_no_value(d) || im_no_value(k)) {
        im_xdrop(t, d);
        im_xdrop(t, k);
        return -1;
    }
    im_slot_put(t, &u->head, &u->x_description, d);
    im_slot_put(t, &u->head, &u->x_converters, k);
    return 0;
}
static Value column(Thread *t, ImSqlConnection *c, ImSqlCursor *u, int i)
{
    Value conv = im_slot_get(t, NULL, &u->x_converters), f = !im_no_value(conv) && i < im_tuple_len(conv) ? im_new_ref(im_tuple_get(conv, i)) : IM_NONE, r;
    im_xdrop(t, conv);
    int type = sqlite3_column_type(u->stmt, i);
    if (!im_is_none(f)) {
        const void *p = sqlite3_column_blob(u->stmt, i);
        Value b = type == SQLITE_NULL || !p ? IM_NONE : im_bytes_new(t, p ? p : "", sqlite3_column_bytes(u->stmt, i));
        r = im_no_value(b) || im_is_none(b) ? b : im_call1(t, f, b);
        if (!im_is_none(b)) im_xdrop(t, b);
        im_drop(t, f);
        return r;
    }
    switch (type) {
    case SQLITE_NULL: return IM_NONE;
    case SQLITE_INTEGER: return im_int_new(t, sqlite3_column_int64(u->stmt, i));
    case SQLITE_FLOAT: return im_float_new(t, sqlite3_column_double(u->stmt, i));
    case SQLITE_BLOB: {
        const void *p = sqlite3_column_blob(u->stmt, i);
        return im_bytes_new(t, p ? p : "", sqlite3_column_bytes(u->stmt, i));
    }
    default: break;
    }
    const char *p = (const char *)sqlite3_column_text(u->stmt, i);
    int n = sqlite3_column_bytes(u->stmt, i);
    if (!p) return im_raise_memory(t);
    Value factory = im_slot_get(t, NULL, &c->x_text_factory);
    if (im_same(factory, im_type_value(&im_str_type))) {
        r = im_str_from_utf8(t, p, n);
        if (im_no_value(r) && im_exc_clear_if(t, &im_UnicodeDecodeError_type)) {
            Value text = im_str_decode(t, p, n, "ascii", "replace");
            if (!im_no_value(text)) im_sql_raise(t, IM_SQL_OPERATIONAL, "Could not decode to UTF-8 column '%s' with text '%U'", sqlite3_column_name(u->stmt, i), text);
            im_xdrop(t, text);
        }
    } else if (im_same(factory, im_type_value(&im_bytes_type))) r = im_bytes_new(t, p, n);
    else {
        Value b = im_bytes_new(t, p, n);
        r = im_no_value(b) ? b : im_call1(t, factory, b);
        im_xdrop(t, b);
    }
    im_drop(t, factory);
    return r;
}

/* --- executing -------------------------------------------------------------------------------------------------------------------------------------------------- */

static int check(Thread *t, ImSqlCursor *u, Value *conn)
{
    if (!im_load_relaxed(&u->initialized)) return im_sql_raise(t, IM_SQL_PROGRAMMING, "Base Cursor.__init__ not called."), -1;
    if (im_load_relaxed(&u->closed)) return im_sql_raise(t, IM_SQL_PROGRAMMING, "Cannot operate on a closed cursor."), -1;
    if (im_load_relaxed(&u->busy)) return im_sql_raise(t, IM_SQL_PROGRAMMING, "Recursive use of cursors not allowed."), -1;
    *conn = im_slot_get(t, NULL, &u->x_connection);
    if (im_sql_check(t, CONN(*conn)) == 0) return 0;
    im_drop(t, *conn);
    return -1;
}
/* The cursor may be used: its connection, locked. */
static int enter(Thread *t, ImSqlCursor *u, Value *conn)
{
    for (;;) {
        if (check(t, u, conn) < 0) return -1;
        ImSqlConnection *c = CONN(*conn);
        im_own_lock(t, &c->lock);
        if (c->db && !u->closed && !u->busy && im_same(u->x_connection, *conn)) return 0;
        im_sql_unlock(t, c); /* things have changed while it waited */
        im_drop(t, *conn);
    }
}
static void set_busy(ImSqlCursor *u, bool busy) { im_store_relaxed(&u->busy, busy); }
static void plan_free(Thread *t, ImSqlPlan *p)
{
    int r;
    IM_SQL(t, r, sqlite3_finalize(p->stmt));
    (void)r;
    free(p);
}
/* The statement goes to rest with the connection; the one that has rested longest makes room for it. */
static void end(Thread *t, ImSqlConnection *c, ImSqlCursor *u)
{
    ImSqlPlan *p = u->plan, **last = &c->plans;
    int r;
    u->stmt = NULL;
    u->plan = NULL;
    if (!p) return;
    if (!c->db || p->db != c->db || !c->plan_limit) { /* it may be of a database that the connection had before */
        plan_free(t, p);
        return;
    }
    IM_SQL(t, r, sqlite3_reset(p->stmt));
    (void)r;
    sqlite3_clear_bindings(p->stmt);
    p->next = c->plans;
    c->plans = p;
    if (++c->plan_count <= c->plan_limit) return;
    while ((*last)->next) last = &(*last)->next;
    p = *last;
    *last = NULL;
    c->plan_count--;
    plan_free(t, p);
}
void im_sql_forget_plans(Thread *t, ImSqlConnection *c)
{
    for (ImSqlPlan *p; (p = c->plans);) {
        c->plans = p->next;
        plan_free(t, p);
    }
    c->plan_count = 0;
}
/* Past blanks and comments. */
static const char *skip_space(const char *p)
{
    for (;;) {
        while (*p && strchr(" \t\r\n\f", *p)) p++;
        if (p[0] == '-' && p[1] == '-') {
            while (*p && *p != '\n') p++;
        } else if (p[0] == '/' && p[1] == '*') {
            const char *e = strstr(p + 2, "*/");
            if (!e) return p + strlen(p);
            p = e + 2;
        } else return p;
    }
}
/* A statement for a text, new or rested; 1 made, 0 the text holds none, -1. Under the lock. */
static int prepare(Thread *t, ImSqlConnection *c, Value sql, ImSqlPlan **out)
{
    static const char *const words[] = {"INSERT", "UPDATE", "DELETE", "REPLACE"};
    ssize_t n;
    const char *text = im_str_utf8(t, sql, &n), *tail = NULL;
    int r;
    if (!text) return -1;
    if (n > sqlite3_limit(c->db, SQLITE_LIMIT_SQL_LENGTH, -1)) return im_sql_raise(t, IM_SQL_DATA, "query string is too large"), -1;
    for (ImSqlPlan **at = &c->plans, *p; (p = *at); at = &p->next) {
        if (p->len != (size_t)n || memcmp(p->text, text, (size_t)n) != 0) continue;
        *at = p->next;
        c->plan_count--;
        *out = p;
        return 1;
    }
    if (strlen(text) != (size_t)n) return im_sql_raise(t, IM_SQL_PROGRAMMING, "the query contains a null character"), -1;
    ImSqlPlan *p = malloc(sizeof *p + (size_t)n + 1);
    if (!p) return im_raise_memory(t), -1;
    *p = (ImSqlPlan){.len = (size_t)n, .db = c->db};
    memcpy(p->text, text, (size_t)n + 1);
    IM_SQL(t, r, sqlite3_prepare_v2(c->db, p->text, (int)n + 1, &p->stmt, &tail));
    if (r != SQLITE_OK || im_pending(t) || !p->stmt || *skip_space(tail)) {
        bool none = r == SQLITE_OK && !im_pending(t) && !p->stmt;
        if (!im_pending(t) && r != SQLITE_OK) im_sql_raise_db(t, c->db);
        else if (!im_pending(t) && p->stmt) im_sql_raise(t, IM_SQL_PROGRAMMING, "You can only execute one statement at a time.");
        Value e = im_exc_fetch(t);
        plan_free(t, p);
        im_exc_restore(t, e);
        return none ? 0 : -1;
    }
    const char *start = skip_space(p->text);
    for (size_t i = 0; i < IM_COUNTOF(words); i++) p->dml |= sqlite3_strnicmp(start, words[i], (int)strlen(words[i])) == 0;
    *out = p;
    return 1;
}
/* Under the lock. */
static int run(Thread *t, ImSqlConnection *c, ImSqlCursor *u, Value sql, Value params, bool many)
{
    const char *begin;
    Value it = IM_NO_VALUE, one = IM_NO_VALUE;
    int rc = -1, step;
    sqlite3 *db = c->db; /* a function that SQLite calls may close the connection: this stays until the lock is let go */
    end(t, c, u);
    im_slot_put(t, &u->head, &u->x_description, IM_NONE);
    im_store_relaxed(&u->rowcount, (int64_t)-1);
    u->dml = false;
    if (!im_is_str(sql)) return im_raise_type(t, many ? "executemany() argument 1 must be str, not %T" : "execute() argument 1 must be str, not %T", sql), -1;
    int made = prepare(t, c, sql, &u->plan);
    if (made <= 0) return made;
    u->stmt = u->plan->stmt;
    u->dml = u->plan->dml;
    if (many && !u->dml) {
        end(t, c, u);
        return im_sql_raise(t, IM_SQL_PROGRAMMING, "executemany() can only execute DML statements."), -1;
    }
    if (c->autocommit == -1 && (begin = im_load_relaxed(&c->begin)) && u->dml && sqlite3_get_autocommit(db) && im_sql_simple(t, c, begin) < 0) goto done;
    if (u->dml) im_store_relaxed(&u->rowcount, (int64_t)0);
    if (many && im_no_value(it = im_iter(t, params))) goto done;
    for (;;) {
        if (many) {
            one = im_next(t, it);
            if (im_is_stop(one)) {
                one = IM_NO_VALUE;
                break;
            }
            if (im_no_value(one)) goto done;
        } else one = im_new_ref(params);
        sqlite3_reset(u->stmt);
        sqlite3_clear_bindings(u->stmt);
        if (bind_all(t, c, u->stmt, one) < 0) goto done;
        IM_CLEAR(t, one);
        IM_SQL(t, step, sqlite3_step(u->stmt));
        if (im_pending(t)) goto done; /* of a function of the program */
        if (step != SQLITE_ROW && step != SQLITE_DONE) {
            im_sql_raise_db(t, db);
            goto done;
        }
        if (!many && make_description(t, c, u) < 0) goto done;
        if (u->dml && step == SQLITE_DONE) im_store_relaxed(&u->rowcount, u->rowcount + sqlite3_changes(db));
        if (many) {
            while (step == SQLITE_ROW) IM_SQL(t, step, sqlite3_step(u->stmt));
            if (step != SQLITE_DONE) {
                im_sql_raise_db(t, db);
                goto done;
            }
        } else {
            Value row = im_int_new(t, sqlite3_last_insert_rowid(db));
            if (im_no_value(row)) goto done;
            im_slot_put(t, &u->head, &u->x_lastrowid, row);
            if (step == SQLITE_DONE) end(t, c, u);
            rc = 0;
            goto done;
        }
    }
    end(t, c, u);
    rc = 0;
done:
    if (rc < 0) {
        Value e = im_exc_fetch(t);
        end(t, c, u);
        im_exc_restore(t, e);
        im_store_relaxed(&u->rowcount, (int64_t)-1);
    }
    im_xdrop(t, it);
    im_xdrop(t, one);
    return rc;
}
Value im_sql_cursor_execute(Thread *t, Value self, Value sql, Value params, bool many)
{
    ImSqlCursor *u = CUR(self);
    Value conn;
    if (enter(t, u, &conn) < 0) return IM_NO_VALUE;
    set_busy(u, true);
    int r = run(t, CONN(conn), u, sql, params, many);
    set_busy(u, false);
    im_sql_unlock(t, CONN(conn));
    im_drop(t, conn);
    return r < 0 ? IM_NO_VALUE : im_new_ref(self);
}
IM_METHOD(u_execute) { return im_sql_cursor_execute(t, self, args[0], nargs > 1 ? args[1] : im_tuple_empty(), false); }
IM_METHOD(u_executemany) { return im_sql_cursor_execute(t, self, args[0], args[1], true); }
Value im_sql_cursor_script(Thread *t, Value self, Value script)
{
    Value conn;
    ssize_t n;
    if (!im_is_str(script)) return im_raise_type(t, "executescript() argument must be str, not %T", script);
    const char *text = im_str_utf8(t, script, &n);
    if (!text) return IM_NO_VALUE;
    if (strlen(text) != (size_t)n) return im_raise_valueerror(t, "embedded null character");
    if (enter(t, CUR(self), &conn) < 0) return IM_NO_VALUE;
    ImSqlConnection *c = CONN(conn);
    sqlite3 *db = c->db;
    if (n > sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, -1)) {
        im_sql_unlock(t, c);
        im_drop(t, conn);
        return im_sql_raise(t, IM_SQL_DATA, "query string is too large");
    }
    int rc = c->autocommit == -1 && !sqlite3_get_autocommit(db) ? im_sql_simple(t, c, "COMMIT") : 0;
    while (rc == 0 && *text) {
        sqlite3_stmt *s = NULL;
        int r;
        IM_SQL(t, r, sqlite3_prepare_v2(db, text, -1, &s, &text));
        if (r == SQLITE_OK && s) {
            do IM_SQL(t, r, sqlite3_step(s));
            while (r == SQLITE_ROW);
            IM_SQL(t, r, sqlite3_finalize(s));
        }
        if (r != SQLITE_OK) {
            if (!im_pending(t)) im_sql_raise_db(t, db);
            rc = -1;
        }
    }
    im_sql_unlock(t, c);
    im_drop(t, conn);
    return rc < 0 ? IM_NO_VALUE : im_new_ref(self);
}
IM_METHOD(u_executescript) { return im_sql_cursor_script(t, self, args[0]); }

/* --- statements as objects ----------------------------------------------------------------------------------------------------------------------------------------- */

ImType im_sql_statement_type;
typedef struct Statement { ImObject head; ImSqlPlan *plan; } Statement;
Value im_sql_statement(Thread *t, Value conn, Value sql)
{
    ImSqlConnection *c = CONN(conn);
    Value v = im_instance_new(t, &im_sql_statement_type);
    if (im_no_value(v)) return v;
    int r = im_sql_lock(t, c);
    if (r == 0) {
        r = prepare(t, c, sql, &((Statement *)im_ptr(v))->plan);
        im_sql_unlock(t, c);
    }
    if (r < 0) IM_CLEAR(t, v);
    return v;
}
static void statement_destroy(Thread *t, ImObject *o)
{
    if (((Statement *)o)->plan) plan_free(t, ((Statement *)o)->plan);
}
const ImTypeSpec im_sql_statement_spec = {.name = "sqlite3.Statement", .size = sizeof(Statement), .flags = IM_TF_NO_NEW, .destroy = statement_destroy};

/* --- fetching ----------------------------------------------------------------------------------------------------------------------------------------------------- */

static Value cursor_next(Thread *t, Value self)
{
    ImSqlCursor *u = CUR(self);
    Value conn, row = IM_STOP;
    if (enter(t, u, &conn) < 0) return IM_NO_VALUE;
    ImSqlConnection *c = CONN(conn);
    sqlite3 *db = c->db;
    if (u->stmt) {
        set_busy(u, true); /* converters and factories are the program's */
        int n = sqlite3_data_count(u->stmt), step;
        Value list = im_list_new(t, (size_t)n);
        for (int i = 0; i < n && !im_no_value(list); i++) {
            Value v = column(t, c, u, i);
            if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) IM_CLEAR(t, list);
        }
        row = im_no_value(list) ? list : im_list_to_tuple(t, list);
        im_xdrop(t, list);
        if (!im_no_value(row)) {
            IM_SQL(t, step, sqlite3_step(u->stmt)); /* busy: a function of the program may come back to this cursor */
            if (step == SQLITE_DONE) {
                if (u->dml) im_store_relaxed(&u->rowcount, (int64_t)sqlite3_changes(db));
                end(t, c, u);
            } else if (step != SQLITE_ROW) {
                if (!im_pending(t)) im_sql_raise_db(t, db);
                Value e = im_exc_fetch(t);
                end(t, c, u);
                im_exc_restore(t, e);
                IM_CLEAR(t, row);
            }
        }
        set_busy(u, false);
    }
    im_sql_unlock(t, c);
    im_drop(t, conn);
    if (im_no_value(row) || im_is_stop(row)) return row;
    Value factory = im_slot_get(t, NULL, &u->x_row_factory);
    if (im_is_none(factory)) return row;
    Value r = im_call2(t, factory, self, row);
    im_drop(t, factory);
    im_drop(t, row);
    return r;
}
static Value cursor_iter(Thread *t, Value self) { (void)t; return im_new_ref(self); }
IM_METHOD(u_fetchone)
{
    Value v = cursor_next(t, self);
    return im_is_stop(v) ? IM_NONE : v;
}
static Value fetch(Thread *t, Value self, int64_t limit)
{
    Value list = im_list_new(t, 0);
    for (int64_t i = 0; !im_no_value(list) && (limit < 0 || i < limit); i++) {
        Value v = cursor_next(t, self);
        if (im_is_stop(v)) break;
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) IM_CLEAR(t, list);
    }
    return list;
}
IM_METHOD(u_fetchall) { return fetch(t, self, -1); }
IM_METHOD(u_fetchmany)
{
    int n = (int)im_load_relaxed(&CUR(self)->arraysize);
    if (!im_no_value(args[0]) && im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    return fetch(t, self, n);
}
IM_METHOD(u_close)
{
    ImSqlCursor *u = CUR(self);
    if (im_load_relaxed(&u->busy)) return im_sql_raise(t, IM_SQL_PROGRAMMING, "Recursive use of cursors not allowed.");
    if (!im_load_relaxed(&u->initialized)) return im_sql_raise(t, IM_SQL_PROGRAMMING, "Base Cursor.__init__ not called.");
    if (im_load_relaxed(&u->closed)) { /* once more */
        Value c = im_slot_get(t, NULL, &u->x_connection);
        int r = im_sql_check(t, CONN(c));
        im_drop(t, c);
        return r < 0 ? IM_NO_VALUE : IM_NONE;
    }
    Value conn;
    if (enter(t, u, &conn) < 0) return IM_NO_VALUE;
    end(t, CONN(conn), u);
    im_store_relaxed(&u->closed, true);
    im_sql_unlock(t, CONN(conn));
    im_drop(t, conn);
    return IM_NONE;
}
IM_METHOD(u_nothing) { return IM_NONE; }

static int cursor_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    ImSqlCursor *u = CUR(self);
    if (im_no_kwargs(t, "Cursor", kwnames) < 0 || im_check_nargs(t, "Cursor", nargs, 1, 1) < 0) return -1;
    if (!im_is_instance_of(args[0], &im_sql_connection_type)) return im_raise_type(t, "Cursor() argument 1 must be sqlite3.Connection, not %T", args[0]), -1;
    if (im_load_relaxed(&u->busy)) return im_sql_raise(t, IM_SQL_PROGRAMMING, "Recursive use of cursors not allowed."), -1;
    Value old = im_slot_get(t, NULL, &u->x_connection);
    if (!im_no_value(old)) { /* what it had from another connection goes under that one's lock */
        im_own_lock(t, &CONN(old)->lock);
        bool mine = im_same(u->x_connection, old) && !u->busy;
        if (mine) {
            end(t, CONN(old), u);
            im_slot_put(t, im_ptr(self), &u->x_connection, im_new_ref(args[0]));
        }
        im_sql_unlock(t, CONN(old));
        im_drop(t, old);
        if (!mine) return im_sql_raise(t, IM_SQL_PROGRAMMING, "Recursive use of cursors not allowed."), -1;
    } else {
        im_slot_put(t, im_ptr(self), &u->x_connection, im_new_ref(args[0]));
    }
    im_slot_put(t, im_ptr(self), &u->x_description, IM_NONE);
    im_slot_put(t, im_ptr(self), &u->x_lastrowid, IM_NONE);
    im_slot_put(t, im_ptr(self), &u->x_row_factory, im_slot_get(t, NULL, &CONN(args[0])->x_row_factory));
    im_store_relaxed(&u->arraysize, (int64_t)1);
    im_store_relaxed(&u->rowcount, (int64_t)-1);
    im_store_relaxed(&u->closed, false);
    if (im_sql_check(t, CONN(args[0])) < 0) return -1;
    im_store_release(&u->initialized, true);
    return 0;
}
static Value cursor_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    return im_instance_new(t, type);
}
#define SLOT(name, field) static Value get_##name(Thread *t, Value self, void *c) { (void)c; Value v = im_slot_get(t, NULL, &CUR(self)->field); return im_no_value(v) ? IM_NONE : v; }
SLOT(connection, x_connection)
SLOT(description, x_description)
SLOT(lastrowid, x_lastrowid)
SLOT(row_factory, x_row_factory)
static int set_row_factory(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    im_slot_put(t, im_ptr(self), &CUR(self)->x_row_factory, im_no_value(v) ? IM_NONE : im_new_ref(v));
    return 0;
}
static int cursor_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImSqlCursor *u = (ImSqlCursor *)o;
    Value v[] = {u->x_connection, u->x_description, u->x_lastrowid, u->x_row_factory, u->x_converters};
    for (size_t i = 0; i < IM_COUNTOF(v); i++) {
        int r = im_is_object(v[i]) ? visit(v[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static void cursor_destroy(Thread *t, ImObject *o)
{
    ImSqlCursor *u = (ImSqlCursor *)o;
    if (u->plan) plan_free(t, u->plan); /* detached: waits for a thread that is inside SQLite, which may wait for the GIL in a function of the program */
    Value v[] = {u->x_connection, u->x_description, u->x_lastrowid, u->x_row_factory, u->x_converters};
    for (size_t i = 0; i < IM_COUNTOF(v); i++) im_destroy_child(t, v[i]);
}
static const ImMethodDef cursor_methods[] = {
    IM_RANGE("execute", u_execute, 1, 2, "($self, sql, parameters=(), /)", "Executes an SQL statement."), IM_FIXED("executemany", u_executemany, 2, "($self, sql, seq_of_parameters, /)", "Repeatedly executes an SQL statement."),
    IM_FIXED("executescript", u_executescript, 1, "($self, sql_script, /)", "Executes multiple SQL statements at once."), IM_FIXED("fetchone", u_fetchone, 0, "($self, /)", "Fetches one row from the resultset."),
    IM_PARSED("fetchmany", u_fetchmany, "($self, /, size=1)", "Fetches several rows from the resultset.\n\n  size\n    The default value is set by the Cursor.arraysize attribute."), IM_FIXED("fetchall", u_fetchall, 0, "($self, /)", "Fetches all rows from the resultset."), IM_FIXED("close", u_close, 0, "($self, /)", "Closes the cursor."),
    IM_FIXED("setinputsizes", u_nothing, 1, "($self, sizes, /)", "Required by DB-API. Does nothing in sqlite3."), IM_RANGE("setoutputsize", u_nothing, 1, 2, "($self, size, column=None, /)", "Required by DB-API. Does nothing in sqlite3."), IM_END};
static const ImMemberDef cursor_members[] = {{"arraysize", IM_T_INT64, offsetof(ImSqlCursor, arraysize), false, NULL}, {"rowcount", IM_T_INT64, offsetof(ImSqlCursor, rowcount), true, NULL}, {0}};
static const ImGetSetDef cursor_getset[] = {{"connection", get_connection, NULL, NULL, NULL}, {"description", get_description, NULL, NULL, NULL}, {"lastrowid", get_lastrowid, NULL, NULL, NULL},
    {"row_factory", get_row_factory, set_row_factory, NULL, NULL}, {0}};
static const ImSlots cursor_slots = {.new_ = cursor_new, .init = cursor_init, .iter = cursor_iter, .next = cursor_next};
const ImTypeSpec im_sql_cursor_spec = {.name = "sqlite3.Cursor", .doc = "SQLite database cursor class.", .size = sizeof(ImSqlCursor), .flags = IM_TF_GC | IM_TF_BASETYPE | IM_TF_WEAKREF, .slots = &cursor_slots,
    .methods = cursor_methods, .members = cursor_members, .getset = cursor_getset, .traverse = cursor_traverse, .destroy = cursor_destroy};

/* --- rows ------------------------------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Row { ImObject head; Value data, description; } Row;
#define ROW(v) ((Row *)im_ptr(v))
static Value row_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    if (im_no_kwargs(t, "Row", kwnames) < 0 || im_check_nargs(t, "Row", nargs, 2, 2) < 0) return IM_NO_VALUE;
    if (!im_is_instance_of(args[0], &im_sql_cursor_type)) return im_raise_type(t, "Row() argument 1 must be sqlite3.Cursor, not %T", args[0]);
    if (!im_is_tuple(args[1])) return im_raise_type(t, "Row() argument 2 must be tuple, not %T", args[1]);
    Value v = im_instance_new(t, type);
    if (im_no_value(v)) return v;
    ROW(v)->data = im_new_ref(args[1]);
    ROW(v)->description = get_description(t, args[0], NULL);
    return v;
}
static ssize_t row_len(Thread *t, Value self) { (void)t; return im_tuple_len(ROW(self)->data); }
static Value row_iter(Thread *t, Value self) { return im_iter(t, ROW(self)->data); }
static Value row_subscript(Thread *t, Value self, Value key)
{
    Row *r = ROW(self);
    if (im_is_str(key)) {
        const char *want = im_str_utf8(t, key, NULL);
        if (!want) return IM_NO_VALUE;
        for (ssize_t i = 0; im_is_tuple(r->description) && i < im_tuple_len(r->description); i++) {
            const char *name = im_str_utf8(t, im_tuple_get(im_tuple_get(r->description, i), 0), NULL);
            if (name && sqlite3_stricmp(name, want) == 0) return im_new_ref(im_tuple_get(r->data, i));
        }
        return im_is_none(r->description) ? im_raise_value_of(t, &im_IndexError_type, key) : im_raise_index(t, "No item with that key");
    }
    if (im_is_int_like(key) || im_is_exact(key, &im_slice_type)) return im_getitem(t, r->data, key);
    return im_raise_index(t, "Index must be int or string");
}
static Value row_item(Thread *t, Value self, ssize_t i) { return im_getitem_index(t, ROW(self)->data, i); }
IM_METHOD(row_keys)
{
    Value list = im_list_new(t, 4), d = ROW(self)->description;
    for (ssize_t i = 0; im_is_tuple(d) && !im_no_value(list) && i < im_tuple_len(d); i++)
        if (im_list_append(t, list, im_tuple_get(im_tuple_get(d, i), 0)) < 0) IM_CLEAR(t, list);
    return list;
}
static int64_t row_hash(Thread *t, Value self)
{
    int64_t a = im_hash(t, ROW(self)->description), b = a == -1 ? -1 : im_hash(t, ROW(self)->data);
    return b == -1 ? -1 : (a ^ b) == -1 ? -2 : a ^ b;
}
static Value row_compare(Thread *t, Value a, Value b, ImCmp op)
{
    if ((op != IM_EQ && op != IM_NE) || !im_is_instance_of(b, &im_sql_row_type)) return IM_NOT_IMPLEMENTED;
    int same = im_equal(t, ROW(a)->description, ROW(b)->description);
    if (same < 0) return IM_NO_VALUE;
    return same ? im_compare(t, ROW(a)->data, ROW(b)->data, op) : im_bool(op == IM_NE);
}
static int row_traverse(ImObject *o, ImVisit visit, void *arg)
{
    int r = im_is_object(((Row *)o)->data) ? visit(((Row *)o)->data, arg) : 0;
    return !r && im_is_object(((Row *)o)->description) ? visit(((Row *)o)->description, arg) : r;
}
static void row_destroy(Thread *t, ImObject *o)
{
    im_destroy_child(t, ((Row *)o)->data);
    im_destroy_child(t, ((Row *)o)->description);
}
static const ImMethodDef row_methods[] = {IM_FIXED("keys", row_keys, 0, "($self, /)", "Returns the keys of the row."), IM_END};
static const ImSlots row_slots = {.new_ = row_new, .length = row_len, .iter = row_iter, .subscript = row_subscript, .item = row_item, .hash = row_hash, .richcompare = row_compare};
const ImTypeSpec im_sql_row_spec = {.name = "sqlite3.Row", .size = sizeof(Row), .flags = IM_TF_GC | IM_TF_BASETYPE, .slots = &row_slots, .methods = row_methods, .traverse = row_traverse, .destroy = row_destroy};

static Value protocol_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    return im_instance_new(t, type);
}
static const ImSlots protocol_slots = {.new_ = protocol_new};
const ImTypeSpec im_sql_protocol_spec = {.name = "sqlite3.PrepareProtocol", .doc = "PEP 246 style object adaption protocol type.", .size = sizeof(ImObject), .flags = IM_TF_BASETYPE, .slots = &protocol_slots};
