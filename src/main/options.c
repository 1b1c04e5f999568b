/* The command line and the environment variables, as python3.13 reads them.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/main.h"

static const char usage_line[] = "usage: %s [option] ... [-c cmd | -m mod | file | -] [arg] ...\n";
static const char help_options[] =
    "Options (and corresponding environment variables):\n"
    "-b     : issue warnings about converting bytes/bytearray to str and comparing\n"
    "         bytes/bytearray with str or bytes with int. (-bb: issue errors)\n"
    "-B     : don't write .pyc files on import; also PYTHONDONTWRITEBYTECODE=x\n"
    "-c cmd : program passed in as string (terminates option list)\n"
    "-d     : turn on parser debugging output (accepted; has no effect)\n"
    "-E     : ignore PYTHON* environment variables (such as PYTHONPATH)\n"
    "-h     : print this help message and exit (also -? or --help)\n"
    "-i     : inspect interactively after running script; forces a prompt even\n"
    "         if stdin does not appear to be a terminal; also PYTHONINSPECT=x\n"
    "-I     : isolate Python from the user's environment (implies -E, -P and -s)\n"
    "-m mod : run library module as a script (terminates option list)\n"
    "-O     : remove assert and __debug__-dependent statements; add .opt-1 before\n"
    "         .pyc extension; also PYTHONOPTIMIZE=x\n"
    "-OO    : do -O changes and also discard docstrings; add .opt-2 before\n"
    "         .pyc extension\n"
    "-P     : don't prepend a potentially unsafe path to sys.path; also\n"
    "         PYTHONSAFEPATH\n"
    "-q     : don't print version and copyright messages on interactive startup\n"
    "-s     : don't add user site directory to sys.path; also PYTHONNOUSERSITE=x\n"
    "-S     : don't imply 'import site' on initialization\n"
    "-u     : force the stdout and stderr streams to be unbuffered;\n"
    "         this option has no effect on stdin; also PYTHONUNBUFFERED=x\n"
    "-v     : verbose (trace import statements); also PYTHONVERBOSE=x\n"
    "         can be supplied multiple times to increase verbosity\n"
    "-V     : print the Python version number and exit (also --version)\n"
    "         when given twice, print more information about the build\n"
    "-W arg : warning control; arg is action:message:category:module:lineno\n"
    "         also PYTHONWARNINGS=arg\n"
    "-x     : skip first line of source, allowing use of non-Unix forms of #!cmd\n"
    "-X opt : set implementation-specific option\n"
    "--check-hash-based-pycs always|default|never:\n"
    "         control how Python invalidates hash-based .pyc files\n"
    "--help-env: print help about Python environment variables and exit\n"
    "--help-xoptions: print help about implementation-specific -X options and exit\n"
    "--help-all: print complete help information and exit\n"
    "\n"
    "Arguments:\n"
    "file   : program read from script file\n"
    "-      : program read from stdin (default; interactive mode if a tty)\n"
    "arg ...: arguments passed to program in sys.argv[1:]\n";
static const char help_env[] =
    "Environment variables that change behavior:\n"
    "PYTHONBREAKPOINT: if 0, breakpoint() does nothing; else what it calls\n"
    "PYTHON_BASIC_REPL: the plain prompt instead of the one with colours\n"
    "PYTHON_COLORS   : 1: colours in tracebacks and at the prompt, 0: none\n"
    "PYTHON_CPU_COUNT: overrides os.cpu_count() (-X cpu_count)\n"
    "PYTHONDEVMODE   : enable the development mode (-X dev)\n"
    "PYTHON_GIL      : 1 runs threads one at a time under the global lock (-X gil)\n"
    "PYTHONHASHSEED  : 'random' or a number in the range [0; 4294967295] to get\n"
    "                  predictable hash values\n"
    "PYTHON_HISTORY  : file of the prompt's history\n"
    "PYTHONHOME      : alternate <prefix> directory (or <prefix>:<exec_prefix>)\n"
    "PYTHONINTMAXSTRDIGITS: limit the size of int<->str conversions; 0 disables\n"
    "PYTHONIOENCODING: encoding[:errors] used for stdin/stdout/stderr\n"
    "PYTHONPATH      : ':'-separated list of directories prefixed to the default\n"
    "                  module search path\n"
    "PYTHONPYCACHEPREFIX: root directory for bytecode cache (pyc) files\n"
    "PYTHONSTARTUP   : file executed on interactive startup (no default)\n"
    "PYTHONUTF8      : control the UTF-8 mode (-X utf8)\n"
    "PYTHON_FROZEN_MODULES: use of frozen modules: on, off\n"
    "PYTHONWARNINGS  : warning control (-W)\n"
    "\n"
    "These variables have equivalent command-line options:\n"
    "PYTHONDEBUG (-d) PYTHONDONTWRITEBYTECODE (-B) PYTHONINSPECT (-i)\n"
    "PYTHONNOUSERSITE (-s) PYTHONOPTIMIZE (-O) PYTHONSAFEPATH (-P)\n"
    "PYTHONUNBUFFERED (-u) PYTHONVERBOSE (-v)\n";
static const char help_xoptions[] =
    "The following implementation-specific options are available:\n"
    "-X cpu_count=N: override os.cpu_count(), or 'default'; also PYTHON_CPU_COUNT\n"
    "-X dev : enable development mode; also PYTHONDEVMODE\n"
    "-X faulthandler: dump the traceback on fatal errors; also PYTHONFAULTHANDLER\n"
    "-X frozen_modules=[on|off]: whether to use frozen modules\n"
    "-X gil=[0|1]: run without or with the global interpreter lock; also PYTHON_GIL\n"
    "-X importtime: show how long each import takes; also PYTHONPROFILEIMPORTTIME\n"
    "-X int_max_str_digits=N: limit the size of int<->str conversions;\n"
    "         0 disables the limit; also PYTHONINTMAXSTRDIGITS\n"
    "-X pycache_prefix=PATH: write .pyc files to a parallel tree;\n"
    "         also PYTHONPYCACHEPREFIX\n"
    "-X tracemalloc[=N]: trace memory allocations; also PYTHONTRACEMALLOC\n"
    "-X utf8[=0|1]: enable (1) or disable (0) UTF-8 mode; also PYTHONUTF8\n"
    "-X warn_default_encoding: enable opt-in EncodingWarning for 'encoding=None';\n"
    "         also PYTHONWARNDEFAULTENCODING\n";

static int usage_error(const char *prog)
{
    fprintf(stderr, usage_line, prog);
    fputs("Try `python -h' for more information.\n", stderr);
    return 2;
}

/* A PYTHON… variable: null when unset, empty or to be ignored. */
static const char *env(const char *name)
{
    const char *s = im_config.ignore_environment ? NULL : getenv(name);
    return s && *s ? s : NULL;
}
static void env_flag(const char *name, int *flag)
{
    const char *s = env(name);
    if (!s) return;
    char *end;
    long n = strtol(s, &end, 10);
    int value = *end || n < 0 ? 1 : (int)n; /* "text" counts as 1 */
    if (*flag < value) *flag = value;
}
static void env_bool(const char *name, int *flag) { if (env(name)) *flag = 1; }

