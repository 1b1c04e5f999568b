/* str: UTF-8 text of a str, cached. ASCII strings are their own UTF-8; others keep a copy in a side table that dies with them.
 * SPDX-License-Identifier: MIT */
#include <pthread.h>

#include "types/bytes.h"
#include "types/str.h"

enum { IM_STR_UTF8 = IM_OF_DESTROY }; /* an entry in the table */
#define SHARDS 64
typedef struct Utf8Entry { struct Utf8Entry *next; ImObject *owner; ssize_t len; char text[]; } Utf8Entry;
static struct { pthread_mutex_t lock; Utf8Entry *head[64]; } table[SHARDS];

static size_t hash_of(const ImObject *o) { return ((uintptr_t)o >> 4) * 0x9E3779B97F4A7C15u >> 48; }
static Utf8Entry **bucket(ImObject *o, pthread_mutex_t **lock)
{
    size_t h = hash_of(o);
    *lock = &table[h % SHARDS].lock;
    return &table[h % SHARDS].head[h / SHARDS % 64];
}

void im_str_utf8_forget(ImObject *o);
void im_str_utf8_forget(ImObject *o)
{
    pthread_mutex_t *lock;
    Utf8Entry **p = bucket(o, &lock);
    pthread_mutex_lock(lock);
    for (; *p; p = &(*p)->next)
        if ((*p)->owner == o) {
            Utf8Entry *e = *p;
            *p = e->next;
            im_raw_free(e);
            break;
        }
    pthread_mutex_unlock(lock);
}

static ssize_t utf8_size(Value v, bool *surrogate)
{
    ssize_t n = 0, len = im_str_len(v);
    int k = im_str_kind(v);
    const void *d = im_str_data(v);
    for (ssize_t i = 0; i < len; i++) {
        uint32_t c = im_str_read(k, d, i);
        n += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        if (c >= 0xD800 && c < 0xE000) *surrogate = true;
    }
    return n;
}

size_t im_str_utf8_put(char *p, uint32_t c);
size_t im_str_utf8_put(char *p, uint32_t c)
{
    if (c < 0x80) { p[0] = (char)c; return 1; }
    if (c < 0x800) { p[0] = (char)(0xC0 | c >> 6); p[1] = (char)(0x80 | (c & 0x3F)); return 2; }
    if (c < 0x10000) { p[0] = (char)(0xE0 | c >> 12); p[1] = (char)(0x80 | (c >> 6 & 0x3F)); p[2] = (char)(0x80 | (c & 0x3F)); return 3; }
    p[0] = (char)(0xF0 | c >> 18);
    p[1] = (char)(0x80 | (c >> 12 & 0x3F));
    p[2] = (char)(0x80 | (c >> 6 & 0x3F));
    p[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

const char *im_str_utf8(Thread *t, Value v, ssize_t *len)
{
    if (im_str_is_ascii(v)) {
        if (len) *len = im_str_len(v);
        return im_str_data(v);
    }
    ImObject *o = im_ptr(v);
    pthread_mutex_t *lock;
    Utf8Entry **p = bucket(o, &lock), *e;
    if (im_has_flag(o, IM_STR_UTF8)) {
        pthread_mutex_lock(lock);
        for (e = *p; e && e->owner != o; e = e->next) {}
        pthread_mutex_unlock(lock);
        if (e) {
            if (len) *len = e->len;
            return e->text;
        }
    }
    bool surrogate = false;
    ssize_t n = utf8_size(v, &surrogate);
    if (surrogate) {
        Value b = im_str_encode(t, v, "utf-8", "strict"); /* raises */
        im_xdrop(t, b);
        return NULL;
    }
    e = im_raw_alloc(t, sizeof *e + (size_t)n + 1);
    if (!e) return NULL;
    char *q = e->text;
    int k = im_str_kind(v);
    for (ssize_t i = 0; i < im_str_len(v); i++) q += im_str_utf8_put(q, im_str_read(k, im_str_data(v), i));
    *q = 0;
    e->len = n;
    e->owner = o;
    pthread_mutex_lock(lock);
    for (Utf8Entry *f = *p; f; f = f->next)
        if (f->owner == o) { /* another thread was faster */
            pthread_mutex_unlock(lock);
            im_raw_free(e);
            if (len) *len = f->len;
            return f->text;
        }
    e->next = *p;
    *p = e;
    pthread_mutex_unlock(lock);
    im_set_flag(o, IM_STR_UTF8);
    if (len) *len = n;
    return e->text;
}
