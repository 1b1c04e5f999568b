/* termios: terminal attributes.
 * SPDX-License-Identifier: MIT */
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "modules/syscall.h"

static Value x_error; /* termios.error; root */

/* Linux's numbers; the headers of the C library and of the kernel that define them exclude each other. */
static const ImIntRow constants[] = {
    {"B0", 0x0}, {"B110", 0x6e}, {"B134", 0x86}, {"B150", 0x96}, {"B1200", 0x4b0}, {"B1800", 0x708}, {"B14400", 0x3840}, {"B19200", 0x4b00}, {"B115200",
    0x1c200}, {"B1000000", 0xf4240}, {"B1152000", 0x119400}, {"B1500000", 0x16e360}, {"B200", 0xc8}, {"B2400", 0x960}, {"B28800", 0x7080}, {"B230400",
    0x38400}, {"B2000000", 0x1e8480}, {"B2500000", 0x2625a0}, {"B300", 0x12c}, {"B38400", 0x9600}, {"B3000000", 0x2dc6c0}, {"B3500000", 0x3567e0},
    {"B4800", 0x12c0}, {"B460800", 0x70800}, {"B4000000", 0x3d0900}, {"B50", 0x32}, {"B57600", 0xe100}, {"B500000", 0x7a120}, {"B576000", 0x8ca00},
    {"B600", 0x258}, {"B75", 0x4b}, {"B7200", 0x1c20}, {"B76800", 0x12c00}, {"B9600", 0x2580}, {"B921600", 0xe1000}, {"BRKINT", 0x2}, {"BS0", 0x0},
    {"BS1", 0x2000}, {"BSDLY", 0x2000}, {"CBAUDEX", 0x1000}, {"CBAUD", 0x100f}, {"CDSUSP", 0x19}, {"CEOL", 0x0}, {"CEOF", 0x4}, {"CEOT", 0x4}, {"CERASE",
    0x7f}, {"CFLUSH", 0xf}, {"CINTR", 0x3}, {"CIBAUD", 0x100f0000}, {"CKILL", 0x15}, {"CLNEXT", 0x16}, {"CLOCAL", 0x800}, {"CQUIT", 0x1c}, {"CR0", 0x0},
    {"CRPRNT", 0x12}, {"CREAD", 0x80}, {"CR1", 0x200}, {"CR2", 0x400}, {"CR3", 0x600}, {"CRDLY", 0x600}, {"CRTSCTS", 0x80000000}, {"CS5", 0x0}, {"CS6",
    0x10}, {"CSTART", 0x11}, {"CSTOP", 0x13}, {"CSUSP", 0x1a}, {"CS7", 0x20}, {"CS8", 0x30}, {"CSIZE", 0x30}, {"CSTOPB", 0x40}, {"CWERASE", 0x17},
    {"ECHO", 0x8}, {"ECHOE", 0x10}, {"ECHOK", 0x20}, {"ECHONL", 0x40}, {"ECHOCTL", 0x200}, {"ECHOPRT", 0x400}, {"ECHOKE", 0x800}, {"EXTA", 0x4b00},
    {"EXTB", 0x9600}, {"EXTPROC", 0x10000}, {"FF0", 0x0}, {"FF1", 0x8000}, {"FFDLY", 0x8000}, {"FIONREAD", 0x541b}, {"FIONBIO", 0x5421}, {"FIONCLEX",
    0x5450}, {"FIOCLEX", 0x5451}, {"FIOASYNC", 0x5452}, {"FLUSHO", 0x1000}, {"HUPCL", 0x400}, {"IBSHIFT", 0x10}, {"ICANON", 0x2}, {"ICRNL", 0x100},
    {"IEXTEN", 0x8000}, {"IGNBRK", 0x1}, {"IGNPAR", 0x4}, {"IGNCR", 0x80}, {"IMAXBEL", 0x2000}, {"INPCK", 0x10}, {"INLCR", 0x40}, {"IOCSIZE_SHIFT", 0x10},
    {"IOCSIZE_MASK", 0x3fff0000}, {"ISIG", 0x1}, {"ISTRIP", 0x20}, {"IUCLC", 0x200}, {"IUTF8", 0x4000}, {"IXON", 0x400}, {"IXANY", 0x800}, {"IXOFF",
    0x1000}, {"NCCS", 0x20}, {"NL0", 0x0}, {"NL1", 0x100}, {"NLDLY", 0x100}, {"NOFLSH", 0x80}, {"N_TTY", 0x0}, {"N_SLIP", 0x1}, {"N_MOUSE", 0x2},
    {"N_PPP", 0x3}, {"N_STRIP", 0x4}, {"OCRNL", 0x8}, {"OFILL", 0x40}, {"OFDEL", 0x80}, {"OLCUC", 0x2}, {"ONLCR", 0x4}, {"ONOCR", 0x10}, {"ONLRET", 0x20},
    {"OPOST", 0x1}, {"PARMRK", 0x8}, {"PARENB", 0x100}, {"PARODD", 0x200}, {"PENDIN", 0x4000}, {"TAB0", 0x0}, {"TAB1", 0x800}, {"TAB2", 0x1000}, {"TAB3",
    0x1800}, {"TABDLY", 0x1800}, {"TCIFLUSH", 0x0}, {"TCOOFF", 0x0}, {"TCSANOW", 0x0}, {"TCOFLUSH", 0x1}, {"TCOON", 0x1}, {"TCSADRAIN", 0x1}, {"TCIOFF",
    0x2}, {"TCIOFLUSH", 0x2}, {"TCSAFLUSH", 0x2}, {"TCION", 0x3}, {"TCGETS", 0x5401}, {"TCSETS", 0x5402}, {"TCSETSW", 0x5403}, {"TCSETSF", 0x5404},
    {"TCGETA", 0x5405}, {"TCSETA", 0x5406}, {"TCSETAW", 0x5407}, {"TCSETAF", 0x5408}, {"TCSBRK", 0x5409}, {"TCXONC", 0x540a}, {"TCFLSH", 0x540b},
    {"TCSBRKP", 0x5425}, {"TIOCPKT_DATA", 0x0}, {"TIOCM_LE", 0x1}, {"TIOCPKT_FLUSHREAD", 0x1}, {"TIOCSER_TEMT", 0x1}, {"TIOCM_DTR", 0x2},
    {"TIOCPKT_FLUSHWRITE", 0x2}, {"TIOCM_RTS", 0x4}, {"TIOCPKT_STOP", 0x4}, {"TIOCM_ST", 0x8}, {"TIOCPKT_START", 0x8}, {"TIOCM_SR", 0x10},
    {"TIOCPKT_NOSTOP", 0x10}, {"TIOCM_CTS", 0x20}, {"TIOCPKT_DOSTOP", 0x20}, {"TIOCM_CAR", 0x40}, {"TIOCM_CD", 0x40}, {"TIOCM_RI", 0x80}, {"TIOCM_RNG",
    0x80}, {"TIOCM_DSR", 0x100}, {"TIOCEXCL", 0x540c}, {"TIOCNXCL", 0x540d}, {"TIOCSCTTY", 0x540e}, {"TIOCGPGRP", 0x540f}, {"TIOCSPGRP", 0x5410},
    {"TIOCOUTQ", 0x5411}, {"TIOCSTI", 0x5412}, {"TIOCGWINSZ", 0x5413}, {"TIOCSWINSZ", 0x5414}, {"TIOCMGET", 0x5415}, {"TIOCMBIS", 0x5416}, {"TIOCMBIC",
    0x5417}, {"TIOCMSET", 0x5418}, {"TIOCGSOFTCAR", 0x5419}, {"TIOCSSOFTCAR", 0x541a}, {"TIOCINQ", 0x541b}, {"TIOCLINUX", 0x541c}, {"TIOCCONS", 0x541d},
    {"TIOCGSERIAL", 0x541e}, {"TIOCSSERIAL", 0x541f}, {"TIOCPKT", 0x5420}, {"TIOCNOTTY", 0x5422}, {"TIOCSETD", 0x5423}, {"TIOCGETD", 0x5424},
    {"TIOCSERCONFIG", 0x5453}, {"TIOCSERGWILD", 0x5454}, {"TIOCSERSWILD", 0x5455}, {"TIOCGLCKTRMIOS", 0x5456}, {"TIOCSLCKTRMIOS", 0x5457},
    {"TIOCSERGSTRUCT", 0x5458}, {"TIOCSERGETLSR", 0x5459}, {"TIOCSERGETMULTI", 0x545a}, {"TIOCSERSETMULTI", 0x545b}, {"TIOCMIWAIT", 0x545c},
    {"TIOCGICOUNT", 0x545d}, {"TOSTOP", 0x100}, {"VDISCARD", 0xd}, {"VERASE", 0x2}, {"VEOF", 0x4}, {"VEOL", 0xb}, {"VEOL2", 0x10}, {"VINTR", 0x0},
    {"VKILL", 0x3}, {"VLNEXT", 0xf}, {"VMIN", 0x6}, {"VQUIT", 0x1}, {"VREPRINT", 0xc}, {"VSWTC", 0x7}, {"VSWTCH", 0x7}, {"VSTART", 0x8}, {"VSTOP", 0x9},
    {"VSUSP", 0xa}, {"VT0", 0x0}, {"VTIME", 0x5}, {"VT1", 0x4000}, {"VTDLY", 0x4000}, {"VWERASE", 0xe}, {"XCASE", 0x4}, {"XTABS", 0x1800},
    {"_POSIX_VDISABLE", 0x0},
};

