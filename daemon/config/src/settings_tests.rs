//! The settings as a whole: order, defaults, places of errors.

use crate::*;
use banger_api::LogLevel;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment {
        variables: variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.into()))
            .collect(),
        home: Some("/home/ann".into()),
        euid: 1000,
        xdg_runtime_dir: Some("/run/user/1000".into()),
    }
}

fn resolve(variables: &[(&str, &str)], text: &str) -> Result<Settings, String> {
    Settings::resolve(&environment(variables), "config.toml".into(), Some(text))
        .map_err(|error| error.to_string())
}

#[test]
fn without_anything_written_there_are_defaults() {
    let settings = resolve(&[], "").unwrap();
    assert_eq!(
        settings.state_dir.value,
        Path::new("/home/ann/.local/share/banger")
    );
    assert_eq!(
        settings.socket.value,
        Path::new("/run/user/1000/banger/banger.sock")
    );
    assert_eq!(
        settings.log_file.value,
        Path::new("/home/ann/.local/share/banger/bangerd.log")
    );
    assert_eq!(settings.log_level.value, LogLevel::Info);
    assert_eq!(settings.vmm.value, VmmChoice::Auto);
    assert_eq!(settings.vmm_uid_base.value, 1_900_000_000);
    assert_eq!(settings.boot_timeout.value, Duration::from_secs(180));
    assert_eq!(settings.image_capacity.value, 64 << 30);
    assert_eq!(settings.daemon_path.value, None);
    assert_eq!(settings.vmm.origin, Origin::Default);
    assert!(settings.warnings.is_empty());
}

#[test]
fn the_environment_wins_over_the_file() {
    let text = "vmm = \"kvm\"\n[vm_defaults]\nvcpus = 2\n";
    let from_file = resolve(&[], text).unwrap();
    assert_eq!(from_file.vmm.value, VmmChoice::Kvm);
    assert_eq!(from_file.vmm.origin, Origin::File { line: 1 });
    let variables = [("BANGER_VMM", "tcg"), ("BANGER_VM_DEFAULTS_VCPUS", "7")];
    let overridden = resolve(&variables, text).unwrap();
    assert_eq!(overridden.vmm.value, VmmChoice::Tcg);
    assert_eq!(
        overridden.vm_defaults.vcpus,
        Some(Setting {
            value: 7,
            origin: Origin::Environment {
                variable: "BANGER_VM_DEFAULTS_VCPUS".into()
            }
        })
    );
}

#[test]
fn an_empty_variable_is_not_set() {
    let settings = resolve(&[("BANGER_VMM", "")], "vmm = \"tcg\"").unwrap();
    assert_eq!(settings.vmm.origin, Origin::File { line: 1 });
}

#[test]
fn places_follow_the_directories() {
    let settings = resolve(
        &[("BANGER_RUNTIME_DIR", "/r")],
        "state_dir = \"~/banger\"\nqemu_path = \"/q\"",
    )
    .unwrap();
    assert_eq!(
        settings.log_file.value,
        Path::new("/home/ann/banger/bangerd.log")
    );
    assert_eq!(settings.socket.value, Path::new("/r/banger.sock"));
    assert_eq!(settings.qemu_path.value, Some(PathBuf::from("/q")));
}

#[test]
fn errors_say_where_which_and_what_to_write() {
    assert_eq!(
        resolve(&[], "\nvmm = \"kmv\"").unwrap_err(),
        "config.toml line 2: vmm: \"kmv\" is unknown; did you mean \"kvm\"? \
         Write one of \"auto\", \"kvm\", \"tcg\""
    );
    assert_eq!(
        resolve(&[("BANGER_VM_DEFAULTS_MEMORY", "512")], "").unwrap_err(),
        "environment variable BANGER_VM_DEFAULTS_MEMORY: vm_defaults.memory: \"512\" is not a \
         size: write a number and a unit, such as 512M, 2GiB or 1.5G"
    );
    assert!(
        resolve(&[], "vmm_uid_base = 1000")
            .unwrap_err()
            .contains("from 65536")
    );
}

#[test]
fn a_socket_that_does_not_fit_is_refused() {
    let longest = format!("/{}", "x".repeat(MAX_SOCKET_PATH - 1));
    assert!(resolve(&[("BANGER_SOCKET", &longest)], "").is_ok());
    let problem = resolve(&[("BANGER_SOCKET", &format!("{longest}x"))], "").unwrap_err();
    assert!(problem.contains("108 bytes"), "{problem}");
    let problem = resolve(&[], &format!("runtime_dir = \"{longest}\"")).unwrap_err();
    assert!(
        problem.starts_with("config.toml line 1: runtime_dir: the socket's path"),
        "{problem}"
    );
}

#[test]
fn unknown_variables_are_warned_about() {
    let variables = [
        ("BANGER_LOGLEVEL", "debug"),
        ("BANGER_CONFIG", "/c"),
        ("BANGER_TEST_KERNEL", "/k"),
        ("PATH", "/bin"),
    ];
    assert_eq!(
        resolve(&variables, "").unwrap().warnings,
        [
            "environment variable BANGER_LOGLEVEL is unknown and ignored; \
          did you mean BANGER_LOG_LEVEL?"
        ]
    );
}

#[test]
fn without_a_home_the_places_must_be_written() {
    let mut nobody = environment(&[]);
    nobody.home = None;
    let error = Settings::resolve(&nobody, "config.toml".into(), None).unwrap_err();
    assert!(error.to_string().contains("BANGER_STATE_DIR"), "{error}");
    nobody
        .variables
        .insert("BANGER_STATE_DIR".into(), "/s".into());
    assert!(Settings::resolve(&nobody, "config.toml".into(), None).is_ok());
}

#[test]
fn the_file_may_be_absent_unless_it_was_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut plain = environment(&[]);
    plain.home = Some(dir.path().to_owned());
    let settings = Settings::load(&plain).unwrap();
    assert!(!settings.config_file_found);
    assert_eq!(
        settings.config_file,
        dir.path().join(".config/banger/config.toml")
    );

    let named = dir.path().join("other.toml");
    plain
        .variables
        .insert("BANGER_CONFIG".into(), named.clone().into());
    let error = Settings::load(&plain).unwrap_err();
    assert!(matches!(error, ConfigError::Unreadable { .. }), "{error}");

    std::fs::write(&named, "log_level = \"trace\"").unwrap();
    let settings = Settings::load(&plain).unwrap();
    assert!(settings.config_file_found);
    assert_eq!(settings.log_level.value, LogLevel::Trace);
}

/// Each example of the documentation is a file that is accepted.
#[test]
fn the_documentations_examples_work() {
    let text = include_str!("../../../docs/config.md");
    let examples: Vec<&str> = text
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("```")?.0))
        .collect();
    // And one for [registries], which are no single keys.
    assert_eq!(examples.len(), key::ALL.len() + 1);
    for example in examples {
        resolve(&[], example).unwrap();
    }
}
