/* Runs what the command line asks for: a script, a folder or archive, -c, -m, standard input, the prompt.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "main/main.h"
#include "main/stdio.h"
#include "modules/audit.h"
#include "modules/import.h"

/* --- uncaught exceptions ------------------------------------------------------------------------------------------------------------------------------------ */

/* SystemExit's code as an exit status; prints what is neither None nor an int. */
static int exit_status(Thread *t, Value exc)
{
    Value code = IM_NO_VALUE;
    if (im_lookup_attr(t, exc, IM_S(code), &code) <= 0) { /* the exception itself is shown, then */
        im_exc_clear(t);
        code = im_new_ref(exc);
    }
    int status = 1;
    int64_t n;
    if (im_is_none(code)) status = 0;
    else if (im_is_int_like(code)) status = im_int_get64(code, &n) ? (int)n : -1;
    else {
        im_stdio_flush(t, true);
        Value text = im_str(t, code);
        if (im_no_value(text)) im_exc_clear(t);
        if (im_no_value(text)) im_sys_write_stderr(t, "\n");
        else im_sys_write_stderr(t, "%S\n", text);
        im_xdrop(t, text);
    }
    im_xdrop(t, code);
    return status;
}

static void keep_last(Thread *t, Value exc)
{
    Value tb = im_exc_get_traceback(exc);
    if (im_sys_set(t, "last_exc", exc) < 0 || im_sys_set(t, "last_type", im_type_value(im_type_of(exc))) < 0 || im_sys_set(t, "last_value", exc) < 0
        || im_sys_set(t, "last_traceback", im_no_value(tb) ? IM_NONE : tb) < 0) im_exc_clear(t);
    im_xdrop(t, tb);
}

/* Set while the interpreter is to end by SIGINT, so that the shell sees it. */
static bool interrupted;

int im_report_uncaught(Thread *t)
{
    Value exc = im_exc_fetch(t);
    if (im_no_value(exc)) return 1;
    if (im_is_instance_of(exc, &im_SystemExit_type) && !im_config.inspect) {
        int status = exit_status(t, exc);
        im_drop(t, exc);
        return status;
    }
    interrupted = im_type_of(exc) == &im_KeyboardInterrupt_type;
    keep_last(t, exc);
    Value hook = im_sys_get(t, "excepthook"), tb = im_exc_get_traceback(exc), r = IM_NO_VALUE;
    Value type = im_type_value(im_type_of(exc));
    im_stdio_flush(t, false);
    if (IM_AUDIT(t, "sys.excepthook", im_no_value(hook) ? IM_NONE : hook, type, exc, im_no_value(tb) ? IM_NONE : tb) < 0) {
        if (im_pending_is(t, &im_RuntimeError_type)) { im_exc_clear(t); goto done; }
        im_exc_clear(t);
    }
    if (im_no_value(hook)) {
        im_sys_write_stderr(t, "sys.excepthook is missing\n");
        im_print_exception(t, exc, IM_NO_VALUE);
        goto done;
    }
    r = im_call3(t, hook, type, exc, im_no_value(tb) ? IM_NONE : tb);
    if (im_no_value(r)) {
        Value second = im_exc_fetch(t);
        if (im_is_instance_of(second, &im_SystemExit_type)) {
            int status = exit_status(t, second);
            im_drop(t, second);
            im_drop(t, exc);
            im_drop(t, hook);
            im_xdrop(t, tb);
            return status;
        }
        im_sys_write_stderr(t, "Error in sys.excepthook:\n");
        im_print_exception(t, second, IM_NO_VALUE);
        im_sys_write_stderr(t, "\nOriginal exception was:\n");
        im_print_exception(t, exc, IM_NO_VALUE);
        im_drop(t, second);
    }
done:
    im_stdio_flush(t, false);
    im_xdrop(t, r);
    im_xdrop(t, hook);
    im_xdrop(t, tb);
    im_drop(t, exc);
    return 1;
}

/* --- running source ------------------------------------------------------------------------------------------------------------------------------------------ */

static Value main_dict(Thread *t)
{
    Value m = im_dict_get_cstr(t, im_interp.modules, "__main__");
    if (im_no_value(m)) return im_pending(t) ? m : im_raise_runtime(t, "lost __main__");
    Value d = im_new_ref(im_module_dict(m));
    im_drop(t, m);
    return d;
}

