/* _curses_panel: windows that lie on one another.
 * SPDX-License-Identifier: MIT */
#include "modules/lazylib.h"
#include "modules/curses.h"

#include <panel.h>

#define FUNCTIONS(X) \
    X(bottom_panel) X(del_panel) X(hide_panel) X(move_panel) X(new_panel) X(panel_above) X(panel_below) X(panel_hidden) X(replace_panel) X(show_panel) X(top_panel) X(update_panels)
IM_LAZYLIB(panelw, "libpanelw.so.6", FUNCTIONS);

typedef struct Panel {
    ImObject head;
    PANEL *pan;
    Value window, user; /* replaced by exchange; no value: none */
} Panel;
static ImType panel_type;
static Value error, panels; /* panels: WeakValueDictionary from address to panel */
#define P(v) ((Panel *)im_ptr(v))

static Value check(Thread *t, int r, const char *name)
{
    if (r != ERR) return IM_NONE;
    Value text = im_str_format(t, "%s() returned ERR", name);
    if (!im_no_value(text)) im_raise_value_of(t, im_as_type(error), text);
    im_xdrop(t, text);
    return IM_NO_VALUE;
}
/* The object of a panel that the library names. */
static Value known(Thread *t, PANEL *p, const char *name)
{
    if (!p) return IM_NONE;
    Value v = im_call_method1(t, panels, IM_S(get), im_int((int64_t)(uintptr_t)p >> 3));
    if (im_no_value(v) || !im_is_none(v)) return v;
    return im_raise_runtime(t, "%s", name);
}
#define SIMPLE(name, call) IM_METHOD(p_##name) { return check(t, IM_CURSES(call(P(self)->pan)), #name); }
SIMPLE(bottom, bottom_panel) SIMPLE(hide, hide_panel) SIMPLE(show, show_panel) SIMPLE(top, top_panel)
IM_METHOD(p_above) { return known(t, IM_CURSES(panel_above(P(self)->pan)), "panel_above: can't find Panel Object"); }
IM_METHOD(p_below) { return known(t, IM_CURSES(panel_below(P(self)->pan)), "panel_below: can't find Panel Object"); }
IM_METHOD(p_hidden) { return im_bool(IM_CURSES(panel_hidden(P(self)->pan))); }
IM_METHOD(p_move)
{
    int v[2];
    return im_curses_ints(t, args, 2, v) < 0 ? IM_NO_VALUE : check(t, IM_CURSES(move_panel(P(self)->pan, v[0], v[1])), "move_panel");
}
IM_METHOD(p_window) { return im_slot_get(t, NULL, &P(self)->window); }
IM_METHOD(p_replace)
{
    if (!im_is_instance_of(args[0], &im_curses_window_type)) return im_raise_type(t, "replace() argument must be _curses.window, not %T", args[0]);
    Value r = check(t, IM_CURSES(replace_panel(P(self)->pan, im_windowp(args[0])->win)), "replace_panel");
    if (!im_no_value(r)) im_slot_put(t, im_ptr(self), &P(self)->window, im_new_ref(args[0]));
    return r;
}
IM_METHOD(p_set_userptr)
{
    im_slot_put(t, im_ptr(self), &P(self)->user, im_new_ref(args[0]));
    return IM_NONE;
}
IM_METHOD(p_userptr)
{
    Value v = im_slot_get(t, NULL, &P(self)->user);
    if (!im_no_value(v)) return v;
    Value text = im_str_from_cstr(t, "no userptr set");
    if (!im_no_value(text)) im_raise_value_of(t, im_as_type(error), text);
    im_xdrop(t, text);
    return IM_NO_VALUE;
}
static int traverse(ImObject *o, ImVisit visit, void *arg)
{
    Panel *p = (Panel *)o;
    int r = im_is_object(p->window) ? visit(p->window, arg) : 0;
    return !r && im_is_object(p->user) ? visit(p->user, arg) : r;
}
static void destroy(Thread *t, ImObject *o)
{
    Panel *p = (Panel *)o;
    if (p->pan) (void)IM_CURSES(del_panel(p->pan));
    im_destroy_child(t, p->window);
    im_destroy_child(t, p->user);
}
#define N0(name) IM_FIXED(#name, p_##name, 0, "($self, /)", NULL)
static const ImMethodDef methods[] = {N0(above), N0(below), N0(bottom), N0(hidden), N0(hide), IM_FIXED("move", p_move, 2, "($self, y, x, /)", NULL), IM_FIXED("replace", p_replace, 1, "($self, win, /)", NULL),
    IM_FIXED("set_userptr", p_set_userptr, 1, "($self, obj, /)", NULL), N0(show), N0(top), N0(userptr), N0(window), IM_END};
