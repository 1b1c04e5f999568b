/* Libraries loaded on demand: dlopen once, then an address for every function.
 * SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <stdio.h>

#include "modules/lazylib.h"

static int load(Thread *t, ImLazyLib *lib)
{
    void *h;
    char why[300] = "";
    IM_DETACH(t);
    h = dlopen(lib->soname, RTLD_NOW | RTLD_LOCAL);
    if (!h) snprintf(why, sizeof why, "%s", dlerror());
    IM_ATTACH(t);
    if (!h) return im_raise(t, &im_ImportError_type, "%s", why), -1;
    for (size_t i = 0; lib->names[i]; i++) {
        void *p = dlsym(h, lib->names[i]);
        if (!p) return im_raise(t, &im_ImportError_type, "%s: undefined symbol: %s", lib->soname, lib->names[i]), -1;
        im_store_relaxed(lib->pointers[i], p);
    }
    im_store_release(&lib->x_loaded, 1);
    return 0;
}

/* Two threads may both load: they store the same addresses, and the loader keeps one copy. */
int im_lazylib_load(Thread *t, ImLazyLib *lib) { return im_load_acquire(&lib->x_loaded) ? 0 : load(t, lib); }

void *im_lazylib_symbol(const ImLazyLib *lib, const char *name)
{
    void *h = dlopen(lib->soname, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    return h ? dlsym(h, name) : NULL;
}
