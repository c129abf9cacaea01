#!/usr/bin/env bats
# tokenize: token text from text.  The rules are tested in tests/lib/tokenize_test.c; this is
# about the program.
bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  printf 'He left!\n\nCaf\303\251, 1984.\n' > text
}

# is EXPECTED COMMAND ...: the command succeeds and prints just that.
is() {
  local expected=$1
  shift
  run -0 --separate-stderr "$@"
  echo "expected: $expected"
  echo "got: $output"
  [ "$output" = "$expected" ]
}

@test "tokenize: words, from standard input and from files" {
  is $'He left !\nCafé , 1984 .' tokenize text
  is $'He left !\nCafé , 1984 .' tokenize - < text
  is $'He left !\nCafé , 1984 .\nHe left !\nCafé , 1984 .' tokenize text text
  is "" tokenize /dev/null
}

@test "tokenize: every option of the tokens" {
  printf 'He can\47t. It 1\303\211\n' > t
  is "He can't . It 1É" tokenize --words t
  is "He ca n't , It" tokenize --treebank <(echo "He can't, It")
  is "He can't. It 1É" tokenize --space t
  is 'H e \s c a n '"' t . "'\s I t \s 1 É \n' tokenize --chars t
  is 'H e \s c a n '"' t . "'\s I t \s 1 É' tokenize --chars --no-newlines t
  is 'H e \s c a n '"' t . "'\s I t \s 1 \xC3 \x89 \n' tokenize --bytes t
  is "he can't . it 1é" tokenize --lower t
  is "He can't . It 0É" tokenize --fold-digits t
  is $'He can\'t .\nIt 1É' tokenize --sentences t
  is "SENTENCE_START He can't . It 1É SENTENCE_END" tokenize --markers t
  printf 'e\314\201 \357\254\201\n' > t
  is $'\303\251 \357\254\201' tokenize --nfc t
  is $'\303\251 fi' tokenize --nfkc t
  is $'e \314\201 \\s \357\254\201 \\n' tokenize --code-points t
  is $'e\314\201 \\s \357\254\201 \\n' tokenize --chars t
}

@test "tokenize: labels pass untouched, and must be there" {
  printf 'Pos 1\tGood!\r\nNeg\t\n' > t
  is $'Pos 1\tGood !\nNeg\t' tokenize --labels t
  printf 'Pos\tGood!\nbad\n' > t
  run -4 --separate-stderr tokenize --labels t
  [ "$stderr" = "tokenize: t: no TAB between a label and its text (line 2)" ]
}

@test "tokenize: --keep-lines writes as many lines as it reads" {
  printf '\n a\r\n\342\200\250b\342\200\251\302\205\v\f\n\n \n' > t
  is $'\na\nb' bash -c 'tokenize --keep-lines t | head -n 3'
  for unit in words treebank space chars code-points bytes; do
    for more in '' --lower --markers --no-newlines; do
      if [ "$unit$more" != bytes--lower ]; then
        # shellcheck disable=SC2086 # no option where there is none
        [ "$(tokenize --keep-lines --$unit $more t | wc -l)" -eq 5 ]
      fi
    done
  done
}

@test "tokenize: gzipped input is expanded, and must be whole" {
  gzip -c text > text.gz
  cat text.gz text.gz > two.gz
  is "$(tokenize text)" tokenize text.gz
  is "$(cat text text | tokenize)" tokenize two.gz
  head -c 30 text.gz > cut.gz
  run -3 tokenize cut.gz
}

@test "tokenize: malformed UTF-8 is replaced and counted, or refused" {
  printf 'a\377b\n\342\202c' > t
  run -0 --separate-stderr tokenize t
  [ "$output" = $'a � b\n� c' ]
  [ "$stderr" = "tokenize: 2 sequences that are not UTF-8 were replaced by U+FFFD" ]
  run -0 --separate-stderr tokenize -q t
  [ -z "$stderr" ]
  run -4 --separate-stderr tokenize --strict text t
  [ "$stderr" = "tokenize: t: not UTF-8 (byte 1)" ]
  is "$(tokenize text)" tokenize --strict text
}