/* 0, or -1 with an exception. */
static int exec_source(Thread *t, Value source, const char *filename, bool remember)
{
    Value globals = main_dict(t), name = im_no_value(globals) ? globals : im_str_fs_decode(t, filename, -1), code = IM_NO_VALUE, r = IM_NO_VALUE;
    if (im_no_value(name)) goto done;
    code = im_frame_hooks.compile(t, source, name, IM_COMPILE_EXEC, remember ? 0 : IM_CF_SOURCE_FILE, -1);
    if (im_no_value(code)) goto done;
    if (remember && !im_config.no_importlib) { /* tracebacks show lines of -c too */
        Value fn = im_import_from(t, "linecache", "_register_code");
        Value x = im_no_value(fn) ? fn : im_call3(t, fn, code, source, name);
        if (im_no_value(x)) im_exc_clear(t);
        im_xdrop(t, x);
        im_xdrop(t, fn);
    }
    if (IM_AUDIT(t, "exec", code) == 0) r = im_frame_hooks.eval_code(t, code, globals, IM_NO_VALUE, IM_NO_VALUE);
done:
    im_xdrop(t, globals);
    im_xdrop(t, name);
    im_xdrop(t, code);
    im_xdrop(t, r);
    return im_no_value(r) ? -1 : 0;
}

/* The rest of f, which is then closed unless it is standard input: a program sees no descriptor that it has not opened. */
static char *read_stream(FILE *f, size_t *len)
{
    char *buf = NULL;
    size_t cap = 0;
    *len = 0;
    for (;;) {
        if (*len + 8192 > cap && !(buf = realloc(buf, cap = cap * 2 + 16384))) im_fatal("out of memory");
        size_t n = fread(buf + *len, 1, 8192, f);
        if (n == 0) break;
        *len += n;
    }
    if (f != stdin) fclose(f);
    return buf;
}

static int exec_stream(Thread *t, FILE *f, const char *filename)
{
    size_t len;
    char *text = read_stream(f, &len);
    size_t skip = 0;
    if (im_config.skip_first_line) {
        char *nl = memchr(text, '\n', len);
        skip = nl ? (size_t)(nl - text) : len; /* the newline stays: line numbers are right */
    }
    Value src = im_bytes_new(t, text + skip, (ssize_t)(len - skip));
    free(text);
    if (im_no_value(src)) return -1;
    int r = exec_source(t, src, filename, false);
    im_drop(t, src);
    return r;
}

static int run_command(Thread *t)
{
    Value src = im_str_fs_decode(t, im_config.command, -1), name = IM_NO_VALUE;
    if (im_no_value(src) || !im_str_utf8(t, src, NULL)) {
        fprintf(stderr, "Unable to decode the command from the command line:\n");
        im_xdrop(t, src);
        return im_report_uncaught(t);
    }
    name = IM_AUDIT(t, "cpython.run_command", src) < 0 ? IM_NO_VALUE : IM_NONE;
    int r = im_no_value(name) ? -1 : exec_source(t, src, "<string>", true);
    im_drop(t, src);
    return r < 0 ? im_report_uncaught(t) : 0;
}

static int run_module(Thread *t, const char *module, bool set_argv0)
{
    Value fn = im_import_from(t, "runpy", "_run_module_as_main");
    if (im_no_value(fn)) {
        im_sys_write_stderr(t, "Could not import runpy._run_module_as_main\n");
        return im_report_uncaught(t);
    }
    Value name = im_str_fs_decode(t, module, -1), r = IM_NO_VALUE;
    if (!im_no_value(name) && IM_AUDIT(t, "cpython.run_module", name) == 0) r = im_call2(t, fn, name, im_bool(set_argv0));
    im_xdrop(t, name);
    im_drop(t, fn);
    if (im_no_value(r)) return im_report_uncaught(t);
    im_drop(t, r);
    return 0;
}

static int set_main_loader(Thread *t, Value globals, const char *filename, const char *loader)
{
    Value cls = im_import_from(t, "_frozen_importlib_external", loader), name = im_no_value(cls) ? cls : im_str_from_cstr(t, "__main__");
    Value path = im_no_value(name) ? name : im_str_fs_decode(t, filename, -1), l = IM_NO_VALUE;
    if (!im_no_value(path)) l = im_call2(t, cls, name, path);
    int r = im_no_value(l) ? -1 : im_dict_set_cstr(t, globals, "__loader__", l);
    im_xdrop(t, cls);
    im_xdrop(t, name);
    im_xdrop(t, path);
    im_xdrop(t, l);
    return r;
}

