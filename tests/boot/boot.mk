# The program of the boot tests: tests/boot/guest/*.c for the board.

BOOT_PROBE := $(OUT)/boot/probe
BOOT_OBJECTS := $(patsubst tests/boot/guest/%.c,$(OUT)/boot/obj/%.o, \
	$(sort $(wildcard tests/boot/guest/*.c)))

$(OUT)/boot/obj/%.o: tests/boot/guest/%.c tests/boot/guest/probe.h Makefile | $(CC)
	$(call quiet,CC,$@)
	@mkdir -p $(@D)
	@$(CC) $(TARGET_CFLAGS) -Wno-stack-usage -c -o $@ $<

$(BOOT_PROBE): $(BOOT_OBJECTS)
	$(call quiet,LINK,$@)
	@$(CC) $(TARGET_CFLAGS) $(TARGET_LDFLAGS) -s -o $@ $^

boot-$(BOARD): $(BOOT_PROBE)
