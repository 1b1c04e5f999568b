/* posix: terminals.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utmp.h>

#include "modules/posix.h"

#define FD_ARG() \
    int fd; \
    if (im_fd_arg(t, args[0], &fd) < 0) return IM_NO_VALUE
#define INT_ARG(var, i) \
    int var; \
    if (im_as_int(t, args[i], &var) < 0) return IM_NO_VALUE

IM_METHOD(do_openpty)
{
    int master, slave;
    if (openpty(&master, &slave, NULL, NULL, NULL) < 0) return IM_ERRNO(t);
    int e = im_set_inheritable(master, false);
    if (!e) e = im_set_inheritable(slave, false);
    if (e) {
        close(master);
        close(slave);
        return im_raise_errno(t, e);
    }
    return im_tuple_steal_array(t, (Value[]){im_int(master), im_int(slave)}, 2);
}
IM_METHOD(do_openpt)
{
    INT_ARG(flags, 0);
    int fd = posix_openpt(flags | O_CLOEXEC);
    return fd < 0 ? IM_ERRNO(t) : im_int(fd);
}
IM_METHOD(do_grantpt) { FD_ARG(); return grantpt(fd) < 0 ? IM_ERRNO(t) : IM_NONE; }
IM_METHOD(do_unlockpt) { FD_ARG(); return unlockpt(fd) < 0 ? IM_ERRNO(t) : IM_NONE; }
IM_METHOD(do_login_tty) { FD_ARG(); return login_tty(fd) < 0 ? IM_ERRNO(t) : IM_NONE; }
IM_METHOD(do_ptsname)
{
    FD_ARG();
    char name[256];
    int e = ptsname_r(fd, name, sizeof(name));
    return e ? im_raise_errno(t, e) : im_str_fs_decode(t, name, -1);
}
IM_METHOD(do_ttyname)
{
    INT_ARG(fd, 0);
    char name[256];
    int e = ttyname_r(fd, name, sizeof(name));
    return e ? im_raise_errno(t, e) : im_str_fs_decode(t, name, -1);
}
IM_METHOD(do_ctermid)
{
    char name[L_ctermid];
    ctermid(name);
    return im_str_fs_decode(t, name, -1);
}
IM_METHOD(do_tcgetpgrp)
{
    INT_ARG(fd, 0);
    pid_t p = tcgetpgrp(fd);
    return p < 0 ? IM_ERRNO(t) : im_int(p);
}
IM_METHOD(do_tcsetpgrp)
{
    INT_ARG(fd, 0);
    INT_ARG(p, 1);
    return tcsetpgrp(fd, p) < 0 ? IM_ERRNO(t) : IM_NONE;
}
IM_METHOD(do_get_terminal_size)
{
    int fd = STDOUT_FILENO;
    struct winsize w;
    if (nargs && im_as_int(t, args[0], &fd) < 0) return IM_NO_VALUE;
    if (ioctl(fd, TIOCGWINSZ, &w) < 0) return IM_ERRNO(t);
    Value v[2] = {im_int(w.ws_col), im_int(w.ws_row)};
    return im_structseq_new(t, im_as_type(im_posix_types.terminal_size), v);
}

const ImMethodDef im_posix_term_methods[] = {
    IM_FIXED("openpty", do_openpty, 0, "($module, /)", "Open a pseudo-terminal."),
    IM_FIXED("posix_openpt", do_openpt, 1, "($module, oflag, /)", "Open and return a file descriptor for a master pseudo-terminal device."),
    IM_FIXED("grantpt", do_grantpt, 1, "($module, fd, /)", "Grant access to the slave pseudo-terminal device."),
    IM_FIXED("unlockpt", do_unlockpt, 1, "($module, fd, /)", "Unlock a pseudo-terminal master/slave pair."),
    IM_FIXED("ptsname", do_ptsname, 1, "($module, fd, /)", "Return the name of the slave pseudo-terminal device."),
    IM_FIXED("login_tty", do_login_tty, 1, "($module, fd, /)", "Prepare the tty of which fd is a file descriptor for a new login session."),
    IM_FIXED("ttyname", do_ttyname, 1, "($module, fd, /)", "Return the name of the terminal device connected to 'fd'."),
    IM_FIXED("ctermid", do_ctermid, 0, "($module, /)", "Return the name of the controlling terminal for this process."),
    IM_FIXED("tcgetpgrp", do_tcgetpgrp, 1, "($module, fd, /)", "Return the process group associated with the terminal specified by fd."),
    IM_FIXED("tcsetpgrp", do_tcsetpgrp, 2, "($module, fd, pgid, /)", "Set the process group associated with the terminal specified by fd."),
    IM_RANGE("get_terminal_size", do_get_terminal_size, 0, 1, "($module, fd=<unrepresentable>, /)", "Return the size of the terminal window as (columns, lines)."),
    IM_END,
};
