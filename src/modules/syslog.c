/* syslog: the system log.
 * SPDX-License-Identifier: MIT */
#include "modules/audit.h"
#include "modules/module.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define FN(name) static Value name(IM_UNUSED Thread *t, IM_UNUSED Value self, IM_UNUSED const Value *args, IM_UNUSED size_t nargs, IM_UNUSED Value kwnames)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char *ident; /* openlog() keeps the pointer; mutex */
static bool opened;

/* Name of the program, without folders; null: none. */
static char *program(Thread *t)
{
    Value argv = im_sys_get(t, "argv");
    char *r = NULL;
    if (!im_no_value(argv) && im_is_list(argv) && im_list_len(argv) > 0) {
        Value first = im_list_get(t, argv, 0);
        const char *s = !im_no_value(first) && im_is_str(first) ? im_str_utf8(t, first, NULL) : NULL;
        if (s && *s) {
            const char *slash = strrchr(s, '/');
            r = strdup(slash ? slash + 1 : s);
        }
        im_xdrop(t, first);
    }
    im_exc_clear(t);
    im_xdrop(t, argv);
    return r;
}

/* Takes name, from malloc, or null. */
static void open_log(Thread *t, char *name, int option, int facility)
{
    IM_DETACH(t);
    pthread_mutex_lock(&mutex);
    char *old = ident;
    ident = name;
    openlog(ident, option, facility);
    opened = true;
    pthread_mutex_unlock(&mutex);
    free(old);
    IM_ATTACH(t);
}

FN(m_openlog)
{
    int option = 0, facility = LOG_USER;
    char *name;
    Value found = IM_NO_VALUE; /* the event names what is opened, be it given or found */
    if (im_no_value(args[0])) {
        name = program(t);
        if (name && im_load_relaxed(&im_audit_x_active) && im_no_value(found = im_str_fs_decode(t, name, -1))) {
            free(name);
            return IM_NO_VALUE;
        }
    } else {
        if (!im_is_str(args[0])) return im_raise_type(t, "openlog() argument 1 must be str, not %T", args[0]);
        const char *s = im_str_utf8(t, args[0], NULL);
        if (!s) return IM_NO_VALUE;
        name = strdup(s);
    }
    if ((!im_no_value(args[1]) && im_as_int(t, args[1], &option) < 0) || (!im_no_value(args[2]) && im_as_int(t, args[2], &facility) < 0)
        || IM_AUDIT(t, "syslog.openlog", !im_no_value(args[0]) ? args[0] : im_no_value(found) ? IM_NONE : found, im_int(option), im_int(facility)) < 0) {
        free(name);
        im_xdrop(t, found);
        return IM_NO_VALUE;
    }
    im_xdrop(t, found);
    open_log(t, name, option, facility);
    return IM_NONE;
}
FN(m_syslog)
{
    int priority = LOG_INFO;
    Value message = args[nargs - 1];
    if (nargs == 2 && im_as_int(t, args[0], &priority) < 0) return IM_NO_VALUE;
    if (!im_is_str(message)) return im_raise_type(t, "syslog() argument %d must be str, not %T", (int)nargs, message);
    const char *s = im_str_utf8(t, message, NULL);
    if (!s || IM_AUDIT(t, "syslog.syslog", im_int(priority), message) < 0) return IM_NO_VALUE;
    if (!im_load_relaxed(&opened)) {
        Value none[3] = {IM_NO_VALUE, IM_NO_VALUE, IM_NO_VALUE};
        if (im_no_value(m_openlog(t, self, none, 3, IM_NO_VALUE))) return IM_NO_VALUE;
    }
    char *copy = strdup(s);
    if (!copy) return im_raise_memory(t);
    IM_DETACH(t);
    syslog(priority, "%s", copy);
    free(copy);
    IM_ATTACH(t);
    return IM_NONE;
}
FN(m_closelog)
{
    if (!im_load_relaxed(&opened)) return IM_NONE;
    if (IM_AUDIT(t, "syslog.closelog") < 0) return IM_NO_VALUE;
    pthread_mutex_lock(&mutex);
    if (opened) {
        closelog();
        free(ident);
        ident = NULL;
        opened = false;
    }
    pthread_mutex_unlock(&mutex);
    return IM_NONE;
}
FN(m_setlogmask)
{
    int mask;
    if (im_as_int(t, args[0], &mask) < 0 || IM_AUDIT(t, "syslog.setlogmask", args[0]) < 0) return IM_NO_VALUE;
    return im_int(setlogmask(mask));
}
FN(m_log_mask)
{
    int n;
    return im_as_int(t, args[0], &n) < 0 ? IM_NO_VALUE : im_int((int32_t)(1u << (n & 31)));
}
FN(m_log_upto)
{
    int n;
    return im_as_int(t, args[0], &n) < 0 ? IM_NO_VALUE : im_int((int32_t)((1u << ((n + 1) & 31)) - 1));
}

static const ImMethodDef methods[] = {
    IM_PARSED("openlog", m_openlog, "($module, /, ident=<unrepresentable>, logoption=0, facility=LOG_USER)", "Set logging options of subsequent syslog() calls."),
    IM_RANGE("syslog", m_syslog, 1, 2, NULL, "syslog([priority=LOG_INFO,] message)\nSend the string message to the system logger."),
    IM_FIXED("closelog", m_closelog, 0, "($module, /)", "Reset the syslog module values and call the system library closelog()."),
    IM_FIXED("setlogmask", m_setlogmask, 1, "($module, maskpri, /)", "Set the priority mask to maskpri and return the previous mask value."),
    IM_FIXED("LOG_MASK", m_log_mask, 1, "($module, pri, /)", "Calculates the mask for the individual priority pri."),
    IM_FIXED("LOG_UPTO", m_log_upto, 1, "($module, pri, /)", "Calculates the mask for all priorities up to and including pri."), IM_END};

static int syslog_exec(Thread *t, Value m)
{
#define C(name) {#name, name}
    static const struct { const char *name; int value; } c[] = {C(LOG_EMERG), C(LOG_ALERT), C(LOG_CRIT), C(LOG_ERR), C(LOG_WARNING), C(LOG_NOTICE), C(LOG_INFO),
        C(LOG_DEBUG), C(LOG_PID), C(LOG_CONS), C(LOG_NDELAY), C(LOG_ODELAY), C(LOG_NOWAIT), C(LOG_PERROR), C(LOG_KERN), C(LOG_USER), C(LOG_MAIL), C(LOG_DAEMON),
        C(LOG_LPR), C(LOG_LOCAL0), C(LOG_LOCAL1), C(LOG_LOCAL2), C(LOG_LOCAL3), C(LOG_LOCAL4), C(LOG_LOCAL5), C(LOG_LOCAL6), C(LOG_LOCAL7), C(LOG_SYSLOG), C(LOG_CRON),
        C(LOG_UUCP), C(LOG_NEWS), C(LOG_AUTH), C(LOG_AUTHPRIV), C(LOG_FTP)};
#undef C
    for (size_t i = 0; i < IM_COUNTOF(c); i++)
        if (im_module_add_int(t, m, c[i].name, c[i].value) < 0) return -1;
    return 0;
}
static const ImModuleDef syslog_def = {.name = "syslog", .doc = NULL, .methods = methods, .exec = syslog_exec};
IM_MODULE(syslog_def);