@test "tokenize: options that contradict each other are refused" {
  for options in "--bytes --lower" "--bytes --nfc" "--bytes --strict" \
    "--sentences --keep-lines" "--sentences --labels"; do
    # shellcheck disable=SC2086 # several options
    run -2 --separate-stderr tokenize $options text
    [ -z "$output" ]
    [[ $stderr = "tokenize: "* ]]
  done
}

@test "tokenize: bytes can be put together again" {
  head -c 20000 /dev/urandom > t
  tokenize --bytes t | perl -ne '
    chomp;
    for (split / /) {
      s/^\\x(..)$/chr hex $1/e or s/^\\u00(..)$/chr hex $1/e
        or s/^\\(.)$/{"\\" => "\\", s => " ", n => "\n", t => "\t", r => "\r"}->{$1}/e;
      print;
    }' > back
  cmp t back
}

@test "tokenize: lines come at once with --line-buffered" {
  mkfifo in out
  tokenize --line-buffered < in > out 3>&- &
  exec 8> in 9< out
  printf 'one line.\nand' >&8
  read -r -t 10 line <&9
  [ "$line" = "one line ." ]
  printf ' two\n' >&8
  read -r -t 10 line <&9
  [ "$line" = "and two" ]
  exec 8>&- 9<&-
  wait
}

@test "tokenize: a line may be longer than every buffer" {
  head -c 3000000 /dev/zero | tr '\0' a > word
  for unit in words treebank space; do
    tokenize --$unit < word | tr -d '\n' | cmp - word
  done
  yes 'be, to' | head -n 300000 | tr '\n' ' ' > line
  [ "$(tokenize line | wc -lw | tr -s ' ')" = " 1 900000" ]
}

@test "tokenize: every instruction set writes the same" {
  yes "$(cat text) It's 3.14, e.g. \\ naïve – 漢字 __x \"I cannot,\" she'd said... -- (U.S.) 'tis @a #b!" |
    head -n 3000 > long
  for options in "" "--lower --fold-digits" "--space" "--markers" "--treebank --lower" --sentences --web; do
    for isa in plain avx2 avx512; do
      # shellcheck disable=SC2086 # several options
      WORDPIPE_ISA=$isa tokenize $options long > $isa
      cmp plain $isa
    done
  done
}

@test "tokenize: --treebank writes the same by 64 bytes as by single marks" {
  # Where case is folded, ASCII text has no way of its own; text in lower case stays as it is.
  awk 'BEGIN {
    srand(1)
    n = split("the cannot gonna it'"'"'s don'"'"'t can'"'"'t'"'"'ve i'"'"'d '"'"'tis dogs'"'"' '"'"'x'"'"' \" '"''"' `` `x ... .. -- - --- .( u.s." \
      " mr. etc. e.g. a.b 3.5 1,000 10:30 a:b , : ; ( ) [ ] { } < > @ # $ % & ! ? \\ / é “ ” — gimmen'"'"'t" \
      " wanna. co-op 1990'"'"'s d'"'"'ye more'"'"'n n'"'"'t o'"'"'neill we'"'"'ll a. p. corp. no. end.\" (end.) www.x.org c++ _x_", part, " ")
    for (i = 0; i < 40000; i++) {
      gap = rand()
      printf "%s%s", part[int(rand() * n) + 1], gap < 0.5 ? " " : gap < 0.55 ? "\n" : ""
    }
    for (i = 0; i < 100; i++)
      printf "%s", "word"
  }' > parts
  tokenize --treebank parts > want
  tokenize --treebank --fold-case parts | cmp - want
  tokenize --treebank --sentences parts > want
  tokenize --treebank --sentences --fold-case parts | cmp - want
}

