/* unicode_name_tables OUT UCD: writes the names of characters, their aliases and the named sequences, from the Unicode Character Database.
 *
 * A name is a run of words: uc_phrases holds for each the number of words and their numbers (one byte below 0xC0, else two), frequent words first. A hash
 * table of all names in upper case finds the character of a name. Names that follow a rule (Han, Hangul) are not in the tables.
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N 0x110000
enum { MAX_WORDS = 40000, MAX_EXTRA = 2000, HASH = 1 << 17, SLOTS = 1 << 16 };
static struct { char *s; uint32_t count, id; } words[MAX_WORDS];
static uint32_t nwords, hash_words[HASH], order[MAX_WORDS];
static char *names[N], *extra[MAX_EXTRA];
static uint32_t target[MAX_EXTRA][4], targets[MAX_EXTRA];
static int naliases, nextra;

static FILE *open_ucd(const char *dir, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "r");
    if (!f) {
        fprintf(stderr, "unicode_name_tables: cannot read %s: install Debian's package unicode-data\n", path);
        exit(1);
    }
    return f;
}
/* The same in types/unicode_names.c. */
static uint32_t hash(const char *s, size_t n)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++) h = (h ^ (unsigned char)s[i]) * 16777619u;
    return h ^ h >> 15;
}
static uint32_t word(const char *s, size_t n)
{
    uint32_t k = hash(s, n) & (HASH - 1);
    for (; hash_words[k]; k = (k + 1) & (HASH - 1)) {
        uint32_t w = hash_words[k] - 1;
        if (strlen(words[w].s) == n && !memcmp(words[w].s, s, n)) return w;
    }
    words[nwords].s = strndup(s, n);
    hash_words[k] = nwords + 1;
    return nwords++;
}
static void count_words(const char *name)
{
    for (const char *p = name; *p;) {
        size_t n = strcspn(p, " ");
        words[word(p, n)].count++;
        p += n + (p[n] == ' ');
    }
}
static int by_count(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return words[x].count < words[y].count ? 1 : words[x].count > words[y].count ? -1 : strcmp(words[x].s, words[y].s);
}
static uint8_t phrases[2000000];
static uint32_t nphrases = 1; /* offset 0: no name */
static uint32_t put_phrase(const char *name)
{
    uint32_t at = nphrases++;
    for (const char *p = name; *p;) {
        size_t n = strcspn(p, " ");
        uint32_t id = words[word(p, n)].id;
        phrases[at]++;
        if (id < 0xC0) phrases[nphrases++] = (uint8_t)id;
        else {
            phrases[nphrases++] = (uint8_t)(0xC0 | (id - 0xC0) >> 8);
            phrases[nphrases++] = (uint8_t)(id - 0xC0);
        }
        p += n + (p[n] == ' ');
    }
    return at;
}
static uint32_t table[SLOTS];
static void put_hash(const char *name, uint32_t value)
{
    uint32_t k = hash(name, strlen(name)) & (SLOTS - 1);
    while (table[k]) k = (k + 1) & (SLOTS - 1);
    table[k] = value + 1;
}

