//! The settings as types, each value with where it comes from.

use banger_api::LogLevel;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The user id of the first VM's VMM when the daemon is root.
///
/// It lies in 1879048192..=2147352575, which systemd's table of user ids lists as unused
/// (<https://systemd.io/UIDS-GIDS/>): above the ids of people (1000..=60000), of dynamic
/// services (61184..=65519), of `/etc/subuid` (100000..=600100000 by shadow's login.defs)
/// and of containers (524288..=1879048191), and below the "foreign" ids and those above
/// 2147483647, which programs with signed ids mistake for negative ones.
pub const DEFAULT_VMM_UID_BASE: u32 = 1_900_000_000;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// The host's size.
    Host,
    /// config.toml.
    File {
        /// The line, from 1.
        line: usize,
    },
    /// The environment.
    Environment {
        /// The variable.
        variable: String,
    },
}

/// A value, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

impl<T> Setting<T> {
    pub(crate) fn default(value: T) -> Self {
        Setting {
            value,
            origin: Origin::Default,
        }
    }
}

/// How VMs are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum VmmChoice {
    /// With KVM where it is usable, else emulated.
    #[default]
    Auto,
    /// With KVM, or not at all.
    Kvm,
    /// Emulated, by QEMU's TCG, even where KVM is usable.
    Tcg,
}

/// What `[vm_defaults]` says. `None`: see [`Settings::vm_defaults`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VmDefaultSettings {
    /// Processors.
    pub vcpus: Option<Setting<u16>>,
    /// Memory, in MiB.
    pub memory_mib: Option<Setting<u32>>,
    /// The disk's size, in MiB.
    pub disk_mib: Option<Setting<u64>>,
    /// The image.
    pub image: Setting<String>,
    /// The kernel.
    pub kernel: Setting<String>,
}

/// What `[registries."HOST:PORT"]` says about one registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistrySettings {
    /// It speaks plain HTTP.
    pub http: bool,
    /// A file with certificate authorities of its own, in PEM, besides the host's.
    pub ca: Option<PathBuf>,
    /// Other registries that have the same images and are asked first: `host[:port]`.
    pub mirrors: Vec<String>,
}

/// All settings. `docs/config.md` says what each means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The config.toml that was looked for.
    pub config_file: PathBuf,
    /// Whether it was there.
    pub config_file_found: bool,
    /// Things to tell the user that are no errors, a line each.
    pub warnings: Vec<String>,
    /// Where VMs, images and kernels are kept.
    pub state_dir: Setting<PathBuf>,
    /// Where sockets are; emptied by a reboot.
    pub runtime_dir: Setting<PathBuf>,
    /// The daemon's socket; at most [`crate::MAX_SOCKET_PATH`] bytes.
    pub socket: Setting<PathBuf>,
    /// How much is logged.
    pub log_level: Setting<LogLevel>,
    /// The daemon's log.
    pub log_file: Setting<PathBuf>,
    /// `bangerd`; `None`: see [`crate::find_program`].
    pub daemon_path: Setting<Option<PathBuf>>,
    /// `banger-agent`; `None`: see [`crate::find_program`].
    pub agent_path: Setting<Option<PathBuf>>,
    /// `qemu-system-x86_64`; `None`: see [`crate::find_program`].
    pub qemu_path: Setting<Option<PathBuf>>,
    /// `vhost-device-vsock`; `None`: see [`crate::find_program`].
    pub vhost_device_vsock_path: Setting<Option<PathBuf>>,
    /// How VMs are run.
    pub vmm: Setting<VmmChoice>,
    /// When the daemon is root: the VMM of the VM in slot N runs as this user id plus N.
    pub vmm_uid_base: Setting<u32>,
    /// How long a VM may take until it is ready.
    pub boot_timeout: Setting<Duration>,
    /// The largest root file system of an image, in bytes.
    pub image_capacity: Setting<u64>,
    /// The address of a published kernel catalog.
    pub kernel_catalog: Setting<Option<String>>,
    /// What VMs get.
    pub vm_defaults: VmDefaultSettings,
    /// Registries of images, by `host[:port]`.
    pub registries: BTreeMap<String, RegistrySettings>,
}
