# prefix.pl PREFIX PROGRAM ... < PAGE: the page with PREFIX before the names of the programs, as
# `make install PROGPREFIX=...` installs them: in titles, in references, and where an example
# calls one.
use strict;
use warnings;

my $prefix = shift @ARGV;
my $name = join '|', map { s/-/\\\\?-/gr } sort { length $b <=> length $a } @ARGV;
$name = qr/(?:$name)/;
my $literal = 0;
while (<STDIN>) {
	$literal = 1 if /^\.Bd -literal/;
	$literal = 0 if /^\.Ed/;
	if ($prefix eq '') {
		# as it is
	} elsif (/^\.Dt /) {
		s/^\.Dt (\S+)(?= 1\b)/.Dt \U$prefix$1/;
	} elsif (/^\./) {
		s/\b(Nm) ($name)(?=\s)/$1 $prefix$2/g;
		s/\b(Xr) ($name)(?= 1\b)/$1 $prefix$2/g;
		s/\b(Ql|Dl|Li) ($name)(?= \S)/$1 $prefix$2/g;
	} elsif ($literal) {
		# Where a command begins; a table whose first column has such a name is none.
		s/(^(?:\$ )?\ *|[|;(\x60']\ *|&&\ *|\\\(aq|\bdo\ )($name)(?=\n|:\ |\ [^ ])/$1$prefix$2/gx;
	}
	print;
}
