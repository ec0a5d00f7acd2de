"""`banger vm list`, the whole process."""

from figures import elapsed_ms, median, p95
from report import absolute


def measure(home, rounds):
    """The median over many calls, in milliseconds."""
    times = [elapsed_ms(lambda: home.banger("vm", "list")) for _ in range(rounds)]
    what = "`banger vm list` with 4 running VMs, from its start to its end, in milliseconds; median"
    yield absolute("vm_list_ms", what, median(times), p95_ms=round(p95(times), 2))
