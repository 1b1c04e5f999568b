/* unicode_norm_tables OUT UCD: writes what normalisation needs, from the Unicode Character Database.
 *
 * uc_dec_data holds for each character with a decomposition a head (number of code points << 8 | number of its tag in uc_dec_tags) and the code points;
 * uc_compose the canonical pairs that compose, sorted; uc_quick two bits for each of NFD, NFKD, NFC, NFKC: 0 yes, 1 maybe, 2 no.
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N 0x110000
static char *decs[N];
static uint8_t quick[N], excluded[N];
static char *tags[32] = {""};
static int ntags = 1;

static FILE *open_ucd(const char *dir, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "r");
    if (!f) {
        fprintf(stderr, "unicode_norm_tables: cannot read %s: install Debian's package unicode-data\n", path);
        exit(1);
    }
    return f;
}
static int tag(const char *s, size_t n)
{
    for (int i = 1; i < ntags; i++)
        if (strlen(tags[i]) == n && !memcmp(tags[i], s, n)) return i;
    tags[ntags] = strndup(s, n);
    return ntags++;
}
static void read_data(const char *dir)
{
    char line[2000];
    FILE *in = open_ucd(dir, "UnicodeData.txt");
    while (fgets(line, sizeof line, in)) {
        char *p = line;
        for (int i = 0; i < 5 && p; i++) p = strchr(p, ';') ? strchr(p, ';') + 1 : NULL;
        if (!p || *p == ';') continue;
        p[strcspn(p, ";")] = 0;
        decs[strtoul(line, NULL, 16)] = strdup(p);
    }
    fclose(in);
}
static void read_properties(const char *dir)
{
    static const char *const forms[] = {"NFD_QC", "NFKD_QC", "NFC_QC", "NFKC_QC"};
    char line[2000], property[64], value[8];
    FILE *in = open_ucd(dir, "DerivedNormalizationProps.txt");
    while (fgets(line, sizeof line, in)) {
        char *semi = strchr(line, ';'), *dots = strstr(line, "..");
        if (line[0] == '#' || !semi) continue;
        uint32_t a = (uint32_t)strtoul(line, NULL, 16), b = dots && dots < semi ? (uint32_t)strtoul(dots + 2, NULL, 16) : a;
        value[0] = 0;
        if (sscanf(semi + 1, " %63[A-Za-z_] ; %7[A-Z]", property, value) < 1) continue;
        if (!strcmp(property, "Full_Composition_Exclusion"))
            for (uint32_t c = a; c <= b; c++) excluded[c] = 1;
        for (int f = 0; f < 4; f++)
            if (!strcmp(property, forms[f]))
                for (uint32_t c = a; c <= b; c++) quick[c] |= (uint8_t)((value[0] == 'N' ? 2 : 1) << 2 * f);
    }
    fclose(in);
}
typedef struct Pair { uint32_t a, b, c; } Pair;
static int by_pair(const void *x, const void *y)
{
    const Pair *p = x, *q = y;
    return p->a != q->a ? (p->a < q->a ? -1 : 1) : p->b < q->b ? -1 : p->b > q->b;
}
static void put_index(FILE *o, const char *name, const char *type, const uint16_t *v)
{
    static uint16_t blocks[N / 128][128], index1[N / 128];
    int nb = 0;
    for (int b = 0; b < N / 128; b++) {
        int k = 0;
        while (k < nb && memcmp(blocks[k], &v[b * 128], sizeof blocks[0])) k++;
        if (k == nb) memcpy(blocks[nb++], &v[b * 128], sizeof blocks[0]);
        index1[b] = (uint16_t)k;
    }
    fprintf(o, "static const uint16_t %s_index1[] = {", name);
    for (int b = 0; b < N / 128; b++) fprintf(o, "%u,", index1[b]);
    fprintf(o, "};\nstatic const %s %s_index2[] = {", type, name);
    for (int b = 0; b < nb; b++)
        for (int i = 0; i < 128; i++) fprintf(o, "%u,%s", blocks[b][i], i % 32 == 31 ? "\n" : "");
    fprintf(o, "};\n");
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    read_data(argv[2]);
    read_properties(argv[2]);
    static uint32_t data[60000];
    static uint16_t at[N], q[N];
    static Pair pairs[4000];
    int n = 1, npairs = 0;
    for (uint32_t c = 0; c < N; c++) {
        q[c] = quick[c];
        if (!decs[c]) continue;
        char *p = decs[c];
        int head = n++, t = 0, k = 0;
        if (*p == '<') {
            size_t len = strcspn(p, ">") + 1;
            t = tag(p, len);
            p += len;
        }
        for (p = strtok(p, " "); p; p = strtok(NULL, " "), k++) data[n++] = (uint32_t)strtoul(p, NULL, 16);
        data[head] = (uint32_t)k << 8 | (uint32_t)t;
        at[c] = (uint16_t)head;
        if (t == 0 && k == 2 && !excluded[c]) pairs[npairs++] = (Pair){data[head + 1], data[head + 2], c};
    }
    qsort(pairs, (size_t)npairs, sizeof pairs[0], by_pair);
    FILE *o = fopen(argv[1], "w");
    if (!o) return 1;
    fprintf(o, "/* Written by tools/gen/unicode_norm_tables. */\nstatic const char *const uc_dec_tags[] = {");
    for (int i = 0; i < ntags; i++) fprintf(o, "\"%s\",", tags[i]);
    fprintf(o, "};\nstatic const uint32_t uc_dec_data[] = {");
    for (int i = 0; i < n; i++) fprintf(o, "%u,%s", data[i], i % 32 == 31 ? "\n" : "");
    fprintf(o, "};\nstatic const struct { uint32_t a, b, c; } uc_compose[] = {\n");
    for (int i = 0; i < npairs; i++) fprintf(o, "{%u,%u,%u},%s", pairs[i].a, pairs[i].b, pairs[i].c, i % 8 == 7 ? "\n" : "");
    fprintf(o, "};\n");
    put_index(o, "uc_dec", "uint16_t", at);
    put_index(o, "uc_quick", "uint8_t", q);
    return fclose(o) ? 1 : 0;
}
