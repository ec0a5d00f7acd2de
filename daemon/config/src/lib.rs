//! Settings: `config.toml` and the environment, parsed, validated, and each with where it
//! came from. `docs/config.md` describes every key for users.
//!
//! [`Settings::load`] is what the daemon and the command line call. Everything under it is
//! pure but three small things: [`Environment::from_process`], [`HostSize::read`] and
//! [`find_program`].
//!
//! | file | what it does |
//! |---|---|
//! | `key.rs` | the table of keys, and their environment variables |
//! | `environment.rs` | what is read from the process: variables, home, user |
//! | `file.rs` | config.toml's text into keys with lines; unknown keys are errors |
//! | `value.rs` | one function for each kind of value: reads it, or says what to write |
//! | `source.rs` | the order: environment, file, default |
//! | `registries.rs` | pure: `[registries]`, whose names are the user's |
//! | `settings.rs` | the settings as types |
//! | `resolve.rs` | how each is resolved; `settings_tests.rs` tests the whole |
//! | `vm_defaults.rs` | what a VM gets when its creator says nothing |
//! | `host.rs` | the host's processors and memory |
//! | `program.rs` | finds a program: named, beside ours, or in PATH |
//! | `error.rs` | what can be wrong, and where |

mod environment;
mod error;
mod file;
mod host;
pub mod key;
mod program;
mod registries;
mod resolve;
mod settings;
#[cfg(test)]
mod settings_tests;
mod source;
mod value;
mod vm_defaults;

pub use environment::Environment;
pub use error::{ConfigError, Place};
pub use host::HostSize;
pub use program::find_program;
pub use settings::{
    DEFAULT_VMM_UID_BASE, Origin, RegistrySettings, Setting, Settings, VmDefaultSettings, VmmChoice,
};
pub use value::MAX_SOCKET_PATH;
