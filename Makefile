# pagersim: how everything is built.
#
# Whatever make builds goes to BUILD (build/): the program, BUILD/pagers/NAME.so
# and BUILD/tests/.  Objects are kept apart by flavour (compiler, optimisation,
# engine, allocator, sanitizer) in BUILD/obj/FLAVOUR/, so that flavours never
# mix; what is linked from them is linked again when the flavour changes.
#
# Copyright (C) 2026 The pagersim authors.
# SPDX-License-Identifier: GPL-2.0-or-later

#: CC=gcc|clang           the compiler; gcc, also of a pager of your own
#: OPT=-O2                optimisation
#: ENGINE=ucontext        switch coroutines by swapcontext, not by hand
#: JEMALLOC=no            the C library's malloc for the harness
#: CHECKED=no             pagers whose accesses are checked by the processor
#: SAN=address,undefined  sanitizers; also SAN=thread
#: V=1                    show the commands
#: BUILD=DIR              where everything goes
#: TIME=10m               how long make soak goes on (s, m, h)
#: PAGER_DIR=DIR          build DIR/*.c as a pager: docs/own-pager.md
#: PAGER_BASE=NAME        which of ours fills up what DIR lacks (extent)

ifeq ($(origin CC),default)
CC := gcc
endif
OPT ?= -O2
ENGINE ?=
CHECKED ?= yes
JEMALLOC ?= yes
SAN ?=
BUILD ?= build
PAGER_BASE ?= extent
TIME ?= 10m
LUA_CFLAGS ?= -I/usr/include/lua5.4
LUA_LIBS ?= -llua5.4

silent := $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

ifneq ($(words $(BUILD)),1)
$(error BUILD: a directory's name without spaces is needed)
endif
ifneq ($(filter-out ucontext asm,$(ENGINE)),)
$(error ENGINE=$(ENGINE): there are asm (the default) and ucontext)
endif
ifneq ($(filter-out yes no,$(JEMALLOC)),)
$(error JEMALLOC=$(JEMALLOC): there are yes and no)
endif
ifneq ($(filter-out yes no,$(CHECKED)),)
$(error CHECKED=$(CHECKED): there are yes and no)
endif

comma := ,
empty :=
space := $(empty) $(empty)
quote = '$(subst ','\'',$(1))'

# A word and a name for each command, unless V=1 shows them or -s nothing.
ifeq ($(V),)
Q := @
ifeq ($(silent),)
note = @printf '  %-5s %s\n' $(1) $(2)
endif
endif

# ---- Flavours -------------------------------------------------------------

# jemalloc and a sanitizer would both want to be malloc.
ifneq ($(SAN),)
override JEMALLOC := no
endif
# What touches mappings of memory objects is built with checks
# (pagers/include/hurd_access.h), or the processor has to do it.
checked := $(if $(SAN),,$(filter yes,$(CHECKED)))

FLAVOUR := $(subst $(space),-,$(strip $(notdir $(firstword $(CC))) \
  $(patsubst -%,%,$(OPT)) $(filter ucontext,$(ENGINE)) \
  $(subst $(comma),-,$(SAN)) $(if $(filter no,$(JEMALLOC)),libc-malloc) \
  $(if $(filter no,$(CHECKED)),unchecked)))
OBJ := $(BUILD)/obj/$(FLAVOUR)

san_flags := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
ifneq ($(findstring undefined,$(SAN)),)
san_flags += -fno-sanitize-recover=undefined
endif

# Page data is looked at as bytes and as stamps, hence no strict aliasing.
common_flags := -std=gnu11 $(OPT) -g -Wall -Wextra -fno-strict-aliasing \
  -D_FILE_OFFSET_BITS=64 $(san_flags) $(CFLAGS)
engine_flags := $(if $(filter ucontext,$(ENGINE)),-DENGINE_UCONTEXT)
# Empty, as a source file says it that names it itself.
sim_flags := $(common_flags) -D_GNU_SOURCE= $(engine_flags) $(LUA_CFLAGS)

