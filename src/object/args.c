/* Arguments of native functions: arity checks and binding by signature text, with CPython's messages.
 * SPDX-License-Identifier: MIT
 *
 * Signature texts are static strings, so their address is the key of the table of compiled forms: a lock-free probe, insertion under a lock, entries for ever. */
#include "object/abstract.h"
#include "object/signature.h"
#include "types/dict.h"
#include "types/function.h"
#include "types/module.h"
#include "types/str.h"
#include "types/tuple.h"

/* ---- compiling signatures ------------------------------------------------------------------------------------------------ */

enum { SIG_TABLE = 8192 };
static ImSignature *x_sigs[SIG_TABLE]; /* stored once, under sig_lock, with release */
static uint32_t sig_count;
static ImMutex sig_lock;

static uint32_t sig_hash(const char *text) { return (uint32_t)(((uint64_t)(uintptr_t)text * 0x9E3779B97F4A7C15u) >> 40) & (SIG_TABLE - 1); }

/* Past a default value: up to a comma or the closing parenthesis at this level. */
static const char *skip_default(const char *p)
{
    int depth = 0;
    char quote = 0;
    for (; *p; p++) {
        if (quote) {
            if (*p == '\\' && p[1]) p++;
            else if (*p == quote) quote = 0;
        } else if (*p == '\'' || *p == '"') {
            quote = *p;
        } else if (*p == '(' || *p == '[' || *p == '{') {
            depth++;
        } else if (*p == ')' || *p == ']' || *p == '}') {
            if (depth-- == 0) break;
        } else if (*p == ',' && depth == 0) {
            break;
        }
    }
    return p;
}

static int sig_compile(Thread *t, const char *text, ImSignature *s)
{
    const char *p = text + 1;
    bool kwonly = false;
    s->text = text;
    s->varargs = s->varkw = -1;
    while (*p && *p != ')') {
        if (*p == ' ' || *p == '\n' || *p == ',') { p++; continue; }
        if (*p == '$') { /* self */
            while (*p && *p != ',' && *p != ')') p++;
            continue;
        }
        if (*p == '/') { s->nposonly = s->npos; p++; continue; }
        int stars = 0;
        while (*p == '*') { stars++; p++; }
        const char *name = p;
        while (*p && *p != ',' && *p != ')' && *p != '=' && *p != ' ' && *p != ':') p++;
        size_t len = (size_t)(p - name);
        if (stars == 1 && len == 0) { kwonly = true; continue; }
        if (s->n >= IM_SIG_MAX) im_fatal("signature with too many parameters: %s", text);
        char buf[64];
        if (len >= sizeof(buf)) im_fatal("parameter name too long: %s", text);
        memcpy(buf, name, len);
        buf[len] = 0;
        Value v = im_str_intern_cstr(t, buf);
        if (im_no_value(v)) return -1;
        im_immortalize(v);
        uint8_t i = s->n++;
        s->names[i] = v;
        while (*p == ' ') p++;
        s->required[i] = *p != '=' && stars == 0;
        if (*p == '=') p = skip_default(p + 1);
        if (stars == 1) { s->varargs = (int8_t)i; kwonly = true; continue; }
        if (stars == 2) { s->varkw = (int8_t)i; continue; }
        if (!kwonly) {
            s->npos++;
            if (s->required[i]) s->minpos = s->npos;
        }
    }
    for (uint8_t i = s->nposonly; i < s->n; i++)
        if (i != s->varargs && i != s->varkw) s->nkw++;
    s->plain = s->varargs < 0 && s->varkw < 0;
    for (uint8_t i = s->npos; i < s->n; i++)
        if (s->required[i]) s->plain = false;
    return 0;
}

