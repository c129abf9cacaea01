#!/usr/bin/env bats
# Series of numbers: standardizing, naive forecasts, defaults.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  # A sine with noise; the same of thousands, and of thousandths; a series with trend and season.
  awk 'BEGIN { srand(3); for (i = 0; i < 400; i++) { x = sin(i / 4) + 0.2 * (rand() - 0.5)
    print x > "sine"; print 5000 + 1000 * x > "thousands"; print x / 1000 > "thousandths" } }'
  awk 'BEGIN { srand(5); for (i = 0; i < 144; i++)
    print (110 + 2.5 * i) * (1 + 0.2 * sin(6.283185 * i / 12) + 0.03 * (rand() - 0.5)) > "air" }'
  for s in sine thousands thousandths air; do
    ts-convert --from tsv --no-words --tensor series $s > $s.bin
  done
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  for f in "$BATS_FILE_TMPDIR"/*; do ln -s "$f" .; done
}

# next OPTION ... FILE: a forecaster, on standard output.
next() {
  rnn-train -q --no-history --task regress --target next "$@"
}

# of NAME FILE: a figure of a report.
of() {
  awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$2"
}

@test "series: numbers of any size are learnt alike, and come back in their own units" {
  for s in sine thousands thousandths; do
    next --standardize zscore --hidden 16 --epochs 40 $s.bin > $s.model
    rnn-predict --regress --report $s.report $s.model $s.bin > /dev/null
    rnn-predict --forecast 50 $s.model $s.bin | ts-convert --to tsv --no-words > $s.forecast
  done
  paste sine.report thousands.report thousandths.report | awk -F '\t' '
    function near(a, b) { return (a - b) ^ 2 < 1e-6 * b ^ 2 }
    $1 == "targets" || $1 == "relative_rmse" { if ($2 != $4 || $2 != $6) exit 1 }
    $1 == "rmse" { if (!near($2, $4 / 1000) || !near($2, $6 * 1000)) exit 1; print; found = 1 }
    END { exit !found }'
  paste sine.forecast thousands.forecast thousandths.forecast | awk '
    { a = $1 - ($2 - 5000) / 1000; b = $1 - 1000 * $3
      if (a * a > 1e-6 || b * b > 1e-6) { print; exit 1 } }'
  # As they are, the network cannot make anything of thousands.
  next --standardize none --hidden 16 --epochs 40 thousands.bin > plain.model
  rnn-predict --regress --report plain.report plain.model thousands.bin > /dev/null
  [ "$(of relative_rmse plain.report)" \> 2 ]
  run -0 ts-info plain.model
  [[ $output != *series.mean* && $output != *standardize* ]]
}

@test "series: numbers of a usual size stay as they are, others are standardized" {
  for s in sine thousands thousandths; do
    next --hidden 4 --epochs 1 $s.bin > $s.usual
    run -0 ts-info $s.usual
    [[ $s = sine && $output != *series.mean* ]] || [[ $s != sine && $output == *series.mean* ]]
  done
  next --hidden 4 --epochs 1 --standardize none sine.bin > plain
  cmp sine.usual plain
}

@test "series: the defaults beat the naive forecast, in values and in forecasts" {
  for s in sine air; do
    head -n -24 $s | ts-convert --from tsv --no-words --tensor series > known.bin
    run -0 --separate-stderr rnn-train --no-history --task regress --target next -o model known.bin
    [ -z "$stderr" ]
    rnn-predict --regress --report values model known.bin > /dev/null
    run -0 rnn-predict --forecast 24 --report - model $s.bin
    echo "$output" > forecast
    [ "$(of targets forecast)" = 24 ]
    [ "$(of naive forecast)" = "last value" ]
    echo "$s: $(of relative_rmse values), $(of relative_rmse forecast)"
    awk -v a="$(of relative_rmse values)" -v b="$(of relative_rmse forecast)" \
      'BEGIN { exit !(a < 0.7 && b < 0.7) }'
  done
}

@test "series: means and scales are those of what is trained on" {
  next --hidden 4 --epochs 1 --valid-share 0.25 air.bin > m
  ts-convert --to tsv --no-words --tensor series.mean m > mean
  ts-convert --to tsv --no-words --tensor series.scale m > scale
  head -n 108 air | awk '{ n++; s += $1; q += $1 ^ 2 }
    END { printf "%.9g\n%.9g\n", s / n, sqrt(q / n - (s / n) ^ 2) }' > expected
  cat mean scale | paste - expected | awk '{ d = $1 - $2; if (d * d > 1e-8 * $2 ^ 2) { print; exit 1 } }'
}

@test "series: errors beside the naive forecast, as counted by hand" {
  next --hidden 4 --epochs 3 air.bin > m
  rnn-predict --regress --report report m air.bin | ts-convert --to tsv --no-words > predicted
  paste predicted air | awk '
    NR > 1 { e = before - $2; d = last - $2; n++; s += e * e; a += e < 0 ? -e : e
             t += d * d; b += d < 0 ? -d : d; y += $2; z += $2 ^ 2 }
    { before = $1; last = $2 }
    END {
      OFS = "\t"
      print "mse", s / n; print "rmse", sqrt(s / n); print "mae", a / n
      print "naive_rmse", sqrt(t / n); print "naive_mae", b / n
      print "relative_rmse", sqrt(s / t); print "relative_mae", a / b; print "r2", 1 - s / (z - y * y / n)
    }' > expected
  while IFS=$'\t' read -r name value; do
    echo "$name $value $(of "$name" report)"
    awk -v a="$value" -v b="$(of "$name" report)" 'BEGIN { d = a - b; exit !(d * d < 1e-5 * (a * a + 1)) }'
  done < expected
}

@test "series: a forecast is judged on the values that it leaves out" {
  next --hidden 8 --epochs 20 sine.bin > m
  rnn-predict --forecast 30 --report report m sine.bin > next.bin
  head -n -30 sine | ts-convert --from tsv --no-words --tensor series |
    rnn-predict --forecast 30 m | ts-convert --to tsv --no-words > forecast
  tail -n 30 sine | paste forecast - | awk -v last="$(tail -n 31 sine | head -n 1)" '
    { s += ($1 - $2) ^ 2; t += (last - $2) ^ 2 } END { print sqrt(s / NR), sqrt(t / NR) }' > expected
  read -r rmse naive < expected
  awk -v a="$rmse" -v b="$(of rmse report)" -v c="$naive" -v d="$(of naive_rmse report)" \
    'BEGIN { exit !((a - b) ^ 2 < 1e-8 && (c - d) ^ 2 < 1e-8) }'
  # What is written continues the whole series all the same.
  rnn-predict --forecast 30 --no-history m sine.bin > plain.bin
  ts-diff next.bin plain.bin
  run -1 rnn-predict --forecast 400 --report - m sine.bin
  [[ $output == *"series 1 has 400 rows: to judge a forecast of the last 400 takes 401 or more"* ]]
}

@test "series: a model that is no better than the naive forecast is told so" {
  awk 'BEGIN { srand(2); for (i = 0; i < 300; i++) print x += rand() - 0.5 }' |
    ts-convert --from tsv --no-words --tensor series > walk.bin
  run -0 --separate-stderr rnn-train --task regress --target next --epochs 2 -o m walk.bin
  [[ $stderr == *"the model is no better than the naive forecast, the last value: loss "*", not below "* ]]
  run -0 --separate-stderr rnn-predict --regress --report - m walk.bin
  [[ $stderr == *"walk.bin: the model is no better than the naive forecast, the last value: relative RMSE "* ]]
}

@test "series: validations say squared errors in their units, and beside the naive forecast" {
  run -0 rnn-train -v --no-progress --task regress --target next --hidden 8 --epochs 3 --valid-share 0.2 -o m thousands.bin
  [[ $output =~ "validation loss "[0-9.]+", squared error "([0-9.e+]+)", relative RMSE "([0-9.]+) ]]
  awk -v squares="${BASH_REMATCH[1]}" 'BEGIN { exit !(squares > 1000) }'
  rnn-train -q --task regress --target next --hidden 8 --epochs 9 --valid-share 0.2 --best-by relative -o by m 2>&1 || true
}

@test "series: several columns count by their scales, and have a line each" {
  paste -d , thousands sine | sed '1i sales,mood' | ts-convert --from csv > two.bin
  next --hidden 16 --epochs 40 two.bin > m
  run -0 rnn-predict --regress --report - m two.bin
  [[ $output == *"column	name	targets	rmse	mae	naive_rmse	relative_rmse	r2"* ]]
  sales=$(awk -F '\t' '$2 == "sales" { print $4 }' <<< "$output")
  mood=$(awk -F '\t' '$2 == "mood" { print $4 }' <<< "$output")
  awk -v a="$sales" -v b="$mood" 'BEGIN { exit !(a > 100 * b && a < 10000 * b && b < 0.4) }'
  rnn-predict --forecast 3 m two.bin | ts-convert --to csv > out.csv
  [ "$(head -n 1 out.csv)" = sales,mood ]
  awk -F , 'NR > 1 && ($1 < 3500 || $1 > 6500 || $2 < -1.5 || $2 > 1.5) { exit 1 }' out.csv
}

@test "series: another training begins with a model's means and scales" {
  next --hidden 4 --epochs 2 thousands.bin > first
  next --hidden 4 --epochs 0 --init first sine.bin > second
  for t in series.mean series.scale; do
    for m in first second; do
      ts-convert --to tsv --no-words --tensor $t $m > $m.$t
    done
    cmp first.$t second.$t
  done
  run -2 rnn-train --task regress --target next --init first --standardize none sine.bin
  [[ $output == *"--standardize: the model of --init says how its numbers are standardized"* ]]
}

@test "series: a network in words continues with its target" {
  next --window 4 --optimizer least-squares air.bin > first
  run -0 rnn-train -v --no-progress --init first --epochs 1 -o second air.bin
  [[ $output == *"first gives --task regress --target next --net \"window 4 causal, squared-error\""* ]]
  rnn-predict --forecast 3 second air.bin > next.bin
}

@test "series: training that was interrupted continues, standardized" {
  next --hidden 4 --epochs 6 --valid-share 0.2 --best-by error air.bin > whole
  next --hidden 4 --epochs 6 --valid-share 0.2 --best-by error --checkpoint check \
    --checkpoint-steps 7 air.bin > with
  cmp whole with
  next --hidden 4 --epochs 6 --valid-share 0.2 --best-by error --resume check air.bin > rest
  cmp whole rest
}

@test "series: a model whose means or scales are missing or wrong is refused" {
  next --hidden 4 --epochs 1 air.bin > m
  ts-select --without series.scale m > lacks
  run -1 rnn-predict --forecast 2 lacks air.bin
  [[ $output == *"'series.mean' and 'series.scale' are not of 1 numbers each"* ]]
  ts-select --without series.mean,series.scale m > lacks
  run -1 rnn-predict --forecast 2 lacks air.bin
  [[ $output == *"lacks the means and scales of its numbers"* ]]
}

# ---- Windows, least squares, L-BFGS ----

numpy() {
  python3 -c 'import numpy' 2> /dev/null || skip "no numpy"
}

tsv() {
  ts-convert --to tsv --no-words --tensor "$1" "$2"
}

@test "series: autoregression by least squares has NumPy's weights" {
  numpy
  for p in 1 12; do
    next --window $p --optimizer least-squares air.bin > m$p
    next --window $p --optimizer least-squares --standardize none air.bin > plain$p
    tsv output.weight m$p > w$p
    { tsv output.weight plain$p; tsv output.bias plain$p; } > plain.w$p
    rnn-predict --regress m$p air.bin | tsv prediction - > p$p
  done
  python3 - << 'END'
import numpy as np
x = np.loadtxt("air").astype(np.float32).astype(float)
for p in 1, 12:
    a = np.stack([x[i:len(x) - p + i] for i in range(p)] + [np.ones(len(x) - p)], 1)
    w = np.linalg.lstsq(a, x[p:], rcond=None)[0]
    own = np.atleast_1d(np.loadtxt(f"w{p}"))
    assert np.abs(own - w[:-1]).max() < 1e-6, (own, w)
    text = open(f"plain.w{p}").read().split()
    assert np.abs(np.array(text, float) - w).max() < 1e-6 * np.abs(w).max(), (text, w)
    predicted = np.loadtxt(f"p{p}")[p - 1:-1]
    assert np.abs(predicted - a @ w).max() < 1e-6 * np.abs(x).max()
END
}

@test "series: least squares of several columns and targets, some of them unknown, and ridge regression" {
  numpy
  python3 - << 'END'
import numpy as np
rng = np.random.RandomState(4)
x = rng.randn(300, 3) * [1, 1000, .001] + [5, 0, 1]
y = np.stack([x[:, 0] * 2 + x[:, 1], x[:, 2] * 1e3 + rng.randn(300)], 1)
y[rng.rand(300) < .2, 0] = np.nan
y[rng.rand(300) < .2, 1] = np.nan
np.savetxt("x", x, fmt="%.9g", delimiter="\t")
np.savetxt("y", y, fmt="%.9g", delimiter="\t")
END
  { ts-convert --from tsv --no-words --tensor series x; ts-convert --from tsv --no-words --tensor targets y; } > data
  rnn-train -q --task regress --standardize none --net squared-error --optimizer least-squares data > m
  rnn-train -q --task regress --standardize none --net squared-error --optimizer least-squares --l2 0.3 data > ridge
  tsv output.weight m > w
  tsv output.bias m > b
  tsv output.weight ridge > r
  python3 - << 'END'
import numpy as np
x, y = (np.loadtxt(n).astype(np.float32).astype(float) for n in "xy")
a = np.c_[x, np.ones(len(x))]
for k in 0, 1:
    known = ~np.isnan(y[:, k])
    want = np.linalg.lstsq(a[known], y[known, k], rcond=None)[0]
    own = np.r_[np.loadtxt("w")[k], np.loadtxt("b").reshape(-1)[k]]
    assert np.abs(a @ (own - want)).max() < 1e-6 * np.nanmax(np.abs(y[:, k])), (own, want)
    n = known.sum()
    decay = np.vstack([a[known], np.sqrt(.3 * n) * np.eye(4)[:3]])
    want = np.linalg.lstsq(decay, np.r_[y[known, k], 0, 0, 0], rcond=None)[0]
    assert np.abs(np.loadtxt("r")[k] - want[:3]).max() < 1e-6 * np.abs(want).max()
END
}

@test "series: a window over several series reads none of them across their ends" {
  cat sine.bin thousandths.bin > all.bin
  seq 2 | sed 's/.*/400/' | ts-convert --from tsv --no-words --type i32 --tensor lengths > l.bin
  cat all.bin l.bin > two.bin
  next --window 5 --optimizer least-squares two.bin > m
  rnn-predict --regress --report report m two.bin > /dev/null
  [ "$(of targets report)" = $((2 * (400 - 5))) ]
  rnn-predict --regress m two.bin | tsv prediction - | tail -n 400 > second
  rnn-predict --regress m thousandths.bin | tsv prediction - > alone
  cmp second alone
}