# The program proper is optimised across its files, which takes a quarter off a
# run.  Its objects hold ordinary code too, so that tests link fast.
ifneq ($(findstring gcc,$(notdir $(firstword $(CC)))),)
ifneq ($(filter -O2 -O3,$(OPT)),)
ifeq ($(SAN),)
sim_lto := -flto -ffat-lto-objects
sim_lto_link := $(OPT) -flto=auto
sim_no_lto := -fno-lto
endif
endif
endif
conformance_flags := $(common_flags) -D_GNU_SOURCE= -DHURD_API_NO_REDIRECT= -I pagers/include

# The only name of the program that a pager may see.
export_api := -Wl,--export-dynamic-symbol=hurd_api
# Some linkers leave out what only code that is optimised at link time needs.
malloc_libs := $(if $(filter yes,$(JEMALLOC)),\
  -Wl$(comma)--no-as-needed -ljemalloc -Wl$(comma)--as-needed)
sim_libs := $(LUA_LIBS) -ljansson -lnettle \
  $(malloc_libs) -ldl -lpthread -lm

# ---- Sources --------------------------------------------------------------

sim_src := $(wildcard sim/*.c sim/*/*.c)
sim_asm := $(wildcard sim/engine/*.S)
unit_src := $(wildcard tests/unit/test_*.c)
unit_help_src := $(filter-out $(unit_src),$(wildcard tests/unit/*.c))
conformance_src := $(wildcard tests/conformance/*.c)
fuzz_src := $(wildcard tests/fuzz/*.c)
bench_src := $(wildcard tests/bench/*.c)
bench_sim_src := $(wildcard sim/base/*.c sim/engine/*.c)

object = $(patsubst %,$(OBJ)/%.o,$(basename $(1)))
sim_obj := $(call object,$(sim_src) $(sim_asm))
test_sim_obj := $(filter-out $(OBJ)/sim/main.o,$(sim_obj))

pager_dirs := libpager taps libdiskfs ext2fs
pager_all_src := $(filter-out pagers/taps/tap-fatfs.c \
  $(if $(checked),,pagers/taps/access.c),\
  $(wildcard $(patsubst %,pagers/%/*.c,$(pager_dirs))))
# What the pagers differ in.
pager_names := perpage chunk extent adaptive
pager_common_src := $(filter-out \
  $(pager_names:%=pagers/ext2fs/write-%.c),$(pager_all_src))
$(foreach w,$(pager_names),$(eval \
  pager_src_$(w) := $(pager_common_src) pagers/ext2fs/write-$(w).c))
# It has a path for single pages of its own.
pager_src_adaptive := $(filter-out pagers/ext2fs/write-page.c,\
  $(pager_src_adaptive))
# Another file system: with and without the bulk hook.
pager_fatfs_src := $(filter-out pagers/ext2fs/% pagers/taps/tap-ext2fs.c,\
  $(pager_all_src)) $(wildcard pagers/fatfs/*.c) pagers/taps/tap-fatfs.c
pager_src_fatfs := $(filter-out %/write-perpage.c,$(pager_fatfs_src))
pager_src_fatfs-perpage := $(filter-out %/write-bulk.c,$(pager_fatfs_src))
pager_names += fatfs fatfs-perpage
pagers := $(if $(pager_all_src),$(pager_names:%=$(BUILD)/pagers/%.so))

programs := $(if $(wildcard sim/main.c),$(BUILD)/pagersim)
unit_tests := $(unit_src:tests/unit/%.c=$(BUILD)/tests/unit/%)
conformance := $(if $(conformance_src),$(BUILD)/tests/conformance)
bench := $(if $(bench_src),$(BUILD)/tests/bench)

# ---- Targets --------------------------------------------------------------

.PHONY: all pagersim pagers tests fuzz deps check soak bench tidy format clean \
  help recalibrate FORCE user_pager
FORCE:

## Build the program, the pagers and the tests
all: $(programs) $(pagers)

## Build the program alone
pagersim: $(programs) $(BUILD)/.place

## Build the pagers alone
pagers: $(pagers)

## Build the unit tests, the conformance driver and the benchmark
tests: $(unit_tests) $(conformance) $(bench)

## Build the fuzzer of images, with CC=clang (docs/images.md)
fuzz: $(BUILD)/tests/fuzz/image $(BUILD)/tests/fuzz/image.lua

## Install what is missing (Debian packages)
deps:
	@tests/deps.sh all

## Run all tests; the last line is the sum
check:
	@tests/check.sh

## Runs, faults, power cuts, traces with new seeds, for TIME; a line in results/
soak: pagersim pagers
	@tests/soak.py --time $(TIME) $(BUILD)

## Search again for the set of parameters that gives the published figures
recalibrate: pagersim pagers
	$(BUILD)/pagersim calibrate --fresh

## Measure the engine against swapcontext
bench: $(bench)
	$(BUILD)/tests/bench

## Search the sources for breaches of the house rules
tidy:
	@tests/tidy.sh

## Format the sources (clang-format, GNU style)
format:
	clang-format -i $(wildcard sim/*.[ch] sim/*/*.[ch] pagers/*/*.[ch] \
	  pagers/include/*/*.h tests/*/*.[ch])

## Remove what was built
clean:
	rm -rf $(BUILD)/obj $(BUILD)/pagers $(BUILD)/tests $(BUILD)/check \
	  $(BUILD)/pagersim $(BUILD)/.place $(BUILD)/.links
	rm -f $(BUILD)/workloads $(BUILD)/results
	-rmdir $(BUILD) 2>/dev/null || true

## List the targets and the variables
help:
	@awk '/^## / { about = substr ($$0, 4); next } \
	  about != "" && /^[a-z_]+:/ { sub (/:.*/, ""); \
	    printf "  make %-12s %s\n", $$0, about } \
	  { about = "" }' Makefile
	@echo; echo 'Variables:'; sed -n 's/^#: /  /p' Makefile