@test "tokenize: -v reports what was done" {
  run -0 --separate-stderr tokenize -v text
  [[ $stderr = *"tokenize: 23 bytes read, 7 tokens and 2 lines written"* ]]
}

@test "tokenize(1): the examples do what the page says" {
  # Commands begin with "$ " and go on where a line begins with four spaces.
  sed -n '/^\.\\" run/,/^\.\\" ran/{/^\./d;s/\\(aq/'"'"'/g;s/\\-/-/g;s/\\e/\\/g;p;}' \
    "$BATS_TEST_DIRNAME/../man/tokenize.1" > page
  sed -n 's/^\$ //p;/^    /p' page > commands
  sed '/^\$ /d;/^    /d' page > expected
  [ "$(wc -l < expected)" -ge 7 ]
  bash -e -o pipefail commands > got
  diff expected got
}

@test "tokenize: tagged text in columns" {
  printf 'The DT O\nU.N. NNP I-ORG\n# # O\n\n\n-DOCSTART- -X- O\n\nOK  UH  X' > t
  is $'DT NNP #\tThe U.N. #\nUH\tOK' tokenize --columns 1,2 t
  is $'O I-ORG O\tthe u.n. #\nX\tok' tokenize --lower --columns 1,-1 t
  is $'The U.N. #\tDT NNP #\nOK\tUH' tokenize --columns=-2,1 t
  # With tabs a field may have spaces, or none in it; carriage returns and gzip as ever.
  printf '1 000\tA B\t\r\ncaf\\\t\302\240\t\r\n \t \r\n' | gzip -c > t.gz
  is $'A\\sB \\u00A0\t0\\s000 caf\\\\' tokenize --fold-digits --columns 1,2 t.gz
  is "" tokenize --columns 1,2 /dev/null
  printf 'E\314\201\tE\314\201\n' | tokenize --columns 1,2 --nfc --lower > got
  printf '\303\211\t\303\251\n' | diff - got
}

@test "tokenize: columns of CoNLL-U" {
  {
    printf '# sent_id = 1\n# text = Don\47t 1 000\n'
    printf '%s\t%s\tx\t%s\tX\n' 1-2 "Don't" _ 1 Do AUX 2 "n't" PART 2.1 gone VERB 3 '1 000' NUM
    printf '\n# newdoc\n1\t#\t#\tSYM\tNN\n\n'
  } > t
  is $'AUX PART NUM\tDo n\'t 1\\s000\nSYM\t#' tokenize --conllu t
  is $'X X X\tDo n\'t 1\\s000\nNN\t#' tokenize --conllu --columns 2,5 t
}

@test "tokenize: columns that are not there" {
  printf 'a\tA\n\nb\n' > t
  run -4 --separate-stderr tokenize --columns 1,2 t
  [ "$stderr" = "tokenize: t: no tag in column 2 (line 3)" ]
  run -4 --separate-stderr tokenize --columns -1,1 t
  [ "$stderr" = "tokenize: t: 1 column where 2 were expected (line 3)" ]
  printf 'a\n' > t
  run -4 --separate-stderr tokenize --columns -2,1 t
  [ "$stderr" = "tokenize: t: no word in column -2 (line 1)" ]
  printf 'a\t\n' > t
  run -4 tokenize --columns 1,2 t
  printf 'a A\nb \377\n' > t
  run -4 --separate-stderr tokenize --strict --columns 1,2 t
  [ "$stderr" = "tokenize: t: not UTF-8 (byte 6)" ]
  for columns in 0,1 1 1,2,3 1,x '' 1,99999999999 1,,2; do
    run -2 tokenize --columns "$columns" t
  done
  for option in --markers --labels --sentences --chars --space --keep-lines; do
    run -2 tokenize --columns 1,2 $option t
  done
}

