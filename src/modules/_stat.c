/* _stat: tests and names of a file's mode. The numbers are fixed by the formats in which they travel, so they stand here as such.
 * SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include "modules/module.h"

static const struct { const char *name; int64_t value; } rows[] = {
    {"S_IFDOOR", 0x0}, {"S_IFPORT", 0x0}, {"S_IFWHT", 0x0}, {"S_IXOTH", 0x1}, {"S_IWOTH", 0x2}, {"S_IROTH", 0x4}, {"S_IRWXO", 0x7}, {"S_IXGRP", 0x8},
    {"S_IWGRP", 0x10}, {"S_IRGRP", 0x20}, {"S_IRWXG", 0x38}, {"S_IEXEC", 0x40}, {"S_IXUSR", 0x40}, {"S_IWRITE", 0x80}, {"S_IWUSR", 0x80}, {"S_IREAD",
    0x100}, {"S_IRUSR", 0x100}, {"S_IRWXU", 0x1c0}, {"S_ISVTX", 0x200}, {"S_ENFMT", 0x400}, {"S_ISGID", 0x400}, {"S_ISUID", 0x800}, {"S_IFIFO", 0x1000},
    {"S_IFCHR", 0x2000}, {"S_IFDIR", 0x4000}, {"S_IFBLK", 0x6000}, {"S_IFREG", 0x8000}, {"S_IFLNK", 0xa000}, {"S_IFSOCK", 0xc000}, {"SF_ARCHIVED",
    0x10000}, {"SF_IMMUTABLE", 0x20000}, {"SF_APPEND", 0x40000}, {"SF_NOUNLINK", 0x100000}, {"SF_SNAPSHOT", 0x200000}, {"SF_FIRMLINK", 0x800000},
    {"SF_DATALESS", 0x40000000}, {"SF_SETTABLE", 0xffff0000}, {"ST_MODE", 0x0}, {"ST_INO", 0x1}, {"ST_DEV", 0x2}, {"ST_NLINK", 0x3}, {"ST_UID", 0x4},
    {"ST_GID", 0x5}, {"ST_SIZE", 0x6}, {"ST_ATIME", 0x7}, {"ST_MTIME", 0x8}, {"ST_CTIME", 0x9}, {"UF_NODUMP", 0x1}, {"UF_IMMUTABLE", 0x2}, {"UF_APPEND",
    0x4}, {"UF_OPAQUE", 0x8}, {"UF_NOUNLINK", 0x10}, {"UF_COMPRESSED", 0x20}, {"UF_TRACKED", 0x40}, {"UF_DATAVAULT", 0x80}, {"UF_HIDDEN", 0x8000},
    {"UF_SETTABLE", 0xffff},
};

static int mode_arg(Thread *t, Value v, mode_t *out)
{
    uint64_t x;
    Value n = im_index(t, v);
    if (im_no_value(n)) return -1;
    int fits = im_int_get_u64(n, &x), sign = im_int_sign(n);
    im_drop(t, n);
    if (sign < 0) return im_raise_overflow(t, "can't convert negative value to unsigned int"), -1;
    if (!fits) return im_raise_overflow(t, "Python int too large to convert to C unsigned long"), -1;
    if (x > UINT32_MAX) return im_raise_overflow(t, "mode out of range"), -1;
    *out = (mode_t)x;
    return 0;
}

#define TEST(name, expr) \
    static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) \
    { \
        (void)self, (void)nargs, (void)kwnames; \
        mode_t m; \
        return mode_arg(t, args[0], &m) < 0 ? IM_NO_VALUE : expr; \
    }
TEST(s_isdir, im_bool(S_ISDIR(m)))
TEST(s_ischr, im_bool(S_ISCHR(m)))
TEST(s_isblk, im_bool(S_ISBLK(m)))
TEST(s_isreg, im_bool(S_ISREG(m)))
TEST(s_isfifo, im_bool(S_ISFIFO(m)))
TEST(s_islnk, im_bool(S_ISLNK(m)))
TEST(s_issock, im_bool(S_ISSOCK(m)))
TEST(s_isdoor, ((void)m, IM_FALSE))
TEST(s_isport, ((void)m, IM_FALSE))
TEST(s_iswht, ((void)m, IM_FALSE))
TEST(s_imode, im_int(m & 07777))
TEST(s_ifmt, im_int(m & S_IFMT))

static Value mode_text(Thread *t, mode_t m)
{
    char s[11] = "?rwxrwxrwx";
    s[0] = S_ISREG(m) ? '-' : S_ISDIR(m) ? 'd' : S_ISLNK(m) ? 'l' : S_ISBLK(m) ? 'b' : S_ISCHR(m) ? 'c' : S_ISFIFO(m) ? 'p' : S_ISSOCK(m) ? 's' : '?';
    for (int i = 0; i < 9; i++)
        if (!(m >> (8 - i) & 1)) s[i + 1] = '-';
    if (m & S_ISUID) s[3] = s[3] == 'x' ? 's' : 'S';
    if (m & S_ISGID) s[6] = s[6] == 'x' ? 's' : 'S';
    if (m & S_ISVTX) s[9] = s[9] == 'x' ? 't' : 'T';
    return im_str_from_cstr(t, s);
}
TEST(filemode, mode_text(t, m))

#define ROW(name, fn, doc) IM_FIXED(name, fn, 1, "($self, object, /)", name "(mode) -> " doc)
static const ImMethodDef methods[] = {
    ROW("S_ISDIR", s_isdir, "bool\n\nReturn True if mode is from a directory."), ROW("S_ISCHR", s_ischr, "bool\n\nReturn True if mode is from a character special device file."),
    ROW("S_ISBLK", s_isblk, "bool\n\nReturn True if mode is from a block special device file."), ROW("S_ISREG", s_isreg, "bool\n\nReturn True if mode is from a regular file."),
    ROW("S_ISFIFO", s_isfifo, "bool\n\nReturn True if mode is from a FIFO (named pipe)."), ROW("S_ISLNK", s_islnk, "bool\n\nReturn True if mode is from a symbolic link."),
    ROW("S_ISSOCK", s_issock, "bool\n\nReturn True if mode is from a socket."), ROW("S_ISDOOR", s_isdoor, "bool\n\nReturn True if mode is from a door."),
    ROW("S_ISPORT", s_isport, "bool\n\nReturn True if mode is from an event port."), ROW("S_ISWHT", s_iswht, "bool\n\nReturn True if mode is from a whiteout."),
    ROW("S_IMODE", s_imode, "int\n\nReturn the portion of the file's mode that can be set by os.chmod()."), ROW("S_IFMT", s_ifmt, "int\n\nReturn the portion of the file's mode that describes the file type."),
    ROW("filemode", filemode, "string\n\nConvert a file's mode to a string of the form '-rwxrwxrwx'"),
    IM_END,
};

static int exec(Thread *t, Value m)
{
    for (size_t i = 0; i < IM_COUNTOF(rows); i++)
        if (im_module_add_int(t, m, rows[i].name, rows[i].value) < 0) return -1;
    return 0;
}
static const ImModuleDef def = {.name = "_stat", .doc = "S_IFMT_: file type bits and tests.", .methods = methods, .exec = exec};
IM_MODULE(def);
