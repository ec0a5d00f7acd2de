"""`banger vm run --rm -- true` against QEMU started by hand until the guest is ready."""

from bare_machine import BareMachine
from figures import alternate, elapsed_ms, median
from home import IMAGE
from report import ratio, rounded, tell

WHAT = (
    "`banger vm run --rm -- true`, from its start to its end, against QEMU started by hand "
    "with the same arguments, until the agent says that it is ready"
)


def measure(home, rounds):
    """Boots both in turns; what is compared are the medians."""
    api = home.api()
    vm = api.create_vm(image=IMAGE)
    bare = BareMachine(api.vm(vm), home)
    api.delete_vm(vm)

    def run():
        return elapsed_ms(lambda: home.banger("vm", "run", "--rm", "--", "true"))

    ours, by_hand = alternate(rounds, run, bare.boot_ms, lambda line: tell(f"cold run, {line}"))
    details = {"banger_rounds_ms": rounded(ours), "bare_rounds_ms": rounded(by_hand)}
    yield ratio("cold_run_ratio", WHAT, median(ours), median(by_hand), **details)
