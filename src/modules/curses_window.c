/* curses windows.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modules/curses.h"

#define W(v) (im_windowp(v)->win)
static Value encoding_of(Thread *t, Value self) { return im_slot_get(t, NULL, &im_windowp(self)->encoding); }

Value im_window_new(Thread *t, WINDOW *win, Value parent, Value encoding)
{
    Value e = im_no_value(encoding) ? im_str_from_cstr(t, "utf-8") : im_new_ref(encoding);
    if (im_no_value(e)) return e;
    ImObject *o = im_instance_alloc(t, &im_curses_window_type, 0);
    if (!o) return im_drop(t, e), IM_NO_VALUE;
    ImWindow *w = (ImWindow *)o;
    w->win = win;
    w->encoding = e;
    if (!im_no_value(parent)) w->parent = im_new_ref(parent);
    return im_value(o);
}

/* --- arguments --------------------------------------------------------------------------------------------------------------------------------------- */

int im_curses_ints(Thread *t, const Value *args, size_t n, int *out)
{
    for (size_t i = 0; i < n; i++)
        if (im_as_int(t, args[i], &out[i]) < 0) return -1;
    return 0;
}
/* What a drawing method takes: [y, x,] rest. */
typedef struct Args { const Value *v; size_t n; bool at; int y, x; } Args;
/* lo..hi of `rest`; with two more: coordinates first. */
static int place(Thread *t, const char *name, const Value *args, size_t nargs, size_t lo, size_t hi, Args *a)
{
    *a = (Args){.v = args, .n = nargs};
    if (nargs < lo || nargs > hi + 2) {
        if (lo) im_raise_type(t, "_curses.window.%s requires %zu to %zu arguments", name, lo, hi + 2);
        else im_raise_type(t, "_curses.window.%s requires 0 to %zu arguments", name, hi + 2);
        return -1;
    }
    if (nargs <= hi) return 0;
    int yx[2];
    if (im_curses_ints(t, args, 2, yx) < 0) return -1;
    a->at = true, a->y = yx[0], a->x = yx[1], a->v += 2, a->n -= 2;
    return 0;
}
static int attr_arg(Thread *t, const Args *a, size_t i, attr_t *out)
{
    int64_t n;
    *out = A_NORMAL;
    if (i >= a->n) return 0;
    if (im_as_int64(t, a->v[i], &n) < 0) return -1;
    *out = (attr_t)n;
    return 0;
}
/* One byte of a str in the window's encoding. */
static int encoded_char(Thread *t, Value s, Value encoding, chtype *out)
{
    Value b = im_str_encode(t, s, im_str_utf8(t, encoding, NULL), "strict");
    if (im_no_value(b)) return -1;
    int r = im_bytes_len(b) == 1;
    if (r) *out = (unsigned char)*im_bytes_data(b);
    else im_raise_overflow(t, "byte doesn't fit in chtype");
    im_drop(t, b);
    return r ? 0 : -1;
}
int im_curses_char(Thread *t, Value v, Value encoding, chtype *out)
{
    int64_t n;
    if (im_is_bytes(v) && im_bytes_len(v) == 1) return *out = (unsigned char)*im_bytes_data(v), 0;
    if (im_is_str(v)) {
        if (im_str_len(v) != 1) return im_raise_type(t, "expect bytes or str of length 1, or int, got a str of length %zd", im_str_len(v)), -1;
        uint32_t c = im_str_at(v, 0);
        if (c < 128 || im_no_value(encoding)) {
            if (c > 255) return im_raise_overflow(t, "byte doesn't fit in chtype"), -1;
            return *out = c, 0;
        }
        return encoded_char(t, v, encoding, out);
    }
    if (!im_is_int_like(v)) return im_raise_type(t, "expect bytes or str of length 1, or int, got %s", im_type_cname(im_type_of(v))), -1;
    if (im_as_int64(t, v, &n) < 0) return -1;
    if (n < 0 || n > UINT32_MAX) return im_raise_overflow(t, "int doesn't fit in long"), -1;
    *out = (chtype)n;
    return 0;
}
static int char_arg(Thread *t, Value self, Value v, chtype *out)
{
    Value e = encoding_of(t, self);
    int r = im_curses_char(t, v, e, out);
    im_drop(t, e);
    return r;
}
/* A character to draw: 1 a chtype, 2 wide, -1. */
static int cell_arg(Thread *t, Value v, chtype *ch, wchar_t *wide)
{
    if (im_is_str(v)) {
        if (im_str_len(v) != 1) return im_raise_type(t, "expect bytes or str of length 1, or int, got a str of length %zd", im_str_len(v)), -1;
        wide[0] = (wchar_t)im_str_at(v, 0);
        wide[1] = 0;
        return 2;
    }
    return im_curses_char(t, v, IM_NO_VALUE, ch) < 0 ? -1 : 1;
}
/* Text to draw: a malloced wide string, or bytes. */
typedef struct Text { wchar_t *wide; Value bytes; } Text;
static int text_arg(Thread *t, Value v, Text *x)
{
    *x = (Text){NULL, IM_NO_VALUE};
    if (im_is_str(v)) {
        ssize_t n = im_str_len(v);
        x->wide = malloc(((size_t)n + 1) * sizeof *x->wide);
        if (!x->wide) return im_raise_memory(t), -1;
        for (ssize_t i = 0; i < n; i++)
            if (!(x->wide[i] = (wchar_t)im_str_at(v, i))) {
                free(x->wide);
                return im_raise_valueerror(t, "embedded null character"), -1;
            }
        x->wide[n] = 0;
        return 0;
    }
    if (!im_is_bytes(v)) return im_raise_type(t, "expect bytes or str, got %s", im_type_cname(im_type_of(v))), -1;
    if (strlen(im_bytes_data(v)) != (size_t)im_bytes_len(v)) return im_raise_valueerror(t, "embedded null byte"), -1;
    x->bytes = v;
    return 0;
}

