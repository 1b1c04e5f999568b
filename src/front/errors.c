/* Explains why a parse failed, in CPython's words and at its positions.
   SPDX-License-Identifier: MIT

   CPython's messages depend on the order in which its PEG parser tries things and on how far it looked, so a failed
   token array is parsed again here by an interpreter of that grammar (grammar.def): first as it stands, which finds
   the last token looked at; then with the `invalid_` rules, the first of which that matches raises its message.
   Values are light nodes: a kind, a run of tokens and parts. Top-level
   statements that were parsed are not parsed again. A budget of steps bounds pathological input. */
#include "parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LEVEL = 6000, MAX_STEPS = 4000000, MAX_ITEMS = 16 };

/* ---- the grammar, compiled ---- */

typedef struct AltText { const char *items, *action; } AltText;
#define A(items, action) {items, action},
#define RULE(name, flags, ...) static const AltText alts_##name[] = {__VA_ARGS__ {NULL, NULL}};
#include "grammar.def"

enum {
#define RULE(name, flags, ...) R_##name,
#include "grammar.def"
    RULE_COUNT
};
static const struct { const char *name, *flags; const AltText *alts; } rule_texts[RULE_COUNT] = {
#define RULE(name, flags, ...) {#name, flags, alts_##name},
#include "grammar.def"
};

typedef enum ItemKind { I_TOKEN, I_SOFT, I_SOFT_ANY, I_RULE, I_GROUP, I_OPT, I_STAR, I_PLUS, I_GATHER, I_AND, I_NOT, I_CUT, I_FORCE } ItemKind;
typedef struct Item Item;
typedef struct Alt {
    Item *items;
    int n;
    bool invalid;              /* nothing but one invalid_ rule */
    const char *action;
} Alt;
typedef struct AltSet { Alt *alts; int n; } AltSet;
struct Item {
    ItemKind kind;
    int arg;                   /* token type, soft keyword or rule */
    Item *sub, *sep;
    AltSet group;
};

/* ---- values and state ---- */

/* Kinds of values besides those of expressions (ImNodeKind). */
enum { N_TOKEN = -1, N_LIST = -2, N_SEQ = -3, N_NONE = -4, N_ARGS = -5 };
typedef struct N N;
struct N {
    int kind, t0, t1;          /* tokens t0 … t1-1 */
    int n;
    N **kid;
};

typedef struct Memo Memo;
struct Memo { Memo *next; int rule, end; N *value; };

typedef struct E {
    ImParser *p;
    ImArena *arena;
    const ImToken *tok;
    const ImTokens *toks;
    AltSet rules[RULE_COUNT];
    Memo **memo;               /* by token */
    N **tokens;                /* value of each token, made on demand */
    N none;
    int pos, fill;             /* next token; tokens looked at so far */
    int reached;               /* where the parser gave up */
    int level;
    long steps;
    bool invalid;              /* invalid_ rules are active */
    bool raised;               /* p->err is set: everything unwinds */
    bool lexer_failed;         /* because the ERRORTOKEN was met */
} E;

/* ---- compiling the grammar ---- */

typedef struct C { E *e; const char *s; } C;

static void skip_space(C *c) { while (*c->s == ' ') c->s++; }

/* Whether text is the n characters at s; most differ in the first one. */
static inline bool is_text(const char *text, const char *s, size_t n) {
    return text[0] == s[0] && !strncmp(text, s, n) && !text[n];
}

static int token_type(const char *s, size_t n) {
    for (int i = 0; i < IM_KW_END; i++)
        if (im_tok_texts[i] && is_text(im_tok_texts[i], s, n)) return i;
    for (int i = 0; i < IM_TOK_COUNT; i++)
        if (is_text(im_tok_names[i], s, n)) return i;
    return -1;
}

static int soft_type(const char *s, size_t n) {
    static const char *const names[] = {"", "match", "case", "type", "_"};
    for (int i = 1; i < 5; i++)
        if (strlen(names[i]) == n && !memcmp(names[i], s, n)) return i;
    return 0;
}

static bool compile_alts(C *c, AltSet *out, const char *action);
static bool compile_item(C *c, Item *it);

static Item *new_item(E *e) { return im_arena_zalloc(e->arena, sizeof(Item)); }

