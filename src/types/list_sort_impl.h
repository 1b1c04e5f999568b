/* The merge sort of list_sort.c, written once and included for each way to compare. The includer defines
 *     SORT_NAME(x)     the name x with a suffix
 *     SORT_LT(s, a, b) a < b: 1, 0, or -1 with an exception pending
 *
 * Adaptive, stable: natural runs are found, short ones extended by binary insertion to `minrun`, and merged in the order that the powersort rule gives
 * (Munro and Wild, 2018); merges gallop (exponential search) when one side keeps winning (Peters, listsort.txt; McIlroy, 1993).
 * SPDX-License-Identifier: MIT */

/* Puts items [ok, n) into the sorted [0, ok), each by binary search. */
static int SORT_NAME(insertion)(Sort *s, Span a, size_t n, size_t ok)
{
    for (; ok < n; ok++) {
        Value pivot = a.k[ok];
        size_t lo = 0, hi = ok;
        while (lo < hi) {
            size_t mid = lo + ((hi - lo) >> 1);
            int r = SORT_LT(s, pivot, a.k[mid]);
            if (r < 0) return -1;
            if (r) hi = mid;
            else lo = mid + 1;
        }
        memmove(a.k + lo + 1, a.k + lo, (ok - lo) * sizeof(Value));
        a.k[lo] = pivot;
        if (a.v) {
            Value x = a.v[ok];
            memmove(a.v + lo + 1, a.v + lo, (ok - lo) * sizeof(Value));
            a.v[lo] = x;
        }
    }
    return 0;
}

/* Length of the run at the start of a: ascending, or strictly descending and then turned round. -1: exception. */
static ssize_t SORT_NAME(find_run)(Sort *s, Span a, size_t n)
{
    if (n < 2) return (ssize_t)n;
    size_t i = 2;
    int down = SORT_LT(s, a.k[1], a.k[0]);
    if (down < 0) return -1;
    for (; i < n; i++) {
        int r = SORT_LT(s, a.k[i], a.k[i - 1]);
        if (r < 0 || ((i & 0xFFFF) == 0xFFFF && im_poll(s->t) < 0)) return -1;
        if (r != down) break;
    }
    if (down) span_reverse(a, i);
    return (ssize_t)i;
}

/* Where `key` belongs in the sorted a[0..n), before equal items; the search starts at `hint`. */
static ssize_t SORT_NAME(gallop_left)(Sort *s, Value key, const Value *a, size_t n, size_t hint)
{
    ssize_t last = 0, ofs = 1, max;
    int r = SORT_LT(s, a[hint], key);
    if (r < 0) return -1;
    if (r) { /* a[hint] < key: to the right until a[hint + last] < key <= a[hint + ofs] */
        max = (ssize_t)(n - hint);
        while (ofs < max) {
            if ((r = SORT_LT(s, a[hint + (size_t)ofs], key)) < 0) return -1;
            if (!r) break;
            last = ofs;
            ofs = ofs * 2 + 1;
        }
        if (ofs > max) ofs = max;
        last += (ssize_t)hint;
        ofs += (ssize_t)hint;
    } else {
        max = (ssize_t)hint + 1;
        while (ofs < max) {
            if ((r = SORT_LT(s, a[(ssize_t)hint - ofs], key)) < 0) return -1;
            if (r) break;
            last = ofs;
            ofs = ofs * 2 + 1;
        }
        if (ofs > max) ofs = max;
        ssize_t k = last;
        last = (ssize_t)hint - ofs;
        ofs = (ssize_t)hint - k;
    }
    for (last++; last < ofs;) {
        ssize_t mid = last + ((ofs - last) >> 1);
        if ((r = SORT_LT(s, a[mid], key)) < 0) return -1;
        if (r) last = mid + 1;
        else ofs = mid;
    }
    return ofs;
}

/* The same after equal items. */
static ssize_t SORT_NAME(gallop_right)(Sort *s, Value key, const Value *a, size_t n, size_t hint)
{
    ssize_t last = 0, ofs = 1, max;
    int r = SORT_LT(s, key, a[hint]);
    if (r < 0) return -1;
    if (r) { /* key < a[hint]: to the left until a[hint - ofs] <= key < a[hint - last] */
        max = (ssize_t)hint + 1;
        while (ofs < max) {
            if ((r = SORT_LT(s, key, a[(ssize_t)hint - ofs])) < 0) return -1;
            if (!r) break;
            last = ofs;
            ofs = ofs * 2 + 1;
        }
        if (ofs > max) ofs = max;
        ssize_t k = last;
        last = (ssize_t)hint - ofs;
        ofs = (ssize_t)hint - k;
    } else {
        max = (ssize_t)(n - hint);
        while (ofs < max) {
            if ((r = SORT_LT(s, key, a[hint + (size_t)ofs])) < 0) return -1;
            if (r) break;
            last = ofs;
            ofs = ofs * 2 + 1;
        }
        if (ofs > max) ofs = max;
        last += (ssize_t)hint;
        ofs += (ssize_t)hint;
    }
    for (last++; last < ofs;) {
        ssize_t mid = last + ((ofs - last) >> 1);
        if ((r = SORT_LT(s, key, a[mid])) < 0) return -1;
        if (r) ofs = mid;
        else last = mid + 1;
    }
    return ofs;
}

