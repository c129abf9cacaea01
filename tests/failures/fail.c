/* A library to preload that makes the Nth call of a kind fail, as a full disk or short memory
 * would.  For tests on Linux with the GNU C library; tests/failures/run uses it.
 *
 *	FAIL_CALL=write FAIL_AT=3 FAIL_REPORT=file LD_PRELOAD=libfail.so program ...
 *
 * FAIL_CALL is memory, map, open, read, write, close, rename, sync, seek, status or thread.
 * Calls are counted from main() on, in all threads together.  Those that OpenBLAS and the
 * loader make for themselves are left alone.  Where the failure happens, a line about it is
 * written to FAIL_REPORT: without that file, the program made fewer calls.  FAIL_AT=0 makes
 * nothing fail and writes the number of calls at the end.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { MEMORY, MAP, OPEN, READ, WRITE, CLOSE, RENAME, SYNC, SEEK, STATUS, THREAD, KINDS };
static const char *const kind_names[KINDS] = {"memory", "map", "open", "read", "write", "close",
	"rename", "sync", "seek", "status", "thread"};
static const int reasons[KINDS] = {
	ENOMEM, ENOMEM, EMFILE, EIO, ENOSPC, EIO, EACCES, EIO, EIO, EIO, EAGAIN};

static bool armed;
static enum kind chosen = KINDS;
static long fail_at;
static atomic_long calls;
static const char *report;

/* By the bare system calls, which nothing here intercepts. */
static void write_report(const char *text, int length)
{
	long fd = report
		? syscall(SYS_openat, AT_FDCWD, report, O_WRONLY | O_CREAT | O_TRUNC, 0600)
		: -1;
	if (fd < 0)
		return;
	(void)!syscall(SYS_write, fd, text, (size_t)length);
	syscall(SYS_close, fd);
}

static bool counts(const Dl_info *from)
{
	const char *object = from->dli_fname ? from->dli_fname : "";
	return !strstr(object, "openblas") && !strstr(object, "gfortran") &&
		!strstr(object, "ld-linux") && !strstr(object, "ld-musl");
}

/* Must this call fail?  caller is where it returns to. */
static bool fails(enum kind kind, const void *caller)
{
	Dl_info from = {0};
	if (!armed || kind != chosen)
		return false;
	int error = errno;
	dladdr(caller, &from);
	errno = error;
	if (!counts(&from))
		return false;
	long n = ++calls;
	if (n != fail_at)
		return false;
	char text[512];
	int length = snprintf(text, sizeof text, "%s %ld, from %s+0x%lx (%s)\n",
		kind_names[kind], n, from.dli_fname ? from.dli_fname : "?",
		(unsigned long)((const char *)caller - (const char *)from.dli_fbase - 1),
		from.dli_sname ? from.dli_sname : "?");
	write_report(text, length < (int)sizeof text ? length : (int)sizeof text - 1);
	errno = reasons[kind];
	return true;
}
#define FAILS(kind) fails(kind, __builtin_return_address(0))

/* The function that ours stands in for. */
static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}
#define NEXT(function) ((__typeof__(&(function)))next(#function))

static void at_the_end(void)
{
	char text[32];
	armed = false;
	if (fail_at == 0)
		write_report(text, snprintf(text, sizeof text, "%ld\n", atomic_load(&calls)));
}

static int (*program)(int, char **, char **);

static int start(int argc, char **argv, char **environment)
{
	const char *call = getenv("FAIL_CALL"), *at = getenv("FAIL_AT");
	report = getenv("FAIL_REPORT");
	for (enum kind k = 0; call && k < KINDS; k++)
		if (strcmp(call, kind_names[k]) == 0)
			chosen = k;
	fail_at = at ? atol(at) : 0;
	unsetenv("LD_PRELOAD");
	atexit(at_the_end);
	armed = true;
	return program(argc, argv, environment);
}

int __libc_start_main(int (*)(int, char **, char **), int, char **, void (*)(void),
	void (*)(void), void (*)(void), void *);
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv,
	void (*init)(void), void (*fini)(void), void (*rtld_fini)(void), void *stack)
{
	program = main;
	return NEXT(__libc_start_main)(start, argc, argv, init, fini, rtld_fini, stack);
}