@test "series: forecasts of a window are those of its predictions, step by step" {
  next --window 6 --hidden 5 --epochs 30 --optimizer lbfgs air.bin > m
  rnn-predict --forecast 3 m air.bin | tsv series - > three
  cp air grown
  for _ in 1 2 3; do
    ts-convert --from tsv --no-words --tensor series grown | rnn-predict --regress m |
      tsv prediction - | tail -n 1 >> grown
  done
  tail -n 3 grown | paste three - | awk '{ d = $1 - $2; if (d * d > 1e-8 * $2 ^ 2) { print; exit 1 } }'
}

@test "series: --window is short for words" {
  run -0 rnn-train --summary -q --task regress --target next --window 4 --hidden 7 --layers 2 --activation relu --epochs 1 -o m air.bin
  [[ $output == *'--net "window 4 causal, 2 x (dense 7 activation=relu), squared-error"'* ]]
  run -0 rnn-train --summary -q --task regress --target next --window 4 --optimizer least-squares -o m air.bin
  [[ $output == *'--net "window 4 causal, squared-error"'* ]]
}

@test "series: L-BFGS comes to the least squares of a linear network, and below other methods in a small one" {
  next --window 6 --optimizer least-squares air.bin > exact
  next --net "window 6 causal, squared-error" --optimizer lbfgs air.bin > near
  tsv output.weight exact > a
  tsv output.weight near > b
  paste a b | awk '{ n = NF / 2; for (i = 1; i <= n; i++) if (($i - $(i + n)) ^ 2 > 1e-6) { print; exit 1 } }'
  for method in lbfgs adam; do
    next --window 6 --hidden 8 --optimizer $method air.bin > $method.m
    rnn-predict --regress --report $method.report $method.m air.bin > /dev/null
  done
  awk -v a="$(of rmse lbfgs.report)" -v b="$(of rmse adam.report)" 'BEGIN { print a, b; exit !(a < b) }'
  # Networks with recurrence, and classes, too.
  next --cell gru --hidden 4 --optimizer lbfgs --epochs 40 sine.bin > gru
  rnn-predict --regress --report report gru sine.bin > /dev/null
  awk -v a="$(of relative_rmse report)" 'BEGIN { exit !(a < 0.9) }'
}

