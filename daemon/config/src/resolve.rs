//! Resolves the settings: what is written, else the default.

use crate::environment::Environment;
use crate::error::ConfigError;
use crate::file::FileValues;
use crate::key::{self, Key};
use crate::settings::{
    DEFAULT_VMM_UID_BASE, Origin, Setting, Settings, VmDefaultSettings, VmmChoice,
};
use crate::source::{Sources, unknown_variables};
use crate::value::{self, MAX_SOCKET_PATH};
use banger_api::LogLevel;
use banger_api::size::MIB;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DEFAULT_BOOT_TIMEOUT: Duration = Duration::from_secs(180);
const DEFAULT_IMAGE_CAPACITY: u64 = 64 << 30;
const DEFAULT_IMAGE: &str = "debian-bookworm";
const DEFAULT_KERNEL: &str = "debian-cloud";

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
            Some(text) => FileValues::parse(&config_file, text, environment.home.as_deref())?,
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
            kernel_catalog: sources
                .read(key::KERNEL_CATALOG, |written| {
                    value::web_address(written).map(Some)
                })?
                .unwrap_or(Setting::default(None)),
            vm_defaults: vm_default_settings(&sources)?,
            registries: file.registries.clone(),
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
