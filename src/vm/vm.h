/* Start-up of the virtual machine.
 * SPDX-License-Identifier: MIT */
#ifndef IM_VM_VM_H
#define IM_VM_VM_H

#include "vm/frame.h"

/* Hooks for lower layers and the main thread's frame stack. 0, or -1. */
int im_vm_init(Thread *t);
/* super_args.c: what super() without arguments stands for (types/frame_hooks.h). */
int im_super_args(Thread *t, Value *type, Value *obj);
/* Frame stack of another thread: before its first and after its last Python code. */
int im_vm_thread_init(Thread *t);
void im_vm_thread_fini(Thread *t);

#endif