static bool compile_atom(C *c, Item *it) {
    if (*c->s == '(') {
        c->s++;
        it->kind = I_GROUP;
        if (!compile_alts(c, &it->group, NULL)) return false;
        c->s++;
        return true;
    }
    const char *s = c->s;
    if (*s == '\'') {
        const char *end = strchr(s + 1, '\'');
        it->kind = I_TOKEN;
        it->arg = token_type(s + 1, (size_t)(end - s - 1));
        c->s = end + 1;
        return true;
    }
    bool soft = *s == '@';
    if (soft) s++;
    const char *end = s;
    while ((*end >= 'a' && *end <= 'z') || (*end >= 'A' && *end <= 'Z') || *end == '_') end++;
    size_t n = (size_t)(end - s);
    c->s = end;
    if (soft) {
        it->kind = I_SOFT;
        it->arg = soft_type(s, n);
    } else if (*s >= 'A' && *s <= 'Z') {
        it->arg = token_type(s, n);
        it->kind = it->arg == IM_TOK_SOFT_KEYWORD ? I_SOFT_ANY : I_TOKEN;
    } else {
        it->kind = I_RULE;
        it->arg = 0;
        while (!is_text(rule_texts[it->arg].name, s, n)) it->arg++;
    }
    return true;
}

static bool wrap(C *c, Item *it, ItemKind kind) {
    Item *sub = new_item(c->e);
    if (!sub) return false;
    *sub = *it;
    *it = (Item){.kind = kind, .sub = sub};
    return true;
}

static bool compile_item(C *c, Item *it) {
    ItemKind prefix = I_TOKEN;
    if (*c->s == '~') {
        c->s++;
        it->kind = I_CUT;
        return true;
    }
    if (c->s[0] == '&' && c->s[1] == '&') c->s += 2, prefix = I_FORCE;
    else if (*c->s == '&') c->s++, prefix = I_AND;
    else if (*c->s == '!') c->s++, prefix = I_NOT;
    if (!compile_atom(c, it)) return false;
    if (*c->s == '.') {
        c->s++;
        Item *sep = new_item(c->e), *sub = new_item(c->e);
        if (!sep || !sub || !compile_atom(c, sub)) return false;
        *sep = *it;
        *it = (Item){.kind = I_GATHER, .sub = sub, .sep = sep};
        c->s++;   /* the + */
    } else if (*c->s == '?' || *c->s == '*' || *c->s == '+') {
        char q = *c->s++;
        if (!wrap(c, it, q == '?' ? I_OPT : q == '*' ? I_STAR : I_PLUS)) return false;
    }
    return prefix == I_TOKEN || wrap(c, it, prefix);
}

/* Alternatives up to ')' or the end. */
static bool compile_alts(C *c, AltSet *out, const char *action) {
    Alt alts[16];
    int na = 0;
    do {
        Item items[MAX_ITEMS];
        int n = 0;
        if (*c->s == '|') c->s++;
        for (skip_space(c); *c->s && *c->s != '|' && *c->s != ')'; skip_space(c)) {
            memset(&items[n], 0, sizeof *items);
            if (!compile_item(c, &items[n++])) return false;
        }
        Alt *a = &alts[na++];
        *a = (Alt){.n = n, .action = action};
        if (!(a->items = im_arena_alloc(c->e->arena, (size_t)n * sizeof *items))) return false;
        memcpy(a->items, items, (size_t)n * sizeof *items);
        a->invalid = n == 1 && items[0].kind == I_RULE && !strncmp(rule_texts[items[0].arg].name, "invalid_", 8);
    } while (*c->s == '|');
    out->n = na;
    if (!(out->alts = im_arena_alloc(c->e->arena, (size_t)na * sizeof *alts))) return false;
    memcpy(out->alts, alts, (size_t)na * sizeof *alts);
    return true;
}

/* Rules are compiled when first used. */
static bool compile_rule(E *e, int r) {
    const AltText *t = rule_texts[r].alts;
    AltSet *set = &e->rules[r];
    int n = 0;
    while (t[n].items) n++;
    Alt *alts = im_arena_alloc(e->arena, (size_t)n * sizeof *alts);
    if (!alts) return false;
    for (int i = 0; i < n; i++) {
        C c = {e, t[i].items};
        AltSet one;
        if (!compile_alts(&c, &one, t[i].action)) return false;
        alts[i] = one.alts[0];
    }
    *set = (AltSet){alts, n};
    return true;
}

/* ---- raising ---- */

/* Where the lexer stands after the last token looked at, as a column. */
static int cursor_column(const E *e) {
    const ImToken *t = &e->tok[e->fill - 1];
    if (t->end_col >= 0) return t->end_col;
    const char *text = e->p->src->text, *s = text + t->start;
    if (s == text + e->p->src->len && s > text && s[-1] == '\n') s--;
    const char *line = s;
    while (line > text && line[-1] != '\n') line--;
    return (int)(text + t->start - line);
}

static void set_error(E *e, ImSyntaxErrType type, int lineno, int offset, int end_lineno, int end_offset, const char *msg) {
    im_set_error(e->p, type, lineno, offset, end_lineno, end_offset, msg, &e->tok[e->fill - 1]);
    e->raised = true;
}

