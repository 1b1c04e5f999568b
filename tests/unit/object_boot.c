/* Types at start-up, class creation, attributes, without the interpreter.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "types/dict.h"
#include "types/exception.h"
#include "types/function.h"
#include "types/int.h"
#include "types/list.h"
#include "types/str.h"
#include "types/tuple.h"
#include "types/weakref.h"

static Thread *t;
static int bad;
static const char *text(Value v)
{
    if (im_no_value(v)) {
        Value e = im_exc_fetch(t), r = im_repr(t, e);
        im_drop(t, e);
        im_exc_clear(t);
        return im_no_value(r) ? "<exception>" : im_str_utf8(t, r, NULL);
    }
    Value r = im_repr(t, v);
    return im_no_value(r) ? "<repr failed>" : im_str_utf8(t, r, NULL);
}
static void expect(const char *what, Value v, const char *want)
{
    const char *got = text(v);
    if (strcmp(got, want) == 0) return;
    printf("%s: got %s, want %s\n", what, got, want);
    bad = 1;
}
static Value s(const char *c) { return im_str_from_cstr(t, c); }

int main(void)
{
    t = im_runtime_init(false);
    im_hash_seed_init(NULL);
    if (im_types_init(t) < 0) { printf("types: %s\n", text(IM_NO_VALUE)); return 1; }
    expect("type", im_type_value(&im_type_type), "<class 'type'>");
    expect("mro", im_type_value(&im_bool_type) , "<class 'bool'>");
    expect("mro2", im_bool_type.mro, "(<class 'bool'>, <class 'int'>, <class 'object'>)");
    expect("eg", im_ExceptionGroup_type.mro, "(<class 'ExceptionGroup'>, <class 'BaseExceptionGroup'>, <class 'Exception'>, <class 'BaseException'>, <class 'object'>)");
    expect("getattr", im_getattr(t, im_int(5), s("foo")), "AttributeError(\"'int' object has no attribute 'foo'\")");
    expect("add", im_binop(t, im_int(5), s("foo"), IM_OP_ADD), "TypeError(\"unsupported operand type(s) for +: 'int' and 'str'\")");
    Value list = im_list_new(t, 0);
    expect("append", im_call_method1(t, list, s("append"), im_int(3)), "None");
    expect("append0", im_call_method0(t, list, s("append")), "TypeError('list.append() takes exactly one argument (0 given)')");
    expect("len", im_call_method0(t, list, s("__len__")), "1");
    expect("descr", im_getattr(t, im_type_value(&im_list_type), s("append")), "<method 'append' of 'list' objects>");
    expect("wrapper", im_getattr(t, im_type_value(&im_list_type), s("__len__")), "<slot wrapper '__len__' of 'list' objects>");
    /* class A: pass; class B(A): __slots__ = ('y',) */
    Value ns = im_dict_new(t);
    (void)!im_dict_set_cstr(t, ns, "__module__", s("m"));
    Value args[3] = {s("A"), im_tuple_empty(), ns};
    Value A = im_call(t, im_type_value(&im_type_type), args, 3, IM_NO_VALUE);
    expect("class", A, "<class 'm.A'>");
    Value a = im_call0(t, A);
    for (int i = 0; i < 200; i++) {
        Value n = im_str_format(t, "a%d", i);
        if (im_setattr(t, a, n, im_int(i)) < 0) expect("set", IM_NO_VALUE, "");
        if (i % 7 == 3 && im_setattr(t, a, n, im_int(i + 1)) < 0) expect("set", IM_NO_VALUE, "");
    }
    for (int i = 0; i < 200; i++) {
        Value v = im_getattr(t, a, im_str_format(t, "a%d", i));
        if (!im_same(v, im_int(i % 7 == 3 ? i + 1 : i))) expect("attribute", v, "another");
    }
    Value b = im_call0(t, A);
    for (int i = 0; i < 10; i++) (void)!im_setattr(t, b, im_str_format(t, "x%d", i), s("v"));
    (void)!im_setattr(t, b, s("x3"), IM_NO_VALUE);
    expect("deleted", im_getattr(t, b, s("x3")), "AttributeError(\"'A' object has no attribute 'x3'\")");
    expect("dict", im_getattr(t, b, s("__dict__")), "{'x0': 'v', 'x1': 'v', 'x2': 'v', 'x4': 'v', 'x5': 'v', 'x6': 'v', 'x7': 'v', 'x8': 'v', 'x9': 'v'}");
    Value w = im_weakref_new(t, b, IM_NO_VALUE);
    expect("weak", im_bool(im_same(im_weakref_get(t, w), b)), "True");
    im_drop(t, b);
    im_drop(t, b);
    expect("dead", im_weakref_get(t, w), "None");
    Value bases[1] = {A}, ns2 = im_dict_new(t);
    (void)!im_dict_set_cstr(t, ns2, "__slots__", s("y"));
    (void)!im_dict_set_cstr(t, ns2, "__module__", s("m"));
    Value args2[3] = {s("B"), im_tuple_from_array(t, bases, 1), ns2};
    Value B = im_call(t, im_type_value(&im_type_type), args2, 3, IM_NO_VALUE);
    expect("class B", B, "<class 'm.B'>");
    Value o = im_call0(t, B);
    expect("slot", im_getattr(t, o, s("y")), "AttributeError(\"'m.B' object has no attribute 'y'\")");
    (void)!im_setattr(t, o, s("y"), im_int(1));
    (void)!im_setattr(t, o, s("z"), im_int(2));
    expect("slot", im_getattr(t, o, s("y")), "1");
    expect("attr", im_getattr(t, o, s("z")), "2");
    expect("subclasses", im_call_method0(t, A, s("__subclasses__")), "[<class 'm.B'>]");
    (void)!im_setattr(t, A, s("k"), im_int(7));
    expect("inherited", im_getattr(t, o, s("k")), "7");
    (void)!im_setattr(t, A, s("k"), im_int(8));
    expect("inherited", im_getattr(t, o, s("k")), "8");
    (void)!im_setattr(t, B, s("k"), im_int(9));
    expect("own", im_getattr(t, o, s("k")), "9");
    (void)!im_setattr(t, B, s("k"), IM_NO_VALUE);
    expect("inherited", im_getattr(t, o, s("k")), "8");
    im_drop(t, o);
    Value ints[1] = {im_type_value(&im_int_type)}, args3[3] = {s("I"), im_tuple_from_array(t, ints, 1), im_dict_new(t)};
    Value I = im_call(t, im_type_value(&im_type_type), args3, 3, IM_NO_VALUE);
    Value i = im_call1(t, I, im_int(41));
    (void)!im_setattr(t, i, s("q"), im_int(2));
    expect("int subclass", im_binop(t, i, im_getattr(t, i, s("q")), IM_OP_ADD), "43");
    im_drop(t, i);
    Value strs[1] = {im_type_value(&im_str_type)}, ns4 = im_dict_new(t);
    (void)!im_dict_set_cstr(t, ns4, "__slots__", s("p"));
    Value args4[3] = {s("S"), im_tuple_from_array(t, strs, 1), ns4};
    Value S = im_call(t, im_type_value(&im_type_type), args4, 3, IM_NO_VALUE);
    Value st = im_call1(t, S, s("hello"));
    (void)!im_setattr(t, st, s("p"), im_int(2));
    expect("str subclass", im_getattr(t, st, s("p")), "2");
    im_drop(t, st);
    Value lt[2] = {im_type_value(&im_int_type), im_type_value(&im_list_type)}, args5[3] = {s("X"), im_tuple_from_array(t, lt, 2), im_dict_new(t)};
    expect("conflict", im_call(t, im_type_value(&im_type_type), args5, 3, IM_NO_VALUE), "TypeError('multiple bases have instance lay-out conflict')");
    expect("union", im_binop(t, im_type_value(&im_int_type), im_type_value(&im_str_type), IM_OP_OR), "int | str");
    expect("alias", im_getitem(t, im_type_value(&im_list_type), im_type_value(&im_int_type)), "list[int]");
    im_raise_errno_path(t, 2, s("f"));
    expect("errno", IM_NO_VALUE, "FileNotFoundError(2, 'No such file or directory')");
    expect("isinstance", im_bool(im_isinstance(t, im_int(1), im_type_value(&im_int_type))), "True");
    if (!bad) printf("object_boot: ok\n");
    return bad;
}
