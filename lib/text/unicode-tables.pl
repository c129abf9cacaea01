#!/usr/bin/env perl
# Write the tables of lib/text/unicode.h to standard output, from Perl's own Unicode data.
# Run by the Makefile: perl unicode-tables.pl > unicode_tables.h
use strict;
use warnings;
use Unicode::UCD qw(prop_invlist prop_invmap);

my $end = 0x110000;    # one more than the last code point

# Perl's inversion maps are lists of [first code point, value]; the value holds up to the next.
sub property {
    my ($name) = @_;
    my ($starts, $values) = prop_invmap($name);
    defined $starts or die "unicode-tables.pl: this Perl does not know the property $name\n";
    return [map { [$starts->[$_], $values->[$_]] } 0 .. $#$starts];
}

# The same for a property that is yes or no.
sub binary {
    my ($name)  = @_;
    my @bounds  = prop_invlist($name) or die "unicode-tables.pl: no property $name\n";
    my $inside  = 0;
    my @changes = map { [$_, $inside = 1 - $inside] } @bounds;
    return [@bounds && $bounds[0] == 0 ? () : [0, 0], @changes];
}

my %property = (
    word     => property('Word_Break'),
    sentence => property('Sentence_Break'),
    nfc      => property('NFC_Quick_Check'),
    nfkc     => property('NFKC_Quick_Check'),
    class    => property('Canonical_Combining_Class'),
    map { $_ => binary($_) } qw(White_Space Cc Nd Cased Case_Ignorable Zs gc=P lb=GL
        sc=Han sc=Hiragana sc=Katakana sc=Thai sc=Lao sc=Khmer sc=Myanmar),
);

# Characters that carry no text and show nothing wherever they are: marks and controls of
# direction, invisible operators, the word joiner and byte order mark, and other format controls.
my @hidden = (
    [0x061C, 0x061C], [0x180E, 0x180E], [0x200E, 0x200F], [0x202A, 0x202E], [0x2060, 0x2064],
    [0x2066, 0x206F], [0xFEFF, 0xFEFF], [0xFFF9, 0xFFFB],
);

# Characters that show nothing by themselves, but matter to the letters or pictures round them:
# soft hyphen, grapheme joiner, fillers and selectors, zero width joiner and non-joiner.
my @joiner = (
    [0x00AD, 0x00AD], [0x034F, 0x034F], [0x115F, 0x1160], [0x180B, 0x180D], [0x180F, 0x180F],
    [0x200C, 0x200D], [0x3164, 0x3164], [0xFE00, 0xFE0F], [0xFFA0, 0xFFA0], [0xE0100, 0xE01EF],
);

sub among {
    my ($code_point, @ranges) = @_;
    return scalar grep { $code_point >= $_->[0] && $code_point <= $_->[1] } @ranges;
}

# Perl tailors Word_Break: it marks pictographs as values of their own, and horizontal white
# space as another. This gives back Unicode's own class and whether it is a pictograph.
sub word_class {
    my ($at, $code_point) = @_;
    my $class = $at->{word};
    return ('ALetter', 1) if $class eq 'ExtPict_LE';
    return ('Other',   1) if $class eq 'ExtPict_XX';
    return ($class,    0) if $class ne 'Perl_Tailored_HSpace';
    return ('ExtendNumLet', 0) if $code_point == 0x202F;
    return ($at->{Zs} && !$at->{'lb=GL'} ? 'WSegSpace' : 'Other', 0);
}

sub kind {
    my ($at, $code_point) = @_;
    my ($word, $pictograph) = word_class($at, $code_point);
    my $starter = $at->{class} eq '0' || $at->{class} eq 'Not_Reordered';
    my $zero_width_space = $code_point == 0x200B;
    my @flags;
    push @flags, 'SEPARATOR'  if $at->{White_Space} || $at->{Cc} || $zero_width_space;
    push @flags, 'DIGIT'      if $at->{Nd};
    push @flags, 'CASED'      if $at->{Cased};
    push @flags, 'PICTOGRAPH' if $pictograph;
    push @flags, 'IGNORABLE'  if $at->{Case_Ignorable};
    push @flags, 'NO_SPACES'
        if !$at->{'gc=P'} && (grep { $at->{"sc=$_"} } qw(Han Hiragana Katakana Thai Lao Khmer Myanmar))
        || $code_point == 0x30FC || $code_point == 0xFF70;
    push @flags, 'PUNCTUATION' if $at->{'gc=P'};
    push @flags, 'HIDDEN'     if among($code_point, @hidden);
    push @flags, 'JOINER'     if among($code_point, @joiner);
    push @flags, 'NFC_INERT'  if $starter && $at->{nfc}  =~ /^Y/;
    push @flags, 'NFKC_INERT' if $starter && $at->{nfkc} =~ /^Y/;
    return sprintf '{WP_WB_%s, WP_SB_%s, %s}', uc $word, uc $at->{sentence},
        join(' | ', map { "WP_CHAR_$_" } @flags) || '0';
}

# Walk over all places where any property changes, and note the kind of each stretch.
my %change;    # code point -> { property => new value }
for my $name (keys %property) {
    $change{$_->[0]}{$name} = $_->[1] for @{$property{$name}};
}
$change{$_} //= {} for 0x200B, 0x200C, 0x202F, 0x2030, 0x30FC, 0x30FD, 0xFF70, 0xFF71;    # exceptions in kind and word_class
$change{$_->[0]} //= {}, $change{$_->[1] + 1} //= {} for @hidden, @joiner;
my @stops = sort { $a <=> $b } grep { $_ < $end } keys %change;
my (%at, %number, @kinds);
my $kind_of = "\0" x $end;
for my $i (0 .. $#stops) {
    my $from = $stops[$i];
    my $to = $i < $#stops ? $stops[$i + 1] : $end;
    @at{keys %{$change{$from}}} = values %{$change{$from}};
    my $kind = kind(\%at, $from);
    $number{$kind} //= push(@kinds, $kind) - 1;
    substr($kind_of, $from, $to - $from) = chr($number{$kind}) x ($to - $from);
}
@kinds <= 256 or die "unicode-tables.pl: more kinds of characters than a byte can number\n";

# Blocks of 128 that are alike are stored once.
my (%block, @blocks, @block_of);
for (my $from = 0; $from < $end; $from += 128) {
    my $kinds = substr($kind_of, $from, 128);
    $block{$kinds} //= push(@blocks, $kinds) - 1;
    push @block_of, $block{$kinds};
}
sub lines {
    my @numbers = @_;
    my $text = '';
    $text .= "\t" . join(',', splice @numbers, 0, 32) . ",\n" while @numbers;
    return $text;
}

print "/* Made by unicode-tables.pl; not meant to be edited. */\n",
    '#define UNICODE_VERSION "', Unicode::UCD::UnicodeVersion(), "\"\n",
    "const struct wp_char wp_char_kinds[] = {\n", (map { "\t$_,\n" } @kinds), "};\n",
    "const uint16_t wp_char_block[] = {\n", lines(@block_of), "};\n",
    "const uint8_t wp_char_kind[][128] = {\n",
    (map { "\t{\n" . lines(unpack 'C*', $_) . "\t},\n" } @blocks), "};\n";
