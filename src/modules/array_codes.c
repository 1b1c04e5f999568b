/* array: the type codes, items from and to objects, and the machine layouts in pickles.
 * SPDX-License-Identifier: MIT */
#include "modules/array.h"

#include <math.h>

/* Layouts of pickled items: two integers per width (unsigned and signed, little end first), then floats, then text. */
enum { U8, S8, U16L, U16B, S16L, S16B, U32L, U32B, S32L, S32B, U64L, U64B, S64L, S64B, F32L, F32B, F64L, F64B, T16L, T16B, T32L, T32B, N_LAYOUTS };

const ImArrayCode im_array_codes[IM_ARRAY_N_CODES] = {
    {'b', 1, S8, true, "b"},    {'B', 1, U8, false, "B"},   {'u', 4, T32L, false, "w"},  {'w', 4, T32L, false, "w"},  {'h', 2, S16L, true, "h"},
    {'H', 2, U16L, false, "H"}, {'i', 4, S32L, true, "i"},  {'I', 4, U32L, false, "I"},  {'l', 8, S64L, true, "l"},   {'L', 8, U64L, false, "L"},
    {'q', 8, S64L, true, "q"},  {'Q', 8, U64L, false, "Q"}, {'f', 4, F32L, false, "f"},  {'d', 8, F64L, false, "d"},
};
const ImArrayCode *im_array_find_code(uint32_t c)
{
    for (size_t i = 0; i < IM_ARRAY_N_CODES; i++)
        if ((uint8_t)im_array_codes[i].code == c) return &im_array_codes[i];
    return NULL;
}

/* --- items ----------------------------------------------------------------------------------------------------------------------------- */

#define AT(type) ({ type at_; memcpy(&at_, p, sizeof at_); at_; })
Value im_array_load(Thread *t, const ImArrayCode *c, const void *p)
{
    switch (c->code) {
    case 'b': return im_int(AT(int8_t));
    case 'B': return im_int(AT(uint8_t));
    case 'h': return im_int(AT(int16_t));
    case 'H': return im_int(AT(uint16_t));
    case 'i': return im_int(AT(int32_t));
    case 'I': return im_int(AT(uint32_t));
    case 'l': case 'q': return im_int_new(t, AT(int64_t));
    case 'L': case 'Q': return im_int_from_u64(t, AT(uint64_t));
    case 'f': return im_float_new(t, (double)AT(float));
    case 'd': return im_float_new(t, AT(double));
    default: {
        uint32_t u = AT(uint32_t);
        if (u <= 0x10FFFF) return im_str_from_char(t, u);
        return c->code == 'w' ? im_raise_valueerror(t, "chr() arg not in range(0x110000)") : im_raise_valueerror(t, "character U+%x is not in range [U+0000; U+10ffff]", u);
    }
    }
}

typedef struct Range { int64_t min, max; const char *name; } Range;
/* The narrower ranges are asked after the wider ones that CPython's argument parser goes through: their texts tell which one failed. */
static const Range range_short = {INT16_MIN, INT16_MAX, "signed short integer"}, range_char = {INT8_MIN, INT8_MAX, "signed char"},
    range_byte = {0, UINT8_MAX, "unsigned byte integer"}, range_int = {INT32_MIN, INT32_MAX, "signed integer"}, range_ushort = {0, UINT16_MAX, "unsigned short"};
static int in_range(Thread *t, int64_t x, const Range *r)
{
    if (x < r->min) return im_raise_overflow(t, "%s is less than minimum", r->name), -1;
    if (x > r->max) return im_raise_overflow(t, "%s is greater than maximum", r->name), -1;
    return 0;
}
static int signed_arg(Thread *t, const ImArrayCode *c, Value v, int64_t *x)
{
    Value i = im_index(t, v);
    if (im_no_value(i)) return -1;
    int fits = im_int_get64(i, x);
    im_drop(t, i);
    if (fits) return 0;
    return im_raise_overflow(t, c->code == 'q' ? "int too big to convert" : "Python int too large to convert to C long"), -1;
}
static int unsigned_arg(Thread *t, const ImArrayCode *c, Value v, uint64_t *x)
{
    Value i = im_index(t, v);
    if (im_no_value(i)) return -1;
    int fits = im_int_get_u64(i, x), sign = im_int_sign(i);
    im_drop(t, i);
    if (sign < 0) return im_raise_overflow(t, c->code == 'Q' ? "can't convert negative int to unsigned" : "can't convert negative value to unsigned int"), -1;
    if (!fits) return im_raise_overflow(t, c->code == 'Q' ? "int too big to convert" : "Python int too large to convert to C unsigned long"), -1;
    if (c->code == 'I' && *x > UINT32_MAX) return im_raise_overflow(t, "unsigned int is greater than maximum"), -1;
    return 0;
}
int im_array_convert(Thread *t, const ImArrayCode *c, Value v, void *p)
{
    int64_t x = 0;
    uint64_t u = 0;
    double d;
    switch (c->code) {
    case 'u': case 'w':
        if (!im_is_str(v) || im_str_len(v) != 1) return im_raise_type(t, "array item must be unicode character"), -1;
        memcpy(p, &(uint32_t){im_str_at(v, 0)}, 4);
        return 0;
    case 'f':
        if (im_as_double(t, v, &d) < 0) return -1;
        memcpy(p, &(float){(float)d}, 4);
        return 0;
    case 'd':
        if (im_as_double(t, v, &d) < 0) return -1;
        memcpy(p, &d, 8);
        return 0;
    case 'I': case 'L': case 'Q':
        if (unsigned_arg(t, c, v, &u) < 0) return -1;
        memcpy(p, &u, c->size); /* little-endian machine: the low bytes come first */
        return 0;
    default: break;
    }
    if (signed_arg(t, c, v, &x) < 0) return -1;
    switch (c->code) {
    case 'b': if (in_range(t, x, &range_short) < 0 || in_range(t, x, &range_char) < 0) return -1; break;
    case 'B': if (in_range(t, x, &range_byte) < 0) return -1; break;
    case 'h': if (in_range(t, x, &range_short) < 0) return -1; break;
    case 'H': if (in_range(t, x, &range_int) < 0 || in_range(t, x, &range_ushort) < 0) return -1; break;
    case 'i': if (in_range(t, x, &range_int) < 0) return -1; break;
    default: break;
    }
    memcpy(p, &x, c->size);
    return 0;
}
#define ORDER(type) ({ type x_, y_; memcpy(&x_, a, sizeof x_); memcpy(&y_, b, sizeof y_); x_ < y_ ? -1 : x_ > y_ ? 1 : x_ == y_ ? 0 : 2; })
int im_array_compare_items(const ImArrayCode *c, const void *a, const void *b)
{
    switch (c->code) {
    case 'b': return ORDER(int8_t);
    case 'B': return ORDER(uint8_t);
    case 'h': return ORDER(int16_t);
    case 'H': return ORDER(uint16_t);
    case 'i': return ORDER(int32_t);
    case 'I': case 'u': case 'w': return ORDER(uint32_t);
    case 'l': case 'q': return ORDER(int64_t);
    case 'L': case 'Q': return ORDER(uint64_t);
    case 'f': return ORDER(float);
    default: return ORDER(double);
    }
}

