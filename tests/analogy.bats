# analogy: a is to b as c is to what?  The search is tested in tests/lib/nearest_test.c.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
  # One axis for rank, one for sex, and something else.
  printf '%s\n' 'man 1 0 0.1' 'woman 0 1 0.1' 'king 1 0.1 1' 'queen 0.1 1 1' 'prince 0.9 0.2 0.9' \
    'cabbage -1 -1 0' 'ice\scream -1 -0.5 0' | tr ' ' '\t' | ts-convert --from tsv > emb.bin
}

@test "analogy: operands, lines, both ways to give the vectors" {
  run -0 analogy -k 2 man woman king < emb.bin
  echo "$output"
  [[ $output = $'man\twoman\tking\tqueen\t'?.????$'\t'*$'\t'?.???? ]]
  analogy man woman king < emb.bin > a
  analogy -e emb.bin man woman king | cmp - a
  echo 'man woman king' | analogy -e emb.bin | cmp - a
  printf '  man\twoman   king \r\n' | analogy -e emb.bin | cmp - a
}

@test "analogy: the words of the question are no answers, all others are" {
  analogy -k 100 man woman king < emb.bin | tr '\t' '\n' > words
  [ "$(wc -l < words)" -eq $((3 + 2 * 4)) ]
  [ "$(grep -cxE 'man|woman|king' words)" -eq 3 ]
  grep -qxF 'ice\scream' words
  run -0 analogy -k 1 king king king < emb.bin
  [[ $output = $'king\tking\tking\tprince\t'* ]]
}

@test "analogy --method: the formulas" {
  python3 - <<'END'
import math, subprocess
rows = subprocess.run(["ts-convert", "--to", "tsv", "emb.bin"], capture_output=True, text=True).stdout
vectors = {}
for row in rows.splitlines():
    word, *numbers = row.split("\t")
    numbers = [float(n) for n in numbers]
    length = math.hypot(*numbers)
    vectors[word] = [n / length for n in numbers]
def cosine(v, w):
    return sum(x * y for x, y in zip(vectors[v], vectors[w]))
def shifted(v, w):
    return (1 + cosine(v, w)) / 2
question = ["man", "woman", "king"]
a, b, c = question
formulas = {
    "3cosadd": lambda x: cosine(x, b) - cosine(x, a) + cosine(x, c),
    "3cosmul": lambda x: shifted(x, b) * shifted(x, c) / (shifted(x, a) + 0.001)}
for method, score in formulas.items():
    out = subprocess.run(["analogy", "-k", "4", "--method", method, *question],
                         stdin=open("emb.bin"), capture_output=True, text=True).stdout
    found = out.rstrip("\n").split("\t")[3:]
    best = sorted((w for w in vectors if w not in question), key=score, reverse=True)
    assert found[::2] == best, (method, found, best)
    for word, shown in zip(found[::2], found[1::2]):
        assert abs(float(shown) - score(word)) < 6e-5, (method, word, shown, score(word))
END
}

@test "analogy: unknown words have a row, a message, and count in the status" {
  run -1 --separate-stderr analogy man nobody King < emb.bin
  [ "$output" = $'man\tnobody\tKing' ]
  [ "$stderr" = $'analogy: unknown word \'nobody\'\nanalogy: unknown word \'King\'; did you mean \'king\'?' ]
  run -0 --separate-stderr bash -c 'printf "man x king\nman woman king\n" | analogy -k 1 -e emb.bin'
  [ "${lines[0]}" = $'man\tx\tking' ]
  [[ ${lines[1]} = *queen* ]]
  run -1 analogy -q --top 2 man woman king < emb.bin
  [ "$output" = $'man\twoman\tking' ]
}

@test "analogy: wrong command lines and wrong lines" {
  run -2 analogy man woman < emb.bin
  [[ $output = *"three words"* ]]
  run -2 analogy man woman king queen < emb.bin
  run -2 analogy < emb.bin
  [[ $output = *"need -e FILE"* ]]
  run -2 analogy --method best man woman king < emb.bin
  run -4 bash -c 'printf "man woman king\nman woman\n" | analogy -e emb.bin'
  [[ $output = *"analogy: 2 words where 3 were expected (line 2)" ]]
  run -4 bash -c 'echo man woman king queen | analogy -e emb.bin'
  [[ $output = *"4 words where 3 were expected (line 1)" ]]
}
