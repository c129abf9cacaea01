# The library as others see it: its symbols, its headers, its installation.

bats_require_minimum_version 1.5.0

setup() {
  root=$BATS_TEST_DIRNAME/..
  : "${CC:=cc}"
  cd "$BATS_TEST_TMPDIR"
}

# Headers that are installed: those that do not call themselves internal.
public_headers() {
  (cd "$root/lib" && grep -L '(Internal[.:]' ./*/*.h ./nn/*/*.h | sed 's|^\./||' | grep -v '^x86/')
}

# Symbols of kind $2 (for nm) in the libraries; kernels for instruction sets included.
symbols() {
  nm "$@" 2>/dev/null | awk 'NF == 2 { print $1, $2 } NF == 3 { print $2, $3 }'
}

@test "every symbol begins with wp_" {
  [ -z "$SAN" ] || skip "sanitizers add their own"
  for library in "$WORDPIPE_BUILD"/libwordpipe*.a; do
    symbols -g --defined-only "$library" | awk '$2 !~ /^wp_/' > strays
    cat strays
    [ ! -s strays ]
    [ "$(symbols -g --defined-only "$library" | wc -l)" -gt 20 ]
  done
}

@test "shared libraries export what the public headers declare, and no more" {
  [ -z "$SAN" ] || skip "sanitizers add their own"
  "$CC" --version | grep -qv clang && "$CC" -aux-info /dev/null -fsyntax-only -xc /dev/null 2> /dev/null ||
    skip "only gcc lists declarations"
  public_headers | sed 's/.*/#include "&"/' > all.c
  CCACHE_DISABLE=1 "$CC" -std=c11 -D_POSIX_C_SOURCE=200809L -I"$root/lib" -fsyntax-only -aux-info declared all.c
  # Functions that are declared, but not written, in a header of ours.
  sed -n 's|^/\* [^ ]*/lib/[^ ]*:[0-9]*:NC \*/ extern [^(]*[ *]\(wp_[a-z0-9_]*\) (.*|\1|p' declared |
    sort -u > functions
  # And tables.
  public_headers | (cd "$root/lib" && xargs cat) | tr '\n\t' '  ' | grep -oE 'extern [a-z][^(;"]*;' |
    grep -oE '\bwp_[a-z0-9_]+\b(\[[^]]*\])*[,;]' | sed 's/[^a-z0-9_].*//' | sort -u > tables
  sort -u functions tables > expected
  for library in "$WORDPIPE_BUILD"/libwordpipe*.so; do
    nm -D --defined-only "$library" | awk '{ print $3 }'
  done | sort -u > exported
  diff expected exported
  [ "$(wc -l < functions)" -gt 400 ]
}

@test "the library keeps no state but the error detail, the hook of the tests and the mapped inputs" {
  [ -z "$SAN" ] || skip "sanitizers add their own"
  # Data that can be written; tables of addresses (.data.rel.ro) are constant once loaded.
  nm -f sysv "$WORDPIPE_BUILD"/libwordpipe*.a 2>/dev/null |
    awk -F'|' '$NF ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)$/ { print $1 }' | sort -u > state
  cat state
  [ "$(xargs < state)" = "detail fail_countdown mapped_inputs mapped_lock option_detail" ]
}

@test "the library neither ends the program nor prints" {
  [ -z "$SAN" ] || skip "sanitizers add their own"
  nm -u "$WORDPIPE_BUILD"/libwordpipe*.a | awk 'NF == 2 { print $2 }' | sort -u > wanted
  run ! grep -nxE '_*(exit|_exit|abort|quick_exit|printf|puts|putchar|perror|vprintf|printf_chk|vprintf_chk|stdout|stderr|signal|sigaction|setlocale)' wanted
  echo "$output"
}

@test "public headers stand alone, in C11 and in C++" {
  for header in $(public_headers); do
    printf '#include "%s"\nint main(void) { return 0; }\n' "$header" > one.c
    "$CC" -std=c11 -Wall -Wextra -Wpedantic -Wstrict-prototypes -Werror -I"$root/lib" -fsyntax-only one.c > log 2>&1 ||
      { head -n 20 log; false; }
    command -v g++ > /dev/null || continue
    cp one.c one.cc
    g++ -std=c++11 -Wall -Wextra -Werror -I"$root/lib" -fsyntax-only one.cc > log 2>&1 ||
      { head -n 20 log; false; }
  done
}