@test "series: a small dense network by L-BFGS continues the Mackey-Glass series for 84 steps" {
  numpy
  python3 - << 'END'
import numpy as np
x = [1.2] * 171
for i in range(170, 24999):  # dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x, in steps of 0.1
    late = x[i - 170]
    x.append(x[i] + .1 * (.2 * late / (1 + late ** 10) - .1 * x[i]))
x = np.array(x[5000::10])
np.savetxt("mackey", x[:1500], fmt="%.9g")
rest = x[1500:]
parts = [rest[o:o + 134] for o in range(0, len(rest) - 134, 20)]
np.savetxt("parts", np.concatenate(parts), fmt="%.9g")
np.savetxt("lengths", [134] * len(parts), fmt="%d")
END
  ts-convert --from tsv --no-words --tensor series mackey > mackey.bin
  { ts-convert --from tsv --no-words --tensor series parts
    ts-convert --from tsv --no-words --type i32 --tensor lengths lengths; } > parts.bin
  next --window 18 --hidden 32 --optimizer lbfgs mackey.bin > m
  rnn-predict --forecast 84 --report report m parts.bin > /dev/null
  echo "$(of rmse report) $(of r2 report)"
  # NRMSE below 0.1: r2 above 0.99.
  awk -v r="$(of r2 report)" 'BEGIN { exit !(r > 0.99) }'
}

