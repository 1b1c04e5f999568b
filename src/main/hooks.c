/* Joins the layers that must not know each other: the compiler and the virtual machine to those below them.
 * SPDX-License-Identifier: MIT */
#include "front/compile.h"
#include "main/main.h"
#include "modules/sys.h"
#include "vm/vm.h"

static bool is_ast(Thread *t, Value v) { return im_ast_hooks.is_ast && im_ast_hooks.is_ast(t, v); }

void im_main_hooks(void)
{
    im_compile_optimize = im_config.optimize > 2 ? 2 : im_config.optimize;
    im_compile_no_ranges = im_config.no_debug_ranges;
    im_compile_listing = im_x_option("dis") != NULL;
    im_frame_hooks.compile = im_compile_object;
    im_baserepl_hook = im_baserepl;
    im_frame_hooks.is_ast = is_ast;
    im_frame_hooks.thread_init = im_vm_thread_init;
    im_frame_hooks.thread_fini = im_vm_thread_fini;
}