/* --- drawing ----------------------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(w_addch)
{
    Args a;
    attr_t attr;
    chtype ch;
    wchar_t wide[2];
    if (place(t, "addch", args, nargs, 1, 2, &a) < 0 || attr_arg(t, &a, 1, &attr) < 0) return IM_NO_VALUE;
    int kind = cell_arg(t, a.v[0], &ch, wide);
    if (kind < 0) return IM_NO_VALUE;
    WINDOW *w = W(self);
    if (kind == 2) {
        cchar_t c;
        memset(&c, 0, sizeof c);
        setcchar(&c, wide, attr, (short)((attr & A_COLOR) >> 8), NULL);
        return im_curses_check(t, IM_CURSES(a.at ? mvwadd_wch(w, a.y, a.x, &c) : wadd_wch(w, &c)), "add_wch");
    }
    return im_curses_check(t, IM_CURSES(a.at ? mvwaddch(w, a.y, a.x, ch | attr) : waddch(w, ch | attr)), "addch");
}
/* addstr, addnstr, insstr, insnstr: n -1 for the whole text. */
static Value put_text(Thread *t, Value self, const Value *args, size_t nargs, const char *name, bool counted, bool insert)
{
    Args a;
    Text x;
    int n = -1;
    size_t least = counted ? 2 : 1;
    if (place(t, name, args, nargs, least, least + 1, &a) < 0) return IM_NO_VALUE;
    attr_t attr, old = 0;
    if ((counted && im_as_int(t, a.v[1], &n) < 0) || attr_arg(t, &a, least, &attr) < 0 || text_arg(t, a.v[0], &x) < 0) return IM_NO_VALUE;
    bool dress = a.n > least;
    WINDOW *w = W(self);
    im_mutex_acquire(t, &im_curses_lock);
    int r = a.at ? wmove(w, a.y, a.x) : OK;
    if (dress) {
        old = getattrs(w) == ERR ? 0 : (attr_t)getattrs(w);
        wattrset(w, (int)attr);
    }
    if (r != ERR) {
        if (x.wide) r = insert ? wins_nwstr(w, x.wide, n) : waddnwstr(w, x.wide, n);
        else r = insert ? winsnstr(w, im_bytes_data(x.bytes), n) : waddnstr(w, im_bytes_data(x.bytes), n);
    }
    if (dress) wattrset(w, (int)old);
    im_mutex_unlock(&im_curses_lock);
    char who[16];
    snprintf(who, sizeof who, "%s%sstr", insert ? x.wide && counted ? "ins_n" : x.wide ? "ins_" : counted ? "insn" : "ins" : counted ? "addn" : "add", x.wide ? "w" : "");
    free(x.wide);
    return im_curses_check(t, r, who);
}
IM_METHOD(w_addstr) { return put_text(t, self, args, nargs, "addstr", false, false); }
IM_METHOD(w_addnstr) { return put_text(t, self, args, nargs, "addnstr", true, false); }
IM_METHOD(w_insstr) { return put_text(t, self, args, nargs, "insstr", false, true); }
IM_METHOD(w_insnstr) { return put_text(t, self, args, nargs, "insnstr", true, true); }
IM_METHOD(w_insch)
{
    Args a;
    attr_t attr;
    chtype ch;
    if (place(t, "insch", args, nargs, 1, 2, &a) < 0 || attr_arg(t, &a, 1, &attr) < 0 || char_arg(t, self, a.v[0], &ch) < 0) return IM_NO_VALUE;
    WINDOW *w = W(self);
    return im_curses_check(t, IM_CURSES(a.at ? mvwinsch(w, a.y, a.x, ch | attr) : winsch(w, ch | attr)), "insch");
}
IM_METHOD(w_echochar)
{
    chtype ch;
    Args a = {.v = args, .n = nargs};
    attr_t attr;
    if (char_arg(t, self, args[0], &ch) < 0 || attr_arg(t, &a, 1, &attr) < 0) return IM_NO_VALUE;
    WINDOW *w = W(self);
    return is_pad(w) ? im_curses_check(t, IM_CURSES_DETACHED(pechochar(w, ch | attr)), "echochar") : im_curses_check(t, IM_CURSES_DETACHED(wechochar(w, ch | attr)), "echochar");
}
IM_METHOD(w_bkgd)
{
    chtype ch;
    Args a = {.v = args, .n = nargs};
    attr_t attr;
    if (char_arg(t, self, args[0], &ch) < 0 || attr_arg(t, &a, 1, &attr) < 0) return IM_NO_VALUE;
    return im_curses_check(t, IM_CURSES(wbkgd(W(self), ch | attr)), "bkgd");
}
IM_METHOD(w_bkgdset)
{
    chtype ch;
    Args a = {.v = args, .n = nargs};
    attr_t attr;
    if (char_arg(t, self, args[0], &ch) < 0 || attr_arg(t, &a, 1, &attr) < 0) return IM_NO_VALUE;
    (void)IM_CURSES((wbkgdset(W(self), ch | attr), 0));
    return IM_NONE;
}
/* hline and vline: [y, x,] ch, n[, attr] */
static Value line(Thread *t, Value self, const Value *args, size_t nargs, bool across)
{
    Args a;
    attr_t attr;
    chtype ch;
    int n;
    if (place(t, across ? "hline" : "vline", args, nargs, 2, 3, &a) < 0 || char_arg(t, self, a.v[0], &ch) < 0 || im_as_int(t, a.v[1], &n) < 0 || attr_arg(t, &a, 2, &attr) < 0) return IM_NO_VALUE;
    WINDOW *w = W(self);
    if (a.at && IM_CURSES(wmove(w, a.y, a.x)) == ERR) return im_curses_check(t, ERR, "wmove");
    return im_curses_check(t, across ? IM_CURSES(whline(w, ch | attr, n)) : IM_CURSES(wvline(w, ch | attr, n)), across ? "hline" : "vline");
}
IM_METHOD(w_hline) { return line(t, self, args, nargs, true); }
IM_METHOD(w_vline) { return line(t, self, args, nargs, false); }
IM_METHOD(w_border)
{
    chtype c[8] = {0};
    for (size_t i = 0; i < nargs; i++)
        if (char_arg(t, self, args[i], &c[i]) < 0) return IM_NO_VALUE;
    (void)IM_CURSES(wborder(W(self), c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]));
    return IM_NONE;
}
IM_METHOD(w_box)
{
    chtype v = 0, h = 0;
    if (nargs == 1) return im_raise_type(t, "verch,horch required");
    if (nargs && (char_arg(t, self, args[0], &v) < 0 || char_arg(t, self, args[1], &h) < 0)) return IM_NO_VALUE;
    (void)IM_CURSES(wborder(W(self), v, v, h, h, 0, 0, 0, 0));
    return IM_NONE;
}
IM_METHOD(w_chgat)
{
    Args a;
    int num = -1;
    int64_t n;
    if (place(t, "chgat", args, nargs, 1, 2, &a) < 0 || (a.n == 2 && im_as_int(t, a.v[0], &num) < 0) || im_as_int64(t, a.v[a.n - 1], &n) < 0) return IM_NO_VALUE;
    attr_t attr = (attr_t)n;
    short color = (short)((attr >> 8) & 0xff);
    attr -= (attr_t)color << 8;
    WINDOW *w = W(self);
    im_mutex_acquire(t, &im_curses_lock);
    int y = a.at ? a.y : getcury(w);
    int r = a.at ? mvwchgat(w, a.y, a.x, num, attr, color, NULL) : wchgat(w, num, attr, color, NULL);
    wtouchln(w, y, 1, 1);
    im_mutex_unlock(&im_curses_lock);
    return im_curses_check(t, r, "chgat");
}
IM_METHOD(w_delch)
{
    Args a;
    if (nargs != 0 && nargs != 2) return im_raise_type(t, "_curses.window.delch requires 0 to 2 arguments");
    if (place(t, "delch", args, nargs, 0, 0, &a) < 0) return IM_NO_VALUE;
    WINDOW *w = W(self);
    return im_curses_check(t, IM_CURSES(a.at ? mvwdelch(w, a.y, a.x) : wdelch(w)), "[mv]wdelch");
}