/* Memory: the library's own functions have these names, too, without which dlsym would call
 * what it looks for. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t size)
{
	return FAILS(MEMORY) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return FAILS(MEMORY) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return FAILS(MEMORY) ? NULL : __libc_realloc(old, size);
}

int posix_memalign(void **p, size_t align, size_t size)
{
	if (FAILS(MEMORY))
		return ENOMEM;
	*p = __libc_memalign(align, size);
	return *p ? 0 : ENOMEM;
}

void *aligned_alloc(size_t align, size_t size)
{
	return FAILS(MEMORY) ? NULL : __libc_memalign(align, size);
}

/* Each call has a second name where files have large offsets. */
#define LARGE(result, name, parameters) result name##64 parameters __attribute__((alias(#name)))

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	return FAILS(MAP) ? MAP_FAILED : NEXT(mmap)(at, size, protection, flags, fd, offset);
}
LARGE(void *, mmap, (void *, size_t, int, int, int, off_t));

int open(const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	return FAILS(OPEN) ? -1 : NEXT(open)(path, flags, mode);
}
LARGE(int, open, (const char *, int, ...));

int openat(int folder, const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	return FAILS(OPEN) ? -1 : NEXT(openat)(folder, path, flags, mode);
}
LARGE(int, openat, (int, const char *, int, ...));

int mkstemp(char *path)
{
	return FAILS(OPEN) ? -1 : NEXT(mkstemp)(path);
}
LARGE(int, mkstemp, (char *));

int mkostemp(char *path, int flags)
{
	return FAILS(OPEN) ? -1 : NEXT(mkostemp)(path, flags);
}
LARGE(int, mkostemp, (char *, int));

FILE *fopen(const char *path, const char *mode)
{
	return FAILS(OPEN) ? NULL : NEXT(fopen)(path, mode);
}
LARGE(FILE *, fopen, (const char *, const char *));

ssize_t read(int fd, void *to, size_t size)
{
	return FAILS(READ) ? -1 : NEXT(read)(fd, to, size);
}

ssize_t pread(int fd, void *to, size_t size, off_t offset)
{
	return FAILS(READ) ? -1 : NEXT(pread)(fd, to, size, offset);
}
LARGE(ssize_t, pread, (int, void *, size_t, off_t));

/* A line on standard error is no work that can be lost. */
ssize_t write(int fd, const void *from, size_t size)
{
	return fd != STDERR_FILENO && FAILS(WRITE) ? -1 : NEXT(write)(fd, from, size);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t offset)
{
	return FAILS(WRITE) ? -1 : NEXT(pwrite)(fd, from, size, offset);
}
LARGE(ssize_t, pwrite, (int, const void *, size_t, off_t));

/* What is closed is closed, even where close fails. */
int close(int fd)
{
	bool failed = FAILS(CLOSE);
	int status = NEXT(close)(fd);
	if (failed)
		errno = reasons[CLOSE];
	return failed ? -1 : status;
}

int fclose(FILE *file)
{
	bool failed = FAILS(CLOSE);
	int status = NEXT(fclose)(file);
	if (failed)
		errno = reasons[CLOSE];
	return failed ? EOF : status;
}

int rename(const char *from, const char *to)
{
	return FAILS(RENAME) ? -1 : NEXT(rename)(from, to);
}

int fsync(int fd)
{
	return FAILS(SYNC) ? -1 : NEXT(fsync)(fd);
}

int fdatasync(int fd)
{
	return FAILS(SYNC) ? -1 : NEXT(fdatasync)(fd);
}

off_t lseek(int fd, off_t offset, int from)
{
	return FAILS(SEEK) ? -1 : NEXT(lseek)(fd, offset, from);
}
LARGE(off_t, lseek, (int, off_t, int));

int ftruncate(int fd, off_t size)
{
	return FAILS(SEEK) ? -1 : NEXT(ftruncate)(fd, size);
}
LARGE(int, ftruncate, (int, off_t));

int fstat(int fd, struct stat *status)
{
	return FAILS(STATUS) ? -1 : NEXT(fstat)(fd, status);
}

int fstat64(int fd, struct stat64 *status)
{
	return FAILS(STATUS) ? -1 : NEXT(fstat64)(fd, status);
}

int stat(const char *path, struct stat *status)
{
	return FAILS(STATUS) ? -1 : NEXT(stat)(path, status);
}

int stat64(const char *path, struct stat64 *status)
{
	return FAILS(STATUS) ? -1 : NEXT(stat64)(path, status);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
	void *argument)
{
	if (FAILS(THREAD))
		return EAGAIN;
	return NEXT(pthread_create)(thread, attributes, run, argument);
}