# ---- What changes when flags or lists of files change ---------------------

# $(1): what to remember.  The file is touched only when it changed.
remember = @mkdir -p $(@D) && { \
  printf '%s\n' $(call quote,$(1)) | cmp -s - $@ 2>/dev/null \
  || printf '%s\n' $(call quote,$(1)) > $@; }

$(OBJ)/.flags: FORCE
	$(call remember,$(CC) $(sim_flags) $(sim_lto) $(checked_flags))

$(BUILD)/.links: FORCE
	$(call remember,$(FLAVOUR) $(CC) $(sim_flags) $(sim_lto) $(LDFLAGS) \
	  $(sim_libs) $(sim_src) $(sim_asm) $(sort $(foreach p,$(pager_names),\
  $(pager_src_$(p)))) $(unit_help_src) \
	  $(conformance_src) $(fuzz_src) $(bench_src))

# The program finds workloads/ and results/ in the nearest directory above it
# that has workloads/; a BUILD outside the project gets links to ours.
ifeq ($(filter $(CURDIR)/%,$(abspath $(BUILD))),)
place := ln -sfn "$(CURDIR)/workloads" $(BUILD)/workloads; \
  ln -sfn "$(CURDIR)/results" $(BUILD)/results
else
place := :
endif
# Pagers are in pagers/ beside the program, tests included.
$(BUILD)/.place:
	@mkdir -p $(BUILD)/pagers $(BUILD)/tests/unit
	@ln -sfn ../pagers $(BUILD)/tests/pagers
	@ln -sfn ../../pagers $(BUILD)/tests/unit/pagers
	@$(place)
	@touch $@

# ---- Objects --------------------------------------------------------------

