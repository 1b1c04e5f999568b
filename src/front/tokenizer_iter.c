/* Module _tokenize: the lexer as an iterator of 5-tuples, which the tokenize module turns into TokenInfo.
   SPDX-License-Identifier: MIT

   The source is read to its end and lexed when the iterator is first used; tokens are handed out one by one. */
#include "front/compile.h"
#include "front/lexer.h"
#include "types/bytes.h"
#include "types/codecs.h"
#include "types/list.h"
#include "types/module.h"
#include "types/tuple.h"

typedef struct ImTokIter {
    ImObject head;
    Value readline, encoding; /* encoding: str or no value */
    Value source;             /* bytes: the whole text in UTF-8, once read */
    Value line;               /* str of line number `line_no`, or no value */
    ImTokens tokens;
    ImArena arena;
    ImSource src;
    bool extra, lexed, done;
    int next, line_no;
    uint32_t x_busy;
} ImTokIter;
extern ImType im_TokenizerIter_type;
static ImTokIter *it(Value v) { return (ImTokIter *)im_ptr(v); }

static Value iter_new(Thread *t, ImType *type, const Value *args, size_t nargs, Value kwnames)
{
    ImArgs a;
    if (im_parse_args(t, "tokenizeriter", "(readline, /, *, encoding=None, extra_tokens=False)", args, nargs, kwnames, &a) < 0) return IM_NO_VALUE;
    int extra = im_no_value(a.v[2]) ? 0 : im_truth(t, a.v[2]);
    ImTokIter *x = NULL;
    if (extra >= 0 && (x = (ImTokIter *)im_instance_alloc(t, type, 0))) {
        x->readline = im_new_ref(a.v[0]);
        if (!im_no_value(a.v[1]) && !im_is_none(a.v[1])) x->encoding = im_new_ref(a.v[1]);
        x->extra = extra;
        im_arena_init(&x->arena);
    }
    im_args_fini(t, &a);
    return im_value(x);
}

/* All lines, as UTF-8. */
static int read_source(Thread *t, ImTokIter *x)
{
    ImByteBuilder b;
    im_bb_init(&b);
    for (;;) {
        Value line = im_call0(t, x->readline);
        if (im_no_value(line)) {
            if (im_exc_clear_if(t, &im_StopIteration_type)) break;
            goto fail;
        }
        if (!im_no_value(x->encoding) && im_is_bytes(line)) {
            const char *enc = im_str_utf8(t, x->encoding, NULL);
            Value s = enc ? im_str_decode(t, im_bytes_data(line), im_bytes_len(line), enc, "replace") : IM_NO_VALUE;
            im_drop(t, line);
            if (im_no_value(s)) goto fail;
            line = s;
        }
        if (!im_is_str(line)) {
            (void)im_raise_type(t, im_no_value(x->encoding) ? "readline() returned a non-string object" : "readline() returned a non-bytes object");
            im_drop(t, line);
            goto fail;
        }
        ssize_t n = im_str_len(line);
        Value u = n ? im_utf8_encode(t, line, "surrogatepass") : IM_NO_VALUE;
        im_drop(t, line);
        if (n == 0) break;
        if (im_no_value(u)) goto fail;
        int r = im_bb_put(t, &b, im_bytes_data(u), im_bytes_len(u));
        im_drop(t, u);
        if (r < 0) goto fail;
    }
    x->source = im_bb_finish(t, &b);
    return im_no_value(x->source) ? -1 : 0;
fail:
    im_bb_free(&b);
    return -1;
}

static int lex(Thread *t, ImTokIter *x)
{
    ImSyntaxErr err;
    ImLexOptions opt = {.extra = x->extra};
    ImCompileHooks hooks;
    Value filename = im_str_from_cstr(t, "<string>");
    if (im_no_value(filename)) return -1;
    int r = -1;
    if (read_source(t, x) < 0) goto done;
    im_compile_hooks(&hooks, t, filename);
    if (!im_source_decode(&x->arena, im_bytes_data(x->source), (size_t)im_bytes_len(x->source), "<string>", IM_PARSE_EXEC, IM_PARSE_FILE | IM_PARSE_IGNORE_COOKIE, &hooks.hooks, &x->src, &err)) {
        (void)im_front_raise(t, &err, filename);
        goto done;
    }
    if (!im_lex(&x->arena, &x->src, &opt, &hooks.hooks, &x->tokens)) { (void)im_raise_memory(t); goto done; }
    x->lexed = true;
    r = 0;
done:
    im_drop(t, filename);
    return r;
}

/* Line number n as a str with its newline; the empty str past the end. */
static Value line_at(Thread *t, ImTokIter *x, uint32_t at, int n, uint32_t last)
{
    if (x->line_no == n && !im_no_value(x->line)) return im_new_ref(x->line);
    const char *s = x->src.text;
    size_t from = at, to = last;
    while (from > 0 && s[from - 1] != '\n') from--;
    while (to < x->src.len && s[to] != '\n') to++;
    if (to < x->src.len && !(to + 1 == x->src.len && x->src.newline_added)) to++;
    Value v = im_str_from_wtf8(t, s + from, (ssize_t)(to - from));
    if (im_no_value(v)) return v;
    im_slot_put(t, &x->head, &x->line, im_new_ref(v));
    x->line_no = n;
    return v;
}

