"""Trees of files that are the same in every run."""

import random


def make(directory, count, typical_size, largest):
    """Writes `count` files into nested directories.

    Sizes are spread as in real trees: most are near `typical_size` bytes, few near `largest`.
    Contents do not compress.
    """
    source = random.Random(1)
    directory.mkdir()
    for number in range(count):
        if number % 25 == 0:
            parent = directory / f"d{number // 500}" / f"e{number // 25 % 20}"
            parent.mkdir(parents=True)
        size = min(int(source.lognormvariate(0, 2) * typical_size), largest)
        (parent / f"file-{number}.txt").write_bytes(source.randbytes(size))