@test "tokenize: real columns" {
  [ -d "$WORDPIPE_DATA/ner-conll2003" ] || skip "no real data"
  gzip -dc "$WORDPIPE_DATA/ner-conll2003/eng.testa.gz" > t
  [ "$(tokenize --columns 1,4 t | wc -l)" -eq 3250 ]
  [ "$(tokenize --columns 1,4 t | cut -f2 | wc -w)" -eq 51362 ]
  # And back again.
  tokenize --columns 1,4 t | sed 's/\\\\/\\/g' | awk -F '\t' '{
    n = split($1, tag, " "); split($2, word, " ")
    for (i = 1; i <= n; i++) print word[i], tag[i]
    print ""
  }' > back
  grep -v DOCSTART t | awk 'NF { print $1, $4; open = 1 } !NF && open { print ""; open = 0 }' | diff - back
}

@test "tokenize: time grows with the text, not with its square" {
  # Runs of marks in no canonical order, and runs of quotation marks and clitics.
  awk 'BEGIN { printf "a"; for (i = 0; i < 60000; i++) printf "\314\201\314\226\315\205"; print "" }' > marks
  awk 'BEGIN { for (i = 0; i < 300000; i++) printf "\47"; print "" }' > quotes
  awk 'BEGIN { for (i = 0; i < 300000; i++) printf "`"; print "" }' > backquotes
  (
    ulimit -t 3
    tokenize --space --nfc marks > nfc
    tokenize --nfkc marks > nfkc
    tokenize --treebank quotes > /dev/null
    tokenize --treebank backquotes > /dev/null
  )
  # Sorted by class, and the first of each kind composed with its letter.
  [ "$(wc -c < nfc)" -eq $(("$(wc -c < marks)" - 1)) ]
  [ -s nfkc ]
  is $'\303\241\314\226\315\205' tokenize --space --nfc <(printf 'a\315\205\314\226\314\201\n')
}

@test "tokenize: what cannot be seen is in no token" {
  # Marks of direction everywhere; joiners and soft hyphens where they join nothing.
  printf 'He said \342\200\217\327\251\327\234\342\200\216 twice.\n' > marked
  printf '\342\201\247He\342\201\251 said \327\251\327\234 \342\200\254twice\330\234.\342\201\240\n' > more
  printf 'He said \327\251\327\234 twice.\n' > plain
  for unit in words treebank space; do
    tokenize --$unit plain > expected
    tokenize --$unit marked | diff expected -
    tokenize --$unit more | diff expected -
  done
  is $'so\302\255ci x y' tokenize <(printf 'so\302\255ci \302\255x y\302\255 \302\255 \342\200\215\n')
  is $'\360\237\221\250\342\200\215\360\237\221\251 \342\235\244\357\270\217 \330\250\342\200\214\330\247' \
    tokenize <(printf '\360\237\221\250\342\200\215\360\237\221\251 \342\235\244\357\270\217 \330\250\342\200\214\330\247\342\200\214')
  # Where every character is a token, they are written so that one can see them.
  is 'a \u200E b \u00AD' tokenize --code-points --no-newlines <(printf 'a\342\200\216b\302\255\n')
}

@test "tokenize: a capital sigma is final where no letter follows" {
  # As Final_Sigma of the Unicode Standard: marks, apostrophes and full stops are passed over.
  printf '\316\243\316\221\316\243\342\200\231\316\221 \316\221\316\243 \316\221\316\243.\316\221 A\47\316\243 \316\243 \316\221\316\243.\n' > t
  printf '\317\203\316\261\317\203\342\200\231\316\261 \316\261\317\202 \316\261\317\203.\316\261 a\47\317\202 \317\203 \316\261\317\202.\n' > expected
  tokenize --space --lower t | diff expected -
}

