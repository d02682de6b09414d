# What the measurements need for the board.

BENCH_OUT := $(OUT)/bench
BENCH_PROGRAMS := $(addprefix $(BENCH_OUT)/,service)
BENCH_CFLAGS = $(TARGET_CFLAGS) -Wno-stack-usage -Itests/bench/guest

$(BENCH_OUT)/obj/%.o: tests/bench/guest/%.c Makefile tests/bench/bench.mk \
		$(wildcard tests/bench/guest/*.h) | $(CC)
	$(call quiet,CC,$@)
	@mkdir -p $(@D)
	@$(CC) $(BENCH_CFLAGS) -c -o $@ $<

$(BENCH_PROGRAMS): $(BENCH_OUT)/%: $(BENCH_OUT)/obj/%.o
	$(call quiet,LINK,$@)
	@$(CC) $(TARGET_CFLAGS) $(TARGET_LDFLAGS) -s -o $@ $^

# Prints its figures beside the last committed ones; SHORT=--write writes them.
.PHONY: bench-short
bench-short: image $(BENCH_PROGRAMS) ## count instructions and system calls of a start
	@BOARD=$(BOARD) tests/bench/short $(SHORT)