/* termios.error(errno, text): no OSError. */
static Value fail(Thread *t, int e)
{
    if (im_pending(t)) return IM_NO_VALUE;
    Value text = im_str_from_cstr(t, strerror(e)), exc = im_no_value(text) ? text : im_call2(t, x_error, im_int(e), text);
    im_xdrop(t, text);
    return im_no_value(exc) ? exc : im_raise_instance(t, exc);
}
#define FD_ARG() \
    int fd, r, e; \
    if (im_fd_arg(t, args[0], &fd) < 0) return IM_NO_VALUE

IM_METHOD(do_tcgetattr)
{
    FD_ARG();
    struct termios m;
    IM_SYSCALL(t, r, e, tcgetattr(fd, &m));
    if (r < 0) return fail(t, e);
    Value cc[NCCS];
    bool raw = !(m.c_lflag & ICANON);
    for (int i = 0; i < NCCS; i++) {
        char c = (char)m.c_cc[i];
        cc[i] = raw && (i == VMIN || i == VTIME) ? im_int(m.c_cc[i]) : im_bytes_new(t, &c, 1);
        if (im_no_value(cc[i])) {
            while (i--) im_drop(t, cc[i]);
            return IM_NO_VALUE;
        }
    }
    Value list = im_list_steal_array(t, cc, NCCS);
    if (im_no_value(list)) return list;
    Value v[7] = {im_int((int64_t)m.c_iflag), im_int((int64_t)m.c_oflag), im_int((int64_t)m.c_cflag), im_int((int64_t)m.c_lflag), im_int((int64_t)cfgetispeed(&m)),
        im_int((int64_t)cfgetospeed(&m)), list};
    return im_list_steal_array(t, v, 7);
}
static int flags_arg(Thread *t, Value list, ssize_t i, tcflag_t *out)
{
    Value v = im_list_get(t, list, i);
    int64_t x = 0;
    int r = im_no_value(v) ? -1 : im_as_int64(t, v, &x);
    im_xdrop(t, v);
    *out = (tcflag_t)x;
    return r;
}
static int read_attributes(Thread *t, Value list, struct termios *m)
{
    tcflag_t f[6];
    for (int i = 0; i < 6; i++)
        if (flags_arg(t, list, i, &f[i]) < 0) return -1;
    Value cc = im_list_get(t, list, 6);
    int r = 0;
    if (im_no_value(cc) || !im_is_list(cc) || im_list_len(cc) != NCCS) {
        im_xdrop(t, cc);
        return im_raise_type(t, "tcsetattr: attributes[6] must be %d element list", NCCS), -1;
    }
    m->c_iflag = f[0];
    m->c_oflag = f[1];
    m->c_cflag = f[2];
    m->c_lflag = f[3];
    for (int i = 0; i < NCCS && r == 0; i++) {
        Value v = im_list_get(t, cc, i);
        int64_t n;
        if (!im_no_value(v) && im_is_bytes(v) && im_bytes_len(v) == 1) m->c_cc[i] = (cc_t)im_bytes_data(v)[0];
        else if (!im_no_value(v) && im_is_int_like(v)) {
            r = im_as_int64(t, v, &n);
            if (r == 0) m->c_cc[i] = (cc_t)n;
        }
        else r = (im_raise_type(t, "tcsetattr: elements of attributes must be characters or integers"), -1);
        im_xdrop(t, v);
    }
    im_drop(t, cc);
    if (r == 0 && (cfsetispeed(m, f[4]) < 0 || cfsetospeed(m, f[5]) < 0)) { fail(t, errno); r = -1; }
    return r;
}
IM_METHOD(do_tcsetattr)
{
    FD_ARG();
    int when;
    struct termios m;
    if (im_as_int(t, args[1], &when) < 0) return IM_NO_VALUE;
    if (!im_is_list(args[2]) || im_list_len(args[2]) != 7) return im_raise_type(t, "tcsetattr, arg 3: must be 7 element list");
    IM_SYSCALL(t, r, e, tcgetattr(fd, &m)); /* what the list does not say stays */
    if (r < 0) return fail(t, e);
    if (read_attributes(t, args[2], &m) < 0) return IM_NO_VALUE;
    IM_SYSCALL(t, r, e, tcsetattr(fd, when, &m));
    return r < 0 ? fail(t, e) : IM_NONE;
}
#define WITH_INT(name, call) \
    IM_METHOD(do_##name) \
    { \
        FD_ARG(); \
        int n; \
        if (im_as_int(t, args[1], &n) < 0) return IM_NO_VALUE; \
        IM_SYSCALL(t, r, e, call(fd, n)); \
        return r < 0 ? fail(t, e) : IM_NONE; \
    }
WITH_INT(tcsendbreak, tcsendbreak)
WITH_INT(tcflush, tcflush)
WITH_INT(tcflow, tcflow)
IM_METHOD(do_tcdrain)
{
    FD_ARG();
    IM_SYSCALL(t, r, e, tcdrain(fd));
    return r < 0 ? fail(t, e) : IM_NONE;
}
IM_METHOD(do_tcgetwinsize)
{
    FD_ARG();
    struct winsize w;
    IM_SYSCALL(t, r, e, ioctl(fd, TIOCGWINSZ, &w));
    return r < 0 ? fail(t, e) : im_tuple_steal_array(t, (Value[]){im_int(w.ws_row), im_int(w.ws_col)}, 2);
}
IM_METHOD(do_tcsetwinsize)
{
    FD_ARG();
    struct winsize w;
    if (!im_is_sequence(args[1]) || im_len(t, args[1]) != 2) {
        im_exc_clear(t);
        return im_raise_type(t, "tcsetwinsize, arg 2: must be a two-item sequence");
    }
    int64_t n[2];
    for (int i = 0; i < 2; i++) {
        Value v = im_getitem_index(t, args[1], i);
        int bad = im_no_value(v) ? -1 : im_as_int64(t, v, &n[i]);
        im_xdrop(t, v);
        if (bad < 0) return IM_NO_VALUE;
        if (n[i] < 0 || n[i] > UINT16_MAX) return im_raise_overflow(t, "winsize value(s) out of range.");
    }
    IM_SYSCALL(t, r, e, ioctl(fd, TIOCGWINSZ, &w));
    if (r < 0) return fail(t, e);
    w.ws_row = (unsigned short)n[0];
    w.ws_col = (unsigned short)n[1];
    IM_SYSCALL(t, r, e, ioctl(fd, TIOCSWINSZ, &w));
    return r < 0 ? fail(t, e) : IM_NONE;
}

static const ImMethodDef methods[] = {
    IM_FIXED("tcgetattr", do_tcgetattr, 1, "($module, fd, /)", "Get the tty attributes for file descriptor fd."),
    IM_FIXED("tcsetattr", do_tcsetattr, 3, "($module, fd, when, attributes, /)", "Set the tty attributes for file descriptor fd."),
    IM_FIXED("tcsendbreak", do_tcsendbreak, 2, "($module, fd, duration, /)", "Send a break on file descriptor fd."),
    IM_FIXED("tcdrain", do_tcdrain, 1, "($module, fd, /)", "Wait until all output written to file descriptor fd has been transmitted."),
    IM_FIXED("tcflush", do_tcflush, 2, "($module, fd, queue, /)", "Discard queued data on file descriptor fd."),
    IM_FIXED("tcflow", do_tcflow, 2, "($module, fd, action, /)", "Suspend or resume input or output on file descriptor fd."),
    IM_FIXED("tcgetwinsize", do_tcgetwinsize, 1, "($module, fd, /)", "Get the tty winsize for file descriptor fd."),
    IM_FIXED("tcsetwinsize", do_tcsetwinsize, 2, "($module, fd, winsize, /)", "Set the tty winsize for file descriptor fd."),
    IM_END,
};
static int exec(Thread *t, Value m)
{
    if (im_no_value(x_error)) {
        if (im_no_value(x_error = im_new_exception(t, "termios.error", &im_Exception_type))) return -1;
        im_root_add(&x_error);
    }
    return IM_ADD_INT_ROWS(t, m, constants) < 0 ? -1 : im_module_add(t, m, "error", im_new_ref(x_error));
}
static const ImModuleDef def = {.name = "termios", .doc = "This module provides an interface to the Posix calls for tty I/O control.", .methods = methods, .exec = exec};
IM_MODULE(def);
