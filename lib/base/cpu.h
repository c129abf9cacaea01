/* Which instruction sets the machine offers, for kernels that are chosen at run time. */
#ifndef WP_BASE_CPU_H
#define WP_BASE_CPU_H

#ifdef __cplusplus
extern "C" {
#endif

/* In order: each includes those before it. */
enum wp_isa {
	WP_ISA_PLAIN,  /* what the compiler assumes anyway; always there            */
	WP_ISA_AVX2,   /* x86-64 with AVX2, FMA, F16C, BMI2, PCLMULQDQ              */
	WP_ISA_AVX512, /* and AVX-512 F, BW, VL, DQ, VBMI, VBMI2, VNNI, VPCLMULQDQ: */
		       /* Ice Lake, Zen 4                                           */
};

/* The best instruction set that this machine, its system and this build have.  The environment
 * variable WORDPIPE_ISA (plain, avx2 or avx512) lowers it, never raises it: so tests run every
 * variant on one machine. */
enum wp_isa wp_cpu_isa(void);

/* "plain", "avx2" or "avx512". */
const char *wp_isa_name(enum wp_isa isa);

/* From now on this thread takes floating-point numbers that are too small for full precision
 * (denormal ones, below 1e-38 in single precision) for zero.  Processors can be a hundred times
 * slower with them, and what fades away step by step, as gradients do, is full of them.
 * Returns the mode before, for wp_restore_denormals; does nothing where the machine has no such
 * mode, or none that we know. */
unsigned wp_flush_denormals(void);
void wp_restore_denormals(unsigned mode);

#ifdef __cplusplus
}
#endif
#endif
