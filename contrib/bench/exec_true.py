"""`true` in a running VM against the shortest conversation with its agent."""

from agent import health_round_trip
from figures import elapsed_ms, median, p95
from report import ratio, tell

BARE = "against dialling the agent over vsock and asking for its health"


def measure(home, vm, rounds):
    """Takes turns, and compares medians and the 95th percentiles."""
    api = home.api()
    vsock_socket = home.runtime / "vms" / vm / "vsock.sock"
    actions = {
        "bare": lambda: health_round_trip(vsock_socket),
        "exec": lambda: api.exec(vm, "true"),
        "cli_exec": lambda: home.banger("vm", "exec", "-n", vm, "--", "true"),
    }
    times = {name: [] for name in actions}
    for number in range(rounds):
        for name, action in actions.items():
            times[name].append(elapsed_ms(action))
        if (number + 1) % 50 == 0:
            tell(f"exec, round {number + 1} of {rounds}")
    bare = times.pop("bare")
    for name, ours in times.items():
        door = "through the API" if name == "exec" else "by `banger vm exec`, the whole process"
        what = f"running `true` in a VM {door}, {BARE}"
        yield ratio(f"{name}_ratio", f"{what}; median", median(ours), median(bare))
        yield ratio(f"{name}_p95_ratio", f"{what}; 95th percentile", p95(ours), p95(bare))
