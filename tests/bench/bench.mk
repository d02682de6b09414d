# What the measurements need for the board.

BENCH_OUT := $(OUT)/bench
BENCH_PROGRAMS := $(addprefix $(BENCH_OUT)/,floor monitor service stop first)
BENCH_CFLAGS = $(TARGET_CFLAGS) -Wno-stack-usage -Itests/bench/guest

$(BENCH_OUT)/obj/%.o: tests/bench/guest/%.c Makefile tests/bench/bench.mk \
		$(wildcard tests/bench/guest/*.h) | $(CC)
	$(call quiet,CC,$@)
	@mkdir -p $(@D)
	@$(CC) $(BENCH_CFLAGS) -c -o $@ $<

# For the build host itself: init with another first second (host/early.c).
BENCH_NATIVE := $(addprefix $(BENCH_OUT)/,init-native builder-native native)

$(BENCH_OUT)/obj/%.o: tests/bench/host/%.c Makefile tests/bench/bench.mk \
		$(wildcard tests/bench/guest/*.h) | $(CC)
	$(call quiet,CC,$@)
	@mkdir -p $(@D)
	@$(CC) $(BENCH_CFLAGS) -c -o $@ $<

$(BENCH_OUT)/init-native: $(BENCH_OUT)/obj/early.o $(INIT_PARTS)
	$(call quiet,LINK,$@)
	@$(CC) $(TARGET_CFLAGS) $(TARGET_LDFLAGS) -s -o $@ $^
$(BENCH_OUT)/builder-native: $(BENCH_OUT)/obj/lenient.o $(BUILDER_PARTS)
	$(call quiet,LINK,$@)
	@$(CC) $(TARGET_CFLAGS) $(TARGET_LDFLAGS) -Wl,--wrap=file_write,--wrap=prlimit -s -o $@ $^
$(BENCH_OUT)/native: $(BENCH_OUT)/obj/native.o $(BENCH_OUT)/obj/measure.o
	$(call quiet,LINK,$@)
	@$(CC) $(TARGET_CFLAGS) $(TARGET_LDFLAGS) -s -o $@ $^

$(BENCH_OUT)/table: $(BENCH_OUT)/obj/table.o
	$(call quiet,LINK,$@)
	@$(CC) $(TARGET_CFLAGS) $(TARGET_LDFLAGS) -s -o $@ $^

$(BENCH_OUT)/monitor: $(BENCH_OUT)/obj/measure.o
$(BENCH_PROGRAMS): $(BENCH_OUT)/%: $(BENCH_OUT)/obj/%.o
	$(call quiet,LINK,$@)
	@$(CC) $(TARGET_CFLAGS) $(TARGET_LDFLAGS) -s -o $@ $^

# A kernel for PCs that only says when it was reached, packed as one and as an
# ELF file.
RESETS := $(if $(filter amd64,$(ARCH)),$(addprefix $(BENCH_OUT)/,reset reset.elf))
$(BENCH_OUT)/reset $(BENCH_OUT)/reset.elf &: tests/bench/guest/reset.S
	@mkdir -p $(@D)
	@$(TOOL)gcc -c -o $(@D)/reset.o $<
	@$(TOOL)objcopy -O binary -j .text $(@D)/reset.o $(@D)/reset
	@$(TOOL)objcopy -R .text $(@D)/reset.o $(@D)/enter.o
	@$(TOOL)ld --section-start=.pvh=0x100000 -e enter -o $(@D)/reset.elf $(@D)/enter.o

.PHONY: bench-kernel
bench-kernel: image $(BENCH_OUT)/first $(RESETS) ## time the kernel's way to init
	@BOARD=$(BOARD) tests/bench/kernel $(BENCH)

# Prints its figures beside the last committed ones; SHORT=--write writes them.
.PHONY: bench-short
bench-short: image $(BENCH_PROGRAMS) $(BENCH_NATIVE) ## count instructions and system calls of a start
	@BOARD=$(BOARD) tests/bench/short $(SHORT)

# Counts what of init is run; COLD=--write writes the list by which the linker
# puts all else aside.
.PHONY: bench-cold
bench-cold: image $(BENCH_PROGRAMS) ## find what of init a start does not run
	@BOARD=$(BOARD) tests/bench/cold $(COLD)

.PHONY: bench-native
bench-native: image $(BENCH_PROGRAMS) $(BENCH_NATIVE) ## measure starts on this machine itself, as root
	@BOARD=$(BOARD) tests/bench/native $(BENCH)

.PHONY: bench
bench: image $(BENCH_PROGRAMS) $(BENCH_OUT)/table $(HOST_TOOLS) ## measure bulkhead beside other inits
	@BOARD=$(BOARD) tests/bench/boot $(BENCH)
	@BOARD=$(BOARD) tests/bench/sizes
	@tests/bench/report >build/bench/report.md
	@echo "tables are in build/bench/report.md, drawings beside it"

.PHONY: bench-report
bench-report:
	@tests/bench/report

.PHONY: deps-bench
deps-bench: ## fetch the inits that bench measures beside bulkhead
	@tests/bench/deps $(CACHE) $(ARCH)