/* A compiled file given as the script. */
static int exec_pyc(Thread *t, FILE *f, Value globals)
{
    size_t len, used;
    uint8_t *data = (uint8_t *)read_stream(f, &len);
    Value magic = im_import_from(t, "_frozen_importlib_external", "MAGIC_NUMBER"), r = IM_NO_VALUE;
    if (!im_no_value(magic)) {
        if (len < 16 || memcmp(data, im_bytes_data(magic), 4) != 0) im_raise_runtime(t, "Bad magic number in .pyc file");
        else {
            Value code = im_marshal_loads(t, data + 16, len - 16, &used);
            if (!im_no_value(code) && im_is_exact(code, &im_code_type)) r = im_frame_hooks.eval_code(t, code, globals, IM_NO_VALUE, IM_NO_VALUE);
            else if (!im_no_value(code)) im_raise_runtime(t, "Bad code object in .pyc file");
            im_xdrop(t, code);
        }
    }
    im_xdrop(t, magic);
    free(data);
    im_xdrop(t, r);
    return im_no_value(r) ? -1 : 0;
}

static int run_file(Thread *t, const char *filename)
{
    Value name = im_str_fs_decode(t, filename, -1);
    if (im_no_value(name) || IM_AUDIT(t, "cpython.run_file", name) < 0) {
        im_xdrop(t, name);
        return im_report_uncaught(t);
    }
    const char *shown = filename;
    FILE *f = fopen(filename, "rbe");
    struct stat st;
    if (f && fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode)) { fclose(f); f = NULL; errno = EISDIR; }
    im_drop(t, name);
    if (!f) {
        int err = errno;
        if (err == EISDIR) {
            fprintf(stderr, "%s: '%s' is a directory, cannot continue\n", im_config.executable, shown);
            return 1;
        }
        Value p = im_str_fs_decode(t, shown, -1);
        im_sys_write_stderr(t, "%s: can't open file %R: [Errno %d] %s\n", im_config.executable, p, err, strerror(err));
        im_xdrop(t, p);
        return 2;
    }
    Value globals = main_dict(t), path = im_no_value(globals) ? globals : im_str_fs_decode(t, shown, -1);
    size_t n = strlen(filename);
    bool pyc = n > 4 && strcmp(filename + n - 4, ".pyc") == 0;
    int r = im_no_value(path) || im_dict_set_cstr(t, globals, "__file__", path) < 0 || im_dict_set_cstr(t, globals, "__cached__", IM_NONE) < 0 ? -1 : 0;
    if (r == 0 && !im_config.no_importlib) r = set_main_loader(t, globals, shown, pyc ? "SourcelessFileLoader" : "SourceFileLoader");
    if (r == 0) r = pyc ? exec_pyc(t, f, globals) : exec_stream(t, f, shown);
    else fclose(f);
    im_xdrop(t, globals);
    im_xdrop(t, path);
    return r < 0 ? im_report_uncaught(t) : 0;
}

/* --- sys.path[0] ------------------------------------------------------------------------------------------------------------------------------------------------ */

static int path_insert(Thread *t, const char *dir)
{
    Value path = im_sys_get(t, "path"), v = im_str_fs_decode(t, dir, -1);
    if (!im_no_value(v) && !im_is_list(path)) im_raise_runtime(t, "unable to get sys.path");
    int r = im_no_value(v) || !im_is_list(path) ? -1 : im_list_insert(t, path, 0, v);
    im_xdrop(t, path);
    im_xdrop(t, v);
    return r;
}

/* Folder of the script, links followed. */
static void script_folder(const char *filename, char *out, size_t size)
{
    char link[4096], *full = NULL;
    ssize_t n = readlink(filename, link, sizeof link - 1);
    if (n > 0) {
        link[n] = 0;
        const char *slash = strrchr(filename, '/');
        if (*link == '/' || !slash) full = strdup(link);
        else if (asprintf(&full, "%.*s/%s", (int)(slash - filename), filename, link) < 0) im_fatal("out of memory");
    } else full = strdup(filename);
    char *real = realpath(full, NULL);
    snprintf(out, size, "%s", real ? real : full);
    free(real);
    free(full);
    char *slash = strrchr(out, '/');
    if (!slash) *out = 0;
    else if (slash == out) out[1] = 0;
    else *slash = 0;
}

