/* posix: the module: its constants, and what its files put together.
 * SPDX-License-Identifier: MIT */
#include "modules/posix.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sysexits.h>
#include <unistd.h>

ImPosixTypes im_posix_types;

static const ImIntRow constants[] = {
    {"CLONE_FILES", CLONE_FILES}, {"CLONE_FS", CLONE_FS}, {"CLONE_NEWCGROUP", CLONE_NEWCGROUP}, {"CLONE_NEWIPC", CLONE_NEWIPC}, {"CLONE_NEWNET",
    CLONE_NEWNET}, {"CLONE_NEWNS", CLONE_NEWNS}, {"CLONE_NEWPID", CLONE_NEWPID}, {"CLONE_NEWTIME", 0x80}, {"CLONE_NEWUSER", CLONE_NEWUSER},
    {"CLONE_NEWUTS", CLONE_NEWUTS}, {"CLONE_SIGHAND", CLONE_SIGHAND}, {"CLONE_SYSVSEM", CLONE_SYSVSEM}, {"CLONE_THREAD", CLONE_THREAD}, {"CLONE_VM",
    CLONE_VM}, {"EFD_CLOEXEC", EFD_CLOEXEC}, {"EFD_NONBLOCK", EFD_NONBLOCK}, {"EFD_SEMAPHORE", EFD_SEMAPHORE}, {"EX_CANTCREAT", EX_CANTCREAT},
    {"EX_CONFIG", EX_CONFIG}, {"EX_DATAERR", EX_DATAERR}, {"EX_IOERR", EX_IOERR}, {"EX_NOHOST", EX_NOHOST}, {"EX_NOINPUT", EX_NOINPUT}, {"EX_NOPERM",
    EX_NOPERM}, {"EX_NOUSER", EX_NOUSER}, {"EX_OK", EX_OK}, {"EX_OSERR", EX_OSERR}, {"EX_OSFILE", EX_OSFILE}, {"EX_PROTOCOL", EX_PROTOCOL},
    {"EX_SOFTWARE", EX_SOFTWARE}, {"EX_TEMPFAIL", EX_TEMPFAIL}, {"EX_UNAVAILABLE", EX_UNAVAILABLE}, {"EX_USAGE", EX_USAGE}, {"F_LOCK", F_LOCK}, {"F_TEST",
    F_TEST}, {"F_TLOCK", F_TLOCK}, {"F_ULOCK", F_ULOCK}, {"GRND_NONBLOCK", GRND_NONBLOCK}, {"GRND_RANDOM", GRND_RANDOM}, {"MFD_ALLOW_SEALING",
    MFD_ALLOW_SEALING}, {"MFD_CLOEXEC", MFD_CLOEXEC}, {"MFD_HUGETLB", 0x4}, {"MFD_HUGE_16GB", 0x88000000}, {"MFD_HUGE_16MB", 0x60000000}, {"MFD_HUGE_1GB",
    0x78000000}, {"MFD_HUGE_1MB", 0x50000000}, {"MFD_HUGE_256MB", 0x70000000}, {"MFD_HUGE_2GB", 0x7c000000}, {"MFD_HUGE_2MB", 0x54000000},
    {"MFD_HUGE_32MB", 0x64000000}, {"MFD_HUGE_512KB", 0x4c000000}, {"MFD_HUGE_512MB", 0x74000000}, {"MFD_HUGE_64KB", 0x40000000}, {"MFD_HUGE_8MB",
    0x5c000000}, {"MFD_HUGE_MASK", 0x3f}, {"MFD_HUGE_SHIFT", 0x1a}, {"NGROUPS_MAX", NGROUPS_MAX}, {"O_ACCMODE", O_ACCMODE}, {"O_APPEND", O_APPEND},
    {"O_ASYNC", O_ASYNC}, {"O_CLOEXEC", O_CLOEXEC}, {"O_CREAT", O_CREAT}, {"O_DIRECT", O_DIRECT}, {"O_DIRECTORY", O_DIRECTORY}, {"O_DSYNC", O_DSYNC},
    {"O_EXCL", O_EXCL}, {"O_FSYNC", O_FSYNC}, {"O_LARGEFILE", 0x0}, {"O_NDELAY", O_NDELAY}, {"O_NOATIME", O_NOATIME}, {"O_NOCTTY", O_NOCTTY},
    {"O_NOFOLLOW", O_NOFOLLOW}, {"O_NONBLOCK", O_NONBLOCK}, {"O_PATH", O_PATH}, {"O_RDONLY", O_RDONLY}, {"O_RDWR", O_RDWR}, {"O_RSYNC", O_RSYNC},
    {"O_SYNC", O_SYNC}, {"O_TMPFILE", O_TMPFILE}, {"O_TRUNC", O_TRUNC}, {"O_WRONLY", O_WRONLY}, {"POSIX_FADV_DONTNEED", POSIX_FADV_DONTNEED},
    {"POSIX_FADV_NOREUSE", POSIX_FADV_NOREUSE}, {"POSIX_FADV_NORMAL", POSIX_FADV_NORMAL}, {"POSIX_FADV_RANDOM", POSIX_FADV_RANDOM},
    {"POSIX_FADV_SEQUENTIAL", POSIX_FADV_SEQUENTIAL}, {"POSIX_FADV_WILLNEED", POSIX_FADV_WILLNEED}, {"POSIX_SPAWN_CLOSE", 0x1}, {"POSIX_SPAWN_CLOSEFROM",
    0x3}, {"POSIX_SPAWN_DUP2", 0x2}, {"POSIX_SPAWN_OPEN", 0x0}, {"PRIO_PGRP", PRIO_PGRP}, {"PRIO_PROCESS", PRIO_PROCESS}, {"PRIO_USER", PRIO_USER},
    {"RTLD_DEEPBIND", RTLD_DEEPBIND}, {"RTLD_GLOBAL", RTLD_GLOBAL}, {"RTLD_LAZY", RTLD_LAZY}, {"RTLD_LOCAL", RTLD_LOCAL}, {"RTLD_NODELETE",
    RTLD_NODELETE}, {"RTLD_NOLOAD", RTLD_NOLOAD}, {"RTLD_NOW", RTLD_NOW}, {"RWF_APPEND", RWF_APPEND}, {"RWF_DSYNC", RWF_DSYNC}, {"RWF_HIPRI", RWF_HIPRI},
    {"RWF_NOWAIT", RWF_NOWAIT}, {"RWF_SYNC", RWF_SYNC}, {"SEEK_DATA", SEEK_DATA}, {"SEEK_HOLE", SEEK_HOLE}, {"SPLICE_F_MORE", SPLICE_F_MORE},
    {"SPLICE_F_MOVE", SPLICE_F_MOVE}, {"SPLICE_F_NONBLOCK", SPLICE_F_NONBLOCK}, {"TFD_CLOEXEC", TFD_CLOEXEC}, {"TFD_NONBLOCK", TFD_NONBLOCK},
    {"TFD_TIMER_ABSTIME", TFD_TIMER_ABSTIME}, {"TFD_TIMER_CANCEL_ON_SET", TFD_TIMER_CANCEL_ON_SET}, {"TMP_MAX", TMP_MAX},
};

