/* How this process was started: the command line, the environment, and the places derived from them. main/ fills it before sys is made.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_CONFIG_H
#define IM_MODULES_CONFIG_H

#include "base/config.h"

#define IM_VERSION "3.13.5"
#define IM_VERSION_MINOR "3.13"
#define IM_VERSION_HEX 0x030D05F0
#define IM_RELEASE "0.1"
#define IM_CACHE_TAG "imugi-313"
#if defined(__x86_64__)
#define IM_MULTIARCH "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define IM_MULTIARCH "aarch64-linux-gnu"
#else
#define IM_MULTIARCH "linux-gnu"
#endif
/* "imugi 0.1, DATE, TIME" and "[GCC …]": the release, when and by what it was built, as `-VV` and sys.version show them. */
extern const char im_build_info[], im_compiler_info[];

typedef struct ImStrings { char **v; size_t n, cap; } ImStrings;

typedef struct ImConfig {
    /* sys.flags */
    int debug, inspect, interactive, optimize, dont_write_bytecode, no_user_site, no_site, ignore_environment, verbose, bytes_warning, quiet, hash_randomization,
        isolated, dev_mode, utf8_mode, warn_default_encoding, safe_path, no_debug_ranges;
    int64_t int_max_str_digits;
    bool unbuffered, parse_only_banner, use_frozen, import_time, no_importlib, gil, skip_first_line;
    const char *check_pycs;          /* default, always, never */
    /* what to run: at most one of these; all null is standard input */
    char *command, *module, *filename;
    ImStrings argv;                  /* sys.argv */
    ImStrings orig_argv, warn_options, x_options;
    /* places; null = unknown (None) */
    char *program, *executable, *base_executable, *home, *prefix, *base_prefix, *exec_prefix, *base_exec_prefix, *stdlib_dir, *pycache_prefix, *platlibdir;
    ImStrings path;                  /* sys.path without the script's folder */
    char *path0;                     /* folder of the script, "" for -c, or null: none */
    const char *fs_errors, *stdio_encoding, *stdio_errors; /* the last two null: from the locale */
    bool randomize_hash;      /* -R: the environment does not fix the seed */
    const char *hash_seed;    /* text of a number, or null: random */
} ImConfig;
extern ImConfig im_config;
/* Number of processors that -X cpu_count or PYTHON_CPU_COUNT asks for, or -1. */
int im_config_cpu_count(void);

/* Appends a copy; aborts when out of memory (start-up only). */
void im_strings_add(ImStrings *s, const char *text);

#endif