@test "public headers include only public headers" {
  for header in $(public_headers); do
    for other in $(sed -n 's/^#include "\(.*\)"$/\1/p' "$root/lib/$header"); do
      public_headers | grep -qx "$other" || { echo "$header includes $other"; false; }
    done
  done
}

@test "C++ can call the library: public headers with functions say extern C" {
  for header in $(public_headers); do
    ! grep -qE '^[a-zA-Z].*\bwp_[a-z0-9_]+\(' "$root/lib/$header" || grep -q 'extern "C"' "$root/lib/$header" ||
      { echo "$header"; false; }
  done
}

@test "the example reads what the programs write" {
  python3 "$BATS_TEST_DIRNAME/tensor_stream.py" embedding > emb.bin
  run -0 bash -c '"$WORDPIPE_BUILD/examples/read-stream" < emb.bin'
  [ "$output" = "$(printf 'the\t1.3693\ncat\t1.5411\nsat\t1.1456\nmat\t1.4577')" ]
  run -0 bash -c '"$WORDPIPE_BUILD/examples/read-stream" cat < emb.bin'
  [ "$output" = "0.5 1.25 -0.75" ]
  run -1 bash -c 'head -c 600 emb.bin | "$WORDPIPE_BUILD/examples/read-stream"'
  [[ $output = "read-stream: <stdin>: cut short"* ]]
}

@test "install: programs, pages, completions, headers, libraries, and a program built on them" {
  [ -z "$SAN" ] || skip "the example is linked without sanitizers"
  dest=$BATS_TEST_TMPDIR/dest
  make -C "$root" -s install DESTDIR="$dest" PREFIX=/opt/wp PROGPREFIX=wp- CC="$CC" > log 2>&1 ||
    { tail -n 20 log; false; }
  for program in $PROGRAMS; do
    [ "$("$dest/opt/wp/bin/wp-$program" --version | head -n 1)" = "$program (wordpipe) $VERSION" ]
    [ -f "$dest/opt/wp/share/man/man1/wp-$program.1" ]
    bash -n "$dest/opt/wp/share/bash-completion/completions/wp-$program"
    grep -q "complete .* wp-$program\$" "$dest/opt/wp/share/bash-completion/completions/wp-$program"
    [ "$(head -n 1 "$dest/opt/wp/share/zsh/site-functions/_wp-$program")" = "#compdef wp-$program" ]
  done
  for header in $(public_headers); do [ -f "$dest/opt/wp/include/wordpipe/$header" ]; done
  [ "$(cd "$dest/opt/wp/include/wordpipe" && find . -name '*.h' | wc -l)" = "$(public_headers | wc -l)" ]

  grep -qx '.Dt WP-VOCAB 1' "$dest/opt/wp/share/man/man1/wp-vocab.1"
  grep -qx '.Nm wp-vocab' "$dest/opt/wp/share/man/man1/wp-vocab.1"
  grep -q '^wp-tokenize .* | wp-vocab ' "$dest/opt/wp/share/man/man1/wp-w2v.1"
  make -C "$root" -s installcheck DESTDIR="$dest" PREFIX=/opt/wp PROGPREFIX=wp- CC="$CC" > log 2>&1 ||
    { tail -n 20 log; false; }
  grep -x 'installcheck: .* all well' log

  # What the README says, word for word.
  export PKG_CONFIG_PATH=$dest/opt/wp/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$dest
  [ "$(pkg-config --modversion wordpipe)" = "$VERSION" ]
  cp "$root/examples/read-stream.c" prog.c
  cc() { command "$CC" -std=c11 -Wall -Wextra -Werror "$@"; }
  eval "$(sed -n 's/^    \(cc prog.c .*\)$/\1/p' "$root/README.md")"
  python3 "$BATS_TEST_DIRNAME/tensor_stream.py" embedding > emb.bin
  [ "$(LD_LIBRARY_PATH=$dest/opt/wp/lib ./a.out cat < emb.bin)" = "0.5 1.25 -0.75" ]
  # And linked statically: all of it, where all of it is there.
  # shellcheck disable=SC2046 # words are wanted
  "$CC" -static -o static prog.c $(pkg-config --static --cflags --libs wordpipe)
  [ "$(./static cat < emb.bin)" = "0.5 1.25 -0.75" ]
  printf '#include "embed/glove.h"\nint main(void) { wp_glove_free(0); return 0; }\n' > near.c
  # shellcheck disable=SC2046
  "$CC" -o near near.c $(pkg-config --cflags --libs wordpipe-embed)
  printf '#include "stream/reader.h"\nint main() { wp_reader_close(nullptr); }\n' > cxx.cc
  # shellcheck disable=SC2046
  ! command -v g++ > /dev/null || g++ cxx.cc $(pkg-config --cflags --libs wordpipe)

  make -C "$root" -s uninstall DESTDIR="$dest" PREFIX=/opt/wp PROGPREFIX=wp- CC="$CC" > log 2>&1
  [ "$(find "$dest" ! -type d)" = "" ] || { find "$dest" ! -type d; false; }
}

