# Builds imugi with GNU make alone: no configure step, no other Python.
# SPDX-License-Identifier: MIT
#
#   make            build/imugi          release: -O2, no assertions
#   make dev        build/dev/imugi      -O1, cheap assertions: what developers use
#   make debug|asan|tsan                 build/<flavour>/imugi
#
# With gcc the release build is made for what programs do: see "the profile" below; `make PROFILE=` goes without.
#
# Every src/<layer>/*.c is picked up by itself. `make help` lists the rest.

ifeq ($(origin CC),default)
CC := gcc
endif
HOSTCC ?= $(CC)
AR     ?= ar
B      := build
PREFIX ?= /usr/local
STDLIB ?=

# ccache, when there is one: paths are made relative so that several checkouts share hits.
CCACHE := $(shell command -v ccache 2>/dev/null)
ifneq ($(CCACHE),)
export CCACHE_NOHASHDIR := 1
export CCACHE_BASEDIR   := $(CURDIR)
endif
# First word of the compiler's name for itself; some optimisation flags exist in gcc only.
IS_CLANG := $(findstring clang,$(shell $(CC) --version 2>/dev/null))

# ---- sources -------------------------------------------------------------------------------------

SRC      := $(sort $(wildcard src/*/*.c))
# A file src/base/os/<platform>.c is compiled on its platform only.
SRC      += $(sort $(wildcard src/base/os/linux.c src/base/os/posix.c))
MAIN_SRC := $(filter src/main/%,$(SRC))
LIB_SRC  := $(filter-out src/main/%,$(SRC))
HAVE_MAIN := $(wildcard src/main/main.c)
UNIT_SRC := $(sort $(wildcard tests/unit/*.c))

# ---- libraries -----------------------------------------------------------------------------------
# The core links these four; modules open every other library when they are imported (src/modules/lazylib.h).

LIBS := -lgmp -lmimalloc -lm -lpthread

# ---- flags ---------------------------------------------------------------------------------------

WARN   := -Wall -Wextra -Wshadow -Wundef -Wmissing-prototypes -Werror
# gcc 12 sees an overflow in atomic loads through addresses it knows as constants.
ifeq ($(IS_CLANG),)
WARN   += -Wno-stringop-overflow
else
WARN   += -Wno-gnu-variable-sized-type-not-at-end
endif
BASE_CFLAGS := -std=gnu11 $(WARN) -D_GNU_SOURCE -Isrc -Iinclude -I$(B)/gen -pthread \
	-fno-strict-aliasing -fno-semantic-interposition -ffile-prefix-map=$(CURDIR)=.
LDFLAGS_ALL := -pthread -rdynamic $(LDFLAGS)

# gcc copies and clears middling pieces with "rep", which takes longer to begin than what most of them take.
STRINGOPS      := $(if $(IS_CLANG),,$(if $(filter x86_64%,$(shell $(CC) -dumpmachine)),-mmemcpy-strategy=libcall:-1:noalign -mmemset-strategy=libcall:-1:noalign))
CFLAGS_release := -O2 -g $(STRINGOPS) -DIM_ASSERT_LEVEL=0 $(if $(filter -pie,$(LDFLAGS)),,-fno-pie)
CFLAGS_dev     := -O1 -g -DIM_ASSERT_LEVEL=1
CFLAGS_debug   := -Og -g3 -DIM_ASSERT_LEVEL=3
CFLAGS_asan    := -O1 -g -DIM_ASSERT_LEVEL=2 -DIM_NO_POOL=1 -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined
CFLAGS_tsan    := -O1 -g -DIM_ASSERT_LEVEL=1 -fno-omit-frame-pointer -fsanitize=thread
ifeq ($(IS_CLANG),)
CFLAGS_tsan    += -Wno-error=tsan -Wno-tsan
endif
# Addresses that the linker knows need no relocation at each start, which would touch a hundred pages, and are constants in the code. LDFLAGS=-pie puts it back.
LDFLAGS_release := -no-pie
CFLAGS_train   := $(filter-out -g,$(CFLAGS_release))
LDFLAGS_train  := -no-pie -fprofile-generate
LDFLAGS_asan   := -fsanitize=address,undefined
LDFLAGS_tsan   := -fsanitize=thread

# Flags of one file: FILE_CFLAGS_<path>. Merging common subexpressions across the dispatch jumps
# joins them into one, which the branch predictor pays for. Where each instruction's code begins is left to chance
# unless it is the hottest: up to 15 % of a short loop, another way in every build.
ifeq ($(IS_CLANG),)
FILE_CFLAGS_src/vm/eval.c := -fno-gcse -Wno-stringop-overflow -falign-jumps=16 --param=align-threshold=65536
FILE_CFLAGS_src/vm/eval_traced.c := -fno-gcse -Wno-stringop-overflow
endif

# ---- the profile ---------------------------------------------------------------------------------
# The files that programs spend their time in are compiled twice for a release: first so that they count what they do (flavour `train`, whose other objects
# are the release's), while tools/train runs programs; then laid out and inlined by those counts. Counting is done once per build folder: later changes use the
# counts as far as they still fit, and `make profile` counts again.

PROFILE ?= $(if $(IS_CLANG),,1)
TRAINED := $(if $(PROFILE),$(filter src/mem/% src/thread/% src/object/% src/types/% src/vm/% src/code/% src/front/% \
	$(addprefix src/modules/,_abc% _bisect% _collections% _csv% _datetime% datetime% _functools% _heapq% _json% _operator% _pickle% pickle% _random% _sre% sre% _struct% \
	_queue% _thread% asyncio% array% _contextvars% posix_fd% posix_io% socket_msg% socket_object% builtins% enum% io_% itertools% math% module% native% thread_bodies% time%),$(SRC)))
PROFILE_STAMP := $(B)/obj/train/.counted
COUNTING      := -fprofile-generate -fprofile-update=single
COUNTED       := -fprofile-use -fprofile-partial-training -fprofile-correction -Wno-missing-profile -Wno-coverage-mismatch
# Counts are found by the object's name, that of static functions too: both compilations call it the same.
COUNTS_OF      = -dumpdir $(B)/obj/train/$(dir $(1)) -dumpbase $(basename $(notdir $(1)))
# $(1): flavour, $(2): source
profile_flags = $(if $(filter $(2),$(TRAINED)),$(if $(filter release,$(1)),$(COUNTED) $(call COUNTS_OF,$(2)),$(if $(filter train,$(1)),$(COUNTING) $(call COUNTS_OF,$(2)))))
obj_of        = $(B)/obj/$(if $(filter train,$(1)),$(if $(filter $(2),$(TRAINED)),train,release),$(1))/$(2:.c=.o)

# ---- generated files -----------------------------------------------------------------------------
# tools/gen/<name>.c is a host program; run as `<name> OUTPUT ARGUMENTS…` it writes build/gen/<name>.h,
# which one source file includes as "<name>.h". Per generator: GEN_ARGS_<name> (arguments) and
# GEN_DEPS_<name> (what it reads).

# The Unicode Character Database: of the version that 3.13 has (15.1) where the library comes from Debian's packages, else the machine's own.
UCD ?= $$([ -d $(B)/stdlib/ucd ] && echo $(B)/stdlib/ucd || echo /usr/share/unicode)
UCD_GENERATORS := unicode_tables unicode_name_tables unicode_norm_tables
$(foreach g,$(UCD_GENERATORS),$(eval GEN_ARGS_$(g) = $$(UCD))$(eval GEN_DEPS_$(g) = $$(B)/stdlib/.stamp))

GENERATORS := $(patsubst tools/gen/%.c,%,$(sort $(wildcard tools/gen/*.c)))
GENERATED  := $(GENERATORS:%=$(B)/gen/%.h)

# Another compiler or other CFLAGS on the command line rebuild what they concern.
TOOLCHAIN := $(CC) $(CFLAGS) $(LDFLAGS)
$(B)/.toolchain: FORCE
	@mkdir -p $(@D)
	@[ "$$(cat $@ 2>/dev/null)" = '$(TOOLCHAIN)' ] || echo '$(TOOLCHAIN)' >$@
FORCE:

# ---- flavours ------------------------------------------------------------------------------------

.DEFAULT_GOAL := release
FLAVOURS := release dev debug asan tsan train
.PHONY: profile bench-threads bench-statements projects proof fuzz $(FLAVOURS) help programs clean install test smoke unit model bench check demo soak stdlib deps generated conformance test-modules FORCE
.DELETE_ON_ERROR:
.SECONDEXPANSION:

bin_of = $(if $(filter release,$(1)),$(B)/imugi,$(B)/$(1)/imugi)

# $(1): flavour. Before src/main/main.c exists the objects alone are built.
define FLAVOUR_RULES
OBJ_$(1)  := $$(foreach s,$$(SRC),$$(call obj_of,$(1),$$(s))) $(B)/obj/$(1)/names.o
LIBOBJ_$(1) := $$(LIB_SRC:%.c=$(B)/obj/$(1)/%.o) $(B)/obj/$(1)/names.o
UNIT_$(1) := $$(UNIT_SRC:tests/unit/%.c=$(B)/unit/$(1)/%)
$(1): $$(if $(HAVE_MAIN),$(call bin_of,$(1)) $(B)/stdlib/.stamp,$$(OBJ_$(1)))

$(call bin_of,$(1)): $$(OBJ_$(1)) $(B)/obj/$(1)/image.o
	@mkdir -p $$(@D)
	@echo "  LINK  $$@"
	@$$(CC) $$(LDFLAGS_$(1)) $$(LDFLAGS_ALL) -o $$@.tmp $$^ $$(LIBS) && mv -f $$@.tmp $$@

# The library's start-up modules, compiled by the program itself (stage 1: the same objects without this image) when the compiler or the library has
# changed, and linked into it. WITHOUT_FROZEN=1 leaves the image empty: the modules are then compiled from the library folder at each start.
$(B)/obj/$(1)/image.bin: $$(filter $(B)/obj/$(1)/src/front/% $(B)/obj/$(1)/src/code/% %/frozen.o,$$(OBJ_$(1))) $(B)/stdlib/.stamp | $$(OBJ_$(1))
	@echo "  FREEZE $$@"
	@if [ -n '$(WITHOUT_FROZEN)' ]; then printf 'none' >$$@; else \
		$$(CC) $$(LDFLAGS_$(1)) $$(LDFLAGS_ALL) -o $(B)/obj/$(1)/stage1 $$(OBJ_$(1)) $$(LIBS) && \
		ASAN_OPTIONS=detect_leaks=0 PYTHONHOME=$(B)/stdlib timeout 300 $(B)/obj/$(1)/stage1 -X no_importlib -X freeze=$$@; fi
$(B)/obj/$(1)/image.o: $(B)/obj/$(1)/image.bin
	@printf '.section .rodata\n.balign 16\n.globl im_frozen_image\nim_frozen_image:\n.incbin "$$<"\n.section .note.GNU-stack,"",%%progbits\n' | \
		$$(CC) -c -x assembler -o $$@ -

$(B)/obj/$(1)/libimugi.a: $$(LIBOBJ_$(1))
	@rm -f $$@ && $$(AR) rcsT $$@ $$^

$(B)/obj/$(1)/names.o: $(B)/gen/names.c $(B)/.toolchain
	@mkdir -p $$(@D)
	@$$(CC) $$(BASE_CFLAGS) $$(CFLAGS_$(1)) $$(CFLAGS) -c -o $$@ $$<

$(B)/obj/$(1)/%.o: %.c Makefile $(B)/.toolchain | $$(GENERATED)
	@mkdir -p $$(@D)
	@echo "  CC    $$<  ($(1))"
	@$(if $(filter train,$(1)),,$$(CCACHE)) $$(CC) $$(BASE_CFLAGS) $$(CFLAGS_$(1)) $$(call profile_flags,$(1),$$<) $$(FILE_CFLAGS_$$<) $$(CFLAGS) -MMD -MP -c -o $$@ $$<

$(B)/unit/$(1)/%: tests/unit/%.c $(B)/obj/$(1)/libimugi.a
	@mkdir -p $$(@D)
	@echo "  UNIT  $$<  ($(1))"
	@$$(CC) $$(BASE_CFLAGS) $$(CFLAGS_$(1)) $$(CFLAGS) $$(LDFLAGS_$(1)) $$(LDFLAGS_ALL) -MMD -MP -o $$@ $$< \
		$(B)/obj/$(1)/libimugi.a $$(LIBS)

-include $$(OBJ_$(1):.o=.d) $$(UNIT_$(1):%=%.d)
endef
$(foreach f,$(FLAVOURS),$(eval $(call FLAVOUR_RULES,$(f))))

$(TRAINED:%.c=$(B)/obj/release/%.o): | $(PROFILE_STAMP)
# What the counting build shares with the release is there before: two makes do not write the same object.
$(PROFILE_STAMP): | $(filter $(B)/obj/release/%,$(OBJ_train)) $(B)/stdlib/.stamp
	@$(MAKE) --no-print-directory train
	@echo "  TRAIN $@"
	@tools/train $(B)/train/imugi
	@touch $@
profile:
	@find $(B)/obj/train -name '*.gcda' -delete 2>/dev/null; rm -f $(PROFILE_STAMP) $(TRAINED:%.c=$(B)/obj/release/%.o)
	@$(MAKE) --no-print-directory release

# ---- generators ----------------------------------------------------------------------------------

generated: $(GENERATED)

# Interned names: collected from their uses at each build, rewritten only when they change.
$(B)/gen/names.c: FORCE
	@mkdir -p $(@D)
	@tools/gen/names $@ src

$(B)/tools/%: tools/gen/%.c
	@mkdir -p $(@D)
	@echo "  HOST  $<"
	@$(HOSTCC) -std=gnu11 -O1 -Wall -Wextra -D_GNU_SOURCE -Isrc -o $@ $<

$(B)/gen/%.h: $(B)/tools/% $$(GEN_DEPS_$$*)
	@mkdir -p $(@D)
	@echo "  GEN   $@"
	@$< $@.tmp $(GEN_ARGS_$*) && mv -f $@.tmp $@

# ---- the standard library ------------------------------------------------------------------------

stdlib:
	@tools/stdlib $(if $(STDLIB),--with-stdlib='$(STDLIB)')
# Again when the script has changed: it may want more than what lies there; and for our own modules.
$(B)/stdlib/.stamp: tools/stdlib $(wildcard lib/*.py)
	@tools/stdlib $(if $(STDLIB),--with-stdlib='$(STDLIB)')
	@touch build/stdlib/.stamp
	@[ '$(B)' = build ] || ln -sfn '$(abspath build/stdlib)' '$(B)/stdlib'

deps:
	@tools/deps

# ---- tests and tools -----------------------------------------------------------------------------

# FLAVOUR=dev make test  runs another build; the default is the release one.
FLAVOUR ?= release
IMUGI   ?= $(call bin_of,$(FLAVOUR))

unit: $$(UNIT_$(FLAVOUR))
	@for u in $^; do timeout 60 $$u || { echo "unit: $$u failed"; exit 1; }; done

test: $(FLAVOUR) $$(UNIT_$(FLAVOUR)) $(if $(HAVE_MAIN),stdlib)
	@IMUGI='$(IMUGI)' tests/run --units=$(B)/unit/$(FLAVOUR) $(T)

# The quickest tests, on the developers' build, in under ten seconds.
smoke: dev
	@if [ -x tests/run ]; then IMUGI=$(B)/dev/imugi tests/run --smoke; else echo "smoke: nothing to run yet"; fi

check: generated dev
	@CC='$(CC)' tools/check_layers
	@tools/check_names
	@tools/check_threads
	@$(MAKE) --no-print-directory -s model

# Every interleaving of small programs that follow the ownership protocol.
MODELS := $(patsubst tests/model/%.c,$(B)/model/%,$(sort $(wildcard tests/model/*.c)))
$(B)/model/%: tests/model/%.c tests/model/explore.h
	@mkdir -p $(@D)
	@$(HOSTCC) -std=gnu11 -O2 -Wall -Wextra -Wshadow -o $@ $<
model: $(MODELS)
	@for m in $^; do timeout 60 $$m || exit 1; done

# Programs that use Debian's packages of Flask, Jinja2, requests, pytest, pip …; T names some of them.
programs: release stdlib
	@IMUGI=$(B)/imugi tests/programs/packages/run $(T)

# Other projects' tests, beside PEER where there is one: T="jinja2 rich".
projects: release stdlib
	@IMUGI=$(B)/imugi PEER='$(PEER)' tests/projects/run $(T)

# Random and broken input: TARGETS="source data …" of tests/fuzz, for SECONDS, from SEED; with PEER=python3.13 answers are compared where the target can.
# Then allocations that fail, one at a time. FLAVOUR=asan finds most.
SECONDS ?= 60
fuzz: $(FLAVOUR)
	@'$(IMUGI)' tests/fuzz/run.py --imugi='$(IMUGI)' --seconds=$(SECONDS) $(if $(SEED),--seed=$(SEED)) $(TARGETS)
	@IMUGI='$(IMUGI)' tests/oom/sweep -s $(SECONDS) $(if $(SEED),-r $(SEED))
	@IM_STRESS=oom=1000000000000000 '$(IMUGI)' tests/oom/_each.py --seconds $(SECONDS)

bench: release
	@IMUGI=$(B)/imugi tools/bench $(BENCH)

# Speed-up against threads, private and shared, beside free-threaded CPython where PEERS has one: SCALING="1,2,4,8" OUT=docs.
bench-threads: release stdlib
	@IMUGI=$(abspath $(B)/imugi) $(B)/imugi tools/scaling.py --out=$(or $(OUT),$(B)) $(SCALING)

# Single statements against PEER, or by themselves: T="--over=1.2 itertools:" goes to the program.
bench-statements: release stdlib
	@$(B)/imugi bench/statements.py $(if $(PEER),--peer='$(PEER)') $(T)

demo: deps stdlib
	@$(MAKE) --no-print-directory -j2 release
	@IMUGI=$(B)/imugi tools/tour

EXT_SUFFIX := .imugi-313-$(shell $(CC) -dumpmachine 2>/dev/null | sed "s/-pc-/-/;s/-unknown-/-/").so
# Native modules for CPython's tests (tests/cpython/native): each a file of its own in the library's folder, where child processes find it too.
TEST_MODULES := $(patsubst tests/cpython/native/%.c,$(B)/stdlib/lib/python3.13/%$(EXT_SUFFIX),$(sort $(wildcard tests/cpython/native/*.c)))
$(B)/stdlib/lib/python3.13/%$(EXT_SUFFIX): tests/cpython/native/%.c Makefile $(B)/.toolchain | $(B)/stdlib/.stamp $(GENERATED)
	@mkdir -p $(B)/obj/native
	@echo "  SHARED $<"
	@$(CCACHE) $(CC) $(BASE_CFLAGS) $(CFLAGS_release) $(CFLAGS) -fPIC -MMD -MP -MT $@ -MF $(B)/obj/native/$*.d -c -o $(B)/obj/native/$*.o $<
	@$(CC) -shared -o $@.tmp $(B)/obj/native/$*.o && mv -f $@.tmp $@
-include $(wildcard $(B)/obj/native/*.d)
test-modules: $(TEST_MODULES)

# GROUP=a1,a3 and NAME=test_int narrow it; GIL=1 runs it with the GIL; T goes to the tool as it is.
conformance: release stdlib test-modules
	@IMUGI=$(abspath $(B)/imugi) $(B)/imugi tools/conformance.py -j 2 $(if $(filter 1,$(GIL)),--gil) $(if $(GROUP),--group=$(GROUP)) $(T) $(NAME)

# Every test under the checked builds and the stress switches: hours. T names the steps: T="tsan asan".
proof:
	@tools/proof $(T)

# Hours of threads: tests/threads over and over for SOAK_MINUTES (30). T goes to the tool: T='--stress=gc/shared,yield nasty'.
soak: $(FLAVOUR) stdlib
	@IMUGI=$(abspath $(IMUGI)) $(IMUGI) tools/soak.py $(T)

install: release stdlib
	@install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/lib/python3.13/site-packages' '$(DESTDIR)$(PREFIX)/include'
	install -m 755 $(B)/imugi '$(DESTDIR)$(PREFIX)/bin/imugi'
	@if [ -e include/imugi.h ]; then install -m 644 include/imugi.h '$(DESTDIR)$(PREFIX)/include/imugi.h'; fi
	cp -RL --no-preserve=ownership $(B)/stdlib/lib/python3.13/. '$(DESTDIR)$(PREFIX)/lib/python3.13/'
	rm -f '$(DESTDIR)$(PREFIX)/lib/python3.13'/_*$(EXT_SUFFIX)

clean:
	rm -rf $(B)/obj $(B)/gen $(B)/tools $(B)/unit $(B)/imugi $(filter-out $(B)/release,$(FLAVOURS:%=$(B)/%))

help:
	@echo 'make [CC=clang] [CFLAGS=…]   release build, build/imugi'
	@echo 'make dev|debug|asan|tsan     build/<flavour>/imugi'
	@echo 'make profile                 count again what programs do, and build the release by it (PROFILE= goes without)'
	@echo 'make test [T="args"]         tests (FLAVOUR=dev for another build); T goes to tests/run'
	@echo 'make smoke                   the quickest tests on the dev build'
	@echo 'make unit                    C unit tests'
	@echo 'make check                   layers, header hygiene, names, models of the ownership protocol'
	@echo 'make model                   the models alone'
	@echo 'make fuzz [SECONDS=60] [FLAVOUR=asan] [TARGETS=…]  random and broken input; allocations that fail'
	@echo 'make bench                   measure against CPython; writes build/bench.json'
	@echo 'make bench-threads [OUT=docs]  speed-up against threads: table and curves'
	@echo 'make bench-statements [PEER=…] single statements, module by module'
	@echo 'make demo                    everything from an empty machine to a tour of programs'
	@echo 'make conformance [GROUP=a1] [NAME=test_x]  the test suite of the standard library'
	@echo 'make programs [T=flask_]     programs that use well-known packages, fetched below build/'
	@echo 'make projects [PEER=…]       the tests of other projects, from the archive, beside a CPython (T="jinja2 rich" some)'
	@echo 'make proof [T=asan]          every test under the checked builds and the stress switches (hours)'
	@echo 'make soak                    the programs of tests/threads, over and over (SOAK_MINUTES=30)'
	@echo 'make stdlib [STDLIB=DIR]     fetch the pure-Python standard library below build/'
	@echo 'make deps                    install the packages the build needs'
	@echo 'make install PREFIX= DESTDIR='
	@echo 'make clean                   removes what was built (the standard library stays)'