/* Merges the neighbours a (na items) and b (nb), na <= nb, from the left; a[0] > b[0], a's last is the greatest of all. */
static int SORT_NAME(merge_low)(Sort *s, Span a, size_t na, Span b, size_t nb)
{
    if (sort_room(s, na, a.v != NULL) < 0) return -1;
    Span dest = a;
    span_copy(s->tmp, a, na);
    a = s->tmp;
    int result = -1;
    size_t min_gallop = s->min_gallop, steps = 0;
    span_copy(dest, b, 1);
    span_step(&dest, 1), span_step(&b, 1);
    if (--nb == 0) goto done;
    if (na == 1) goto copy_b;
    for (;;) {
        size_t acount = 0, bcount = 0;
        for (;;) { /* one by one, until a side wins often */
            int r = SORT_LT(s, b.k[0], a.k[0]);
            if (r < 0 || ((++steps & 0xFFFF) == 0 && im_poll(s->t) < 0)) goto out;
            if (r) {
                span_copy(dest, b, 1);
                span_step(&dest, 1), span_step(&b, 1);
                bcount++;
                acount = 0;
                if (--nb == 0) goto done;
                if (bcount >= min_gallop) break;
            } else {
                span_copy(dest, a, 1);
                span_step(&dest, 1), span_step(&a, 1);
                acount++;
                bcount = 0;
                if (--na == 1) goto copy_b;
                if (acount >= min_gallop) break;
            }
        }
        min_gallop++;
        do { /* gallop while that pays */
            min_gallop -= min_gallop > 1;
            s->min_gallop = min_gallop;
            ssize_t k = SORT_NAME(gallop_right)(s, b.k[0], a.k, na, 0);
            if (k < 0) goto out;
            acount = (size_t)k;
            if (k) {
                span_copy(dest, a, (size_t)k);
                span_step(&dest, k), span_step(&a, k);
                na -= (size_t)k;
                if (na == 1) goto copy_b;
                if (na == 0) goto done; /* only with an inconsistent comparison */
            }
            span_copy(dest, b, 1);
            span_step(&dest, 1), span_step(&b, 1);
            if (--nb == 0) goto done;
            k = SORT_NAME(gallop_left)(s, a.k[0], b.k, nb, 0);
            if (k < 0) goto out;
            bcount = (size_t)k;
            if (k) {
                span_move(dest, b, (size_t)k);
                span_step(&dest, k), span_step(&b, k);
                nb -= (size_t)k;
                if (nb == 0) goto done;
            }
            span_copy(dest, a, 1);
            span_step(&dest, 1), span_step(&a, 1);
            if (--na == 1) goto copy_b;
            if (im_poll(s->t) < 0) goto out;
        } while (acount >= MIN_GALLOP || bcount >= MIN_GALLOP);
        min_gallop++;
        s->min_gallop = min_gallop;
    }
done:
    result = 0;
out:
    if (na) span_copy(dest, a, na);
    return result;
copy_b: /* the last of a belongs at the very end */
    span_move(dest, b, nb);
    span_step(&dest, (ssize_t)nb);
    span_copy(dest, a, 1);
    return 0;
}