/* -X name or name=value: value, "" without one, null when not given. The last one counts. */
const char *im_x_option(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = im_config.x_options.n; i-- > 0;) {
        const char *s = im_config.x_options.v[i];
        if (strncmp(s, name, n) == 0 && (s[n] == 0 || s[n] == '=')) return s[n] ? s + n + 1 : "";
    }
    return NULL;
}

static int fatal_config(const char *where, const char *what)
{
    fprintf(stderr, "Fatal Python error: %s: %s\nPython runtime state: preinitialized\n\n", where, what);
    return 1;
}

static void add_warning(const char *opt)
{
    for (size_t i = 0; i < im_config.warn_options.n; i++)
        if (strcmp(im_config.warn_options.v[i], opt) == 0) return;
    im_strings_add(&im_config.warn_options, opt);
}

static void locale_init(void)
{
    ImConfig *c = &im_config;
    const char *all = getenv("LC_ALL"), *now = setlocale(LC_CTYPE, "");
    bool legacy = !now || strcmp(now, "C") == 0 || strcmp(now, "POSIX") == 0;
    if (legacy) c->utf8_mode = 1;
    /* PEP 538: a legacy locale is coerced, for this process and its children. */
    const char *coerce = env("PYTHONCOERCECLOCALE");
    if (legacy && (!all || !*all) && !(coerce && strcmp(coerce, "0") == 0)) {
        static const char *const targets[] = {"C.UTF-8", "C.utf8", "UTF-8"};
        for (size_t i = 0; i < IM_COUNTOF(targets); i++)
            if (setlocale(LC_CTYPE, targets[i])) {
                setenv("LC_CTYPE", targets[i], 1);
                if (coerce && strcmp(coerce, "warn") == 0)
                    fprintf(stderr, "Python detected LC_CTYPE=C: LC_CTYPE coerced to %.20s (set another locale or PYTHONCOERCECLOCALE=0 to disable this locale coercion behavior).\n",
                            targets[i]);
                break;
            }
    }
    if (legacy || (now && strcmp(now, "C.UTF-8") == 0) || (now && strcmp(now, "C.utf8") == 0)) c->stdio_errors = "surrogateescape";
}

