/* Frozen modules: the index of the code in this binary, and how the build makes it.
 *
 * The image is one block: "IMFZ", u32 magic (im_pyc_magic), u32 count, then per module u32 name length, name, u32 origin length, origin, u32 package, u32 size,
 * data, each field padded to 4 bytes. The build runs the program once without an image (stage 1) to write it, and links it in the second time.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules/config.h"
#include "modules/import.h"

/* Frozen by CPython too, so tracebacks through these look the same; the encodings are ours. */
static const struct { const char *name, *origin; bool package, boot; const char *source; /* null: as origin; "": none, empty code */ } list[] = {
    {"_frozen_importlib", "importlib._bootstrap", false, true, NULL}, {"_frozen_importlib_external", "importlib._bootstrap_external", false, true, NULL},
    {"zipimport", "zipimport", false, true, NULL}, {"abc", "abc", false, false, NULL}, {"codecs", "codecs", false, false, NULL}, {"io", "io", false, false, NULL},
    {"_collections_abc", "_collections_abc", false, false, NULL}, {"_sitebuiltins", "_sitebuiltins", false, false, NULL}, {"genericpath", "genericpath", false, false, NULL},
    {"ntpath", "ntpath", false, false, NULL}, {"posixpath", "posixpath", false, false, NULL}, {"os", "os", false, false, NULL}, {"site", "site", false, false, NULL},
    {"stat", "stat", false, false, NULL}, {"importlib.util", "importlib.util", false, false, NULL}, {"importlib.machinery", "importlib.machinery", false, false, NULL},
    {"runpy", "runpy", false, false, NULL}, {"encodings", "encodings", true, false, NULL}, {"encodings.aliases", "encodings.aliases", false, false, NULL},
    {"encodings.utf_8", "encodings.utf_8", false, false, NULL}, {"encodings.ascii", "encodings.ascii", false, false, NULL},
    {"encodings.latin_1", "encodings.latin_1", false, false, NULL},
    /* For tests of importlib, in CPython as here. */
    {"__hello__", "__hello__", false, false, NULL}, {"__hello_alias__", "__hello__", false, false, NULL}, {"__hello_only__", "", false, false, "__hello__"},
    {"__phello_alias__", "__hello__", true, false, "__hello__.py"}, {"__phello_alias__.spam", "__hello__", false, false, NULL},
    {"__phello__", "__phello__", true, false, NULL}, {"__phello__.__init__", "<__phello__", false, false, "__phello__.__init__"},
    {"__phello__.spam", "__phello__.spam", false, false, NULL}, {"__phello__.ham", "__phello__.ham", true, false, ""},
    {"__phello__.ham.__init__", "<__phello__.ham", false, false, ""}, {"__phello__.ham.eggs", "__phello__.ham.eggs", false, false, ""},
};
#define MAX_FROZEN 64

extern const uint8_t im_frozen_image[] __attribute__((weak));
static ImFrozen table[MAX_FROZEN]; /* filled once, at the first question, by the main thread before any other exists */
static size_t table_len;
int im_frozen_override = -1;

uint16_t im_pyc_magic(void)
{
    uint32_t h = 2166136261u ^ 6u; /* FNV-1a; the last number is the format's version */
    for (int i = 0; i < IM_OP_COUNT; i++) {
        for (const char *s = im_op_name[i]; *s; s++) h = (h ^ (uint8_t)*s) * 16777619u;
        h = (h ^ im_op_length[i]) * 16777619u;
    }
    uint16_t m = (uint16_t)(h ^ (h >> 16));
    return m == 3571 ? 3572 : m; /* CPython 3.13's */
}

static uint32_t u32(const uint8_t **p)
{
    uint32_t n;
    memcpy(&n, *p, 4);
    *p += 4;
    return n;
}
static const uint8_t *block(const uint8_t **p, uint32_t n)
{
    const uint8_t *r = *p;
    *p += (n + 4) & ~3u; /* at least one zero behind: names are C strings */
    return r;
}

static void read_image(void)
{
    if (table_len) return;
    const uint8_t *p = im_frozen_image;
    if (p && memcmp(p, "IMFZ", 4) == 0) {
        p += 4;
        if (u32(&p) == im_pyc_magic()) {
            uint32_t n = u32(&p);
            for (uint32_t i = 0; i < n && i < MAX_FROZEN; i++) {
                ImFrozen *f = &table[table_len++];
                uint32_t len = u32(&p);
                f->name = (const char *)block(&p, len);
                len = u32(&p);
                f->origin = (const char *)block(&p, len);
                f->package = u32(&p);
                f->size = u32(&p);
                f->data = block(&p, f->size);
            }
        }
    }
    for (size_t i = 0; i < IM_COUNTOF(list); i++) {
        bool have = false;
        for (size_t k = 0; k < table_len; k++) have |= strcmp(table[k].name, list[i].name) == 0;
        if (!have && list[i].boot) table[table_len++] = (ImFrozen){.name = list[i].name, .origin = list[i].origin, .package = list[i].package};
    }
}

