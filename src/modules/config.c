/* The process's configuration; only main/ changes it, at start-up.
 * SPDX-License-Identifier: MIT */
#include "modules/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

ImConfig im_config = {.int_max_str_digits = 4300, .hash_randomization = 1, .use_frozen = true, .check_pycs = "default", .fs_errors = "surrogateescape"};

int im_config_cpu_count(void)
{
    int n;
    for (size_t i = im_config.x_options.n; i-- > 0;) {
        if (strcmp(im_config.x_options.v[i], "cpu_count=default") == 0) return -1;
        if (sscanf(im_config.x_options.v[i], "cpu_count=%d", &n) == 1 && n > 0) return n;
    }
    const char *e = im_config.ignore_environment ? NULL : getenv("PYTHON_CPU_COUNT");
    n = e ? atoi(e) : 0;
    return n > 0 ? n : -1;
}

void im_strings_add(ImStrings *s, const char *text)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 8;
        s->v = realloc(s->v, s->cap * sizeof *s->v);
    }
    char *copy = strdup(text);
    if (!s->v || !copy) im_fatal("out of memory");
    s->v[s->n++] = copy;
}
