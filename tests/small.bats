# Small models and vectors: f16, bf16, and i8 with a scale for each row, which ts-convert --type
# makes and programs read; and tables of which only some rows are written.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR"
  export DIR=$PWD
  # Sentences of a chain of words, of four kinds.
  awk 'BEGIN {
    s = 7
    for (i = 0; i < 1500; i++) {
      kind = i % 4
      w = int(next_() * 300)
      line = "k" kind "\t"
      for (t = 0; t < 12; t++) { line = line "w" w " "; w = (w * 7 + int(next_() * 5) + 11 * kind) % 600 }
      print line
    }
  }
  function next_() { s = (s * 16807) % 2147483647; return s / 2147483647 }' > labelled
  cut -f 2 labelled | tokenize --markers | vocab > text.bin
  vocab --labels labelled > labelled.bin
  awk -F '[\t ]' '{ for (i = 2; i < NF; i++) print $i "\tT" (length($i) + substr($i, 2)) % 9; print "" }' labelled |
    tokenize --columns 1,2 | vocab --tags > tagged.bin
  rnn-train -q -t 1 --epochs 2 --net "embedding 48, lstm 48, softmax" text.bin > lm.model
  rnn-train -q -t 1 --epochs 2 --task tag --net "embedding 40, lstm 24 bidirectional, crf" tagged.bin > tag.model
  rnn-train -q -t 1 --epochs 3 --task classify --net "embedding 10 ngrams=2 buckets=20000, mean, softmax" \
    labelled.bin > bag.model
  w2v -q -t 1 --epochs 1 --dim 32 text.bin > emb.bin
}

