#!/bin/bash
# A program that the kernel kills for want of memory: `dagmem run` and info say
# so, and the profile holds what there was.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip "only root makes a cgroup"

# A cgroup below our own with 64 MiB, of version 1 or 2.
own=$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)
group=/sys/fs/cgroup/memory$own/dagmem-test.$$ limit=memory.limit_in_bytes
if [ -z "$own" ]; then
	own=$(sed -n 's/^0:://p' /proc/self/cgroup)
	group=/sys/fs/cgroup$own/dagmem-test.$$ limit=memory.max
fi
mkdir "$group" 2>/dev/null || skip "cannot make a cgroup"
trap 'rmdir "$group"; rm -rf "$tmp"' EXIT
echo $((64 << 20)) 2>/dev/null >"$group/$limit" || skip "cannot limit a cgroup's memory"
echo 0 2>/dev/null >"$group/memory.swap.max"
grep -q oom_kill "$group/memory.events" "$group/memory.oom_control" 2>/dev/null || skip "the kernel does not count"

cat >eat.c <<'C'
#include <stdlib.h>
#include <string.h>
int main(void)
{
	for (int i = 0; i < 1000; i++)
		memset(malloc(1 << 20), 1, 1 << 20);
	return 0;
}
C
gcc -g -O0 -fno-builtin -o eat eat.c || exit 1
bash -c 'echo $$ >"$1/cgroup.procs" && exec "$2" run -o p.dagmem -- ./eat' - "$group" "$dagmem" 2>message
equal "exit status" $? 137
grep -qi 'want of memory' message || fail "the summary does not name it: $(cat message)"
equal "state" "$(info p.dagmem .state)" killed
equal "out of memory" "$(info p.dagmem .out_of_memory)" true
live=$(info p.dagmem .totals.live_bytes)
[ "$live" -gt $((32 << 20)) ] && [ "$live" -le $((66 << 20)) ] || fail "live bytes at the end: $live"

# Killed, but not for that.
"$dagmem" -q run -o k.dagmem -- "$programs/exits" kill
equal "out of memory when just killed" "$(info k.dagmem .out_of_memory)" false
finish
