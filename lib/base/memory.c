#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE, madvise */
#include "base/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

static atomic_long fail_countdown;

void wp_alloc_fail_at(long n)
{
	atomic_store(&fail_countdown, n);
}

static bool must_fail(void)
{
	return atomic_load_explicit(&fail_countdown, memory_order_relaxed) > 0 &&
		atomic_fetch_sub(&fail_countdown, 1) == 1;
}

static enum wp_err no_memory(const char *what, size_t count, size_t size)
{
	double bytes = (double)count * (double)size;
	return bytes < 0x1p20
		? wp_fail(WP_ENOMEM, "%s: cannot get memory: %.0f bytes", what, bytes)
		: bytes < 0x1p30
		? wp_fail(WP_ENOMEM, "%s: cannot get memory: %.1f MiB", what, bytes / 0x1p20)
		: wp_fail(WP_ENOMEM, "%s: cannot get memory: %.1f GiB", what, bytes / 0x1p30);
}

bool wp_mulsize(size_t a, size_t b, size_t *product)
{
	if (b != 0 && a > SIZE_MAX / b)
		return false;
	*product = a * b;
	return true;
}

enum wp_err wp_alloc(void *array, size_t count, size_t size, const char *what)
{
	void *p = must_fail() ? NULL : calloc(count ? count : 1, size ? size : 1);
	memcpy(array, &p, sizeof p); /* array may point at any type of pointer */
	return p ? WP_OK : no_memory(what, count, size);
}

enum wp_err wp_grow(void *array, size_t *room, size_t need, size_t size, const char *what)
{
	if (need <= *room)
		return WP_OK;
	size_t count = *room + *room / 2;
	if (count < need)
		count = need;
	size_t bytes;
	void *old, *p = NULL;
	memcpy(&old, array, sizeof old);
	if (wp_mulsize(count, size, &bytes) && !must_fail())
		p = realloc(old, bytes);
	if (!p)
		return no_memory(what, count, size);
	memcpy(array, &p, sizeof p);
	*room = count;
	return WP_OK;
}

enum { HUGE_PAGE = 2 << 20 };

enum wp_err wp_table_alloc(void *table, size_t bytes, const char *what)
{
	void *p = NULL;
	size_t align = bytes >= HUGE_PAGE ? HUGE_PAGE : 64;
	size_t rounded = (bytes + align - 1) / align * align;
	if (rounded < bytes || must_fail() ||
		posix_memalign(&p, align, rounded ? rounded : align))
		p = NULL;
	memcpy(table, &p, sizeof p);
	if (!p)
		return no_memory(what, bytes, 1);
#ifdef MADV_HUGEPAGE
	if (bytes >= HUGE_PAGE)
		madvise(p, rounded, MADV_HUGEPAGE); /* only a hint: its failure is no failure */
#endif
	memset(p, 0, rounded);
	return WP_OK;
}

void *wp_reserve(size_t bytes)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#ifdef MAP_NORESERVE
	flags |= MAP_NORESERVE;
#endif
	char *p = mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
#ifdef MADV_HUGEPAGE
	if (bytes > 2 * (size_t)HUGE_PAGE) /* what stays small need not be cleared so far */
		madvise(p + HUGE_PAGE, bytes - HUGE_PAGE, MADV_HUGEPAGE); /* only a hint */
#endif
	return p;
}

void wp_release(void *area, size_t bytes)
{
	if (area)
		munmap(area, bytes ? bytes : 1);
}

/* The kernel's own line; in kibibytes, 0 where there is none. */
static size_t read_peak(void)
{
	char line[128];
	unsigned long peak = 0;
	FILE *status = fopen("/proc/self/status", "re");
	while (status && fgets(line, sizeof line, status))
		if (sscanf(line, "VmHWM: %lu kB", &peak) == 1)
			break;
	if (status)
		fclose(status);
	return peak;
}

size_t wp_peak_memory(void)
{
	/* getrusage would count what ran in this process before exec(2), too: a shell or an
	 * interpreter that is larger than we are. */
	size_t peak = read_peak();
	if (peak)
		return peak * 1024;
	struct rusage usage;
	if (getrusage(RUSAGE_SELF, &usage) != 0 || usage.ru_maxrss < 0)
		return 0;
#ifdef __APPLE__
	return (size_t)usage.ru_maxrss;
#else
	return (size_t)usage.ru_maxrss * 1024;
#endif
}