const ImSignature *im_signature(Thread *t, const char *text)
{
    ImSignature *s;
    for (uint32_t i = sig_hash(text); (s = im_load_acquire(&x_sigs[i])) != NULL; i = (i + 1) & (SIG_TABLE - 1))
        if (s->text == text) return s;
    s = im_raw_alloc_zero(t, 1, sizeof(*s));
    if (!s) return NULL;
    if (sig_compile(t, text, s) < 0) { im_raw_free(s); return NULL; }
    im_mutex_acquire(t, &sig_lock);
    ImSignature *other;
    uint32_t i = sig_hash(text);
    for (; (other = x_sigs[i]) != NULL && other->text != text; i = (i + 1) & (SIG_TABLE - 1)) {}
    if (!other) {
        if (++sig_count > SIG_TABLE * 3 / 4) im_fatal("too many signatures");
        im_store_release(&x_sigs[i], s);
    }
    im_mutex_unlock(&sig_lock);
    if (other) { im_raw_free(s); return other; }
    return s;
}

/* ---- messages --------------------------------------------------------------------------------------------------------------- */

int im_check_nargs(Thread *t, const char *fname, size_t nargs, size_t min, size_t max)
{
    if (nargs >= min && nargs <= max) return 0;
    bool few = nargs < min;
    size_t want = few ? min : max;
    const char *how = min == max ? "" : few ? "at least " : "at most ";
    if (fname) im_raise_type(t, "%.200s expected %s%zu argument%s, got %zu", fname, how, want, want == 1 ? "" : "s", nargs);
    else im_raise_type(t, "unpacked tuple should have %s%zu element%s, but has %zu", how, want, want == 1 ? "" : "s", nargs);
    return -1;
}

int im_no_kwargs(Thread *t, const char *fname, Value kwnames)
{
    if (im_no_value(kwnames) || im_tuple_len(kwnames) == 0) return 0;
    im_raise_type(t, "%.200s() takes no keyword arguments", fname);
    return -1;
}

static const char *plural(size_t n) { return n == 1 ? "" : "s"; }

/* Distance between names in the units of the traceback's suggestions: 2 per edit, 1 for a change of case. Over max: max + 1. */
static size_t name_distance(const char *a, size_t na, const char *b, size_t nb, size_t max)
{
    size_t row[41];
    if (na > 40 || nb > 40) return max + 1;
    for (size_t j = 0; j <= nb; j++) row[j] = j * 2;
    for (size_t i = 1; i <= na; i++) {
        size_t diag = row[0];
        row[0] = i * 2;
        for (size_t j = 1; j <= nb; j++) {
            char x = a[i - 1], y = b[j - 1];
            size_t cost = x == y ? 0 : (x ^ y) == 32 && ((x | 32) >= 'a' && (x | 32) <= 'z') ? 1 : 2;
            size_t best = diag + cost, up = row[j] + 2, left = row[j - 1] + 2;
            diag = row[j];
            row[j] = best < up ? (best < left ? best : left) : up < left ? up : left;
        }
    }
    return row[nb];
}

Value im_suggest(Thread *t, const Value *names, size_t n, Value name)
{
    ssize_t nlen, clen;
    const char *text = im_str_utf8(t, name, &nlen);
    if (!text) { im_exc_clear(t); return IM_NO_VALUE; }
    Value best = IM_NO_VALUE;
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        if (!im_is_str(names[i]) || im_str_equal(names[i], name)) continue;
        const char *c = im_str_utf8(t, names[i], &clen);
        if (!c) { im_exc_clear(t); continue; }
        size_t max = ((size_t)nlen + (size_t)clen + 3) * 2 / 6;
        if (max >= best_distance) max = best_distance - 1;
        size_t d = name_distance(text, (size_t)nlen, c, (size_t)clen, max);
        if (d > max) continue;
        if (d < best_distance) { best = names[i]; best_distance = d; }
    }
    return best;
}

/* Of functions whose texts name none: fname null. */
#define CALLED(fname) (fname) ? (fname) : "function", (fname) ? "()" : ""

