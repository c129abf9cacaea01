# wordpipe: small filters that turn text into word vectors, sequence models and classifiers.
#
#   make                  build the programs into build/bin and the libraries
#   make deps             install what the build, the demo and the tests need (Debian, Ubuntu);
#                         deps-lint: what lint and check-all need besides;
#                         deps-reference: Python's packages that tests compare with
#   make demo             run the main pipeline on a corpus of our own; TEXT=file for yours
#   make check            run the tests; TESTS="pages stream_test" only those
#   make quick            the C tests only
#   make check-all        all that is too long for check: see CONTRIBUTING.md
#   make fuzz             try the readers with libFuzzer, for MINUTES=10 in all
#   make lint format      check style, scripts and pages; put the style right
#   make bench            measure against other programs, as ratios; ROWS="w2v vocab" only those,
#                         ROWS=all all of them, for an hour or so
#   make install          PREFIX=/usr/local DESTDIR= PROGPREFIX=; install-strip leaves the
#                         symbols out, installcheck tries what is installed, uninstall removes it
#   make man              renew the parts of the man pages that come from the option tables
#   make dist             a source archive that has been built and tested
#   make clean help
#
# CC, CFLAGS, CPPFLAGS, LDFLAGS are yours; SAN=address,undefined builds with sanitizers, DEBUG=1
# for a debugger.  V=1 shows the commands, -j1 runs one at a time.

