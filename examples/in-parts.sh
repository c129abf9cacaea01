#!/bin/sh
# in-parts.sh TEXT [OUT]: count a large text in parts, on all processors, and merge what was
# counted.  The stream has the bytes of one run over the whole text.
#
# With GNU parallel the parts can be those of one file, or be on other machines: wordpipe(7).
set -eu

PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
text=${1:?usage: in-parts.sh TEXT [OUT]}
out=${2:-ids.bin}
jobs=$(getconf _NPROCESSORS_ONLN)
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT

# Parts of whole lines.  Their names sort in their order, in which they have to be merged.
split -n "l/$jobs" "$text" "$parts/text."

# xargs fails when one of its commands does.  The parts keep all their words: no --min-count yet.
# shellcheck disable=SC2016 # expanded by the inner shell
printf '%s\n' "$parts"/text.* | xargs -P "$jobs" -I{} sh -c '
  tokenize --lower -o "$1.tokens" "$1" && vocab --no-history -o "$1.bin" "$1.tokens"' - {}

vocab --merge --no-history --min-count 5 -o "$out" "$parts"/*.bin