@test "tokenize: what is no CoNLL-U is said to be none" {
  printf '# text = x\n1   Dogs   dog    NOUN\n' > t
  run -4 --separate-stderr tokenize --conllu t
  [[ $stderr = "tokenize: t: no CoNLL-U: a line without TABs (line 2)"* ]]
  for first in x 1x 1- .1 1-2-3 ''; do
    printf '%s\tDogs\tdog\tNOUN\n' "$first" > t
    run -4 --separate-stderr tokenize --conllu t
    [[ $stderr = *"does not begin with a word's number (line 1)" ]]
  done
}

@test "tokenize: --sentences needs no more memory for a long line" {
  [ -z "${SAN:-}" ] || skip "sanitizers take memory of their own"
  # 48 MB in one line, and a word without end.
  yes "It was cold. Dr. No came at 5 p.m. and left" | head -n 1100000 | tr '\n' ' ' > line
  head -c 30000000 /dev/zero | tr '\0' x > word
  (
    ulimit -v 60000
    [ "$(tokenize --sentences line | wc -l)" -eq 1100001 ]
    tokenize --sentences --markers --treebank line | head -n 1 > first
    tokenize --sentences word | wc -l > cuts
  )
  [ "$(cat first)" = "SENTENCE_START It was cold . SENTENCE_END" ]
  [ "$(cat cuts)" -lt 40 ]
  # Lines end sentences, and blocks of input do not show.
  (echo "no end"; yes "a b" | head -n 30000; printf 'c.\r\n\r\nD e\fF') > lines
  [ "$(tokenize --sentences lines | wc -l)" -eq 30003 ]
  tokenize --sentences line | head -c 3000000 | md5sum > whole
  (head -c 77777 line; sleep 0.1; tail -c +77778 line) | tokenize --sentences | head -c 3000000 | md5sum | diff whole -
}

@test "tokenize: --web keeps addresses, tags, emoticons, runs of marks and numbers whole" {
  while IFS='|' read -r text tokens; do
    is "$tokens" tokenize --web <(echo "$text")
  done << 'end'
@ann read http://x.co/ab2. #Corpus!!! :-)|@ann read http://x.co/ab2 . #Corpus !!! :-)
write to jane.roe+y@post.example.org, please|write to jane.roe+y@post.example.org , please
(www.example.net/d?e=f&g#h)|( www.example.net/d?e=f&g#h )
see example.com/a, and/or e.g. 1.5/2|see example.com/a , and / or e.g . 1.5/2
so ... who?! -- fine <3|so ... who ?! -- fine <3
on 02/25/2023 at 11:45, ring 555-9876|on 02/25/2023 at 11:45 , ring 555-9876
C# & R&D 5 @ 6 a#b|C # & R & D 5 @ 6 a # b
(see http://x.org/A_(b)) and "http://y.org".|( see http://x.org/A_(b) ) and " http://y.org " .
ok :) xD :D ;-) ^^ (note: this) a:b 3:1|ok :) xD :D ;-) ^^ ( note : this ) a:b 3:1
naïve@müller.de #größe é!!! «http://x.fr/é»|naïve@müller.de #größe é !!! « http://x.fr/é »
a\b **x** == [1]|a \\ b ** x ** == [ 1 ]
@_me x@ @. #1 ## http:// www.|@_me x @ @ . # 1 ## http : // www .
end
  # A sentence may begin in lower case.
  is $'it works .\nthanks' tokenize --web --sentences <(echo "it works. thanks")
  for unit in space chars bytes; do run -2 tokenize --web --$unit /dev/null; done
  # What has no such tokens is as it was, whatever is in its neighbourhood.
  yes "Plain words, and marks: 1.5 (so) 'it' is; \"naïve\" A-b." | head -n 500 > t
  tokenize t > expected
  tokenize --web t | diff expected -
}

@test "tokenize: --web and --language take time in proportion to a token" {
  [ -z "${SAN:-}" ] || skip "sanitizers are slow"
  for text in "a-" "l'" "a." "x@" ":)" ")" "http://" "é'" "1/"; do
    yes "$text" | head -n 200000 | tr -d '\n' > t
    (
      ulimit -t 4
      tokenize --web t > /dev/null
      tokenize --language fr t > /dev/null
      tokenize --sentences --web t > /dev/null
    )
  done
}