/* What the environment and -X say, after the letters have been read. */
static int finish(void)
{
    ImConfig *c = &im_config;
    const char *s;
    if (c->isolated) c->ignore_environment = c->no_user_site = c->safe_path = 1;
    env_bool("PYTHONDEBUG", &c->debug);
    env_flag("PYTHONVERBOSE", &c->verbose);
    env_flag("PYTHONOPTIMIZE", &c->optimize);
    env_bool("PYTHONINSPECT", &c->inspect);
    env_bool("PYTHONDONTWRITEBYTECODE", &c->dont_write_bytecode);
    env_flag("PYTHONNOUSERSITE", &c->no_user_site);
    env_bool("PYTHONSAFEPATH", &c->safe_path);
    env_bool("PYTHONWARNDEFAULTENCODING", &c->warn_default_encoding);
    if (env("PYTHONUNBUFFERED")) c->unbuffered = true;
    if (im_x_option("dev") || env("PYTHONDEVMODE")) c->dev_mode = 1;
    if (im_x_option("no_debug_ranges") || env("PYTHONNODEBUGRANGES")) c->no_debug_ranges = 1;
    if (im_x_option("warn_default_encoding")) c->warn_default_encoding = 1;
    if (im_x_option("importtime") || env("PYTHONPROFILEIMPORTTIME")) c->import_time = true;
    c->no_importlib = im_x_option("no_importlib") != NULL;

    locale_init();
    if ((s = im_x_option("utf8"))) {
        if (*s && strcmp(s, "0") && strcmp(s, "1")) return fatal_config("preconfig_init_utf8_mode", "invalid -X utf8 option value");
        c->utf8_mode = strcmp(s, "0") != 0;
    } else if ((s = env("PYTHONUTF8"))) {
        if (strcmp(s, "0") && strcmp(s, "1")) return fatal_config("preconfig_init_utf8_mode", "invalid PYTHONUTF8 environment variable value");
        c->utf8_mode = *s == '1';
    }
    if (c->utf8_mode) c->stdio_errors = "surrogateescape";

    if ((s = im_x_option("gil")) || (s = env("PYTHON_GIL"))) {
        if (strcmp(s, "0") && strcmp(s, "1")) return fatal_config("config_read_gil", "PYTHON_GIL / -X gil must be \"0\" or \"1\"");
        c->gil = *s == '1';
    }
    bool from_x = (s = im_x_option("int_max_str_digits")) != NULL;
    if (from_x || (s = env("PYTHONINTMAXSTRDIGITS"))) {
        char *end;
        errno = 0;
        long n = strtol(s, &end, 10);
        if (errno || !*s || *end || n < 0 || (n > 0 && n < 640))
            return fatal_config("config_init_int_max_str_digits", from_x ? "-X int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited."
                                                                         : "PYTHONINTMAXSTRDIGITS: invalid limit; must be >= 640 or 0 for unlimited.");
        c->int_max_str_digits = n;
    }
    if ((s = im_x_option("frozen_modules")) || (s = env("PYTHON_FROZEN_MODULES"))) {
        if (!*s || strcmp(s, "on") == 0) c->use_frozen = true;
        else if (strcmp(s, "off") == 0) c->use_frozen = false;
        else return fatal_config("config_init_import", "bad value for option -X frozen_modules (expected \"on\" or \"off\")");
    }
    bool counted = (s = im_x_option("cpu_count")) != NULL;
    if ((counted || (s = env("PYTHON_CPU_COUNT"))) && strcmp(s, "default") != 0) {
        char *end;
        errno = 0;
        long n = strtol(s, &end, 10);
        if (errno || !*s || *end || n < 1 || n > INT32_MAX)
            return fatal_config("config_init_cpu_count", counted ? "-X cpu_count=n option: n is missing or an invalid number, n must be greater than 0"
                                                                 : "PYTHON_CPU_COUNT=n: n is missing or an invalid number, n must be greater than 0");
    }
    if ((s = env("PYTHONMALLOC"))) {
        static const char *const names[] = {"", "default", "debug", "pymalloc", "pymalloc_debug", "mimalloc", "mimalloc_debug", "malloc", "malloc_debug"};
        size_t i = 0;
        while (i < IM_COUNTOF(names) && strcmp(s, names[i])) i++;
        if (i == IM_COUNTOF(names)) return fatal_config("preconfig_init_allocator", "PYTHONMALLOC: unknown allocator");
    }
    if ((s = im_x_option("pycache_prefix")) || (s = env("PYTHONPYCACHEPREFIX")))
        if (*s) c->pycache_prefix = strdup(s);
    s = env("PYTHONPLATLIBDIR");
    c->platlibdir = strdup(s ? s : "lib");
    s = env("PYTHONHASHSEED");
    if (s && strcmp(s, "random") != 0 && !c->randomize_hash) {
        char *end;
        unsigned long n = strtoul(s, &end, 10);
        if (*end || n > 4294967295UL)
            return fatal_config("config_init_hash_seed", "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]");
        c->hash_randomization = n != 0;
        c->hash_seed = s;
    }

    if ((s = env("PYTHONIOENCODING"))) {
        char *copy = strdup(s), *colon = strchr(copy, ':');
        if (colon) *colon = 0;
        if (*copy) c->stdio_encoding = copy;
        if (colon && colon[1]) c->stdio_errors = colon + 1;
        else if (*copy) c->stdio_errors = "strict";
    }

    /* sys.warnoptions: development mode, the environment, the command line, -b; the last one wins when filters are set. */
    ImStrings given = c->warn_options;
    c->warn_options = (ImStrings){0};
    if (c->dev_mode) add_warning("default");
    if ((s = env("PYTHONWARNINGS"))) {
        char *copy = strdup(s), *save = NULL;
        for (char *p = strtok_r(copy, ",", &save); p; p = strtok_r(NULL, ",", &save)) add_warning(p);
        free(copy);
    }
    for (size_t i = 0; i < given.n; i++) add_warning(given.v[i]);
    if (c->bytes_warning) add_warning(c->bytes_warning > 1 ? "error::BytesWarning" : "default::BytesWarning");
    return -1;
}

