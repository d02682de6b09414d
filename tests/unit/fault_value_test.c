/* Every message of the parser, with its exact place: what a person reads when
 * a table is wrong. (Values)
 */
#include "fixture.h"

struct row {
	const char *name;
	const char *text;
	size_t size;
	const char *faults;
};

#define TEXT(text) (text), sizeof(text) - 1

/* clang-format off */
static const struct row rows[] = {
	{"choice",
		TEXT("[a]\n"
			"run = /a\n"
			"ready = stated\n"),
		"t.tab:3:9: 'stated': not a value of 'ready'; did you mea"
			"n 'started'?\n"},
	{"choice_far",
		TEXT("[a]\n"
			"run = /a\n"
			"autostart = 1\n"),
		"t.tab:3:13: '1': not a value of 'autostart'; write no | "
			"yes\n"},
	{"choice_empty",
		TEXT("[a]\n"
			"run = /a\n"
			"autostart = \"\"\n"),
		"t.tab:3:13: '': not a value of 'autostart'; write no | y"
			"es\n"},
	{"choice_two",
		TEXT("[a]\n"
			"run = /a\n"
			"autostart = yes no\n"),
		"t.tab:3:17: 'no': 'autostart' has one value only; write "
			"no | yes\n"},
	{"forking",
		TEXT("[a]\n"
			"run = /a\n"
			"type = forking\n"),
		"t.tab:3:8: 'forking': a program that goes to the backgro"
			"und hides its end; let it stay in the foreground (often "
			"-f or -n) and write 'type = daemon'\n"},
	{"number",
		TEXT("[a]\n"
			"run = /a\n"
			"tasks = 0\n"
			"cpu-weight = 10001\n"
			"io-weight = -1\n"),
		"t.tab:3:9: '0': 'tasks' is a number from 1 to 4194304\n"
			"t.tab:4:14: '10001': 'cpu-weight' is a number from 1 to "
			"10000\n"
			"t.tab:5:13: '-1': 'io-weight' is a number from 1 to 1000"
			"0\n"},
	{"number_two",
		TEXT("[a]\n"
			"run = /a\n"
			"tasks = 1 2\n"),
		"t.tab:3:11: '2': 'tasks' has one value only; write COUNT\n"},
	{"umask",
		TEXT("[a]\n"
			"run = /a\n"
			"umask = 0888\n"),
		"t.tab:3:9: '0888': a umask is octal, from 0 to 0777\n"},
	{"umask_two",
		TEXT("[a]\n"
			"run = /a\n"
			"umask = 022 0\n"),
		"t.tab:3:13: '0': 'umask' has one value only; write OCTAL\n"},
	{"umask_large",
		TEXT("[a]\n"
			"run = /a\n"
			"umask = 1777\n"),
		"t.tab:3:9: '1777': a umask is octal, from 0 to 0777\n"},
	{"time_unit",
		TEXT("[a]\n"
			"run = /a\n"
			"stop-timeout = 5\n"),
		"t.tab:3:16: '5': a time without unit; write 5s or 5ms\n"},
	{"time_bad",
		TEXT("[a]\n"
			"run = /a\n"
			"stop-timeout = 5x\n"),
		"t.tab:3:16: '5x': not a time of at most 49d; write 250ms"
			", 10s, 5m, 1h or 1d\n"},
	{"time_large",
		TEXT("[a]\n"
			"run = /a\n"
			"stop-timeout = 50d\n"),
		"t.tab:3:16: '50d': not a time of at most 49d; write 250m"
			"s, 10s, 5m, 1h or 1d\n"},
	{"time_overflow",
		TEXT("[a]\n"
			"run = /a\n"
			"stop-timeout = 18446744073709551615d\n"),
		"t.tab:3:16: '18446744073709551615d': not a time of at mo"
			"st 49d; write 250ms, 10s, 5m, 1h or 1d\n"},
	{"time_none",
		TEXT("[a]\n"
			"run = /a\n"
			"stop-timeout = none\n"),
		"t.tab:3:16: 'none': not a time of at most 49d; write 250"
			"ms, 10s, 5m, 1h or 1d\n"},
	{"time_two",
		TEXT("[a]\n"
			"run = /a\n"
			"stop-timeout = 1s 2s\n"),
		"t.tab:3:19: '2s': 'stop-timeout' has one value only; wri"
			"te TIME\n"},
	{"size_bad",
		TEXT("[a]\n"
			"run = /a\n"
			"memory = 1Q\n"),
		"t.tab:3:10: '1Q': not a size; write 64K, 32M or 1G\n"},
	{"size_negative",
		TEXT("[a]\n"
			"run = /a\n"
			"memory = -1\n"),
		"t.tab:3:10: '-1': not a size; write 64K, 32M or 1G\n"},
	{"size_overflow",
		TEXT("[a]\n"
			"run = /a\n"
			"memory = 9223372036854775808\n"),
		"t.tab:3:10: '9223372036854775808': not a size; write 64K"
			", 32M or 1G\n"},
	{"size_overflow2",
		TEXT("[a]\n"
			"run = /a\n"
			"swap = 99999999999T\n"),
		"t.tab:3:8: '99999999999T': not a size; write 64K, 32M or"
			" 1G\n"},
	{"size_fraction",
		TEXT("[a]\n"
			"run = /a\n"
			"memory = 1.5G\n"),
		"t.tab:3:10: '1.5G': not a size; write 64K, 32M or 1G\n"},
	{"size_empty",
		TEXT("[a]\n"
			"run = /a\n"
			"log = \"\"\n"),
		"t.tab:3:7: '': not a size; write 64K, 32M or 1G\n"},
	{"amount_percent",
		TEXT("[a]\n"
			"run = /a\n"
			"memory = 101%\n"
			"memory-high = 0%\n"
			"swap = x%\n"),
		"t.tab:3:10: '101%': a part of RAM is from 1% to 100%\n"
			"t.tab:4:15: '0%': a part of RAM is from 1% to 100%\n"
			"t.tab:5:8: 'x%': a part of RAM is from 1% to 100%\n"},
	{"amount_two",
		TEXT("[a]\n"
			"run = /a\n"
			"memory = 1M 2M\n"),
		"t.tab:3:13: '2M': 'memory' has one value only; write SIZ"
			"E | PERCENT | none\n"},
	{"cpu",
		TEXT("[a]\n"
			"run = /a\n"
			"cpu = 20\n"),
		"t.tab:3:7: '20': not a value of 'cpu'; write PERCENT | n"
			"one\n"},
	{"cpu_two",
		TEXT("[a]\n"
			"run = /a\n"
			"cpu = 20% 30%\n"),
		"t.tab:3:11: '30%': 'cpu' has one value only; write PERCE"
			"NT | none\n"},
	{"cpus",
		TEXT("[a]\n"
			"run = /a\n"
			"cpus = 0-\n"),
		"t.tab:3:8: '0-': not a list of CPUs; write 0-1,3\n"},
	{"cpus_comma",
		TEXT("[a]\n"
			"run = /a\n"
			"cpus = 1,,2\n"),
		"t.tab:3:8: '1,,2': not a list of CPUs; write 0-1,3\n"},
	{"cpus_range",
		TEXT("[a]\n"
			"run = /a\n"
			"cpus = 1-2-3\n"),
		"t.tab:3:8: '1-2-3': not a list of CPUs; write 0-1,3\n"},
	{"cpus_two",
		TEXT("[a]\n"
			"run = /a\n"
			"cpus = 1 2\n"),
		"t.tab:3:10: '2': 'cpus' has one value only; write LIST\n"},
	{"rlimit",
		TEXT("[a]\n"
			"run = /a\n"
			"rlimits = nofil=1\n"
			"rlimits = bananas=1 =5\n"
			"rlimits = nofile core=\n"
			"rlimits = nofile=15 nofile=1K\n"
			"rlimits = core=5:4 memlock=1Q nproc=-1\n"
			"rlimits = cpu=18446744073709551615\n"
			"rlimits = as=unlimited:5 as=1 as=2\n"),
		"t.tab:3:11: 'nofil': no such limit; did you mean 'nofile"
			"'?\nt.tab:4:11: 'bananas': no such limit; write NAME=SOF"
			"T[:HARD] with a name of the kernel's, such as nofile=102"
			"4\nt.tab:4:21: '': no such limit; write NAME=SOFT[:HARD]"
			" with a name of the kernel's, such as nofile=1024\nt.tab"
			":5:11: 'nofile': 'nofile' is limited by a number, or unl"
			"imited\nt.tab:5:18: 'core=': not a size; write 64K, 32M "
			"or 1G\nt.tab:6:11: 'nofile=15': with less than 16 files "
			"no program can be started\nt.tab:6:21: 'nofile=1K': 'nof"
			"ile' is limited by a number, or unlimited\nt.tab:7:11: '"
			"core=5:4': the soft limit is above the hard one; write S"
			"OFT:HARD\nt.tab:7:20: 'memlock=1Q': not a size; write 64"
			"K, 32M or 1G\nt.tab:7:31: 'nproc=-1': 'nproc' is limited"
			" by a number, or unlimited\nt.tab:8:11: 'cpu=18446744073"
			"709551615': 'cpu' is limited by a number, or unlimited\n"
			"t.tab:9:11: 'as=unlimited:5': the soft limit is above th"
			"e hard one; write SOFT:HARD\nt.tab:9:31: 'as=2': 'as' is"
			" limited already; remove one\n"},
	{"nice",
		TEXT("[a]\n"
			"run = /a\n"
			"nice = -21\n"),
		"t.tab:3:8: '-21': 'nice' is a number of -20..19\n"},
	{"nice_large",
		TEXT("[a]\n"
			"run = /a\n"
			"nice = 20\n"
			"oom-score = -1000\n"),
		"t.tab:3:8: '20': 'nice' is a number of -20..19\nt.tab:"
			"4:13: '-1000': 'oom-score' is a number of -999..1000\n"},
	{"nice_two",
		TEXT("[a]\n"
			"run = /a\n"
			"nice = 1 2\n"
			"oom-score = x\n"),
		"t.tab:3:10: '2': 'nice' has one value only; write -20..1"
			"9\nt.tab:4:13: 'x': 'oom-score' is a number of -999..1"
			"000\n"},
	{"scheduler",
		TEXT("[a]\n"
			"run = /a\n"
			"scheduler = fifa 1\n"),
		"t.tab:3:13: 'fifa': not a value of 'scheduler'; did you "
			"mean 'fifo'?\n"},
	{"scheduler_words",
		TEXT("[a]\n"
			"run = /a\n"
			"scheduler = fifo\n"),
		"t.tab:3:13: 'fifo': not a value of 'scheduler'; write ot"
			"her | batch | idle | fifo PRIORITY | rr PRIORITY | deadl"
			"ine RUNTIME DEADLINE PERIOD\n"},
	{"scheduler_priority",
		TEXT("[a]\n"
			"run = /a\n"
			"scheduler = rr 100\n"),
		"t.tab:3:16: '100': a priority is a number from 1 to 99\n"},
	{"scheduler_zero",
		TEXT("[a]\n"
			"run = /a\n"
			"scheduler = fifo 0\n"),
		"t.tab:3:18: '0': a priority is a number from 1 to 99\n"},
	{"deadline",
		TEXT("[a]\n"
			"run = /a\n"
			"scheduler = deadline 10us 1ms 1ms\n"),
		"t.tab:3:22: '10us': not a time from 100us to 4s; write 5"
			"00us, 10ms or 1s\n"},
	{"deadline_unit",
		TEXT("[a]\n"
			"run = /a\n"
			"scheduler = deadline 1ms 5 5ms\n"),
		"t.tab:3:26: '5': not a time from 100us to 4s; write 500u"
			"s, 10ms or 1s\n"},
	{"deadline_long",
		TEXT("[a]\n"
			"run = /a\n"
			"scheduler = deadline 1ms 1s 5s\n"),
		"t.tab:3:29: '5s': not a time from 100us to 4s; write 500"
			"us, 10ms or 1s\n"},
	{"deadline_order",
		TEXT("[a]\n"
			"run = /a\n"
			"scheduler = deadline 2ms 1ms 5ms\n"),
		"t.tab:3:22: '2ms': the runtime may not be longer than th"
			"e deadline, nor that than the period\n"},
	{"deadline_period",
		TEXT("[a]\n"
			"run = /a\n"
			"scheduler = deadline 1ms 6ms 5ms\n"),
		"t.tab:3:22: '1ms': the runtime may not be longer than th"
			"e deadline, nor that than the period\n"},
	{"scheduler_nice",
		TEXT("[a]\n"
			"run = /a\n"
			"scheduler = idle\n"
			"nice = 1\n"),
		"t.tab:4:1: 'nice' with 'scheduler = idle': it has no mea"
			"ning there; remove one of the two\n"},
	{"scheduler_cpu",
		TEXT("[a]\n"
			"run = /a\n"
			"scheduler = deadline 1ms 2ms 2ms\n"
			"nice = 1\n"
			"cpu = 20%\n"
			"cpus = 0\n"),
		"t.tab:4:1: 'nice' with 'scheduler = fifo | rr | deadline"
			"': it has no meaning there; remove one of the two\nt.tab"
			":5:1: 'cpu' with 'scheduler = fifo | rr | deadline': the"
			" kernel does not hold it back there; remove one of the t"
			"wo\nt.tab:6:1: 'cpus' with 'scheduler = deadline': the k"
			"ernel gives a deadline on all CPUs only; remove one of t"
			"he two\n"},
	{"io_max",
		TEXT("[a]\n"
			"run = /a\n"
			"io-max = rbps=1M\n"
			"io-max = /dev/vda rbps=x wbps=0 riops=5 riops=6\n"
			"io-max = /dev/vda? wiops=4294967296 rpbs=1\n"
			"io-max = /srv/x /dev/vdb? dev/vdc\n"
			"io-max = /dev/../x /dev/../dev/vda\n"),
		"t.tab:3:10: 'rbps=1M': of which disk; write /dev/NAME fi"
			"rst\nt.tab:4:19: 'rbps=x': not a size; write 64K, 32M or"
			" 1G\nt.tab:4:26: 'wbps=0': at least 1\nt.tab:4:41: 'riop"
			"s=6': limited already; remove one\nt.tab:5:10: '/dev/vda"
			"?': has its limits already; remove one\nt.tab:5:20: 'wio"
			"ps=4294967296': not a number up to 4294967295\nt.tab:5:3"
			"7: 'rpbs=1': neither a disk nor a limit; write /dev/NAME"
			" with rbps=, wbps=, riops= or wiops= behind it\nt.tab:6:"
			"10: '/srv/x': not one of at most 64 disks; write /dev/NA"
			"ME\nt.tab:6:17: '/dev/vdb?': a disk without a limit; wri"
			"te rbps=, wbps=, riops= or wiops= behind it\nt.tab:6:27:"
			" 'dev/vdc': neither a disk nor a limit; write /dev/NAME "
			"with rbps=, wbps=, riops= or wiops= behind it\nt.tab:7:1"
			"0: '/dev/../x': '..' in a path; write where it leads\nt."
			"tab:7:20: '/dev/../dev/vda': '..' in a path; write where"
			" it leads\n"},
	{"delegate_none",
		TEXT("[a]\n"
			"run = /a\n"
			"isolation = none\n"
			"delegate = yes\n"),
		"t.tab:4:1: 'delegate' with 'isolation = none': there is "
			"no compartment; remove one of the two\n"},
	{"delegate_host",
		TEXT("[a]\n"
			"run = /a\n"
			"host = cgroup\n"
			"delegate = yes\n"),
		"t.tab:4:1: 'delegate' with 'host = cgroup': it would see"
			", but not own, the host's groups; remove one of the two"
			"\n"},
	{"log_power",
		TEXT("[a]\n"
			"run = /a\n"
			"log = 100K\n"),
		"t.tab:3:7: '100K': a log's size is a power of two from 4"
			"K to 1G, such as 64K\n"},
	{"log_small",
		TEXT("[a]\n"
			"run = /a\n"
			"log = 2K\n"),
		"t.tab:3:7: '2K': a log's size is a power of two from 4K "
			"to 1G, such as 64K\n"},
	{"log_large",
		TEXT("[a]\n"
			"run = /a\n"
			"log = 2G\n"),
		"t.tab:3:7: '2G': a log's size is a power of two from 4K "
			"to 1G, such as 64K\n"},
	{"delay_two",
		TEXT("[a]\n"
			"run = /a\n"
			"restart-delay = 1s 2s\n"),
		"t.tab:3:17: '1s': not a value of 'restart-delay'; write "
			"TIME [TIME TIME]\n"},
	{"delay_bad",
		TEXT("[a]\n"
			"run = /a\n"
			"restart-delay = 1s x 2s\n"),
		"t.tab:3:20: 'x': not a time of at most 49d; write 250ms,"
			" 10s, 5m, 1h or 1d\n"},
	{"delay_order",
		TEXT("[a]\n"
			"run = /a\n"
			"restart-delay = 0 2s 1s\n"),
		"t.tab:3:22: '1s': the longest delay is shorter than the "
			"first\n"},
	{"limit",
		TEXT("[a]\n"
			"run = /a\n"
			"restart-limit = 10\n"),
		"t.tab:3:17: '10': not a value of 'restart-limit'; write "
			"COUNT TIME | none\n"},
	{"limit_zero",
		TEXT("[a]\n"
			"run = /a\n"
			"restart-limit = 0 5m\n"),
		"t.tab:3:17: '0': not a value of 'restart-limit'; write C"
			"OUNT TIME | none\n"},
	{"limit_time",
		TEXT("[a]\n"
			"run = /a\n"
			"restart-limit = 5 m\n"),
		"t.tab:3:19: 'm': not a time of at most 49d; write 250ms,"
			" 10s, 5m, 1h or 1d\n"},
	{"on_limit",
		TEXT("[a]\n"
			"run = /a\n"
			"on-limit = retyr\n"),
		"t.tab:3:12: 'retyr': not a value of 'on-limit'; did you "
			"mean 'retry'?\n"},
	{"on_limit_two",
		TEXT("[a]\n"
			"run = /a\n"
			"on-limit = reboot 5m\n"),
		"t.tab:3:12: 'reboot': not a value of 'on-limit'; write r"
			"etry [TIME] | give-up | rescue | reboot | poweroff\n"},
	{"on_limit_time",
		TEXT("[a]\n"
			"run = /a\n"
			"on-limit = retry 5\n"),
		"t.tab:3:18: '5': a time without unit; write 5s or 5ms\n"},
	{"on_limit_three",
		TEXT("[a]\n"
			"run = /a\n"
			"on-limit = retry 5m 5m\n"),
		"t.tab:3:12: 'retry': not a value of 'on-limit'; write re"
			"try [TIME] | give-up | rescue | reboot | poweroff\n"},
	{"signal",
		TEXT("[a]\n"
			"run = /a\n"
			"stop-signal = FOO\n"),
		"t.tab:3:15: 'FOO': not a signal; write TERM, INT, HUP or"
			" a number from 1 to 64\n"},
	{"signal_number",
		TEXT("[a]\n"
			"run = /a\n"
			"stop-signal = 65\n"),
		"t.tab:3:15: '65': not a signal; write TERM, INT, HUP or "
			"a number from 1 to 64\n"},
	{"signal_zero",
		TEXT("[a]\n"
			"run = /a\n"
			"stop-signal = 0\n"),
		"t.tab:3:15: '0': not a signal; write TERM, INT, HUP or a"
			" number from 1 to 64\n"},
	{"signal_two",
		TEXT("[a]\n"
			"run = /a\n"
			"stop-signal = TERM INT\n"),
		"t.tab:3:20: 'INT': 'stop-signal' has one value only; wri"
			"te SIGNAL\n"},
};

/* clang-format on */

static void says_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct built b;

		build_bytes(&b, rows[i].text, rows[i].size);
		if (strcmp(faults_of(&b), rows[i].faults) != 0)
			print_error("in row %s\n", rows[i].name);
		assert_string_equal(faults_of(&b), rows[i].faults);
		drop_built(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