static N *out_of_memory(E *e) {
    im_raise_memory(e->p);
    e->raised = true;
    return NULL;
}

/* At a token, whose column may be missing. */
static void raise_token(E *e, ImSyntaxErrType type, const ImToken *t, const char *msg) {
    int offset = t->col < 0 ? cursor_column(e) : t->col + 1;
    int end = t->end_col < 0 ? -1 : t->end_col + 1;
    set_error(e, type, t->lineno, offset, t->end_lineno, end, msg);
}

static const ImToken *last_token(const E *e, const N *n) {
    const ImToken *t = &e->tok[n->t1 > n->t0 ? n->t1 - 1 : n->t0];
    while (t > &e->tok[n->t0] && t->type >= IM_TOK_NEWLINE && t->type <= IM_TOK_DEDENT) t--;
    return t;
}

static void raise_range(E *e, const N *from, const N *to, const char *msg) {
    const ImToken *a = &e->tok[from->t0], *b = last_token(e, to);
    set_error(e, IM_ERR_SYNTAX, a->lineno, a->col + 1, b->end_lineno, b->end_col + 1, msg);
}

/* ---- what values are ---- */

static bool is_expr(const N *n) {
    return n->kind >= 0 && im_ast_nodes[n->kind].sum == IM_FT_expr;
}

static const char *expr_name(const E *e, const N *n) {
    switch (n->kind) {
    case IM_AST_Attribute: return "attribute";
    case IM_AST_Subscript: return "subscript";
    case IM_AST_Starred: return "starred";
    case IM_AST_Name: return "name";
    case IM_AST_List: return "list";
    case IM_AST_Tuple: return "tuple";
    case IM_AST_Lambda: return "lambda";
    case IM_AST_Call: return "function call";
    case IM_AST_BoolOp: case IM_AST_BinOp: case IM_AST_UnaryOp: return "expression";
    case IM_AST_GeneratorExp: return "generator expression";
    case IM_AST_Yield: case IM_AST_YieldFrom: return "yield expression";
    case IM_AST_Await: return "await expression";
    case IM_AST_ListComp: return "list comprehension";
    case IM_AST_SetComp: return "set comprehension";
    case IM_AST_DictComp: return "dict comprehension";
    case IM_AST_Dict: return "dict literal";
    case IM_AST_Set: return "set display";
    case IM_AST_JoinedStr: case IM_AST_FormattedValue: return "f-string expression";
    case IM_AST_Compare: return "comparison";
    case IM_AST_IfExp: return "conditional expression";
    case IM_AST_NamedExpr: return "named expression";
    default: break;
    }
    switch (e->tok[n->t0].type) {
    case IM_KW_None: return "None";
    case IM_KW_True: return "True";
    case IM_KW_False: return "False";
    case IM_TOK_ELLIPSIS: return "ellipsis";
    default: return "literal";
    }
}

/* The kind of expression that a token is by itself. */
static int token_kind(const ImToken *t) {
    switch (t->type) {
    case IM_TOK_NAME: return IM_AST_Name;
    case IM_TOK_NUMBER: case IM_TOK_STRING: case IM_KW_None: case IM_KW_True: case IM_KW_False: case IM_TOK_ELLIPSIS:
        return IM_AST_Constant;
    default: return N_TOKEN;
    }
}

static bool is_container(const N *n) { return n->kind == N_LIST || n->kind == N_SEQ; }

/* The k-th expression (or keyword) among the parts, through lists; NULL when there are fewer. */
static N *nth_expr(const N *n, int *k) {
    for (int i = 0; i < n->n; i++) {
        N *x = n->kid[i];
        if (is_container(x)) {
            if ((x = nth_expr(x, k))) return x;
        } else if ((is_expr(x) || x->kind == IM_AST_keyword) && (*k)-- == 0) return x;
    }
    return NULL;
}

static N *expr_at(const N *n, int k) { return nth_expr(n, &k); }

static N *last_expr(const N *n) {
    N *x = NULL, *y;
    for (int i = 0; (y = expr_at(n, i)); i++) x = y;
    return x;
}

typedef enum Targets { STAR_TARGETS, FOR_TARGETS, DEL_TARGETS } Targets;

static N *invalid_target(const E *e, N *n, Targets type) {
    switch (n->kind) {
    case IM_AST_List: case IM_AST_Tuple:
        for (int i = 0;; i++) {
            N *x = expr_at(n, i);
            if (!x) return NULL;
            if ((x = invalid_target(e, x, type))) return x;
        }
    case IM_AST_Starred: return type == DEL_TARGETS ? n : invalid_target(e, last_expr(n), type);
    case IM_AST_Compare:
        if (type != FOR_TARGETS) return n;
        /* compare_pair is a SEQ of operator and operand: the first pair's operator */
        return e->tok[n->kid[1]->t0].type == IM_KW_in ? invalid_target(e, n->kid[0], type) : NULL;
    case IM_AST_Name: case IM_AST_Subscript: case IM_AST_Attribute: return NULL;
    default: return n;
    }
}

