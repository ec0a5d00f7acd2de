"""A machine started by hand: the same QEMU with the same arguments, without banger.

The arguments are those of a VM that banger runs. Where banger hands over open files, a human
would write paths, and that is all that differs.
"""

import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import agent

WRITABLE_DISKS = ("system", "home")


class BareMachine:
    """How to start such a machine, as often as wanted."""

    def __init__(self, vm, home):
        """Learns from a running VM, as the API shows it."""
        process = Path("/proc") / str(vm["vmm_pid"])
        self._arguments = process.joinpath("cmdline").read_text().split("\0")[:-1]
        self._paths = {
            "kernel": self._inherited("-kernel", process),
            "modules": home.state / "kernels" / vm["kernel_id"] / "modules.ext4",
            "initrd": self._inherited("-initrd", process),
            "image": home.image_file(vm["image"]),
        }
        self._template = home.state / "templates" / f"ext4-{vm['disk_mib']}.img"
        self._vsock_device = home.program("vhost-device-vsock")
        self._directory = home.runtime / "bare"
        self._log = home.directory / "bare.log"

    def _inherited(self, option, process):
        """The path of a file that the running machine was given open, as /proc/self/fd/N."""
        name = self._arguments[self._arguments.index(option) + 1]
        return (process / "fd" / Path(name).name).readlink()

    def boot_ms(self):
        """Boots one and gives the milliseconds from QEMU's start until the guest is ready.

        The disks are cloned and the vsock device is started before the clock is.
        """
        directory = self._directory
        directory.mkdir(mode=0o700)
        processes = []
        try:
            for disk in WRITABLE_DISKS:
                clone(self._template, directory / f"{disk}.ext4")
            with socket.socket(socket.AF_UNIX) as listener, self._log.open("w") as log:
                listener.bind(str(directory / f"vsock.sock_{agent.HELLO_PORT}"))
                listener.listen()
                listener.settimeout(180)
                processes.append(self._start_vsock_device(log))
                begun = time.monotonic()
                qemu = start(self._qemu(), log)
                processes.append(qemu)
                self._await_call(listener, qemu)
                agent.greet(listener, "bare")
                return (time.monotonic() - begun) * 1000
        finally:
            for process in processes:
                process.send_signal(signal.SIGKILL)
                process.wait()
            shutil.rmtree(directory)

    def _await_call(self, listener, qemu):
        """Waits until the guest dials, or QEMU has ended."""
        ends = open(os.pidfd_open(qemu.pid), "rb", buffering=0)
        with ends, selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(ends, selectors.EVENT_READ)
            ready = [key.fileobj for key, _ in selector.select(timeout=180)]
        if listener not in ready:
            raise RuntimeError(f"no guest dials: {self._log.read_text()}")

    def _start_vsock_device(self, log):
        socket_path = self._directory / "vhost.sock"
        device = start(
            [self._vsock_device, "--guest-cid", "3", "--socket", socket_path]
            + ["--uds-path", self._directory / "vsock.sock"],
            log,
        )
        while not socket_path.exists():
            if device.poll() is not None:
                raise RuntimeError(f"vhost-device-vsock ends: see {self._log}")
            time.sleep(0.001)
        return device

    def _qemu(self):
        """The arguments with paths in the place of inherited files."""
        words, result = iter(self._arguments), []
        for word in words:
            if word == "-add-fd":
                next(words)
            elif word in ("-kernel", "-initrd"):
                next(words)
                result += [word, self._paths[word.removeprefix("-")]]
            else:
                result.append(self._named(word))
        return result

    def _named(self, word):
        directory = self._directory
        if word.startswith("file,id=console,"):
            return re.sub(r"path=[^,]*", f"path={directory}/console.log", word)
        if word.startswith("socket,id=qmp,"):
            return re.sub(r"fd=\d+", f"path={directory}/qmp.sock", word)
        if word.startswith("socket,id=vsock,"):
            return re.sub(r"fd=\d+", f"path={directory}/vhost.sock", word)
        disk = re.search(r"node-name=(\w+),", word)
        if word.startswith("driver=file,") and disk:
            path = self._paths.get(disk[1], directory / f"{disk[1]}.ext4")
            return re.sub(r"filename=[^,]*", f"filename={path}", word)
        return word


def start(arguments, log):
    """Starts a program of the machine."""
    return subprocess.Popen(
        arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
    )


def clone(template, disk):
    """Copies an empty disk as banger does: by reflink, else what is not a hole."""
    subprocess.run(["cp", "--reflink=auto", "--sparse=always", template, disk], check=True)