$(OBJ)/sim/%.o: sim/%.c $(OBJ)/.flags
	@mkdir -p $(@D)
	$(call note,CC,$<)
	$(Q)$(CC) $(sim_flags) $(sim_lto) -MMD -MP -c -o $@ $<

$(OBJ)/sim/%.o: sim/%.S $(OBJ)/.flags
	@mkdir -p $(@D)
	$(call note,CC,$<)
	$(Q)$(CC) $(sim_flags) $(sim_lto) -MMD -MP -c -o $@ $<

$(OBJ)/tests/unit/%.o: tests/unit/%.c $(OBJ)/.flags
	@mkdir -p $(@D)
	$(call note,CC,$<)
	$(Q)$(CC) $(sim_flags) -I sim -MMD -MP -c -o $@ $<

$(OBJ)/tests/bench/%.o: tests/bench/%.c $(OBJ)/.flags
	@mkdir -p $(@D)
	$(call note,CC,$<)
	$(Q)$(CC) $(sim_flags) -I sim -MMD -MP -c -o $@ $<

$(OBJ)/tests/conformance/%.o: tests/conformance/%.c $(OBJ)/.flags
	@mkdir -p $(@D)
	$(call note,CC,$<)
	$(Q)$(CC) $(conformance_flags) -MMD -MP -c -o $@ $<

# printf is the pager's log: the compiler must not make puts of it.
# Optimised across files they would go past the taps.
pager_flags := $(common_flags) -D_GNU_SOURCE -fPIC -fno-builtin-printf -fno-lto
checked_gcc := -fsanitize=thread --param tsan-instrument-func-entry-exit=0 \
  -fno-builtin
checked_clang := -fsanitize=thread -mllvm -tsan-instrument-func-entry-exit=0 \
  -mllvm -tsan-instrument-read-before-write=1 -mllvm -tsan-instrument-atomics=0 \
  -fno-builtin
checked_flags := $(if $(checked),$(if $(findstring clang,$(notdir \
  $(firstword $(CC)))),$(checked_clang),$(checked_gcc)))
checked_dirs := pagers/ext2fs pagers/fatfs pagers/libdiskfs
$(OBJ)/pagers/%.o: pagers/%.c $(OBJ)/.flags
	@mkdir -p $(@D)
	$(call note,CC,$<)
	$(Q)$(CC) $(pager_flags) $(if $(filter $(checked_dirs:%=%/),$(dir $<)),\
	  $(checked_flags)) -I pagers/include -MMD -MP -c -o $@ $<

# ---- Programs -------------------------------------------------------------

$(BUILD)/pagersim: $(sim_obj) $(BUILD)/.links | $(BUILD)/.place
	$(call note,LINK,$@)
	$(Q)$(CC) $(san_flags) $(LDFLAGS) $(sim_lto_link) $(export_api) -o $@ $(sim_obj) \
	  $(sim_libs)

# An archive: a test of a low floor is linked with what it uses.
$(OBJ)/sim.a: $(test_sim_obj) $(BUILD)/.links
	@rm -f $@
	$(Q)ar rcs $@ $(test_sim_obj)

$(unit_tests): $(BUILD)/tests/unit/%: $(OBJ)/tests/unit/%.o \
  $(call object,$(unit_help_src)) $(OBJ)/sim.a $(BUILD)/.links \
  | $(BUILD)/.place
	@mkdir -p $(@D)
	$(call note,LINK,$@)
	$(Q)$(CC) $(san_flags) $(LDFLAGS) $(sim_no_lto) $(export_api) -o $@ \
	  $(filter %.o %.a,$^) \
	  -lcmocka $(sim_libs)

$(BUILD)/tests/conformance: $(call object,$(conformance_src)) $(BUILD)/.links \
  | $(BUILD)/.place
	@mkdir -p $(@D)
	$(call note,LINK,$@)
	$(Q)$(CC) $(san_flags) $(LDFLAGS) $(export_api) -o $@ $(filter %.o,$^) \
	  -ljansson -lnettle -ldl -lpthread