@test "tokenize: --language knows elision, hyphens, abbreviations and ordinals" {
  while IFS='|' read -r code text tokens; do
    is "$tokens" tokenize --language "$code" <(echo "$text")
  done << 'end'
fr|L'arbre d’été, aujourd'hui qu'elle rit|L' arbre d’ été , aujourd'hui qu' elle rit
fr|Y va-t-il ? Donne-moi l'arc-en-ciel|Y va -t-il ? Donne -moi l' arc-en-ciel
it|dell'olio c'è un po' d’uva|dell' olio c' è un po' d’ uva
ca|l'home d'aquí|l' home d' aquí
de|am 4. Juni z. B. bei Dr. Weiß|am 4. Juni z. B. bei Dr. Weiß
fi|Keski-Suomi esim. 2. luokka|Keski-Suomi esim. 2. luokka
ru|из-за чего-то|из-за чего-то
en|Dr. No isn't in the U.S. now.|Dr. No isn't in the U.S. now .
end
  run -2 --separate-stderr tokenize --language xx /dev/null
  [[ $stderr = *"no such language"* ]]
}

@test "tokenize: some abbreviations end sentences before any capital letter, and only there" {
  while IFS='|' read -r code text first second; do
    is "$first${second:+$'\n'$second}" tokenize --sentences --language "$code" <(echo "$text")
  done << 'end'
ru|До озера 12 км. Лодки ждут.|До озера 12 км.|Лодки ждут .
ru|До озера 12 км. по тропе.|До озера 12 км. по тропе .
ru|Окна, двери и т.п. Стены белые.|Окна , двери и т.п.|Стены белые .
ru|Окна, двери и др. Стены белые.|Окна , двери и др.|Стены белые .
ru|Дом стоит с 1903 г. Крыша новая.|Дом стоит с 1903 г.|Крыша новая .
ru|Дом строили в XIX в. Крыша новая.|Дом строили в XIX в.|Крыша новая .
ru|Поезд идёт в г. Тверь утром.|Поезд идёт в г. Тверь утром .
de|Brot, Käse usw. Kinder zahlen nichts.|Brot , Käse usw.|Kinder zahlen nichts .
de|Brot, Käse usw. kosten mehr.|Brot , Käse usw. kosten mehr .
de|Es kostet 3 Mio. Euro.|Es kostet 3 Mio. Euro .
it|Pane, olio ecc. Giulia paga.|Pane , olio ecc.|Giulia paga .
es|Pan, aceite, etc. Julia paga.|Pan , aceite , etc.|Julia paga .
es|El barco cruza el mar. Julia duerme.|El barco cruza el mar .|Julia duerme .
fi|Leipää, maitoa jne. Kauppa on auki.|Leipää , maitoa jne.|Kauppa on auki .
en|Bread, oil, etc. Julia pays.|Bread , oil , etc.|Julia pays .
en|Come at 5 p.m. Friday.|Come at 5 p.m. Friday .
end
}

@test "tokenize: --abbreviations reads a file of them" {
  printf 'Xyz\nQq #NUMERIC_ONLY#\n# a comment\n\nFoo. # another\n' > list
  echo "Xyz. Here. Qq. 5 is. Qq. Here. Foo. Bar." > t
  is $'Xyz . Here .\nQq . 5 is .\nQq .\nHere .\nFoo . Bar .' tokenize --sentences --abbreviations list t
  run -1 tokenize --sentences --abbreviations missing t
  run -2 tokenize --abbreviations list t
}

