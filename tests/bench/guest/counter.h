/* The time since the machine's reset, by a counter of the processor, where QEMU
 * counts instructions: ns.
 */
#ifndef BENCH_COUNTER_H
#define BENCH_COUNTER_H

#include <stdint.h>

#if defined(__x86_64__)
/* QEMU's processor counts one each nanosecond. */
static inline uint64_t counter(void)
{
	return __builtin_ia32_rdtsc();
}
#elif defined(__aarch64__)
static inline uint64_t counter(void)
{
	uint64_t count, rate;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(count));
	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(rate));
	return count * UINT64_C(1000000) / rate * 1000;
}
#endif

#endif