static N *raise_target(E *e, N *n, Targets type) {
    N *bad = invalid_target(e, n, type);
    if (!bad) return NULL;
    char buf[80];
    snprintf(buf, sizeof buf, type == DEL_TARGETS ? "cannot delete %s" : "cannot assign to %s", expr_name(e, bad));
    const char *msg = im_arena_memdup(e->p->arena, buf, strlen(buf));
    if (!msg) return out_of_memory(e);
    raise_range(e, bad, bad, msg);
    return NULL;
}

/* ---- actions ---- */

static N *new_node(E *e, int kind, int t0, N **v, int n) {
    N *x = im_arena_alloc(e->arena, sizeof *x);
    N **kid = x ? im_arena_alloc(e->arena, (size_t)n * sizeof *kid) : NULL;
    if (!kid) return out_of_memory(e);
    if (n) memcpy(kid, v, (size_t)n * sizeof *kid);
    *x = (N){.kind = kind, .t0 = t0, .t1 = e->pos, .n = n, .kid = kid};
    return x;
}

/* An item number with its suffix. */
static N *place(const char **s, N **v) {
    N *x = v[strtol(*s, (char **)(uintptr_t)s, 10)];
    if (**s == '<' || **s == '>') {
        if (x->n) x = x->kid[**s == '<' ? 0 : x->n - 1];
        ++*s;
    } else if (**s == '^') {
        /* the last clause's last condition, or what it iterates over */
        ++*s;
        if (x->n) x = last_expr(x->kid[x->n - 1]);
    }
    return x;
}

static N *raise_text(E *e, const char *s, N **v) {
    char word[8];
    size_t w = 0;
    N *from = NULL, *to = NULL;
    if (*s >= '0' && *s <= '9') {
        word[w++] = 'r';
        from = place(&s, v);
        s += 2;
        to = place(&s, v);
    } else {
        while (*s != ' ' && *s != ':') word[w++] = *s++;
        if (*s == ' ') s++, from = to = place(&s, v);
    }
    word[w] = 0;
    s += 2;
    char buf[200];
    if (*word == 'i') snprintf(buf, sizeof buf, s, e->tok[from->t0].lineno);
    else if (strstr(s, "%s")) snprintf(buf, sizeof buf, s, expr_name(e, from));
    else snprintf(buf, sizeof buf, "%s", s);
    const char *msg = im_arena_memdup(e->p->arena, buf, strlen(buf));
    if (!msg) return out_of_memory(e);
    const ImToken *last = &e->tok[e->fill - 1];
    if (!strcmp(word, "indent")) raise_token(e, IM_ERR_INDENTATION, last, msg);
    else if (!strcmp(word, "last")) raise_token(e, IM_ERR_SYNTAX, last, msg);
    else if (!strcmp(word, "next")) {
        if (e->pos >= e->fill) e->fill = e->pos + 1;
        raise_token(e, IM_ERR_SYNTAX, &e->tok[e->pos], msg);
    } else if (!strcmp(word, "from")) {
        const ImToken *a = &e->tok[from->t0];
        set_error(e, IM_ERR_SYNTAX, a->lineno, a->col + 1, last->end_lineno, cursor_column(e), msg);
    } else raise_range(e, from, to, msg);
    return NULL;
}

static bool is_legacy(const E *e, const N *n) {
    const ImToken *t = &e->tok[n->t0];
    return n->kind == IM_AST_Name && (t->soft == IM_SOFT_print || t->soft == IM_SOFT_exec);
}

static N *raise_comma(E *e, N **v) {
    if (is_legacy(e, v[0]) || e->tok[e->pos - 1].level == 0) return NULL;
    raise_range(e, v[0], v[1], "invalid syntax. Perhaps you forgot a comma?");
    return NULL;
}

static N *raise_legacy(E *e, N **v) {
    if (!is_legacy(e, v[0])) return NULL;
    raise_range(e, v[0], v[1], e->tok[v[0]->t0].soft == IM_SOFT_print
                ? "Missing parentheses in call to 'print'. Did you mean print(...)?"
                : "Missing parentheses in call to 'exec'. Did you mean exec(...)?");
    return NULL;
}

static N *raise_genexp_in_call(E *e, N **v) {
    N *last = NULL, *x;
    int count = 0;
    for (int i = 0; (x = expr_at(v[0], i)); i++)
        if (x->kind != IM_AST_keyword) last = x, count++;
    if (count <= 1) return NULL;
    const char *s = "1^";
    raise_range(e, last, place(&s, v), "Generator expression must be parenthesized");
    return NULL;
}