static int unexpected_keyword(Thread *t, const ImSignature *s, const char *fname, Value name)
{
    Value names[IM_SIG_MAX];
    size_t n = 0;
    for (uint8_t i = s->nposonly; i < s->n; i++)
        if (i != s->varargs && i != s->varkw) names[n++] = s->names[i];
    Value hint = im_suggest(t, names, n, name);
    if (im_no_value(hint)) im_raise_type(t, "%.200s%s got an unexpected keyword argument '%S'", fname ? fname : "this function", fname ? "()" : "", name);
    else im_raise_type(t, "%.200s%s got an unexpected keyword argument '%S'. Did you mean '%U'?", fname ? fname : "this function", fname ? "()" : "", name, hint);
    return -1;
}

/* ---- binding ---------------------------------------------------------------------------------------------------------------- */

/* Index of the parameter called name, or -1. */
static int find_parameter(const ImSignature *s, Value name)
{
    for (int i = s->nposonly; i < s->n; i++)
        if (im_same(s->names[i], name) && i != s->varargs && i != s->varkw) return i;
    for (int i = s->nposonly; i < s->n; i++)
        if (i != s->varargs && i != s->varkw && im_str_equal(s->names[i], name)) return i;
    return -1;
}

static int check_positional(Thread *t, const ImSignature *s, const char *fname, size_t nargs, size_t nkw)
{
    size_t npos = s->npos;
    if (s->nkw == 0 && s->varkw < 0) { /* no keyword parameters: the plain texts */
        if (nkw) return im_raise_type(t, "%.200s%s takes no keyword arguments", CALLED(fname)), -1;
        return im_check_nargs(t, fname, nargs, s->minpos, s->varargs >= 0 ? SIZE_MAX : npos);
    }
    size_t len = npos + (s->nkw - (npos - s->nposonly));
    if (s->varargs < 0 && s->varkw < 0 && nargs + nkw > len) {
        im_raise_type(t, "%.200s%s takes at most %zu %sargument%s (%zu given)", CALLED(fname), len, nargs == 0 ? "keyword " : "", plural(len), nargs + nkw);
        return -1;
    }
    if (s->varargs < 0 && nargs > npos) {
        if (npos == 0) im_raise_type(t, "%.200s%s takes no positional arguments", CALLED(fname));
        else im_raise_type(t, "%.200s%s takes %s %zu positional argument%s (%zu given)", CALLED(fname), s->minpos < npos ? "at most" : "exactly", npos, plural(npos), nargs);
        return -1;
    }
    size_t minposonly = s->minpos < s->nposonly ? s->minpos : s->nposonly;
    if (nargs < minposonly) {
        im_raise_type(t, "%.200s%s takes %s %zu positional argument%s (%zu given)", CALLED(fname), minposonly < npos || s->varargs >= 0 ? "at least" : "exactly", minposonly,
            plural(minposonly), nargs);
        return -1;
    }
    return 0;
}

int im_signature_bind(Thread *t, const ImSignature *s, const char *fname, const Value *args, size_t nargs, Value kwnames, Value *out, Value owned[2])
{
    size_t nkw = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
    owned[0] = owned[1] = IM_NO_VALUE;
    if (check_positional(t, s, fname, nargs, nkw) < 0) return -1;
    for (uint8_t i = 0; i < s->n; i++) out[i] = IM_NO_VALUE;
    size_t given = nargs < s->npos ? nargs : s->npos;
    for (size_t i = 0; i < given; i++) out[i] = args[i];
    if (s->varargs >= 0) {
        owned[0] = im_tuple_from_array(t, args + given, nargs - given);
        if (im_no_value(owned[0])) return -1;
        out[s->varargs] = owned[0];
    }
    if (s->varkw >= 0) {
        owned[1] = im_dict_new(t);
        if (im_no_value(owned[1])) goto error;
        out[s->varkw] = owned[1];
    }
    for (size_t k = 0; k < nkw; k++) {
        Value name = im_tuple_get(kwnames, (ssize_t)k);
        int i = find_parameter(s, name);
        if (i < 0) {
            if (s->varkw < 0) {
                /* A missing required argument is reported first. */
                for (uint8_t r = (uint8_t)given; r < s->npos; r++)
                    if (s->required[r] && im_no_value(out[r])) {
                        bool later = false;
                        for (size_t k2 = k + 1; k2 < nkw; k2++)
                            if (im_str_equal(im_tuple_get(kwnames, (ssize_t)k2), s->names[r])) later = true;
                        if (later) continue;
                        im_raise_type(t, "%.200s%s missing required argument '%U' (pos %d)", CALLED(fname), s->names[r], r + 1);
                        goto error;
                    }
                unexpected_keyword(t, s, fname, name);
                goto error;
            }
            if (im_dict_set(t, owned[1], name, args[nargs + k]) < 0) goto error;
            continue;
        }
        if (!im_no_value(out[i])) {
            im_raise_type(t, "argument for %.200s%s given by name ('%U') and position (%d)", CALLED(fname), name, i + 1);
            goto error;
        }
        out[i] = args[nargs + k];
    }
    for (uint8_t i = (uint8_t)given; i < s->n; i++)
        if (s->required[i] && im_no_value(out[i]) && i != s->varargs && i != s->varkw) {
            im_raise_type(t, "%.200s%s missing required argument '%U' (pos %d)", CALLED(fname), s->names[i], i + 1);
            goto error;
        }
    return 0;
error:
    im_xdrop(t, owned[0]);
    im_xdrop(t, owned[1]);
    owned[0] = owned[1] = IM_NO_VALUE;
    return -1;
}

