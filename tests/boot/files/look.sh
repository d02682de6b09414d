# What the check scripts of this folder have in common.
# shellcheck shell=sh disable=SC2154

pid_of() {
	service "$1" && echo "$program"
}

# first PID: the host's id that stands for 0 inside
first() { sed -n '1s/ *[0-9]* *\([0-9]*\).*/\1/p' "/proc/$1/uid_map"; }

has_group() {
	for group in "/sys/fs/cgroup/svc/$1".*; do
		[ ! -d "$group" ] || return 0
	done
	return 1
}

# mount_of PATH PID: options, type and source of what is mounted there
mount_of() {
	line=$(grep " $1 " "/proc/$2/mountinfo") || return 2
	echo "${line#* "$1" }"
}

# kept_by_none TEXT: it is in no mounts but those of init itself
kept_by_none() {
	for one in /proc/[0-9]*; do
		[ "$(readlink "$one/ns/mnt")" != "$(space 1 mnt)" ] || continue
		! grep -q "$1" "$one/mountinfo" 2>/dev/null || return 1
	done
}
