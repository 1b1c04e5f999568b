/* readline: line editing, completion and history by GNU readline, which is loaded when the module is imported.
 * SPDX-License-Identifier: MIT
 *
 * The library is not made for threads: every call into it holds `lock`, which its owner may take again, since the library calls back (completers, hooks). Waiting
 * for a key is done outside the library and without the lock. */
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "modules/lazylib.h"
#include "modules/readline.h"
#include "modules/syscall.h"

#define FUNCTIONS(X) \
    X(rl_parse_and_bind) X(rl_read_init_file) X(rl_initialize) X(rl_bind_key_in_map) X(rl_complete) X(rl_insert) X(rl_insert_text) X(rl_redisplay) X(rl_completion_matches) \
    X(rl_callback_handler_install) X(rl_callback_handler_remove) X(rl_callback_read_char) X(rl_callback_sigcleanup) X(rl_cleanup_after_signal) X(rl_free_line_state) X(rl_resize_terminal) \
    X(rl_display_match_list) X(rl_forced_update_display) X(read_history) X(write_history) X(append_history) X(history_truncate_file) X(using_history) X(add_history) X(clear_history) \
    X(remove_history) X(replace_history_entry) X(history_get) X(free_history_entry) X(rl_set_prompt) X(rl_variable_bind) X(rl_bind_key) X(rl_prep_terminal) X(rl_deprep_terminal)
IM_LAZYLIB(readline, "libreadline.so.8", FUNCTIONS);

/* The library's variables, by name. */
#define VARIABLES(X) \
    X(rl_line_buffer) X(rl_readline_name) X(rl_completer_word_break_characters) X(rl_attempted_completion_function) X(rl_attempted_completion_over) X(rl_completion_append_character) \
    X(rl_completion_display_matches_hook) X(rl_startup_hook) X(rl_pre_input_hook) X(rl_instream) X(rl_outstream) X(rl_catch_signals) X(rl_catch_sigwinch) X(rl_completion_type) \
    X(history_length) X(rl_library_version) X(rl_readline_version) X(rl_change_environment) X(rl_already_prompted)
#define DECLARE(name) __typeof__(name) *name;
static struct { VARIABLES(DECLARE) } var;

typedef struct State { Value completer, startup, pre_input, display; } State;
static Value module;       /* what the callbacks find their functions by */
static ImMutex lock;
static uint64_t x_owner;   /* serial of the thread that holds it */
static int depth, begidx, endidx, history_max = -1;
static bool auto_history = true;
static char *line_read;    /* by the handler below, for the thread in read_line */
static bool line_done;

char *(*im_readline_hook)(Thread *t, const char *prompt);

static void enter(Thread *t)
{
    if (im_load_relaxed(&x_owner) != t->serial) {
        im_mutex_acquire(t, &lock);
        im_store_relaxed(&x_owner, t->serial);
    }
    depth++;
}
static void leave(void)
{
    if (--depth) return;
    im_store_relaxed(&x_owner, (uint64_t)0);
    im_mutex_unlock(&lock);
}
static State *state(void) { return im_module_state(module); }

static Value decode(Thread *t, const char *s) { return im_str_decode(t, s, (ssize_t)strlen(s), "utf-8", "surrogateescape"); }
/* Bytes of a str, owned; TypeError. */
static Value encode(Thread *t, Value v, const char *who)
{
    if (!im_is_str(v)) return im_raise_type(t, "%s() argument must be str, not %T", who, v);
    Value b = im_str_encode(t, v, "utf-8", "surrogateescape");
    if (!im_no_value(b) && strlen(im_bytes_data(b)) != (size_t)im_bytes_len(b)) {
        im_drop(t, b);
        return im_raise_valueerror(t, "embedded null character");
    }
    return b;
}

/* --- history -------------------------------------------------------------------------------------------------------------------------------------- */

