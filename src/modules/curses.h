/* What the files of _curses share. The library is loaded when the module is imported.
 * SPDX-License-Identifier: MIT
 *
 * ncurses is not made for threads: each call that draws or asks holds im_curses_lock. Those that wait for a key or for time do not, as little as CPython's hold its lock. */
#ifndef IM_MODULES_CURSES_H
#define IM_MODULES_CURSES_H

#include <wchar.h>

#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <curses.h>

#include "modules/syscall.h"

typedef struct ImWindow {
    ImObject head;
    WINDOW *win;
    Value parent;    /* window that it is a part of, or no value */
    Value encoding;  /* str; replaced by exchange */
} ImWindow;
IM_TYPE_DECLARE(curses_window);
extern const ImTypeSpec im_curses_window_spec;
IM_INLINE ImWindow *im_windowp(Value v) { return (ImWindow *)im_ptr(v); }
extern ImMutex im_curses_lock;
#define IM_CURSES(expr) \
    ({ \
        im_mutex_acquire(t, &im_curses_lock); \
        __typeof__(expr) r_ = (expr); \
        im_mutex_unlock(&im_curses_lock); \
        r_; \
    })
/* The same for what writes to the terminal or may wait. */
#define IM_CURSES_DETACHED(expr) \
    ({ \
        __typeof__(expr) r_; \
        im_mutex_acquire(t, &im_curses_lock); \
        IM_DETACH(t); \
        r_ = (expr); \
        IM_ATTACH(t); \
        im_mutex_unlock(&im_curses_lock); \
        r_; \
    })
IM_MUST_USE Value im_window_new(Thread *t, WINDOW *win, Value parent, Value encoding);
IM_MUST_USE int im_curses_load(Thread *t);
Value im_curses_raise(Thread *t, const char *fmt, const char *name); /* _curses.error */
/* None, or _curses.error "name() returned ERR". */
IM_INLINE Value im_curses_check(Thread *t, int code, const char *name) { return code == ERR ? im_curses_raise(t, "%s() returned ERR", name) : IM_NONE; }
/* int, or bytes or str of length 1: what curses calls a chtype. encoding: of the window, or null. */
IM_MUST_USE int im_curses_char(Thread *t, Value v, Value encoding, chtype *out);
IM_MUST_USE int im_curses_ints(Thread *t, const Value *args, size_t n, int *out);
WINDOW **im_curses_stdscr(void);
Value im_curses_tmpfile_write(Thread *t, WINDOW *win, Value file);

#endif
