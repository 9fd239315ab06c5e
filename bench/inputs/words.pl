# Split lines, count words, sort and join: what Perl is used for.
#
# usage: words.pl ROUNDS
use strict;
use warnings;

my ($rounds) = @ARGV;
my %count;
my @kept;
for my $round (1 .. $rounds) {
    my @lines = map { join ' ', "line$_", 'word' . ($_ % 331), 'item' . ($_ * $round % 7919) } 1 .. 20000;
    for my $line (@lines) {
        my @words = split / /, $line;
        $count{$_}++ for @words;
        push @kept, { first => $words[0], rest => [ @words[1, 2] ] } if $line =~ /7$/;
    }
    @kept = @kept[-5000 .. -1] if @kept > 5000;
}
my @order = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
print scalar(@order), " $order[0] ", scalar(@kept), "\n";