/* File name argument: null for the default, in *owned otherwise. */
static int file_arg(Thread *t, Value v, Value *owned, const char **name)
{
    *owned = IM_NO_VALUE;
    *name = NULL;
    if (!im_given(v)) return 0;
    *owned = im_fs_encode(t, v);
    if (im_no_value(*owned)) return -1;
    *name = im_bytes_data(*owned);
    return 0;
}
#define FILE_CALL(function, arg, call) \
    IM_METHOD(function) \
    { \
        Value owned; \
        const char *name; \
        if (file_arg(t, arg, &owned, &name) < 0) return IM_NO_VALUE; \
        enter(t); \
        int e = call; \
        leave(); \
        im_xdrop(t, owned); \
        return e ? im_raise_errno(t, e) : IM_NONE; \
    }
static int write_file(const char *name)
{
    int e = write_history(name);
    if (!e && history_max >= 0) history_truncate_file(name, history_max);
    return e;
}
static int init_file(const char *name)
{
    errno = 0;
    return rl_read_init_file(name) ? errno ? errno : ENOENT : 0;
}
#define FIRST (nargs ? args[0] : IM_NO_VALUE)
FILE_CALL(read_history_file, FIRST, read_history(name))
FILE_CALL(write_history_file, FIRST, write_file(name))
FILE_CALL(read_init_file, FIRST, init_file(name))
IM_METHOD(append_history_file)
{
    int n;
    Value owned;
    const char *name;
    if (im_as_int(t, args[0], &n) < 0) return IM_NO_VALUE;
    if (n < 0) return im_raise_valueerror(t, "nelements must be positive");
    if (file_arg(t, nargs > 1 ? args[1] : IM_NO_VALUE, &owned, &name) < 0) return IM_NO_VALUE;
    enter(t);
    int e = append_history(n, name);
    if (!e && history_max >= 0) history_truncate_file(name, history_max);
    leave();
    im_xdrop(t, owned);
    return e ? im_raise_errno(t, e) : IM_NONE;
}
IM_METHOD(set_history_length) { return im_as_int(t, args[0], &history_max) < 0 ? IM_NO_VALUE : IM_NONE; }
IM_METHOD(get_history_length) { return im_int(history_max); }
IM_METHOD(get_current_history_length) { return im_int(*var.history_length); }
IM_METHOD(get_history_item)
{
    int i;
    if (im_as_int(t, args[0], &i) < 0) return IM_NO_VALUE;
    enter(t);
    HIST_ENTRY *h = history_get(i);
    Value r = h ? decode(t, h->line) : IM_NONE;
    leave();
    return r;
}
static void free_entry(HIST_ENTRY *e) { free(free_history_entry(e)); }
IM_METHOD(remove_history_item)
{
    int i;
    if (im_as_int(t, args[0], &i) < 0) return IM_NO_VALUE;
    if (i < 0) return im_raise_valueerror(t, "History index cannot be negative");
    enter(t);
    HIST_ENTRY *e = remove_history(i);
    if (e) free_entry(e);
    leave();
    return e ? IM_NONE : im_raise_valueerror(t, "No history item at position %d", i);
}
IM_METHOD(replace_history_item)
{
    int i;
    if (im_as_int(t, args[0], &i) < 0) return IM_NO_VALUE;
    Value b = encode(t, args[1], "replace_history_item");
    if (im_no_value(b)) return b;
    if (i < 0) {
        im_drop(t, b);
        return im_raise_valueerror(t, "History index cannot be negative");
    }
    enter(t);
    HIST_ENTRY *e = replace_history_entry(i, im_bytes_data(b), NULL);
    if (e) free_entry(e);
    leave();
    im_drop(t, b);
    return e ? IM_NONE : im_raise_valueerror(t, "No history item at position %d", i);
}
IM_METHOD(add_history_)
{
    Value b = encode(t, args[0], "add_history");
    if (im_no_value(b)) return b;
    enter(t);
    add_history(im_bytes_data(b));
    leave();
    im_drop(t, b);
    return IM_NONE;
}
IM_METHOD(clear_history_)
{
    enter(t);
    clear_history();
    leave();
    return IM_NONE;
}
IM_METHOD(set_auto_history)
{
    int on = im_truth(t, args[0]);
    if (on < 0) return IM_NO_VALUE;
    im_store_relaxed(&auto_history, on != 0);
    return IM_NONE;
}