static N *raise_argument_order(E *e, N **v) {
    bool unpacking = false;
    N *x;
    for (int i = 0; (x = expr_at(v[0], i)); i++)
        if (x->kind == IM_AST_keyword && e->tok[x->t0].type == IM_TOK_DOUBLESTAR) unpacking = true;
    raise_token(e, IM_ERR_SYNTAX, &e->tok[e->fill - 1],
                unpacking ? "positional argument follows keyword argument unpacking"
                          : "positional argument follows keyword argument");
    return NULL;
}

static N *raise_bound(E *e, N **v, bool spec) {
    const ImToken *colon = &e->tok[v[2]->t0], *last = &e->tok[e->fill - 1];
    bool tuple = v[3]->kind == IM_AST_Tuple;
    const char *msg = spec ? (tuple ? "cannot use constraints with ParamSpec" : "cannot use bound with ParamSpec")
                           : (tuple ? "cannot use constraints with TypeVarTuple" : "cannot use bound with TypeVarTuple");
    set_error(e, IM_ERR_SYNTAX, colon->lineno, colon->col + 1, last->end_lineno, cursor_column(e), msg);
    return NULL;
}

static N *raise_colon_after_key(E *e, N **v) {
    const ImToken *end = last_token(e, v[0]);
    set_error(e, IM_ERR_SYNTAX, e->tok[v[0]->t0].lineno, end->end_col, end->end_lineno, 0, "':' expected after dictionary key");
    return NULL;
}

static N *raise_assign_to_constant(E *e, N **v) {
    static const char *const msgs[] = {"cannot assign to True", "cannot assign to False", "cannot assign to None"};
    int t = e->tok[v[0]->t0].type;
    raise_range(e, v[0], v[1], msgs[t == IM_KW_True ? 0 : t == IM_KW_False ? 1 : 2]);
    return NULL;
}

/* Literals that the parser did not come to may be wrong in themselves. */
static N *check_strings(E *e, int t0, N **v, int n) {
    ImParser *p = e->p;
    if (t0 >= e->reached) {
        const ImToken *saved = p->tok, *warned = p->warned;
        p->tok = &e->tok[t0];
        if (e->invalid) p->warned = e->tok + e->toks->n;   /* no warnings in the second pass */
        ImExpr *x = im_strings(p);
        p->tok = saved;
        if (e->invalid) p->warned = warned;
        p->sp = 0;
        if (!x && p->err->type) {
            /* This one is said of the token after them, and CPython takes the last it has seen. */
            if (p->err->msg && !strncmp(p->err->msg, "cannot mix", 10)) {
                const char *msg = p->err->msg;
                raise_token(e, IM_ERR_SYNTAX, &e->tok[e->fill - 1], msg);
            }
            e->raised = true;
            return NULL;
        }
    }
    bool joined = false;
    for (int i = 0; i < v[0]->n; i++) joined |= v[0]->kid[i]->kind == IM_AST_JoinedStr;
    return new_node(e, joined ? IM_AST_JoinedStr : IM_AST_Constant, t0, v, n);
}

static N *function_action(E *e, const char *f, int t0, N **v, int n) {
    if (!strcmp(f, "strings")) return check_strings(e, t0, v, n);
    if (!strcmp(f, "args")) return new_node(e, N_ARGS, t0, v, n);
    if (!strcmp(f, "conversion")) return new_node(e, N_SEQ, t0, v, n);
    if (!strcmp(f, "not_equal"))
        return !(e->tok[t0].flags & IM_TOKF_LEGACY_NE) == !(e->p->flags & IM_PARSE_BARRY) ? v[0] : NULL;
    if (!strcmp(f, "comma")) return raise_comma(e, v);
    if (!strcmp(f, "legacy")) return raise_legacy(e, v);
    if (!strcmp(f, "genexp_in_call")) return raise_genexp_in_call(e, v);
    if (!strcmp(f, "argument_order")) return raise_argument_order(e, v);
    if (!strcmp(f, "bound_of_tuple")) return raise_bound(e, v, false);
    if (!strcmp(f, "bound_of_spec")) return raise_bound(e, v, true);
    if (!strcmp(f, "colon_after_key")) return raise_colon_after_key(e, v);
    if (!strcmp(f, "assign_to_constant")) return raise_assign_to_constant(e, v);
    return NULL;
}

static int kind_named(const char *s) {
    for (int i = 0; i < IM_AST_KIND_COUNT; i++)
        if (!strcmp(im_ast_nodes[i].name, s)) return i;
    return N_SEQ;
}

