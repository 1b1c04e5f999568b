/* Which code is the library's own: for those who give it native bodies (code/code.h).
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "modules/bodies.h"
#include "modules/config.h"

static bool says(Value names, const char *text)
{
    for (ssize_t i = 0; i < im_tuple_len(names); i++) {
        size_t len = strcspn(text, " ");
        Value v = im_tuple_get(names, i);
        char word[32];
        if (!len || len >= sizeof word) return false;
        memcpy(word, text, len);
        word[len] = 0;
        if (!im_str_equal_cstr(v, word)) return false;
        text += len + (text[len] == ' ');
    }
    return !*text;
}
/* The library's own file of the module, no user's module of that name. */
static bool of_library(Value filename, const char *module)
{
    char path[4096];
    int n = im_config.stdlib_dir ? snprintf(path, sizeof path, "%s/%s.py", im_config.stdlib_dir, module) : -1;
    return n > 0 && n < (int)sizeof path && im_is_str(filename) && im_str_equal_cstr(filename, path);
}

bool im_is_library_code(const ImCode *code, const char *module, const char *names, const char *varnames)
{
    return of_library(code->filename, module) && says(code->names_tuple, names) && says(code->varnames, varnames);
}