@test "series: training by L-BFGS that was interrupted continues" {
  next --window 6 --hidden 4 --optimizer lbfgs --epochs 30 --valid-share 0.2 air.bin > whole
  next --window 6 --hidden 4 --optimizer lbfgs --epochs 30 --valid-share 0.2 --checkpoint check --checkpoint-steps 13 air.bin > with
  cmp whole with
  next --window 6 --hidden 4 --optimizer lbfgs --epochs 30 --valid-share 0.2 --resume check air.bin > rest
  cmp whole rest
}

@test "series: what least squares and windows cannot do is refused" {
  refused() {
    local status=$1 text=$2
    shift 2
    run "-$status" rnn-train --task regress --target next "$@" air.bin
    echo "$output"
    [[ $output == *"$text"* ]]
  }
  refused 2 "the network is not linear: 'layer0' (lstm); --window N makes one that is" --optimizer least-squares
  refused 2 "the network is not linear: 'dense' (dense)" --optimizer least-squares \
    --net "window 3 causal, dense 4, squared-error"
  refused 2 "--optimizer least-squares is for linear networks: no --hidden" --optimizer least-squares --window 3 --hidden 4
  refused 2 "--optimizer least-squares is done at once: no --epochs" --optimizer least-squares --window 3 --epochs 3
  refused 2 "--rate is for --optimizer sgd, " --optimizer lbfgs --window 3 --rate 0.1
  refused 2 "trained by chance" --optimizer lbfgs --window 3 --dropout 0.5
  refused 2 "has --l2, not --l1" --optimizer lbfgs --window 3 --l1 0.5
  refused 2 "no --cell" --window 3 --cell gru
  refused 1 "the network reads 200 rows to predict the next one, and the longest series has 144" --window 200
  next --window 12 --optimizer least-squares air.bin > m
  head -n 5 air | ts-convert --from tsv --no-words --tensor series > short.bin
  run -1 rnn-predict --forecast 2 m short.bin
  [[ $output == *"series 1 has 5 rows, and the network reads 12 to forecast the next"* ]]
}

