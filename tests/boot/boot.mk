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
	@[ $(ARCH) != amd64 ] || board/fetch $(CACHE) tree $(ARCH) \
		"$$(board/fetch $(CACHE) name $(ARCH) linux-image-amd64)" >/dev/null

# init of the next version, whose units have three words more in their midst;
# and one of a version after that, which no state of this one is for.
NEXT_OBJECTS := main.o $(patsubst init/%.c,%.o,$(wildcard init/supervise/*.c \
	init/upgrade/*.c)) base/state.o
next_parts = $(addprefix $(OUT)/boot/$1/,$2) $(filter-out $(addprefix $(OUT)/obj/,$2 \
	$(if $(filter main.o,$2),supervise.a upgrade.a)),$(INIT_PARTS))

$(OUT)/boot/next/%.o: init/%.c Makefile $(OUT)/config.h | $(CC)
	$(call quiet,CC,$@)
	@mkdir -p $(@D)
	@$(CC) $(TARGET_CFLAGS) -DSTATE_VERSION=4U -DSTATE_EXTRA=3 -c -o $@ $<

$(OUT)/boot/far/%.o: init/%.c Makefile $(OUT)/config.h | $(CC)
	$(call quiet,CC,$@)
	@mkdir -p $(@D)
	@$(CC) $(TARGET_CFLAGS) -DSTATE_VERSION=5U -c -o $@ $<

$(OUT)/boot/init-next: $(call next_parts,next,$(NEXT_OBJECTS))
$(OUT)/boot/init-far: $(call next_parts,far,base/state.o)
$(OUT)/boot/init-next $(OUT)/boot/init-far:
	$(call quiet,LINK,$@)
	@$(CC) $(TARGET_CFLAGS) $(TARGET_LDFLAGS) -s -o $@ $^

boot-$(BOARD): $(OUT)/boot/init-next $(OUT)/boot/init-far