int im_parse_args(Thread *t, const char *fname, const char *sig, const Value *args, size_t nargs, Value kwnames, ImArgs *out)
{
    out->owned[0] = out->owned[1] = IM_NO_VALUE;
    const ImSignature *s = im_signature(t, sig);
    if (!s) return -1;
    return im_signature_bind(t, s, fname, args, nargs, kwnames, out->v, out->owned);
}

void im_args_fini(Thread *t, ImArgs *a)
{
    IM_CLEAR(t, a->owned[0]);
    IM_CLEAR(t, a->owned[1]);
}

/* ---- calling by table row ----------------------------------------------------------------------------------------------------- */

/* The class whose table has the row. */
static ImType *defining_type(ImType *ty, const ImMethodDef *def)
{
    Value mro = im_type_mro(ty);
    for (ssize_t i = 0; !im_no_value(mro) && i < im_tuple_len(mro); i++) {
        ImType *k = im_as_type(im_tuple_get(mro, i));
        for (const ImMethodDef *m = k->spec ? k->spec->methods : NULL; m && m->name; m++)
            if (m == def) return k;
    }
    return ty;
}

/* "list.append" for methods, "math.sin" for functions of modules, "len" for built-ins: what messages about plain arity call it. */
static Value qualified(Thread *t, const ImMethodDef *def, Value self)
{
    if (im_no_value(self)) return im_str_from_cstr(t, def->name);
    if (im_is_exact(self, &im_module_type)) {
        Value name = im_module_name(t, self);
        if (im_no_value(name) || im_str_equal_cstr(name, "builtins")) {
            im_xdrop(t, name);
            return im_str_from_cstr(t, def->name);
        }
        Value r = im_str_format(t, "%U.%s", name, def->name);
        im_drop(t, name);
        return r;
    }
    if (im_is_type(self) && (def->how & IM_M_CLASS)) return im_str_format(t, "%U.%s", im_type_qualname(im_as_type(self)), def->name);
    return im_str_format(t, "%U.%s", im_type_qualname(defining_type(im_type_of(self), def)), def->name);
}

static IM_COLD Value arity_error(Thread *t, const ImMethodDef *def, Value self, size_t nargs, size_t nkw)
{
    Value q = qualified(t, def, self);
    if (im_no_value(q)) return q;
    if (nkw) im_raise_type(t, "%U() takes no keyword arguments", q);
    else if (def->max == 0) im_raise_type(t, "%U() takes no arguments (%zu given)", q, nargs);
    else im_raise_type(t, "%U() takes exactly one argument (%zu given)", q, nargs);
    im_drop(t, q);
    return IM_NO_VALUE;
}

