"""How much of the host's memory the daemon occupies."""

import time
from pathlib import Path

from report import absolute, tell

#: What a daemon has to do right after its start, or that of VMs, is over then.
SETTLE_SECONDS = 3


def measure(home, vms):
    """Its resident set with `vms` running VMs, in MiB; pages of its program included."""
    time.sleep(SETTLE_SECONDS)
    mib = _resident_kib(home.daemon.pid) / 1024
    tell(f"daemon memory with {vms} VMs: {mib:.1f} MiB")
    yield absolute(
        f"daemon_memory_{vms}_vms_mib",
        f"resident memory of the daemon with {vms} running VMs, in MiB",
        mib,
    )


def _resident_kib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError("the daemon is gone")