/* os builds supports_dir_fd and the like from these. */
static const char *const have_functions[] = {
    "HAVE_EVENTFD", "HAVE_TIMERFD_CREATE", "HAVE_FACCESSAT", "HAVE_FCHDIR", "HAVE_FCHMOD", "HAVE_FCHMODAT", "HAVE_FCHOWN", "HAVE_FCHOWNAT",
    "HAVE_FEXECVE", "HAVE_FDOPENDIR", "HAVE_FPATHCONF", "HAVE_FSTATAT", "HAVE_FSTATVFS", "HAVE_FTRUNCATE", "HAVE_FUTIMENS", "HAVE_FUTIMES",
    "HAVE_FUTIMESAT", "HAVE_LINKAT", "HAVE_LCHOWN", "HAVE_LSTAT", "HAVE_LUTIMES", "HAVE_MEMFD_CREATE", "HAVE_MKDIRAT", "HAVE_MKFIFOAT", "HAVE_MKNODAT",
    "HAVE_OPENAT", "HAVE_READLINKAT", "HAVE_RENAMEAT", "HAVE_SYMLINKAT", "HAVE_UNLINKAT", "HAVE_UTIMENSAT", "HAVE_PTSNAME_R",
};

int im_posix_add_seq(Thread *t, Value m, Value *location, const char *name, const char *doc, const ImStructField *fields, size_t n, size_t visible)
{
    if (im_no_value(*location)) {
        ImType *ty = im_structseq_type(t, name, doc, fields, n, visible);
        if (!ty) return -1;
        *location = im_type_value(ty);
        im_root_add(location);
    }
    return im_module_add(t, m, strrchr(name, '.') + 1, im_new_ref(*location));
}

static int exec(Thread *t, Value m)
{
    const ImMethodDef *const tables[] = {im_posix_stat_methods, im_posix_dir_methods, im_posix_fd_methods, im_posix_io_methods, im_posix_process_methods, im_posix_spawn_methods,
        im_posix_fork_methods, im_posix_id_methods, im_posix_sched_methods, im_posix_term_methods, im_posix_system_methods, im_posix_conf_methods};
    for (size_t i = 0; i < IM_COUNTOF(tables); i++)
        if (im_add_methods(t, m, "posix", tables[i]) < 0) return -1;
    if (IM_ADD_INT_ROWS(t, m, constants) < 0) return -1;
    if (im_posix_stat_init(t, m) < 0 || im_posix_process_init(t, m) < 0 || im_posix_fork_init(t, m) < 0 || im_posix_sched_init(t, m) < 0 || im_posix_system_init(t, m) < 0 ||
        im_posix_conf_init(t, m) < 0) return -1;
    Value have = im_list_new(t, IM_COUNTOF(have_functions));
    for (size_t i = 0; i < IM_COUNTOF(have_functions) && !im_no_value(have); i++) {
        Value s = im_str_from_cstr(t, have_functions[i]);
        if (im_no_value(s) || im_list_append_steal(t, have, s) < 0) IM_CLEAR(t, have);
    }
    if (im_module_add(t, m, "_have_functions", have) < 0) return -1;
    if (im_module_add(t, m, "error", im_type_value(&im_OSError_type)) < 0) return -1;
    return im_module_add(t, m, "DirEntry", im_type_value(&im_DirEntry__type));
}
static const ImModuleDef def = {.name = "posix", .doc = "This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\n"
    "disguised Unix interface).  Refer to the library manual and\ncorresponding Unix manual entries for more information on calls.", .exec = exec};
IM_MODULE(def);
