# What a check script in the guest begins with: ". /test/judge.sh". It runs as
# a service with isolation = none and sees what the kernel shows on the host
# side. Facts go to the port that the board names, each line behind the number
# of this boot.
#
# An assertion is a command: 0 it holds, 1 it does not, all else it could not
# be found out. "ok" wants the first, "fails" exactly the second, so that the
# negative twin of a test cannot pass because something was missing.
# shellcheck shell=sh

PATH=/bin:/sbin:/test
probe=/test/probe
facts=0
nonce=
verdict=
read -r words </proc/cmdline
for word in $words; do
	case $word in
	test.nonce=*) nonce=${word#*=} ;;
	test.faults=*) export FAULTS="${word#*=}" ;;
	test.verdict=*) verdict=${word#*=} ;;
	esac
done
exec 9<>"$verdict"
stty raw -echo <&9

say() { echo "$nonce $*" >&9; }

# data NAME <TEXT: lines for the host's side of the test
data() {
	while IFS= read -r line || [ -n "$line" ]; do
		say "> $1 $line"
	done
}

passed() {
	facts=$((facts + 1))
	say "ok $facts - $1"
}

failed() {
	facts=$((facts + 1))
	say "not ok $facts - $1"
	shift
	for text; do
		echo "$text"
	done | while IFS= read -r line; do
		say "# $line"
	done
}

# ok NAME COMMAND...
ok() {
	name=$1
	shift
	result=0
	output=$("$@" 2>&1) || result=$?
	if [ $result = 0 ]; then
		passed "$name"
	else
		failed "$name" "$* -> $result" "$output"
	fi
}

# fails NAME COMMAND...: the command must answer no
fails() {
	name=$1
	shift
	result=0
	output=$("$@" 2>&1) || result=$?
	if [ $result = 1 ]; then
		passed "$name"
	else
		failed "$name" "$* -> $result, wanted 1" "$output"
	fi
}

# is NAME GOT WANTED
is() {
	if [ "$2" = "$3" ]; then
		passed "$1"
	else
		failed "$1" "got    '$2'" "wanted '$3'"
	fi
}

# isnt NAME GOT OTHER: there is something, and it is not the same
isnt() {
	if [ -n "$2" ] && [ "$2" != "$3" ]; then
		passed "$1"
	else
		failed "$1" "got '$2', and not wanted '$3'"
	fi
}

# like NAME GOT PATTERN [OTHER-PATTERN] (of the shell)
like() {
	# shellcheck disable=SC2254
	case $2 in
	$3 | ${4-$3}) passed "$1" ;;
	*) failed "$1" "got '$2'" "not like '$3'" ;;
	esac
}

# between NAME GOT LEAST MOST
between() {
	if [ "${2:-x}" -ge "$3" ] 2>/dev/null && [ "$2" -le "$4" ]; then
		passed "$1 ($2)"
	else
		failed "$1" "got '$2', wanted $3 to $4"
	fi
}

finish() {
	say "1..$facts"
	$probe drain >&9
}

# service NAME [SECONDS]: waits until its program runs, and sets program and
# reaper (pids of the host) and group (folder of its cgroup).
service() {
	program=none
	# shellcheck disable=SC2034
	reaper=none group=/nowhere
	# shellcheck disable=SC2046
	set -- $($probe find "$1" "${2:-20}")
	[ $# = 3 ] || return 1
	program=$1
	# shellcheck disable=SC2034
	reaper=$2 group=$3
}

# ms: milliseconds, as many as the shell can count with (32 bits)
ms() { date +%s%N | sed 's/.*\(........\)......$/\1/; s/^0*\(.\)/\1/'; }

# sum ONE OTHER: of numbers with more than 31 bits
sum() { expr "$1" + "$2"; }

# in_state NAME STATE: as svc tells it
in_state() {
	# shellcheck disable=SC2046
	set -- "$2" $(svc status "$1")
	[ "$3" = "$1" ]
}

# done_of NAME: waits until the service has done its deed; prints what it says
done_of() {
	service "$1" || return 2
	mark=$(tr '\0' '\n' <"/proc/$program/environ" | sed -n 's/^DONE=//p')
	$probe file "/proc/$program/root${mark:-/tmp/done}" "${2:-20}"
}

# run_in PID SPACE[,SPACE...] COMMAND...: in namespaces of a process
run_in() { $probe enter "$@"; }

# space PID KIND: one of its namespaces
space() { readlink "/proc/$1/ns/$2"; }

# field FILE KEY: what stands behind a key
field() { sed -n "s/^$2:\{0,1\}[[:space:]]*//p" "$1" 2>/dev/null; }

# least FILE COMMAND...: the shortest that it prints in a while, for what has
# more for a moment: a connection that is closed, a start at work
least() {
	to=$1
	shift
	"$@" >"$to"
	for _ in 1 2 3 4 5 6 7; do
		sleep 0.1
		"$@" >"$to.look"
		[ "$(wc -l <"$to.look")" -ge "$(wc -l <"$to")" ] ||
			mv "$to.look" "$to"
	done
}

# comes_to FILE COMMAND...: waits until it prints that; else prints how it differs
comes_to() {
	to=$1
	shift
	prints_that() { "$@" >"$to.now" && cmp -s "$to" "$to.now"; }
	wait_for 10 prints_that "$@" || diff "$to" "$to.now"
}

# but_first WORD COMMAND...
but_first() {
	shift
	"$@" >/dev/null 2>&1
}

# wait_for SECONDS COMMAND...: until it holds. It is looked at once more when the
# time is over, which may have passed since the last look. The end of the time is
# a word of its own, so that what is waited for may wait itself.
wait_for() {
	seconds=$1
	shift
	set -- $(($(date +%s) + seconds)) "$@"
	until but_first "$@"; do
		if [ "$(date +%s)" -gt "$1" ]; then
			but_first "$@" && return
			return 1
		fi
		sleep 0.05
	done
}
