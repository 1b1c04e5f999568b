/* str: immutable array of code points stored as Latin-1, UCS-2 or UCS-4, whichever is the narrowest that holds the largest one.
 * SPDX-License-Identifier: MIT */
#ifndef IM_TYPES_STR_H
#define IM_TYPES_STR_H

#include <stdarg.h>
#include <string.h>

#include "object/abstract.h"

typedef struct ImStr {
    ImObject head;   /* type flags: IM_STR_ bits */
    int64_t x_hash;  /* -1: not computed yet; written by anyone, always the same value (racy and harmless) */
    ssize_t len;     /* code points */
    uint8_t data[];  /* len * kind bytes and a zero of the same width; the block may have room to grow */
} ImStr;
enum { IM_STR_KIND1 = 1 << 8, IM_STR_KIND2 = 2 << 8, IM_STR_KIND4 = 3 << 8, IM_STR_KIND_MASK = 3 << 8, IM_STR_ASCII = 1 << 10, IM_STR_INTERNED = 1 << 11 };

IM_TYPE_DECLARE(str);
IM_INLINE ImStr *im_strp(Value v) { return (ImStr *)im_ptr(v); }
IM_INLINE bool im_is_str(Value v) { return im_is_object(v) && im_type_has(im_type_of_obj(im_ptr(v)), IM_TF_STR); }
IM_INLINE bool im_is_str_exact(Value v) { return im_is_exact(v, &im_str_type); }
IM_INLINE ssize_t im_str_len(Value v) { return im_strp(v)->len; }
/* Bytes per code point: 1, 2 or 4. */
IM_INLINE int im_str_kind(Value v) { static const uint8_t k[4] = {1, 1, 2, 4}; return k[(im_load_relaxed(&im_strp(v)->head.x_flags) >> 8) & 3]; }
IM_INLINE bool im_str_is_ascii(Value v) { return im_has_flag(im_ptr(v), IM_STR_ASCII); }
IM_INLINE bool im_str_is_interned(Value v) { return im_has_flag(im_ptr(v), IM_STR_INTERNED); }
IM_INLINE void *im_str_data(Value v) { return im_strp(v)->data; }
IM_INLINE uint32_t im_str_read(int kind, const void *data, ssize_t i)
{
    return kind == 1 ? ((const uint8_t *)data)[i] : kind == 2 ? ((const uint16_t *)data)[i] : ((const uint32_t *)data)[i];
}
IM_INLINE void im_str_write(int kind, void *data, ssize_t i, uint32_t c)
{
    if (kind == 1) ((uint8_t *)data)[i] = (uint8_t)c;
    else if (kind == 2) ((uint16_t *)data)[i] = (uint16_t)c;
    else ((uint32_t *)data)[i] = c;
}
IM_INLINE uint32_t im_str_at(Value v, ssize_t i) { return im_str_read(im_str_kind(v), im_str_data(v), i); }

