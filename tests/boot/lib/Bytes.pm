# bytes(FILE): all of it.
package Bytes;
use strict;
use warnings;
use Exporter qw(import);

our @EXPORT = qw(bytes);

sub bytes {
	my ($file) = @_;
	open my $from, '<:raw', $file or die "$file: $!\n";
	local $/;
	return scalar <$from>;
}

1;
