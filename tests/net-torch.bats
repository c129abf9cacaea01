#!/usr/bin/env bats
# Networks in words against PyTorch: from the same parameters, the same losses and updates.
bats_require_minimum_version 1.5.0

setup_file() {
  # bats 1.8 takes a skip in here for a failure: setup() skips.
  /usr/bin/python3 -c 'import numpy, torch' 2>/dev/null || return 0
  cd "$BATS_FILE_TMPDIR" || return
  awk 'BEGIN {
    for (line = 0; line < 20; line++) {
      text = tags = ""
      for (i = 0; i < 1 + line * 7 % 12; i++) {
        k = (line * line + i * i * i + line * i) % 11
        text = text " w" k
        tags = tags (i ? " " : "") "t" (k * i + line) % 4
      }
      print "SENTENCE_START" text " SENTENCE_END" > "sentences"
      print tags "\t" substr(text, 2) > "tagged"
      print "l" line % 3 "\t" substr(text, 2) > "labelled"
      print substr(text, 2) "\t" tags > "pairs"
    }
  }'
  vocab sentences > lm.bin
  vocab --tags tagged > tag.bin
  vocab --labels labelled > classify.bin
  vocab --pair pairs > translate.bin
}

setup() {
  [ -e "$BATS_FILE_TMPDIR/classify.bin" ] || skip "no NumPy and PyTorch"
  cd "$BATS_FILE_TMPDIR" || return
}

# same TASK TEXT NET: three updates over all of the text, each a batch of its own.
same() {
  rnn-train -q --task "$1" --net "$3" --epochs 0 --seed 5 "$1.bin" > before.bin
  rnn-train -q --task "$1" --net "$3" --init before.bin --epochs 3 --batch 1000 --clip 0 \
    --optimizer sgd --log log --log-every 1 "$1.bin" > after.bin
  local vectors=
  [[ $3 != *encoding* ]] || vectors=$1.bin
  run /usr/bin/python3 "$BATS_TEST_DIRNAME/net_torch.py" before.bin after.bin log "$2" "${4:--}" ${vectors:+"$vectors"}
  echo "$3: $output"
  [ "$status" = 0 ]
}

@test "PyTorch agrees: windows and dense layers" {
  same lm sentences "embedding 6, window 4 causal, dense 7 tanh, softmax"
  same tag tagged "embedding 6, window 3, dense 7 hardtanh, dense 5 gelu, softmax"
  same tag tagged "embedding 6, window 4, dense 9 glu, dense 8 gated-tanh, softmax"
  same classify labelled "embedding 6, window 3, dense 7 relu, pool mean, dense 5 sigmoid no-bias, softmax"
}

@test "PyTorch agrees: convolutions, pooling, residual connections" {
  same lm sentences "embedding 6, residual (conv 6 width=3 dilation=2 causal gated-tanh),
    conv 5 width=2 causal relu, softmax"
  same tag tagged "embedding 5, conv 6 width=4 dilation=2 tanh no-bias, conv 7 gelu, softmax"
  same classify labelled "e=embedding 6, a=conv 4 width=3 relu, b=conv 5 width=4 relu from e,
    c=conv 4 width=5 relu from e, concat from a+b+c, max, softmax"
}

@test "PyTorch agrees: layer norm, highways, attention pooling" {
  same lm sentences "embedding 6, residual (norm, dense 6 relu), norm, highway, highway gelu, softmax"
  same tag tagged "embedding 5, highway tanh, norm, conv 4 tanh, softmax"
  same classify labelled "embedding 6, conv 5 tanh, norm, attention-pool 4, highway, softmax"
}

@test "PyTorch agrees: attention, positions, blocks of Transformers" {
  same lm sentences "embedding 8, positions 20, 2 x (transformer 8 heads=2 causal), norm, softmax tied no-bias"
  same tag tagged "embedding 6, positions sinusoidal, transformer 6 heads=3 norm=after relu, softmax"
  same classify labelled "embedding 6, positions 30, attention 2 no-bias, norm, mean, softmax"
  same translate pairs "embedding 6 from source, positions 20 sinusoidal, 2 x (transformer 6 heads=2), m=norm,
    embedding 6 from input, positions 20, 2 x (transformer 6 heads=3 causal from +m), norm, softmax"
}

