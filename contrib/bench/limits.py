"""What banger may cost. The only place where limits stand.

name: (limit, aim). Ratios are against the bare tool of the same run; names that end in
_mib and _ms are absolute. None: there is no limit, the figure is for orientation.
"""

LIMITS = {
    "cold_run_ratio": (1.35, 1.10),
    "exec_ratio": (None, None),
    "exec_p95_ratio": (None, None),
    "cli_exec_ratio": (None, None),
    "cli_exec_p95_ratio": (None, None),
    "kernel_boot_ratio": (None, None),
    "tar_to_ext4_ratio": (0.8, None),
    "plain_image_ratio": (1.2, None),
    "import_ratio": (None, None),
    "pull_300_mb_ratio": (0.5, None),
    "pull_1500_mb_ratio": (0.5, None),
    "pull_cached_300_mb_ratio": (0.05, None),
    "pull_cached_1500_mb_ratio": (0.05, None),
    "pull_memory_mib": (64, None),
    "small_files_ratio": (None, None),
    "daemon_memory_0_vms_mib": (25, None),
    "daemon_memory_4_vms_mib": (40, None),
    "vm_list_ms": (30, None),
}
