/* Where things are: the executable, the library, the virtual environment.
 *
 * The library is looked for beside the executable as the build leaves it (stdlib/lib/python3.13, in its folder or the one above), then where an
 * installation puts it (../lib/python3.13). PYTHONHOME and pyvenv.cfg say otherwise.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "main/main.h"

#define LIB "python" IM_VERSION_MINOR
#ifndef IM_PREFIX
#define IM_PREFIX "/usr/local"
#endif

static bool is_file(const char *p) { struct stat s; return stat(p, &s) == 0 && S_ISREG(s.st_mode); }
static bool is_dir(const char *p) { struct stat s; return stat(p, &s) == 0 && S_ISDIR(s.st_mode); }

static char *join(const char *a, const char *b)
{
    char *r;
    if (asprintf(&r, "%s%s%s", a, *a && a[strlen(a) - 1] == '/' ? "" : "/", b) < 0) im_fatal("out of memory");
    return r;
}
static char *parent(const char *path)
{
    char *r = strdup(path), *slash = strrchr(r, '/');
    if (slash == r) r[1] = 0;
    else if (slash) *slash = 0;
    else strcpy(r, "");
    return r;
}
static char *absolute(const char *p)
{
    char cwd[PATH_MAX];
    if (*p == '/' || !getcwd(cwd, sizeof cwd)) return strdup(p);
    while (p[0] == '.' && p[1] == '/') p += 2;
    return join(cwd, p);
}

static char *find_executable(const char *argv0)
{
    if (strchr(argv0, '/')) return absolute(argv0);
    const char *path = getenv("PATH");
    for (const char *p = path; p && *argv0; ) {
        size_t n = strcspn(p, ":");
        char *dir = strndup(p, n), *full = join(n ? dir : ".", argv0);
        free(dir);
        if (is_file(full) && access(full, X_OK) == 0) {
            char *r = absolute(full);
            free(full);
            return r;
        }
        free(full);
        if (!p[n]) break;
        p += n + 1;
    }
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    return n > 0 ? strndup(self, (size_t)n) : strdup("");
}

static char *real_path(const char *p)
{
    char buf[PATH_MAX];
    return strdup(realpath(p, buf) ? buf : p);
}

static bool has_library(const char *prefix)
{
    char *lib = join(prefix, "lib/" LIB "/os.py");
    bool r = is_file(lib);
    free(lib);
    return r;
}

/* The prefix whose library belongs to an executable in folder `dir`; null when there is none. */
static char *prefix_for(const char *dir)
{
    char *up = parent(dir), *tries[] = {join(dir, "stdlib"), join(up, "stdlib"), strdup(up)}, *found = NULL;
    for (size_t i = 0; i < IM_COUNTOF(tries); i++) {
        if (!found && has_library(tries[i])) found = tries[i];
        else free(tries[i]);
    }
    free(up);
    return found;
}

/* `home = …` of a pyvenv.cfg; null without. */
static char *venv_home(const char *cfg)
{
    FILE *f = fopen(cfg, "re");
    if (!f) return NULL;
    char line[PATH_MAX], *home = NULL;
    while (!home && fgets(line, sizeof line, f)) {
        char *eq = strchr(line, '=');
        if (!eq) continue;
        char *k = line, *v = eq + 1, *e = eq;
        while (*k == ' ' || *k == '\t') k++;
        while (e > k && (e[-1] == ' ' || e[-1] == '\t')) e--;
        if (e - k != 4 || strncasecmp(k, "home", 4) != 0) continue;
        while (*v == ' ' || *v == '\t') v++;
        v[strcspn(v, "\r\n")] = 0;
        for (size_t n = strlen(v); n && (v[n - 1] == ' ' || v[n - 1] == '\t');) v[--n] = 0;
        home = strdup(v);
    }
    fclose(f);
    return home;
}

static void add_path_list(const char *s)
{
    for (;;) {
        size_t n = strcspn(s, ":");
        char *item = strndup(s, n);
        im_strings_add(&im_config.path, item);
        free(item);
        if (!s[n]) return;
        s += n + 1;
    }
}

void im_paths_find(const char *argv0)
{
    ImConfig *c = &im_config;
    c->executable = find_executable(argv0);
    char *dir = parent(c->executable), *up = parent(dir), *cfg = join(dir, "pyvenv.cfg"), *cfg_up = join(up, "pyvenv.cfg"), *home = venv_home(cfg), *prefix = NULL;
    const char *env_home = c->ignore_environment ? NULL : getenv("PYTHONHOME");
    char *exec_prefix = NULL;
    if (!home) home = venv_home(cfg_up);
    if (env_home && *env_home) {
        const char *colon = strchr(env_home, ':');
        prefix = colon ? strndup(env_home, (size_t)(colon - env_home)) : strdup(env_home);
        if (colon) exec_prefix = strdup(colon + 1);
        c->home = strdup(env_home);
    } else if (home) {
        const char *base = strrchr(c->executable, '/');
        char *candidate = join(home, base ? base + 1 : c->executable);
        char *real = real_path(c->executable);
        c->base_executable = is_file(candidate) ? candidate : real;
        prefix = prefix_for(home);
    }
    if (!prefix) {
        char *real = real_path(c->executable), *real_dir = parent(real);
        prefix = prefix_for(real_dir);
        free(real_dir);
        free(real);
    }
    if (!prefix && has_library(IM_PREFIX)) prefix = strdup(IM_PREFIX);
    if (!prefix) {
        fprintf(stderr, "Could not find platform independent libraries <prefix>\n");
        prefix = strdup(IM_PREFIX);
    }
    char *real = realpath(prefix, NULL);
    c->prefix = c->base_prefix = real ? real : prefix;
    c->exec_prefix = c->base_exec_prefix = exec_prefix ? exec_prefix : c->prefix;
    if (!c->base_executable) c->base_executable = c->executable;
    char *lib = join(c->prefix, "lib/" LIB);
    c->stdlib_dir = has_library(c->prefix) ? lib : NULL;

    const char *env_path = c->ignore_environment ? NULL : getenv("PYTHONPATH");
    if (env_path && *env_path) add_path_list(env_path);
    im_strings_add(&c->path, join(c->prefix, "lib/python313.zip"));
    im_strings_add(&c->path, lib);
    char *dyn = join(c->exec_prefix, "lib/" LIB "/lib-dynload");
    if (is_dir(dyn)) im_strings_add(&c->path, dyn);
    free(dyn);
    free(dir);
    free(up);
    free(cfg);
    free(cfg_up);
    free(home);
}