static int print_version(int n)
{
    if (n > 1)
        printf("Python " IM_VERSION " (%s) %s\n", im_build_info, im_compiler_info);
    else puts("Python " IM_VERSION);
    return 0;
}

/* --name: 0 handled, 1 took the next argument, 2 unknown, 3 missing argument, 4 exit with *status. */
static int long_option(const char *name, const char *next, const char *prog, int *versions, int *status)
{
    *status = 0;
    if (strcmp(name, "help") == 0) { printf(usage_line, prog); fputs(help_options, stdout); return 4; }
    if (strcmp(name, "help-env") == 0) { fputs(help_env, stdout); return 4; }
    if (strcmp(name, "help-xoptions") == 0) { fputs(help_xoptions, stdout); return 4; }
    if (strcmp(name, "help-all") == 0) { printf(usage_line, prog); printf("%s\n%s\n%s", help_options, help_env, help_xoptions); return 4; }
    if (strcmp(name, "version") == 0) { ++*versions; return 0; }
    if (strcmp(name, "check-hash-based-pycs") == 0) {
        if (!next) return 3;
        if (strcmp(next, "default") && strcmp(next, "always") && strcmp(next, "never")) {
            fputs("--check-hash-based-pycs must be one of 'default', 'always', or 'never'\n", stderr);
            *status = usage_error(prog);
            return 4;
        }
        im_config.check_pycs = next;
        return 1;
    }
    return 2;
}

