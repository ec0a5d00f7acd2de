"""Boot to exec of the kernel that `make kernel` builds, against Debian's cloud kernel."""

from figures import alternate, elapsed_ms, median
from home import IMAGE, KERNEL, TOP
from report import ratio, rounded, tell

VMLINUX = TOP / "build" / "kernel" / "vmlinux"
NAME = "bench-small"
WHAT = (
    "a VM with the kernel of `make kernel`, from the request until `true` has run in it, "
    "against the same VM with Debian's cloud kernel; medians"
)


def is_built():
    """Whether there is such a kernel."""
    return VMLINUX.exists()


def measure(home, rounds):
    """Boots both in turns; the kernel is imported for as long as that takes."""
    if not is_built():
        tell(f"kernel boot: left out, for there is no {VMLINUX}: run `make kernel`")
        return
    api = home.api()
    forget(api)
    request = {"name": NAME, "vmlinux": str(VMLINUX)}
    imported = api.json("POST", "/v1/kernels/import?wait=true", request)
    if imported["state"] != "succeeded":
        raise RuntimeError(f"no kernel: {imported}")
    try:

        def boot(kernel):
            vms = []

            def first_command():
                vms.append(api.create_vm(image=IMAGE, kernel=kernel))
                api.exec(vms[0], "true")

            milliseconds = elapsed_ms(first_command)
            api.delete_vm(vms[0])
            return milliseconds

        # What is made once for each kernel, its initramfs, is not counted.
        for kernel in (NAME, KERNEL):
            boot(kernel)
        small, cloud = alternate(
            rounds,
            lambda: boot(NAME),
            lambda: boot(KERNEL),
            lambda line: tell(f"kernel boot, {line}"),
            second="debian-cloud",
        )
    finally:
        forget(api)
    details = {"banger_rounds_ms": rounded(small), "bare_rounds_ms": rounded(cloud)}
    yield ratio("kernel_boot_ratio", WHAT, median(small), median(cloud), **details)


def forget(api):
    """Takes the kernel away, which an earlier run may have left."""
    kernels = api.json("GET", "/v1/kernels")["kernels"]
    if any(kernel["name"] == NAME for kernel in kernels):
        api.call("DELETE", f"/v1/kernels/{NAME}?force=true")
