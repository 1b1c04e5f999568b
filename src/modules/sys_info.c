/* sys: what does not change while the program runs: version, flags, numbers' limits, names, places.
 * SPDX-License-Identifier: MIT */
#include <float.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules/config.h"
#include "modules/sys.h"

/* Struct sequence whose type nobody can make instances of; n items, stolen, of which `visible` count as the tuple's. */
static Value one_structseq(Thread *t, const char *name, const char *doc, const ImStructField *fields, size_t n, size_t visible, Value *items)
{
    ImType *type = im_structseq_type(t, name, doc, fields, n, visible);
    if (!type) return IM_NO_VALUE;
    Value v = im_structseq_new(t, type, items);
    type->slots.new_ = NULL;
    im_drop(t, im_type_value(type));
    return v;
}

static Value make_version_info(Thread *t)
{
    static const ImStructField f[] = {{"major", "Major release number"}, {"minor", "Minor release number"}, {"micro", "Patch release number"},
        {"releaselevel", "'alpha', 'beta', 'candidate', or 'final'"}, {"serial", "Serial release number"}};
    Value items[] = {im_int(3), im_int(13), im_int(5), im_str_from_cstr(t, "final"), im_int(0)};
    return one_structseq(t, "sys.version_info", "sys.version_info\n\nVersion information as a named tuple.", f, 5, 5, items);
}

static Value make_flags(Thread *t)
{
    static const ImStructField f[] = {{"debug", "-d"}, {"inspect", "-i"}, {"interactive", "-i"}, {"optimize", "-O or -OO"}, {"dont_write_bytecode", "-B"},
        {"no_user_site", "-s"}, {"no_site", "-S"}, {"ignore_environment", "-E"}, {"verbose", "-v"}, {"bytes_warning", "-b"}, {"quiet", "-q"},
        {"hash_randomization", "-R"}, {"isolated", "-I"}, {"dev_mode", "-X dev"}, {"utf8_mode", "-X utf8"},
        {"warn_default_encoding", "-X warn_default_encoding"}, {"safe_path", "-P"}, {"int_max_str_digits", "-X int_max_str_digits"}, {"gil", "-X gil"}};
    const ImConfig *c = &im_config;
    Value items[] = {im_int(c->debug), im_int(c->inspect), im_int(c->interactive), im_int(c->optimize), im_int(c->dont_write_bytecode), im_int(c->no_user_site),
        im_int(c->no_site), im_int(c->ignore_environment), im_int(c->verbose), im_int(c->bytes_warning), im_int(c->quiet), im_int(c->hash_randomization),
        im_int(c->isolated), im_bool(c->dev_mode), im_int(c->utf8_mode), im_int(c->warn_default_encoding), im_bool(c->safe_path), im_int(c->int_max_str_digits), im_int(im_rt.gil)};
    return one_structseq(t, "sys.flags", "sys.flags\n\nFlags provided through command line arguments or environment vars.", f, IM_COUNTOF(f), IM_COUNTOF(f) - 1, items);
}