static N *act(E *e, const char *a, int t0, N **v, int n) {
    if (!a) return n == 1 ? v[0] : new_node(e, N_SEQ, t0, v, n);
    if (*a == '=') return new_node(e, kind_named(a + 1), t0, v, n);
    if (*a == '$') return v[a[1] - '0'];
    if (!strncmp(a, "fn ", 3)) return function_action(e, a + 3, t0, v, n);
    if (!strncmp(a, "star ", 5)) return raise_target(e, v[a[5] - '0'], STAR_TARGETS);
    if (!strncmp(a, "for ", 4)) return raise_target(e, v[a[4] - '0'], FOR_TARGETS);
    if (!strncmp(a, "del ", 4)) return raise_target(e, v[a[4] - '0'], DEL_TARGETS);
    return raise_text(e, a, v);
}

/* ---- the interpreter ---- */

static N *rule(E *e, int r);
static N *alternatives(E *e, const AltSet *set, bool guard);

static N *too_deep(E *e) {
    if (!e->raised) im_too_deep(e->p);
    e->raised = true;
    return NULL;
}

/* Looks at the current token; false when the lexer failed there. */
static bool touch(E *e) {
    if (e->pos < e->fill) return true;
    e->fill = e->pos + 1;
    if (e->tok[e->pos].type != IM_TOK_ERRORTOKEN) return true;
    *e->p->err = e->toks->err;
    e->raised = e->lexer_failed = true;
    return false;
}

static N *take_token(E *e) {
    int i = e->pos++;
    N *x = e->tokens[i];
    if (!x) {
        if (!(x = im_arena_zalloc(e->arena, sizeof *x))) return out_of_memory(e);
        *x = (N){.kind = token_kind(&e->tok[i]), .t0 = i, .t1 = i + 1};
        e->tokens[i] = x;
    }
    return x;
}

static N *item(E *e, const Item *it);

/* Collects repetitions; with a separator, each further one needs it. */
static N *repeat(E *e, const Item *it, int min) {
    int t0 = e->pos, cap = 0, n = 0;
    N **v = NULL;
    for (;;) {
        int mark = e->pos;
        N *x = n && it->sep ? item(e, it->sep) : &e->none;
        if (x) x = item(e, it->sub);
        if (e->raised) break;
        if (!x) {
            e->pos = mark;
            break;
        }
        if (n == cap) {
            cap = cap ? cap * 2 : 4;
            N **w = realloc(v, (size_t)cap * sizeof *w);
            if (!w) {
                out_of_memory(e);
                break;
            }
            v = w;
        }
        v[n++] = x;
        if (e->pos == mark) break;
    }
    N *list = e->raised || n < min ? NULL : new_node(e, N_LIST, t0, v, n);
    free(v);
    return list;
}

static N *item(E *e, const Item *it) {
    if (e->raised) return NULL;
    if (++e->steps > MAX_STEPS + 500L * e->toks->n) {
        e->raised = true;
        return NULL;
    }
    int mark = e->pos;
    N *x;
    switch (it->kind) {
    case I_TOKEN: return touch(e) && e->tok[e->pos].type == it->arg ? take_token(e) : NULL;
    case I_SOFT:
        if (!touch(e) || e->tok[e->pos].type != IM_TOK_NAME || e->tok[e->pos].soft != it->arg) return NULL;
        return take_token(e);
    case I_SOFT_ANY:
        if (!touch(e) || e->tok[e->pos].type != IM_TOK_NAME) return NULL;
        return e->tok[e->pos].soft && e->tok[e->pos].soft <= IM_SOFT_underscore ? take_token(e) : NULL;
    case I_RULE: return rule(e, it->arg);
    case I_GROUP: {
        if (++e->level > MAX_LEVEL || im_stack_short(e->p)) return too_deep(e);
        x = alternatives(e, &it->group, false);
        e->level--;
        return x;
    }
    case I_OPT:
        x = item(e, it->sub);
        if (x || e->raised) return x;
        e->pos = mark;
        return &e->none;
    case I_STAR: return repeat(e, it, 0);
    case I_PLUS: case I_GATHER: return repeat(e, it, 1);
    case I_AND:
        x = item(e, it->sub);
        e->pos = mark;
        return x;
    case I_NOT:
        x = item(e, it->sub);
        e->pos = mark;
        return x || e->raised ? NULL : &e->none;
    case I_CUT: return &e->none;
    case I_FORCE: {
        if (!touch(e)) return NULL;
        const ImToken *t = &e->tok[e->pos];
        if (t->type == it->sub->arg) return take_token(e);
        if (!e->invalid) return NULL;
        set_error(e, IM_ERR_SYNTAX, t->lineno, t->col + 1, t->end_lineno, t->end_col + 1,
                  it->sub->arg == IM_TOK_COLON ? "expected ':'" : "expected '('");
        return NULL;
    }
    }
    return NULL;
}

