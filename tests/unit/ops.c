/* The tables of instructions agree: a specialised instruction without its generic form would be invisible to tracing, comparing and listing of code.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "code/code.h"

int main(void)
{
    int bad = 0;
    for (int op = 0; op < IM_OP_COUNT; op++) {
        const char *name = im_op_name[op], *generic = im_op_name[im_op_generic[op]];
        const size_t n = strlen(generic);
        if (strncmp(name, generic, n) == 0 && (name[n] == 0 || name[n] == '_')) continue;
        printf("%s has %s for its generic form\n", name, generic);
        bad++;
    }
    if (!bad) puts("ops: ok");
    return bad != 0;
}