# ---- How weights begin, and gradients that vanish ----

@test "series: weights begin as their initializer says, biases with 0" {
  begun() {
    next --epochs 0 --net "elman 40 activation=relu, dense 60, squared-error" "$@" air.bin > m
    tsv layer0.forward.recurrent m > recurrent
    tsv dense.weight m > weight
    tsv dense.bias m > bias
  }
  moments() {
    awk '{ for (i = 1; i <= NF; i++) { n++; s += $i; q += $i ^ 2; if ($i ^ 2 > m) m = $i ^ 2 } }
      END { print s / n, q / n, sqrt(m) }' "$1"
  }
  near() {
    awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { d = a - b; exit !(d * d < t * t) }'
  }
  begun --initializer he
  read -r mean variance most < <(moments weight)
  near "$mean" 0 0.02
  near "$variance" 0.05 0.005 # 2 / 40
  read -r mean variance most < <(moments bias)
  near "$variance" 0 1e-9
  read -r mean variance most < <(moments recurrent)
  near "$variance" 0.05 0.008
  begun --initializer xavier --recurrent-initializer identity
  read -r mean variance most < <(moments weight)
  near "$variance" 0.02 0.002 # 6 / 100 / 3
  awk -v m="$most" 'BEGIN { exit !(m <= sqrt(6 / 100) && m > 0.24) }'
  awk '{ for (i = 1; i <= NF; i++) if ($i != (i == NR)) exit 1 }' recurrent
  begun --recurrent-initializer orthogonal
  cp recurrent a
  begun --orthogonal
  cmp a recurrent
  awk '{ for (i = 1; i <= NF; i++) q += $i ^ 2 } END { exit !((q / NR - 1) ^ 2 < 1e-10) }' a
  read -r mean variance most < <(moments weight)
  awk -v m="$most" 'BEGIN { exit !(m <= 1 / sqrt(40)) }'
  run -2 rnn-train --task regress --target next --initializer identity air.bin
  [[ $output == *"--initializer identity is for --recurrent-initializer"* ]]
  run -2 rnn-train --task regress --target next --orthogonal --recurrent-initializer identity air.bin
  [[ $output == *"--orthogonal and --recurrent-initializer exclude each other"* ]]
}

@test "series: the regularizer of vanishing gradients changes recurrent weights, and is refused elsewhere" {
  "$WORDPIPE_BIN/../examples/make-series" -n 100 -l 20 adding > adding.bin
  for omega in 0 1; do
    rnn-train -q --no-history --task regress --target end --epochs 3 \
      --net "elman 8 omega=$omega, pool, squared-error" adding.bin > m$omega
  done
  run -1 cmp m0 m1
  run -2 rnn-train --task regress --target end --net "lstm 8 omega=1, pool, squared-error" adding.bin
  [[ $output == *"omega is for elman in one direction"* ]]
  run -2 rnn-train --task regress --target end --check-gradients --net "elman 3 omega=1, pool, squared-error" adding.bin
  [[ $output == *"omega adds to the gradient what is that of no loss"* ]]
}
