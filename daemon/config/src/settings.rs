//! The settings, and how each is resolved.

use crate::environment::Environment;
use crate::error::ConfigError;
use crate::file::FileValues;
use crate::key::{self, Key};
use crate::source::{Sources, unknown_variables};
use crate::value::{self, MAX_SOCKET_PATH};
use banger_api::LogLevel;
use banger_api::size::MIB;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The user id of the first VM's VMM when the daemon is root.
///
/// It lies in 1879048192..=2147352575, which systemd's table of user ids lists as unused
/// (<https://systemd.io/UIDS-GIDS/>): above the ids of people (1000..=60000), of dynamic
/// services (61184..=65519), of `/etc/subuid` (100000..=600165535 by shadow's login.defs)
/// and of containers (524288..=1879048191), and below the "foreign" ids and those above
/// 2147483647, which programs with signed ids mistake for negative ones.
pub const DEFAULT_VMM_UID_BASE: u32 = 1_900_000_000;

const DEFAULT_BOOT_TIMEOUT: Duration = Duration::from_secs(180);
const DEFAULT_IMAGE_CAPACITY: u64 = 64 << 30;
const DEFAULT_IMAGE: &str = "debian-bookworm";
const DEFAULT_KERNEL: &str = "debian-cloud";

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
    fn default(value: T) -> Self {
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
    /// The daemon's socket; at most [`MAX_SOCKET_PATH`] bytes.
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
    /// What VMs get.
    pub vm_defaults: VmDefaultSettings,
}

impl Settings {
    /// Reads config.toml, which may be absent, and the environment.
    ///
    /// # Errors
    /// When the file cannot be read, has an unknown key, or when a value cannot be used.
    pub fn load(environment: &Environment) -> Result<Self, ConfigError> {
        let path = config_file(environment)?;
        let named = environment.variable(key::CONFIG_VARIABLE).is_some();
        match std::fs::read_to_string(&path) {
            Ok(text) => Settings::resolve(environment, path, Some(&text)),
            // One that was asked for by name must be there: else a typo goes unnoticed.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !named => {
                Settings::resolve(environment, path, None)
            }
            Err(source) => Err(ConfigError::Unreadable { path, source }),
        }
    }

    /// The pure part of [`Settings::load`]: `text` is the file's, or `None` without one.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn resolve(
        environment: &Environment,
        config_file: PathBuf,
        text: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let file = match text {
            Some(text) => FileValues::parse(&config_file, text)?,
            None => FileValues::default(),
        };
        let sources = Sources {
            environment,
            path: &config_file,
            file: &file,
        };
        let home = environment.home.as_deref();
        let path = |key: Key| sources.read(key, |written| value::path(written, home));
        let program = |key: Key| -> Result<Setting<Option<PathBuf>>, ConfigError> {
            let found = sources.read(key, |written| value::path(written, home).map(Some))?;
            Ok(found.unwrap_or(Setting::default(None)))
        };

        let state_dir = match path(key::STATE_DIR)? {
            Some(setting) => setting,
            None => Setting::default(default_state_dir(environment)?),
        };
        let runtime_dir = path(key::RUNTIME_DIR)?
            .unwrap_or_else(|| Setting::default(environment.default_runtime_dir()));
        let socket = path(key::SOCKET)?.unwrap_or_else(|| Setting {
            value: runtime_dir.value.join("banger.sock"),
            origin: Origin::Default,
        });
        check_socket(&socket, &runtime_dir, &sources)?;
        let log_file = path(key::LOG_FILE)?
            .unwrap_or_else(|| Setting::default(state_dir.value.join("bangerd.log")));

        Ok(Settings {
            socket,
            log_file,
            state_dir,
            runtime_dir,
            log_level: sources
                .read(key::LOG_LEVEL, value::log_level)?
                .unwrap_or(Setting::default(LogLevel::default())),
            daemon_path: program(key::DAEMON_PATH)?,
            agent_path: program(key::AGENT_PATH)?,
            qemu_path: program(key::QEMU_PATH)?,
            vhost_device_vsock_path: program(key::VHOST_DEVICE_VSOCK_PATH)?,
            vmm: sources
                .read(key::VMM, |written| {
                    value::one_of(
                        written,
                        &[
                            ("auto", VmmChoice::Auto),
                            ("kvm", VmmChoice::Kvm),
                            ("tcg", VmmChoice::Tcg),
                        ],
                    )
                })?
                .unwrap_or(Setting::default(VmmChoice::default())),
            vmm_uid_base: sources
                .read(key::VMM_UID_BASE, |written| {
                    value::number(written, value::UID_BASE).and_then(narrow)
                })?
                .unwrap_or(Setting::default(DEFAULT_VMM_UID_BASE)),
            boot_timeout: sources
                .read(key::BOOT_TIMEOUT, value::boot_timeout)?
                .unwrap_or(Setting::default(DEFAULT_BOOT_TIMEOUT)),
            image_capacity: sources
                .read(key::IMAGE_CAPACITY, |written| {
                    value::mebibytes(written, value::DISK_MIB).map(|mib| mib * MIB)
                })?
                .unwrap_or(Setting::default(DEFAULT_IMAGE_CAPACITY)),
            vm_defaults: vm_default_settings(&sources)?,
            warnings: unknown_variables(environment),
            config_file_found: text.is_some(),
            config_file,
        })
    }
}

