# What a PC boots as a kernel, and is none: says how long the firmware took to
# come to it, ns in hexadecimal, and ends the machine. Both ways to be entered:
# the setup part of a bzImage, in 16-bit mode, without a kernel behind it, and,
# for an ELF file, PVH's, in 32-bit mode.
# Documentation/x86/boot.rst of the kernel, include/xen/interface/elfnote.h
	.macro	tell
	rdtsc
	mov	%eax, %esi
	mov	%edx, %ebx
	mov	$0x3f8, %dx		# the first serial port
	call	digits\@
	mov	%esi, %ebx
	call	digits\@
	mov	$'\n', %al
	out	%al, %dx
	mov	$0x501, %dx		# QEMU's isa-debug-exit
	out	%al, %dx
digits\@:
	mov	$8, %cx
1:	rol	$4, %ebx
	mov	%bl, %al
	and	$15, %al
	add	$'0', %al
	cmp	$'9', %al
	jbe	2f
	add	$'a' - '0' - 10, %al
2:	out	%al, %dx
	dec	%cx
	jnz	1b
	ret
	.endm

	.code16
	.org	0x1f1
	.byte	1			# sectors of setup behind the first
	.org	0x1fe
	.word	0xaa55
	jmp	start
	.ascii	"HdrS"
	.word	0x202			# version of the protocol
	.org	0x211
	.byte	1			# the kernel belongs above 1 MB
	.org	0x260
start:
	tell
	.org	0x800

	.section .pvh, "ax"
	.code32
	.globl	enter
enter:
	mov	$0x8000, %esp
	tell

	.section .note.pvh, "a", @note
	.long	4, 4, 18		# XEN_ELFNOTE_PHYS32_ENTRY
	.asciz	"Xen"
	.long	enter