static bool letter_flag(char ch)
{
    ImConfig *c = &im_config;
    switch (ch) {
    case 'b': c->bytes_warning++; return true;
    case 'B': c->dont_write_bytecode++; return true;
    case 'd': c->debug++; return true;
    case 'E': c->ignore_environment++; return true;
    case 'i': c->inspect++; c->interactive++; return true;
    case 'I': c->isolated++; return true;
    case 'O': c->optimize++; return true;
    case 'P': c->safe_path = 1; return true;
    case 'q': c->quiet++; return true;
    case 'R': c->randomize_hash = true; return true;
    case 't': return true;
    case 's': c->no_user_site++; return true;
    case 'S': c->no_site++; return true;
    case 'u': c->unbuffered = true; return true;
    case 'v': c->verbose++; return true;
    case 'x': c->skip_first_line = true; return true;
    default: return false;
    }
}

int im_options_parse(int argc, char **argv)
{
    ImConfig *c = &im_config;
    const char *prog = argc ? argv[0] : "imugi";
    int i = 1, versions = 0, status;
    bool stop = false;
    c->program = strdup(prog);
    for (int k = 0; k < argc; k++) im_strings_add(&c->orig_argv, argv[k]);
    for (; i < argc && !stop && argv[i][0] == '-' && argv[i][1]; i++) {
        const char *a = argv[i];
        if (a[1] == '-') {
            if (!a[2]) { i++; break; }
            int r = long_option(a + 2, i + 1 < argc ? argv[i + 1] : NULL, prog, &versions, &status);
            if (r == 1) i++;
            if (r == 2) { fprintf(stderr, "unknown option %s\n", a); return usage_error(prog); }
            if (r == 3) { fprintf(stderr, "Argument expected for the %s options\n", a); return usage_error(prog); }
            if (r == 4) return status;
            continue;
        }
        for (const char *p = a + 1; *p; p++) {
            if (*p == 'h' || *p == '?') { printf(usage_line, prog); fputs(help_options, stdout); return 0; }
            if (*p == 'V') { versions++; continue; }
            if (letter_flag(*p)) continue;
            if (*p == 'J') { fputs("-J is reserved for Jython\n", stderr); return usage_error(prog); }
            if (!strchr("cmWX", *p)) { fprintf(stderr, "Unknown option: -%c\n", *p); return usage_error(prog); }
            const char *value = p[1] ? p + 1 : ++i < argc ? argv[i] : NULL;
            if (!value) { fprintf(stderr, "Argument expected for the -%c option\n", *p); return usage_error(prog); }
            if (*p == 'W') im_strings_add(&c->warn_options, value);
            else if (*p == 'X') im_strings_add(&c->x_options, value);
            else {
                if (*p == 'm') c->module = strdup(value);
                else {
                    c->command = malloc(strlen(value) + 2);
                    sprintf(c->command, "%s\n", value);
                }
                stop = true; /* the rest is the program's */
            }
            break;
        }
    }
    if (versions) return print_version(versions);
    if (c->command) im_strings_add(&c->argv, "-c");
    else if (c->module) im_strings_add(&c->argv, "-m");
    else if (i < argc && strcmp(argv[i], "-") != 0) c->filename = strdup(argv[i]);
    if (!c->command && !c->module && i >= argc) im_strings_add(&c->argv, "");
    for (; i < argc; i++) im_strings_add(&c->argv, argv[i]);
    return finish();
}
