/* _curses: the terminal's screen, by ncurses.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modules/lazylib.h"
#include "modules/curses.h"

/* Of <term.h>, whose macros take too many names. */
int setupterm(const char *term, int fd, int *err);
int tigetflag(const char *name);
int tigetnum(const char *name);
char *tigetstr(const char *name);
char *tparm(const char *s, ...);
int putp(const char *s);

#define FUNCTIONS(X) \
    X(baudrate) X(beep) X(can_change_color) X(cbreak) X(COLOR_PAIR) X(copywin) X(curs_set) X(curses_version) X(def_prog_mode) X(def_shell_mode) X(delay_output) X(delwin) X(derwin) X(doupdate) \
    X(echo) X(endwin) X(erasechar) X(extended_color_content) X(extended_pair_content) X(filter) X(flash) X(flushinp) X(get_escdelay) X(getattrs) X(getbegx) X(getbegy) X(getbkgd) X(getcurx) \
    X(getcury) X(getmaxx) X(getmaxy) X(getmouse) X(getparx) X(getpary) X(getwin) X(halfdelay) X(has_colors) X(has_ic) X(has_il) X(has_key) X(idcok) X(idlok) X(immedok) X(init_extended_color) \
    X(init_extended_pair) X(initscr) X(intrflush) X(is_leaveok) X(is_linetouched) X(is_pad) X(is_term_resized) X(is_wintouched) X(isendwin) X(keyname) X(keypad) X(killchar) X(leaveok) X(longname) \
    X(meta) X(mouseinterval) X(mousemask) X(mvderwin) X(mvwadd_wch) X(mvwaddch) X(mvwchgat) X(mvwdelch) X(mvwget_wch) X(mvwgetch) X(mvwgetnstr) X(mvwin) X(mvwinch) X(mvwinnstr) X(mvwinsch) \
    X(napms) X(newpad) X(newwin) X(nl) X(nocbreak) X(nodelay) X(noecho) X(nonl) X(noqiflush) X(noraw) X(notimeout) X(overlay) X(overwrite) X(PAIR_NUMBER) X(pechochar) X(pnoutrefresh) X(prefresh) \
    X(putp) X(putwin) X(qiflush) X(raw) X(redrawwin) X(reset_prog_mode) X(reset_shell_mode) X(resetty) X(resize_term) X(resizeterm) X(savetty) X(scrollok) X(set_escdelay) X(set_tabsize) X(setcchar) \
    X(setupterm) X(start_color) X(subpad) X(subwin) X(syncok) X(termattrs) X(termname) X(tigetflag) X(tigetnum) X(tigetstr) X(touchwin) X(tparm) X(typeahead) X(unctrl) X(unget_wch) X(ungetch) \
    X(ungetmouse) X(untouchwin) X(use_default_colors) X(use_env) X(waddch) X(waddnstr) X(waddnwstr) X(wadd_wch) X(wattroff) X(wattron) X(wattrset) X(wbkgd) X(wbkgdset) X(wborder) X(wchgat) \
    X(wclear) X(wclrtobot) X(wclrtoeol) X(wcursyncup) X(wdelch) X(wdeleteln) X(wechochar) X(wenclose) X(werase) X(wget_wch) X(wgetch) X(wgetnstr) X(whline) X(winch) X(winnstr) X(wins_nwstr) X(winsch) \
    X(winsdelln) X(winsertln) X(winsnstr) X(wmove) X(wnoutrefresh) X(wredrawln) X(wrefresh) X(wresize) X(wscrl) X(wsetscrreg) X(wstandend) X(wstandout) X(wsyncdown) X(wsyncup) X(wtimeout) X(wtouchln) \
   X(wvline) X(clearok)
IM_LAZYLIB(ncursesw, "libncursesw.so.6", FUNCTIONS);

ImMutex im_curses_lock;
/* The library's variables. */
static struct { WINDOW **stdscr_, **newscr_; int *lines, *cols, *colors, *pairs; chtype *acs; } var;
static Value error, module;
static bool have_screen, have_terminal, have_color; /* initscr(), setupterm(), start_color() were called: they stay so */

int im_curses_load(Thread *t) { return im_lazylib_load(t, &im_lazylib_ncursesw); }
WINDOW **im_curses_stdscr(void) { return var.stdscr_; }
Value im_curses_raise(Thread *t, const char *fmt, const char *name)
{
    Value text = im_str_format(t, fmt, name);
    if (!im_no_value(text)) im_raise_value_of(t, im_as_type(error), text);
    im_xdrop(t, text);
    return IM_NO_VALUE;
}
static int screen(Thread *t)
{
    if (im_load_relaxed(&have_screen)) return 0;
    im_curses_raise(t, "%s", "must call initscr() first");
    return -1;
}
static int terminal(Thread *t)
{
    if (im_load_relaxed(&have_terminal)) return 0;
    im_curses_raise(t, "%s", "must call (at least) setupterm() first");
    return -1;
}
static int color(Thread *t)
{
    if (screen(t) < 0) return -1;
    if (im_load_relaxed(&have_color)) return 0;
    im_curses_raise(t, "%s", "must call start_color() first");
    return -1;
}
static Value window(Thread *t, WINDOW *w)
{
    if (!w) return im_curses_raise(t, "%s", "curses function returned NULL");
    return im_window_new(t, w, IM_NO_VALUE, IM_NO_VALUE);
}

