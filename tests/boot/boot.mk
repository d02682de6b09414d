# The program of the boot tests: tests/boot/guest/*.c for the board.

BOOT_PROBE := $(OUT)/boot/probe
BOOT_OBJECTS := $(patsubst tests/boot/guest/%.c,$(OUT)/boot/obj/%.o, \
	$(sort $(wildcard tests/boot/guest/*.c)))

$(OUT)/boot/obj/%.o: tests/boot/guest/%.c tests/boot/guest/probe.h Makefile | $(CC)
	$(call quiet,CC,$@)
	@mkdir -p $(@D)
	@$(CC) $(TARGET_CFLAGS) -Wno-stack-usage -c -o $@ $<

# It knows the steps of a start as the builder does: sandbox/ names those of
# builder/, which call sandbox/ again.
$(BOOT_PROBE): $(BOOT_OBJECTS) \
		$(call archives,$(OUT)/obj,base table plan load log sandbox builder sandbox)
	$(call quiet,LINK,$@)
	@$(CC) $(TARGET_CFLAGS) $(TARGET_LDFLAGS) -s -o $@ $+

boot-$(BOARD): $(BOOT_PROBE)

# A program that is linked as the build host's distribution does it, with the C
# library and the loader that it wants.
BOOT_DYNAMIC := $(OUT)/boot/dynamic
$(BOOT_DYNAMIC): tests/boot/privileges/dynamic.c Makefile
	$(call quiet,LINK,$@)
	@mkdir -p $(@D)
	@$(TOOL)gcc -O1 -o $@ $< -pthread
	@for file in libc.so.6 ld-linux-$(subst _,-,$(SECCOMP_ARCH)).so.$(if \
		$(filter x86_64,$(SECCOMP_ARCH)),2,1); do \
		cp "$$($(TOOL)gcc -print-file-name=$$file)" $@.$${file%%[-.]*}; \
	done

boot-$(BOARD): $(BOOT_DYNAMIC)

# What some tests fetch: nobody waits for it where it is there already.
.PHONY: boot-packages
boot-packages:
	@board/fetch $(CACHE) programs $(ARCH) \
		$$(cat tests/boot/clients/packages) >/dev/null
