# A harness for prove that also writes what came of a run to the file that the
# environment's RESULTS names: "passed N", "failed N", and "skip FILE TEXT" for
# each test that was skipped. A program that dies, or breaks its plan, counts
# as one failure more.
package Results;
use strict;
use warnings;
use parent 'TAP::Harness';

sub runtests {
	my ($self, @tests) = @_;
	my @skips;
	$self->callback(made_parser => sub {
		my ($parser, $job) = @_;
		(my $file = $job->[0]) =~ s{.*/}{};
		$parser->callback(test => sub {
			my ($test) = @_;
			return unless $test->has_skip;
			push @skips, "$file " . ($test->explanation // '');
		});
		$parser->callback(plan => sub {
			my ($plan) = @_;
			return unless ($plan->directive // '') eq 'SKIP';
			push @skips, "$file " . ($plan->explanation // '');
		});
	});
	my $sum = $self->SUPER::runtests(@tests);
	my ($passed, $failed, $skipped) =
	    (scalar $sum->passed, scalar $sum->failed, scalar $sum->skipped);
	for my $parser ($sum->parsers) {
		$failed++ if $parser->has_problems and !$parser->failed;
	}
	$passed -= $skipped;
	my $file = $ENV{RESULTS} // 'build/results/tests';
	open my $out, '>', $file or die "$file: $!\n";
	print $out "passed $passed\nfailed $failed\n";
	print $out "skip $_\n" for @skips;
	close $out or die "$file: $!\n";
	return $sum;
}

1;