static N *alternatives(E *e, const AltSet *set, bool guard) {
    int mark = e->pos;
    for (int i = 0; i < set->n; i++) {
        const Alt *a = &set->alts[i];
        if (guard && a->invalid && !e->invalid) continue;
        N *v[MAX_ITEMS], *x = &e->none;
        int n = 0;
        bool cut = false;
        for (int k = 0; k < a->n && x; k++) {
            const Item *it = &a->items[k];
            x = item(e, it);
            if (it->kind == I_CUT) cut = true;
            else if (it->kind != I_AND && it->kind != I_NOT) v[n++] = x;
        }
        if (e->raised) return NULL;
        if (x) {
            x = act(e, a->action, mark, v, n);
            if (x || e->raised) return x;
        }
        e->pos = mark;
        if (cut) return NULL;
    }
    return NULL;
}

static Memo *find_memo(E *e, int r, int pos) {
    for (Memo *m = e->memo[pos]; m; m = m->next)
        if (m->rule == r) return m;
    return NULL;
}

static Memo *add_memo(E *e, int r, int pos, N *value, int end) {
    Memo *m = im_arena_alloc(e->arena, sizeof *m);
    if (!m) {
        out_of_memory(e);
        return NULL;
    }
    *m = (Memo){e->memo[pos], r, end, value};
    return e->memo[pos] = m;
}

/* Grows a left-recursive rule from the seed "does not match". */
static N *left_recursive(E *e, int r) {
    int mark = e->pos, end = mark;
    N *best = NULL;
    Memo *m = add_memo(e, r, mark, NULL, mark);
    while (m) {
        e->pos = mark;
        N *x = alternatives(e, &e->rules[r], true);
        if (e->raised) return NULL;
        if (!x || e->pos <= end) break;
        m->value = best = x;
        m->end = end = e->pos;
    }
    e->pos = end;
    return best;
}

static N *rule(E *e, int r) {
    if (e->raised) return NULL;
    if (++e->level > MAX_LEVEL || im_stack_short(e->p)) return too_deep(e);
    const char flag = *rule_texts[r].flags;
    if (!e->rules[r].alts && !compile_rule(e, r)) return out_of_memory(e);
    N *x;
    int mark = e->pos;
    if (flag == 'M' || flag == 'L') {
        if (!touch(e)) return NULL;
        Memo *m = find_memo(e, r, mark);
        if (m) {
            e->pos = m->end;
            e->level--;
            return m->value;
        }
    }
    if (flag == 'L') x = left_recursive(e, r);
    else {
        bool invalid = e->invalid;
        if (flag == 'Q') e->invalid = false;
        x = alternatives(e, &e->rules[r], true);
        e->invalid = invalid;
        if (flag == 'M' && !e->raised) add_memo(e, r, mark, x, e->pos);
    }
    e->level--;
    return x;
}

/* ---- the two passes ---- */

/* Whether the lexer, having delivered this token, had seen the end of the source. */
static bool saw_end(const E *e, const ImToken *t) {
    switch (t->type) {
    case IM_TOK_ENDMARKER: return true;
    case IM_TOK_ERRORTOKEN: return e->toks->err_at_eof;
    case IM_TOK_NEWLINE: return t->col < 0;
    case IM_TOK_ELLIPSIS: case IM_TOK_LEFTSHIFTEQUAL: case IM_TOK_RIGHTSHIFTEQUAL: case IM_TOK_DOUBLESTAREQUAL:
    case IM_TOK_DOUBLESLASHEQUAL: return false;
    case IM_TOK_STRING: {
        /* After two quotes there might come a third. */
        const char *end = e->p->src->text + t->end;
        bool empty = end[-1] == end[-2] && (t->end - t->start < 3 || (end[-3] != end[-1] && end[-3] != '\\'));
        return empty && t->end == e->p->src->len;
    }
    case IM_TOK_DOT: return e->p->src->text[t->end] == '.' ? t->end + 1 == e->p->src->len : t->end == e->p->src->len;
    case IM_TOK_FSTRING_START: return t->end == e->p->src->len && t->end - t->start < 4;
    case IM_TOK_FSTRING_MIDDLE: return t->end + 1 == e->p->src->len && strchr("{}", e->p->src->text[t->end]);
    case IM_TOK_FSTRING_END: return false;
    case IM_TOK_COLON: return t->end == e->p->src->len && !(t->flags & IM_TOKF_SPEC);
    case IM_TOK_NUMBER: {
        /* A keyword right after a number was looked at. */
        static const char *const words[] = {"", "and", "else", "for", "or", "not"};
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (!strcmp(e->p->src->text + t->end, words[i])) return true;
        return false;
    }
    default: return t->end == e->p->src->len;
    }
}