/* --- reading the screen and the keys -------------------------------------------------------------------------------------------------------------------- */

static int yx_only(Thread *t, const char *name, const Value *args, size_t nargs, Args *a)
{
    if (nargs != 0 && nargs != 2) return im_raise_type(t, "_curses.window.%s requires 0 to 2 arguments", name), -1;
    return place(t, name, args, nargs, 0, 0, a);
}
IM_METHOD(w_inch)
{
    Args a;
    if (yx_only(t, "inch", args, nargs, &a) < 0) return IM_NO_VALUE;
    WINDOW *w = W(self);
    return im_int_new(t, (int64_t)IM_CURSES(a.at ? mvwinch(w, a.y, a.x) : winch(w)));
}
/* getstr and instr: [y, x,] [n] */
static Value line_of(Thread *t, Value self, const Value *args, size_t nargs, const char *name, bool keys)
{
    Args a;
    int n = 1023;
    char buf[1024];
    if (nargs == 1 || nargs == 3) {
        if (im_as_int(t, args[nargs - 1], &n) < 0) return IM_NO_VALUE;
        if (n < 0) return im_raise_valueerror(t, "'n' must be nonnegative");
        if (n > 1023) n = 1023;
    } else if (nargs > 3) return im_raise_type(t, "%s requires 0 to 3 arguments", name);
    if (place(t, name, args, nargs & ~(size_t)1, 0, 0, &a) < 0) return IM_NO_VALUE;
    WINDOW *w = W(self);
    int r;
    memset(buf, 0, sizeof buf);
    if (keys) {
        IM_DETACH(t);
        r = a.at ? mvwgetnstr(w, a.y, a.x, buf, n) : wgetnstr(w, buf, n);
        IM_ATTACH(t);
        if (im_poll(t) < 0) return IM_NO_VALUE;
    } else r = IM_CURSES(a.at ? mvwinnstr(w, a.y, a.x, buf, n) : winnstr(w, buf, n));
    return im_bytes_new(t, buf, r == ERR ? 0 : (ssize_t)strlen(buf));
}
IM_METHOD(w_getstr) { return line_of(t, self, args, nargs, "getstr", true); }
IM_METHOD(w_instr) { return line_of(t, self, args, nargs, "instr", false); }

