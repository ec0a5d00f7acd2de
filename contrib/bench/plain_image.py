"""A command in an image as containers have them: one program, no init, nothing for networks."""

import shutil
import tarfile
from pathlib import Path

import cold_run
import layered_image
from registry import Registry


def measure(home, rounds):
    """Pulls it from a registry, and then measures as `cold_run.py` does."""
    directory = home.directory / "plain"
    directory.mkdir()
    with Registry(directory / "registry") as registry:
        layered_image.write(directory / "layout", [busybox()])
        registry.push(directory / "layout", "plain:1")
        image = f"{registry.host}/plain:1"
        home.trust(registry.host)
        home.banger("image", "pull", image)
        try:
            yield from cold_run.measure(home, rounds, image, "plain_image_ratio")
        finally:
            home.forget(image)


def busybox():
    """The members of a layer with busybox as `/bin/true`."""
    program = tarfile.TarInfo("bin/true")
    program.mode = 0o755
    yield program, Path(shutil.which("busybox")).read_bytes()
