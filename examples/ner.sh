#!/bin/sh
# ner.sh [TRAIN TEST [TEXT]]: names of persons, places and organisations, as chunks.sh finds
# phrases.
#
# TRAIN and TEST have the word first and the tag fourth in each line.  Without operands it takes
# $WORDPIPE_DATA/ner-conll2003.  What is made stays in $OUT (build/ner).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/ner}" "${EPOCHS:=15}"
train=${1:-$WORDPIPE_DATA/ner-conll2003/eng.train.gz}
test=${2:-$WORDPIPE_DATA/ner-conll2003/eng.testa.gz}
export WORDPIPE_DATA OUT EPOCHS FIELDS=1,4 TASK=ner
exec sh "$(dirname "$0")/chunks.sh" "$train" "$test" ${3:+"$3"}
