/* A mutex that the thread which holds it may take again: for libraries that call back into Python code.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_OWNLOCK_H
#define IM_MODULES_OWNLOCK_H

#include "modules/module.h"

typedef struct ImOwnLock { ImMutex m; uint64_t x_owner; int depth; } ImOwnLock;
IM_INLINE void im_own_lock(Thread *t, ImOwnLock *l)
{
    if (im_load_relaxed(&l->x_owner) != t->serial) {
        im_mutex_acquire(t, &l->m);
        im_store_relaxed(&l->x_owner, t->serial);
    }
    l->depth++;
}
IM_INLINE void im_own_unlock(ImOwnLock *l)
{
    if (--l->depth) return;
    im_store_relaxed(&l->x_owner, (uint64_t)0);
    im_mutex_unlock(&l->m);
}

#endif
