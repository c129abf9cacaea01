#include "base/cpu.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef WP_X86_KERNELS
#include <xmmintrin.h>
#endif
#ifdef WP_X86_KERNELS
#include <cpuid.h>
#endif

static const char *const isa_names[] = {"plain", "avx2", "avx512"};

const char *wp_isa_name(enum wp_isa isa)
{
	return isa_names[isa];
}

#ifdef WP_X86_KERNELS
static bool has_f16c(void)
{
#ifdef __clang__ /* whose __builtin_cpu_supports does not know it */
	unsigned a, b, c, d;
	return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
#else /* on a virtual machine this is a thousand times quicker than CPUID */
	return __builtin_cpu_supports("f16c");
#endif
}
#endif

static enum wp_isa machine_isa(void)
{
#ifdef WP_X86_KERNELS
	__builtin_cpu_init();
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
		!__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2") ||
		!__builtin_cpu_supports("pclmul") || !has_f16c())
		return WP_ISA_PLAIN;
	if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
		!__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq") ||
		!__builtin_cpu_supports("avx512vbmi") ||
		!__builtin_cpu_supports("avx512vbmi2") ||
		!__builtin_cpu_supports("avx512vnni") || !__builtin_cpu_supports("vpclmulqdq"))
		return WP_ISA_AVX2;
	return WP_ISA_AVX512;
#else
	return WP_ISA_PLAIN;
#endif
}

enum wp_isa wp_cpu_isa(void)
{
	enum wp_isa isa = machine_isa();
	const char *wish = getenv("WORDPIPE_ISA");
	for (enum wp_isa i = WP_ISA_PLAIN; wish && i < isa; i++)
		if (strcmp(wish, isa_names[i]) == 0)
			return i;
	return isa;
}

unsigned wp_flush_denormals(void)
{
#ifdef WP_X86_KERNELS
	enum { FLUSH_RESULTS = 0x8000, TAKE_FOR_ZERO = 0x0040 };
	unsigned mode = _mm_getcsr();
	_mm_setcsr(mode | FLUSH_RESULTS | TAKE_FOR_ZERO);
	return mode;
#elif defined(__aarch64__)
	const uint64_t flush = 1 << 24; /* FPCR.FZ: of arguments and results */
	uint64_t mode;
	__asm__ volatile("mrs %0, fpcr" : "=r"(mode));
	__asm__ volatile("msr fpcr, %0" : : "r"(mode | flush));
	return (unsigned)mode;
#else
	return 0;
#endif
}

void wp_restore_denormals(unsigned mode)
{
#ifdef WP_X86_KERNELS
	_mm_setcsr(mode);
#elif defined(__aarch64__)
	__asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)mode));
#else
	(void)mode;
#endif
}
