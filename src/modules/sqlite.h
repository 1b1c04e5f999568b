/* What the files of _sqlite3 share. SQLite is loaded when the module is imported.
 * SPDX-License-Identifier: MIT
 *
 * A connection and its cursors are used under the connection's lock, which its owner may take again (SQLite calls functions of the program); calls that may wait
 * for the disk or for another process are detached. */
#ifndef IM_MODULES_SQLITE_H
#define IM_MODULES_SQLITE_H

#include <sqlite3.h>

#include "modules/audit.h"
#include "modules/ownlock.h"
#include "modules/syscall.h"

typedef struct ImSqlConnection {
    ImObject head;
    sqlite3 *db;              /* null: closed. Changed under `lock` and the object's lock; either is enough to use it */
    ImOwnLock lock;
    sqlite3 *doomed;          /* closed by a function that SQLite has called, or during a backup: goes when the outermost user is done */
    int pins;                 /* backups under way, under `lock` */
    uint64_t thread;          /* identity of the one that made it */
    bool check_thread, initialized;
    int detect_types, autocommit; /* autocommit: -1 as of old, 0, 1 */
    const char *begin;        /* statement that opens a transaction; null: none is opened */
    Value x_level;            /* isolation_level: str or None */
    Value x_row_factory, x_text_factory; /* replaced by exchange */
    Value kept;               /* list: functions that SQLite knows by address */
    Value running;            /* dict from number to instance: aggregates that are being computed */
    int64_t last_running;
    struct ImSqlPlan *plans;  /* statements at rest, the last used first; under the lock */
    int plan_count, plan_limit;
} ImSqlConnection;
/* A statement with the text that it was made from. It belongs to one cursor, or rests with the connection for the next one that wants the same text. */
typedef struct ImSqlPlan {
    struct ImSqlPlan *next;
    sqlite3_stmt *stmt;
    sqlite3 *db;              /* of the statement; a connection may have another by now */
    size_t len;
    bool dml;
    char text[];
} ImSqlPlan;
typedef struct ImSqlCursor {
    ImObject head;
    sqlite3_stmt *stmt;       /* stands on a row not yet fetched, or null */
    ImSqlPlan *plan;          /* of stmt */
    bool initialized, closed, busy, dml;
    int64_t rowcount, arraysize;
    Value x_connection, x_description, x_lastrowid, x_row_factory;
    Value x_converters;       /* tuple of functions or None per column, or no value */
} ImSqlCursor;
extern ImType im_sql_connection_type, im_sql_cursor_type, im_sql_row_type, im_sql_protocol_type, im_sql_blob_type, im_sql_statement_type;
extern const ImTypeSpec im_sql_connection_spec, im_sql_cursor_spec, im_sql_row_spec, im_sql_protocol_spec, im_sql_blob_spec, im_sql_statement_spec;
#define CONN(v) ((ImSqlConnection *)im_ptr(v))
#define CUR(v) ((ImSqlCursor *)im_ptr(v))

typedef enum { IM_SQL_WARNING, IM_SQL_ERROR, IM_SQL_INTERFACE, IM_SQL_DATABASE, IM_SQL_INTERNAL, IM_SQL_OPERATIONAL, IM_SQL_PROGRAMMING, IM_SQL_INTEGRITY, IM_SQL_DATA, IM_SQL_NOT_SUPPORTED, IM_SQL_ERRORS } ImSqlError;
extern Value im_sql_errors[IM_SQL_ERRORS];
extern Value im_sql_adapters, im_sql_converters; /* dicts */
extern bool im_sql_x_tracebacks, im_sql_x_base_adapted; /* the latter: int, float, str or bytearray has an adapter */
#define im_sql_raise(t, kind, ...) im_raise((t), im_as_type(im_sql_errors[kind]), __VA_ARGS__)
/* What the connection says of its last call; always no value. */
Value im_sql_raise_db(Thread *t, sqlite3 *db);
const char *im_sql_code_name(int code);
/* Right thread, opened, initialised: 0, or -1 with ProgrammingError. */
IM_MUST_USE int im_sql_check(Thread *t, ImSqlConnection *c);
/* The same, and then the connection's lock is held and db is not null: until the next call into SQLite, whose callbacks may close the connection. What db was stays
 * usable until the lock is let go. */
IM_MUST_USE int im_sql_lock(Thread *t, ImSqlConnection *c);
void im_sql_unlock(Thread *t, ImSqlConnection *c);
/* A statement without results, detached. */
IM_MUST_USE int im_sql_simple(Thread *t, ImSqlConnection *c, const char *sql);
/* What stands for v; when there is nothing: alt, or without one ProgrammingError. */
IM_MUST_USE Value im_sql_adapt(Thread *t, Value v, Value proto, Value alt);
IM_MUST_USE Value im_sql_cursor_execute(Thread *t, Value cursor, Value sql, Value params, bool many);
IM_MUST_USE Value im_sql_cursor_script(Thread *t, Value cursor, Value script);
/* connection(sql): a statement as an object. */
IM_MUST_USE Value im_sql_statement(Thread *t, Value connection, Value sql);
/* Ends the statements that rest with the connection; under the lock. */
void im_sql_forget_plans(Thread *t, ImSqlConnection *c);
/* UTF-8 of a str without null characters; null with "who() argument which must be str". */
const char *im_sql_text_arg(Thread *t, Value v, const char *who, const char *which);
/* Methods of connections that stand in files of their own. */
Value im_sql_blobopen(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
Value im_sql_enable_extensions(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
Value im_sql_load_extension(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
Value im_sql_serialize(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
Value im_sql_deserialize(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
/* setconfig, or, with any value as get, getconfig. */
Value im_sql_config(Thread *t, Value self, const Value *args, size_t nargs, Value get);
/* r = call, detached. */
#define IM_SQL(t, r, call) do { im_thread_detach(t); (r) = (call); im_thread_attach(t); } while (0)

#endif