/* --- the line ------------------------------------------------------------------------------------------------------------------------------------- */

IM_METHOD(parse_and_bind)
{
    Value b = encode(t, args[0], "parse_and_bind");
    if (im_no_value(b)) return b;
    char *copy = strdup(im_bytes_data(b)); /* the parser writes into its text */
    im_drop(t, b);
    if (!copy) return im_raise_memory(t);
    enter(t);
    rl_parse_and_bind(copy);
    leave();
    free(copy);
    return IM_NONE;
}
IM_METHOD(get_line_buffer)
{
    enter(t);
    Value r = decode(t, *var.rl_line_buffer ? *var.rl_line_buffer : "");
    leave();
    return r;
}
IM_METHOD(insert_text)
{
    Value b = encode(t, args[0], "insert_text");
    if (im_no_value(b)) return b;
    enter(t);
    rl_insert_text(im_bytes_data(b));
    leave();
    im_drop(t, b);
    return IM_NONE;
}
IM_METHOD(redisplay)
{
    enter(t);
    rl_redisplay();
    leave();
    return IM_NONE;
}
IM_METHOD(get_begidx) { return im_int(begidx); }
IM_METHOD(get_endidx) { return im_int(endidx); }
IM_METHOD(get_completion_type) { return im_int(*var.rl_completion_type); }
IM_METHOD(get_completer_delims)
{
    enter(t);
    Value r = decode(t, *var.rl_completer_word_break_characters);
    leave();
    return r;
}
static char *delims;
IM_METHOD(set_completer_delims)
{
    Value b = encode(t, args[0], "set_completer_delims");
    if (im_no_value(b)) return b;
    char *copy = strdup(im_bytes_data(b));
    im_drop(t, b);
    if (!copy) return im_raise_memory(t);
    enter(t);
    *var.rl_completer_word_break_characters = copy;
    free(delims);
    delims = copy;
    leave();
    return IM_NONE;
}

/* --- functions of the program ---------------------------------------------------------------------------------------------------------------------- */