static const ImSlots slots = {0};
static const ImTypeSpec spec = {.name = "_curses_panel.panel", .doc = "A window on the deck.", .size = sizeof(Panel), .flags = IM_TF_GC | IM_TF_NO_NEW | IM_TF_WEAKREF, .slots = &slots, .methods = methods,
    .traverse = traverse, .destroy = destroy};

IM_METHOD(f_new_panel)
{
    if (!im_is_instance_of(args[0], &im_curses_window_type)) return im_raise_type(t, "new_panel() argument must be _curses.window, not %T", args[0]);
    PANEL *p = IM_CURSES(new_panel(im_windowp(args[0])->win));
    if (!p) return check(t, ERR, "new_panel");
    ImObject *o = im_instance_alloc(t, &panel_type, 0);
    if (!o) return IM_CURSES(del_panel(p)), IM_NO_VALUE;
    ((Panel *)o)->pan = p;
    ((Panel *)o)->window = im_new_ref(args[0]);
    Value v = im_value(o);
    if (im_setitem(t, panels, im_int((int64_t)(uintptr_t)p >> 3), v) < 0) return im_drop(t, v), IM_NO_VALUE;
    return v;
}
IM_METHOD(f_bottom_panel) { return known(t, IM_CURSES(panel_above(NULL)), "panel_above: can't find Panel Object"); }
IM_METHOD(f_top_panel) { return known(t, IM_CURSES(panel_below(NULL)), "panel_below: can't find Panel Object"); }
IM_METHOD(f_update_panels)
{
    (void)IM_CURSES((update_panels(), 0));
    return IM_NONE;
}
static const ImMethodDef functions[] = {IM_FIXED("bottom_panel", f_bottom_panel, 0, "($module, /)", NULL), IM_FIXED("new_panel", f_new_panel, 1, "($module, win, /)", NULL),
    IM_FIXED("top_panel", f_top_panel, 0, "($module, /)", NULL), IM_FIXED("update_panels", f_update_panels, 0, "($module, /)", NULL), IM_END};
static int exec(Thread *t, Value m)
{
    Value curses = im_import(t, "_curses");
    im_xdrop(t, curses);
    if (im_no_value(curses) || im_lazylib_load(t, &im_lazylib_panelw) < 0) return -1;
    if (im_no_value(error)) {
        error = im_new_exception(t, "_curses_panel.error", &im_Exception_type);
        Value cls = im_import_from(t, "weakref", "WeakValueDictionary");
        panels = im_no_value(cls) ? cls : im_call0(t, cls);
        im_xdrop(t, cls);
        if (im_no_value(error) || im_no_value(panels)) return -1;
        im_root_add(&error);
        im_root_add(&panels);
    }
    if (im_module_add(t, m, "error", im_new_ref(error)) < 0 || im_module_ready_type(t, m, &panel_type, &spec) < 0) return -1;
    return im_module_add_str(t, m, "version", "2.1") < 0 ? -1 : im_module_add_str(t, m, "__version__", "2.1");
}
static const ImModuleDef def = {.name = "_curses_panel", .methods = functions, .exec = exec};
IM_MODULE(def);
