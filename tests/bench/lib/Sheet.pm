# The samples: a CSV file (RFC 4180) with one row for each.
#
#   date,revision,board,mode,peer,n,round,metric,value
#
# mode: clock, exact (the guest's clock counts instructions) or native. A peer
# that could not be had has the metric "skipped", whose value says why; the
# peer "machine" has what is known of it, in words.
package Sheet;
use strict;
use warnings;

our @COLUMNS = qw(date revision board mode peer n round metric value);

# A row's fields -> its line, and back. Line feeds in them become spaces.
sub line {
	return join(',', map { /[",]/ ? '"' . s/"/""/gr . '"' : $_ }
	    map { s/[\r\n]+/ /gr } @_) . "\n";
}

sub fields {
	my ($line) = @_;
	my @fields;
	$line =~ s/\r?\n\z//;
	while ($line =~ /\G(?:"((?:[^"]|"")*)"|([^",]*))(,|\z)/g) {
		my ($field, $end) = ($1 // $2, $3);
		push @fields, defined $1 ? $field =~ s/""/"/gr : $field;
		return @fields if $end eq '';
	}
	return ();
}

# writer(FILE, MORE): a function that takes a row's {COLUMN => VALUE} and writes
# it at once. Without MORE what the file held is gone.
sub writer {
	my ($file, $more) = @_;
	$more &&= -s $file;
	open my $out, $more ? '>>' : '>', $file or die "$file: $!\n";
	$out->autoflush(1);
	print $out line(@COLUMNS) unless $more;
	return sub {
		my ($row) = @_;
		print $out line(map { $row->{$_} // '' } @COLUMNS);
	};
}

# read_all(FILE...): all rows. One that is cut off is left out.
sub read_all {
	my @rows;
	for my $file (@_) {
		open my $in, '<', $file or die "$file: $!\n";
		my @names = fields(scalar <$in> // '');
		while (<$in>) {
			my @values = fields($_);
			next unless @names && @values == @names;
			my %row;
			@row{@names} = @values;
			push @rows, \%row;
		}
	}
	return @rows;
}

1;