fn vm_default_settings(sources: &Sources<'_>) -> Result<VmDefaultSettings, ConfigError> {
    Ok(VmDefaultSettings {
        vcpus: sources.read(key::VM_VCPUS, |written| {
            value::number(written, value::VCPUS).and_then(narrow)
        })?,
        memory_mib: sources.read(key::VM_MEMORY, |written| {
            value::mebibytes(written, value::MEMORY_MIB).and_then(narrow)
        })?,
        disk_mib: sources.read(key::VM_DISK_SIZE, |written| {
            value::mebibytes(written, value::DISK_MIB)
        })?,
        image: sources
            .read(key::VM_IMAGE, value::artifact_name)?
            .unwrap_or_else(|| Setting::default(DEFAULT_IMAGE.to_owned())),
        kernel: sources
            .read(key::VM_KERNEL, value::artifact_name)?
            .unwrap_or_else(|| Setting::default(DEFAULT_KERNEL.to_owned())),
    })
}

/// Puts a number into its type; the ranges in `value.rs` fit theirs.
fn narrow<T: TryFrom<u64>>(number: u64) -> Result<T, String> {
    T::try_from(number).map_err(|_| format!("{number} is too large"))
}

/// Where config.toml is looked for.
fn config_file(environment: &Environment) -> Result<PathBuf, ConfigError> {
    if let Some(path) = environment.variable(key::CONFIG_VARIABLE) {
        return Ok(PathBuf::from(path));
    }
    match environment.config_home() {
        Some(directory) => Ok(directory.join("banger/config.toml")),
        None => Err(ConfigError::NoHome {
            key: "config.toml".to_owned(),
            variable: key::CONFIG_VARIABLE.to_owned(),
        }),
    }
}

fn default_state_dir(environment: &Environment) -> Result<PathBuf, ConfigError> {
    match environment.data_home() {
        Some(directory) => Ok(directory.join("banger")),
        None => Err(ConfigError::NoHome {
            key: key::STATE_DIR.to_string(),
            variable: key::STATE_DIR.variable(),
        }),
    }
}

/// Refuses a socket whose path the kernel would not take.
fn check_socket(
    socket: &Setting<PathBuf>,
    runtime_dir: &Setting<PathBuf>,
    sources: &Sources<'_>,
) -> Result<(), ConfigError> {
    let length = Path::as_os_str(&socket.value).as_bytes().len();
    if length <= MAX_SOCKET_PATH {
        return Ok(());
    }
    let (key, origin) = match socket.origin {
        Origin::Default | Origin::Host => (key::RUNTIME_DIR, &runtime_dir.origin),
        Origin::File { .. } | Origin::Environment { .. } => (key::SOCKET, &socket.origin),
    };
    Err(ConfigError::Value {
        place: sources.place(origin),
        key: key.to_string(),
        problem: format!(
            "the socket's path {:?} has {length} bytes, and a Unix socket's at most \
             {MAX_SOCKET_PATH}: set socket to a shorter one",
            socket.value
        ),
    })
}
