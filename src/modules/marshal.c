/* marshal: the module over code/marshal.c.
 * SPDX-License-Identifier: MIT */
#include "modules/audit.h"

#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)self, (void)args, (void)nargs, (void)kwnames
enum { VERSION = 4 };

/* The allow_code argument: 1, 0, or -1 with an exception. */
static int allowed(Thread *t, Value allow) { return im_no_value(allow) ? 1 : im_truth(t, allow); }

FN(m_dumps)
{
    UNUSED_ARGS;
    int version = VERSION, allow = allowed(t, args[2]);
    if (allow < 0 || (!im_no_value(args[1]) && im_as_int(t, args[1], &version) < 0)) return IM_NO_VALUE;
    return IM_AUDIT(t, "marshal.dumps", args[0], im_int(version)) < 0 ? IM_NO_VALUE : im_marshal_dumps_code(t, args[0], version, allow);
}
FN(m_dump)
{
    UNUSED_ARGS;
    int version = VERSION, allow = allowed(t, args[3]);
    if (allow < 0 || (!im_no_value(args[2]) && im_as_int(t, args[2], &version) < 0)) return IM_NO_VALUE;
    Value b = IM_AUDIT(t, "marshal.dumps", args[0], im_int(version)) < 0 ? IM_NO_VALUE : im_marshal_dumps_code(t, args[0], version, allow);
    if (im_no_value(b)) return b;
    Value r = im_call_method1(t, args[1], IM_S(write), b);
    im_drop(t, b);
    return r;
}
/* The event has the bytes themselves. */
static int audit_loads(Thread *t, const ImBuffer *b)
{
    if (!im_load_relaxed(&im_audit_x_active)) return 0;
    Value bytes = im_bytes_new(t, b->buf, b->len);
    int r = im_no_value(bytes) ? -1 : im_audit_slow(t, "marshal.loads", 1, &bytes);
    im_xdrop(t, bytes);
    return r;
}
FN(m_loads)
{
    UNUSED_ARGS;
    ImBuffer b;
    int allow = allowed(t, args[1]);
    if (allow < 0 || im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value v = audit_loads(t, &b) < 0 ? IM_NO_VALUE : im_marshal_loads_code(t, b.buf, (size_t)b.len, NULL, allow);
    im_buffer_release(t, &b);
    return v;
}
FN(m_load)
{
    UNUSED_ARGS;
    int allow = allowed(t, args[1]);
    if (allow < 0) return IM_NO_VALUE;
    /* A file that was opened for text is found out before anything is consumed. */
    Value nothing = im_call_method1(t, args[0], IM_S(read), im_int(0));
    if (im_no_value(nothing)) return nothing;
    bool bytes = im_is_bytes(nothing);
    if (!bytes) im_raise_type(t, "file.read() returned not bytes but %.100T", nothing);
    im_drop(t, nothing);
    if (bytes && IM_AUDIT(t, "marshal.load") < 0) return IM_NO_VALUE;
    return bytes ? im_marshal_load_file(t, args[0], allow) : IM_NO_VALUE;
}

static const ImMethodDef methods[] = {
    IM_PARSED("dump", m_dump, "($module, value, file, version=version, /, *, allow_code=True)", "Write the value on the open file."),
    IM_PARSED("load", m_load, "($module, file, /, *, allow_code=True)", "Read one value from the open file and return it."),
    IM_PARSED("dumps", m_dumps, "($module, value, version=version, /, *, allow_code=True)", "Return the bytes object that would be written to a file by dump(value, file)."),
    IM_PARSED("loads", m_loads, "($module, bytes, /, *, allow_code=True)", "Convert the bytes-like object to a value."),
    IM_END,
};
static int marshal_exec(Thread *t, Value m) { return im_module_add_int(t, m, "version", VERSION); }
static const ImModuleDef marshal_def = {.name = "marshal", .doc = "This module contains functions that can read and write Python values in\na binary format.", .methods = methods, .exec = marshal_exec};
IM_MODULE(marshal_def);
