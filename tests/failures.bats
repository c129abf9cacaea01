# What programs do where a call of the system fails: a sample; `make check-failures` tries all.

bats_require_minimum_version 1.5.0

setup() {
  [ -z "$SAN" ] || skip "the failing calls are loaded before the sanitizer"
  [ -n "$WORDPIPE_FAIL" ] || skip "the failing calls are for Linux"
}

@test "a call that fails: no crash, no wrong result, no file left behind, in every program" {
  run "$BATS_TEST_DIRNAME/failures/run"
  echo "$output"
  [ "$status" -eq 0 ]
  # Something did happen, in each of them.
  [[ $output =~ "# "([0-9]+)" failures injected" ]] && [ "${BASH_REMATCH[1]}" -gt 500 ]
  ! grep ': 0 failures' <<< "$output"
}
