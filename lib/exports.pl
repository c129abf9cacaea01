# exports.pl HEADER ... < SYMBOLS: a version script for the linker, with which a shared library
# exports those of its symbols (nm -P -g --defined-only) that its public headers name, and no
# others.  Headers that call themselves internal in their first comment are passed over.
use strict;
use warnings;

my %public;
for my $path (@ARGV) {
	open my $file, '<', $path or die "$path: $!\n";
	my $text = do { local $/; <$file> };
	next if $text =~ /\(Internal[.:]/;
	$text =~ s{/\*.*?\*/}{ }gs;
	$text =~ s{//[^\n]*}{}g;
	$public{$_} = 1 for $text =~ /(?<!struct )(?<!enum )\b(wp_\w+)/g;
}
my %exported;
while (<STDIN>) {
	my ($symbol) = split;
	$exported{$symbol} = 1 if defined $symbol && $public{$symbol};
}
print "{\n", (%exported ? "global:\n" : ''), (map { "\t$_;\n" } sort keys %exported), "local:\n\t*;\n};\n";