static bool is_boot(const char *name)
{
    for (size_t i = 0; i < IM_COUNTOF(list); i++)
        if (list[i].boot && strcmp(list[i].name, name) == 0) return true;
    return false;
}

size_t im_frozen_count(void) { read_image(); return table_len; }
const ImFrozen *im_frozen_at(size_t i) { return &table[i]; }

const ImFrozen *im_frozen_find(const char *name)
{
    read_image();
    bool on = im_frozen_override < 0 ? im_config.use_frozen : im_frozen_override > 0;
    for (size_t i = 0; i < table_len; i++)
        if (strcmp(table[i].name, name) == 0) return on || is_boot(name) ? &table[i] : NULL;
    return NULL;
}

/* Reads a whole file: malloced, or null with OSError. */
static char *read_file(Thread *t, const char *path, size_t *len)
{
    FILE *f = fopen(path, "rbe");
    char *buf = NULL;
    size_t cap = 0;
    *len = 0;
    if (!f) {
        Value p = im_str_fs_decode(t, path, -1);
        im_raise_errno_path(t, 2, p);
        im_xdrop(t, p);
        return NULL;
    }
    for (;;) {
        if (*len + 65536 > cap) {
            char *bigger = realloc(buf, cap = cap * 2 + 65536 * 2);
            if (!bigger) { free(buf); fclose(f); im_raise_memory(t); return NULL; }
            buf = bigger;
        }
        size_t n = fread(buf + *len, 1, 65536, f);
        if (n == 0) break;
        *len += n;
    }
    fclose(f);
    return buf;
}

/* Compiles a library source under the name "<frozen origin>". */
static Value compile_source(Thread *t, const char *name_, const char *origin, const char *source, bool package)
{
    char path[4096], dotted[256], filename[300];
    size_t len = strlen(source ? source : "");
    if (len > 3 && strcmp(source + len - 3, ".py") == 0) package = false, len -= 3;
    snprintf(dotted, sizeof dotted, "%.*s", (int)(source ? len : strlen(origin)), source ? source : origin);
    for (char *p = dotted; *p; p++)
        if (*p == '.') *p = '/';
    snprintf(path, sizeof path, "%s/%s%s.py", im_config.stdlib_dir ? im_config.stdlib_dir : ".", dotted, package ? "/__init__" : "");
    snprintf(filename, sizeof filename, "<frozen %s>", source ? name_ : origin);
    char *text = *dotted ? read_file(t, path, &len) : calloc(1, 1);
    if (!*dotted) len = 0;
    if (!text) return IM_NO_VALUE;
    Value src = im_bytes_new(t, text, (ssize_t)len), name = im_str_from_cstr(t, filename), code = IM_NO_VALUE;
    free(text);
    if (!im_no_value(src) && !im_no_value(name)) code = im_frame_hooks.compile(t, src, name, IM_COMPILE_EXEC, 0, 0);
    im_xdrop(t, src);
    im_xdrop(t, name);
    return code;
}

Value im_frozen_code(Thread *t, const ImFrozen *f)
{
    if (!f->data) return compile_source(t, f->name, f->origin, NULL, f->package);
    return im_marshal_loads_trusted(t, f->data, f->size);
}

static void put_u32(FILE *f, uint32_t n) { fwrite(&n, 4, 1, f); }
static void put_block(FILE *f, const void *p, size_t n)
{
    static const char zero[4];
    fwrite(p, 1, n, f);
    fwrite(zero, 1, ((n + 4) & ~(size_t)3) - n, f);
}

int im_frozen_write(Thread *t, const char *path)
{
    FILE *f = fopen(path, "wbe");
    if (!f) return im_raise_errno(t, 2), -1;
    fwrite("IMFZ", 1, 4, f);
    put_u32(f, im_pyc_magic());
    put_u32(f, IM_COUNTOF(list));
    for (size_t i = 0; i < IM_COUNTOF(list); i++) {
        Value code = compile_source(t, list[i].name, list[i].origin, list[i].source, list[i].package), b = IM_NO_VALUE;
        if (!im_no_value(code)) b = im_marshal_dumps(t, code, 4);
        im_xdrop(t, code);
        size_t used; /* reading it back verifies it: the program that carries it does not */
        Value again = im_no_value(b) ? b : im_marshal_loads(t, (const uint8_t *)im_bytes_data(b), (size_t)im_bytes_len(b), &used);
        if (im_no_value(again)) { fclose(f); return -1; }
        im_drop(t, again);
        put_u32(f, (uint32_t)strlen(list[i].name));
        put_block(f, list[i].name, strlen(list[i].name));
        put_u32(f, (uint32_t)strlen(list[i].origin));
        put_block(f, list[i].origin, strlen(list[i].origin));
        put_u32(f, list[i].package);
        put_u32(f, (uint32_t)im_bytes_len(b));
        put_block(f, im_bytes_data(b), (size_t)im_bytes_len(b));
        im_drop(t, b);
    }
    return fclose(f) == 0 ? 0 : (im_raise_errno(t, 5), -1);
}