/* The strings of one Latin-1 character, immortal; no value: not made yet. Set once, by compare-and-swap. */
extern Value im_str_latin1[256];
/* s[i], or no value where that takes more than a look: a character that is not Latin-1, or outside. */
IM_INLINE Value im_str_item_quick(Value s, int64_t i)
{
    const ImStr *p = im_strp(s);
    if (i < 0) i += p->len;
    if ((uint64_t)i >= (uint64_t)p->len || im_str_kind(s) != 1) return IM_NO_VALUE;
    return (Value){im_load_acquire(&im_str_latin1[p->data[i]].bits)};
}
/* Equality of two exact str. Of interned ones that are not the same object, no two are equal. */
IM_INLINE bool im_str_equal_quick(Value a, Value b)
{
    if (im_same(a, b)) return true;
    const ImStr *x = im_strp(a), *y = im_strp(b);
    const uint16_t fx = im_load_relaxed(&x->head.x_flags), fy = im_load_relaxed(&y->head.x_flags);
    if (x->len != y->len || ((fx ^ fy) & IM_STR_KIND_MASK) || (fx & fy & IM_STR_INTERNED) || x->data[0] != y->data[0]) return false;
    return memcmp(x->data, y->data, (size_t)x->len * (size_t)im_str_kind(a)) == 0;
}
/* Whether two values are the same or equal: 1, 0, or -1 where only their types can tell. */
IM_INLINE int im_equal_at_once(Value a, Value b)
{
    if (im_same(a, b)) return 1;
    if (im_are_ints(a, b)) return 0;
    return im_is_str_exact(a) && im_is_str_exact(b) ? im_str_equal_quick(a, b) : -1;
}
ssize_t im_str_find(Value s, Value sub, ssize_t start, ssize_t end, int direction); /* index or -1 */
/* `sub in s` of two str. */
IM_INLINE bool im_str_has(Value s, Value sub)
{
    const ImStr *p = im_strp(s);
    if (IM_LIKELY(im_strp(sub)->len == 1 && p->len <= 8 && im_str_kind(s) == 1 && im_str_kind(sub) == 1)) {
        const uint8_t c = im_strp(sub)->data[0];
        for (ssize_t i = 0; i < p->len; i++)
            if (p->data[i] == c) return true;
        return false;
    }
    return im_str_find(s, sub, 0, p->len, 1) >= 0;
}

/* --- making --- */
/* Room for len code points up to maxchar; contents to be filled by the caller before anybody sees it. len 0 gives the empty str. */
IM_MUST_USE Value im_str_new(Thread *t, ssize_t len, uint32_t maxchar);
IM_MUST_USE Value im_str_from_utf8(Thread *t, const char *s, ssize_t len);       /* strict UTF-8; UnicodeDecodeError */
IM_MUST_USE Value im_str_from_wtf8(Thread *t, const char *s, ssize_t len);       /* lone surrogates allowed (constants from source) */
IM_MUST_USE Value im_str_from_cstr(Thread *t, const char *s);                    /* UTF-8, zero ended */
IM_MUST_USE Value im_str_from_latin1(Thread *t, const void *s, ssize_t len);
IM_MUST_USE Value im_str_from_ascii(Thread *t, const void *s, ssize_t len); /* bytes known to be below 128 */
IM_MUST_USE Value im_str_from_kind(Thread *t, int kind, const void *data, ssize_t len); /* narrows */
IM_MUST_USE Value im_str_from_char(Thread *t, uint32_t c);                       /* Latin-1 ones are shared singletons */
IM_MUST_USE Value im_str_fs_decode(Thread *t, const char *s, ssize_t len);       /* file system encoding, surrogateescape; len -1: strlen */
IM_MUST_USE Value im_str_format(Thread *t, const char *fmt, ...);                /* formats of object/error.h */
IM_MUST_USE Value im_str_vformat(Thread *t, const char *fmt, va_list ap);
/* Borrowed UTF-8, valid while v lives (cached for non-ASCII in a side table or beside the data); null with UnicodeEncodeError for lone surrogates. len may be null. */
IM_MUST_USE const char *im_str_utf8(Thread *t, Value v, ssize_t *len);
/* Path or str -> bytes in file system encoding: str, bytes or os.PathLike. Owned bytes; ValueError "embedded null byte". */
IM_MUST_USE Value im_fs_encode(Thread *t, Value path);
/* os.fspath() */
IM_MUST_USE Value im_fspath(Thread *t, Value path);
bool im_fspath_is_none(Thread *t, Value path);

/* --- interning --- */
/* The interned equal of s (steals s). Names in code are immortal. */
Value im_str_intern(Thread *t, Value s);
Value im_str_intern_cstr(Thread *t, const char *s);
/* The interned string of this text if there is one (borrowed; interned strings do not die): makes nothing, cannot fail. */
Value im_str_interned_cstr(const char *s);
Value im_str_interned_ascii(const void *p, size_t len);
/* The interned string of these Latin-1 characters, made only if there is none. */
Value im_str_intern_latin1(Thread *t, const void *p, size_t len);
int im_names_init(Thread *t);