# Linked with libFuzzer, which brings main.  Some of our functions are replaced:
# tests/fuzz/image.c says by what.
$(OBJ)/tests/fuzz/%.o: tests/fuzz/%.c $(OBJ)/.flags
	@mkdir -p $(@D)
	$(call note,CC,$<)
	$(Q)$(CC) $(sim_flags) -fsanitize=fuzzer-no-link -I sim -MMD -MP -c -o $@ $<

$(BUILD)/tests/fuzz/image: $(call object,$(fuzz_src)) $(OBJ)/sim.a $(pagers) \
  $(BUILD)/.links | $(BUILD)/.place
	@mkdir -p $(@D)
	@ln -sfn ../../pagers $(@D)/pagers
	$(call note,LINK,$@)
	$(Q)$(CC) $(san_flags) -fsanitize=fuzzer $(LDFLAGS) $(export_api) \
	  -Wl,--export-dynamic-symbol='__sanitizer_*' \
	  -Wl,--wrap=image_judge -Wl,--wrap=check_failed \
	  -Wl,--wrap=pager_name_places -Wl,--wrap=world_log \
	  -Wl,--wrap=trace_hash \
	  -o $@ $(filter %.o %.a,$^) $(sim_libs)

$(BUILD)/tests/fuzz/%.lua: tests/fuzz/%.lua
	@mkdir -p $(@D)
	@cp $< $@

$(BUILD)/tests/bench: $(call object,$(bench_src) $(bench_sim_src) $(sim_asm)) \
  $(BUILD)/.links
	@mkdir -p $(@D)
	$(call note,LINK,$@)
	$(Q)$(CC) $(san_flags) $(LDFLAGS) $(sim_lto_link) -o $@ $(filter %.o,$^) \
	  $(malloc_libs) -ldl -lpthread -lm

# ---- Pagers ---------------------------------------------------------------

# As the Hurd links them: the weak hook of libpager, overridden or not by the
# file system.  The taps stand between the two sides (--wrap); all that is left
# undefined is hurd_api and the sane part of the C library.  Nothing is said
# about an executable stack: an object that needs one gets it.
pager_map := $(if $(checked),pagers/taps/exports.map,pagers/exports.map)
pager_wrap := pagers/taps/wrap.ld-flags \
  $(if $(checked),pagers/taps/access.ld-flags)
# $(1): what is exported.
pager_link = -shared -Wl,-Bsymbolic -Wl,-z,now -Wl,-z,relro \
  -Wl,--version-script=$(1) $(pager_wrap:%=@%)

define pager_rule
$(BUILD)/pagers/$(1).so: $(call object,$(pager_src_$(1))) $(pager_map) \
  $(pager_wrap) $(BUILD)/.links | $(BUILD)/.place
	@mkdir -p $$(@D)
	$$(call note,LINK,$$@)
	$(Q)$(CC) $(san_flags) $(LDFLAGS) $$(call pager_link,$(pager_map)) \
	  -o $$@ $$(filter %.o,$$^)
endef
$(foreach p,$(pager_names),$(eval $(call pager_rule,$(p))))

