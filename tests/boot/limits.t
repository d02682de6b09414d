#!/usr/bin/perl
# Limits: what the kernel was told, and what comes of hogs of memory, the
# kernel's too, fork bombs, a busy loop, ten thousand orphans, and of a machine
# that has no memory left.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

boot('limits', folder => 'limits', tests => 55, seconds => 200);
# Four hogs without a limit, in a machine that has room for one of them.
boot('no memory', tests => 6, seconds => 90, memory => 256, files => {
	'etc/services.tab' => [0100644, <<'END'],
[system]
hostname = crowded

[template hog@]
run       = /test/probe hog 150
memory    = none
restart   = never
autostart = no

[hog@1]
[hog@2]
[hog@3]
[hog@4]

[victim]
run = /test/probe hold

[judge]
run       = /bin/sh /test/check
isolation = none
oom-score = -900
on-exit   = poweroff
END
	'test/check' => [0100644, <<'END'],
. /test/judge.sh
service victim
victim=$program
for i in 1 2 3 4; do
	svc start hog@$i >/dev/null 2>&1 &
done
between "init answers meanwhile, in ms" \
	"$($probe timed 99 svc status victim)" 1 5000
most_dead() { [ "$(svc status | grep -c '^hog@.*memory')" -ge 3 ]; }
ok "hogs end until there is room, and why is told" wait_for 40 most_dead
isnt "it was the memory of the whole machine" \
	"$(dmesg | grep -c 'constraint=CONSTRAINT_NONE')" 0
service victim
is "no other service has noticed" "$program" "$victim"
is "nor a reaper" "$(dmesg | grep -c 'Killed process [0-9]* (reaper')" 0
svc start hog@1 >/dev/null 2>&1
ok "and init starts what it is told" wait_for 20 service hog@1 5
finish
END
});
done_testing;
