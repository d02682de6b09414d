# bulkhead's build. "make help" lists the targets; all output is in build/.
#
# The board is the one that "make NAME_defconfig" chose, or BOARD=NAME.

DEFAULT_BOARD := qemu-x86_64
KNOWN_BOARDS := $(patsubst board/%/toolchain.mk,%,$(wildcard board/*/toolchain.mk))
BOARDS := $(KNOWN_BOARDS)
ifneq ($(words $(CURDIR)),1)
$(error the path of this folder has a space, which make cannot have: $(CURDIR))
endif
BOARD ?= $(or $(file <build/board),$(DEFAULT_BOARD))
ifeq ($(filter $(BOARD),$(KNOWN_BOARDS)),)
$(error no board '$(BOARD)'; there are: $(KNOWN_BOARDS))
endif

# The folders of init/ in the order of the data's way: a file includes only
# what stands in its own folder or to the left of it.
FOLDERS := base table plan load log sandbox supervise boot control upgrade
# What svc and the loader share with init, and what the unit tests link.
SVC_FOLDERS := base table plan load log control
UNIT_FOLDERS := base table plan load log

# gcc believes it, and it may be the path of a link.
export PWD := $(CURDIR)
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:

CACHE := build/cache
OUT := build/$(BOARD)
include board/$(BOARD)/toolchain.mk
# What needs no configuration asks for none: kconfig may yet have to come.
ifneq ($(filter-out help deps clean distclean %_defconfig,$(or $(MAKECMDGOALS),all)),)
include $(OUT)/config
endif

CC := $(CACHE)/$(ARCH)/cc
HOST_TOOLS := build/host/svc build/host/loader
TOOL := $(TRIPLE)-
# Which kernel: "own", else the distribution's. "make deps" reads it, too.
KERNEL ?= $(if $(findstring CONFIG_KERNEL_OWN=y,$(file <$(OUT)/config)),own,package)
HOSTCC ?= gcc

reverse = $(if $1,$(call reverse,$(wordlist 2,$(words $1),$1)) $(firstword $1))
# The objects of folder $2 of init/ below folder $1; the archives of folders $2
# in the order the linker wants them, so that an upward call does not link.
objects = $(patsubst init/%.c,$1/%.o,$(sort $(wildcard init/$2/*.c)))
archives = $(patsubst %,$1/%.a,$(call reverse,$2))
quiet = @printf '  %-8s %s\n' $1 $2

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wvla -Wundef \
	-Wwrite-strings -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wredundant-decls -Wswitch-enum
GCC_WARNINGS := $(WARNINGS) -Walloca -Wcast-align=strict \
	-Wimplicit-fallthrough=5 -Wduplicated-cond -Wduplicated-branches \
	-Wlogical-op -Wnull-dereference -Wstack-usage=4096 -Wunused-macros
LANGUAGE := -std=gnu17 -D_GNU_SOURCE -Iinit
COMMON := $(LANGUAGE) -g -MMD -MP -ffile-prefix-map=$(CURDIR)=. \
	-fno-common -ffunction-sections -fdata-sections
TARGET_CFLAGS := $(COMMON) $(GCC_WARNINGS) -I$(OUT) $(BOARD_CFLAGS) \
	$(if $(filter n,$(CONFIG_OPTIMIZE_SIZE)),-O2,-Oz) -fPIE \
	-fstack-protector-strong -fstack-clash-protection \
	-ftrivial-auto-var-init=zero -fno-asynchronous-unwind-tables \
	-fno-unwind-tables $(CFLAGS)
# One segment for all that is not written saves up to two pages of padding, and
# so does no segment of what is written only by the loader that is not there.
TARGET_LDFLAGS := -Wl,--gc-sections,--build-id=none,-z,noseparate-code \
	-Wl,-z,norelro,-z,common-page-size=32,-T,board/sections.ld \
	-Wl,--sort-section=name $(BOARD_LDFLAGS) -fno-lto $(LDFLAGS)
# init is compiled once more when it is linked, as one piece, which saves an
# eighth of its code. All others are not: how much of the stack a reaper, forked
# from the builder, needs depends on what is inlined. The seed keeps names that
# the compiler makes up the same. Threading of jumps copies code even at -Oz.
WHOLE_CFLAGS = -flto -ffat-lto-objects -frandom-seed=$@ -fno-thread-jumps
WHOLE_LDFLAGS := -flto -flto-partition=one -Wl,-T,board/cold.ld
HOST_CFLAGS := $(COMMON) $(GCC_WARNINGS) -Ibuild/host -O2 $(CFLAGS)

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer

.PHONY: all
all: image $(HOST_TOOLS) ## build everything for the configured board

# --- help and the build host ------------------------------------------------

.PHONY: help
help: ## list the targets
	@sed -n "s/^%_defconfig:/NAME_defconfig:/; \
		s/^\\([A-Za-z_-]*\\):.*## \\(.*\\)/\\1|\\2/p" Makefile tests/bench/bench.mk | \
		while IFS="|" read -r name text; do \
		printf "  %-16s %s\n" "$$name" "$$text"; done
	@echo
	@echo "  BOARD=NAME       which board: $(BOARDS); now $(BOARD)"
	@echo "  BOARDS='...'     boards that boot takes; all of them"
	@echo "  KERNEL=own       a kernel built for the board (minutes), not the distribution's"
	@echo "  TABLE=FILE       what check reads"
	@echo "  CPUS=1           processors of the guest, in run and boot"
	@echo "  PORT=8080        where run puts the guest's port 8080"
	@echo "  DESTDIR=DIR      where install puts things"
	@echo "  FUZZ_SECONDS=60  how long fuzz takes for each target"
	@echo "  BENCH='...'      options of bench: tests/bench/README.md"

.PHONY: deps
deps: ## install the Debian packages that this machine lacks
	@KERNEL=$(KERNEL) board/deps

.PHONY: clean
clean: ## remove what was built, but not what was downloaded
	@if [ -d build ]; then find build -mindepth 1 -maxdepth 1 \
		! -name cache -exec rm -rf {} +; fi

.PHONY: distclean
distclean: ## remove build/ with all downloads and the configuration
	rm -rf build

# --- configuration ----------------------------------------------------------

%_defconfig: ## choose board NAME and its default configuration
	@if [ ! -e board/$*/defconfig ]; then \
		echo "no board '$*'; there are: $(BOARDS)" >&2; exit 2; fi
	@mkdir -p build/$*
	@rm -f build/$*/config
	@$(MAKE) --no-print-directory BOARD=$* build/$*/config.h
	@echo $* >build/board
	@echo "configured for $*; 'make' builds it, 'make run' boots it"

.PHONY: menuconfig
menuconfig: $(OUT)/config ## change the configuration of the board
	KCONFIG_CONFIG=$(OUT)/config kconfig-mconf Kconfig

# kconfig names its temporary files after the configuration. A value that the
# file lacks, as after a new option, gets its default.
kconfig = command -v kconfig-conf >/dev/null || { \
	echo "kconfig-conf: not found; run 'make deps'" >&2; exit 1; }; \
	KCONFIG_CONFIG=$1 kconfig-conf $2 Kconfig >$1.log 2>&1 || { \
	cat $1.log >&2; exit 1; }
# config -> config.h: y and n become 1 and 0, all else stays.
header = sed -n -e 's/^\(CONFIG_[A-Z0-9_]*\)=y$$/\#define \1 1/p' \
	-e 's/^\# \(CONFIG_[A-Z0-9_]*\) is not set$$/\#define \1 0/p' \
	-e '/=[yn]$$/d' -e 's/^\(CONFIG_[A-Z0-9_]*\)=\(.*\)$$/\#define \1 \2/p' $<

# In "make deps run" the packages come first, whatever runs in parallel.
$(OUT)/config: Kconfig board/$(BOARD)/defconfig | $(filter deps,$(MAKECMDGOALS))
	@mkdir -p $(@D)
	@if [ -e $@ ]; then $(call kconfig,$@,--olddefconfig); else \
		$(call kconfig,$@,--defconfig=board/$(BOARD)/defconfig); fi
	@touch $@

build/host/config: Kconfig
	@mkdir -p $(@D)
	@$(call kconfig,$@,--alldefconfig)
	@touch $@

build/%/config.h: build/%/config
	@{ echo "/* Made from $<; change it with make menuconfig. */"; \
		$(header); } >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi; touch $@

# --- init and svc -----------------------------------------------------------

$(CC): board/toolchain board/fetch board/$(BOARD)/toolchain.mk
	$(call quiet,FETCH,"musl and kernel headers for $(ARCH)")
	@mkdir -p $(@D)
	@flock $(@D)/lock board/toolchain $(CACHE) $(ARCH) $(TRIPLE) >/dev/null
	@touch $@

$(OUT)/obj/%.o: init/%.c Makefile board/$(BOARD)/toolchain.mk $(OUT)/config.h | $(CC)
	$(call quiet,CC,$@)
	@mkdir -p $(@D)
	@$(CC) $(TARGET_CFLAGS) $(WHOLE_CFLAGS) -c -o $@ $<

build/host/obj/%.o: init/%.c Makefile build/host/config.h
	$(call quiet,CC,$@)
	@mkdir -p $(@D)
	@$(HOSTCC) $(HOST_CFLAGS) -c -o $@ $<

# An archive holds one folder. The list of its members is written only when it
# changes, so that a file that was removed leaves the archive too. It has no
# end of line: GNU make 4.3 may read one as a null byte.
same = $(and $(findstring |$1|,|$2|),$(findstring |$2|,|$1|))
define archive
$1/$2.members: $(if $(call same,$(call objects,$1,$2),$(file <$1/$2.members)),,FORCE)
	@mkdir -p $$(@D)
	@printf %s "$(call objects,$1,$2)" >$$@
$1/$2.a: $(call objects,$1,$2) $1/$2.members
	@rm -f $$@
	@ar rcsD $$@ $(call objects,$1,$2)
endef
.PHONY: FORCE
FORCE:
$(foreach f,$(FOLDERS) svc loader builder,$(eval $(call archive,$(OUT)/obj,$f)))
$(foreach f,$(FOLDERS) svc loader,$(eval $(call archive,build/host/obj,$f)))
$(foreach f,$(UNIT_FOLDERS),$(eval $(call archive,build/unit/obj,$f)))
$(foreach f,$(UNIT_FOLDERS),$(eval $(call archive,build/coverage/obj,$f)))
$(foreach f,$(UNIT_FOLDERS),$(eval $(call archive,build/fuzz/obj,$f)))

# The programs: each is its main.c, and what that calls.
PROGRAMS := init builder loader svc
BUILDER_FOLDERS := base table plan load log sandbox
BUILDER_PARTS := $(call objects,$(OUT)/obj,builder) \
	$(call archives,$(OUT)/obj,$(BUILDER_FOLDERS))
INIT_PARTS := $(OUT)/obj/main.o $(call archives,$(OUT)/obj,$(FOLDERS))
svc_parts = $1/svc/main.o $(call archives,$1,$(SVC_FOLDERS) svc)
loader_parts = $1/loader/main.o $(call archives,$1,$(SVC_FOLDERS) svc loader)

$(OUT)/init.debug: $(INIT_PARTS)
$(OUT)/builder.debug: $(BUILDER_PARTS)
$(OUT)/svc.debug: $(call svc_parts,$(OUT)/obj)
$(OUT)/loader.debug: $(call loader_parts,$(OUT)/obj)
$(OUT)/init.debug: PROGRAM_LDFLAGS := $(WHOLE_LDFLAGS)
$(PROGRAMS:%=$(OUT)/%.debug): board/sections.ld board/cold.ld
	$(call quiet,LINK,$@)
	@$(CC) $(TARGET_CFLAGS) $(TARGET_LDFLAGS) $(PROGRAM_LDFLAGS) -o $@ \
		$(filter-out %.ld,$^)

build/host/svc: $(call svc_parts,build/host/obj)
build/host/loader: $(call loader_parts,build/host/obj)
$(HOST_TOOLS):
	$(call quiet,LINK,$@)
	@$(HOSTCC) $(HOST_CFLAGS) -Wl,--gc-sections -o $@ $^

$(PROGRAMS:%=$(OUT)/%): %: %.debug board/strip
	@board/strip "$(TOOL)" $< $@

# --- kernel, toybox, image --------------------------------------------------

$(OUT)/modules.wanted: board/$(BOARD)/modules $(OUT)/config.h
	@{ cat $<; echo $(CONFIG_EXTRA_MODULES); } >$@

ifeq ($(filter own,$(KERNEL))$(wildcard board/$(BOARD)/linux.config),own)
$(error board/$(BOARD) has no linux.config, and so no kernel of its own)
endif
# A kernel of the board's own looks like one that was unpacked from a package.
OWN_KERNEL := $(CACHE)/$(ARCH)/linux-image-$(BOARD)
$(OWN_KERNEL)/.complete: board/$(BOARD)/linux.config board/linux.config board/build-kernel
	$(call quiet,BUILD,"$(OWN_KERNEL) (this takes minutes)")
	@flock $(CACHE)/$(ARCH)/linux.lock nice board/build-kernel $(CACHE) \
		$(ARCH) $(TRIPLE) $< $(@D)

KERNEL_FROM := $(if $(filter own,$(KERNEL)),$(OWN_KERNEL),board/$(BOARD)/kernel)
$(OUT)/kernel.from: $(if $(filter $(KERNEL_FROM),$(file <$(OUT)/kernel.from)),,FORCE)
	@mkdir -p $(@D)
	@printf %s "$(KERNEL_FROM)" >$@

$(OUT)/kernel $(OUT)/modules.list &: $(OUT)/kernel.from board/$(BOARD)/kernel \
		$(if $(filter own,$(KERNEL)),$(OWN_KERNEL)/.complete) \
		$(OUT)/modules.wanted board/unpack-kernel board/fetch
	$(call quiet,FETCH,"$(OUT)/kernel")
	@board/unpack-kernel $(CACHE) $(ARCH) $(KERNEL_FROM) \
		$(OUT)/modules.wanted $(OUT)
	@touch $(OUT)/kernel $(OUT)/modules.list

# Two boards of one architecture share these.
$(CACHE)/$(ARCH)/toybox: rootfs/toybox.config rootfs/build-toybox $(CC)
	$(call quiet,BUILD,$@)
	@flock $@.lock rootfs/build-toybox $(CACHE) $(CC) $< $@

$(CACHE)/$(ARCH)/mksh: rootfs/build-mksh $(CC)
	$(call quiet,BUILD,$@)
	@flock $@.lock rootfs/build-mksh $(CACHE) $(CC) $@

# In the image only if it asks for them; some boot tests put them into theirs.
E2FSPROGS := $(CACHE)/$(ARCH)/e2fsck $(CACHE)/$(ARCH)/mke2fs
$(E2FSPROGS) &: rootfs/build-e2fsprogs $(CC)
	$(call quiet,BUILD,$(CACHE)/$(ARCH)/e2fsck)
	@flock $(CACHE)/$(ARCH)/e2fsprogs.lock rootfs/build-e2fsprogs \
		$(CACHE) $(CC) $(TRIPLE) $(CACHE)/$(ARCH)

.PHONY: e2fsprogs
e2fsprogs: $(E2FSPROGS)

$(addprefix $(OUT)/,toybox mksh e2fsck mke2fs): $(OUT)/%: $(CACHE)/$(ARCH)/% $(OUT)/config.h
	@cp $< $@

# Filters of system calls: text -> what the kernel takes, for the board's
# architecture.
POLICIES := $(patsubst rootfs/seccomp/%.policy,%,$(sort $(wildcard \
	rootfs/seccomp/*.policy)))
POLICY_CODE := $(addprefix $(OUT)/seccomp/,$(POLICIES))
SECCOMP_ARCH := $(firstword $(subst -, ,$(TRIPLE)))

build/host/policy: rootfs/seccomp/policy.c Makefile
	$(call quiet,CC,$@)
	@mkdir -p $(@D)
	@$(HOSTCC) $(HOST_CFLAGS) -o $@ $< -lseccomp

$(POLICY_CODE): $(OUT)/seccomp/%: rootfs/seccomp/%.policy build/host/policy \
		$(wildcard rootfs/seccomp/*.part rootfs/seccomp/*.policy)
	@mkdir -p $(@D)
	@build/host/policy compile $(SECCOMP_ARCH) $< $@

$(OUT)/syscalls: build/host/policy
	@build/host/policy calls $(SECCOMP_ARCH) >$@

$(OUT)/seccomp.list: $(POLICY_CODE) $(OUT)/syscalls Makefile
	@echo 'file /lib/bulkhead/syscalls 0644 @/syscalls' >$@
	@printf 'file /lib/bulkhead/seccomp/%s 0644 @/seccomp/%s\n' \
		$(foreach p,$(POLICIES),$p $p) >>$@

# All of toybox's commands but those that svc answers to are links in /bin.
$(OUT)/toybox.list: $(OUT)/toybox Makefile
	@sed 's|.*/||' $(CACHE)/$(ARCH)/toybox.links | \
		grep -vxE 'reboot|poweroff|halt|modprobe' | \
		sed 's|.*|link /bin/& toybox|' >$@

$(OUT)/board.tab: board/$(BOARD)/services.tab $(OUT)/config.h
	@cp $< $@

LISTS := rootfs/image.list $(if $(filter n,$(CONFIG_DEMO)),,rootfs/demo.list) \
	$(if $(filter y,$(CONFIG_E2FSPROGS)),rootfs/e2fsprogs.list) \
	$(OUT)/toybox.list $(OUT)/modules.list $(OUT)/seccomp.list
TABLES = $(wildcard $(OUT)/rootfs/etc/services.tab \
	$(OUT)/rootfs/etc/services.d/*.tab)

$(OUT)/image.cpio: $(LISTS) $(wildcard rootfs/etc/* rootfs/www/*) rootfs/pack \
		$(PROGRAMS:%=$(OUT)/%) $(OUT)/toybox $(OUT)/mksh \
		$(if $(filter y,$(CONFIG_E2FSPROGS)),$(OUT)/e2fsck $(OUT)/mke2fs) \
		$(OUT)/board.tab $(OUT)/config.h $(HOST_TOOLS)
	$(call quiet,PACK,$@)
	@rootfs/pack --out $(OUT) --stage $(OUT)/rootfs $@.unchecked $(LISTS)
	@build/host/svc check --root $(OUT)/rootfs \
		$$(ls $(OUT)/rootfs/etc/services.tab 2>/dev/null) \
		$$(ls $(OUT)/rootfs/etc/services.d/*.tab) >$(OUT)/check.log || { \
		cat $(OUT)/check.log >&2; exit 1; }
	@mv $@.unchecked $@

.PHONY: init svc kernel toybox rootfs image
init: $(OUT)/init ## build init for the board
svc: $(OUT)/svc $(OUT)/loader $(HOST_TOOLS) ## build the tool for the board and for here
kernel: $(OUT)/kernel ## fetch the board's kernel and its modules
toybox: $(OUT)/toybox $(OUT)/mksh ## build the image's commands and shell
rootfs: $(OUT)/image.cpio ## pack the image's root file system, checking its table
image: $(OUT)/kernel $(OUT)/image.cpio ## build all that the board boots

PORT ?= 8080
.PHONY: run
run: image ## boot the image in QEMU; Ctrl-A X leaves it
	@PORT=$(PORT) board/$(BOARD)/qemu $(OUT)/kernel $(OUT)/image.cpio || { \
		[ $$? = 127 ] || echo "QEMU failed; is port $(PORT) taken? make run PORT=9000" >&2; \
		exit 1; }

.PHONY: check
check: $(HOST_TOOLS) ## check a service table: make check TABLE=FILE
	@if [ -z "$(TABLE)" ]; then \
		echo "which table? make check TABLE=FILE" >&2; exit 2; fi
	@build/host/svc check $(addprefix --root ,$(wildcard $(OUT)/rootfs)) \
		$(TABLE)

MANUALS := $(addprefix build/manual/,services.tab.5 init.8 svc.8)

build/manual/keys: rootfs/manual/keys.c init/table/keys.def Makefile
	$(call quiet,CC,$@)
	@mkdir -p $(@D)
	@$(HOSTCC) $(HOST_CFLAGS) -o $@ $<

# The page of the table has its keys from where the parser has them.
build/manual/%: rootfs/manual/%.in build/manual/keys
	@build/manual/keys <$< >$@

build/manual/fields: rootfs/manual/fields.c init/svc/fields.def Makefile
	$(call quiet,CC,$@)
	@mkdir -p $(@D)
	@$(HOSTCC) $(HOST_CFLAGS) -o $@ $<

# ... and that of the tool the fields of what it prints as JSON.
build/manual/svc.8: rootfs/manual/svc.8.in build/manual/fields
	@build/manual/fields <$< >$@

build/manual/%.8: rootfs/manual/%.8
	@mkdir -p $(@D)
	@cp $< $@

.PHONY: manuals
manuals: $(MANUALS) ## build the manuals; 'mandoc FILE' shows one

INSTALLED = $(PROGRAMS:%=$(OUT)/%) $(POLICY_CODE) $(OUT)/syscalls $(MANUALS) \
	build/host/svc

.PHONY: install
install: $(INSTALLED) ## install the programs and manuals: DESTDIR=DIR
	@if [ -z "$(DESTDIR)" ]; then \
		echo "where to? make install DESTDIR=DIR" >&2; exit 2; fi
	install -d $(DESTDIR)/sbin $(DESTDIR)/bin $(DESTDIR)/lib/bulkhead
	install -m 755 $(OUT)/init $(DESTDIR)/sbin/init
	install -m 755 $(OUT)/svc $(DESTDIR)/bin/svc
	for name in builder loader; do install -m 755 $(OUT)/$$name \
		$(DESTDIR)/lib/bulkhead/$$name; done
	install -D -m 644 -t $(DESTDIR)/lib/bulkhead/seccomp $(POLICY_CODE)
	install -m 644 $(OUT)/syscalls $(DESTDIR)/lib/bulkhead/syscalls
	for name in reboot poweroff halt shutdown telinit; do \
		ln -sf ../bin/svc $(DESTDIR)/sbin/$$name; done
	install -d $(DESTDIR)/usr/share/bash-completion/completions \
		$(DESTDIR)/usr/share/zsh/site-functions
	build/host/svc completion bash \
		>$(DESTDIR)/usr/share/bash-completion/completions/svc
	build/host/svc completion zsh \
		>$(DESTDIR)/usr/share/zsh/site-functions/_svc
	for page in $(MANUALS); do \
		install -D -m 644 $$page \
		$(DESTDIR)/usr/share/man/man$${page##*.}/$${page##*/}; done

# --- tests ------------------------------------------------------------------

# prove, with a harness that also writes what came of it to build/results.
prove = mkdir -p build/results && RESULTS=build/results/$1 BOARD=$(BOARD) \
	FUZZ_SECONDS=$(FUZZ_SECONDS) PERL5LIB=tests/lint prove --timer --harness=Results $2

UNIT_SOURCES := $(wildcard tests/unit/*_test.c)
UNIT_HELPERS := $(filter-out $(UNIT_SOURCES),$(wildcard tests/unit/*.c))
UNIT_CFLAGS := $(COMMON) $(WARNINGS) -Ibuild/host -Itests/unit $(CFLAGS)
unit_programs = $(patsubst tests/unit/%.c,$1/%,$(UNIT_SOURCES))
unit_helpers = $(patsubst tests/unit/%.c,$1/unit/%.o,$(UNIT_HELPERS))
UNIT_PROGRAMS := $(call unit_programs,build/unit)

build/unit/%: FLAGS := -O1 $(SANITIZE)
build/coverage/%: FLAGS := -O0 --coverage -fprofile-update=atomic

define unit
$1/obj/%.o: init/%.c Makefile build/host/config.h
	$$(call quiet,CC,$$@)
	@mkdir -p $$(@D)
	@$$(HOSTCC) $$(UNIT_CFLAGS) $$(FLAGS) -c -o $$@ $$<
$1/unit/%.o: tests/unit/%.c Makefile build/host/config.h
	$$(call quiet,CC,$$@)
	@mkdir -p $$(@D)
	@$$(HOSTCC) $$(UNIT_CFLAGS) $$(FLAGS) -c -o $$@ $$<
$$(call unit_programs,$1): $1/%: $1/unit/%.o $$(call unit_helpers,$1) \
		$$(call archives,$1/obj,$$(UNIT_FOLDERS))
	@$$(HOSTCC) $$(FLAGS) -Wl,--gc-sections -o $$@ $$^ -lcmocka
endef
$(eval $(call unit,build/unit))
$(eval $(call unit,build/coverage))

# The exploration of plan/. It brings the table of transitions itself, to change
# it, and so machine.o is left out.
MODEL := build/model/explore
MODEL_OBJECTS := $(patsubst tests/%.c,build/%.o,$(wildcard tests/model/*.c))

build/model/%.o: tests/model/%.c Makefile build/host/config.h
	$(call quiet,CC,$@)
	@mkdir -p $(@D)
	@$(HOSTCC) $(HOST_CFLAGS) -Itests/model -c -o $@ $<
$(MODEL): $(MODEL_OBJECTS) build/host/obj/plan.a
	@$(HOSTCC) -Wl,--gc-sections -o $@ $^

.PHONY: unit
unit: $(UNIT_PROGRAMS) $(MODEL) ## run the unit tests, and explore plan/
	@$(call prove,unit,--exec tests/lint/unit $(MODEL) \
		$(wildcard tests/bench/*.t) $(or $(UNIT_PROGRAMS), \
		$(error there are no tests in tests/unit yet)))

COVERED := table
.PHONY: coverage
coverage: $(call unit_programs,build/coverage) ## measure what the unit tests reach of init/table
	@find build/coverage -name '*.gcda' -delete
	@for test in $(call unit_programs,build/coverage); do \
		CMOCKA_MESSAGE_OUTPUT=TAP $$test >$$test.log 2>&1 || { \
		cat $$test.log; exit 1; }; done
	@tests/lint/coverage --lines 100 --branches 95 init/$(COVERED) \
		$(call objects,build/coverage/obj,$(COVERED))

FUZZ_SECONDS ?= 60
FUZZERS := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_CFLAGS := $(COMMON) $(WARNINGS) -Wno-format-nonliteral -Ibuild/host -O1 $(SANITIZE)

build/fuzz/obj/%.o: init/%.c Makefile build/host/config.h
	$(call quiet,CLANG,$@)
	@mkdir -p $(@D)
	@clang $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<
build/fuzz/%.o: tests/fuzz/%.c Makefile build/host/config.h
	$(call quiet,CLANG,$@)
	@mkdir -p $(@D)
	@clang $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<
$(FUZZERS): %: %.o $(call archives,build/fuzz/obj,$(UNIT_FOLDERS))
	@clang $(SANITIZE) -fsanitize=fuzzer -Wl,--gc-sections -o $@ $^

.PHONY: fuzz
fuzz: $(FUZZERS) ## fuzz each target for FUZZ_SECONDS
	@$(call prove,fuzz,-j2 \
		--exec tests/lint/fuzz $(or $(FUZZERS), \
		$(error there are no targets in tests/fuzz yet)))

# Those that take longest come first, or one runs alone at the end.
LONGEST := $(addprefix tests/boot/,power.t scale.t escape.t faults.t limits.t \
	ends.t smoke.t readme.t cuts.t)
BOOT_FOUND := $(sort $(wildcard tests/boot/*.t))
BOOT_TESTS = $(or $(filter $(BOOT_FOUND),$(LONGEST)) \
	$(filter-out $(LONGEST),$(BOOT_FOUND)), \
	$(error there are no tests in tests/boot yet))
boot_targets := $(addprefix boot-,$(BOARDS))
.PHONY: boot $(boot_targets)
boot: ## run the boot tests on every board, or BOARDS='NAME ...'
	@failed=; for board in $(BOARDS); do \
		$(MAKE) --no-print-directory BOARD=$$board boot-$$board || \
		failed="$$failed $$board"; done; \
	if [ -n "$$failed" ]; then \
		echo "boot tests failed on:$$failed" >&2; exit 1; fi

include tests/boot/boot.mk
include tests/bench/bench.mk
boot-$(BOARD): image
	@echo "boot tests on $(BOARD)"
	@$(call prove,boot-$(BOARD),-j2 $(BOOT_TESTS))

# The boots leave much of two CPUs idle, since each waits for its guest now and
# then: the other checks have that, and first what few boots want, and late. What
# both build is built before.
CHECKS := lint unit coverage fuzz bench-short
JOBS := $(shell nproc)
together := $(MAKE) --no-print-directory -j$(JOBS) --output-sync=target

.PHONY: extras
extras:
	@for board in $(BOARDS); do \
		$(together) BOARD=$$board e2fsprogs boot-packages || exit; done

.PHONY: checks
checks: ## run lint, unit, coverage, fuzz and bench-short
	@failed=; for target in $(CHECKS); do \
		$(together) $$target || failed="$$failed $$target"; done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed" >&2; exit 1; fi

.PHONY: test
test: ## run everything: lint, unit, coverage, fuzz, boot on all boards
	@rm -rf build/results
	@mkdir -p build
	@failed=; for board in $(BOARDS); do \
		$(together) BOARD=$$board image || failed="$$failed $$board"; \
	done; \
	$(together) all manuals build/host/config.h || failed="$$failed all"; \
	nice -n 10 $(MAKE) --no-print-directory --keep-going extras checks \
		>build/checks.log 2>&1 & \
	checks=$$!; trap "kill $$checks" INT TERM; \
	$(MAKE) --no-print-directory boot || failed="$$failed boot"; \
	wait $$checks || failed="$$failed checks"; \
	cat build/checks.log; \
	tests/lint/total build/results; \
	if [ -n "$$failed" ]; then echo "failed:$$failed" >&2; exit 1; fi

# --- lint -------------------------------------------------------------------

LINT := build/lint
SOURCES := $(sort $(wildcard init/*.c init/*/*.c))
HEADERS := $(sort $(wildcard init/*.h init/*/*.h init/*/*.def))
HOST_SOURCES := $(sort $(wildcard rootfs/manual/*.c rootfs/seccomp/*.c))
TEST_SOURCES := $(sort $(wildcard tests/*/*.c tests/*/*.h tests/*/*/*.c))
TIDY_STAMPS := $(patsubst init/%.c,$(LINT)/tidy/%,$(SOURCES))
STRICT_STAMPS := $(patsubst init/%.c,$(LINT)/strict/%,$(SOURCES))
HOST_STAMPS := $(patsubst rootfs/%.c,$(LINT)/strict/%,$(HOST_SOURCES))
HERE := $(CACHE)/$(ARCH)/musl-dev/usr/include
MUSL_CFLAGS = $(LANGUAGE) -I$(OUT) -nostdlibinc --target=$(TRIPLE) \
	-isystem $(HERE)/$(TRIPLE:-gnu=-musl) -idirafter $(HERE)/$(TRIPLE) \
	-idirafter $(HERE)
# One line a finding; all of what the linter said if none looks like one.
say = >$@.log 2>&1 || { grep -E ":[0-9]+:.*(error|warning):" $@.log | sort -u | \
	grep . || cat $@.log; exit 1; }; touch $@

.PHONY: lint
lint: ## check format, style, layers, scripts, manuals and binaries
	@$(MAKE) --no-print-directory --keep-going lint-all || { \
		echo "lint: see the findings above" >&2; exit 1; }

.PHONY: format
format: ## lay out all C sources as lint wants them
	clang-format -i $(filter %.c %.h,$(SOURCES) $(HEADERS) \
		$(HOST_SOURCES) $(TEST_SOURCES))

.PHONY: lint-all
lint-all: $(LINT)/format $(LINT)/layers $(LINT)/cppcheck $(LINT)/shellcheck \
		$(LINT)/manuals $(LINT)/binaries $(STRICT_STAMPS) $(HOST_STAMPS) \
		$(TIDY_STAMPS)

$(LINT)/format: $(SOURCES) $(HEADERS) $(HOST_SOURCES) $(TEST_SOURCES) .clang-format
	$(call quiet,LINT,format)
	@mkdir -p $(@D)
	@clang-format --dry-run -Werror $(filter %.c %.h,$^) $(say)

$(LINT)/layers: $(SOURCES) $(HEADERS) tests/lint/layers Makefile
	$(call quiet,LINT,layers)
	@mkdir -p $(@D)
	@tests/lint/layers "$(FOLDERS)" "$(SVC_FOLDERS)" $(SOURCES) $(HEADERS)
	@touch $@

$(LINT)/cppcheck: $(SOURCES) $(HEADERS) $(HOST_SOURCES) Makefile $(OUT)/config.h
	$(call quiet,LINT,cppcheck)
	@mkdir -p $(@D)/cppcheck.d
	@cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr \
		--enable=warning,style,performance,portability \
		--cppcheck-build-dir=$(@D)/cppcheck.d -j2 -D_GNU_SOURCE \
		--suppress=missingIncludeSystem \
		--suppress=unusedStructMember --template=gcc \
		-Iinit -I$(OUT) $(SOURCES) $(HOST_SOURCES) $(say)

$(STRICT_STAMPS): $(LINT)/strict/%: init/%.c Makefile $(OUT)/config.h | $(CC)
	@mkdir -p $(@D)
	@$(CC) $(TARGET_CFLAGS) -Werror -MF $@.d -MT $@ -c -o $@.o $<
	@touch $@

$(HOST_STAMPS): $(LINT)/strict/%: rootfs/%.c Makefile
	@mkdir -p $(@D)
	@$(HOSTCC) $(HOST_CFLAGS) -Werror -MF $@.d -MT $@ -c -o $@.o $<
	@touch $@

$(TIDY_STAMPS): $(LINT)/tidy/%: init/%.c $(LINT)/strict/% .clang-tidy
	$(call quiet,TIDY,$<)
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- $(MUSL_CFLAGS) $(say)

$(LINT)/binaries: $(OUT)/init.debug $(PROGRAMS:%=$(OUT)/%) tests/lint/binaries \
		tests/lint/forbidden
	$(call quiet,LINT,binaries)
	@mkdir -p $(@D)
	@$(CC) $(TARGET_CFLAGS) -Werror $(TARGET_LDFLAGS) $(WHOLE_LDFLAGS) \
		-o $(LINT)/init $(INIT_PARTS)
	@TOOL=$(TOOL) LIMIT=$(SIZE_LIMIT) tests/lint/binaries $(OUT)
	@touch $@

SCRIPTS = $(shell git ls-files -co --exclude-standard 2>/dev/null | \
	xargs -r grep -lsE '^\#!.*[/ ](ba|da|k)?sh( |$$)' -m 1 2>/dev/null)
$(LINT)/shellcheck: $(SCRIPTS)
	$(call quiet,LINT,shellcheck)
	@mkdir -p $(@D)
	@shellcheck -x -f gcc $(SCRIPTS)
	@touch $@

$(LINT)/manuals: $(MANUALS)
	$(call quiet,LINT,manuals)
	@mkdir -p $(@D)
	@mandoc -T lint -W warning $(MANUALS)
	@touch $@

# Header dependencies, as the compilers wrote them on the last run.
-include $(shell find $(OUT)/obj $(OUT)/boot/next $(OUT)/boot/far build/host/obj \
	build/unit build/coverage build/fuzz build/model $(LINT)/strict -name '*.d' 2>/dev/null)
