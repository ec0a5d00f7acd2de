//! What settings need from the process, as plain data, so that all else is pure.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The part of a process's surroundings that settings depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The environment variables that have a text for a name. Values may hold any bytes.
    pub variables: BTreeMap<String, OsString>,
    /// The user's home directory.
    pub home: Option<PathBuf>,
    /// The effective user id.
    pub euid: u32,
    /// `$XDG_RUNTIME_DIR`, when it is an absolute path to an existing directory: it is
    /// inherited through `sudo` and left behind by log-outs, so it may name nothing.
    pub xdg_runtime_dir: Option<PathBuf>,
}

impl Environment {
    /// This process's. The home directory is `$HOME`, or the user database's.
    pub fn from_process() -> Self {
        let variables: BTreeMap<String, OsString> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect();
        let euid = nix::unistd::geteuid();
        let mut environment = Environment {
            variables,
            home: None,
            euid: euid.as_raw(),
            xdg_runtime_dir: None,
        };
        environment.home = environment.absolute("HOME").or_else(|| {
            nix::unistd::User::from_uid(euid)
                .ok()
                .flatten()
                .map(|user| user.dir)
        });
        environment.xdg_runtime_dir = environment
            .absolute("XDG_RUNTIME_DIR")
            .filter(|path| path.is_dir());
        environment
    }

    /// A variable that is set to something; an empty one counts as not set.
    pub(crate) fn variable(&self, name: &str) -> Option<&OsString> {
        self.variables.get(name).filter(|value| !value.is_empty())
    }

    /// A variable that holds an absolute path. Relative ones are ignored, as the XDG Base
    /// Directory Specification 0.8 asks.
    fn absolute(&self, name: &str) -> Option<PathBuf> {
        let path = Path::new(self.variable(name)?);
        path.is_absolute().then(|| path.to_owned())
    }

    /// The directory for programs' settings: `$XDG_CONFIG_HOME`, or `~/.config`.
    pub(crate) fn config_home(&self) -> Option<PathBuf> {
        self.absolute("XDG_CONFIG_HOME")
            .or_else(|| Some(self.home.as_ref()?.join(".config")))
    }

    /// The directory for programs' data: `$XDG_DATA_HOME`, or `~/.local/share`.
    pub(crate) fn data_home(&self) -> Option<PathBuf> {
        self.absolute("XDG_DATA_HOME")
            .or_else(|| Some(self.home.as_ref()?.join(".local/share")))
    }

    /// The directory of the daemon's sockets when nothing is configured.
    pub(crate) fn default_runtime_dir(&self) -> PathBuf {
        match &self.xdg_runtime_dir {
            Some(directory) => directory.join("banger"),
            None if self.euid == 0 => PathBuf::from("/run/banger-session"),
            None => PathBuf::from(format!("/tmp/banger-{}", self.euid)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Environment {
        Environment {
            variables: variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
                .collect(),
            home: Some("/home/ann".into()),
            euid: 1000,
            xdg_runtime_dir: None,
        }
    }

    #[test]
    fn xdg_directories_fall_back_to_the_home() {
        let plain = with(&[]);
        assert_eq!(plain.config_home(), Some("/home/ann/.config".into()));
        assert_eq!(plain.data_home(), Some("/home/ann/.local/share".into()));
        let set = with(&[("XDG_CONFIG_HOME", "/c"), ("XDG_DATA_HOME", "/d")]);
        assert_eq!(set.config_home(), Some("/c".into()));
        assert_eq!(set.data_home(), Some("/d".into()));
    }

    #[test]
    fn relative_and_empty_xdg_directories_are_ignored() {
        let set = with(&[("XDG_CONFIG_HOME", "c"), ("XDG_DATA_HOME", "")]);
        assert_eq!(set.config_home(), Some("/home/ann/.config".into()));
        assert_eq!(set.data_home(), Some("/home/ann/.local/share".into()));
    }

    #[test]
    fn the_runtime_directory_depends_on_session_and_user() {
        let mut environment = with(&[]);
        assert_eq!(
            environment.default_runtime_dir(),
            Path::new("/tmp/banger-1000")
        );
        environment.euid = 0;
        assert_eq!(
            environment.default_runtime_dir(),
            Path::new("/run/banger-session")
        );
        environment.xdg_runtime_dir = Some("/run/user/0".into());
        assert_eq!(
            environment.default_runtime_dir(),
            Path::new("/run/user/0/banger")
        );
    }
}
