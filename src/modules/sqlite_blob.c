/* sqlite3.Blob: a value of a table that is read and written in place.
 * SPDX-License-Identifier: MIT
 *
 * A blob is used under its connection's lock, as cursors are; reads and writes, which may wait for the disk, go detached into memory that no object owns. */
#include <stdlib.h>
#include <string.h>

#include "modules/sqlite.h"

typedef struct Blob {
    ImObject head;
    Value connection;
    sqlite3_blob *blob; /* null: closed */
    int offset;
} Blob;
ImType im_sql_blob_type;
#define BLOB(v) ((Blob *)im_ptr(v))

Value im_sql_blobopen(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
{
    (void)nargs, (void)kwnames;
    ImSqlConnection *c = CONN(self);
    const char *table, *column, *name = "main";
    int64_t row;
    int readonly = 0, r;
    if (!(table = im_sql_text_arg(t, args[0], "blobopen", "1")) || !(column = im_sql_text_arg(t, args[1], "blobopen", "2"))) return IM_NO_VALUE;
    if (!im_is_int_like(args[2])) return im_raise_type(t, "expected 'int'");
    if (!im_int_get64(args[2], &row)) return im_raise_overflow(t, "Python int too large to convert to SQLite INTEGER");
    if ((!im_no_value(args[3]) && (readonly = im_truth(t, args[3])) < 0) || (!im_no_value(args[4]) && !(name = im_sql_text_arg(t, args[4], "blobopen", "'name'"))) || im_sql_check(t, c) < 0) return IM_NO_VALUE;
    Value v = im_instance_new(t, &im_sql_blob_type);
    if (im_no_value(v)) return v;
    sqlite3_blob *blob = NULL;
    if (im_sql_lock(t, c) < 0) {
        im_drop(t, v);
        return IM_NO_VALUE;
    }
    sqlite3 *db = c->db;
    IM_SQL(t, r, sqlite3_blob_open(db, name, table, column, row, !readonly, &blob));
    if (im_pending(t)) r = -1;
    else if (r != SQLITE_OK) im_sql_raise_db(t, db);
    if (r != SQLITE_OK && blob) { /* it was opened, but a callback raised */
        int closed;
        IM_SQL(t, closed, sqlite3_blob_close(blob));
        (void)closed;
    }
    im_sql_unlock(t, c);
    if (r != SQLITE_OK) {
        im_drop(t, v);
        return IM_NO_VALUE;
    }
    BLOB(v)->blob = blob;
    BLOB(v)->connection = im_new_ref(self);
    return v;
}

/* The connection, locked, or null with an exception. */
static ImSqlConnection *enter(Thread *t, Blob *b)
{
    ImSqlConnection *c = CONN(b->connection);
    if (im_sql_lock(t, c) < 0) return NULL;
    if (b->blob) return c;
    im_sql_unlock(t, c);
    return im_sql_raise(t, IM_SQL_PROGRAMMING, "Cannot operate on a closed blob."), NULL;
}
static Value failed(Thread *t, ImSqlConnection *c) { return im_pending(t) ? IM_NO_VALUE : im_sql_raise_db(t, c->db); }

/* The bytes from offset on. */
static Value inner_read(Thread *t, ImSqlConnection *c, Blob *b, int n, int offset)
{
    Value v = im_bytes_new(t, NULL, n);
    if (im_no_value(v) || n == 0) return v;
    char *to = im_bytes_data(v); /* nobody else has it yet */
    int r;
    IM_SQL(t, r, sqlite3_blob_read(b->blob, to, n, offset));
    if (r == SQLITE_OK && !im_pending(t)) return v;
    im_drop(t, v);
    return failed(t, c);
}
static int inner_write(Thread *t, ImSqlConnection *c, Blob *b, const void *from, ssize_t n, int offset)
{
    int r;
    if (n > sqlite3_blob_bytes(b->blob) - offset) return im_raise_valueerror(t, "data longer than blob length"), -1;
    IM_SQL(t, r, sqlite3_blob_write(b->blob, from, (int)n, offset));
    if (r == SQLITE_OK && !im_pending(t)) return 0;
    return failed(t, c), -1;
}

static void close_blob(Thread *t, Blob *b)
{
    sqlite3_blob *blob = b->blob;
    int r;
    b->blob = NULL;
    if (blob) IM_SQL(t, r, sqlite3_blob_close(blob));
    (void)r;
}
IM_METHOD(b_close)
{
    ImSqlConnection *c = CONN(BLOB(self)->connection);
    if (im_sql_lock(t, c) < 0) return IM_NO_VALUE;
    close_blob(t, BLOB(self));
    im_sql_unlock(t, c);
    return IM_NONE;
}
IM_METHOD(b_enter)
{
    ImSqlConnection *c = enter(t, BLOB(self));
    if (!c) return IM_NO_VALUE;
    im_sql_unlock(t, c);
    return im_new_ref(self);
}
IM_METHOD(b_exit)
{
    ImSqlConnection *c = enter(t, BLOB(self));
    if (!c) return IM_NO_VALUE;
    close_blob(t, BLOB(self));
    im_sql_unlock(t, c);
    return IM_FALSE;
}
IM_METHOD(b_read)
{
    Blob *b = BLOB(self);
    int n = -1;
    if (nargs && im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    ImSqlConnection *c = enter(t, b);
    if (!c) return IM_NO_VALUE;
    int left = sqlite3_blob_bytes(b->blob) - b->offset;
    if (n < 0 || n > left) n = left;
    Value v = inner_read(t, c, b, n, b->offset);
    if (!im_no_value(v)) b->offset += n;
    im_sql_unlock(t, c);
    return v;
}
IM_METHOD(b_write)
{
    Blob *b = BLOB(self);
    ImBuffer from;
    if (im_buffer_get(t, args[0], &from, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    ImSqlConnection *c = enter(t, b);
    int r = c ? inner_write(t, c, b, from.buf, from.len, b->offset) : -1;
    if (r == 0) b->offset += (int)from.len;
    if (c) im_sql_unlock(t, c);
    im_buffer_release(t, &from);
    return r < 0 ? IM_NO_VALUE : IM_NONE;
}
IM_METHOD(b_seek)
{
    Blob *b = BLOB(self);
    int offset, origin = 0;
    if (im_as_int(t, args[0], &offset) < 0 || (nargs > 1 && im_as_int(t, args[1], &origin) < 0)) return IM_NO_VALUE;
    ImSqlConnection *c = enter(t, b);
    if (!c) return IM_NO_VALUE;
    int length = sqlite3_blob_bytes(b->blob), base = origin == 1 ? b->offset : origin == 2 ? length : 0;
    Value r = IM_NONE;
    if (origin < 0 || origin > 2) r = im_raise_valueerror(t, "'origin' should be os.SEEK_SET, os.SEEK_CUR, or os.SEEK_END");
    else if (offset > INT32_MAX - base) r = im_raise_overflow(t, "seek offset results in overflow");
    else if (base + offset < 0 || base + offset > length) r = im_raise_valueerror(t, "offset out of blob range");
    else b->offset = base + offset;
    im_sql_unlock(t, c);
    return r;
}
IM_METHOD(b_tell)
{
    ImSqlConnection *c = enter(t, BLOB(self));
    if (!c) return IM_NO_VALUE;
    int at = BLOB(self)->offset;
    im_sql_unlock(t, c);
    return im_int(at);
}

/* --- as a sequence of bytes ----------------------------------------------------------------------------------------------------------------------------------- */

static ssize_t length(Thread *t, Value self)
{
    ImSqlConnection *c = enter(t, BLOB(self));
    if (!c) return -1;
    int n = sqlite3_blob_bytes(BLOB(self)->blob);
    im_sql_unlock(t, c);
    return n;
}
static int index_of(Thread *t, Blob *b, ssize_t i)
{
    ssize_t n = sqlite3_blob_bytes(b->blob);
    if (i < 0) i += n;
    return i < 0 || i >= n ? im_raise_index(t, "Blob index out of range"), -1 : (int)i;
}
/* A slice with a step is read as one piece from its lowest to its highest byte. */
typedef struct Span { ssize_t start, step, n; int low, len; } Span;
static int span_of(Thread *t, Blob *b, Value key, Span *s)
{
    ssize_t stop;
    if (im_slice_unpack(t, key, &s->start, &stop, &s->step) < 0) return -1;
    s->n = im_slice_adjust(sqlite3_blob_bytes(b->blob), &s->start, &stop, s->step);
    ssize_t last = s->start + (s->n - 1) * s->step;
    s->low = s->n ? (int)(s->step > 0 ? s->start : last) : 0;
    s->len = s->n ? (int)(s->step > 0 ? last - s->start : s->start - last) + 1 : 0;
    return 0;
}
static Value subscript(Thread *t, Value self, Value key)
{
    Blob *b = BLOB(self);
    ssize_t i = 0;
    bool one = im_is_index(key);
    if (!one && !im_is_slice(key)) {
        ImSqlConnection *c = enter(t, b);
        if (!c) return IM_NO_VALUE;
        im_sql_unlock(t, c);
        return im_raise_type(t, "Blob indices must be integers");
    }
    if (one && im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return IM_NO_VALUE;
    ImSqlConnection *c = enter(t, b);
    if (!c) return IM_NO_VALUE;
    Value r = IM_NO_VALUE;
    Span s;
    if (one) {
        int at = index_of(t, b, i);
        Value v = at < 0 ? IM_NO_VALUE : inner_read(t, c, b, 1, at);
        if (!im_no_value(v)) r = im_int((uint8_t)im_bytes_data(v)[0]);
        im_xdrop(t, v);
    } else if (span_of(t, b, key, &s) == 0) {
        Value all = inner_read(t, c, b, s.len, s.low);
        if (s.step == 1 || im_no_value(all)) r = all;
        else {
            r = im_bytes_new(t, NULL, s.n);
            for (ssize_t k = 0; k < s.n && !im_no_value(r); k++) im_bytes_data(r)[k] = im_bytes_data(all)[s.start + k * s.step - s.low];
            im_drop(t, all);
        }
    }
    im_sql_unlock(t, c);
    return r;
}
static int set_slice(Thread *t, ImSqlConnection *c, Blob *b, Value key, Value v)
{
    Span s;
    ImBuffer from;
    if (span_of(t, b, key, &s) < 0) return -1;
    if (s.n == 0) return 0;
    if (im_buffer_get(t, v, &from, IM_BUF_SIMPLE) < 0) return -1;
    int r = -1;
    if (from.len != s.n) im_raise_index(t, "Blob slice assignment is wrong size");
    else if (s.step == 1) r = inner_write(t, c, b, from.buf, from.len, s.low);
    else {
        Value all = inner_read(t, c, b, s.len, s.low);
        for (ssize_t k = 0; k < s.n && !im_no_value(all); k++) im_bytes_data(all)[s.start + k * s.step - s.low] = ((char *)from.buf)[k];
        if (!im_no_value(all)) r = inner_write(t, c, b, im_bytes_data(all), s.len, s.low);
        im_xdrop(t, all);
    }
    im_buffer_release(t, &from);
    return r;
}
static int ass_subscript(Thread *t, Value self, Value key, Value v)
{
    Blob *b = BLOB(self);
    bool one = im_is_index(key);
    ssize_t i = 0;
    uint8_t byte = 0;
    ImSqlConnection *c = enter(t, b);
    if (!c) return -1;
    im_sql_unlock(t, c);
    if (!one && !im_is_slice(key)) return im_raise_type(t, "Blob indices must be integers"), -1;
    if (im_no_value(v)) return im_raise_type(t, one ? "Blob doesn't support item deletion" : "Blob doesn't support slice deletion"), -1;
    if (one) { /* before the lock: __index__ is the program's */
        int64_t n;
        if (im_as_ssize(t, key, &im_IndexError_type, &i) < 0) return -1;
        if (!im_is_int_like(v)) return im_raise_type(t, "'%T' object cannot be interpreted as an integer", v), -1;
        n = im_int_get64(v, &n) ? n : -1;
        byte = (uint8_t)n;
        if (n != byte) i = index_of(t, b, i) < 0 ? -1 : (im_raise_valueerror(t, "byte must be in range(0, 256)"), -1);
        if (im_pending(t)) return -1;
    }
    if (!(c = enter(t, b))) return -1;
    int at = one ? index_of(t, b, i) : 0;
    int r = at < 0 ? -1 : one ? inner_write(t, c, b, &byte, 1, at) : set_slice(t, c, b, key, v);
    im_sql_unlock(t, c);
    return r;
}

static int traverse(ImObject *o, ImVisit visit, void *arg)
{
    Value c = ((Blob *)o)->connection;
    return im_is_object(c) ? visit(c, arg) : 0;
}
static void destroy(Thread *t, ImObject *o)
{
    close_blob(t, (Blob *)o);
    im_destroy_child(t, ((Blob *)o)->connection);
}
static const ImMethodDef methods[] = {
    IM_FIXED("close", b_close, 0, "($self, /)", "Close the blob."), IM_FIXED("__enter__", b_enter, 0, "($self, /)", "Blob context manager enter."),
    IM_FIXED("__exit__", b_exit, 3, "($self, type, val, tb, /)", "Blob context manager exit."),
    IM_RANGE("read", b_read, 0, 1, "($self, length=-1, /)", "Read data at the current offset position.\n\n  length\n    Read length in bytes.\n\n"
        "Without a length, or with a negative one, up to the end of the blob."),
    IM_FIXED("write", b_write, 1, "($self, data, /)", "Write data at the current offset.\n\nThe length of the blob stays as it is: writing beyond its end raises an exception."),
    IM_RANGE("seek", b_seek, 1, 2, "($self, offset, origin=0, /)", "Set the current access position to offset.\n\nThe origin is os.SEEK_SET (the start, default), os.SEEK_CUR (the current position)\n"
        "or os.SEEK_END (the end of the blob)."),
    IM_FIXED("tell", b_tell, 0, "($self, /)", "Return the current access position for the blob."), IM_END};
static const ImSlots slots = {.length = length, .subscript = subscript, .ass_subscript = ass_subscript};
const ImTypeSpec im_sql_blob_spec = {.name = "sqlite3.Blob", .size = sizeof(Blob), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_WEAKREF, .slots = &slots, .methods = methods, .traverse = traverse, .destroy = destroy};
