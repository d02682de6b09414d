# Debian's name of the board's architecture, what the names of its compiler's
# tools begin with, and flags that only this architecture knows. The CET mark
# is left out since musl's start files do not carry it.
ARCH := amd64
TRIPLE := x86_64-linux-gnu
BOARD_CFLAGS := -march=x86-64 -fcf-protection=none
# The largest that init and svc may be here, in bytes.
SIZE_LIMIT := 91713