static int get_key(Thread *t, WINDOW *w, const Args *a)
{
    int r;
    IM_DETACH(t);
    r = a->at ? mvwgetch(w, a->y, a->x) : wgetch(w);
    IM_ATTACH(t);
    return r;
}
IM_METHOD(w_getch)
{
    Args a;
    if (yx_only(t, "getch", args, nargs, &a) < 0) return IM_NO_VALUE;
    int r = get_key(t, W(self), &a);
    return im_poll(t) < 0 ? IM_NO_VALUE : im_int(r);
}
IM_METHOD(w_getkey)
{
    Args a;
    if (yx_only(t, "getkey", args, nargs, &a) < 0) return IM_NO_VALUE;
    int r = get_key(t, W(self), &a);
    if (im_poll(t) < 0) return IM_NO_VALUE;
    if (r == ERR) return im_curses_raise(t, "%s", "no input");
    if (r <= 255) return im_str_from_char(t, (uint32_t)r);
    const char *name = IM_CURSES(keyname(r));
    return im_str_from_cstr(t, name ? name : "");
}
IM_METHOD(w_get_wch)
{
    Args a;
    wint_t c = 0;
    int r;
    if (yx_only(t, "get_wch", args, nargs, &a) < 0) return IM_NO_VALUE;
    WINDOW *w = W(self);
    IM_DETACH(t);
    r = a.at ? mvwget_wch(w, a.y, a.x, &c) : wget_wch(w, &c);
    IM_ATTACH(t);
    if (im_poll(t) < 0) return IM_NO_VALUE;
    if (r == ERR) return im_curses_raise(t, "%s", "no input");
    return r == KEY_CODE_YES ? im_int((int64_t)c) : im_str_from_char(t, (uint32_t)c);
}