/* --- pickles from any machine ------------------------------------------------------------------------------------------------------------- */

static int layout_size(int l) { return l < U16L ? 1 : l < U32L ? 2 : l < U64L ? 4 : l < F32L ? 8 : l < F64L ? 4 : l < T16L ? 8 : l < T32L ? 2 : 4; }
static bool layout_is_big(int l) { return l >= U16L && (l & 1); }
static bool layout_is_signed(int l) { return l == S8 || (l < F32L && l >= U16L && ((l - U16L) & 2)); }

/* The item at p, as the layout says. */
static Value foreign_item(Thread *t, int layout, const uint8_t *p)
{
    int size = layout_size(layout);
    if (layout < F32L) return im_int_from_bytes(t, p, (size_t)size, !layout_is_big(layout), layout_is_signed(layout));
    uint8_t b[8];
    for (int i = 0; i < size; i++) b[i] = p[layout_is_big(layout) ? size - 1 - i : i];
    float f;
    double d;
    memcpy(&f, b, 4);
    if (size == 4) return im_float_new(t, (double)f);
    memcpy(&d, b, 8);
    return im_float_new(t, d);
}
static Value foreign_items(Thread *t, int layout, Value bytes)
{
    static const char *const codecs[] = {"utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"};
    if (layout >= T16L) return im_str_decode(t, im_bytes_data(bytes), im_bytes_len(bytes), codecs[layout - T16L], NULL);
    int size = layout_size(layout);
    Value list = im_list_new(t, (size_t)(im_bytes_len(bytes) / size));
    for (ssize_t i = 0; !im_no_value(list) && i < im_bytes_len(bytes) / size; i++) {
        Value v = foreign_item(t, layout, (const uint8_t *)im_bytes_data(bytes) + i * size);
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) {
            im_drop(t, list);
            return IM_NO_VALUE;
        }
    }
    return list;
}
/* type(code, items), by array's own constructor whatever the subclass does with its own. */
static Value make(Thread *t, Value type, char code, Value items)
{
    Value c = im_no_value(items) ? IM_NO_VALUE : im_str_from_char(t, (uint8_t)code), r = IM_NO_VALUE;
    if (!im_no_value(c)) r = im_array_type.slots.new_(t, im_as_type(type), (Value[]){c, items}, 2, IM_NO_VALUE);
    im_xdrop(t, c);
    im_xdrop(t, items);
    return r;
}
Value im_array_reconstruct(Thread *t, Value type, Value code, Value machine, Value bytes)
{
    int layout;
    if (!im_is_str(code) || im_str_len(code) != 1) return im_raise_type(t, "_array_reconstructor() argument 2 must be a unicode character, not %T", code);
    if (im_as_int(t, machine, &layout) < 0) return IM_NO_VALUE;
    if (!im_is_type(type)) return im_raise_type(t, "first argument must be a type object, not %.200T", type);
    if (!im_type_is_subtype(im_as_type(type), &im_array_type)) return im_raise_type(t, "%.200N is not a subtype of %.200N", im_as_type(type), &im_array_type);
    const ImArrayCode *c = im_array_find_code(im_str_at(code, 0));
    if (!c) return im_raise_valueerror(t, "second argument must be a valid type code");
    if (layout < 0 || layout >= N_LAYOUTS) return im_raise_valueerror(t, "third argument must be a valid machine format code.");
    if (!im_is_bytes(bytes)) return im_raise_type(t, "fourth argument should be bytes, not %.200T", bytes);
    if (layout == c->machine) return make(t, type, c->code, im_new_ref(bytes));
    if (im_bytes_len(bytes) % layout_size(layout)) return im_raise_valueerror(t, "string length not a multiple of item size");
    char fit = c->code;
    for (size_t i = 0; layout < F32L && i < IM_ARRAY_N_CODES; i++) { /* the type that holds such items here may have another code */
        const ImArrayCode *k = &im_array_codes[i];
        if (k->machine < F32L && k->size == layout_size(layout) && k->is_signed == layout_is_signed(layout)) {
            fit = k->code;
            break;
        }
    }
    return make(t, type, fit, foreign_items(t, layout, bytes));
}