static void read_names(const char *dir)
{
    char line[2000];
    FILE *in = open_ucd(dir, "UnicodeData.txt");
    while (fgets(line, sizeof line, in)) {
        char *name = strchr(line, ';');
        if (!name) continue;
        *name++ = 0;
        name[strcspn(name, ";")] = 0;
        if (name[0] != '<') names[strtoul(line, NULL, 16)] = strdup(name);
    }
    fclose(in);
    in = open_ucd(dir, "NameAliases.txt");
    while (fgets(line, sizeof line, in)) {
        char *name = strchr(line, ';');
        if (line[0] == '#' || !name) continue;
        *name++ = 0;
        name[strcspn(name, ";")] = 0;
        targets[nextra] = 1;
        target[nextra][0] = (uint32_t)strtoul(line, NULL, 16);
        extra[nextra++] = strdup(name);
    }
    naliases = nextra;
    fclose(in);
    in = open_ucd(dir, "NamedSequences.txt");
    while (fgets(line, sizeof line, in)) {
        char *codes = strchr(line, ';');
        if (line[0] == '#' || !codes) continue;
        *codes++ = 0;
        for (char *p = strtok(codes, " \r\n"); p && targets[nextra] < 4; p = strtok(NULL, " \r\n")) target[nextra][targets[nextra]++] = (uint32_t)strtoul(p, NULL, 16);
        extra[nextra++] = strdup(line);
    }
    fclose(in);
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    read_names(argv[2]);
    for (uint32_t c = 0; c < N; c++)
        if (names[c]) count_words(names[c]);
    for (int i = 0; i < nextra; i++) count_words(extra[i]);
    for (uint32_t i = 0; i < nwords; i++) order[i] = i;
    qsort(order, nwords, sizeof order[0], by_count);
    for (uint32_t i = 0; i < nwords; i++) words[order[i]].id = i;
    if (nwords > 0xC0 + 0x4000) {
        fprintf(stderr, "unicode_name_tables: more words than numbers for them\n");
        return 1;
    }
    FILE *o = fopen(argv[1], "w");
    if (!o) return 1;
    static uint32_t at[N], blocks[N / 128][128];
    static uint16_t index1[N / 128];
    for (uint32_t c = 0; c < N; c++)
        if (names[c]) {
            at[c] = put_phrase(names[c]);
            put_hash(names[c], c);
        }
    static uint32_t extra_at[MAX_EXTRA];
    for (int i = 0; i < nextra; i++) {
        extra_at[i] = put_phrase(extra[i]);
        put_hash(extra[i], N + (uint32_t)i);
    }
    int nb = 0;
    for (int b = 0; b < N / 128; b++) {
        int k = 0;
        while (k < nb && memcmp(blocks[k], &at[b * 128], sizeof blocks[0])) k++;
        if (k == nb) memcpy(blocks[nb++], &at[b * 128], sizeof blocks[0]);
        index1[b] = (uint16_t)k;
    }
    fprintf(o, "/* Written by tools/gen/unicode_name_tables. */\nenum { UC_NAME_SLOTS = %d, UC_ALIASES = %d };\nstatic const char uc_words[] =\n", SLOTS, naliases);
    for (uint32_t i = 0; i < nwords; i++) fprintf(o, "\"%s\"%s", words[order[i]].s, i % 8 == 7 ? "\n" : "");
    fprintf(o, ";\nstatic const uint32_t uc_word_at[] = {");
    uint32_t pos = 0;
    for (uint32_t i = 0; i < nwords; i++) {
        fprintf(o, "%u,", pos);
        pos += (uint32_t)strlen(words[order[i]].s);
    }
    fprintf(o, "%u};\nstatic const uint8_t uc_phrases[] = {", pos);
    for (uint32_t i = 0; i < nphrases; i++) fprintf(o, "%u,%s", phrases[i], i % 64 == 63 ? "\n" : "");
    fprintf(o, "};\nstatic const uint16_t uc_name_index1[] = {");
    for (int b = 0; b < N / 128; b++) fprintf(o, "%u,", index1[b]);
    fprintf(o, "};\nstatic const uint32_t uc_name_index2[] = {");
    for (int b = 0; b < nb; b++)
        for (int i = 0; i < 128; i++) fprintf(o, "%u,%s", blocks[b][i], i % 32 == 31 ? "\n" : "");
    fprintf(o, "};\nstatic const uint32_t uc_name_table[] = {");
    for (int i = 0; i < SLOTS; i++) fprintf(o, "%u,%s", table[i], i % 32 == 31 ? "\n" : "");
    fprintf(o, "};\nstatic const struct { uint32_t at, n, code[4]; } uc_extra_names[] = {\n");
    for (int i = 0; i < nextra; i++) fprintf(o, "{%u,%u,{%u,%u,%u,%u}},\n", extra_at[i], targets[i], target[i][0], target[i][1], target[i][2], target[i][3]);
    fprintf(o, "};\n");
    return fclose(o) ? 1 : 0;
}