setup() {
  cd "$BATS_TEST_TMPDIR"
  cp "$DIR"/*.model "$DIR"/*.bin .
}

small() { ts-convert -q --type "$1" "$2" > "${2%.*}.$1"; }

# near A B PERCENT: B is no further from A.
near() { awk -v a="$1" -v b="$2" -v p="$3" 'BEGIN { d = a - b; exit !((d < 0 ? -d : d) <= p / 100 * a) }'; }

measure() { # MODE MODEL DATA NAME
  rnn-predict -t 1 "--$1" --report - "$2" "$3" | awk -v n="$4" '$1 == n { print $NF == "" ? $2 : n == "micro" ? $4 : $2 }'
}

@test "small: networks in f16 lose at most 0.05 %, in i8 0.5 %, of perplexity, accuracy and F1" {
  for job in "score lm text.bin perplexity" "tag tag tagged.bin accuracy" "classify bag labelled.bin accuracy"; do
    read -r mode model data name <<< "$job"
    whole=$(measure $mode $model.model $data $name)
    [ -n "$whole" ]
    for type in f16 i8; do
      small $type $model.model
      now=$(measure $mode $model.$type $data $name)
      echo "$model $type: $name $whole, now $now"
      near "$whole" "$now" "$([ $type = f16 ] && echo 0.05 || echo 0.5)"
    done
    size() { stat -c %s "$1"; }
    [ "$(size $model.f16)" -lt "$(size $model.model)" ]
    [ "$(size $model.i8)" -lt "$(size $model.f16)" ]
  done
}

@test "small: what is said of the loss is what ts-diff finds; f32 makes large again" {
  ts-convert --type i8 -o emb.i8 emb.bin 2> said
  grep -qE 'ts-convert: 1 tensors? of i8, .* MB instead of .*; error: rms [0-9.]+ % .*, largest 0\.(39|4) %' said
  ts-convert --type f16 -o emb.f16 emb.bin 2> said
  grep -qE 'largest 0\.0[0-9]+ %' said
  for type in f16 i8; do
    ts-convert -q --type f32 emb.$type > wide
    run -1 ts-diff emb.bin wide
    [[ $output == *embedding*"relative rms"* ]]
    rms=$(ts-diff emb.bin wide | sed 's/.*relative rms //')
    awk -v r="$rms" -v t=$type 'BEGIN { exit !(r > 0 && r < (t == "f16" ? 0.0005 : 0.01)) }'
    # The same numbers whoever makes them large.
    ts-diff --tolerance 1e-30 wide emb.$type
    ts-diff <(ts-convert --to tsv wide | ts-convert --from tsv) <(ts-convert --to tsv emb.$type | ts-convert --from tsv --type f32)
  done
  # By a pipe, too.
  cat emb.bin | ts-convert -q --type i8 | ts-diff - emb.i8
}

@test "small: i8 is the nearest of 254 steps, the largest in its row being one of the last" {
  python3 - > v.bin <<END
import sys
sys.path.insert(0, "$BATS_TEST_DIRNAME")
import tensor_stream as ts
rows = [[0.0] * 8, [1.0, -1.0, 0.5, 0.25, 0, 0.1, -0.004, 0.003937], [1e-30] * 8, [3e38] + [1e37] * 7]
sys.stdout.buffer.write(ts.stream(ts.record("x", "f32", [4, 8], [v for r in rows for v in r])))
END
  ts-convert -q --type i8 --tensor x v.bin > v.i8
  run ts-info v.i8
  [[ $output == *"x.scale"*"f32"*"(4)"* && $output == *"x "*"i8"*"(4, 8)"* ]]
  ts-select --tensor x v.i8 | ts-convert --to tsv --no-words > rows
  awk -F '\t' 'NR == 1 { for (i = 1; i <= 8; i++) if ($i != 0) exit 1 }
    NR == 2 && ($1 < 0.996 || $1 > 1.004 || $2 != -$1 || $5 != 0 || ($3 - 0.5) ^ 2 > 0.004 ^ 2) { exit 1 }
    NR == 3 && ($8 < 0.99e-30 || $8 > 1.01e-30) { exit 1 } NR == 4 && $1 < 2.98e38 { exit 1 }' rows
  # Which matrices: none of these is large.
  run -0 ts-convert --type i8 -o none v.bin
  [[ $output == *"nothing in it to make i8"* ]]
  ts-diff v.bin none
  # What does not fit is refused.
  run -1 ts-convert --type f16 --tensor x -o none2 v.bin
  [[ $output == *"'x': 3e+38 does not fit f16 (row 4)"* ]] || [[ $output == *"'x': "*"does not fit f16 (row 4)"* ]]
  [ ! -e none2 ]
}

@test "small: vectors are read by whoever reads vectors" {
  small i8 emb.bin
  small f16 emb.bin
  for type in i8 f16; do
    ts-convert -q --type f32 emb.$type > wide
    neighbors w5 < emb.$type | cmp - <(neighbors w5 < wide)
    analogy w1 w2 w3 < emb.$type | cmp - <(analogy w1 w2 w3 < wide)
    printf 'w1\tw2\t1\nw3\tw4\t2\nw5\tw9\t3\n' > pairs
    emb-eval --embedding emb.$type pairs > a
    emb-eval --embedding wide pairs > b
    cmp a b
    emb-text --embedding emb.$type --method mean labelled.bin | ts-diff - <(emb-text --embedding wide --method mean labelled.bin)
    rnn-train -q -t 1 --epochs 1 --embedding emb.$type --hidden 8 text.bin |
      ts-diff - <(rnn-train -q -t 1 --epochs 1 --embedding wide --hidden 8 text.bin)
    emb-shape --normalize emb.$type | ts-diff - <(emb-shape --normalize wide)
  done
}

@test "small: networks are read by all modes, and to train on" {
  for type in i8 f16; do
    small $type lm.model
    ts-convert -q --type f32 lm.$type > wide
    ts-diff --tolerance 1e-30 wide lm.$type
    for use in "--generate 50 --seed 3" "--generate 10 --beam 3" "--next 3 --prime w1"; do
      rnn-predict $use lm.$type | cmp - <(rnn-predict $use wide)
      cat lm.$type | rnn-predict $use - | cmp - <(rnn-predict $use wide)
      ts-select -z 6 lm.$type > packed
      rnn-predict $use packed | cmp - <(rnn-predict $use wide)
    done
    rnn-predict --encode lm.$type text.bin | ts-diff - <(rnn-predict --encode wide text.bin)
    rnn-train -q -t 1 --epochs 1 --init lm.$type text.bin | ts-diff - <(rnn-train -q -t 1 --epochs 1 --init wide text.bin)
  done
  # f32 as it is in the file: bit for bit what it was.
  rnn-predict --score lm.model text.bin | cmp - <(cat lm.model | rnn-predict --score - text.bin)
}

@test "small: a table that is hashed into is written without its rows of zeros" {
  run ts-info bag.model
  [[ $output == *"embedding.ngram.row"*"i32"* ]]
  rows=$(sed -n 's/.*embedding.ngram  *f32  *(\([0-9]*\), 10).*/\1/p' <<< "$output")
  [ "$rows" -gt 1000 ] && [ "$rows" -lt 15000 ]
  # A model of before, with all of its rows, is the same one.
  python3 - bag.model > all.model <<END
import struct, sys
sys.path.insert(0, "$BATS_TEST_DIRNAME")
import tensor_stream as ts
data, at, out, listed = open(sys.argv[1], "rb").read(), 64, [], None
while data[at:at + 4] == b"TREC":
    stored, = struct.unpack_from("<Q", data, at + 8)
    name = data[at + 80:at + 120].rstrip(b"\0").decode()
    payload, end = data[at + 128:at + 128 + stored], at + 128 + stored + -stored % 64
    if name == "embedding.ngram.row":
        listed = struct.unpack("<%di" % (stored // 4), payload)
    elif name == "embedding.ngram":
        rows, values = [0.0] * 200000, struct.unpack("<%df" % (stored // 4), payload)
        for k, row in enumerate(listed):
            rows[row * 10:row * 10 + 10] = values[k * 10:k * 10 + 10]
        out.append(ts.record(name, "f32", [20000, 10], rows))
    else:
        out.append(data[at:end])
    at = end
sys.stdout.buffer.write(ts.stream(*out))
END
  rnn-predict --classify all.model labelled.bin | cmp - <(rnn-predict --classify bag.model labelled.bin)
  rnn-train -q -t 1 --epochs 1 --task classify --init all.model labelled.bin |
    ts-diff - <(rnn-train -q -t 1 --epochs 1 --task classify --init bag.model labelled.bin)
}

@test "small: damaged scales and lists are refused, with the file and the tensor" {
  small i8 emb.bin
  small i8 lm.model
  damage() { python3 "$BATS_TEST_DIRNAME/damage_value.py" "$@" > bad; }
  for value in nan inf -1; do
    damage emb.i8 embedding.scale 4 $value
    for use in "neighbors w1 -e bad" "ts-convert --to tsv bad" "ts-convert -q --type f32 bad" "emb-shape --normalize bad"; do
      run -4 ${use/-e bad/--embedding bad}
      [[ $output == *"bad: 'embedding.scale' has a scale that is "*"(row 5)"* ]]
    done
    damage lm.i8 embedding.scale 4 $value
    run -4 rnn-predict --generate 3 bad
    [[ $output == *"bad: 'embedding.scale' has a scale that is "*"(row 5)"* ]]
    run -4 rnn-train -q --init bad text.bin -o out
    [ ! -e out ]
  done
  # Without its scales, or with too few of them.
  ts-select --without embedding.scale emb.i8 > bad
  run -1 neighbors w1 --embedding bad
  [[ $output == *"embedding"*"i8"* ]]
  ts-select --without embedding.scale lm.i8 > bad
  run -1 rnn-predict --generate 3 bad
  [[ $output == *"'embedding' is of type i8, and there is no 'embedding.scale'"* ]]
  ts-select --slice 'embedding.scale[:9]' emb.i8 > bad
  run -1 neighbors w1 --embedding bad
  [[ $output == *"'embedding.scale' is not f32, a number for each of "*" rows"* ]]
  # Lists that do not rise, or of other rows.
  damage bag.model embedding.ngram.row 3 1
  run -4 rnn-predict --classify bad labelled.bin
  [[ $output == *"'embedding.ngram.row' does not rise"* ]]
  damage bag.model embedding.ngram.row 0 -1
  run -4 rnn-predict --classify bad labelled.bin
  ts-select --without embedding.ngram.row bag.model > bad
  run -1 rnn-predict --classify bad labelled.bin
  [[ $output == *"lacks parameter 'embedding.ngram' (20000, 10)"* ]]
  # Cut short.
  head -c 20000 lm.i8 > bad
  run -3 rnn-predict --generate 3 bad
}

@test "small: scales go with their rows where rows and tensors are chosen" {
  small i8 emb.bin
  ts-convert -q --type f32 emb.i8 > wide
  ts-diff --tolerance 1e-30 <(ts-select --rows 5:9 emb.i8) <(ts-select --rows 5:9 wide)
  ts-diff --tolerance 1e-30 <(ts-select --tensor embedding emb.i8) <(ts-select --tensor embedding wide)
  ts-diff --tolerance 1e-30 <(ts-select --slice 'embedding[3:7]' emb.i8) <(ts-select --slice 'embedding[3:7]' wide)
  ts-diff --tolerance 1e-30 <(ts-select --rename embedding=x emb.i8) <(ts-select --rename embedding=x wide)
  run ts-info <(ts-select --no-history --without embedding emb.i8)
  [[ $output == *counts* && $output != *embedding* ]]
  ts-convert --to npz emb.i8 > emb.npz
  ts-convert --from npz emb.npz | ts-diff - wide
}

@test "small: --type alone refuses what it cannot do, and leaves texts as they are" {
  run -2 ts-convert --type i32 emb.bin
  [[ $output == *"--type i32: a stream is made again in f32, f16, bf16 or i8"* ]]
  run -2 ts-convert --type f16 --top 3 emb.bin
  [[ $output == *"--top does nothing with --type alone"* ]]
  run -1 ts-convert --type f16 --tensor nothing emb.bin
  [[ $output == *"no tensor 'nothing'"* ]]
  run -1 ts-convert --type f16 --tensor vocab emb.bin
  [[ $output == *"'vocab' is of type string"* ]]
  ts-convert -q --type i8 text.bin | ts-diff - text.bin
  head -c 3000 emb.bin > cut
  run -3 ts-convert -q --type f16 -o out cut
  [ ! -e out ]
}

@test "small: tables are read from the file as they are needed" {
  python3 - > wide.bin <<END
import sys
sys.path.insert(0, "$BATS_TEST_DIRNAME")
import tensor_stream as ts
words = ["UNKNOWN_TOKEN"] + ["w%d" % i for i in range(100000)]
sys.stdout.buffer.write(ts.stream(ts.strings("vocab", words), ts.record("embedding", "f32", [100001, 100], [k % 91 / 91 - .5 for k in range(10000100)])))
END
  head -n 50 "$DIR/labelled" | vocab --labels > few.bin
  rnn-train -q -t 1 --epochs 1 --task classify --embedding wide.bin --all-words --net "embedding 100 frozen, mean, softmax" few.bin > large.model
  small i8 large.model
  peak() { rnn-predict -v --classify "$1" few.bin 2>&1 > /dev/null | sed -n 's/.* \([0-9.]*\) M[Bi]*B\{0,1\}.*/\1/p' | tail -n 1; }
  rnn-predict -v --classify large.model few.bin 2>&1 > /dev/null | tail -n 1
  whole=$(peak large.model) small=$(peak large.i8)
  echo "peak: $whole MB, $small MB"
  awk -v a="$whole" -v b="$small" 'BEGIN { exit !(a < 85 && b < a - 10) }'
}
