/* Names of characters: words in generated tables, and the rules for Han ideographs and Hangul syllables (Unicode Standard, section 4.8).
 * SPDX-License-Identifier: MIT */
#include "types/unicode_names.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "types/unicode_db.h"
#include "unicode_name_tables.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
enum { HANGUL = 0xAC00, L_COUNT = 19, V_COUNT = 21, T_COUNT = 28, SYLLABLES = L_COUNT * V_COUNT * T_COUNT, ALL = 0x110000 };
static const char *const jamo_l[] = {"G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H"};
static const char *const jamo_v[] = {"A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO", "WE", "WI", "YU", "EU", "YI", "I"};
static const char *const jamo_t[] = {"", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH", "M", "B", "BS", "S", "SS", "NG", "J", "C", "K", "T", "P", "H"};

static bool is_han(uint32_t c)
{
    static const struct { uint32_t from, to; } han[] = {{0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0x20000, 0x2A6DF}, {0x2A700, 0x2B739}, {0x2B740, 0x2B81D}, {0x2B820, 0x2CEA1},
        {0x2CEB0, 0x2EBE0}, {0x2EBF0, 0x2EE5D}, {0x30000, 0x3134A}, {0x31350, 0x323AF}};
    for (size_t i = 0; i < COUNT(han); i++)
        if (c >= han[i].from && c <= han[i].to) return true;
    return false;
}
static bool is_tangut(uint32_t c) { return (c >= 0x17000 && c <= 0x187F7) || (c >= 0x18D00 && c <= 0x18D08); }

static size_t phrase(uint32_t at, char *out)
{
    char *p = out;
    const uint8_t *s = &uc_phrases[at];
    for (unsigned n = *s++; n; n--) {
        uint32_t id = *s++;
        if (id >= 0xC0) id = 0xC0 + ((id & 0x3F) << 8 | *s++);
        size_t len = uc_word_at[id + 1] - uc_word_at[id];
        if (p > out) *p++ = ' ';
        memcpy(p, &uc_words[uc_word_at[id]], len);
        p += len;
    }
    *p = 0;
    return (size_t)(p - out);
}
size_t im_uc_name(uint32_t c, char *out)
{
    if (c >= ALL) return 0;
    if (c - HANGUL < SYLLABLES) {
        uint32_t s = c - HANGUL;
        return (size_t)sprintf(out, "HANGUL SYLLABLE %s%s%s", jamo_l[s / (V_COUNT * T_COUNT)], jamo_v[s % (V_COUNT * T_COUNT) / T_COUNT], jamo_t[s % T_COUNT]);
    }
    if (is_han(c)) return (size_t)sprintf(out, "CJK UNIFIED IDEOGRAPH-%X", c);
    uint32_t at = uc_name_index2[(uint32_t)uc_name_index1[c >> 7] << 7 | (c & 127)];
    return at ? phrase(at, out) : 0;
}

/* The longest entry of a list of syllable parts that s begins with. */
static int part(const char *const *list, int n, const char **s)
{
    int best = -1;
    size_t len = 0;
    for (int i = 0; i < n; i++) {
        size_t k = strlen(list[i]);
        if (!strncmp(*s, list[i], k) && (best < 0 || k > len)) {
            best = i;
            len = k;
        }
    }
    *s += len;
    return best;
}
static bool begins(const char **s, const char *prefix)
{
    size_t n = strlen(prefix);
    if (strncmp(*s, prefix, n)) return false;
    *s += n;
    return true;
}
/* The hexadecimal number after a prefix: 4 or 5 digits. */
static uint32_t number(const char *s)
{
    uint32_t v = 0;
    size_t n = strspn(s, "0123456789ABCDEF");
    if (s[n] || n < 4 || n > 5 || (n == 5 && *s == '0')) return ALL;
    for (; *s; s++) v = v << 4 | (uint32_t)(*s <= '9' ? *s - '0' : *s - 'A' + 10);
    return v;
}
/* The same in tools/gen/unicode_name_tables.c. */
static uint32_t hash(const char *s, size_t n)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++) h = (h ^ (unsigned char)s[i]) * 16777619u;
    return h ^ h >> 15;
}
int im_uc_lookup(const char *name, size_t n, bool sequences, uint32_t *out)
{
    char upper[IM_UC_NAME_MAX], own[IM_UC_NAME_MAX];
    if (n == 0 || n >= sizeof upper) return 0;
    for (size_t i = 0; i < n; i++) upper[i] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 32) : name[i];
    upper[n] = 0;
    const char *s = upper;
    if (begins(&s, "HANGUL SYLLABLE ")) {
        int l = part(jamo_l, L_COUNT, &s), v = part(jamo_v, V_COUNT, &s), t = part(jamo_t, T_COUNT, &s);
        if (l >= 0 && v >= 0 && t >= 0 && !*s) return out[0] = HANGUL + (uint32_t)((l * V_COUNT + v) * T_COUNT + t), 1;
    } else if (begins(&s, "CJK UNIFIED IDEOGRAPH-")) {
        uint32_t c = number(s);
        return is_han(c) ? (out[0] = c, 1) : 0;
    } else if (begins(&s, "TANGUT IDEOGRAPH-")) {
        uint32_t c = number(s);
        return is_tangut(c) ? (out[0] = c, 1) : 0;
    }
    for (uint32_t k = hash(upper, n) & (UC_NAME_SLOTS - 1); uc_name_table[k]; k = (k + 1) & (UC_NAME_SLOTS - 1)) {
        uint32_t v = uc_name_table[k] - 1, x = v - ALL;
        size_t len = v < ALL ? im_uc_name(v, own) : phrase(uc_extra_names[x].at, own);
        if (len != n || memcmp(own, upper, n)) continue;
        if (v < ALL) return out[0] = v, 1;
        if (x >= UC_ALIASES && !sequences) return 0;
        memcpy(out, uc_extra_names[x].code, uc_extra_names[x].n * sizeof *out);
        return (int)uc_extra_names[x].n;
    }
    return 0;
}
