"""A daemon of its own: directories, programs, kernel and image.

What takes minutes to make, kernel and image, is kept in target/bench between runs, or taken
from the tests' template as hard links. Everything else is temporary.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

from api import Api
from report import tell

TOP = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("BANGER_BENCH_BIN", TOP / "build" / "bin"))
KEPT = TOP / "target" / "bench"
TESTS = TOP / "target" / "test-home"
KERNEL = "debian-cloud"
IMAGE = "debian-bookworm"


class Home:
    """Entered, it has directories; left, nothing that it started is there any more."""

    def __enter__(self):
        KEPT.mkdir(parents=True, exist_ok=True)
        self._lock = (KEPT / "lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.directory = Path(tempfile.mkdtemp(prefix="home-", dir=KEPT))
        # Sockets have short paths. The VMMs' own users pass through it.
        self.runtime = Path(tempfile.mkdtemp(prefix="bb-", dir="/tmp"))
        self.runtime.chmod(0o711)
        self.state = KEPT / "state"
        self.socket = self.runtime / "banger.sock"
        self.daemon = None
        return self

    def __exit__(self, *_):
        try:
            if self.daemon is not None:
                for vm in self.api().json("GET", "/v1/vms")["vms"]:
                    self.api().delete_vm(vm["id"])
                self.stop_daemon()
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)
            shutil.rmtree(self.runtime, ignore_errors=True)
            self._lock.close()

    def environment(self):
        """The user's, with none of their settings."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("BANGER_")}
        return kept | {
            "HOME": str(self.directory),
            "XDG_CONFIG_HOME": str(self.directory),
            "BANGER_STATE_DIR": str(self.state),
            "BANGER_RUNTIME_DIR": str(self.runtime),
            "BANGER_LOG_FILE": str(self.directory / "bangerd.log"),
        }

    @staticmethod
    def program(name):
        """A program that `make build` made."""
        path = BIN / name
        if not path.exists():
            raise SystemExit(f"{path} is missing: run `make build`")
        return path

    def start_daemon(self):
        """Starts a daemon and waits until it answers."""
        if not self.state.exists() and (TESTS / "template" / "state").is_dir():
            copy_template(TESTS / "template" / "state", self.state)
        self.daemon = subprocess.Popen(
            [self.program("bangerd"), "--announce"],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        if self.daemon.stdout.readline() != "ready\n":
            raise SystemExit("bangerd does not start")

    def stop_daemon(self):
        """Stops the daemon."""
        self.daemon.send_signal(signal.SIGTERM)
        self.daemon.wait(timeout=60)
        self.daemon = None

    def api(self):
        """A connection to the daemon."""
        return Api(self.socket)

    def banger(self, *arguments, **options):
        """Runs the command line, which must succeed."""
        arguments = [self.program("banger"), *arguments]
        options = {"env": self.environment(), "check": True, "capture_output": True} | options
        try:
            return subprocess.run(arguments, **options)
        except subprocess.CalledProcessError as error:
            raise RuntimeError(f"{error}: {error.stderr}") from error

    def ensure_artifacts(self):
        """Pulls kernel and image where they are missing."""
        for shelf, name in (("kernels", KERNEL), ("images", IMAGE)):
            there = self.api().json("GET", f"/v1/{shelf}")[shelf]
            if not any(artifact["name"] == name for artifact in there):
                tell(f"pulling {name}; once per checkout, a few minutes")
                self.api().call("POST", f"/v1/{shelf}/pull?wait=true", {"name": name})

    def trust(self, registry):
        """Starts the daemon anew, with a registry that speaks plain HTTP."""
        self.stop_daemon()
        settings = self.directory / "banger" / "config.toml"
        settings.parent.mkdir(exist_ok=True)
        settings.write_text(f'[registries."{registry}"]\nhttp = true\n')
        self.start_daemon()

    def forget(self, reference):
        """Removes an image and its layers, and nothing else."""
        for image in self.api().json("GET", "/v1/images")["images"]:
            if reference in image["names"]:
                self.banger("image", "delete", "--force", image["id"])
        self.banger("image", "prune", "--older-than", "9999d")

    def image_file(self, name):
        """The file of an image."""
        shown = json.loads(self.api().call("GET", f"/v1/images/{quote(name, safe='')}"))
        return self.state / "images" / shown["id"] / "rootfs.ext4"


def copy_template(template, state):
    """Takes the tests' kernel and images: files that never change as hard links."""
    with (TESTS / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state.mkdir()
        for part, copy in (("store", shutil.copy2), ("images", os.link), ("kernels", os.link)):
            shutil.copytree(template / part, state / part, copy_function=copy)
