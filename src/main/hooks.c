/* Joins the compiler to the layers below.
 * SPDX-License-Identifier: MIT */
#include "front/compile.h"
#include "main/main.h"

static bool is_ast(Thread *t, Value v) { return im_ast_hooks.is_ast && im_ast_hooks.is_ast(t, v); }

void im_main_hooks(void)
{
    im_frame_hooks.compile = im_compile_object;
    im_frame_hooks.is_ast = is_ast;
    im_compile_optimize = im_config.optimize;
}
