/* marshal: the module over code/marshal.c.
 * SPDX-License-Identifier: MIT */
#include "modules/audit.h"

#define FN(name) static Value name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
#define UNUSED_ARGS (void)self, (void)args, (void)nargs, (void)kwnames
enum { VERSION = 4 };

static int has_code(Value v) { return im_is_exact(v, &im_code_type); }
static int code_allowed(Thread *t, Value allow, Value v)
{
    int r = im_no_value(allow) ? 1 : im_truth(t, allow);
    if (r < 0) return -1;
    return r || !has_code(v) ? 0 : (im_raise_valueerror(t, "marshalling code objects is disallowed"), -1);
}

FN(m_dumps)
{
    UNUSED_ARGS;
    int version = VERSION;
    if (!im_no_value(args[1]) && im_as_int(t, args[1], &version) < 0) return IM_NO_VALUE;
    return code_allowed(t, args[2], args[0]) < 0 ? IM_NO_VALUE : im_marshal_dumps(t, args[0], version);
}
FN(m_dump)
{
    UNUSED_ARGS;
    int version = VERSION;
    if (!im_no_value(args[2]) && im_as_int(t, args[2], &version) < 0) return IM_NO_VALUE;
    if (code_allowed(t, args[3], args[0]) < 0) return IM_NO_VALUE;
    Value b = im_marshal_dumps(t, args[0], version);
    if (im_no_value(b)) return b;
    Value r = im_call_method1(t, args[1], IM_S(write), b);
    im_drop(t, b);
    return r;
}
FN(m_loads)
{
    UNUSED_ARGS;
    ImBuffer b;
    size_t used;
    if (im_buffer_get(t, args[0], &b, IM_BUF_SIMPLE) < 0) return IM_NO_VALUE;
    Value v = im_marshal_loads(t, b.buf, (size_t)b.len, &used);
    im_buffer_release(t, &b);
    if (!im_no_value(v) && code_allowed(t, args[1], v) < 0) {
        im_drop(t, v);
        im_exc_clear(t);
        return im_raise_valueerror(t, "unmarshalling code objects is disallowed");
    }
    return v;
}
/* Reads all that is there, then puts the file back behind the value. */
FN(m_load)
{
    UNUSED_ARGS;
    Value data = im_call_method0(t, args[0], IM_S(read));
    if (im_no_value(data)) return data;
    ImBuffer b;
    size_t used = 0;
    Value v = IM_NO_VALUE;
    if (!im_is_bytes(data)) {
        im_raise_type(t, "file.read() returned not bytes but %.100T", data);
    } else if (im_buffer_get(t, data, &b, IM_BUF_SIMPLE) == 0) {
        ssize_t len = b.len;
        v = im_marshal_loads(t, b.buf, (size_t)b.len, &used);
        im_buffer_release(t, &b);
        if (!im_no_value(v) && (ssize_t)used < len) {
            Value r = im_call_method2(t, args[0], IM_S(seek), im_int((int64_t)used - len), im_int(1));
            if (im_no_value(r)) IM_CLEAR(t, v);
            im_xdrop(t, r);
        }
    }
    im_drop(t, data);
    return v;
}

static const ImMethodDef methods[] = {
    IM_PARSED("dump", m_dump, "($module, value, file, version=4, /, *, allow_code=True)", "Write the value on the open file."),
    IM_PARSED("load", m_load, "($module, file, /, *, allow_code=True)", "Read one value from the open file and return it."),
    IM_PARSED("dumps", m_dumps, "($module, value, version=4, /, *, allow_code=True)", "Return the bytes object that would be written to a file by dump(value, file)."),
    IM_PARSED("loads", m_loads, "($module, bytes, /, *, allow_code=True)", "Convert the bytes-like object to a value."),
    IM_END,
};
static int marshal_exec(Thread *t, Value m) { return im_module_add_int(t, m, "version", VERSION); }
static const ImModuleDef marshal_def = {.name = "marshal", .doc = "This module contains functions that can read and write Python values in\na binary format.", .methods = methods, .exec = marshal_exec};
IM_MODULE(marshal_def);
