"""From a tar to an ext4 image against `mke2fs -d` of the tree, unpacked already."""

import os
import subprocess

import file_tree
from figures import alternate, elapsed_ms, median
from home import TOP
from report import ratio, rounded, tell

EXAMPLE = TOP / "target" / "release" / "examples" / "tar-to-ext4"
FILES = 15_000
CAPACITY_MIB = 2048
WHAT = (
    "a tar of 15,000 files, some 500 MiB, written into an ext4 image, "
    "against `mke2fs -d` of the same files, unpacked already"
)


def measure(home, rounds):
    """Takes turns, with everything to be read in the page cache."""
    directory = home.directory / "ext4"
    directory.mkdir()
    tree, tar, image = directory / "tree", directory / "tree.tar", directory / "image"
    tell("ext4, making a tree of files")
    file_tree.make(tree, FILES, typical_size=5_000, largest=8 << 20)
    subprocess.run(["tar", "-C", tree, "-cf", tar, "."], check=True)

    def timed(*command):
        image.unlink(missing_ok=True)
        # What the last round wrote is not written in this one's time.
        os.sync()
        return elapsed_ms(lambda: subprocess.run(command, check=True, capture_output=True))

    def ours():
        return timed(EXAMPLE, image, str(CAPACITY_MIB), tar)

    def bare():
        return timed(
            *("mke2fs", "-q", "-t", "ext4", "-b", "4096", "-O", "^has_journal"),
            *("-d", tree, image, f"{CAPACITY_MIB}M"),
        )

    times = alternate(rounds, ours, bare, lambda line: tell(f"ext4, {line}"))
    mib = round(tar.stat().st_size / 2**20)
    details = {"tar_mib": mib, "banger_rounds_ms": rounded(times[0])}
    details["bare_rounds_ms"] = rounded(times[1])
    yield ratio("tar_to_ext4_ratio", WHAT, median(times[0]), median(times[1]), **details)