/* The path entry finder of a folder or archive given as the script: 1 there is one, 0, -1. */
static int has_importer(Thread *t, const char *filename)
{
    Value hooks = im_sys_get(t, "path_hooks"), path = im_str_fs_decode(t, filename, -1);
    int r = im_no_value(path) ? -1 : 0;
    for (ssize_t i = 0; !im_no_value(path) && !im_no_value(hooks) && im_is_list(hooks) && i < im_list_len(hooks) && r == 0; i++) {
        Value h = im_list_get(t, hooks, i), f;
        if (im_no_value(h)) break;
        f = im_call1(t, h, path);
        if (!im_no_value(f)) {
            Value cache = im_sys_get(t, "path_importer_cache");
            if (!im_no_value(cache) && im_is_dict(cache) && im_dict_set(t, cache, path, f) < 0) im_exc_clear(t);
            im_xdrop(t, cache);
            r = 1;
        } else if (!im_exc_clear_if(t, &im_ImportError_type)) r = -1;
        im_xdrop(t, f);
        im_drop(t, h);
    }
    im_xdrop(t, hooks);
    im_xdrop(t, path);
    return im_pending(t) ? -1 : r;
}

static int set_path0(Thread *t)
{
    const ImConfig *c = &im_config;
    char dir[4096];
    if (c->safe_path) return 0;
    if (c->module) {
        if (!getcwd(dir, sizeof dir)) return 0;
    } else if (c->filename) script_folder(c->filename, dir, sizeof dir);
    else *dir = 0;
    im_interp.path0 = im_str_fs_decode(t, dir, -1);
    if (im_no_value(im_interp.path0)) return -1;
    im_root_add(&im_interp.path0);
    return path_insert(t, dir);
}

static bool stdin_is_interactive(void) { return isatty(0) || im_config.interactive; }

static void run_startup_file(Thread *t)
{
    const char *s = im_config.ignore_environment ? NULL : getenv("PYTHONSTARTUP");
    if (!s || !*s) return;
    FILE *f = fopen(s, "rbe");
    if (!f) {
        im_sys_write_stderr(t, "Could not open PYTHONSTARTUP\nFileNotFoundError: [Errno %d] %s: '%s'\n", errno, strerror(errno), s);
        return;
    }
    if (exec_stream(t, f, s) < 0) (void)im_report_uncaught(t);
}

/* sys.__interactivehook__, which site has set: completion and history. */
static void run_interactive_hook(Thread *t)
{
    Value hook = im_sys_get(t, "__interactivehook__"), r;
    if (im_no_value(hook)) return;
    r = IM_AUDIT(t, "cpython.run_interactivehook", hook) < 0 ? IM_NO_VALUE : im_call0(t, hook);
    if (im_no_value(r)) {
        im_sys_write_stderr(t, "Failed calling sys.__interactivehook__\n");
        (void)im_report_uncaught(t);
    }
    im_xdrop(t, r);
    im_drop(t, hook);
}
static bool basic_repl(void)
{
    const char *e = im_config.ignore_environment ? NULL : getenv("PYTHON_BASIC_REPL");
    return (e && *e) || im_config.no_importlib || !isatty(0);
}
/* The prompt after a program (-i): the library's, in the program's own namespace. */
static int repl_after(Thread *t)
{
    Value fn, r = IM_NO_VALUE;
    run_interactive_hook(t);
    if (basic_repl()) {
        Value globals = main_dict(t);
        int status = im_no_value(globals) ? im_report_uncaught(t) : im_repl(t, globals);
        im_xdrop(t, globals);
        return status;
    }
    fn = im_import_from(t, "_pyrepl.main", "interactive_console");
    if (!im_no_value(fn)) {
        Value names = im_tuple_pack(t, 1, IM_S(pythonstartup)), yes = IM_TRUE;
        r = im_no_value(names) ? names : im_call(t, fn, &yes, 0, names);
        im_xdrop(t, names);
    }
    im_xdrop(t, fn);
    im_xdrop(t, r);
    return im_no_value(r) ? im_report_uncaught(t) : 0;
}
static int run_stdin(Thread *t, bool interactive)
{
    if (interactive) {
        im_config.inspect = 0;
        run_startup_file(t);
        run_interactive_hook(t);
        if (im_audit_x_active && im_audit_slow(t, "cpython.run_stdin", 0, NULL) < 0) return im_report_uncaught(t);
        if (!basic_repl()) return run_module(t, "_pyrepl", false);
        Value globals = main_dict(t);
        int r = im_no_value(globals) ? im_report_uncaught(t) : im_repl(t, globals);
        im_xdrop(t, globals);
        return r;
    }
    if (im_audit_x_active && im_audit_slow(t, "cpython.run_stdin", 0, NULL) < 0) return im_report_uncaught(t);
    return exec_stream(t, stdin, "<stdin>") < 0 ? im_report_uncaught(t) : 0;
}
Value im_baserepl(Thread *t)
{
    if (!stdin_is_interactive()) {
        if (exec_stream(t, stdin, "<stdin>") < 0) (void)im_report_uncaught(t);
        return IM_NONE;
    }
    Value globals = main_dict(t);
    if (im_no_value(globals)) return globals;
    int status = im_repl(t, globals);
    im_drop(t, globals);
    return status ? im_raise_value_of(t, &im_SystemExit_type, im_int(status)) : IM_NONE; /* the program asked for it */
}
static void import_readline(Thread *t)
{
    static const char *const names[] = {"readline", "rlcompleter"};
    for (int i = 0; i < 2; i++) {
        Value m = im_import(t, names[i]);
        if (im_no_value(m)) im_exc_clear(t);
        im_xdrop(t, m);
    }
}

