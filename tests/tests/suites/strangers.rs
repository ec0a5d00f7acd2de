//! Repositories that nobody here wrote, from the package registries, run their tests.

use std::path::{Path, PathBuf};

use banger_tests::{Banger, Home, needs};

/// Makes a git repository of a source tree.
fn repository(tree: &Path) {
    let script = "git init -q . && git add -A -f && \
        git -c user.name=test -c user.email=test@example.invalid -c commit.gpgsign=false \
            commit -q -m source";
    Banger::call("sh").args(["-c", script]).dir(tree).run().ok();
}

fn unpacked(scratch: &Path, begins: &str) -> PathBuf {
    let entries = std::fs::read_dir(scratch)
        .unwrap()
        .flatten()
        .map(|entry| entry.path());
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let mut found = entries.filter(|path| path.is_dir() && name(path).starts_with(begins));
    found
        .next()
        .unwrap_or_else(|| panic!("no {begins} in {}", scratch.display()))
}

#[test]
fn a_c_program_of_debian_passes_its_tests() {
    needs!(vms);
    let home = Home::new();
    let script = r#"
        set -eu
        mkdir -p lists/partial
        for list in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
            case $list in
            *.sources) sed 's/^Types:.*/Types: deb-src/' "$list"; echo ;;
            esac
        done > own.sources
        sed -n 's/^deb /deb-src /p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
            > own.list 2>/dev/null || true
        [ -s own.list ] && list=own.list || list=own.sources
        apt="apt-get -q -o Dir::Etc::SourceList=$PWD/$list -o Dir::Etc::SourceParts=/dev/null
            -o Dir::State::Lists=$PWD/lists -o APT::Sandbox::User=root"
        $apt update || true
        $apt source --download-only figlet
        tar --no-same-owner -xf figlet_*.orig.tar.gz
    "#;
    Banger::call("sh")
        .args(["-c", script])
        .dir(&home.scratch())
        .run()
        .ok();
    let tree = unpacked(&home.scratch(), "figlet-");
    repository(&tree);
    let tests = "make figlet chkfont >/dev/null 2>&1 && make check";
    let line = format!("vm run --rm {} -- sh -c", tree.display());
    let ran = home.banger(&line).args([tests]).run().ok();
    assert!(ran.out().contains("All tests passed"), "{}", ran.out());
}

#[test]
fn a_python_package_passes_its_tests() {
    needs!(vms, "python3");
    let home = Home::new();
    let script = "pip=$(command -v pip3 || command -v pip) && \
        $pip download -q --no-binary :all: --no-deps jsonpointer==3.0.0 && \
        tar --no-same-owner -xf jsonpointer-*.tar.gz";
    Banger::call("sh")
        .args(["-c", script])
        .dir(&home.scratch())
        .run()
        .ok();
    let tree = unpacked(&home.scratch(), "jsonpointer-");
    repository(&tree);
    let line = format!(
        "vm run --rm {} -- python3 -m unittest tests",
        tree.display()
    );
    let ran = home.banger(&line).run().ok();
    assert!(ran.err().contains("\nOK\n"), "{}", ran.err());
}

#[test]
fn a_rust_crate_passes_its_tests() {
    needs!(vms, "cargo");
    let home = Home::new();
    // A crate without dependencies, so that the guest's cargo needs no registry.
    let script = r#"
        set -eu
        mkdir -p fetch/src && cd fetch && : > src/lib.rs
        printf '[package]\nname = "fetch"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nfnv = "=1.0.7"\n[workspace]\n' > Cargo.toml
        cargo vendor -q ../vendor > /dev/null
        rm ../vendor/fnv/.cargo-checksum.json
    "#;
    // The runner's own cargo, with the settings of whoever runs the tests.
    Banger::call("sh")
        .args(["-c", script])
        .dir(&home.scratch())
        .run()
        .ok();
    let tree = home.scratch().join("vendor/fnv");
    repository(&tree);
    home.banger("image pull debian-bookworm --package cargo --name rust")
        .run()
        .ok();
    let line = format!(
        "vm run --rm --image rust --memory 1G {} -- cargo test -q --offline --lib",
        tree.display()
    );
    let ran = home.banger(&line).run().ok();
    assert!(ran.out().contains("test result: ok"), "{}", ran.out());
}