@test "PROGPREFIX: help, usage and errors name the programs as they are installed" {
  mkdir bin
  for program in $PROGRAMS; do ln -s "$WORDPIPE_BIN/$program" "bin/wp-$program"; done
  run -0 bin/wp-vocab --help
  echo "$output"
  [[ $output = "usage: wp-vocab [option ...] [file ...]"* ]]
  [[ $output = *"  wp-tokenize text | wp-vocab --top 8000 | wp-w2v > emb.bin"* ]]
  [[ $output = *"See also: wp-tokenize, "*"the page wp-vocab(1)."* ]]
  run -2 bin/wp-vocab --no-such
  [ "$output" = "wp-vocab: unknown option --no-such (see 'wp-vocab --help')" ]
  run -1 bin/wp-vocab /absent
  [[ $output = "wp-vocab: /absent: "* ]]
  # What streams say of their making doesn't depend on it.
  echo to be | bin/wp-vocab | cmp - <(echo to be | vocab)
  [ "$(bin/wp-vocab --version)" = "vocab (wordpipe) $VERSION" ]
  # A name of another kind is not taken over.
  ln -s "$WORDPIPE_BIN/vocab" 'bin/a b-vocab'
  run -2 'bin/a b-vocab' --no-such
  [[ $output = "vocab: "* ]]
}

@test "make: help, from another folder, several goals in order, and what the environment says" {
  run -0 make -s -C "$root" help
  [[ $output = *"make deps "*"installcheck"* ]]
  [ "$(make -f "$root/Makefile" -s help 2>&1)" = "$output" ]
  # Each by itself, and in that order.
  run -0 make -n -C "$root" help clean
  [[ $output = *sed*"rm -rf build"* ]]
  WORDPIPE_DATA=/elsewhere run -0 make -n -C "$root" bench ROWS=none
  [[ $output = *"WORDPIPE_DATA='/elsewhere'"* ]]
}

@test "tests/deps: the names, where it cannot install" {
  mkdir none
  for tool in dpkg-query id printf cat grep; do ln -s "$(command -v $tool)" none/; done
  PATH=$PWD/none run -1 /bin/sh "$BATS_TEST_DIRNAME/deps" no-such-package
  echo "$output"
  [ "${lines[0]}" = "deps: no apt-get here. Needed is what these Debian packages hold:" ]
  [ "${lines[1]}" = "  no-such-package" ]
  printf '#!/bin/sh\nexit 1\n' > none/apt-get
  printf '#!/bin/sh\necho 1000\n' > id
  rm none/id
  mv id none/id
  chmod +x none/apt-get none/id
  PATH=$PWD/none run -1 /bin/sh "$BATS_TEST_DIRNAME/deps" no-such-package
  [ "${lines[0]}" = "deps: not root, and no sudo. Needed is what these Debian packages hold:" ]
}
