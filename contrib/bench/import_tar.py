"""`banger image import` against `tar -x`: how fast a tree comes out of a tar."""

import os
import shutil
import subprocess

import file_tree
from figures import alternate, elapsed_ms, median
from report import ratio, rounded, tell

FILES = 15_000
NAME = "bench-import"
WHAT = "`banger image import` of a tar of 15,000 files, some 500 MiB, against `tar -x`"


def measure(home, rounds):
    """Takes turns, with the tar in the page cache."""
    directory = home.directory / "import"
    directory.mkdir()
    tree, tar, out = directory / "tree", directory / "tree.tar", directory / "out"
    tell("import, making a tree of files")
    file_tree.make(tree, FILES, typical_size=5_000, largest=8 << 20)
    subprocess.run(["tar", "-C", tree, "-cf", tar, "."], check=True)
    shutil.rmtree(tree)

    def ours():
        os.sync()
        taken = elapsed_ms(lambda: home.banger("image", "import", tar, "--name", NAME))
        home.banger("image", "delete", NAME)
        return taken

    def bare():
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        os.sync()
        command = ["tar", "-C", out, "-xf", tar]
        return elapsed_ms(lambda: subprocess.run(command, check=True))

    times = alternate(rounds, ours, bare, lambda line: tell(f"import, {line}"))
    megabytes = tar.stat().st_size / 1e6
    speeds = [round(megabytes / median(of) * 1000) for of in times]
    details = {"banger_mb_per_s": speeds[0], "bare_mb_per_s": speeds[1]}
    details |= {"banger_rounds_ms": rounded(times[0]), "bare_rounds_ms": rounded(times[1])}
    yield ratio("import_ratio", WHAT, median(times[0]), median(times[1]), **details)
