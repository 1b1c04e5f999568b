/* Libraries that are loaded when the module that needs them is imported: start-up pays for none of them.
 *
 * A module lists the functions that it calls and is compiled against the library's own headers; every listed name becomes a jump through a pointer, which
 * im_lazylib_load fills. Functions only: a library's variables are looked up by hand.
 *
 *     #define FUNCTIONS(X) X(XML_ParserFree) X(XML_Parse)
 *     IM_LAZYLIB(expat, "libexpat.so.1", FUNCTIONS);
 *     … if (im_lazylib_load(t, &im_lazylib_expat) < 0) return -1;    (first thing in the module's exec)
 *
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_LAZYLIB_H
#define IM_MODULES_LAZYLIB_H

#include "modules/module.h"

typedef struct ImLazyLib {
    const char *soname;
    const char *const *names; /* null-ended */
    void **const *pointers;   /* where each address goes */
    uint32_t x_loaded;
} ImLazyLib;

/* 0, or -1 with ImportError: the library is not there, or lacks a function. Any number of times, from any thread. */
IM_MUST_USE int im_lazylib_load(Thread *t, ImLazyLib *lib);
/* The address of a variable or optional function of a loaded library; null if it has none. */
void *im_lazylib_symbol(const ImLazyLib *lib, const char *name);

#if defined(__x86_64__)
#define IM_LAZYLIB_JUMP(name) __asm__(".text\n.hidden " #name "\n.globl " #name "\n.type " #name ", @function\n" #name ":\n\tjmp *im_lazy_" #name "(%rip)\n.size " #name ", .-" #name);
#elif defined(__aarch64__)
#define IM_LAZYLIB_JUMP(name) __asm__(".text\n.hidden " #name "\n.globl " #name "\n.type " #name ", @function\n" #name ":\n\tadrp x16, im_lazy_" #name "\n\tldr x16, [x16, :lo12:im_lazy_" #name "]\n\tbr x16\n.size " #name ", .-" #name);
#else
#error "a jump through a pointer is missing for this processor"
#endif
#define IM_LAZYLIB_ONE(name) \
    __attribute__((visibility("hidden"))) void *im_lazy_##name; \
    IM_LAZYLIB_JUMP(name)
#define IM_LAZYLIB_NAME(name) #name,
#define IM_LAZYLIB_POINTER(name) &im_lazy_##name,
#define IM_LAZYLIB(id, soname_, FUNCTIONS) \
    FUNCTIONS(IM_LAZYLIB_ONE) \
    static const char *const lazy_names_##id[] = {FUNCTIONS(IM_LAZYLIB_NAME) NULL}; \
    static void **const lazy_pointers_##id[] = {FUNCTIONS(IM_LAZYLIB_POINTER) NULL}; \
    ImLazyLib im_lazylib_##id = {soname_, lazy_names_##id, lazy_pointers_##id, 0}

#endif