/* The same from the right, nb <= na. */
static int SORT_NAME(merge_high)(Sort *s, Span a, size_t na, Span b, size_t nb)
{
    if (sort_room(s, nb, a.v != NULL) < 0) return -1;
    Span dest = b, base_a = a, base_b = s->tmp;
    span_step(&dest, (ssize_t)nb - 1);
    span_copy(s->tmp, b, nb);
    b = s->tmp;
    span_step(&b, (ssize_t)nb - 1);
    span_step(&a, (ssize_t)na - 1);
    int result = -1;
    size_t min_gallop = s->min_gallop, steps = 0;
    span_copy(dest, a, 1);
    span_step(&dest, -1), span_step(&a, -1);
    if (--na == 0) goto done;
    if (nb == 1) goto copy_a;
    for (;;) {
        size_t acount = 0, bcount = 0;
        for (;;) {
            int r = SORT_LT(s, b.k[0], a.k[0]);
            if (r < 0 || ((++steps & 0xFFFF) == 0 && im_poll(s->t) < 0)) goto out;
            if (r) {
                span_copy(dest, a, 1);
                span_step(&dest, -1), span_step(&a, -1);
                acount++;
                bcount = 0;
                if (--na == 0) goto done;
                if (acount >= min_gallop) break;
            } else {
                span_copy(dest, b, 1);
                span_step(&dest, -1), span_step(&b, -1);
                bcount++;
                acount = 0;
                if (--nb == 1) goto copy_a;
                if (bcount >= min_gallop) break;
            }
        }
        min_gallop++;
        do {
            min_gallop -= min_gallop > 1;
            s->min_gallop = min_gallop;
            ssize_t k = SORT_NAME(gallop_right)(s, b.k[0], base_a.k, na, na - 1);
            if (k < 0) goto out;
            acount = na - (size_t)k;
            if (acount) {
                span_step(&dest, -(ssize_t)acount), span_step(&a, -(ssize_t)acount);
                Span to = dest, from = a;
                span_step(&to, 1), span_step(&from, 1);
                span_move(to, from, acount);
                na -= acount;
                if (na == 0) goto done;
            }
            span_copy(dest, b, 1);
            span_step(&dest, -1), span_step(&b, -1);
            if (--nb == 1) goto copy_a;
            k = SORT_NAME(gallop_left)(s, a.k[0], base_b.k, nb, nb - 1);
            if (k < 0) goto out;
            bcount = nb - (size_t)k;
            if (bcount) {
                span_step(&dest, -(ssize_t)bcount), span_step(&b, -(ssize_t)bcount);
                Span to = dest, from = b;
                span_step(&to, 1), span_step(&from, 1);
                span_copy(to, from, bcount);
                nb -= bcount;
                if (nb == 1) goto copy_a;
                if (nb == 0) goto done; /* only with an inconsistent comparison */
            }
            span_copy(dest, a, 1);
            span_step(&dest, -1), span_step(&a, -1);
            if (--na == 0) goto done;
            if (im_poll(s->t) < 0) goto out;
        } while (acount >= MIN_GALLOP || bcount >= MIN_GALLOP);
        min_gallop++;
        s->min_gallop = min_gallop;
    }
done:
    result = 0;
out:
    if (nb) {
        span_step(&dest, 1 - (ssize_t)nb);
        span_copy(dest, base_b, nb);
    }
    return result;
copy_a: /* the first of b belongs at the very front */
    span_step(&dest, -(ssize_t)na), span_step(&a, -(ssize_t)na);
    Span to = dest, from = a;
    span_step(&to, 1), span_step(&from, 1);
    span_move(to, from, na);
    span_copy(dest, b, 1);
    return 0;
}

/* Merges the runs i and i + 1 of the stack, the last two. */
static int SORT_NAME(merge_top)(Sort *s)
{
    Run *ra = &s->runs[s->n - 2], *rb = &s->runs[s->n - 1];
    Span a = ra->at, b = rb->at;
    size_t na = ra->len, nb = rb->len;
    ra->len = na + nb;
    s->n--;
    /* What is at a's front already, and at b's end, stays. */
    ssize_t k = SORT_NAME(gallop_right)(s, b.k[0], a.k, na, 0);
    if (k < 0) return -1;
    span_step(&a, k);
    na -= (size_t)k;
    if (na == 0) return 0;
    k = SORT_NAME(gallop_left)(s, a.k[na - 1], b.k, nb, nb - 1);
    if (k <= 0) return (int)k;
    nb = (size_t)k;
    return na <= nb ? SORT_NAME(merge_low)(s, a, na, b, nb) : SORT_NAME(merge_high)(s, a, na, b, nb);
}

static int SORT_NAME(run)(Sort *s, Span a, size_t n)
{
    Span all = a;
    size_t left = n, minrun = sort_minrun(n);
    while (left) {
        ssize_t len = SORT_NAME(find_run)(s, a, left);
        if (len < 0) return -1;
        if ((size_t)len < minrun) {
            size_t want = left < minrun ? left : minrun;
            if (SORT_NAME(insertion)(s, a, want, (size_t)len) < 0) return -1;
            len = (ssize_t)want;
        }
        if (s->n) { /* runs whose boundary has a higher power come first */
            int power = sort_power((size_t)(s->runs[s->n - 1].at.k - all.k), s->runs[s->n - 1].len, (size_t)len, n);
            while (s->n > 1 && s->runs[s->n - 2].power > power) {
                if (SORT_NAME(merge_top)(s) < 0) return -1;
            }
            s->runs[s->n - 1].power = power;
        }
        s->runs[s->n++] = (Run){a, (size_t)len, 0};
        span_step(&a, len);
        left -= (size_t)len;
    }
    while (s->n > 1) if (SORT_NAME(merge_top)(s) < 0) return -1;
    return 0;
}
