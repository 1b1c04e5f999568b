/* Text and display of any object: repr, str, ascii, format, dir.
 * SPDX-License-Identifier: MIT */
#include "object/abstract.h"

#include "object/lookup.h"
#include "types/dict.h"
#include "types/float.h"
#include "types/int.h"
#include "types/list.h"
#include "types/str.h"
#include "types/tuple.h"

Value im_repr(Thread *t, Value v)
{
    if (im_poll(t) < 0) return IM_NO_VALUE;
    ImUnary fn = IM_SLOT(im_type_of(v), repr);
    if (!fn) return im_str_format(t, "<%s object at %p>", im_type_cname(im_type_of(v)), (void *)(uintptr_t)v.bits);
    if (im_recurse_enter(t, " while getting the repr of an object") < 0) return IM_NO_VALUE;
    Value r = fn(t, v);
    im_recurse_leave(t);
    if (im_no_value(r) || im_is_str(r)) return r;
    im_raise_type(t, "__repr__ returned non-string (type %.200T)", r);
    im_drop(t, r);
    return IM_NO_VALUE;
}

Value im_str(Thread *t, Value v)
{
    if (im_is_str_exact(v)) return im_new_ref(v);
    ImUnary fn = IM_SLOT(im_type_of(v), str);
    if (!fn) return im_repr(t, v);
    if (im_recurse_enter(t, " while getting the str of an object") < 0) return IM_NO_VALUE;
    Value r = fn(t, v);
    im_recurse_leave(t);
    if (im_no_value(r) || im_is_str(r)) return r;
    im_raise_type(t, "__str__ returned non-string (type %.200T)", r);
    im_drop(t, r);
    return IM_NO_VALUE;
}

Value im_ascii(Thread *t, Value v)
{
    Value s = im_repr(t, v);
    if (im_no_value(s) || im_str_is_ascii(s)) return s;
    const int kind = im_str_kind(s);
    const void *data = im_str_data(s);
    const ssize_t len = im_str_len(s);
    ssize_t size = 0; /* measured, then filled */
    for (ssize_t i = 0; i < len; i++) {
        const uint32_t c = im_str_read(kind, data, i);
        size += c < 128 ? 1 : c <= 0xFF ? 4 : c <= 0xFFFF ? 6 : 10;
    }
    Value r = im_str_new(t, size, 127);
    if (!im_no_value(r)) {
        char *o = im_str_data(r);
        for (ssize_t i = 0; i < len; i++) {
            uint32_t c = im_str_read(kind, data, i);
            if (c < 128) { *o++ = (char)c; continue; }
            const int n = c <= 0xFF ? 2 : c <= 0xFFFF ? 4 : 8;
            *o++ = '\\';
            *o++ = n == 2 ? 'x' : n == 4 ? 'u' : 'U';
            for (int k = n; k-- > 0; c >>= 4) o[k] = "0123456789abcdef"[c & 15];
            o += n;
        }
    }
    im_drop(t, s);
    return r;
}

Value im_format(Thread *t, Value v, Value spec)
{
    if (!im_no_value(spec) && !im_is_str(spec)) return im_raise_system(t, "Format specifier must be a string, not %.200T", spec);
    if (im_no_value(spec) || im_str_len(spec) == 0) { /* the common ones need no method */
        if (im_is_str_exact(v)) return im_new_ref(v);
        if (im_is_int_exact(v)) return im_str(t, v);
    }
    Value empty = IM_NO_VALUE, r;
    if (im_no_value(spec)) {
        empty = im_str_from_cstr(t, "");
        if (im_no_value(empty)) return empty;
        spec = empty;
    }
    bool found;
    r = im_call_special(t, v, IM_S(__format__), &spec, 1, &found);
    im_xdrop(t, empty);
    if (!found) return im_raise_type(t, "Type %.100T doesn't define __format__", v);
    if (im_no_value(r) || im_is_str(r)) return r;
    im_raise_type(t, "__format__ must return a str, not %.200T", r);
    im_drop(t, r);
    return IM_NO_VALUE;
}

/* ---- self-containing containers ------------------------------------------------------------------------------------------------- */

int im_repr_enter(Thread *t, Value v)
{
    if (im_no_value(t->repr_list)) {
        t->repr_list = im_list_new(t, 4);
        if (im_no_value(t->repr_list)) return -1;
    }
    ssize_t n = im_list_len(t->repr_list);
    for (ssize_t i = n; --i >= 0;) {
        Value x = im_list_get(t, t->repr_list, i);
        bool same = im_same(x, v);
        im_xdrop(t, x);
        if (same) return 1;
    }
    return im_list_append(t, t->repr_list, v) < 0 ? -1 : 0;
}
void im_repr_leave(Thread *t, Value v)
{
    /* repr() of an object can end while an exception is pending. */
    Value saved = im_exc_fetch(t);
    for (ssize_t i = im_list_len(t->repr_list); --i >= 0;) {
        Value x = im_list_get(t, t->repr_list, i);
        bool same = im_same(x, v);
        im_xdrop(t, x);
        if (!same) continue;
        if (im_delitem(t, t->repr_list, im_int(i)) < 0) im_exc_clear(t);
        break;
    }
    im_exc_restore(t, saved);
}

/* ---- dir -------------------------------------------------------------------------------------------------------------------------- */

Value im_dir(Thread *t, Value v)
{
    bool found;
    Value r = im_call_special(t, v, IM_S(__dir__), NULL, 0, &found), list;
    if (!found) return im_raise_type(t, "object does not provide __dir__");
    if (im_no_value(r)) return r;
    list = im_to_list(t, r);
    im_drop(t, r);
    if (!im_no_value(list) && im_list_sort(t, list, IM_NO_VALUE, false) < 0) IM_CLEAR(t, list);
    return list;
}