static Value make_float_info(Thread *t)
{
    static const ImStructField f[] = {{"max", "DBL_MAX -- maximum representable finite float"},
        {"max_exp", "DBL_MAX_EXP -- maximum int e such that radix**(e-1) is representable"},
        {"max_10_exp", "DBL_MAX_10_EXP -- maximum int e such that 10**e is representable"}, {"min", "DBL_MIN -- Minimum positive normalized float"},
        {"min_exp", "DBL_MIN_EXP -- minimum int e such that radix**(e-1) is a normalized float"},
        {"min_10_exp", "DBL_MIN_10_EXP -- minimum int e such that 10**e is a normalized float"},
        {"dig", "DBL_DIG -- maximum number of decimal digits that can be faithfully represented in a float"}, {"mant_dig", "DBL_MANT_DIG -- mantissa digits"},
        {"epsilon", "DBL_EPSILON -- Difference between 1 and the next representable float"}, {"radix", "FLT_RADIX -- radix of exponent"},
        {"rounds", "FLT_ROUNDS -- rounding mode used for arithmetic operations"}};
    Value items[] = {im_float_new(t, DBL_MAX), im_int(DBL_MAX_EXP), im_int(DBL_MAX_10_EXP), im_float_new(t, DBL_MIN), im_int(DBL_MIN_EXP), im_int(DBL_MIN_10_EXP),
        im_int(DBL_DIG), im_int(DBL_MANT_DIG), im_float_new(t, DBL_EPSILON), im_int(FLT_RADIX), im_int(1)};
    return one_structseq(t, "sys.float_info", "sys.float_info\n\nA named tuple holding information about the float type. It contains low level\n"
        "information about the precision and internal representation. Please study\nyour system's :file:`float.h` for more information.", f, IM_COUNTOF(f), IM_COUNTOF(f), items);
}

static Value make_int_info(Thread *t)
{
    static const ImStructField f[] = {{"bits_per_digit", "size of a digit in bits"}, {"sizeof_digit", "size in bytes of the C type used to represent a digit"},
        {"default_max_str_digits", "maximum string conversion digits limitation"}, {"str_digits_check_threshold", "minimum positive value for int_max_str_digits"}};
    Value items[] = {im_int(30), im_int(4), im_int(4300), im_int(640)};
    return one_structseq(t, "sys.int_info", "sys.int_info\n\nA named tuple that holds information about Python's\ninternal representation of integers.  The attributes are read only.",
        f, IM_COUNTOF(f), IM_COUNTOF(f), items);
}

static Value make_hash_info(Thread *t)
{
    static const ImStructField f[] = {{"width", "width of the type used for hashing, in bits"},
        {"modulus", "prime number giving the modulus on which the hash function is based"}, {"inf", "value to be used for hash of a positive infinity"},
        {"nan", "value to be used for hash of a nan"}, {"imag", "multiplier used for the imaginary part of a complex number"},
        {"algorithm", "name of the algorithm for hashing of str, bytes and memoryviews"}, {"hash_bits", "internal output size of hash algorithm"},
        {"seed_bits", "seed size of hash algorithm"}, {"cutoff", "small string optimization cutoff"}};
    Value items[] = {im_int(64), im_int_new(t, ((int64_t)1 << 61) - 1), im_int(314159), im_int(0), im_int(1000003), im_str_from_cstr(t, "siphash13"), im_int(64), im_int(128), im_int(0)};
    return one_structseq(t, "sys.hash_info", "hash_info\n\nA named tuple providing parameters used for computing\nhashes. The attributes are read only.", f, IM_COUNTOF(f), IM_COUNTOF(f), items);
}

static Value make_thread_info(Thread *t)
{
    static const ImStructField f[] = {{"name", "name of the thread implementation"}, {"lock", "name of the lock implementation"},
        {"version", "name and version of the thread library"}};
    char version[64];
    snprintf(version, sizeof version, "NPTL %s", gnu_get_libc_version());
    Value items[] = {im_str_from_cstr(t, "pthread"), im_str_from_cstr(t, "semaphore"), im_str_from_cstr(t, version)};
    return one_structseq(t, "sys.thread_info", "sys.thread_info\n\nA named tuple holding information about the thread implementation.", f, IM_COUNTOF(f), IM_COUNTOF(f), items);
}