@test "tokenize: --treebank in other languages and on the web" {
  while IFS='|' read -r options text tokens; do
    # shellcheck disable=SC2086 # several options
    is "$tokens" tokenize --treebank $options <(echo "$text")
  done << 'end'
|„Nein“, rief sie.|`` Nein '' , rief sie .
|‚gut‘ ist es. “So” ‘it’ is|` gut ' ist es . `` So '' ` it ' is
|an old one. i came. Mr. No, Inc. and the U.S. too.|an old one . i came . Mr. No , Inc. and the U.S. too .
|warten.. dann...|warten .. dann ...
|यह बड़ा है।|यह बड़ा है ।
|هل هذا جديد؟ نعم، هو|هل هذا جديد ؟ نعم ، هو
|צה"ל "צה"|צה"ל `` צה ''
|EU:n at 10:30: so|EU:n at 10:30 : so
|他说「好」。|他说 「 好 」 。
|couldn't've she'll'd 'twas|could n't 've she 'll 'd 't was
|well-known|well-known
--hyphens=split|well-known F-16 -x 1-2|well - known F - 16 -x 1-2
--web|great!!! see http://x.org/a?b. :) #no|great !!! see http://x.org/a?b . :) #no
--language=fr|« L’eau », dit-il. J.|« L' eau » , dit -il . J.
--language=de|Die E-Mail kam am 3. Mai.|Die E - Mail kam am 3. Mai .
--language=el|Απ' το '80. Δρ. Κ|Απ' το '80 . Δρ. Κ
end
  is "well-known" tokenize --hyphens keep <(echo well-known)
}

@test "tokenize: --dictionary finds the most probable words of scripts without spaces" {
  printf '研究\t50\n研究生\t5\n生命\t40\n命\t10\n起源\t20\n生\t9\n' > words
  is "研究 生命 起源 。" tokenize --dictionary words <(echo "研究生命起源。")
  is "x 研究生 ! カナ 漢 字" tokenize --dictionary words <(echo "x研究生! カナ漢字")
  is "他 说 研究 。" tokenize --treebank --dictionary words <(echo "他说研究。")
  # A count may be left out; a file without words, or with another second field, is refused.
  is "研究 生" tokenize --dictionary <(echo 研究) <(echo "研究生")
  run -4 tokenize --dictionary /dev/null /dev/null
  run -4 --separate-stderr tokenize --dictionary <(printf 'a b\n') /dev/null
  [[ $stderr = *"not a word and its count (line 1)" ]]
  # Long text without spaces, in pieces.
  yes "研究生命起源" | head -n 20000 | tr -d '\n' > long
  [ "$(tokenize --dictionary words long | wc -w)" -ge 60000 ]
}

@test "tokenize: the dictionaries of ICU, or a hint" {
  printf '我们去北京。สวัสดีครับ\n' > t
  run --separate-stderr -0 tokenize t
  [ "$output" = "我 们 去 北 京 。 ส วั ส ดี ค รั บ" ]
  [[ $stderr = "tokenize: "*" characters of scripts that put no spaces between words"* ]]
  tokenize -V | grep -q "with the dictionaries of ICU" || skip "built without ICU"
  is "我们 去 北京 。 สวัสดี ครับ" tokenize --dictionary icu t
  is "我们 去 北京 。 สวัสดี ครับ" tokenize --language zh t
  # It is loaded when it is needed only: programs start twice as fast without.
  ! command -v ldd > /dev/null || ! ldd "$(command -v tokenize)" | grep -i libicu
}

