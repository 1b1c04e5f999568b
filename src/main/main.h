/* The program: command line, start-up, running the script, shutting down.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MAIN_MAIN_H
#define IM_MAIN_MAIN_H

#include "modules/config.h"
#include "modules/module.h"

/* options.c: fills im_config from the command line and the environment. -1: go on; else the exit status (help, errors). */
int im_options_parse(int argc, char **argv);
/* Value of -X name or -X name=value: "" without one, null when not given. */
const char *im_x_option(const char *name);
/* paths.c: where the executable and the library are. */
void im_paths_find(const char *argv0);
/* startup.c: everything up to sys, builtins, importlib, standard streams and site. Null after a message. */
Thread *im_startup(void);
/* hooks.c: joins the compiler to the layers below. */
void im_main_hooks(void);
/* run.c: runs what the command line asks for; exit status. */
int im_run(Thread *t);
/* run.c: prints the pending exception as an uncaught one; exit status (SystemExit's code). */
int im_report_uncaught(Thread *t);
/* repl.c: reads and runs statements from standard input. */
int im_repl(Thread *t, Value globals);
/* run.c: sys._baserepl(). */
Value im_baserepl(Thread *t);
/* finalize.c: joins threads, runs exit functions, empties modules, flushes. Returns the status to leave with. */
int im_finalize(Thread *t, int status);
/* The whole program. */
int im_main(int argc, char **argv);

#endif