/* --- parts and refreshing --------------------------------------------------------------------------------------------------------------------------------- */

static Value part(Thread *t, Value self, const Value *args, size_t nargs, const char *name, bool derived, bool pad)
{
    int v[4] = {0, 0, 0, 0};
    if (nargs != 2 && nargs != 4) return im_raise_type(t, "_curses.window.%s requires 2 to 4 arguments", name);
    if (im_curses_ints(t, args, nargs, nargs == 2 ? v + 2 : v) < 0) return IM_NO_VALUE;
    WINDOW *w = W(self), *sub = pad || is_pad(w) ? IM_CURSES(subpad(w, v[0], v[1], v[2], v[3])) : derived ? IM_CURSES(derwin(w, v[0], v[1], v[2], v[3])) : IM_CURSES(subwin(w, v[0], v[1], v[2], v[3]));
    if (!sub) return im_curses_raise(t, "%s", "curses function returned NULL");
    Value e = encoding_of(t, self), r = im_window_new(t, sub, self, e);
    im_drop(t, e);
    if (im_no_value(r)) delwin(sub);
    return r;
}
IM_METHOD(w_derwin) { return part(t, self, args, nargs, "derwin", true, false); }
IM_METHOD(w_subwin) { return part(t, self, args, nargs, "subwin", false, false); }
IM_METHOD(w_subpad) { return part(t, self, args, nargs, "subpad", false, true); }

static Value refresh_(Thread *t, Value self, const Value *args, size_t nargs, const char *name, bool now)
{
    WINDOW *w = W(self);
    int v[6];
    if (is_pad(w)) {
        if (nargs != 6) return im_curses_raise(t, "%s() called for a pad requires 6 arguments", name);
        if (im_curses_ints(t, args, 6, v) < 0) return IM_NO_VALUE;
        return im_curses_check(t, now ? IM_CURSES_DETACHED(prefresh(w, v[0], v[1], v[2], v[3], v[4], v[5])) : IM_CURSES_DETACHED(pnoutrefresh(w, v[0], v[1], v[2], v[3], v[4], v[5])), now ? "prefresh" : "pnoutrefresh");
    }
    if (nargs) return im_raise_type(t, "%s() takes no arguments (%zu given)", name, nargs);
    return im_curses_check(t, now ? IM_CURSES_DETACHED(wrefresh(w)) : IM_CURSES_DETACHED(wnoutrefresh(w)), now ? "wrefresh" : "wnoutrefresh");
}
IM_METHOD(w_refresh) { return refresh_(t, self, args, nargs, "refresh", true); }
IM_METHOD(w_noutrefresh) { return refresh_(t, self, args, nargs, "noutrefresh", false); }

