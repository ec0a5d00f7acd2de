"""`banger vm run --rm -- true` against QEMU started by hand until the guest is ready."""

from bare_machine import BareMachine
from figures import alternate, elapsed_ms, median
from home import IMAGE
from report import ratio, rounded, tell

WHAT = (
    "`banger vm run --rm {of} -- true`, from its start to its end, against QEMU started by hand "
    "with the same arguments, until the agent says that it is ready"
)


def measure(home, rounds, image=IMAGE, name="cold_run_ratio"):
    """Boots both in turns; what is compared are the medians."""
    api = home.api()
    vm = api.create_vm(image=image)
    bare = BareMachine(api.vm(vm), home)
    api.delete_vm(vm)

    def run():
        return elapsed_ms(lambda: home.banger("vm", "run", "--rm", "--image", image, "--", "true"))

    ours, by_hand = alternate(rounds, run, bare.boot_ms, lambda line: tell(f"{name}, {line}"))
    details = {"banger_rounds_ms": rounded(ours), "bare_rounds_ms": rounded(by_hand)}
    what = WHAT.format(of=f"--image {image.rpartition('/')[2]}")
    yield ratio(name, what, median(ours), median(by_hand), **details)
