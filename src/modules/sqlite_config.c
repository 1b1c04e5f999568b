/* Connections of _sqlite3: settings, extensions, a whole database as bytes.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "modules/sqlite.h"

/* --- settings -------------------------------------------------------------------------------------------------------------------------------------------------- */

static bool is_switch(int op)
{
    switch (op) {
    case SQLITE_DBCONFIG_ENABLE_FKEY: case SQLITE_DBCONFIG_ENABLE_TRIGGER: case SQLITE_DBCONFIG_ENABLE_VIEW: case SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER:
    case SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION: case SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE: case SQLITE_DBCONFIG_ENABLE_QPSG: case SQLITE_DBCONFIG_TRIGGER_EQP:
    case SQLITE_DBCONFIG_RESET_DATABASE: case SQLITE_DBCONFIG_DEFENSIVE: case SQLITE_DBCONFIG_WRITABLE_SCHEMA: case SQLITE_DBCONFIG_LEGACY_ALTER_TABLE:
    case SQLITE_DBCONFIG_DQS_DML: case SQLITE_DBCONFIG_DQS_DDL: case SQLITE_DBCONFIG_TRUSTED_SCHEMA: case SQLITE_DBCONFIG_LEGACY_FILE_FORMAT: return true;
    default: return false;
    }
}
Value im_sql_config(Thread *t, Value self, const Value *args, size_t nargs, Value get)
{
    ImSqlConnection *c = CONN(self);
    int op, on = -1, now = 0, r;
    if (im_as_int(t, args[0], &op) < 0) return IM_NO_VALUE;
    if (im_no_value(get) && (on = nargs > 1 ? im_truth(t, args[1]) : 1) < 0) return IM_NO_VALUE;
    if (im_sql_check(t, c) < 0) return IM_NO_VALUE;
    if (!is_switch(op)) return im_raise_valueerror(t, "unknown config 'op': %d", op);
    if (im_sql_lock(t, c) < 0) return IM_NO_VALUE;
    sqlite3 *db = c->db;
    IM_SQL(t, r, sqlite3_db_config(db, op, on, &now));
    if (r != SQLITE_OK) im_sql_raise_db(t, db);
    im_sql_unlock(t, c);
    if (r != SQLITE_OK) return IM_NO_VALUE;
    if (on < 0) return im_bool(now);
    return now == on ? IM_NONE : im_sql_raise(t, IM_SQL_OPERATIONAL, "Unable to set config");
}

/* --- extensions ------------------------------------------------------------------------------------------------------------------------------------------------ */

Value im_sql_enable_extensions(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs, (void)kwnames;
    ImSqlConnection *c = CONN(self);
    int on = im_truth(t, args[0]);
    if (on < 0 || IM_AUDIT(t, "sqlite3.enable_load_extension", self, im_bool(on)) < 0 || im_sql_check(t, c) < 0) return IM_NO_VALUE;
    if (im_sql_lock(t, c) < 0) return IM_NO_VALUE;
    int r = sqlite3_enable_load_extension(c->db, on);
    im_sql_unlock(t, c);
    return r == SQLITE_OK ? IM_NONE : im_sql_raise(t, IM_SQL_OPERATIONAL, "Error enabling load extension");
}
Value im_sql_load_extension(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs, (void)kwnames;
    ImSqlConnection *c = CONN(self);
    const char *name, *entry = NULL;
    char *why = NULL;
    int r;
    if (!(name = im_sql_text_arg(t, args[0], "load_extension", "1")) || (im_given(args[1]) && !(entry = im_sql_text_arg(t, args[1], "load_extension", "'entrypoint'"))) || im_sql_check(t, c) < 0 ||
        IM_AUDIT(t, "sqlite3.load_extension", self, args[0]) < 0) return IM_NO_VALUE;
    if (im_sql_lock(t, c) < 0) return IM_NO_VALUE;
    sqlite3 *db = c->db;
    IM_SQL(t, r, sqlite3_load_extension(db, name, entry, &why));
    if (r != SQLITE_OK && why) im_sql_raise(t, IM_SQL_OPERATIONAL, "%s", why);
    else if (r != SQLITE_OK) im_sql_raise_db(t, db);
    sqlite3_free(why);
    im_sql_unlock(t, c);
    return r == SQLITE_OK ? IM_NONE : IM_NO_VALUE;
}

/* --- a database as bytes ------------------------------------------------------------------------------------------------------------------------------------------ */

Value im_sql_serialize(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs, (void)kwnames;
    ImSqlConnection *c = CONN(self);
    const char *name = "main", *data;
    sqlite3_int64 size;
    bool copied = false;
    if ((!im_no_value(args[0]) && !(name = im_sql_text_arg(t, args[0], "serialize", "'name'"))) || im_sql_check(t, c) < 0) return IM_NO_VALUE;
    if (im_sql_lock(t, c) < 0) return IM_NO_VALUE;
    /* A database in one piece of memory is lent; any other is copied. */
    IM_SQL(t, data, (const char *)sqlite3_serialize(c->db, name, &size, SQLITE_SERIALIZE_NOCOPY));
    if (!data) {
        IM_SQL(t, data, c->db ? (const char *)sqlite3_serialize(c->db, name, &size, 0) : NULL);
        copied = true;
    }
    Value r = data ? im_bytes_new(t, data, (ssize_t)size) : im_sql_raise(t, IM_SQL_OPERATIONAL, "unable to serialize '%s'", name);
    im_sql_unlock(t, c);
    if (copied) sqlite3_free((void *)(uintptr_t)data);
    return r;
}
Value im_sql_deserialize(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs, (void)kwnames;
    ImSqlConnection *c = CONN(self);
    const char *name = "main", *from;
    ssize_t n;
    ImBuffer b;
    bool text = im_is_str(args[0]);
    if (text) {
        if (!(from = im_str_utf8(t, args[0], &n))) return IM_NO_VALUE;
    } else {
        if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
        from = b.buf;
        n = b.len;
    }
    unsigned char *copy = NULL;
    Value r = IM_NO_VALUE;
    if ((!im_no_value(args[1]) && !(name = im_sql_text_arg(t, args[1], "deserialize", "'name'"))) || im_sql_check(t, c) < 0) goto done;
    if (!(copy = sqlite3_malloc64((sqlite3_uint64)(n ? n : 1)))) {
        im_raise_memory(t);
        goto done;
    }
    memcpy(copy, from, (size_t)n);
    int rc;
    if (im_sql_lock(t, c) < 0) {
        sqlite3_free(copy);
        goto done;
    }
    sqlite3 *db = c->db;
    /* SQLite frees the copy, also when this fails. */
    IM_SQL(t, rc, sqlite3_deserialize(db, name, copy, n, n, SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE));
    r = rc == SQLITE_OK ? IM_NONE : im_sql_raise_db(t, db);
    im_sql_unlock(t, c);
done:
    if (!text) im_buffer_release(t, &b);
    return r;
}
