//! The table of keys. A new setting starts here; a test then asks for it in
//! `docs/config.md`.

/// The variable that names another config.toml. It is no key of the file.
pub const CONFIG_VARIABLE: &str = "BANGER_CONFIG";

/// Every variable of ours begins so.
pub const VARIABLE_PREFIX: &str = "BANGER_";

/// Variables that begin so belong to the project's tests.
pub const TEST_PREFIX: &str = "BANGER_TEST_";

/// One key of config.toml.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The table that it is in, such as `vm_defaults`; `None` at the top.
    pub section: Option<&'static str>,
    /// Its name there.
    pub name: &'static str,
}

impl Key {
    const fn top(name: &'static str) -> Self {
        Key {
            section: None,
            name,
        }
    }

    const fn vm_default(name: &'static str) -> Self {
        Key {
            section: Some("vm_defaults"),
            name,
        }
    }

    /// The environment variable that overrides it, such as `BANGER_VM_DEFAULTS_VCPUS`.
    pub fn variable(&self) -> String {
        let section = match self.section {
            Some(section) => format!("{section}_"),
            None => String::new(),
        };
        format!("{VARIABLE_PREFIX}{section}{}", self.name).to_ascii_uppercase()
    }
}

/// Written with its section: `vm_defaults.vcpus`.
impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.section {
            Some(section) => write!(f, "{section}.{}", self.name),
            None => f.write_str(self.name),
        }
    }
}

/// Declares the keys and [`ALL`] in one list, so that none is left out of the latter.
macro_rules! keys {
    ($($constant:ident = $constructor:ident($name:literal);)*) => {
        $(
            #[doc = concat!("`", $name, "`; see `docs/config.md`.")]
            pub const $constant: Key = Key::$constructor($name);
        )*
        /// Every key, in the order in which `docs/config.md` lists them.
        pub const ALL: &[Key] = &[$($constant),*];
    };
}

keys! {
    STATE_DIR = top("state_dir");
    RUNTIME_DIR = top("runtime_dir");
    SOCKET = top("socket");
    LOG_LEVEL = top("log_level");
    LOG_FILE = top("log_file");
    DAEMON_PATH = top("daemon_path");
    AGENT_PATH = top("agent_path");
    QEMU_PATH = top("qemu_path");
    VHOST_DEVICE_VSOCK_PATH = top("vhost_device_vsock_path");
    VMM = top("vmm");
    VMM_UID_BASE = top("vmm_uid_base");
    BOOT_TIMEOUT = top("boot_timeout");
    IMAGE_CAPACITY = top("image_capacity");
    KERNEL_CATALOG = top("kernel_catalog");
    VM_VCPUS = vm_default("vcpus");
    VM_MEMORY = vm_default("memory");
    VM_DISK_SIZE = vm_default("disk_size");
    VM_IMAGE = vm_default("image");
    VM_KERNEL = vm_default("kernel");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn variables_carry_the_section() {
        assert_eq!(STATE_DIR.variable(), "BANGER_STATE_DIR");
        assert_eq!(VM_VCPUS.variable(), "BANGER_VM_DEFAULTS_VCPUS");
    }

    #[test]
    fn no_two_keys_share_a_variable() {
        let variables: BTreeSet<String> = ALL.iter().map(Key::variable).collect();
        assert_eq!(variables.len(), ALL.len());
        assert!(!variables.contains(CONFIG_VARIABLE));
    }

    /// `docs/config.md` has one `### ` heading for each key, followed by its variable.
    #[test]
    fn the_documentation_lists_exactly_these_keys() {
        let text = include_str!("../../../docs/config.md");
        let documented: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'))
            .collect();
        let keys: Vec<String> = ALL.iter().map(Key::to_string).collect();
        assert_eq!(documented, keys);

        for (key, section) in ALL.iter().zip(text.split("\n### ").skip(1)) {
            for needed in [
                format!("`{}`", key.variable()),
                "Default: ".into(),
                "```toml".into(),
            ] {
                assert!(section.contains(&needed), "{key} lacks {needed}");
            }
        }
    }
}