# As many jobs as there are processors, unless -j says something else.
ifeq ($(MAKELEVEL) $(filter -j% --jobserver%,$(MAKEFLAGS)),0 )
MAKEFLAGS += -j$(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
endif

here := $(realpath $(dir $(lastword $(MAKEFILE_LIST))))
goals := $(or $(MAKECMDGOALS),all)

ifneq ($(here) 1,$(CURDIR) $(words $(goals)))
# From elsewhere (make -f DIR/Makefile), or with several goals: go there, and make one after the
# other, so that `make deps demo` and `make clean all` are what they look like.
.NOTPARALLEL:
.PHONY: $(goals)
$(goals):
	@$(MAKE) --no-print-directory -C $(here) $@
else

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
DEBUG =
CFLAGS = $(if $(DEBUG),-O0 -g3,-O3 -g)
SAN =
V =
WORDPIPE_DATA ?= ../shared/data

WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wformat=2 -Wimplicit-fallthrough -Wundef
# Products may be contracted to fused multiply-adds in every build alike.
ours = -std=c11 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -DWP_VERSION='"$(VERSION)"' \
	-Ilib -Itools -I$(B)/generated -fPIC -ffp-contract=fast -fno-math-errno $(WARNINGS) $(kernels) $(isa) \
	$(if $(SAN),-DWP_SANITIZED -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)

# ICU has dictionaries of Chinese, Japanese, Thai, Lao, Khmer and Burmese words; ICU= is without.
ICU := $(if $(shell pkg-config --exists icu-uc 2>/dev/null && echo yes),yes)

# Objects of different compilers and flags never mix: each has a directory of its own.
config := $(shell printf '%s' '$(CC) $(CFLAGS) $(CPPFLAGS) $(LDFLAGS) $(SAN)$(if $(ICU),,without ICU)' | cksum | cut -d' ' -f1)
B = build/$(config)

# Short lines, such as "CC lib/base/cpu.o"; all of the command with V=1, nothing with -s.
ifeq ($(V)$(findstring s,$(filter-out -%,$(firstword $(MAKEFLAGS)))),)
brief = @printf '%-7s %s\n' $(1) $(@:$(B)/%=%);
else ifeq ($(V),)
brief = @
endif
Q = $(if $(V),,@)

### What there is ########################################################################

programs := $(sort $(filter-out tool%,$(notdir $(basename $(wildcard tools/*.c)))))
layer := $(filter-out tools/tool_w2v.c,$(wildcard tools/tool*.c))
core := $(wildcard lib/base/*.c lib/stream/*.c lib/text/*.c lib/pieces/*.c lib/formats/*.c lib/plot/*.c)
embed := $(wildcard lib/math/*.c lib/embed/*.c)
# Models that count.
count_folders := $(patsubst lib/%/,%,$(wildcard lib/linear/ lib/ngram/ lib/hmm/ lib/crf/))
count := $(wildcard $(count_folders:%=lib/%/*.c))
nn := $(wildcard lib/nn/*/*.c)
# Compiled a second time in double precision (lib/nn/core/real.h).
nn_twice := $(wildcard $(addprefix lib/nn/,core/gradient.c core/window.c kernels/*.c layers/*.c outputs/*.c net/net.c))

# Kernels for x86-64 instruction sets, chosen when the program starts (lib/base/cpu.h).  Where
# `make deps` has yet to install the compiler, the machine is asked.
ifneq ($(findstring x86_64,$(shell $(CC) -dumpmachine 2>/dev/null || uname -m)),)
embed_kernels := $(wildcard lib/x86/w2v_*.c lib/x86/glove_*.c lib/x86/sparse_*.c \
	lib/x86/chain_*.c lib/x86/tsne_*.c lib/x86/screen_*.c)
count_kernels := $(wildcard lib/x86/crf_*.c lib/x86/hmm_*.c)
nn_kernels := $(wildcard lib/x86/nn_*.c)
core += $(filter-out $(embed_kernels) $(count_kernels) $(nn_kernels),$(wildcard lib/x86/*.c))
embed += $(embed_kernels)
count += $(count_kernels)
nn += $(nn_kernels)
kernels = -DWP_X86_KERNELS
endif
avx2 = -mavx2 -mfma -mf16c -mbmi -mbmi2 -mpclmul
avx512 = $(avx2) -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vbmi -mavx512vbmi2 -mavx512vnni -mvpclmulqdq
%_avx2.o: isa = $(avx2)
%_avx512.o: isa = $(avx512) -mprefer-vector-width=512

# What a program links beyond zlib; OpenBLAS only where matrices are multiplied.
tokenize_libs = -lutf8proc
vocab_libs = -lutf8proc
blas_programs = analogy emb-eval neighbors svd-embed rnn-train rnn-predict clip-stats tsne emb-shape emb-ngrams emb-text
$(foreach p,$(blas_programs),$(eval $(p)_libs = -lopenblas))

babble_libs = -lopenblas

objects = $(patsubst %.c,$(B)/%.o,$(1))
bin = $(programs:%=$(B)/bin/%)
static = $(B)/libwordpipe-rnn.a $(B)/libwordpipe-count.a $(B)/libwordpipe-embed.a $(B)/libwordpipe.a
shared = $(B)/libwordpipe.so $(B)/libwordpipe-embed.so $(B)/libwordpipe-count.so $(B)/libwordpipe-rnn.so
completions = $(programs:%=$(B)/completion/bash/%) $(programs:%=$(B)/completion/zsh/_%)
pages = $(wildcard man/*.1 man/*.5 man/*.7)
lib_tests := $(patsubst tests/lib/%.c,%,$(wildcard tests/lib/*_test.c))
fuzzers := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
examples := $(patsubst examples/%.c,%,$(wildcard examples/*.c))
benches := $(patsubst bench/%.c,%,$(wildcard bench/*.c))

### Building #############################################################################

.PHONY: all help deps deps-lint deps-reference demo tests check quick check-all check-failures \
	check-memory check-threads fuzz libfuzzer lint format bench man \
	install install-strip installcheck uninstall dist clean
.DELETE_ON_ERROR:
.SECONDARY:
all: $(bin) $(static) $(shared) $(examples:%=$(B)/examples/%) build/bin build/examples

# The last default build is always at build/bin and build/examples.
build/bin: $(bin)
build/examples: $(examples:%=$(B)/examples/%)
build/bin build/examples:
	@$(if $(SAN)$(DEBUG),:,ln -sfn $(config)/$(@F) $@)

help:
	@sed '/^$$/q;s/^# \{0,1\}//' Makefile

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call brief,CC)$(CC) $(ours) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/lib/nn/%_f64.o: lib/nn/%.c
	@mkdir -p $(@D)
	$(call brief,CC)$(CC) $(ours) -DWP_NN_F64 $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/lib/text/unicode.o: $(B)/generated/unicode_tables.h
$(B)/generated/unicode_tables.h: lib/text/unicode-tables.pl
	@mkdir -p $(@D)
	$(call brief,PERL)perl $< > $@

# --help names the programs with the prefix that they were installed with, and so must know them.
$(B)/tools/tool_docs.o: isa = -DWP_PROGRAMS='"$(programs)"'
$(B)/tools/tool_docs.o: $(B)/generated/programs
$(B)/tools/wordpipe.o: $(B)/generated/program_table.h
$(B)/generated/program_table.h: man/wordpipe.7 man/programs.pl
	@mkdir -p $(@D)
	$(call brief,PERL)perl man/programs.pl < $< > $@
$(B)/generated/programs: tools
	@mkdir -p $(@D)
	@echo '$(programs)' | cmp -s - $@ || echo '$(programs)' > $@

$(B)/libwordpipe.a: $(call objects,$(core))
$(B)/libwordpipe-embed.a: $(call objects,$(embed))
$(B)/libwordpipe-count.a: $(call objects,$(count))
nn_objects = $(call objects,$(nn)) $(nn_twice:%.c=$(B)/%_f64.o)
$(B)/libwordpipe-rnn.a: $(nn_objects)
$(static):
	@rm -f $@
	$(call brief,AR)$(AR) rcs $@ $^

$(B)/lib/text/dictionary_icu.o: ours += $(if $(ICU),-DWP_HAVE_ICU $(shell pkg-config --cflags icu-uc))
core_libs = $(if $(ICU),-ldl) -lutf8proc -lz -lm -lpthread
link = $(CC) $(CFLAGS) $(LDFLAGS) $(if $(SAN),-fsanitize=$(SAN))

# shared_library NAME, OBJECTS, LIBRARIES BELOW, OTHERS: it exports what public headers name.
headers = $(wildcard lib/*/*.h lib/nn/*/*.h)
define shared_library
$(B)/lib$(1).so: $(2) $(3:%=$(B)/lib%.so) lib/exports.pl $(headers)
	@nm -P -g --defined-only $(2) | perl lib/exports.pl $(headers) > $(B)/lib$(1).map
	$$(call brief,LINK)$(link) -shared -Wl,-soname,lib$(1).so.0 -Wl,--version-script=$(B)/lib$(1).map \
		-o $$@ $(2) -L$(B) $(3:%=-l%) $(4) $(core_libs)
endef
$(eval $(call shared_library,wordpipe,$(call objects,$(core))))
$(eval $(call shared_library,wordpipe-embed,$(call objects,$(embed)),wordpipe,-lopenblas))
$(eval $(call shared_library,wordpipe-count,$(call objects,$(count)),wordpipe-embed wordpipe,-lopenblas))
$(eval $(call shared_library,wordpipe-rnn,$(nn_objects),wordpipe-embed wordpipe,-lopenblas))

# What only programs have that train by word2vec.
$(B)/bin/w2v $(B)/bin/emb-text: $(B)/tools/tool_w2v.o

$(B)/bin/%: $(B)/tools/%.o $(call objects,$(layer)) $(static)
	@mkdir -p $(@D)
	$(call brief,LINK)$(link) -o $@ $(filter %.o,$^) $(filter %.a,$^) $($*_libs) $(core_libs)

$(B)/tests/%: $(B)/tests/lib/%.o $(static)
	@mkdir -p $(@D)
	$(call brief,LINK)$(link) -o $@ $^ -lopenblas $(core_libs)
$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/driver.o $(B)/tests/fuzz/mutator.o $(static)
	@mkdir -p $(@D)
	$(call brief,LINK)$(link) -o $@ $^ -lopenblas $(core_libs)
$(B)/examples/%: $(B)/examples/%.o $(static)
	@mkdir -p $(@D)
	$(call brief,LINK)$(link) -o $@ $^ $($*_libs) $(core_libs)

# What makes calls of the system fail; no sanitizer in it, which would be loaded after it.
failing = $(if $(filter Linux,$(shell uname)),$(B)/tests/libfail.so)
$(B)/tests/libfail.so: tests/failures/fail.c
	@mkdir -p $(@D)
	$(call brief,LINK)$(CC) -std=c11 -O1 -g -shared -fPIC -Wall -Wextra -o $@ $< -ldl

$(B)/bench/%: $(B)/bench/%.o $(static)
	@mkdir -p $(@D)
	$(call brief,LINK)$(link) -o $@ $^ $(core_libs)

# libFuzzer is clang's; MINUTES are for all targets together, TESTS="fuzz_model" chooses some.
MINUTES = 10
to_fuzz = $(addprefix $(B)/libfuzzer/,$(or $(TESTS),$(fuzzers)))
libfuzzer: $(to_fuzz)
ifneq ($(findstring fuzzer,$(SAN)),)
fuzz: libfuzzer
	@tests/fuzz/run $(MINUTES) $(to_fuzz)
else
fuzz:
	@$(MAKE) --no-print-directory fuzz CC=clang CFLAGS='-O1 -g' SAN=fuzzer-no-link,address,undefined
endif
$(B)/libfuzzer/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/mutator.o $(static)
	@mkdir -p $(@D)
	$(call brief,LINK)$(link) -fsanitize=fuzzer -o $@ $^ -lopenblas $(core_libs)

$(B)/completion/bash/%: $(B)/bin/%
	@mkdir -p $(@D)
	$(call brief,COMP)$< --print-options=bash > $@
$(B)/completion/zsh/_%: $(B)/bin/%
	@mkdir -p $(@D)
	$(call brief,COMP)$< --print-options=zsh > $@

# The parts of the pages that come from the option tables are committed; a test compares.
man: $(bin)
	for p in $(programs); do tests/renew-page $(B)/bin/$$p man/$$p.1 || exit; done

### Installing what we need, and ourselves ################################################

build_packages = gcc make perl pkg-config zlib1g-dev libopenblas-dev libutf8proc-dev
check_packages = bats python3
lint_packages = clang libclang-rt-dev clang-format clang-tidy cppcheck shellcheck mandoc g++ valgrind
reference_packages = libicu-dev python3-numpy python3-scipy python3-sklearn python3-gensim python3-torch

deps:
	@tests/deps $(build_packages) $(check_packages)
deps-lint:
	@tests/deps $(lint_packages)
deps-reference:
	@tests/deps $(reference_packages)

strip =
install-strip: strip = -s
install install-strip: all $(completions)
	$(Q)install -d $(DESTDIR)$(bindir) $(DESTDIR)$(libdir)/pkgconfig $(DESTDIR)$(bashdir) \
		$(DESTDIR)$(zshdir)
	$(Q)for p in $(programs); do \
		install $(strip) -m 755 $(B)/bin/$$p $(DESTDIR)$(bindir)/$(PROGPREFIX)$$p && \
		sed 's/\b_wordpipe_\('$$p'\) '$$p'$$/_wordpipe_\1 $(PROGPREFIX)'$$p'/' \
			$(B)/completion/bash/$$p > $(DESTDIR)$(bashdir)/$(PROGPREFIX)$$p && \
		sed '1s/ '$$p'$$/ $(PROGPREFIX)'$$p'/' \
			$(B)/completion/zsh/_$$p > $(DESTDIR)$(zshdir)/_$(PROGPREFIX)$$p || exit; \
	done
	$(Q)for s in 1 5 7; do \
		install -d $(DESTDIR)$(mandir)/man$$s || exit; \
		for p in man/*.$$s; do \
			prefix=; [ $$s != 1 ] || prefix='$(PROGPREFIX)'; \
			target=$(DESTDIR)$(mandir)/man$$s/$$prefix$${p#man/}; \
			perl man/prefix.pl '$(PROGPREFIX)' $(programs) < $$p > $$target && \
			chmod 644 $$target || exit; \
		done; \
	done
	$(Q)for h in base stream text pieces formats plot math embed $(count_folders) $(patsubst lib/%/,%,$(wildcard lib/nn/*/)); do \
		install -d $(DESTDIR)$(includedir)/wordpipe/$$h && \
		for f in $$(grep -L '(Internal[.:]' lib/$$h/*.h); do \
			install -m 644 $$f $(DESTDIR)$(includedir)/wordpipe/$$h/ || exit; \
		done || exit; \
	done
	$(Q)install -m 644 $(static) $(DESTDIR)$(libdir)
	$(Q)for l in libwordpipe libwordpipe-embed libwordpipe-count libwordpipe-rnn; do \
		install $(strip) -m 755 $(B)/$$l.so $(DESTDIR)$(libdir)/$$l.so.$(VERSION) && \
		ln -sf $$l.so.$(VERSION) $(DESTDIR)$(libdir)/$$l.so.0 && \
		ln -sf $$l.so.0 $(DESTDIR)$(libdir)/$$l.so || exit; \
	done
	$(Q)for l in $(patsubst lib/%.pc.in,%,$(wildcard lib/*.pc.in)); do \
		sed 's|@PREFIX@|$(PREFIX)|;s|@LIBDIR@|$(libdir)|;s|@INCLUDEDIR@|$(includedir)|;s|@VERSION@|$(VERSION)|;s|@DL@|$(if $(ICU), -ldl)|' \
			lib/$$l.pc.in > $(DESTDIR)$(libdir)/pkgconfig/$$l.pc || exit; \
	done
	@echo 'Installed below $(DESTDIR)$(PREFIX).'

# The variables are those of `make install`.
installcheck:
	@BINDIR='$(DESTDIR)$(bindir)' LIBDIR='$(DESTDIR)$(libdir)' MANDIR='$(DESTDIR)$(mandir)' \
		DESTDIR='$(DESTDIR)' PROGPREFIX='$(PROGPREFIX)' PROGRAMS='$(programs)' \
		VERSION='$(VERSION)' CC='$(CC)' tests/installcheck

uninstall:
	$(Q)for p in $(programs); do \
		rm -f $(DESTDIR)$(bindir)/$(PROGPREFIX)$$p $(DESTDIR)$(bashdir)/$(PROGPREFIX)$$p \
			$(DESTDIR)$(zshdir)/_$(PROGPREFIX)$$p \
			$(DESTDIR)$(mandir)/man1/$(PROGPREFIX)$$p.1; \
	done
	$(Q)for p in $(filter-out %.1,$(notdir $(pages))); do \
		rm -f $(DESTDIR)$(mandir)/man*/$$p; done
	$(Q)rm -rf $(DESTDIR)$(includedir)/wordpipe
	$(Q)rm -f $(DESTDIR)$(libdir)/libwordpipe* $(DESTDIR)$(libdir)/pkgconfig/wordpipe*.pc

### Trying, testing, measuring ############################################################

# TEXT=file comes through the environment, whatever characters it has.
demo: all
	@WORDPIPE_BIN=$(CURDIR)/$(B)/bin WORDPIPE_EXAMPLES=$(CURDIR)/$(B)/examples sh examples/demo.sh

c_tests = $(lib_tests:%=$(B)/tests/%) $(fuzzers:%=$(B)/fuzz/%)
for_bats = all $(benches:%=$(B)/bench/%) $(completions) $(failing)
tests: $(c_tests) $(for_bats)

# TESTS="tokenize vocab_table_test" runs only those, and builds only what they need.
TESTS =
needed = $(filter $(TESTS:%=$(B)/tests/%) $(TESTS:%=$(B)/fuzz/%),$(c_tests)) \
	$(if $(filter-out $(lib_tests) $(fuzzers),$(TESTS)),$(for_bats))
run_tests = WORDPIPE_BIN=$(CURDIR)/$(B)/bin WORDPIPE_BUILD=$(CURDIR)/$(B) SAN='$(SAN)' CC='$(CC)' \
	WORDPIPE_DATA='$(WORDPIPE_DATA)' PROGRAMS='$(filter-out wordpipe,$(programs))' VERSION=$(VERSION) \
	WORDPIPE_FAIL='$(if $(SAN),,$(abspath $(failing)))' \
	$(if $(DEBUG),MALLOC_PERTURB_=165) $(1)
check: $(if $(strip $(TESTS)),$(needed),tests)
	@$(call run_tests,tests/run $(TESTS))

quick: $(c_tests)
	@$(call run_tests,tests/run $(lib_tests) $(fuzzers))

# What takes too long for every change: with all sanitizers, with valgrind, with threads that may
# race, with every call that can fail.
sanitized = CC=clang CFLAGS='-O1 -g'
check-all:
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory check $(sanitized) SAN=address,undefined
	@$(MAKE) --no-print-directory check-threads $(sanitized) SAN=thread
	@$(MAKE) --no-print-directory check-memory
	@$(MAKE) --no-print-directory check-failures

# Every call that can fail fails once, in every job of tests/failures/jobs.  JOBS="w2v vocab-disk"
# for some of them.
check-failures: all $(failing)
	@$(call run_tests,tests/failures/run --all $(JOBS))
# Reading memory that nobody wrote: C tests, fuzz corpora and jobs under valgrind.
check-memory: $(c_tests) all
	@$(call run_tests,tests/memory/run $(JOBS))
# Races: C tests, and programs with several threads.
check-threads: $(c_tests) all
	@$(call run_tests,tests/threads/run $(JOBS))

c_files = $(wildcard lib/*/*.[ch] lib/nn/*/*.[ch] tools/*.[ch] tests/lib/*.[ch] tests/fuzz/*.[ch] tests/failures/*.c examples/*.[ch] bench/*.[ch])
scripts = .ci/run tests/run tests/deps tests/renew-page tests/same-models tests/installcheck tests/failures/jobs tests/memory/run tests/threads/run tests/fuzz/run $(wildcard examples/*.sh bench/*.sh)

lint:
	$(Q)clang-format --dry-run -Werror $(c_files)
	cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --inline-suppr \
		--suppress=missingIncludeSystem -j2 --std=c11 -Ilib -Itools \
		-DWP_VERSION='"$(VERSION)"' -DWP_PROGRAMS='""' lib tools examples bench
	shellcheck $(scripts)
	mandoc -Tlint -Wwarning $(pages)

format:
	$(Q)clang-format -i $(c_files)

bench: all $(benches:%=$(B)/bench/%)
	@WORDPIPE_BIN=$(CURDIR)/$(B)/bin WORDPIPE_BUILD=$(CURDIR)/$(B) \
		WORDPIPE_DATA='$(WORDPIPE_DATA)' bench/run $(ROWS)

# What git has, or, where there is no git, what is here.
dist:
	@mkdir -p build
	rm -rf build/dist && mkdir -p build/dist
	if git rev-parse --is-inside-work-tree > /dev/null 2>&1 && [ -e .git ]; then \
		git archive --prefix=wordpipe-$(VERSION)/ HEAD | tar -xf - -C build/dist; \
	else \
		mkdir build/dist/wordpipe-$(VERSION) && \
		tar -cf - --exclude=./build . | tar -xf - -C build/dist/wordpipe-$(VERSION); \
	fi
	tar -czf build/wordpipe-$(VERSION).tar.gz --sort=name --owner=0 --group=0 --numeric-owner \
		-C build/dist wordpipe-$(VERSION)
	$(MAKE) -C build/dist/wordpipe-$(VERSION) check WORDPIPE_DATA='$(abspath $(WORDPIPE_DATA))'
	rm -rf build/dist

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)

endif