static Value call_parsed(Thread *t, const ImMethodDef *def, ImNative fn, Value self, const Value *args, size_t nargs, Value kwnames)
{
    const ImSignature *s = im_signature(t, def->sig);
    if (!s) return IM_NO_VALUE;
    Value out[IM_SIG_MAX], owned[2];
    if (IM_LIKELY(s->plain && im_no_value(kwnames) && nargs >= s->minpos && nargs <= s->npos)) {
        size_t i = 0;
        for (; i < nargs; i++) out[i] = args[i];
        for (; i < s->n; i++) out[i] = IM_NO_VALUE;
        return fn(t, self, out, s->n, IM_NO_VALUE);
    }
    if (s->nkw == 0 && s->varkw < 0) {
        size_t nkw = im_no_value(kwnames) ? 0 : (size_t)im_tuple_len(kwnames);
        if (IM_UNLIKELY(nkw)) return arity_error(t, def, self, nargs, nkw);
        if (s->minpos == s->npos && s->npos <= 1 && s->varargs < 0 && nargs != s->npos) {
            ImMethodDef d = *def;
            d.max = s->npos;
            return arity_error(t, &d, self, nargs, 0);
        }
    }
    if (im_signature_bind(t, s, def->name, args, nargs, kwnames, out, owned) < 0) return IM_NO_VALUE;
    Value r = fn(t, self, out, s->n, IM_NO_VALUE);
    im_xdrop(t, owned[0]);
    im_xdrop(t, owned[1]);
    return r;
}

const ImSignature *im_native_parsed(Thread *t, const ImMethodDef *def)
{
    if ((def->how & 15) != IM_M_PARSED) return NULL;
    const ImSignature *s = im_signature(t, def->sig);
    if (!s) im_exc_clear(t);
    return s && s->plain && s->n <= IM_SIG_FEW ? s : NULL;
}
Value im_native_call_parsed(Thread *t, const ImSignature *s, ImNative fn, Value self, const Value *args, size_t n)
{
    Value out[IM_SIG_FEW];
    size_t i = 0, all = s->n;
    for (; i < n; i++) out[i] = args[i];
    for (; i < all; i++) out[i] = IM_NO_VALUE;
    return fn(t, self, out, all, IM_NO_VALUE);
}

IM_INLINE Value native_call(Thread *t, const ImMethodDef *def, ImNative fn, Value self, const Value *args, size_t nargs, Value kwnames)
{
    switch (def->how & 15) {
    case IM_M_FIXED:
        if (IM_UNLIKELY(!im_no_value(kwnames) && im_tuple_len(kwnames))) return arity_error(t, def, self, nargs, 1);
        if (IM_UNLIKELY(nargs != def->min)) {
            if (def->min <= 1) return arity_error(t, def, self, nargs, 0);
            (void)!im_check_nargs(t, def->name, nargs, def->min, def->min);
            return IM_NO_VALUE;
        }
        return fn(t, self, args, nargs, IM_NO_VALUE);
    case IM_M_RANGE:
        if (IM_UNLIKELY(!im_no_value(kwnames) && im_tuple_len(kwnames))) return arity_error(t, def, self, nargs, 1);
        if (IM_UNLIKELY(im_check_nargs(t, def->name, nargs, def->min, def->max == 255 ? SIZE_MAX : def->max) < 0)) return IM_NO_VALUE;
        return fn(t, self, args, nargs, IM_NO_VALUE);
    case IM_M_PARSED: return call_parsed(t, def, fn, self, args, nargs, kwnames);
    default: return fn(t, self, args, nargs, kwnames);
    }
}

Value im_native_call(Thread *t, const ImMethodDef *def, ImNative fn, Value self, const Value *args, size_t nargs, Value kwnames)
{
    Value r = native_call(t, def, fn, self, args, nargs, kwnames);
#if IM_ASSERT_LEVEL >= 1
    if (im_no_value(r) != im_pending(t)) im_fatal("%s() %s", def->name, im_no_value(r) ? "gave neither a result nor an exception" : "gave a result and left an exception pending");
#endif
    return r;
}