/* Where to begin: the statements before the one that failed are right, but some invalid_ rules do not see that. */
static int first_statement(const E *e) {
    const ImToken *s = e->p->statement;
    for (const ImToken *t = e->p->first; t < s && e->invalid; t++)
        if (t->soft == IM_SOFT_match || t->soft == IM_SOFT_print || t->soft == IM_SOFT_exec) return 0;
    return (int)(s - e->p->first);
}

static bool pass(E *e, ImParseMode mode) {
    static const int start[] = {R_file, R_eval, R_interactive, R_func_type};
    e->pos = first_statement(e);
    e->level = 0;
    e->steps = 0;
    memset(e->memo, 0, (size_t)e->toks->n * sizeof *e->memo);
    return rule(e, start[mode]) != NULL;
}

static void generic_error(E *e, const ImToken *last) {
    if (last->type == IM_TOK_INDENT || last->type == IM_TOK_DEDENT)
        raise_token(e, IM_ERR_INDENTATION, &e->tok[e->fill - 1],
                    last->type == IM_TOK_INDENT ? "unexpected indent" : "unexpected unindent");
    else set_error(e, IM_ERR_SYNTAX, last->lineno, last->col + 1, last->end_lineno, last->end_col + 1, "invalid syntax");
}

/* Errors of the lexer further on win over those of the parser. */
static void check_rest(E *e, bool generic) {
    const ImTokens *t = e->toks;
    ImSyntaxErr *err = e->p->err;
    if (e->lexer_failed || t->err.type == IM_ERR_NONE || e->fill == t->n) return;
    if (!generic && saw_end(e, &e->tok[e->fill - 1])) return;
    if (err->type != IM_ERR_SYNTAX && err->type != IM_ERR_INDENTATION && err->type != IM_ERR_TAB) return;
    if (t->err_raised) *err = t->err;
    else if (t->err_level && e->tok[e->fill - 1].lineno > t->open_lineno) {
        char msg[] = "'(' was never closed";
        msg[1] = t->open_char;
        const char *m = im_arena_memdup(e->p->arena, msg, sizeof msg - 1);
        if (m) im_set_error(e->p, IM_ERR_SYNTAX, t->open_lineno, t->open_col + 1, t->open_lineno, 0, m, &t->v[t->n - 1]);
    }
}

static void explain(E *e, ImParseMode mode) {
    ImParser *p = e->p;
    e->reached = (int)(p->tok - p->first);
    e->fill = e->reached + (p->tok->type != IM_TOK_ERRORTOKEN);
    e->raised = p->err->type != IM_ERR_NONE;
    if (p->err->type == IM_ERR_PENDING || p->err->type == IM_ERR_MEMORY) return;
    bool accepted = false;
    if (!e->raised) {
        e->fill = 0;
        accepted = pass(e, mode);
    }
    const ImToken *last = &e->tok[e->fill - 1];
    if ((p->flags & IM_PARSE_INCOMPLETE) && saw_end(e, last)) {
        *p->err = (ImSyntaxErr){.type = IM_ERR_NONE};
        raise_token(e, IM_ERR_INCOMPLETE, last, "incomplete input");
        /* An open string is shown whole. */
        if (last->type == IM_TOK_ERRORTOKEN && e->toks->err.msg && strstr(e->toks->err.msg, "unterminated"))
            p->err->text_len = (size_t)(p->src->text + p->src->len - p->err->text);
        im_flush_warnings(p, last + 1);
        return;
    }
    bool generic = false;
    if (!e->raised) {
        if (accepted) last = p->tok;
        else {
            e->invalid = true;
            pass(e, mode);
        }
    }
    if (p->err->type == IM_ERR_NONE) {
        generic_error(e, last);
        if (last->type == IM_TOK_INDENT || last->type == IM_TOK_DEDENT) {
            im_flush_warnings(p, &e->tok[e->fill]);
            return;
        }
        generic = true;
    }
    check_rest(e, generic);
    im_flush_warnings(p, e->tok + e->toks->n);
}

void im_explain_error(ImParser *p, const ImTokens *toks, ImParseMode mode) {
    E *e = calloc(1, sizeof *e);
    ImArena arena;
    im_arena_init(&arena);
    if (e) {
        e->p = p;
        e->arena = &arena;
        e->tok = toks->v;
        e->toks = toks;
        e->none.kind = N_NONE;
        e->memo = calloc((size_t)toks->n, sizeof *e->memo);
        e->tokens = calloc((size_t)toks->n, sizeof *e->tokens);
        if (e->memo && e->tokens) explain(e, mode);
        else im_raise_memory(p);
        free(e->memo);
        free(e->tokens);
    } else im_raise_memory(p);
    im_arena_free(&arena);
    free(e);
}