static Value make_implementation(Thread *t, Value version_info)
{
    Value d = im_dict_new(t), name = im_str_from_cstr(t, "imugi"), tag = im_str_from_cstr(t, IM_CACHE_TAG), arch = im_str_from_cstr(t, IM_MULTIARCH), r = IM_NO_VALUE;
    if (!im_no_value(d) && !im_no_value(name) && !im_no_value(tag) && !im_no_value(arch) && im_dict_set_cstr(t, d, "name", name) == 0
        && im_dict_set_cstr(t, d, "cache_tag", tag) == 0 && im_dict_set_cstr(t, d, "version", version_info) == 0
        && im_dict_set_cstr(t, d, "hexversion", im_int(IM_VERSION_HEX)) == 0 && im_dict_set_cstr(t, d, "_multiarch", arch) == 0)
        r = im_namespace_new(t, d);
    im_xdrop(t, d);
    im_xdrop(t, name);
    im_xdrop(t, tag);
    im_xdrop(t, arch);
    return r;
}

static int by_name(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static Value make_builtin_names(Thread *t)
{
    const ImModuleDef *const *rows;
    size_t n = im_module_defs(&rows);
    const char **names = im_raw_alloc(t, (n + 1) * sizeof *names);
    if (!names) return IM_NO_VALUE;
    for (size_t i = 0; i < n; i++) names[i] = rows[i]->name;
    qsort(names, n, sizeof *names, by_name);
    Value tuple = im_tuple_new(t, n);
    for (size_t i = 0; i < n && !im_no_value(tuple); i++) {
        Value s = im_str_intern_cstr(t, names[i]);
        if (im_no_value(s)) IM_CLEAR(t, tuple);
        else im_tuple_items(tuple)[i] = s;
    }
    im_raw_free(names);
    return tuple;
}

static Value make_stdlib_names(Thread *t)
{
    Value set = im_frozenset_new(t, IM_NO_VALUE);
    for (const char *const *p = im_stdlib_module_names; *p && !im_no_value(set); p++) {
        Value s = im_str_intern_cstr(t, *p);
        if (im_no_value(s) || im_set_add(t, set, s) < 0) IM_CLEAR(t, set);
        im_xdrop(t, s);
    }
    return set;
}

static Value strings_list(Thread *t, const ImStrings *s)
{
    Value list = im_list_new(t, s->n);
    for (size_t i = 0; i < s->n && !im_no_value(list); i++) {
        Value v = im_str_fs_decode(t, s->v[i], -1);
        if (im_no_value(v) || im_list_append_steal(t, list, v) < 0) IM_CLEAR(t, list);
    }
    return list;
}

/* -X options: "name=value" or "name" (True). */
static Value x_options(Thread *t)
{
    Value d = im_dict_new(t);
    for (size_t i = 0; i < im_config.x_options.n && !im_no_value(d); i++) {
        const char *s = im_config.x_options.v[i], *eq = strchr(s, '=');
        Value k = im_str_fs_decode(t, s, eq ? eq - s : -1), v = eq ? im_str_fs_decode(t, eq + 1, -1) : IM_TRUE;
        if (im_no_value(k) || im_no_value(v) || im_dict_set(t, d, k, v) < 0) IM_CLEAR(t, d);
        im_xdrop(t, k);
        im_xdrop(t, v);
    }
    return d;
}

static Value path_or(Thread *t, const char *s, Value dflt) { return s ? im_str_fs_decode(t, s, -1) : dflt; }

static int add_places(Thread *t, Value sys)
{
    const ImConfig *c = &im_config;
    static const struct { const char *name; size_t offset; bool none; } rows[] = {
        {"executable", offsetof(ImConfig, executable), false}, {"_base_executable", offsetof(ImConfig, base_executable), false},
        {"prefix", offsetof(ImConfig, prefix), false}, {"base_prefix", offsetof(ImConfig, base_prefix), false},
        {"exec_prefix", offsetof(ImConfig, exec_prefix), false}, {"base_exec_prefix", offsetof(ImConfig, base_exec_prefix), false},
        {"platlibdir", offsetof(ImConfig, platlibdir), false}, {"_stdlib_dir", offsetof(ImConfig, stdlib_dir), true},
        {"pycache_prefix", offsetof(ImConfig, pycache_prefix), true}, {"_home", offsetof(ImConfig, home), true},
    };
    for (size_t i = 0; i < IM_COUNTOF(rows); i++) {
        const char *s = *(char *const *)((const char *)c + rows[i].offset);
        if (im_module_add(t, sys, rows[i].name, s || rows[i].none ? path_or(t, s, IM_NONE) : im_str_from_cstr(t, "")) < 0) return -1;
    }
    Value path = strings_list(t, &c->path);
    if (!im_no_value(path) && c->path0) {
        Value first = im_str_fs_decode(t, c->path0, -1);
        if (im_no_value(first) || im_list_insert(t, path, 0, first) < 0) IM_CLEAR(t, path);
        im_xdrop(t, first);
    }
    return im_module_add(t, sys, "path", path) < 0 || im_module_add(t, sys, "argv", strings_list(t, &c->argv)) < 0
        || im_module_add(t, sys, "orig_argv", strings_list(t, &c->orig_argv)) < 0 || im_module_add(t, sys, "warnoptions", strings_list(t, &c->warn_options)) < 0
        || im_module_add(t, sys, "_xoptions", x_options(t)) < 0 ? -1 : 0;
}

int im_sys_info_init(Thread *t, Value sys)
{
    Value info = make_version_info(t), empty, name, git;
    if (im_no_value(info)) return -1;
    empty = im_str_from_cstr(t, "");
    name = im_no_value(empty) ? empty : im_str_from_cstr(t, "imugi");
    git = im_no_value(name) ? name : im_tuple_pack(t, 3, name, empty, empty);
    im_xdrop(t, name);
    if (im_no_value(git)) return -1;
    int r = im_module_add(t, sys, "implementation", make_implementation(t, info)) < 0 || im_module_add(t, sys, "version_info", info) < 0
        || im_module_add(t, sys, "_git", git) < 0
        || im_module_add(t, sys, "version", im_str_format(t, IM_VERSION " (%s) %s", im_build_info, im_compiler_info)) < 0
        || im_module_add_int(t, sys, "hexversion", IM_VERSION_HEX) < 0 || im_module_add_int(t, sys, "api_version", 1013) < 0
        || im_module_add_str(t, sys, "copyright",
               "Copyright (c) 2026 the imugi authors.\nAll Rights Reserved.\n\nThe Python library: Copyright (c) 2001-2025 Python Software Foundation.\nAll Rights Reserved.") < 0
        || im_module_add_str(t, sys, "platform", "linux") < 0 || im_module_add_int(t, sys, "maxsize", INT64_MAX) < 0 || im_module_add_int(t, sys, "maxunicode", 0x10FFFF) < 0
        || im_module_add_str(t, sys, "byteorder", __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "little" : "big") < 0
        || im_module_add_str(t, sys, "float_repr_style", "short") < 0 || im_module_add_str(t, sys, "abiflags", "") < 0 || im_module_add_str(t, sys, "_framework", "") < 0
        || im_module_add(t, sys, "flags", make_flags(t)) < 0 || im_module_add(t, sys, "float_info", make_float_info(t)) < 0
        || im_module_add(t, sys, "int_info", make_int_info(t)) < 0 || im_module_add(t, sys, "hash_info", make_hash_info(t)) < 0
        || im_module_add(t, sys, "thread_info", make_thread_info(t)) < 0 || im_module_add(t, sys, "builtin_module_names", make_builtin_names(t)) < 0
        || im_module_add(t, sys, "stdlib_module_names", make_stdlib_names(t)) < 0
        || im_module_add(t, sys, "dont_write_bytecode", im_bool(im_config.dont_write_bytecode)) < 0 || add_places(t, sys) < 0
        || im_module_add(t, sys, "meta_path", im_list_new(t, 0)) < 0 || im_module_add(t, sys, "path_hooks", im_list_new(t, 0)) < 0
        || im_module_add(t, sys, "path_importer_cache", im_dict_new(t)) < 0;
    im_drop(t, empty);
    return r ? -1 : 0;
}
