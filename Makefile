# wordpipe: small filters that turn text into word vectors and recurrent networks.
#
#   make              build the programs into build/bin and the libraries
#   make deps         install what the build and the tests need (apt-get)
#   make demo         run the main pipeline on a corpus of our own; TEXT=file for yours
#   make check lint   run the tests; check style, scripts and pages
#   make bench        measure against other programs, as ratios; ROWS="w2v vocab" only those
#   make install      PREFIX=/usr/local DESTDIR= PROGPREFIX=
#   make man          renew the parts of the man pages that come from the option tables
#   make dist         a source archive that has been built and tested
#
# CC, CFLAGS, CPPFLAGS, LDFLAGS are yours; SAN=address,undefined builds with sanitizers.

VERSION = 0.1.0

PREFIX = /usr/local
DESTDIR =
PROGPREFIX =
bindir = $(PREFIX)/bin
libdir = $(PREFIX)/lib
includedir = $(PREFIX)/include
mandir = $(PREFIX)/share/man
bashdir = $(PREFIX)/share/bash-completion/completions
zshdir = $(PREFIX)/share/zsh/site-functions

CC = cc
CFLAGS = -O3 -g
SAN =
WORDPIPE_DATA = ../shared/data

WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wformat=2 -Wimplicit-fallthrough -Wundef
# Products may be contracted to fused multiply-adds in every build alike.
ours = -std=c11 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -DWP_VERSION='"$(VERSION)"' \
	-Ilib -Itools -I$(B)/generated -fPIC -ffp-contract=fast -fno-math-errno $(WARNINGS) $(kernels) $(isa) \
	$(if $(SAN),-DWP_SANITIZED -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)

# Objects of different compilers and flags never mix: each has a directory of its own.
config := $(shell printf '%s' '$(CC) $(CFLAGS) $(CPPFLAGS) $(LDFLAGS) $(SAN)' | cksum | cut -d' ' -f1)
B = build/$(config)

### What there is ########################################################################