static void banner(void)
{
    if (im_config.quiet || im_config.command || im_config.module || im_config.filename) return;
    if (!im_config.verbose && !stdin_is_interactive()) return;
    Thread *t = im_thread_current();
    Value v = im_sys_get(t, "version"), p = im_sys_get(t, "platform");
    if (!im_no_value(v) && !im_no_value(p))
        im_sys_write_stderr(t, "Python %U on %U\n%s", v, p, im_config.no_site ? "" : "Type \"help\", \"copyright\", \"credits\" or \"license\" for more information.\n");
    im_xdrop(t, v);
    im_xdrop(t, p);
}

int im_run(Thread *t)
{
    ImConfig *c = &im_config;
    int status;
    bool main_importer = false;
    if (c->filename && !c->no_importlib) {
        int r = has_importer(t, c->filename);
        if (r < 0) return im_report_uncaught(t);
        main_importer = r > 0;
    }
    if (main_importer ? path_insert(t, c->filename) < 0 : set_path0(t) < 0) return im_report_uncaught(t);
    banner();
    bool prompt = !c->command && !c->module && !c->filename && stdin_is_interactive();
    if (!c->isolated && (prompt || c->inspect) && isatty(0)) import_readline(t);
    if (c->command) status = run_command(t);
    else if (c->module) status = run_module(t, c->module, true);
    else if (main_importer) status = run_module(t, "__main__", false);
    else if (c->filename) status = run_file(t, c->filename);
    else status = run_stdin(t, prompt);
    /* -i and PYTHONINSPECT (also when the program itself has set it). */
    const char *env = c->ignore_environment ? NULL : getenv("PYTHONINSPECT");
    if (!prompt && (c->inspect || (env && *env)) && stdin_is_interactive()) {
        c->inspect = 0;
        status = repl_after(t);
    }
    return status;
}

int im_main(int argc, char **argv)
{
    int status = im_options_parse(argc, argv);
    if (status >= 0) return status;
    im_paths_find(argv[0] ? argv[0] : "");
    char cwd[4096], *absolute;
    if (im_config.filename && *im_config.filename != '/' && getcwd(cwd, sizeof cwd)) {
        const char *rest = im_config.filename;
        if (strcmp(rest, ".") == 0) im_config.filename = strdup(cwd);
        else if (asprintf(&absolute, "%s/%s", cwd, strncmp(rest, "./", 2) == 0 ? rest + 2 : rest) > 0) im_config.filename = absolute;
    }
    Thread *t = im_startup();
    if (!t) return 1;
    const char *freeze = im_x_option("freeze");
    if (freeze) return im_frozen_write(t, freeze) < 0 ? im_report_uncaught(t) : 0;
    status = im_run(t);
    status = im_finalize(t, status);
    if (interrupted) {
        signal(SIGINT, SIG_DFL);
        kill(getpid(), SIGINT);
        status = 128 + SIGINT;
    }
    return status;
}