static Value set_hook(Thread *t, const char *name, Value v, Value *slot)
{
    if (im_given(v) && !im_callable(v)) return im_raise_type(t, "set_%.50s(func): argument not callable", name);
    im_slot_put(t, im_ptr(module), slot, im_given(v) ? im_new_ref(v) : IM_NO_VALUE);
    return IM_NONE;
}
static int run_hook(Value *slot)
{
    Thread *t = im_thread_current();
    Value f = im_slot_get(t, NULL, slot);
    int n = 0;
    if (im_no_value(f)) return 0;
    Value r = im_call0(t, f);
    if (!im_no_value(r) && !im_is_none(r) && im_as_int(t, r, &n) < 0) IM_CLEAR(t, r);
    if (im_no_value(r)) {
        im_exc_clear(t);
        n = 0;
    }
    im_xdrop(t, r);
    im_drop(t, f);
    return n;
}
static int on_startup(void) { return run_hook(&state()->startup); }
static int on_pre_input(void) { return run_hook(&state()->pre_input); }
static void on_display(char **matches, int n, int width)
{
    Thread *t = im_thread_current();
    Value f = im_slot_get(t, NULL, &state()->display), list = IM_NO_VALUE, first = IM_NO_VALUE, r = IM_NO_VALUE;
    if (im_no_value(f)) return;
    list = im_list_new(t, (size_t)n);
    first = decode(t, matches[0]);
    for (int i = 1; !im_no_value(list) && i <= n; i++) {
        Value s = decode(t, matches[i]);
        if (im_no_value(s) || im_list_append_steal(t, list, s) < 0) IM_CLEAR(t, list);
    }
    if (!im_no_value(list) && !im_no_value(first)) r = im_call3(t, f, first, list, im_int(width));
    if (im_no_value(r)) im_exc_clear(t);
    im_xdrop(t, r);
    im_xdrop(t, list);
    im_xdrop(t, first);
    im_drop(t, f);
}
static char *on_complete(const char *text, int n)
{
    Thread *t = im_thread_current();
    Value f = im_slot_get(t, NULL, &state()->completer), s, r = IM_NO_VALUE;
    char *out = NULL;
    if (im_no_value(f)) return NULL;
    *var.rl_attempted_completion_over = 1; /* no file names after the completer's own */
    s = decode(t, text);
    if (!im_no_value(s)) r = im_call2(t, f, s, im_int(n));
    if (!im_no_value(r) && !im_is_none(r)) {
        Value b = encode(t, r, "completer");
        if (!im_no_value(b)) out = strdup(im_bytes_data(b));
        im_xdrop(t, b);
    }
    im_exc_clear(t);
    im_xdrop(t, r);
    im_xdrop(t, s);
    im_drop(t, f);
    return out;
}
static char **on_attempt(const char *text, int start, int end)
{
    Thread *t = im_thread_current();
    Value f = im_slot_get(t, NULL, &state()->completer);
    im_xdrop(t, f);
    if (im_no_value(f)) return NULL;
    *var.rl_completion_append_character = 0;
    begidx = start;
    endidx = end;
    if (*var.rl_line_buffer && start >= 0 && end >= start) { /* in characters, not bytes */
        int chars = 0;
        for (int i = 0; i < end; i++) {
            if (i == start) begidx = chars;
            chars += ((*var.rl_line_buffer)[i] & 0xC0) != 0x80;
        }
        if (start == end) begidx = chars;
        endidx = chars;
    }
    return rl_completion_matches(text, on_complete);
}
IM_METHOD(set_completer) { return set_hook(t, "completer", FIRST, &state()->completer); }
IM_METHOD(get_completer)
{
    Value f = im_slot_get(t, NULL, &state()->completer);
    return im_no_value(f) ? IM_NONE : f;
}
IM_METHOD(set_startup_hook) { return set_hook(t, "startup_hook", FIRST, &state()->startup); }
IM_METHOD(set_pre_input_hook) { return set_hook(t, "pre_input_hook", FIRST, &state()->pre_input); }
IM_METHOD(set_display)
{
    Value r = set_hook(t, "completion_display_matches_hook", FIRST, &state()->display);
    if (!im_no_value(r)) *var.rl_completion_display_matches_hook = im_given(FIRST) ? on_display : NULL;
    return r;
}

/* --- reading a line --------------------------------------------------------------------------------------------------------------------------------- */

/* A signal that comes just before the wait begins does not end it; what it asks for is done this much later at most. */
enum { SIGNAL_CHECK_MS = 100 };

static void on_line(char *line)
{
    line_read = line;
    line_done = true;
    rl_callback_handler_remove();
}
static char *read_line(Thread *t, const char *prompt)
{
    bool failed = false, resized = false;
    enter(t);
    *var.rl_instream = stdin;
    *var.rl_outstream = stdout;
    line_done = false;
    line_read = NULL;
    rl_callback_handler_install(prompt, on_line);
    while (!line_done && !failed) {
        struct pollfd p = {.fd = fileno(stdin), .events = POLLIN};
        int r, e;
        int held = depth;
        depth = 0;
        im_store_relaxed(&x_owner, (uint64_t)0);
        im_mutex_unlock(&lock);
        IM_DETACH(t);
        r = poll(&p, 1, SIGNAL_CHECK_MS);
        e = errno;
        IM_ATTACH(t);
        if (r < 0 && e == EINTR) {
            resized = true; /* perhaps: asking is cheap */
            failed = im_poll(t) < 0;
        } else if (im_poll(t) < 0) failed = true;
        im_mutex_acquire(t, &lock);
        im_store_relaxed(&x_owner, t->serial);
        depth = held;
        if (failed) {
            rl_free_line_state();
            rl_callback_sigcleanup();
            rl_cleanup_after_signal();
            rl_callback_handler_remove();
        } else if (r > 0) rl_callback_read_char();
        else if (resized) rl_resize_terminal();
        resized = false;
    }
    char *line = line_read, *out = NULL;
    line_read = NULL;
    if (!failed) {
        if (!line) out = strdup("");
        else {
            int n = *var.history_length;
            HIST_ENTRY *last = n > 0 ? history_get(n) : NULL;
            if (*line && im_load_relaxed(&auto_history) && (!last || strcmp(last->line, line) != 0)) add_history(line);
            size_t len = strlen(line);
            out = realloc(line, len + 2);
            if (out) memcpy(out + len, "\n", 2);
        }
        if (!out) im_raise_memory(t);
    } else free(line);
    leave();
    return out;
}