static Value copy_over(Thread *t, Value self, const Value *args, size_t nargs, const char *name, bool all)
{
    int v[6];
    if (nargs != 1 && nargs != 7) return im_raise_type(t, "_curses.window.%s requires one or seven arguments", name);
    if (!im_is_instance_of(args[0], &im_curses_window_type)) return im_raise_type(t, "%s() argument 1 must be _curses.window, not %T", name, args[0]);
    if (im_curses_ints(t, args + 1, nargs - 1, v) < 0) return IM_NO_VALUE;
    WINDOW *w = W(self), *to = W(args[0]);
    if (nargs == 7) return im_curses_check(t, IM_CURSES(copywin(w, to, v[0], v[1], v[2], v[3], v[4], v[5], !all)), "copywin");
    return im_curses_check(t, IM_CURSES(all ? overwrite(w, to) : overlay(w, to)), name);
}
IM_METHOD(w_overlay) { return copy_over(t, self, args, nargs, "overlay", false); }
IM_METHOD(w_overwrite) { return copy_over(t, self, args, nargs, "overwrite", true); }
IM_METHOD(w_scroll)
{
    int n = 1;
    if (nargs && im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    return im_curses_check(t, IM_CURSES(wscrl(W(self), n)), "scroll");
}
IM_METHOD(w_touchline)
{
    int v[2], changed = 1;
    if (im_curses_ints(t, args, 2, v) < 0 || (nargs > 2 && (changed = im_truth(t, args[2])) < 0)) return IM_NO_VALUE;
    return im_curses_check(t, IM_CURSES(wtouchln(W(self), v[0], v[1], changed)), "touchline");
}
IM_METHOD(w_putwin) { return im_curses_tmpfile_write(t, W(self), args[0]); }

/* --- the simple ones -------------------------------------------------------------------------------------------------------------------------------------- */

#define NOARG(name, call) IM_METHOD(w_##name) { return im_curses_check(t, IM_CURSES(call(W(self))), #name); }
NOARG(clear, wclear) NOARG(clrtobot, wclrtobot) NOARG(clrtoeol, wclrtoeol) NOARG(deleteln, wdeleteln) NOARG(erase, werase) NOARG(insertln, winsertln) NOARG(redrawwin, redrawwin)
NOARG(standend, wstandend) NOARG(standout, wstandout) NOARG(touchwin, touchwin) NOARG(untouchwin, untouchwin)
#define NORESULT(name, call) IM_METHOD(w_##name) { (void)IM_CURSES((call(W(self)), 0)); return IM_NONE; }
NORESULT(cursyncup, wcursyncup) NORESULT(syncdown, wsyncdown) NORESULT(syncup, wsyncup)
#define FLAG(name, call) \
    IM_METHOD(w_##name) \
    { \
        int on = im_truth(t, args[0]); \
        return on < 0 ? IM_NO_VALUE : im_curses_check(t, IM_CURSES(call(W(self), on != 0)), #name); \
    }
FLAG(clearok, clearok) FLAG(idlok, idlok) FLAG(keypad, keypad) FLAG(leaveok, leaveok) FLAG(nodelay, nodelay) FLAG(notimeout, notimeout) FLAG(scrollok, scrollok) FLAG(syncok, syncok)
#define FLAG_NONE(name, call) \
    IM_METHOD(w_##name) \
    { \
        int on = im_truth(t, args[0]); \
        if (on < 0) return IM_NO_VALUE; \
        (void)IM_CURSES((call(W(self), on != 0), 0)); \
        return IM_NONE; \
    }
FLAG_NONE(idcok, idcok) FLAG_NONE(immedok, immedok)
#define ONE(name, call) \
    IM_METHOD(w_##name) \
    { \
        int n; \
        return im_as_int(t, args[0], &n) < 0 ? IM_NO_VALUE : im_curses_check(t, IM_CURSES(call(W(self), n)), #name); \
    }
ONE(attroff, wattroff) ONE(attron, wattron) ONE(attrset, wattrset) ONE(insdelln, winsdelln)
#define TWO(name, call) \
    IM_METHOD(w_##name) \
    { \
        int v[2]; \
        return im_curses_ints(t, args, 2, v) < 0 ? IM_NO_VALUE : im_curses_check(t, IM_CURSES(call(W(self), v[0], v[1])), #name); \
    }
TWO(move, wmove) TWO(mvderwin, mvderwin) TWO(mvwin, mvwin) TWO(redrawln, wredrawln) TWO(resize, wresize) TWO(setscrreg, wsetscrreg)
#define PAIR(name, a, b) IM_METHOD(w_##name) { WINDOW *w = W(self); return im_tuple_pack(t, 2, im_int(a(w)), im_int(b(w))); }
PAIR(getbegyx, getbegy, getbegx) PAIR(getmaxyx, getmaxy, getmaxx) PAIR(getparyx, getpary, getparx) PAIR(getyx, getcury, getcurx)
IM_METHOD(w_getbkgd) { return im_int_new(t, (int64_t)IM_CURSES(getbkgd(W(self)))); }
IM_METHOD(w_is_wintouched) { return im_bool(IM_CURSES(is_wintouched(W(self)))); }
IM_METHOD(w_is_linetouched)
{
    int n;
    if (im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    if (n < 0 || n >= getmaxy(W(self))) return im_raise_type(t, "is_linetouched: line number outside of boundaries");
    return im_bool(IM_CURSES(is_linetouched(W(self), n)));
}
IM_METHOD(w_enclose)
{
    int v[2];
    return im_curses_ints(t, args, 2, v) < 0 ? IM_NO_VALUE : im_bool(IM_CURSES(wenclose(W(self), v[0], v[1])));
}
IM_METHOD(w_timeout)
{
    int n;
    if (im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    (void)IM_CURSES((wtimeout(W(self), n), 0));
    return IM_NONE;
}

static Value get_encoding(Thread *t, Value self, void *c) { (void)c; return encoding_of(t, self); }
static int set_encoding(Thread *t, Value self, Value v, void *c)
{
    (void)c;
    if (im_no_value(v)) return im_raise_type(t, "encoding may not be deleted"), -1;
    if (!im_is_str(v)) return im_raise_type(t, "setting encoding to a non-string"), -1;
    if (!im_str_is_ascii(v)) return im_raise(t, &im_UnicodeError_type, "encoding is not ASCII"), -1;
    im_slot_put(t, im_ptr(self), &im_windowp(self)->encoding, im_new_ref(v));
    return 0;
}
static int traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImWindow *w = (ImWindow *)o;
    int r = im_is_object(w->encoding) ? visit(w->encoding, arg) : 0;
    return !r && im_is_object(w->parent) ? visit(w->parent, arg) : r;
}
static void destroy(Thread *t, ImObject *o)
{
    ImWindow *w = (ImWindow *)o;
    WINDOW **std = w->win ? im_curses_stdscr() : NULL;
    if (std && w->win != *std) (void)IM_CURSES(delwin(w->win));
    im_destroy_child(t, w->encoding);
    im_destroy_child(t, w->parent);
}
#define N0(name) IM_FIXED(#name, w_##name, 0, "($self, /)", NULL)
#define N1(name, arg) IM_FIXED(#name, w_##name, 1, "($self, " #arg ", /)", NULL)
#define N2(name, a, b) IM_FIXED(#name, w_##name, 2, "($self, " #a ", " #b ", /)", NULL)
static const ImMethodDef methods[] = {
    IM_RAW("addch", w_addch, NULL, "addch([y, x,] ch[, attr]): paint a character."), IM_RAW("addnstr", w_addnstr, NULL, "addnstr([y, x,] str, n[, attr]): paint at most n characters."),
    IM_RAW("addstr", w_addstr, NULL, "addstr([y, x,] str[, attr]): paint a text."), N1(attroff, attr), N1(attron, attr), N1(attrset, attr),
    IM_RANGE("bkgd", w_bkgd, 1, 2, "($self, ch, attr=_curses.A_NORMAL, /)", "Set the background everywhere."), IM_RANGE("bkgdset", w_bkgdset, 1, 2, "($self, ch, attr=_curses.A_NORMAL, /)", "Set the background for what is to come."),
    IM_RANGE("border", w_border, 0, 8, "($self, ls=_curses.ACS_VLINE, rs=_curses.ACS_VLINE, ts=_curses.ACS_HLINE, bs=_curses.ACS_HLINE, tl=_curses.ACS_ULCORNER, tr=_curses.ACS_URCORNER, "
        "bl=_curses.ACS_LLCORNER, br=_curses.ACS_LRCORNER, /)", "Draw a border around the edges."),
    IM_RANGE("box", w_box, 0, 2, NULL, "box([verch, horch]): a border with corners as usual."), IM_RAW("chgat", w_chgat, NULL, "chgat([y, x,] [num,] attr): change attributes of characters."),
    N0(clear), N1(clearok, flag), N0(clrtobot), N0(clrtoeol), N0(cursyncup), IM_RAW("delch", w_delch, NULL, "delch([y, x]): delete a character."), N0(deleteln),
    IM_RAW("derwin", w_derwin, NULL, "derwin([nlines, ncols,] begin_y, begin_x): a part, by coordinates inside."), IM_RANGE("echochar", w_echochar, 1, 2, "($self, ch, attr=_curses.A_NORMAL, /)", "Paint and refresh at once."),
    N2(enclose, y, x), N0(erase), IM_RAW("get_wch", w_get_wch, NULL, "get_wch([y, x]): a key as str or int."), N0(getbegyx), N0(getbkgd), IM_RAW("getch", w_getch, NULL, "getch([y, x]): a key as int."),
    IM_RAW("getkey", w_getkey, NULL, "getkey([y, x]): a key as str."), N0(getmaxyx), N0(getparyx), IM_RAW("getstr", w_getstr, NULL, "getstr([y, x,] [n]): a line typed by the user."), N0(getyx),
    IM_RAW("hline", w_hline, NULL, "hline([y, x,] ch, n[, attr]): a line to the right."), N1(idcok, flag), N1(idlok, flag), N1(immedok, flag), IM_RAW("inch", w_inch, NULL, "inch([y, x]): the character there."),
    IM_RAW("insch", w_insch, NULL, "insch([y, x,] ch[, attr]): insert a character."), N1(insdelln, nlines), N0(insertln), IM_RAW("insnstr", w_insnstr, NULL, "insnstr([y, x,] str, n[, attr]): insert at most n characters."),
    IM_RAW("insstr", w_insstr, NULL, "insstr([y, x,] str[, attr]): insert a text."), IM_RAW("instr", w_instr, NULL, "instr([y, x,] [n]): the characters from there on."), N1(is_linetouched, line), N0(is_wintouched),
    N1(keypad, flag), N1(leaveok, flag), N2(move, new_y, new_x), N2(mvderwin, y, x), N2(mvwin, new_y, new_x), N1(nodelay, flag), N1(notimeout, flag),
    IM_RAW("noutrefresh", w_noutrefresh, NULL, "Mark for refresh, without showing yet."), IM_RAW("overlay", w_overlay, NULL, "Draw on another window, blanks left out."), IM_RAW("overwrite", w_overwrite, NULL, "Draw on another window."),
    N1(putwin, file), N2(redrawln, beg, num), N0(redrawwin), IM_RAW("refresh", w_refresh, NULL, "Show what has changed."), N2(resize, nlines, ncols), IM_RANGE("scroll", w_scroll, 0, 1, NULL, "scroll([lines=1])"),
    N1(scrollok, flag), N2(setscrreg, top, bottom), N0(standend), N0(standout), IM_RAW("subpad", w_subpad, NULL, "subpad([nlines, ncols,] begin_y, begin_x)"),
    IM_RAW("subwin", w_subwin, NULL, "subwin([nlines, ncols,] begin_y, begin_x): a part, by coordinates of the screen."), N0(syncdown), N1(syncok, flag), N0(syncup), N1(timeout, delay),
    IM_RANGE("touchline", w_touchline, 2, 3, NULL, "touchline(start, count[, changed=True])"), N0(touchwin), N0(untouchwin), IM_RAW("vline", w_vline, NULL, "vline([y, x,] ch, n[, attr]): a line down."), IM_END};
static const ImGetSetDef getset[] = {{"encoding", get_encoding, set_encoding, "How characters of a str become bytes.", NULL}, {0}};
static const ImSlots slots = {0};
ImType im_curses_window_type; /* made ready when the module is imported */
const ImTypeSpec im_curses_window_spec = {.name = "_curses.window", .doc = "A part of the screen.", .size = sizeof(ImWindow), .flags = IM_TF_GC | IM_TF_NO_NEW, .slots = &slots, .methods = methods, .getset = getset,
    .traverse = traverse, .destroy = destroy};