programs := $(sort $(filter-out tool%,$(notdir $(basename $(wildcard tools/*.c)))))
layer := $(wildcard tools/tool*.c)
core := $(wildcard lib/base/*.c lib/stream/*.c lib/text/*.c lib/formats/*.c)
embed := $(wildcard lib/math/*.c lib/embed/*.c)
nn := $(wildcard lib/nn/*/*.c)
# Compiled a second time in double precision (lib/nn/core/real.h).
nn_twice := $(wildcard $(addprefix lib/nn/,core/gradient.c kernels/*.c layers/*.c outputs/*.c net/*.c))

# Kernels for x86-64 instruction sets, chosen when the program starts (lib/base/cpu.h).  Where
# `make deps` has yet to install the compiler, the machine is asked.
ifneq ($(findstring x86_64,$(shell $(CC) -dumpmachine 2>/dev/null || uname -m)),)
embed_kernels := $(wildcard lib/x86/w2v_*.c lib/x86/glove_*.c lib/x86/sparse_*.c \
	lib/x86/chain_*.c)
nn_kernels := $(wildcard lib/x86/nn_*.c)
core += $(filter-out $(embed_kernels) $(nn_kernels),$(wildcard lib/x86/*.c))
embed += $(embed_kernels)
nn += $(nn_kernels)
kernels = -DWP_X86_KERNELS
endif
avx2 = -mavx2 -mfma -mf16c -mbmi -mbmi2 -mpclmul
avx512 = $(avx2) -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vbmi -mavx512vbmi2 -mvpclmulqdq
%_avx2.o: isa = $(avx2)
%_avx512.o: isa = $(avx512) -mprefer-vector-width=512

# What a program links beyond zlib; OpenBLAS only where matrices are multiplied.
tokenize_libs = -lutf8proc
vocab_libs = -lutf8proc
blas_programs = analogy emb-eval neighbors svd-embed rnn-train rnn-predict clip-stats
$(foreach p,$(blas_programs),$(eval $(p)_libs = -lopenblas))

objects = $(patsubst %.c,$(B)/%.o,$(1))
bin = $(programs:%=$(B)/bin/%)
static = $(B)/libwordpipe-rnn.a $(B)/libwordpipe-embed.a $(B)/libwordpipe.a
shared = $(B)/libwordpipe.so $(B)/libwordpipe-embed.so $(B)/libwordpipe-rnn.so
completions = $(programs:%=$(B)/completion/bash/%) $(programs:%=$(B)/completion/zsh/_%)
pages = $(wildcard man/*.1 man/*.5 man/*.7)
lib_tests := $(patsubst tests/lib/%.c,%,$(wildcard tests/lib/*_test.c))
fuzzers := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
examples := $(patsubst examples/%.c,%,$(wildcard examples/*.c))
benches := $(patsubst bench/%.c,%,$(wildcard bench/*.c))

### Building #############################################################################

.PHONY: all deps demo check lint bench install uninstall dist man format clean tests
.DELETE_ON_ERROR:
.SECONDARY:
all: $(bin) $(static) $(shared) $(examples:%=$(B)/examples/%) build/bin build/examples

# The last default build is always at build/bin and build/examples.
build/bin: $(bin)
build/examples: $(examples:%=$(B)/examples/%)
build/bin build/examples:
	$(if $(SAN),,ln -sfn $(config)/$(@F) $@)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ours) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/lib/nn/%_f64.o: lib/nn/%.c
	@mkdir -p $(@D)
	$(CC) $(ours) -DWP_NN_F64 $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/lib/text/unicode.o: $(B)/generated/unicode_tables.h
$(B)/generated/unicode_tables.h: lib/text/unicode-tables.pl
	@mkdir -p $(@D)
	perl $< > $@

$(B)/libwordpipe.a: $(call objects,$(core))
$(B)/libwordpipe-embed.a: $(call objects,$(embed))
nn_objects = $(call objects,$(nn)) $(nn_twice:%.c=$(B)/%_f64.o)
$(B)/libwordpipe-rnn.a: $(nn_objects)
$(static):
	@rm -f $@
	$(AR) rcs $@ $^

core_libs = -lutf8proc -lz -lm -lpthread
link = $(CC) $(CFLAGS) $(LDFLAGS) $(if $(SAN),-fsanitize=$(SAN))

$(B)/libwordpipe.so: $(call objects,$(core))
	$(link) -shared -Wl,-soname,$(@F).0 -o $@ $^ $(core_libs)
$(B)/libwordpipe-embed.so: $(call objects,$(embed)) $(B)/libwordpipe.so
	$(link) -shared -Wl,-soname,$(@F).0 -o $@ $(call objects,$(embed)) -L$(B) -lwordpipe \
		-lopenblas $(core_libs)
$(B)/libwordpipe-rnn.so: $(nn_objects) $(B)/libwordpipe-embed.so
	$(link) -shared -Wl,-soname,$(@F).0 -o $@ $(nn_objects) -L$(B) -lwordpipe-embed \
		-lwordpipe -lopenblas $(core_libs)

$(B)/bin/%: $(B)/tools/%.o $(call objects,$(layer)) $(static)
	@mkdir -p $(@D)
	$(link) -o $@ $^ $($*_libs) $(core_libs)

$(B)/tests/%: $(B)/tests/lib/%.o $(static)
	@mkdir -p $(@D)
	$(link) -o $@ $^ -lopenblas $(core_libs)
$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/driver.o $(static)
	@mkdir -p $(@D)
	$(link) -o $@ $^ -lopenblas $(core_libs)
$(B)/examples/%: $(B)/examples/%.o $(static)
	@mkdir -p $(@D)
	$(link) -o $@ $^ $(core_libs)
$(B)/bench/%: $(B)/bench/%.o $(static)
	@mkdir -p $(@D)
	$(link) -o $@ $^ $(core_libs)

# With clang: make libfuzzer CC=clang SAN=fuzzer-no-link,address,undefined
libfuzzer: $(fuzzers:%=$(B)/libfuzzer/%)
$(B)/libfuzzer/%: $(B)/tests/fuzz/%.o $(static)
	@mkdir -p $(@D)
	$(link) -fsanitize=fuzzer -o $@ $^ -lopenblas $(core_libs)

$(B)/completion/bash/%: $(B)/bin/%
	@mkdir -p $(@D)
	$< --print-options=bash > $@
$(B)/completion/zsh/_%: $(B)/bin/%
	@mkdir -p $(@D)
	$< --print-options=zsh > $@

# The parts of the pages that come from the option tables are committed; a test compares.
man: $(bin)
	for p in $(programs); do tests/renew-page $(B)/bin/$$p man/$$p.1 || exit; done

### Installing what we need, and ourselves ################################################

build_packages = gcc make perl pkg-config zlib1g-dev libopenblas-dev libutf8proc-dev
check_packages = bats python3 python3-numpy python3-scipy python3-gensim g++
lint_packages = clang clang-format clang-tidy cppcheck shellcheck mandoc

deps:
	@tests/deps $(build_packages) $(check_packages) $(lint_packages)

install: all $(completions)
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(libdir)/pkgconfig $(DESTDIR)$(bashdir) \
		$(DESTDIR)$(zshdir)
	for p in $(programs); do \
		install -m 755 $(B)/bin/$$p $(DESTDIR)$(bindir)/$(PROGPREFIX)$$p && \
		sed 's/\b_wordpipe_\('$$p'\) '$$p'$$/_wordpipe_\1 $(PROGPREFIX)'$$p'/' \
			$(B)/completion/bash/$$p > $(DESTDIR)$(bashdir)/$(PROGPREFIX)$$p && \
		sed '1s/ '$$p'$$/ $(PROGPREFIX)'$$p'/' \
			$(B)/completion/zsh/_$$p > $(DESTDIR)$(zshdir)/_$(PROGPREFIX)$$p || exit; \
	done
	for s in 1 5 7; do \
		install -d $(DESTDIR)$(mandir)/man$$s || exit; \
		for p in man/*.$$s; do \
			prefix=; [ $$s != 1 ] || prefix='$(PROGPREFIX)'; \
			install -m 644 $$p $(DESTDIR)$(mandir)/man$$s/$$prefix$${p#man/} || exit; \
		done; \
	done
	for h in base stream text formats math embed $(patsubst lib/%/,%,$(wildcard lib/nn/*/)); do \
		install -d $(DESTDIR)$(includedir)/wordpipe/$$h && \
		for f in $$(grep -L '(Internal[.:]' lib/$$h/*.h); do \
			install -m 644 $$f $(DESTDIR)$(includedir)/wordpipe/$$h/ || exit; \
		done || exit; \
	done
	install -m 644 $(static) $(DESTDIR)$(libdir)
	for l in libwordpipe libwordpipe-embed libwordpipe-rnn; do \
		install -m 755 $(B)/$$l.so $(DESTDIR)$(libdir)/$$l.so.$(VERSION) && \
		ln -sf $$l.so.$(VERSION) $(DESTDIR)$(libdir)/$$l.so.0 && \
		ln -sf $$l.so.0 $(DESTDIR)$(libdir)/$$l.so || exit; \
	done
	for l in wordpipe wordpipe-embed wordpipe-rnn; do \
		sed 's|@PREFIX@|$(PREFIX)|;s|@LIBDIR@|$(libdir)|;s|@INCLUDEDIR@|$(includedir)|;s|@VERSION@|$(VERSION)|' \
			lib/$$l.pc.in > $(DESTDIR)$(libdir)/pkgconfig/$$l.pc || exit; \
	done

uninstall:
	for p in $(programs); do \
		rm -f $(DESTDIR)$(bindir)/$(PROGPREFIX)$$p $(DESTDIR)$(bashdir)/$(PROGPREFIX)$$p \
			$(DESTDIR)$(zshdir)/_$(PROGPREFIX)$$p \
			$(DESTDIR)$(mandir)/man1/$(PROGPREFIX)$$p.1; \
	done
	for p in $(filter-out %.1,$(notdir $(pages))); do \
		rm -f $(DESTDIR)$(mandir)/man*/$$p; done
	rm -rf $(DESTDIR)$(includedir)/wordpipe
	rm -f $(DESTDIR)$(libdir)/libwordpipe* $(DESTDIR)$(libdir)/pkgconfig/wordpipe*.pc

### Trying, testing, measuring ############################################################

# TEXT=file comes through the environment, whatever characters it has.
demo: all
	WORDPIPE_BIN=$(CURDIR)/$(B)/bin WORDPIPE_EXAMPLES=$(CURDIR)/$(B)/examples sh examples/demo.sh

tests: all $(lib_tests:%=$(B)/tests/%) $(fuzzers:%=$(B)/fuzz/%) $(benches:%=$(B)/bench/%) \
	$(completions)

# TESTS="tokenize vocab_table_test" runs only those.
check: tests
	@WORDPIPE_BIN=$(CURDIR)/$(B)/bin WORDPIPE_BUILD=$(CURDIR)/$(B) SAN='$(SAN)' CC='$(CC)' \
		WORDPIPE_DATA='$(WORDPIPE_DATA)' PROGRAMS='$(programs)' VERSION=$(VERSION) \
		tests/run $(TESTS)

c_files = $(wildcard lib/*/*.[ch] lib/nn/*/*.[ch] tools/*.[ch] tests/lib/*.[ch] tests/fuzz/*.[ch] examples/*.[ch] bench/*.[ch])
scripts = .ci/run tests/run tests/deps tests/renew-page tests/same-models $(wildcard examples/*.sh bench/*.sh)

lint:
	clang-format --dry-run -Werror $(c_files)
	cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --inline-suppr \
		--suppress=missingIncludeSystem -j2 --std=c11 -Ilib -Itools \
		-DWP_VERSION='"$(VERSION)"' lib tools examples bench
	shellcheck $(scripts)
	mandoc -Tlint -Wwarning $(pages)

format:
	clang-format -i $(c_files)

bench: all $(benches:%=$(B)/bench/%)
	WORDPIPE_BIN=$(CURDIR)/$(B)/bin WORDPIPE_BUILD=$(CURDIR)/$(B) \
		WORDPIPE_DATA='$(WORDPIPE_DATA)' bench/run $(ROWS)

dist:
	mkdir -p build
	git archive --prefix=wordpipe-$(VERSION)/ -o build/wordpipe-$(VERSION).tar.gz HEAD
	rm -rf build/dist && mkdir -p build/dist
	tar -xzf build/wordpipe-$(VERSION).tar.gz -C build/dist
	$(MAKE) -C build/dist/wordpipe-$(VERSION) check WORDPIPE_DATA='$(abspath $(WORDPIPE_DATA))'
	rm -rf build/dist

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