static int chars(const ImTokIter *x, uint32_t at, int col)
{
    if (col <= 0) return col < 0 ? 0 : col;
    return (int)im_utf8_count(x->src.text + at - col, (size_t)col);
}

static Value token(Thread *t, ImTokIter *x)
{
    const ImToken *k = &x->tokens.v[x->next];
    int type = k->type < IM_TOK_COUNT ? k->type : IM_TOK_NAME, line = k->lineno, end_line = k->end_lineno;
    if (type == IM_TOK_ERRORTOKEN) {
        Value filename = im_str_from_cstr(t, "<string>");
        if (!im_no_value(filename)) {
            (void)im_front_raise(t, &x->tokens.err, filename);
            im_drop(t, filename);
        }
        return IM_NO_VALUE;
    }
    int col = k->col < 0 ? -1 : chars(x, k->start, k->col), end_col = k->end_col < 0 ? -1 : chars(x, k->end, k->end_col);
    const char *text = x->src.text + k->start;
    ssize_t len = (ssize_t)(k->end - k->start);
    bool implied = k->flags & IM_TOKF_IMPLIED;
    Value str, src_line;
    if (x->extra) {
        if (type > IM_TOK_DEDENT && type < IM_TOK_OP) type = IM_TOK_OP;
        if (type == IM_TOK_NEWLINE || type == IM_TOK_NL) {
            if (implied) len = 0;
            else if (text[0] == '\r') len = 2;
            else len = 1;
            end_line = line;
            end_col = col + (implied ? 1 : (int)len);
        } else if (type == IM_TOK_ENDMARKER) {
            col = end_col = 0;
            len = 0;
        }
        if (type == IM_TOK_DEDENT) { len = 0; if (col < 0) { col = chars(x, k->start, k->col < 0 ? 0 : k->col); end_col = col; } }
        if (type == IM_TOK_INDENT && col < 0) { col = 0; end_col = (int)im_utf8_count(text, (size_t)len); }
    } else if (type == IM_TOK_NEWLINE || type == IM_TOK_ENDMARKER || type == IM_TOK_DEDENT || type == IM_TOK_INDENT) {
        len = type == IM_TOK_INDENT ? len : 0;
    }
    str = im_str_from_wtf8(t, text, len);
    if (im_no_value(str)) return str;
    src_line = type == IM_TOK_ENDMARKER || (type == IM_TOK_DEDENT && k->start >= x->src.len) ? im_str_new(t, 0, 0) : line_at(t, x, k->start, end_line == line ? line : -line - end_line, end_line == line ? k->start : k->end);
    if (im_no_value(src_line)) { im_drop(t, str); return src_line; }
    Value from = im_tuple_pack(t, 2, im_int(line), im_int(col)), to = im_tuple_pack(t, 2, im_int(end_line), im_int(end_col));
    Value r = im_no_value(from) || im_no_value(to) ? IM_NO_VALUE : im_tuple_pack(t, 5, im_int(type), str, from, to, src_line);
    im_xdrop(t, from);
    im_xdrop(t, to);
    im_drop(t, str);
    im_drop(t, src_line);
    if (type == IM_TOK_ENDMARKER) x->done = true;
    x->next++;
    return r;
}

static Value iter_next(Thread *t, Value self)
{
    ImTokIter *x = it(self);
    uint32_t zero = 0;
    if (!im_cas_acquire(&x->x_busy, &zero, 1)) return im_raise_valueerror(t, "tokenizer already executing");
    Value r = IM_STOP;
    if (!x->done && !x->lexed && lex(t, x) < 0) { x->done = true; r = IM_NO_VALUE; }
    else if (!x->done) {
        r = token(t, x);
        if (im_no_value(r)) x->done = true;
    }
    im_store_release(&x->x_busy, 0);
    return r;
}
static Value iter_self(Thread *t, Value self) { (void)t; return im_new_ref(self); }
static int iter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImTokIter *x = (ImTokIter *)o;
    const Value own[] = {x->readline, x->encoding, x->source, x->line};
    int r;
    for (size_t i = 0; i < IM_COUNTOF(own); i++)
        if (im_is_object(own[i]) && (r = visit(own[i], arg))) return r;
    return 0;
}
static void iter_destroy(Thread *t, ImObject *o)
{
    ImTokIter *x = (ImTokIter *)o;
    if (x->lexed) im_tokens_free(&x->tokens);
    im_arena_free(&x->arena);
    im_destroy_child(t, x->readline);
    im_destroy_child(t, x->encoding);
    im_destroy_child(t, x->source);
    im_destroy_child(t, x->line);
}
static const ImSlots slots = {.iter = iter_self, .next = iter_next, .new_ = iter_new};
static const ImTypeSpec spec = {.name = "_tokenize.TokenizerIter", .size = sizeof(ImTokIter), .flags = IM_TF_GC, .slots = &slots, .traverse = iter_traverse, .destroy = iter_destroy};
IM_TYPE(TokenizerIter, &spec);
static ImType *const types[] = {&im_TokenizerIter_type, NULL};
static const ImModuleDef tokenize_def = {.name = "_tokenize", .types = types};
IM_MODULE(tokenize_def);
