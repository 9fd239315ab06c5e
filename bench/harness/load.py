"""Load: what others took of the processors while a round ran.

Virtual machines are shared, and so are most others: a round that others
disturbed is measured again (session.py) and does not count (figures.py).  What
counts as disturbed is decided by this figure alone, never by a result.
"""
import os
import resource
import time

# Of all processors' time: a round during which others took more is disturbed.
DISTURBED = 0.05
# Of /proc/stat's first line: busy are user, nice, system, irq and softirq; then what the hypervisor gave to others.
BUSY = (0, 1, 2, 5, 6)
STOLEN = 7


def _machine_s():
    """CPU time that the machine's processors were busy or lent away, in seconds; None where it does not say."""
    try:
        with open("/proc/stat", encoding="ascii") as stat:
            ticks = [int(number) for number in stat.readline().split()[1:]]
    except (OSError, ValueError):
        return None
    return sum(ticks[which] for which in (*BUSY, STOLEN)) / os.sysconf("SC_CLK_TCK") if len(ticks) > STOLEN else None


def _own_s():
    """CPU time of this program and of what it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


class Watch:
    """From its creation on."""

    def __init__(self):
        self.before = (_machine_s(), _own_s(), time.monotonic())

    def others_share(self):
        """The share of the processors' time that went to others since; None where that is not known."""
        machine, own, then = self.before
        now = _machine_s()
        elapsed = (time.monotonic() - then) * os.cpu_count()
        if machine is None or now is None or elapsed <= 0:
            return None
        return max(0.0, (now - machine - (_own_s() - own)) / elapsed)
