# Debian's name of the board's architecture, what the names of its compiler's
# tools begin with, and flags that only this architecture knows. Outline
# atomics would ask the C library for the CPU's features at start.
ARCH := arm64
TRIPLE := aarch64-linux-gnu
BOARD_CFLAGS := -march=armv8-a -mno-outline-atomics
# The linker's default of 64 KiB would pad each program; this kernel has pages
# of 4 KiB.
BOARD_LDFLAGS := -Wl,-z,max-page-size=4096
