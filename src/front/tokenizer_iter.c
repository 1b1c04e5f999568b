/* Module _tokenize: the lexer as an iterator of 5-tuples, which the tokenize module turns into TokenInfo.
   SPDX-License-Identifier: MIT

   Lines are read when the lexer comes to them: callers look at their own line counters between tokens. */
#include "base/os.h"
#include "front/compile.h"
#include "front/lexer.h"
#include "types/bytes.h"
#include "types/codecs.h"
#include "types/list.h"
#include "types/module.h"
#include "types/tuple.h"

/* Address space set aside for a source, which must not move while it grows. */
#define MAX_SOURCE ((size_t)1 << 28)

typedef struct ImTokIter {
    ImObject head;
    Value readline, encoding; /* encoding: str or no value */
    Value line;               /* str of line number `line_no`, or no value */
    char *text;               /* the lines read so far, in UTF-8; NULL before the first */
    ImTokens tokens;
    ImArena arena;
    ImSource src;
    ImLexer *lexer;           /* NULL before the first token and after the last */
    Thread *thread;           /* whose call this is */
    bool extra, done, ended, raised;
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

/* One line from readline(), as UTF-8 bytes; the end of the source is an empty one. */
static Value read_line(Thread *t, ImTokIter *x)
{
    Value line = im_call0(t, x->readline);
    if (im_no_value(line)) return im_exc_clear_if(t, &im_StopIteration_type) ? im_bytes_new(t, "", 0) : line;
    if (!im_no_value(x->encoding) && im_is_bytes(line)) {
        const char *enc = im_str_utf8(t, x->encoding, NULL);
        Value s = enc ? im_str_decode(t, im_bytes_data(line), im_bytes_len(line), enc, "replace") : IM_NO_VALUE;
        im_drop(t, line);
        if (im_no_value(s)) return s;
        line = s;
    }
    if (!im_is_str(line)) {
        (void)im_raise_type(t, im_no_value(x->encoding) ? "readline() returned a non-string object" : "readline() returned a non-bytes object");
        im_drop(t, line);
        return IM_NO_VALUE;
    }
    Value u = im_utf8_encode(t, line, "surrogatepass");
    im_drop(t, line);
    return u;
}

/* Appends the next line. A null byte ends the source before its line. */
static bool more_text(void *ctx)
{
    ImTokIter *x = ctx;
    Thread *t = x->thread;
    if (x->ended) return false;
    Value u = read_line(t, x);
    if (im_no_value(u)) {
        x->raised = x->ended = true;
        return false;
    }
    size_t n = (size_t)im_bytes_len(u), at = x->src.len;
    if (n == 0) {
        x->ended = true;
    } else if (n + 2 > MAX_SOURCE - at) {
        (void)im_raise_memory(t);
        x->raised = x->ended = true;
    } else {
        char *to = x->text + at;
        memcpy(to, im_bytes_data(u), n);
        const char *nul = memchr(to, 0, n);
        x->src.newline_added = to[n - 1] != '\n';
        if (x->src.newline_added) to[n++] = '\n';
        to[n] = 0;
        if (nul) {
            x->src.cut = x->ended = true;
            x->src.bad_text = to;
            x->src.bad_text_len = (size_t)(nul - to);
            x->src.bad_line = 1;
            for (size_t i = 0; i < at; i++) x->src.bad_line += x->text[i] == '\n';
        } else x->src.len += n;
    }
    im_drop(t, u);
    return !x->ended;
}

static int start(Thread *t, ImTokIter *x, const ImCompileHooks *hooks)
{
    ImLexOptions opt = {.extra = x->extra, .refill = more_text, .refill_ctx = x};
    x->text = im_os_reserve_rw(MAX_SOURCE);
    if (x->text) {
        x->text[0] = 0;
        x->src = (ImSource){.text = x->text, .filename = "<string>"};
        x->lexer = im_lex_open(&x->arena, &x->src, &opt, &hooks->hooks, &x->tokens);
    }
    return x->lexer ? 0 : (im_raise_memory(t), -1);
}

/* Lexes until there is a token to hand out. -1: an exception. */
static int lex(Thread *t, ImTokIter *x)
{
    Value filename = im_str_from_cstr(t, "<string>");
    if (im_no_value(filename)) return -1;
    ImCompileHooks hooks;
    im_compile_hooks(&hooks, t, filename);
    x->thread = t;
    int r = x->text ? 0 : start(t, x, &hooks);
    if (r == 0) {
        x->tokens.n = x->next = 0;
        im_lex_set_hooks(x->lexer, &hooks.hooks);
        while (x->tokens.n == 0 && im_lex_step(x->lexer)) {}
        if (x->raised) r = -1;
    }
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
            ImSyntaxErr *err = &x->tokens.err;
            err->has_end = false;
            /* The line without its end; what has no place in it stands at its end. */
            if (err->text_len && err->text[err->text_len - 1] == '\n') err->text_len--;
            if (err->type == IM_ERR_TAB || (err->msg && (strncmp(err->msg, "too many levels", 15) == 0 || strncmp(err->msg, "unexpected character after line", 31) == 0)))
                err->offset = (int)im_utf8_count(err->text, err->text_len) + 1;
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
        if (type == IM_TOK_NEWLINE) end_line = line, end_col = col;
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
    if (!x->done) {
        r = x->next >= x->tokens.n && lex(t, x) < 0 ? IM_NO_VALUE : token(t, x);
        if (im_no_value(r)) x->done = true;
    }
    im_store_release(&x->x_busy, 0);
    return r;
}
static Value iter_self(Thread *t, Value self) { (void)t; return im_new_ref(self); }
static int iter_traverse(ImObject *o, ImVisit visit, void *arg)
{
    ImTokIter *x = (ImTokIter *)o;
    const Value own[] = {x->readline, x->encoding, x->line};
    int r;
    for (size_t i = 0; i < IM_COUNTOF(own); i++)
        if (im_is_object(own[i]) && (r = visit(own[i], arg))) return r;
    return 0;
}
static void iter_destroy(Thread *t, ImObject *o)
{
    ImTokIter *x = (ImTokIter *)o;
    if (x->lexer) {
        im_lex_close(x->lexer);
        im_tokens_free(&x->tokens);
    }
    if (x->text) im_os_release(x->text, MAX_SOURCE);
    im_arena_free(&x->arena);
    im_destroy_child(t, x->readline);
    im_destroy_child(t, x->encoding);
    im_destroy_child(t, x->line);
}
static const ImSlots slots = {.iter = iter_self, .next = iter_next, .new_ = iter_new};
static const ImTypeSpec spec = {.name = "_tokenize.TokenizerIter", .size = sizeof(ImTokIter), .flags = IM_TF_GC, .slots = &slots, .traverse = iter_traverse, .destroy = iter_destroy};
IM_TYPE(TokenizerIter, &spec);
static ImType *const types[] = {&im_TokenizerIter_type, NULL};
static const ImModuleDef tokenize_def = {.name = "_tokenize", .types = types};
IM_MODULE(tokenize_def);