/* --- functions that take nothing, a flag or numbers --------------------------------------------------------------------------------------------------------- */

#define NOARG(name) IM_METHOD(f_##name) { return screen(t) < 0 ? IM_NO_VALUE : im_curses_check(t, IM_CURSES_DETACHED(name()), #name); }
NOARG(beep) NOARG(def_prog_mode) NOARG(def_shell_mode) NOARG(doupdate) NOARG(endwin) NOARG(flash) NOARG(nocbreak) NOARG(noecho) NOARG(nonl) NOARG(noraw) NOARG(reset_prog_mode) NOARG(reset_shell_mode)
NOARG(resetty) NOARG(savetty)
#define NORESULT(name) IM_METHOD(f_##name) { if (screen(t) < 0) return IM_NO_VALUE; (void)IM_CURSES((name(), 0)); return IM_NONE; }
NORESULT(flushinp) NORESULT(noqiflush)
IM_METHOD(f_filter) { (void)IM_CURSES((filter(), 0)); return IM_NONE; } /* before initscr() */
#define SWITCH(name, off) \
    IM_METHOD(f_##name) \
    { \
        int on = 1; \
        if (screen(t) < 0 || (nargs && (on = im_truth(t, args[0])) < 0)) return IM_NO_VALUE; \
        return im_curses_check(t, IM_CURSES(on ? name() : off()), on ? #name : #off); \
    }
SWITCH(cbreak, nocbreak) SWITCH(echo, noecho) SWITCH(nl, nonl) SWITCH(raw, noraw)
IM_METHOD(f_qiflush)
{
    int on = 1;
    if (screen(t) < 0 || (nargs && (on = im_truth(t, args[0])) < 0)) return IM_NO_VALUE;
    (void)IM_CURSES(((on ? qiflush() : noqiflush()), 0));
    return IM_NONE;
}
#define ASK(name, make) IM_METHOD(f_##name) { return screen(t) < 0 ? IM_NO_VALUE : make(IM_CURSES(name())); }
ASK(baudrate, im_int) ASK(can_change_color, im_bool) ASK(has_colors, im_bool) ASK(has_ic, im_bool) ASK(has_il, im_bool) ASK(isendwin, im_bool) ASK(termattrs, im_int)
static Value one_byte(Thread *t, char c) { return im_bytes_new(t, &c, 1); }
IM_METHOD(f_erasechar) { return screen(t) < 0 ? IM_NO_VALUE : one_byte(t, IM_CURSES(erasechar())); }
IM_METHOD(f_killchar) { return one_byte(t, IM_CURSES(killchar())); }
static Value bytes_or_none(Thread *t, const char *s) { return s ? im_bytes_new(t, s, (ssize_t)strlen(s)) : IM_NONE; }
IM_METHOD(f_longname) { return screen(t) < 0 ? IM_NO_VALUE : bytes_or_none(t, IM_CURSES(longname())); }
IM_METHOD(f_termname) { return screen(t) < 0 ? IM_NO_VALUE : bytes_or_none(t, IM_CURSES(termname())); }
#define NUMBER(name, need, call) \
    IM_METHOD(f_##name) \
    { \
        int n; \
        if (need || im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE; \
        return im_curses_check(t, IM_CURSES(call), #name); \
    }
NUMBER(typeahead, screen(t) < 0, typeahead(n))
NUMBER(mouseinterval, screen(t) < 0, mouseinterval(n))
IM_METHOD(f_halfdelay)
{
    int n;
    if (screen(t) < 0 || im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    if (n < 0 || n > 255) return im_raise_overflow(t, n < 0 ? "unsigned byte integer is less than minimum" : "unsigned byte integer is greater than maximum");
    return im_curses_check(t, IM_CURSES(halfdelay(n)), "halfdelay");
}
IM_METHOD(f_delay_output)
{
    int n;
    if (screen(t) < 0 || im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    IM_DETACH(t);
    n = delay_output(n);
    IM_ATTACH(t);
    return im_curses_check(t, n, "delay_output");
}
IM_METHOD(f_napms)
{
    int n;
    if (screen(t) < 0 || im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    IM_DETACH(t);
    n = napms(n);
    IM_ATTACH(t);
    return im_int(n);
}
IM_METHOD(f_curs_set)
{
    int n;
    if (screen(t) < 0 || im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    n = IM_CURSES(curs_set(n));
    return n == ERR ? im_curses_check(t, ERR, "curs_set") : im_int(n);
}
IM_METHOD(f_meta)
{
    int on;
    return screen(t) < 0 || (on = im_truth(t, args[0])) < 0 ? IM_NO_VALUE : im_curses_check(t, IM_CURSES(meta(*var.stdscr_, on != 0)), "meta");
}
IM_METHOD(f_intrflush)
{
    int on;
    return screen(t) < 0 || (on = im_truth(t, args[0])) < 0 ? IM_NO_VALUE : im_curses_check(t, IM_CURSES(intrflush(NULL, on != 0)), "intrflush");
}
IM_METHOD(f_use_env)
{
    int on = im_truth(t, args[0]);
    if (on < 0) return IM_NO_VALUE;
    (void)IM_CURSES((use_env(on != 0), 0));
    return IM_NONE;
}
IM_METHOD(f_get_escdelay) { return im_int(IM_CURSES(get_escdelay())); }
IM_METHOD(f_set_escdelay)
{
    int n;
    if (im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    return n <= 0 ? im_raise_valueerror(t, "ms must be > 0") : im_curses_check(t, IM_CURSES(set_escdelay(n)), "set_escdelay");
}
IM_METHOD(f_get_tabsize)
{
    int *p = im_lazylib_symbol(&im_lazylib_ncursesw, "TABSIZE");
    return im_int(p ? im_load_relaxed(p) : 8);
}
IM_METHOD(f_set_tabsize)
{
    int n;
    if (im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    return n <= 0 ? im_raise_valueerror(t, "size must be > 0") : im_curses_check(t, IM_CURSES(set_tabsize(n)), "set_tabsize");
}

/* --- keys ------------------------------------------------------------------------------------------------------------------------------------------------------ */

IM_METHOD(f_has_key)
{
    int n;
    return screen(t) < 0 || im_as_int(t, args[0], &n) < 0 ? IM_NO_VALUE : im_bool(IM_CURSES(has_key(n)));
}
IM_METHOD(f_keyname)
{
    int n;
    if (screen(t) < 0 || im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    if (n < 0) return im_raise_valueerror(t, "invalid key number");
    const char *s = IM_CURSES(keyname(n));
    return im_bytes_new(t, s ? s : "", s ? (ssize_t)strlen(s) : 0);
}
IM_METHOD(f_unctrl)
{
    chtype c;
    return screen(t) < 0 || im_curses_char(t, args[0], IM_NO_VALUE, &c) < 0 ? IM_NO_VALUE : bytes_or_none(t, IM_CURSES(unctrl(c)));
}
IM_METHOD(f_ungetch)
{
    chtype c;
    return screen(t) < 0 || im_curses_char(t, args[0], IM_NO_VALUE, &c) < 0 ? IM_NO_VALUE : im_curses_check(t, IM_CURSES(ungetch((int)c)), "ungetch");
}
IM_METHOD(f_unget_wch)
{
    int64_t c;
    if (screen(t) < 0) return IM_NO_VALUE;
    if (im_is_str(args[0])) {
        if (im_str_len(args[0]) != 1) return im_raise_type(t, "expect str of length 1 or int, got a str of length %zd", im_str_len(args[0]));
        c = im_str_at(args[0], 0);
    } else if (im_is_int_like(args[0])) {
        if (im_as_int64(t, args[0], &c) < 0) return IM_NO_VALUE;
        if (c < 0 || c > INT32_MAX) return im_raise_overflow(t, "character doesn't fit in wchar_t");
    } else return im_raise_type(t, "expect str of length 1 or int, got %s", im_type_cname(im_type_of(args[0])));
    return im_curses_check(t, IM_CURSES(unget_wch((wchar_t)c)), "unget_wch");
}
IM_METHOD(f_getmouse)
{
    MEVENT e;
    if (screen(t) < 0) return IM_NO_VALUE;
    if (IM_CURSES(getmouse(&e)) == ERR) return im_curses_raise(t, "%s() returned ERR", "getmouse");
    return im_tuple_pack(t, 5, im_int(e.id), im_int(e.x), im_int(e.y), im_int(e.z), im_int((int64_t)e.bstate));
}
IM_METHOD(f_ungetmouse)
{
    int v[4];
    int64_t state;
    if (screen(t) < 0 || im_curses_ints(t, args, 4, v) < 0 || im_as_int64(t, args[4], &state) < 0) return IM_NO_VALUE;
    MEVENT e = {.id = (short)v[0], .x = v[1], .y = v[2], .z = v[3], .bstate = (mmask_t)state};
    return im_curses_check(t, IM_CURSES(ungetmouse(&e)), "ungetmouse");
}
IM_METHOD(f_mousemask)
{
    int64_t n;
    mmask_t old = 0, got;
    if (screen(t) < 0 || im_as_int64(t, args[0], &n) < 0) return IM_NO_VALUE;
    got = IM_CURSES(mousemask((mmask_t)n, &old));
    return im_tuple_pack(t, 2, im_int((int64_t)got), im_int((int64_t)old));
}

/* --- colours --------------------------------------------------------------------------------------------------------------------------------------------------- */

/* Any int; one that is too large for C stays so. */
static int clipped(Thread *t, Value v, int *out)
{
    ssize_t n;
    if (im_as_ssize(t, v, NULL, &n) < 0) return -1;
    *out = n > INT32_MAX ? INT32_MAX : n < INT32_MIN ? INT32_MIN : (int)n;
    return 0;
}
static int color_arg(Thread *t, Value v, bool dflt, int *out)
{
    if (clipped(t, v, out) < 0) return -1;
    if (*out >= *var.colors) return im_raise_valueerror(t, "Color number is greater than COLORS-1 (%d).", *var.colors - 1), -1;
    if (*out < (dflt ? -1 : 0)) return im_raise_valueerror(t, dflt ? "Color number is less than -1." : "Color number is less than 0."), -1;
    return 0;
}
static int pair_arg(Thread *t, Value v, int *out)
{
    if (clipped(t, v, out) < 0) return -1;
    if (*out < 0) return im_raise_valueerror(t, "Color pair is less than 0."), -1;
    if (*out > *var.pairs - 1) return im_raise_valueerror(t, "Color pair is greater than COLOR_PAIRS-1 (%d).", *var.pairs - 1), -1;
    return 0;
}
static int component_arg(Thread *t, Value v, int *out)
{
    if (clipped(t, v, out) < 0) return -1;
    if (*out > 1000) return im_raise_valueerror(t, "Color component is greater than 1000"), -1;
    if (*out < 0) return im_raise_valueerror(t, "Color component is less than 0"), -1;
    return 0;
}
static int set_sizes(Thread *t, const char *a, int x, const char *b, int y)
{
    Value d = im_module_dict(module);
    return im_dict_set_cstr(t, d, a, im_int(x)) < 0 || im_dict_set_cstr(t, d, b, im_int(y)) < 0 ? -1 : 0;
}
IM_METHOD(f_start_color)
{
    if (screen(t) < 0) return IM_NO_VALUE;
    if (IM_CURSES_DETACHED(start_color()) == ERR) return im_curses_raise(t, "%s() returned ERR", "start_color");
    im_store_relaxed(&have_color, true);
    return set_sizes(t, "COLORS", *var.colors, "COLOR_PAIRS", *var.pairs) < 0 ? IM_NO_VALUE : IM_NONE;
}
IM_METHOD(f_use_default_colors) { return color(t) < 0 ? IM_NO_VALUE : im_curses_check(t, IM_CURSES(use_default_colors()), "use_default_colors"); }
IM_METHOD(f_color_pair)
{
    int n;
    return color(t) < 0 || im_as_int(t, args[0], &n) < 0 ? IM_NO_VALUE : im_int(IM_CURSES(COLOR_PAIR(n)));
}
IM_METHOD(f_pair_number)
{
    int n;
    return color(t) < 0 || im_as_int(t, args[0], &n) < 0 ? IM_NO_VALUE : im_int(IM_CURSES(PAIR_NUMBER(n)));
}
IM_METHOD(f_color_content)
{
    int n, r, g, b;
    if (color(t) < 0 || color_arg(t, args[0], false, &n) < 0) return IM_NO_VALUE;
    if (IM_CURSES(extended_color_content(n, &r, &g, &b)) == ERR) return im_curses_raise(t, "%s() returned ERR", "extended_color_content");
    return im_tuple_pack(t, 3, im_int(r), im_int(g), im_int(b));
}
IM_METHOD(f_pair_content)
{
    int n, f, b;
    if (color(t) < 0 || pair_arg(t, args[0], &n) < 0) return IM_NO_VALUE;
    if (IM_CURSES(extended_pair_content(n, &f, &b)) == ERR) return im_curses_raise(t, "%s() returned ERR", "extended_pair_content");
    return im_tuple_pack(t, 2, im_int(f), im_int(b));
}
IM_METHOD(f_init_color)
{
    int n, c[3];
    if (color(t) < 0 || color_arg(t, args[0], false, &n) < 0) return IM_NO_VALUE;
    for (int i = 0; i < 3; i++)
        if (component_arg(t, args[i + 1], &c[i]) < 0) return IM_NO_VALUE;
    return im_curses_check(t, IM_CURSES(init_extended_color(n, c[0], c[1], c[2])), "init_extended_color");
}
IM_METHOD(f_init_pair)
{
    int n, f, b;
    if (color(t) < 0 || pair_arg(t, args[0], &n) < 0 || color_arg(t, args[1], true, &f) < 0 || color_arg(t, args[2], true, &b) < 0) return IM_NO_VALUE;
    return im_curses_check(t, IM_CURSES(init_extended_pair(n, f, b)), "init_extended_pair");
}
IM_METHOD(f_has_extended_color_support) { return IM_TRUE; }

/* --- terminals and screens --------------------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(f_setupterm)
{
    int fd = -1, err = 0;
    const char *name = NULL;
    if (im_given(args[0])) {
        if (!im_is_str(args[0])) return im_raise_type(t, "setupterm() argument 'term' must be str or None, not %s", im_type_cname(im_type_of(args[0])));
        if (!(name = im_str_utf8(t, args[0], NULL))) return IM_NO_VALUE;
    }
    if (!im_no_value(args[1]) && im_as_int(t, args[1], &fd) < 0) return IM_NO_VALUE;
    if (fd == -1) {
        Value out = im_sys_get(t, "stdout");
        if (im_no_value(out) || im_is_none(out)) return im_raise_runtime(t, "lost sys.stdout");
        int r = im_fd_arg(t, out, &fd);
        im_drop(t, out);
        if (r < 0) return IM_NO_VALUE;
    }
    if (!im_load_relaxed(&have_terminal) && IM_CURSES(setupterm(name, fd, &err)) == ERR)
        return im_curses_raise(t, "%s", err == 0 ? "setupterm: could not find terminal" : err == -1 ? "setupterm: could not find terminfo database" : "setupterm: unknown error");
    im_store_relaxed(&have_terminal, true);
    return IM_NONE;
}
static int cap_arg(Thread *t, Value v, const char *who, const char **s)
{
    if (terminal(t) < 0) return -1;
    if (!im_is_str(v)) return im_raise_type(t, "%s() argument must be str, not %T", who, v), -1;
    return (*s = im_str_utf8(t, v, NULL)) ? 0 : -1;
}
IM_METHOD(f_tigetflag)
{
    const char *s;
    return cap_arg(t, args[0], "tigetflag", &s) < 0 ? IM_NO_VALUE : im_int(IM_CURSES(tigetflag(s)));
}
IM_METHOD(f_tigetnum)
{
    const char *s;
    return cap_arg(t, args[0], "tigetnum", &s) < 0 ? IM_NO_VALUE : im_int(IM_CURSES(tigetnum(s)));
}
IM_METHOD(f_tigetstr)
{
    const char *s;
    if (cap_arg(t, args[0], "tigetstr", &s) < 0) return IM_NO_VALUE;
    const char *r = IM_CURSES(tigetstr(s));
    return bytes_or_none(t, r == (char *)-1 ? NULL : r);
}
IM_METHOD(f_tparm)
{
    int v[9] = {0};
    ImBuffer b;
    if (terminal(t) < 0 || im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    char *text = strndup(b.buf, (size_t)b.len);
    im_buffer_release(t, &b);
    if (!text) return im_raise_memory(t);
    Value r = IM_NO_VALUE;
    if (im_curses_ints(t, args + 1, nargs - 1, v) == 0) {
        im_mutex_acquire(t, &im_curses_lock); /* the result lies in the library's own buffer */
        const char *s = tparm(text, (long)v[0], (long)v[1], (long)v[2], (long)v[3], (long)v[4], (long)v[5], (long)v[6], (long)v[7], (long)v[8]);
        if (s) r = im_bytes_new(t, s, (ssize_t)strlen(s));
        im_mutex_unlock(&im_curses_lock);
        if (!s) im_curses_raise(t, "%s() returned NULL", "tparm");
    }
    free(text);
    return r;
}
IM_METHOD(f_putp)
{
    ImBuffer b;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    char *text = strndup(b.buf, (size_t)b.len);
    im_buffer_release(t, &b);
    if (!text) return im_raise_memory(t);
    int r = IM_CURSES_DETACHED(putp(text));
    free(text);
    return im_curses_check(t, r, "putp");
}
static const struct { const char *name; char c; } acs[] = {
    {"ACS_ULCORNER", 'l'}, {"ACS_LLCORNER", 'm'}, {"ACS_URCORNER", 'k'}, {"ACS_LRCORNER", 'j'}, {"ACS_LTEE", 't'}, {"ACS_RTEE", 'u'}, {"ACS_BTEE", 'v'},
    {"ACS_TTEE", 'w'}, {"ACS_HLINE", 'q'}, {"ACS_VLINE", 'x'}, {"ACS_PLUS", 'n'}, {"ACS_S1", 'o'}, {"ACS_S9", 's'}, {"ACS_DIAMOND", '`'}, {"ACS_CKBOARD", 'a'},
    {"ACS_DEGREE", 'f'}, {"ACS_PLMINUS", 'g'}, {"ACS_BULLET", '~'}, {"ACS_LARROW", ','}, {"ACS_RARROW", '+'}, {"ACS_DARROW", '.'}, {"ACS_UARROW", '-'},
    {"ACS_BOARD", 'h'}, {"ACS_LANTERN", 'i'}, {"ACS_BLOCK", '0'}, {"ACS_S3", 'p'}, {"ACS_S7", 'r'}, {"ACS_LEQUAL", 'y'}, {"ACS_GEQUAL", 'z'}, {"ACS_PI", '{'},
    {"ACS_NEQUAL", '|'}, {"ACS_STERLING", '}'}, {"ACS_BSSB", 'l'}, {"ACS_SSBB", 'm'}, {"ACS_BBSS", 'k'}, {"ACS_SBBS", 'j'}, {"ACS_SBSS", 'u'}, {"ACS_SSSB", 't'},
    {"ACS_SSBS", 'v'}, {"ACS_BSSS", 'w'}, {"ACS_BSBS", 'q'}, {"ACS_SBSB", 'x'}, {"ACS_SSSS", 'n'},
};
IM_METHOD(f_initscr)
{
    if (im_load_relaxed(&have_screen)) {
        WINDOW *w = *var.stdscr_;
        (void)IM_CURSES_DETACHED(wrefresh(w));
        return window(t, w);
    }
    WINDOW *w = IM_CURSES_DETACHED(initscr());
    if (!w) return im_curses_raise(t, "%s", "curses function returned NULL");
    im_store_relaxed(&have_screen, true);
    im_store_relaxed(&have_terminal, true);
    Value d = im_module_dict(self);
    for (size_t i = 0; i < IM_COUNTOF(acs); i++)
        if (im_dict_set_cstr(t, d, acs[i].name, im_int((int64_t)var.acs[(unsigned char)acs[i].c])) < 0) return IM_NO_VALUE;
    return set_sizes(t, "LINES", *var.lines, "COLS", *var.cols) < 0 ? IM_NO_VALUE : window(t, w);
}
static int update_sizes(Thread *t)
{
    if (set_sizes(t, "LINES", *var.lines, "COLS", *var.cols) < 0) return -1;
    Value m = im_import(t, "curses");
    if (im_no_value(m)) return im_exc_clear(t), 0;
    Value d = im_module_dict(m);
    int r = im_dict_set_cstr(t, d, "LINES", im_int(*var.lines)) < 0 || im_dict_set_cstr(t, d, "COLS", im_int(*var.cols)) < 0 ? -1 : 0;
    im_drop(t, m);
    return r;
}
IM_METHOD(f_update_lines_cols) { return update_sizes(t) < 0 ? IM_NO_VALUE : IM_NONE; }
static int check_short(Thread *t, int n)
{
    if (n == (short)n) return 0;
    im_raise_overflow(t, n < 0 ? "signed short integer is less than minimum" : "signed short integer is greater than maximum");
    return -1;
}
#define RESIZE(name) \
    IM_METHOD(f_##name) \
    { \
        int v[2]; \
        if (screen(t) < 0 || im_curses_ints(t, args, 2, v) < 0 || check_short(t, v[0]) < 0 || check_short(t, v[1]) < 0) return IM_NO_VALUE; \
        Value r = im_curses_check(t, IM_CURSES_DETACHED(name(v[0], v[1])), #name); \
        return im_no_value(r) || update_sizes(t) < 0 ? IM_NO_VALUE : r; \
    }
RESIZE(resizeterm)
RESIZE(resize_term)
IM_METHOD(f_is_term_resized)
{
    int v[2];
    return screen(t) < 0 || im_curses_ints(t, args, 2, v) < 0 ? IM_NO_VALUE : im_bool(IM_CURSES(is_term_resized(v[0], v[1])));
}
IM_METHOD(f_getsyx)
{
    if (screen(t) < 0) return IM_NO_VALUE;
    WINDOW *w = *var.newscr_;
    int y = 0, x = 0;
    if (w) {
        if (is_leaveok(w)) y = x = -1;
        else y = getcury(w), x = getcurx(w);
    }
    return im_tuple_pack(t, 2, im_int(y), im_int(x));
}
IM_METHOD(f_setsyx)
{
    int v[2];
    if (screen(t) < 0 || im_curses_ints(t, args, 2, v) < 0) return IM_NO_VALUE;
    WINDOW *w = *var.newscr_;
    if (w) {
        bool off = v[0] == -1 && v[1] == -1;
        (void)IM_CURSES(leaveok(w, off));
        if (!off) (void)IM_CURSES(wmove(w, v[0], v[1]));
    }
    return IM_NONE;
}
IM_METHOD(f_newpad)
{
    int v[2];
    return screen(t) < 0 || im_curses_ints(t, args, 2, v) < 0 ? IM_NO_VALUE : window(t, IM_CURSES(newpad(v[0], v[1])));
}
IM_METHOD(f_newwin)
{
    int v[4] = {0};
    if (screen(t) < 0) return IM_NO_VALUE;
    if (nargs != 2 && nargs != 4) return im_raise_type(t, "_curses.newwin requires 2 to 4 arguments");
    return im_curses_ints(t, args, nargs, v) < 0 ? IM_NO_VALUE : window(t, IM_CURSES(newwin(v[0], v[1], v[2], v[3])));
}

/* Windows in files: the library wants a FILE, the program has a file object. */
Value im_curses_tmpfile_write(Thread *t, WINDOW *win, Value file)
{
    FILE *f = tmpfile();
    if (!f) return IM_ERRNO(t);
    fseek(f, 0, 0);
    Value r = im_curses_check(t, IM_CURSES(putwin(win, f)), "putwin");
    char buf[4096];
    rewind(f);
    for (size_t n; !im_no_value(r) && (n = fread(buf, 1, sizeof buf, f)) > 0;) {
        Value b = im_bytes_new(t, buf, (ssize_t)n), w = im_no_value(b) ? b : im_call_method1(t, file, IM_S(write), b);
        if (im_no_value(w)) r = w;
        im_xdrop(t, b);
        im_xdrop(t, w);
    }
    fclose(f);
    return r;
}
IM_METHOD(f_getwin)
{
    if (screen(t) < 0) return IM_NO_VALUE;
    Value data = im_call_method0(t, args[0], IM_S(read));
    if (im_no_value(data)) return data;
    if (!im_is_bytes(data)) {
        im_raise_type(t, "f.read() returned %.100s instead of bytes", im_type_cname(im_type_of(data)));
        im_drop(t, data);
        return IM_NO_VALUE;
    }
    FILE *f = tmpfile();
    Value r = IM_NO_VALUE;
    if (!f || fwrite(im_bytes_data(data), 1, (size_t)im_bytes_len(data), f) != (size_t)im_bytes_len(data)) IM_ERRNO(t);
    else {
        rewind(f);
        r = window(t, IM_CURSES(getwin(f)));
    }
    if (f) fclose(f);
    im_drop(t, data);
    return r;
}

/* --- the module ---------------------------------------------------------------------------------------------------------------------------------------------------- */

#define N0(name) IM_FIXED(#name, f_##name, 0, "($module, /)", NULL)
#define N1(name, arg) IM_FIXED(#name, f_##name, 1, "($module, " #arg ", /)", NULL)
#define N2(name, a, b) IM_FIXED(#name, f_##name, 2, "($module, " #a ", " #b ", /)", NULL)
#define ON(name) IM_RANGE(#name, f_##name, 0, 1, "($module, flag=True, /)", NULL)
static const ImMethodDef functions[] = {
    N0(baudrate), N0(beep), N0(can_change_color), ON(cbreak), N1(color_content, color_number), N1(color_pair, pair_number), N1(curs_set, visibility), N0(def_prog_mode), N0(def_shell_mode),
    N1(delay_output, ms), N0(doupdate), ON(echo), N0(endwin), N0(erasechar), N0(filter), N0(flash), N0(flushinp), N0(get_escdelay), N0(get_tabsize), N0(getmouse), N0(getsyx), N1(getwin, file),
    N1(halfdelay, tenths), N0(has_colors), N0(has_extended_color_support), N0(has_ic), N0(has_il), N1(has_key, key), IM_FIXED("init_color", f_init_color, 4, "($module, color_number, r, g, b, /)", NULL),
    IM_FIXED("init_pair", f_init_pair, 3, "($module, pair_number, fg, bg, /)", NULL), N0(initscr), N1(intrflush, flag), N2(is_term_resized, nlines, ncols), N0(isendwin), N1(keyname, key), N0(killchar),
    N0(longname), N1(meta, yes), N1(mouseinterval, interval), N1(mousemask, newmask), N1(napms, ms), N2(newpad, nlines, ncols), IM_RAW("newwin", f_newwin, NULL, "newwin(nlines, ncols[, begin_y, begin_x])"),
    ON(nl), N0(nocbreak), N0(noecho), N0(nonl), N0(noqiflush), N0(noraw), N1(pair_content, pair_number), N1(pair_number, attr), N1(putp, string), ON(qiflush), ON(raw), N0(reset_prog_mode),
    N0(reset_shell_mode), N0(resetty), N2(resize_term, nlines, ncols), N2(resizeterm, nlines, ncols), N0(savetty), N1(set_escdelay, ms), N1(set_tabsize, size), N2(setsyx, y, x),
    IM_PARSED("setupterm", f_setupterm, "($module, /, term=None, fd=-1)", "Make the description of a terminal known."), N0(start_color), N0(termattrs), N0(termname), N1(tigetflag, capname),
    N1(tigetnum, capname), N1(tigetstr, capname), IM_RANGE("tparm", f_tparm, 1, 10, "($module, str, i1=0, i2=0, i3=0, i4=0, i5=0, i6=0, i7=0, i8=0, i9=0, /)", "Put numbers into a capability's string."),
    N1(typeahead, fd), N1(unctrl, ch), N1(unget_wch, ch), N1(ungetch, ch), IM_FIXED("ungetmouse", f_ungetmouse, 5, "($module, id, x, y, z, bstate, /)", NULL), N0(update_lines_cols), N0(use_default_colors),
    N1(use_env, flag), IM_END};
#define ROW(name) {#name, (int64_t)name}
static const ImIntRow constants[] = {
    ROW(A_ALTCHARSET), ROW(A_ATTRIBUTES), ROW(A_BLINK), ROW(A_BOLD), ROW(A_CHARTEXT), ROW(A_COLOR), ROW(A_DIM), ROW(A_HORIZONTAL), ROW(A_INVIS), ROW(A_ITALIC),
    ROW(A_LEFT), ROW(A_LOW), ROW(A_NORMAL), ROW(A_PROTECT), ROW(A_REVERSE), ROW(A_RIGHT), ROW(A_STANDOUT), ROW(A_TOP), ROW(A_UNDERLINE), ROW(A_VERTICAL),
    ROW(ALL_MOUSE_EVENTS), ROW(BUTTON1_CLICKED), ROW(BUTTON1_DOUBLE_CLICKED), ROW(BUTTON1_PRESSED), ROW(BUTTON1_RELEASED), ROW(BUTTON1_TRIPLE_CLICKED),
    ROW(BUTTON2_CLICKED), ROW(BUTTON2_DOUBLE_CLICKED), ROW(BUTTON2_PRESSED), ROW(BUTTON2_RELEASED), ROW(BUTTON2_TRIPLE_CLICKED), ROW(BUTTON3_CLICKED),
    ROW(BUTTON3_DOUBLE_CLICKED), ROW(BUTTON3_PRESSED), ROW(BUTTON3_RELEASED), ROW(BUTTON3_TRIPLE_CLICKED), ROW(BUTTON4_CLICKED), ROW(BUTTON4_DOUBLE_CLICKED),
    ROW(BUTTON4_PRESSED), ROW(BUTTON4_RELEASED), ROW(BUTTON4_TRIPLE_CLICKED), ROW(BUTTON5_CLICKED), ROW(BUTTON5_DOUBLE_CLICKED), ROW(BUTTON5_PRESSED),
    ROW(BUTTON5_RELEASED), ROW(BUTTON5_TRIPLE_CLICKED), ROW(BUTTON_ALT), ROW(BUTTON_CTRL), ROW(BUTTON_SHIFT), ROW(COLOR_BLACK), ROW(COLOR_BLUE), ROW(COLOR_CYAN),
    ROW(COLOR_GREEN), ROW(COLOR_MAGENTA), ROW(COLOR_RED), ROW(COLOR_WHITE), ROW(COLOR_YELLOW), ROW(KEY_A1), ROW(KEY_A3), ROW(KEY_B2), ROW(KEY_BACKSPACE), ROW(KEY_BEG),
    ROW(KEY_BREAK), ROW(KEY_BTAB), ROW(KEY_C1), ROW(KEY_C3), ROW(KEY_CANCEL), ROW(KEY_CATAB), ROW(KEY_CLEAR), ROW(KEY_CLOSE), ROW(KEY_COMMAND), ROW(KEY_COPY),
    ROW(KEY_CREATE), ROW(KEY_CTAB), ROW(KEY_DC), ROW(KEY_DL), ROW(KEY_DOWN), ROW(KEY_EIC), ROW(KEY_END), ROW(KEY_ENTER), ROW(KEY_EOL), ROW(KEY_EOS), ROW(KEY_EXIT),
    ROW(KEY_FIND), ROW(KEY_HELP), ROW(KEY_HOME), ROW(KEY_IC), ROW(KEY_IL), ROW(KEY_LEFT), ROW(KEY_LL), ROW(KEY_MARK), ROW(KEY_MAX), ROW(KEY_MESSAGE), ROW(KEY_MIN),
    ROW(KEY_MOUSE), ROW(KEY_MOVE), ROW(KEY_NEXT), ROW(KEY_NPAGE), ROW(KEY_OPEN), ROW(KEY_OPTIONS), ROW(KEY_PPAGE), ROW(KEY_PREVIOUS), ROW(KEY_PRINT), ROW(KEY_REDO),
    ROW(KEY_REFERENCE), ROW(KEY_REFRESH), ROW(KEY_REPLACE), ROW(KEY_RESET), ROW(KEY_RESIZE), ROW(KEY_RESTART), ROW(KEY_RESUME), ROW(KEY_RIGHT), ROW(KEY_SAVE),
    ROW(KEY_SBEG), ROW(KEY_SCANCEL), ROW(KEY_SCOMMAND), ROW(KEY_SCOPY), ROW(KEY_SCREATE), ROW(KEY_SDC), ROW(KEY_SDL), ROW(KEY_SELECT), ROW(KEY_SEND), ROW(KEY_SEOL),
    ROW(KEY_SEXIT), ROW(KEY_SF), ROW(KEY_SFIND), ROW(KEY_SHELP), ROW(KEY_SHOME), ROW(KEY_SIC), ROW(KEY_SLEFT), ROW(KEY_SMESSAGE), ROW(KEY_SMOVE), ROW(KEY_SNEXT),
    ROW(KEY_SOPTIONS), ROW(KEY_SPREVIOUS), ROW(KEY_SPRINT), ROW(KEY_SR), ROW(KEY_SREDO), ROW(KEY_SREPLACE), ROW(KEY_SRESET), ROW(KEY_SRIGHT), ROW(KEY_SRSUME),
    ROW(KEY_SSAVE), ROW(KEY_SSUSPEND), ROW(KEY_STAB), ROW(KEY_SUNDO), ROW(KEY_SUSPEND), ROW(KEY_UNDO), ROW(KEY_UP), ROW(REPORT_MOUSE_POSITION), ROW(ERR), ROW(OK),
};
static int add_versions(Thread *t, Value m)
{
    static const ImStructField f[] = {{"major", "Major release number"}, {"minor", "Minor release number"}, {"patch", "Patch release number"}};
    ImType *type = im_structseq_type(t, "curses.ncurses_version", "curses.ncurses_version\n\nNcurses version information as a named tuple.", f, 3, 3);
    if (!type) return -1;
    Value items[] = {im_int(NCURSES_VERSION_MAJOR), im_int(NCURSES_VERSION_MINOR), im_int(NCURSES_VERSION_PATCH)};
    int r = im_module_add(t, m, "ncurses_version", im_structseq_new(t, type, items));
    im_drop(t, im_type_value(type));
    return r < 0 || im_module_add(t, m, "version", im_bytes_new(t, "2.2", 3)) < 0 ? -1 : im_module_add(t, m, "__version__", im_bytes_new(t, "2.2", 3));
}
static int exec(Thread *t, Value m)
{
    if (im_curses_load(t) < 0) return -1;
    const char *const names[] = {"stdscr", "newscr", "LINES", "COLS", "COLORS", "COLOR_PAIRS", "acs_map"};
    void **const places[] = {(void **)&var.stdscr_, (void **)&var.newscr_, (void **)&var.lines, (void **)&var.cols, (void **)&var.colors, (void **)&var.pairs, (void **)&var.acs};
    for (size_t i = 0; i < IM_COUNTOF(names); i++)
        if (!(*places[i] = im_lazylib_symbol(&im_lazylib_ncursesw, names[i]))) return im_raise(t, &im_ImportError_type, "libncursesw.so.6: undefined symbol: %s", names[i]), -1;
    if (im_no_value(error)) {
        error = im_new_exception(t, "_curses.error", &im_Exception_type);
        if (im_no_value(error) || im_type_ready(t, &im_curses_window_type, &im_curses_window_spec) < 0) return -1;
        im_root_add(&error);
        module = im_new_ref(m);
        im_root_add(&module);
    }
    if (im_module_add(t, m, "error", im_new_ref(error)) < 0 || im_module_add_type(t, m, &im_curses_window_type) < 0 || IM_ADD_INT_ROWS(t, m, constants) < 0) return -1;
    for (int i = 0; i < 64; i++) {
        char name[20];
        snprintf(name, sizeof name, "KEY_F%d", i);
        if (im_module_add_int(t, m, name, KEY_F(i)) < 0) return -1;
    }
    return add_versions(t, m);
}
static const ImModuleDef def = {.name = "_curses", .methods = functions, .exec = exec};
IM_MODULE(def);