/* --- using --- */
IM_MUST_USE Value im_str_concat(Thread *t, Value a, Value b);
/* a += b in place when *a is unique; replaces *a (owned), -1 and *a dropped on failure. */
IM_MUST_USE int im_str_append(Thread *t, Value *a, Value b);
IM_MUST_USE Value im_str_substring(Thread *t, Value s, ssize_t start, ssize_t end);
/* The 26 ASCII letters from `first` on have their bit 0x20 turned, in n bytes below 128. to may be from. */
void im_ascii_turn_case(void *to, const void *from, size_t n, char first);
const void *im_bytes_find(const void *p, size_t n, const void *needle, size_t m); /* memmem */
size_t im_bytes_count(const void *p, size_t n, const void *needle, size_t m);      /* places that do not overlap; m > 0 */
IM_MUST_USE Value im_str_join(Thread *t, Value sep, Value iterable);
IM_MUST_USE Value im_str_join_array(Thread *t, Value sep, const Value *items, size_t n); /* all str */
bool im_str_equal(Value a, Value b);          /* both str; never fails */
bool im_str_equal_cstr(Value a, const char *ascii);
int im_str_compare(Value a, Value b);         /* -1, 0, 1 */
int64_t im_str_hash(Value v);                 /* never -1 */
ssize_t im_str_find_char(Value s, uint32_t c, ssize_t start, ssize_t end, int direction);
bool im_str_startswith(Value s, Value prefix, ssize_t start);
IM_MUST_USE Value im_str_encode(Thread *t, Value s, const char *encoding, const char *errors); /* null: utf-8, strict */
IM_MUST_USE Value im_str_decode(Thread *t, const char *bytes, ssize_t len, const char *encoding, const char *errors);
/* Python's repr of s. */
IM_MUST_USE Value im_str_repr(Thread *t, Value s);
IM_MUST_USE Value im_str_format_percent(Thread *t, Value fmt, Value args); /* fmt % args */

/* --- building: one growing buffer that widens itself --- */
typedef struct ImStrBuilder {
    void *data;
    ssize_t len, cap;
    int kind;
    uint32_t maxchar;
    uint8_t small[256];
} ImStrBuilder;
void im_sb_init(ImStrBuilder *b);
void im_sb_free(ImStrBuilder *b);
IM_MUST_USE int im_sb_char_slow(Thread *t, ImStrBuilder *b, uint32_t c);
IM_MUST_USE IM_INLINE int im_sb_char(Thread *t, ImStrBuilder *b, uint32_t c)
{
    if (IM_UNLIKELY(b->len >= b->cap || (uint64_t)c >> (8 * b->kind))) return im_sb_char_slow(t, b, c);
    if (c > b->maxchar) b->maxchar = c;
    im_str_write(b->kind, b->data, b->len++, c);
    return 0;
}
IM_MUST_USE int im_sb_fill(Thread *t, ImStrBuilder *b, uint32_t c, ssize_t n); /* n times c; nothing for n <= 0 */
IM_MUST_USE int im_sb_reserve(Thread *t, ImStrBuilder *b, ssize_t n, uint32_t c); /* room for n more code points up to c */
IM_MUST_USE int im_sb_str(Thread *t, ImStrBuilder *b, Value s);
IM_MUST_USE int im_sb_substr(Thread *t, ImStrBuilder *b, Value s, ssize_t start, ssize_t end);
IM_MUST_USE int im_sb_ascii(Thread *t, ImStrBuilder *b, const char *s, ssize_t len); /* Latin-1 bytes; len -1: strlen */
IM_MUST_USE int im_sb_repr(Thread *t, ImStrBuilder *b, Value v);
IM_MUST_USE Value im_sb_finish(Thread *t, ImStrBuilder *b); /* also frees */

/* hash of bytes as str and bytes do it (SipHash-1-3, seeded); 0 for length 0 */
int64_t im_hash_bytes(const void *p, ssize_t len);
void im_hash_seed_init(const char *seed); /* PYTHONHASHSEED, or null for a random one */

#endif