char *im_terminal_line(Thread *t, const char *prompt)
{
    if (im_readline_hook && isatty(0) && isatty(1)) return im_readline_hook(t, prompt);
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    int e;
    if (im_poll(t) < 0) return NULL;
    IM_DETACH(t);
    fflush(stdout);
    fputs(prompt, stderr);
    fflush(stderr);
    IM_ATTACH(t);
    for (;;) {
        IM_DETACH(t);
        errno = 0;
        n = getline(&line, &cap, stdin);
        e = errno;
        IM_ATTACH(t);
        if (n >= 0 || e != EINTR) break;
        clearerr(stdin);
        if (im_poll(t) < 0) goto fail;
    }
    if (n < 0) clearerr(stdin);
    if (im_poll(t) < 0) goto fail;
    if (n < 0) {
        free(line);
        line = strdup("");
        if (!line) im_raise_memory(t);
    }
    return line;
fail:
    free(line);
    return NULL;
}

/* --- the module ------------------------------------------------------------------------------------------------------------------------------------ */

static const ImMethodDef methods[] = {
    IM_FIXED("parse_and_bind", parse_and_bind, 1, "($module, string, /)", "Execute a line of an init file."),
    IM_RANGE("read_init_file", read_init_file, 0, 1, "($module, filename=None, /)", "Execute an init file, by default the last one."),
    IM_FIXED("get_line_buffer", get_line_buffer, 0, "($module, /)", "The line as it stands."),
    IM_FIXED("insert_text", insert_text, 1, "($module, string, /)", "Insert text at the cursor."),
    IM_FIXED("redisplay", redisplay, 0, "($module, /)", "Show on the screen what the line holds."),
    IM_RANGE("read_history_file", read_history_file, 0, 1, "($module, filename=None, /)", "Load a history file, by default ~/.history."),
    IM_RANGE("write_history_file", write_history_file, 0, 1, "($module, filename=None, /)", "Save the history, by default in ~/.history."),
    IM_RANGE("append_history_file", append_history_file, 1, 2, "($module, nelements, filename=None, /)", "Append the last items of the history to a file."),
    IM_FIXED("get_history_item", get_history_item, 1, "($module, index, /)", "The item of the history at an index, which begins at 1."),
    IM_FIXED("get_current_history_length", get_current_history_length, 0, "($module, /)", "How many items the history holds."),
    IM_FIXED("set_history_length", set_history_length, 1, "($module, length, /)", "How many lines a history file may have; negative: any number."),
    IM_FIXED("get_history_length", get_history_length, 0, "($module, /)", "How many lines a history file may have."),
    IM_RANGE("set_completer", set_completer, 0, 1, "($module, function=None, /)", "Set or remove the function that completes: function(text, state)."),
    IM_FIXED("get_completer", get_completer, 0, "($module, /)", "The function that completes."),
    IM_FIXED("get_completion_type", get_completion_type, 0, "($module, /)", "What kind of completion is being tried."),
    IM_FIXED("get_begidx", get_begidx, 0, "($module, /)", "Where the text to complete begins."),
    IM_FIXED("get_endidx", get_endidx, 0, "($module, /)", "Where the text to complete ends."),
    IM_FIXED("set_completer_delims", set_completer_delims, 1, "($module, string, /)", "Set the characters that separate words for completion."),
    IM_FIXED("set_auto_history", set_auto_history, 1, "($module, enabled, /)", "Whether lines that are read enter the history."),
    IM_FIXED("add_history", add_history_, 1, "($module, string, /)", "Append an item to the history."),
    IM_FIXED("remove_history_item", remove_history_item, 1, "($module, pos, /)", "Remove the item at a position, which begins at 0."),
    IM_FIXED("replace_history_item", replace_history_item, 2, "($module, pos, line, /)", "Replace the item at a position, which begins at 0."),
    IM_FIXED("get_completer_delims", get_completer_delims, 0, "($module, /)", "The characters that separate words for completion."),
    IM_RANGE("set_completion_display_matches_hook", set_display, 0, 1, "($module, function=None, /)", "Set or remove the function that shows matches: function(substitution, [matches], longest)."),
    IM_RANGE("set_startup_hook", set_startup_hook, 0, 1, "($module, function=None, /)", "Set or remove the function called before the prompt is shown."),
    IM_RANGE("set_pre_input_hook", set_pre_input_hook, 0, 1, "($module, function=None, /)", "Set or remove the function called after the prompt is shown."),
    IM_FIXED("clear_history", clear_history_, 0, "($module, /)", "Empty the history."), IM_END};

