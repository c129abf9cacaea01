# programs.pl < man/wordpipe.7: the table of programs that the page has, for `wordpipe help`.
use strict;
use warnings;

print "static const struct {\n\tconst char *name, *reads, *writes, *does;\n} program_table[] = {\n";
while (<>) {
	print "\t{\"$1\", \"$2\", \"$3\", \"$4\"},\n"
		if /^\.It Xr (?!wordpipe )(\S+) 1\s+Ta (.*?)\s+Ta (.*?)\s+Ta (.*)$/;
}
print "};\n";