# A pager of the user's own, which the processor checks: DIR/*.c first, then what is left of ours.  A file of
# ours with the same name is left out.  The first definition wins, so one file
# of the Hurd's may define what is spread over several of ours.  gcc always:
# such files hold nested functions.
ifneq ($(strip $(PAGER_DIR)),)
ifneq ($(words $(PAGER_DIR)),1)
$(error PAGER_DIR: a directory's name without spaces is needed)
endif
ifeq ($(wildcard $(PAGER_DIR)/.),)
$(error PAGER_DIR=$(PAGER_DIR): there is no such directory)
endif
# As it was given, as what leads here may hold spaces.
user_dir := $(patsubst %/,%,$(PAGER_DIR))
user_name := $(lastword $(notdir $(abspath $(user_dir))))
user_src := $(sort $(wildcard $(user_dir)/*.c))
user_headers := $(sort $(wildcard $(user_dir)/*.h))
ifeq ($(user_src),)
$(error PAGER_DIR=$(PAGER_DIR): there is no C file in it)
endif
ifneq ($(filter $(user_name),$(pager_names)),)
$(error PAGER_DIR=$(PAGER_DIR): $(user_name) is a pager of ours, choose another name)
endif
ifeq ($(filter $(PAGER_BASE),$(pager_names)),)
$(error PAGER_BASE=$(PAGER_BASE): there are $(pager_names))
endif
# A name that several of ours have leaves out none: it does not say which.
same_name = $(filter %/$(notdir $(1)),$(2))
user_base_src := $(foreach s,$(pager_src_$(PAGER_BASE)),\
  $(if $(and $(call same_name,$(s),$(user_src)),$(filter 1,\
    $(words $(call same_name,$(s),$(pager_src_$(PAGER_BASE)))))),,$(s)))
# By its whole path: another directory of the same name has other sources, and
# what an older one left behind depends on files that may be gone.
user_path_sum := $(firstword $(shell \
  printf %s $(call quote,$(abspath $(user_dir))) | cksum))
USER_OBJ := $(OBJ)/user/$(user_name)-$(user_path_sum)
user_cc := gcc
user_obj := $(patsubst $(user_dir)/%.c,$(USER_OBJ)/own/%.o,$(user_src))
# Reports name files as the user does, and ours as they are.
user_flags := $(filter-out -Wextra,$(pager_flags)) \
  -fmacro-prefix-map=$(USER_OBJ)/base=pagers \
  -iquote $(user_dir) -I $(user_dir)
user_include := -iquote pagers/$(if $(filter fatfs%,$(PAGER_BASE)),fatfs,ext2fs) \
  -iquote pagers/libpager \
  -iquote pagers/libdiskfs -I pagers/include
# The user's headers count for our files too.  An include in quotes looks first
# beside the file itself, so those are compiled through links elsewhere.
ifneq ($(user_headers)$(filter-out gcc,$(CC)),)
user_base_obj := $(user_base_src:pagers/%.c=$(USER_OBJ)/base/%.o)
else
user_base_obj := $(call object,$(user_base_src))
endif

all: user_pager
user_pager: $(BUILD)/pagers/$(user_name).so

$(USER_OBJ)/.flags: FORCE
	$(call remember,$(user_dir) $(user_cc) $(user_flags) $(user_src) \
	  $(user_headers) $(user_base_obj))

$(USER_OBJ)/own/%.o: $(user_dir)/%.c $(USER_OBJ)/.flags
	@mkdir -p $(@D)
	$(call note,CC,$<)
	$(Q)$(user_cc) $(user_flags) $(user_include) -MMD -MP -c -o $@ $<

$(USER_OBJ)/base/%.o: pagers/%.c $(USER_OBJ)/.flags
	@mkdir -p $(@D)
	@ln -sfn "$(CURDIR)/$<" $(@:.o=.c)
	$(call note,CC,$<)
	$(Q)$(user_cc) $(user_flags) -iquote $(<D) -I pagers/include -MMD -MP \
	  -c -o $@ $(@:.o=.c)

$(BUILD)/pagers/$(user_name).so: $(user_obj) $(user_base_obj) pagers/exports.map \
  $(pager_wrap) $(USER_OBJ)/.flags $(BUILD)/.links | $(BUILD)/.place
	@mkdir -p $(@D)
	$(call note,LINK,$@)
	$(Q)$(user_cc) $(san_flags) $(LDFLAGS) \
	  $(call pager_link,pagers/exports.map) \
	  -Wl,--allow-multiple-definition -Wl,--no-warn-execstack \
	  -o $@ $(user_obj) $(user_base_obj)
else
all: tests
endif

-include $(shell test -d $(OBJ) && find $(OBJ) -name '*.d')
