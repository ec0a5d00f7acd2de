"""10,000 small files into a guest against `tar | ssh` into the same guest.

ssh runs over `banger vm exec`, for nothing of the host reaches a guest on QEMU's user network
by TCP. Its connection is made before the clock is started: the key exchange is slow under
emulation, and would flatter banger.
"""

import shlex
import subprocess

import file_tree
from figures import alternate, elapsed_ms, median
from report import ratio, rounded, tell

FILES = 10_000
WHAT = (
    "`banger vm cp` of 10,000 small files into a VM, against "
    "`tar c | ssh tar x` on a connection that is open already"
)


def measure(home, vm, rounds):
    """Takes turns, each into a new directory."""
    tree = home.directory / "files"
    file_tree.make(tree, FILES, typical_size=1_000, largest=64 << 10)
    tell("small files, connecting by ssh")
    ssh = connect(home, vm)
    count = 0

    def target():
        nonlocal count
        home.api().exec(vm, "rm", "-rf", "/root/files")
        count += 1
        return f"/root/files/{count}"

    def ours():
        directory = target()
        home.api().exec(vm, "mkdir", "-p", "/root/files")
        return elapsed_ms(lambda: home.banger("vm", "cp", f"{tree}/.", f"{vm}:{directory}"))

    def bare():
        directory = target()
        home.api().exec(vm, "mkdir", "-p", directory)
        remote = shlex.join([*ssh, "root@vm", f"tar -C {directory} -xf -"])
        command = f"tar -C {shlex.quote(str(tree))} -cf - . | {remote}"
        return elapsed_ms(lambda: run(home, command, shell=True))

    try:
        times = alternate(rounds, ours, bare, lambda line: tell(f"small files, {line}"))
    finally:
        run(home, [*ssh, "-q", "-O", "exit", "root@vm"])
    details = {"banger_rounds_ms": rounded(times[0]), "bare_rounds_ms": rounded(times[1])}
    yield ratio("small_files_ratio", WHAT, median(times[0]), median(times[1]), **details)


def connect(home, vm):
    """Opens a connection that later calls share; gives the command that uses it."""
    key = home.directory / "key"
    run(home, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
    script = 'mkdir -p /run/sshd /root/.ssh && echo "$1" >> "$2"'
    public = key.with_suffix(".pub").read_text().strip()
    keys = "/root/.ssh/authorized_keys"
    home.api().exec(vm, "sh", "-c", script, "sh", public, keys)
    server = [str(home.program("banger")), "vm", "exec", vm, "--", "/usr/sbin/sshd", "-i"]
    options = {
        # At its end the server just goes away, of which banger would complain.
        "ProxyCommand": f"{shlex.join(server)} 2>/dev/null",
        "ControlPath": home.runtime / "ssh",
        "IdentityFile": key,
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "no",
        "Compression": "no",
        "LogLevel": "ERROR",
    }
    ssh = ["ssh", "-F", "none"]
    ssh += [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    run(home, [*ssh, "-M", "-N", "-f", "root@vm"])
    return ssh


def run(home, command, **options):
    """Runs a program in the daemon's environment; it must succeed."""
    null = subprocess.DEVNULL
    subprocess.run(
        command, env=home.environment(), check=True, stdin=null, stdout=null, **options
    )
