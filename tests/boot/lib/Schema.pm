package Schema;
# What svc prints as JSON, held against the list of its fields.
use strict;
use warnings;
use Exporter 'import';
use JSON::PP;

our @EXPORT = qw(faults schema_verbs schema_fields);

my %is_type = (
	TEXT => sub { defined $_[0] && !ref $_[0] },
	NUMBER => sub { defined $_[0] && $_[0] =~ /^[0-9]+(\.[0-9]+)?$/ },
	FLAG => sub { JSON::PP::is_bool($_[0]) },
	LIST => sub { ref $_[0] eq 'ARRAY' },
	TEXTS => sub { ref $_[0] eq 'ARRAY' &&
	    !grep { !defined || ref } @{$_[0]} },
);
for my $type (qw(TEXT NUMBER)) {
	$is_type{"${type}_OR_NULL"} =
	    sub { !defined $_[0] || $is_type{$type}->($_[0]) };
}

my %schema;
open my $from, '<', 'init/svc/fields.def' or die "fields.def: $!\n";
while (<$from>) {
	next unless /^FIELD\((\w+), (\w+), (\w+), /;
	$schema{$1}{$2} = $is_type{$3} // die "fields.def:$.: type $3\n";
}

# The verbs that print JSON, as they are typed.
sub schema_verbs {
	return sort map { tr/_/-/r } grep { !/__/ } keys %schema;
}

# Names of fields, and whether each may be null.
sub schema_fields {
	my ($verb) = @_;
	return map { $_ => $schema{$verb}{$_}->(undef) } keys %{$schema{$verb}};
}

# Faults of a value that should be a list of objects, or one, of a verb.
sub faults {
	my ($verb, $value) = @_;
	my @objects = ref $value eq 'ARRAY' ? @$value : $value;
	my @faults;
	for my $object (@objects) {
		for my $name (sort keys %{$schema{$verb}}) {
			push @faults, "$verb: no $name" if !exists $object->{$name};
			push @faults, "$verb.$name: " . ($object->{$name} // 'null')
			    if !$schema{$verb}{$name}->($object->{$name});
			push @faults, faults("${verb}__$name", $object->{$name})
			    if $schema{"${verb}__$name"} && $object->{$name};
		}
		push @faults, map { "$verb: what is $_?" }
		    grep { !$schema{$verb}{$_} } sort keys %$object;
	}
	return @faults;
}

1;
