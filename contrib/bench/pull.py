"""From a registry to a root file system that boots, against skopeo, umoci and mke2fs.

Both begin with nothing but the reference: the registry is Debian's docker-registry on
loopback, plain HTTP. What the bare tools leave is an image file that a VM could boot, too.
"""

import os
import shutil
import subprocess
from pathlib import Path

import layered_image
from figures import alternate, elapsed_ms, median
from registry import Registry
from report import absolute, ratio, rounded, tell

#: Name, bytes unpacked, layers, rounds.
SIZES = (("300_mb", 300_000_000, 5, 3), ("1500_mb", 1_500_000_000, 8, 1))
WHAT = (
    "`banger image pull` of {mb} MB in {layers} layers from a registry on loopback, against "
    "`skopeo copy`, `umoci raw unpack` and `mke2fs -d`"
)
CACHED = "the same digest under another tag, against pulling it with the bare tools"
MEMORY = "the most memory that the daemon had during these pulls, in MiB"


def measure(home, quick):
    """Takes turns; each pull begins with an empty cache."""
    directory = home.directory / "pull"
    directory.mkdir()
    with Registry(directory / "registry") as registry:
        home.trust(registry.host)
        for size in SIZES[:1] if quick else SIZES:
            yield from of_size(home, registry, directory, *size)
        peak = peak_mib(home.daemon.pid)
        yield absolute("pull_memory_mib", MEMORY, peak)


def of_size(home, registry, directory, name, size, layers, rounds):
    tell(f"pull, making an image of {size // 1_000_000} MB")
    layout = directory / "layout"
    layered_image.make(layout, size, layers)
    for tag in ("1", "2"):
        registry.push(layout, f"{name}:{tag}")
    shutil.rmtree(layout)
    reference = f"{registry.host}/{name}:1"

    def ours():
        home.forget(reference)
        os.sync()
        return elapsed_ms(lambda: home.banger("image", "pull", reference))

    def bare():
        unpacked, image = directory / "bundle", directory / "image"
        shutil.rmtree(unpacked, ignore_errors=True)
        shutil.rmtree(directory / "copy", ignore_errors=True)
        image.unlink(missing_ok=True)
        os.sync()
        return elapsed_ms(lambda: by_hand(reference, directory, unpacked, image, size))

    times = alternate(rounds, ours, bare, lambda line: tell(f"pull {name}, {line}"))
    details = {"banger_rounds_ms": rounded(times[0]), "bare_rounds_ms": rounded(times[1])}
    what = WHAT.format(mb=size // 1_000_000, layers=layers)
    yield ratio(f"pull_{name}_ratio", what, median(times[0]), median(times[1]), **details)

    home.banger("image", "pull", reference)
    other = f"{registry.host}/{name}:2"
    again = elapsed_ms(lambda: home.banger("image", "pull", other))
    yield ratio(f"pull_cached_{name}_ratio", CACHED, again, median(times[1]))
    home.forget(reference)


def by_hand(reference, directory, unpacked, image, size):
    """What somebody would do without banger."""
    copy = directory / "copy"
    run("skopeo", "copy", "--src-tls-verify=false", f"docker://{reference}", f"oci:{copy}:x")
    run("umoci", "raw", "unpack", "--image", f"{copy}:x", unpacked)
    capacity = 2 * size // 2**20 + 256
    run("mke2fs", "-q", "-t", "ext4", "-b", "4096", "-d", unpacked, image, f"{capacity}M")


def run(*command):
    subprocess.run(command, check=True, capture_output=True)


def peak_mib(pid):
    """The high-water mark of a process's resident set (proc(5), VmHWM)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the daemon is gone")