@test "PyTorch agrees: vectors of n-grams" {
  same classify labelled "embedding 6 ngrams=2 buckets=70, mean, softmax"
  same lm sentences "embedding 5 ngrams=3 buckets=700, dense 6 tanh, softmax"
}

@test "PyTorch agrees: convolutions over characters" {
  same tag tagged "char-conv 6 dim=4 width=2, dense 5 tanh, softmax"
  sed 's/w1/Würste/g; s/w2/w/g; s/w3/ΩΩ-25/g' labelled > letters
  vocab --labels letters > letters.bin
  mv letters.bin classify.bin
  same classify letters "e=embedding 3, c=char-conv 7 dim=5 width=3 rows=200 relu from input,
    concat from e+c, mean, softmax"
}

@test "networks: encoder and decoder, with each attention, as PyTorch runs them" {
  local encoder="embedding 6 from source, states=gru 4 bidirectional, pool, bridge, first=dense 8 tanh, words=embedding 5 from input"
  same translate pairs "$encoder, decoder 8 from words+states+first, concat from words+decoder, dense 7 tanh, softmax"
  same translate pairs "$encoder, decoder 8 gru additive heads=2 align=6 from words+states+first, softmax"
  same translate pairs "$encoder, decoder 8 gru general from words+states+first, softmax"
  same translate pairs "$encoder, rows=gru 8 from words+first, attend dot from rows+states, concat from rows+attend, softmax"
  same translate pairs "$encoder, rows=gru 8 from words+first, attend general heads=2 from rows+states, concat from rows+attend, softmax"
  same translate pairs "$encoder, gru 8 from words+first, softmax"
}

@test "PyTorch agrees: columns of the text beside its words" {
  # Words in all sorts of capitals, a column that says more than they do, and its tags.
  awk 'BEGIN {
    split("dog Dog DOG dOG 7 d-", w, " "); split("N V D", p, " ")
    for (s = 0; s < 15; s++) {
      a = b = ""
      for (i = 0; i < 1 + s * 5 % 9; i++) {
        k = (s * s + 3 * i) % 6 + 1; q = (s + i * i) % 3 + 1
        print w[k] "\t" p[q] "\tt" (k + q) % 4 > "columns.conll"
        a = a (i ? " " : "") "t" (k + q) % 4; b = b " " w[k]; c = (i ? c " " : "") p[q]
      }
      print "" > "columns.conll"
      print a "\t" substr(b, 2) > "columns.tagged"
      print c > "columns.pos"
    }
  }'
  ts-convert --from conll --columns 1,3,pos=2 columns.conll > tag.columns.bin
  cp tag.bin tag.words.bin && cp tag.columns.bin tag.bin
  same tag columns.tagged "w=embedding 5, p=embedding 3 from column.pos, c=embedding 2 from column.caps,
    concat from w+p+c, window 3, dense 7 tanh, softmax" columns.pos
  cp tag.words.bin tag.bin
}

@test "PyTorch agrees: networks that read a vector for each sequence" {
  /usr/bin/python3 -c 'import numpy
numpy.save("v.npy", numpy.random.default_rng(4).uniform(-1, 1, (20, 5)).astype("float32"))'
  ts-convert --from npy --tensor encoding v.npy > vectors.bin
  mkdir with
  vocab sentences | ts-select - vectors.bin > with/lm.bin
  vocab --tags tagged | ts-select - vectors.bin > with/tag.bin
  vocab --labels labelled | ts-select - vectors.bin > with/classify.bin
  cd with
  same lm ../sentences "e=embedding 4, v=repeat from encoding, concat from e+v, gru 6, softmax"
  same lm ../sentences "h=dense 6 tanh from encoding, e=embedding 4 from input, gru 6 from e+h, softmax"
  same tag ../tagged "e=embedding 4, d=dense 4 from encoding, v=repeat, add from e+v, gru 5, softmax"
  same classify ../labelled "embedding 6, gru 5, p=pool, concat from p+encoding, softmax"
}
