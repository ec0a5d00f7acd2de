//! The configuration of the kernel that `make kernel` builds, and the checks that its build
//! stands on. No kernel is built here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use banger_tests::checkout;

fn part(name: &str) -> PathBuf {
    checkout::top().join("contrib/kernel").join(name)
}

/// Runs one of the checks on files of these contents.
fn check(program: &str, contents: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let files = contents.iter().enumerate().map(|(index, content)| {
        let path = directory.path().join(format!("{index}.config"));
        fs::write(&path, content).unwrap();
        path
    });
    let mut command = Command::new(part(program));
    command.args(files).output().unwrap()
}

fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn the_fragment_sets_every_option_once_and_none_to_a_module() {
    let output = Command::new(part("lint-config"))
        .arg(part("small.config"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_fragment_has_what_a_guest_cannot_boot_without() {
    let fragment = fs::read_to_string(part("small.config")).unwrap();
    for line in [
        "# CONFIG_MODULES is not set",
        "# CONFIG_IP_PNP is not set",
        "CONFIG_PVH=y",
        "CONFIG_ACPI=y",
        "CONFIG_BLK_DEV_INITRD=y",
        "CONFIG_SERIAL_8250_CONSOLE=y",
        "CONFIG_VIRTIO_MMIO=y",
        "CONFIG_VIRTIO_MMIO_CMDLINE_DEVICES=y",
        "CONFIG_VIRTIO_BLK=y",
        "CONFIG_VIRTIO_NET=y",
        "CONFIG_VIRTIO_VSOCKETS=y",
        "CONFIG_EXT4_FS=y",
        "CONFIG_OVERLAY_FS=y",
        "CONFIG_DEVTMPFS=y",
    ] {
        assert!(fragment.lines().any(|found| found == line), "{line}");
    }
}

#[test]
fn an_option_that_is_set_twice_is_a_fault_wherever_it_is_set() {
    let twice = check("lint-config", &["CONFIG_A=y\nCONFIG_B=y\nCONFIG_A=y\n"]);
    assert!(complaint(&twice).contains("0.config:3: CONFIG_A is set in line 1 too\n"));
    let both = check("lint-config", &["CONFIG_A=y\n# CONFIG_A is not set\n"]);
    assert!(complaint(&both).contains("to another value"));
    // Fragments of one's own may overrule the first.
    let apart = check(
        "lint-config",
        &["CONFIG_A=y\n", "# Why\n\n# CONFIG_A is not set\n"],
    );
    assert!(apart.status.success(), "{apart:?}");
}

#[test]
fn what_no_kernel_without_modules_can_have_is_a_fault() {
    for wrong in [
        "CONFIG_A=m",
        "CONFIG_A=n",
        "CONFIG_A",
        " CONFIG_A=y",
        "#CONFIG_A=y",
        "CONFIG_A=y # why",
        "CONFIG_A=yes",
        "A=y",
        "",
    ] {
        let output = check("lint-config", &[&format!("{wrong}\n")]);
        assert!(!complaint(&output).is_empty(), "{wrong}");
    }
    let values = "CONFIG_A=-1\nCONFIG_B=0x1f\nCONFIG_C=\"a b\"\nCONFIG_C_D=\"\"\n";
    assert!(check("lint-config", &[values]).status.success());
}

#[test]
fn a_wish_that_does_not_survive_is_listed() {
    let config = "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=\"x\"\nCONFIG_AB=y\n";
    let kept = "CONFIG_A=y\n# CONFIG_B is not set\n# CONFIG_Z is not set\nCONFIG_C=\"x\"\n";
    assert!(check("survived", &[config, kept]).status.success());

    let lost = "CONFIG_B=y\nCONFIG_A=y\nCONFIG_D=4\n# CONFIG_AB is not set\nCONFIG_C=\"y\"\n";
    let complaint = complaint(&check("survived", &[config, lost]));
    let lines: Vec<&str> = complaint.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            "  CONFIG_B=y, but: # CONFIG_B is not set",
            "  CONFIG_D=4, but: # CONFIG_D is not set",
            "  # CONFIG_AB is not set, but: CONFIG_AB=y",
            "  CONFIG_C=\"y\", but: CONFIG_C=\"x\"",
        ]
    );
}

#[test]
fn of_several_fragments_the_last_ones_word_counts() {
    let config = "CONFIG_A=y\n";
    let (off, on) = ("# CONFIG_A is not set\n", "CONFIG_A=y\n");
    assert!(check("survived", &[config, off, on]).status.success());
    complaint(&check("survived", &[config, on, off]));
}
