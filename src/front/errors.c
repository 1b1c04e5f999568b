/* Explains why a parse failed.
   SPDX-License-Identifier: MIT */
#include "parser.h"

void im_explain_error(ImParser *p, const ImTokens *toks, ImParseMode mode) {
    (void)mode;
    if (p->err->type) return;
    if (toks->err.type) {
        *p->err = toks->err;
        return;
    }
    im_raise(p, IM_ERR_SYNTAX, p->tok, p->tok, "invalid syntax");
}