@test "tokenize: --learn-abbreviations learns them from the text" {
  # "Brz." is one: short, and never without its full stop; "sun" ends sentences as other words do.
  for i in 1 2 3 4 5 6 7 8 9; do
    echo "Here Brz. Alder saw the sun. It was warm there and the sun set. It was late, said Brz. Elm."
    echo "There was the moon and a star or two that shone. When it rose the sun was gone away again."
  done > t
  tokenize --sentences t | grep -cx 'Here Brz .' > without || true
  tokenize --sentences --learn-abbreviations t > learnt
  [ "$(cat without)" -eq 9 ]
  [ "$(grep -cx 'Here Brz . Alder saw the sun .' learnt)" -eq 9 ]
  [ "$(wc -l < learnt)" -eq 45 ]
  # From standard input and from several files as well, compressed or not.
  tokenize --sentences --learn-abbreviations < t | diff learnt -
  head -n 4 t > a
  tail -n +5 t | gzip > b.gz
  tokenize --sentences --learn-abbreviations a b.gz | diff learnt -
  tokenize -v --sentences --learn-abbreviations t 2>&1 > /dev/null | grep -q "[1-9] abbreviations learnt"
  is "" tokenize --sentences --learn-abbreviations /dev/null
  run -2 tokenize --learn-abbreviations t
}

@test "tokenize: --fold-case and --strip-accents" {
  is "strasse strasse οσοσ ffi i̇" tokenize --fold-case <(echo "Straße STRASSE ΟΣος ﬃ İ")
  is "Cafe naive Ελλαδα и o ø が हिन्दी 한국 שלום" \
    tokenize --strip-accents <(echo "Café naïve Ελλάδα й ó ø が हिन्दी 한국 שָׁלוֹם")
  is "e x a" tokenize --space --strip-accents <(printf 'e\314\201 x\314\201\314\226 \341\272\247\n')
  is "cafe a\\\\b strasse" tokenize --space --fold-case --strip-accents <(echo 'CAFÉ A\B Straße')
  is "ılık izmir" tokenize --language tr --lower <(echo "ILIK İZMİR")
  is "ılık izmir" tokenize --space --language tr --fold-case <(echo "ILIK İZMİR")
  is "ilik" tokenize --lower <(echo "ILIK")
  is "strasse #cafe http://x.org/a" tokenize --web --fold-case --strip-accents <(echo "STRASSE #Café http://x.org/A")
  is "c a f e ss" tokenize --chars --no-newlines --fold-case --strip-accents <(echo "Caféß")
  is "do n't cafe" tokenize --treebank --fold-case --strip-accents <(echo "Don't Café")
  run -2 tokenize --bytes --fold-case /dev/null
}

@test "tokenize: full and half width, emoji with modifiers, flags and keycaps" {
  is "ＡＢＣ １２ ｶﾞ ！" tokenize <(echo "ＡＢＣ １２ ｶﾞ！")
  is "ABC 12 ガ !" tokenize --nfkc <(echo "ＡＢＣ １２ ｶﾞ！")
  is "ａｂ" tokenize --lower <(echo "ＡＢ")
  is "👍🏽 👩‍💻 🇩🇪 🇫🇷 1️⃣ ❤️" tokenize <(echo "👍🏽👩‍💻🇩🇪🇫🇷 1️⃣❤️")
  is "👍🏽 👩‍💻 🇩🇪 🇫🇷 !!" tokenize --web <(echo "👍🏽👩‍💻🇩🇪🇫🇷!!")
  is "👍🏽 👩‍💻 🇩🇪" tokenize --chars --no-newlines <(echo "👍🏽👩‍💻🇩🇪")
}

@test "tokenize: runs of marks and references to characters are one token" {
  echo 'No!!! Why?!? $$$ << (a >> b)) && R&D; AT&T Don&#39;t &amp;&amp; x &#x27; y&nbsp;z && "Go!!" 9%%' > t
  is "No !!! Why ?!? \$\$\$ << ( a >> b ) ) && R & D ; AT & T Don &#39; t &amp;&amp; x &#x27; y &nbsp; z && \`\` Go !! '' 9 %%" \
    tokenize --treebank t
  is 'No !!! Why ?!? $$$ << ( a >> b ) ) && R & D ; AT & T Don &#39; t &amp;&amp; x &#x27; y &nbsp; z && " Go !! " 9 %%' \
    tokenize --web t
}
