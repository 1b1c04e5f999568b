/* unicode_tables OUT UCD: writes the character tables of str and unicodedata from the Unicode Character Database (package unicode-data).
 *
 * Two-level tables: index1[c >> 7] names a block of 128 record numbers in index2; records are shared by all characters alike. Case mappings are kept as
 * differences; mappings to several characters are in one array, (length << 24 | start).
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N 0x110000
enum { ALPHA = 1, DECIMAL = 2, DIGIT = 4, NUMERIC = 8, LOWER = 16, UPPER = 32, TITLE = 64, SPACE = 128, PRINTABLE = 256, XID_START = 512, XID_CONTINUE = 1024, CASED = 2048,
    CASE_IGNORABLE = 4096, SPECIAL = 8192 };
typedef struct Rec { int32_t upper, lower, title, fold; uint16_t flags; int8_t decimal, digit; uint8_t category, bidi, combining, mirrored, eaw; } Rec;
static Rec *rec;
static const char *const categories[] = {"Cn", "Lu", "Ll", "Lt", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Lm", "Lo", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So"};
static const char *const bidis[] = {"", "L", "LRE", "LRO", "R", "AL", "RLE", "RLO", "PDF", "EN", "ES", "ET", "AN", "CS", "NSM", "BN", "B", "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI"};
static const char *const eaws[] = {"N", "F", "H", "W", "Na", "A"};
static uint32_t ext[20000];
static int next;
static struct { uint32_t c; double v; char text[32]; } nums[4000];
static int nnums;

static int find(const char *const *t, int n, const char *s)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(t[i], s)) return i;
    fprintf(stderr, "unicode_tables: unknown value %s\n", s);
    exit(1);
}
#define FIND(t, s) find(t, (int)(sizeof t / sizeof t[0]), s)
static FILE *open_ucd(const char *dir, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "r");
    if (!f) {
        fprintf(stderr, "unicode_tables: cannot read %s: install Debian's package unicode-data\n", path);
        exit(1);
    }
    return f;
}
static int split(char *line, char **f, int max)
{
    int n = 0;
    char *hash = strchr(line, '#');
    if (hash) *hash = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *p = line; n < max; n++) {
        while (*p == ' ') p++;
        f[n] = p;
        char *e = strchr(p, ';'), *end = e ? e : p + strlen(p);
        char *t = end;
        while (t > p && (t[-1] == ' ' || t[-1] == '\t')) t--;
        if (e) *e = 0;
        *t = 0;
        if (!e) return n + 1;
        p = e + 1;
    }
    return n;
}
static void range(const char *s, uint32_t *a, uint32_t *b)
{
    char *e;
    *a = *b = (uint32_t)strtoul(s, &e, 16);
    if (e[0] == '.') *b = (uint32_t)strtoul(e + 2, NULL, 16);
}
static int32_t ext_seq(char *s)
{
    uint32_t v[8];
    int n = 0;
    for (char *p = strtok(s, " "); p; p = strtok(NULL, " ")) v[n++] = (uint32_t)strtoul(p, NULL, 16);
    int at = next;
    for (int i = 0; i < n; i++) ext[next++] = v[i];
    return (int32_t)((uint32_t)n << 24 | (uint32_t)at);
}

static void read_data(const char *dir)
{
    char line[2000], *f[20];
    uint32_t first = 0;
    FILE *in = open_ucd(dir, "UnicodeData.txt");
    while (fgets(line, sizeof line, in)) {
        line[strcspn(line, "\r\n")] = 0;
        int n = 0;
        for (char *p = line; n < 16; n++) {
            f[n] = p;
            char *e = strchr(p, ';');
            if (!e) break;
            *e = 0;
            p = e + 1;
        }
        uint32_t c = (uint32_t)strtoul(f[0], NULL, 16), from = c;
        size_t nl = strlen(f[1]);
        if (nl > 7 && !strcmp(f[1] + nl - 7, "First>")) { first = c; continue; }
        if (nl > 7 && !strcmp(f[1] + nl - 6, "First>")) { first = c; continue; }
        if (nl > 6 && !strcmp(f[1] + nl - 5, "Last>")) from = first;
        for (uint32_t x = from; x <= c; x++) {
            Rec *r = &rec[x];
            r->category = (uint8_t)FIND(categories, f[2]);
            r->combining = (uint8_t)atoi(f[3]);
            r->bidi = (uint8_t)FIND(bidis, f[4]);
            r->mirrored = f[9][0] == 'Y';
            const char *cat = f[2];
            if (cat[0] == 'L') r->flags |= ALPHA;
            if (!strcmp(cat, "Lt")) r->flags |= TITLE;
            if (!strcmp(cat, "Zs") || !strcmp(f[4], "WS") || !strcmp(f[4], "B") || !strcmp(f[4], "S")) r->flags |= SPACE;
            if (x == ' ' || (cat[0] != 'C' && cat[0] != 'Z')) r->flags |= PRINTABLE;
            if (f[6][0]) { r->flags |= DECIMAL; r->decimal = (int8_t)atoi(f[6]); }
            if (f[7][0]) { r->flags |= DIGIT; r->digit = (int8_t)atoi(f[7]); }
            if (f[8][0]) {
                r->flags |= NUMERIC;
                snprintf(nums[nnums].text, sizeof nums[0].text, "%s", f[8]);
                nums[nnums++].c = x;
            }
            if (f[12][0]) r->upper = (int32_t)strtoul(f[12], NULL, 16) - (int32_t)x;
            if (f[13][0]) r->lower = (int32_t)strtoul(f[13], NULL, 16) - (int32_t)x;
            if (f[14][0]) r->title = (int32_t)strtoul(f[14], NULL, 16) - (int32_t)x;
            else r->title = r->upper;
        }
    }
    fclose(in);
}
/* Han numerals have their values in Unihan, which the package may hold compressed only: they are listed here (kPrimaryNumeric, kAccountingNumeric, kOtherNumeric). */
static void han_numbers(void)
{
    static const struct { uint32_t c; const char *v; } han[] = {{0x3007, "0"}, {0x4E00, "1"}, {0x4E8C, "2"}, {0x4E09, "3"}, {0x56DB, "4"}, {0x4E94, "5"}, {0x516D, "6"}, {0x4E03, "7"},
        {0x516B, "8"}, {0x4E5D, "9"}, {0x5341, "10"}, {0x767E, "100"}, {0x5343, "1000"}, {0x4E07, "10000"}, {0x842C, "10000"}, {0x5104, "100000000"}, {0x4EBF, "100000000"},
        {0x58F1, "1"}, {0x58F9, "1"}, {0x5F0C, "1"}, {0x5F10, "2"}, {0x8CAE, "2"}, {0x8CB3, "2"}, {0x53C1, "3"}, {0x53C2, "3"}, {0x53C3, "3"}, {0x8086, "4"}, {0x4F0D, "5"}, {0x9678, "6"}, {0x67D2, "7"},
        {0x6F06, "7"}, {0x634C, "8"}, {0x7396, "9"}, {0x62FE, "10"}, {0x5EFE, "9"}, {0x5344, "20"}, {0x5345, "30"}, {0x5EFF, "20"}, {0x4F70, "100"}, {0x4EDF, "1000"}, {0x964C, "100"}, {0x9621, "1000"},
        {0x3405, "5"}, {0x3483, "2"}, {0x382A, "5"}, {0x3B4D, "7"}, {0x4E24, "2"}, {0x4E96, "4"}, {0x4EAC, "10000000000000000"}, {0x4EC0, "10"}, {0x4EE8, "3"}, {0x4FE9, "2"}, {0x5006, "2"},
        {0x5146, "1000000"}, {0x5169, "2"}, {0x534C, "40"}, {0x53C4, "3"}, {0x5E7A, "1"}, {0x5F0D, "2"}, {0x5F0E, "3"}, {0x62D0, "7"}, {0x6D1E, "0"}, {0x7695, "200"}, {0x79ED, "1000000000"},
        {0x8D30, "2"}, {0x920E, "9"}, {0x94A9, "9"}, {0x9646, "6"}, {0x96F6, "0"}, {0x20001, "7"}, {0x20064, "4"}, {0x200E2, "4"}, {0x20121, "5"}, {0x2092A, "1"}, {0x20983, "30"},
        {0x2098C, "40"}, {0x2099C, "40"}, {0x20AEA, "6"}, {0x20AFD, "3"}, {0x20B19, "3"}, {0x22390, "2"}, {0x22998, "3"}, {0x23B1B, "3"}, {0x2626D, "4"}};
    for (size_t i = 0; i < sizeof han / sizeof han[0]; i++) {
        if (rec[han[i].c].flags & NUMERIC) continue;
        rec[han[i].c].flags |= NUMERIC;
        snprintf(nums[nnums].text, sizeof nums[0].text, "%s", han[i].v);
        nums[nnums++].c = han[i].c;
    }
}
static void read_derived(const char *dir)
{
    char line[2000], *f[8];
    uint32_t a, b;
    FILE *in = open_ucd(dir, "DerivedCoreProperties.txt");
    while (fgets(line, sizeof line, in)) {
        if (split(line, f, 8) < 2) continue;
        uint16_t fl = !strcmp(f[1], "Lowercase") ? LOWER : !strcmp(f[1], "Uppercase") ? UPPER : !strcmp(f[1], "XID_Start") ? XID_START : !strcmp(f[1], "XID_Continue") ? XID_CONTINUE
                    : !strcmp(f[1], "Cased") ? CASED : !strcmp(f[1], "Case_Ignorable") ? CASE_IGNORABLE : 0;
        range(f[0], &a, &b);
        for (uint32_t c = a; fl && c <= b; c++) rec[c].flags |= fl;
    }
    fclose(in);
    in = open_ucd(dir, "EastAsianWidth.txt");
    while (fgets(line, sizeof line, in)) {
        if (split(line, f, 8) < 2) continue;
        range(f[0], &a, &b);
        for (uint32_t c = a; c <= b; c++) rec[c].eaw = (uint8_t)FIND(eaws, f[1]);
    }
    fclose(in);
}
/* Full case mappings: a record with SPECIAL has extended indices instead of differences. */
static void read_special(const char *dir)
{
    char line[2000], *f[8];
    static char *lower[N], *title[N], *upper[N], *fold[N];
    FILE *in = open_ucd(dir, "SpecialCasing.txt");
    while (fgets(line, sizeof line, in)) {
        int n = split(line, f, 8);
        if (n < 4 || (n > 4 && f[4][0])) continue; /* conditional ones are the method's business */
        uint32_t c = (uint32_t)strtoul(f[0], NULL, 16);
        lower[c] = strdup(f[1]);
        title[c] = strdup(f[2]);
        upper[c] = strdup(f[3]);
    }
    fclose(in);
    in = open_ucd(dir, "CaseFolding.txt");
    while (fgets(line, sizeof line, in)) {
        if (split(line, f, 8) < 3) continue;
        uint32_t c = (uint32_t)strtoul(f[0], NULL, 16);
        if (f[1][0] == 'C') rec[c].fold = (int32_t)strtoul(f[2], NULL, 16) - (int32_t)c;
        if (f[1][0] == 'F') fold[c] = strdup(f[2]);
    }
    fclose(in);
    for (uint32_t c = 0; c < N; c++) {
        Rec *r = &rec[c];
        if (!lower[c] && !title[c] && !upper[c] && !fold[c]) {
            /* casefold differs from lower only where the table says; otherwise it is lower */
            continue;
        }
        char one[4][16];
        int32_t simple[4] = {r->lower, r->title, r->upper, r->fold};
        char *full[4] = {lower[c], title[c], upper[c], fold[c]};
        int32_t out[4];
        for (int i = 0; i < 4; i++) {
            snprintf(one[i], sizeof one[i], "%X", (uint32_t)((int32_t)c + simple[i]));
            out[i] = ext_seq(full[i] && full[i][0] ? full[i] : one[i]);
        }
        r->lower = out[0];
        r->title = out[1];
        r->upper = out[2];
        r->fold = out[3];
        r->flags |= SPECIAL;
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    rec = calloc(N, sizeof *rec);
    const char *dir = argv[2];
    read_data(dir);
    han_numbers();
    read_derived(dir);
    read_special(dir);
    FILE *o = fopen(argv[1], "w");
    if (!o) return 1;
    static Rec recs[8000];
    static uint16_t id[N];
    int nrec = 1; /* record 0: unassigned */
    static int hash[1 << 16];
    for (uint32_t c = 0; c < N; c++) {
        const uint8_t *p = (const uint8_t *)&rec[c];
        uint32_t h = 2166136261u;
        for (size_t i = 0; i < sizeof(Rec); i++) h = (h ^ p[i]) * 16777619u;
        uint32_t s = h & 0xFFFF;
        while (hash[s] && memcmp(&recs[hash[s] - 1], &rec[c], sizeof(Rec))) s = (s + 1) & 0xFFFF;
        if (!hash[s]) {
            if (!memcmp(&recs[0], &rec[c], sizeof(Rec))) { hash[s] = 1; }
            else { recs[nrec] = rec[c]; hash[s] = ++nrec; }
        }
        id[c] = (uint16_t)(hash[s] - 1);
    }
    fprintf(o, "/* Written by tools/gen/unicode_tables. */\nstatic const ImUcRecord uc_records[] = {\n");
    for (int i = 0; i < nrec; i++)
        fprintf(o, "{%d,%d,%d,%d,%u,%d,%d,%u,%u,%u,%u,%u},\n", recs[i].upper, recs[i].lower, recs[i].title, recs[i].fold, recs[i].flags, recs[i].decimal, recs[i].digit, recs[i].category, recs[i].bidi,
                recs[i].combining, recs[i].mirrored, recs[i].eaw);
    fprintf(o, "};\n");
    static uint16_t blocks[N / 128][128], index1[N / 128];
    int nb = 0;
    for (int b = 0; b < N / 128; b++) {
        int k = 0;
        while (k < nb && memcmp(blocks[k], &id[b * 128], 256)) k++;
        if (k == nb) memcpy(blocks[nb++], &id[b * 128], 256);
        index1[b] = (uint16_t)k;
    }
    fprintf(o, "static const uint16_t uc_index1[] = {");
    for (int b = 0; b < N / 128; b++) fprintf(o, "%u,", index1[b]);
    fprintf(o, "};\nstatic const uint16_t uc_index2[] = {");
    for (int b = 0; b < nb; b++)
        for (int i = 0; i < 128; i++) fprintf(o, "%u,", blocks[b][i]);
    fprintf(o, "};\nconst uint16_t im_uc_latin1[256] = {");
    for (int c = 0; c < 256; c++) fprintf(o, "%u,", rec[c].flags);
    fprintf(o, "};\nstatic const uint32_t uc_ext[] = {");
    for (int i = 0; i < next; i++) fprintf(o, "%u,", ext[i]);
    fprintf(o, "};\nstatic const struct { uint32_t c; double v; } uc_numeric[] = {");
    for (int i = 1; i < nnums; i++) { /* sorted by character */
        for (int j = i; j > 0 && nums[j].c < nums[j - 1].c; j--) {
            __typeof__(nums[0]) x = nums[j];
            nums[j] = nums[j - 1];
            nums[j - 1] = x;
        }
    }
    for (int i = 0; i < nnums; i++) {
        char *slash = strchr(nums[i].text, '/');
        if (slash) { *slash = 0; fprintf(o, "{%u,%s.0/%s.0},", nums[i].c, nums[i].text, slash + 1); }
        else fprintf(o, "{%u,%s.0},", nums[i].c, nums[i].text);
    }
    fprintf(o, "};\n");
    return fclose(o) ? 1 : 0;
}