static int start(Thread *t)
{
#define FIND(name) \
    if (!(var.name = im_lazylib_symbol(&im_lazylib_readline, #name))) return im_raise(t, &im_ImportError_type, "libreadline.so.8: undefined symbol: " #name), -1;
    VARIABLES(FIND)
    static char name[] = "python";
    char *saved = strdup(setlocale(LC_CTYPE, NULL)); /* the library sets its own while it starts */
    *var.rl_change_environment = 0;                  /* LINES and COLUMNS stay as they are */
    using_history();
    *var.rl_readline_name = name;
    *var.rl_catch_signals = 0;
    *var.rl_catch_sigwinch = 0;
    rl_bind_key('\t', rl_insert);
    Keymap meta = im_lazylib_symbol(&im_lazylib_readline, "emacs_meta_keymap");
    if (meta) {
        rl_bind_key_in_map('\t', rl_complete, meta);
        rl_bind_key_in_map('\033', rl_complete, meta);
    }
    *var.rl_startup_hook = on_startup;
    *var.rl_pre_input_hook = on_pre_input;
    *var.rl_attempted_completion_function = on_attempt;
    *var.rl_completion_append_character = 0;
    delims = strdup(" \t\n`~!@#$%^&*()-=+[{]}\\|;:'\",<>/?");
    *var.rl_completer_word_break_characters = delims;
    begidx = endidx = 0;
    if (!isatty(1)) rl_variable_bind("enable-meta-key", "off"); /* no escape codes in a file */
    rl_initialize();
    if (saved) setlocale(LC_CTYPE, saved);
    free(saved);
    return 0;
}
static int exec(Thread *t, Value m)
{
    if (im_lazylib_load(t, &im_lazylib_readline) < 0) return -1;
    if (im_no_value(module)) {
        enter(t);
        module = im_new_ref(m);
        im_root_add(&module);
        int r = start(t);
        leave();
        if (r < 0) return -1;
        im_readline_hook = read_line;
    }
    if (im_module_add_int(t, m, "_READLINE_VERSION", RL_READLINE_VERSION) < 0 || im_module_add_int(t, m, "_READLINE_RUNTIME_VERSION", *var.rl_readline_version) < 0 ||
        im_module_add_str(t, m, "_READLINE_LIBRARY_VERSION", *var.rl_library_version) < 0) return -1;
    return im_module_add_str(t, m, "backend", "readline");
}
static int traverse(ImObject *o, ImVisit visit, void *arg)
{
    State *s = ((ImModule *)o)->state;
    Value v[] = {s->completer, s->startup, s->pre_input, s->display};
    for (size_t i = 0; i < IM_COUNTOF(v); i++) {
        int r = im_is_object(v[i]) ? visit(v[i], arg) : 0;
        if (r) return r;
    }
    return 0;
}
static const ImModuleDef def = {.name = "readline", .doc = "Importing this module enables command line editing using GNU readline.", .methods = methods, .exec = exec, .state_size = sizeof(State), .traverse = traverse};
IM_MODULE(def);
