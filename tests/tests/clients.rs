//! The document is enough: it passes a public validator, clients that public generators make
//! of it use the live socket, and schemathesis finds nothing that it does not say.
//!
//! `tests/clients/setup.sh` installs the generators; the programs that use their clients are
//! beside it.

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::Duration,
};

use banger_tests::{Banger, Home, checkout, host, needs, template::TINY};
use serde_json::Value;

/// What this directory of the checkout has.
fn ours(path: &str) -> PathBuf {
    checkout::top().join("tests/clients").join(path)
}

fn document() -> PathBuf {
    checkout::top().join("openapi/openapi.json")
}

/// Where the generators are; installs what is missing first. None where that is not possible
/// and may be left out.
fn generators() -> Option<PathBuf> {
    let installed = Banger::call(ours("setup.sh"))
        .within(Duration::from_secs(900))
        .run();
    let lacking = (installed.code() != 0).then(|| format!("setup.sh: {}", installed.err()));
    (!host::leaves_out(lacking)).then(|| checkout::top().join("target/clients"))
}

fn python(generators: &Path, program: &str) -> Banger {
    Banger::call(generators.join("venv/bin").join(program))
        // The sources' folders stay as they are.
        .env("PYTHONDONTWRITEBYTECODE", "1")
}

#[test]
fn the_document_passes_a_public_validator() {
    let Some(generators) = generators() else {
        return;
    };
    python(&generators, "openapi-spec-validator")
        .args([document()])
        .run()
        .ok();
}

#[test]
fn the_daemon_serves_the_document_that_is_checked_in() {
    let home = Home::bare();
    let served = home.start_daemon().api().get("/v1/openapi.json").ok();
    let file = fs::read(document()).unwrap();
    let checked_in: Value = serde_json::from_slice(&file).unwrap();
    assert_eq!(served, checked_in, "run `make openapi`");
}

#[test]
fn a_generated_python_client_makes_a_vm_and_uses_it() {
    needs!(vms);
    let Some(generators) = generators() else {
        return;
    };
    let home = Home::new();
    home.start_daemon();
    let generated = home.scratch().join("generated");
    fs::create_dir(&generated).unwrap();
    python(&generators, "openapi-python-client")
        .args(["generate", "--meta", "none", "--fail-on-warning"])
        .args(["--output-path", "banger_client", "--path"])
        .args([document()])
        .args(["--config".into(), ours("python/generator.yaml")])
        .dir(&generated)
        .run()
        .ok();
    python(&generators, "python")
        .args([ours("python/uses_the_api.py"), home.socket()])
        .args([TINY.as_ref(), generated.as_os_str()])
        .run()
        .ok();
}

#[test]
fn a_generated_typescript_client_makes_a_vm_and_uses_it() {
    needs!(vms);
    let Some(generators) = generators() else {
        return;
    };
    let home = Home::new();
    home.start_daemon();
    let project = home.scratch();
    for name in ["package.json", "tsconfig.json", "uses-the-api.ts"] {
        fs::copy(ours("typescript").join(name), project.join(name)).unwrap();
    }
    let packages = generators.join("npm/node_modules");
    symlink(&packages, project.join("node_modules")).unwrap();
    let program = |name: &str| Banger::call(packages.join(".bin").join(name)).dir(&project);
    program("openapi-typescript")
        .args([
            document().as_os_str(),
            "-o".as_ref(),
            "banger.d.ts".as_ref(),
        ])
        .run()
        .ok();
    program("tsc").run().ok();
    Banger::call("node")
        .dir(&project)
        .args([OsStr::new("built/uses-the-api.js"), home.socket().as_ref()])
        .args([TINY])
        .run()
        .ok();
}

#[test]
fn schemathesis_finds_no_fault_of_the_daemon_and_nothing_that_the_document_does_not_say() {
    needs!(vms);
    let Some(generators) = generators() else {
        return;
    };
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    let seed = std::env::var("BANGER_TEST_SEED").unwrap_or_else(|_| "1".to_owned());
    // A stream without an end, one that is no HTTP, and the end of the daemon.
    let left_out = ["watch_events", "attach_command", "stop_daemon"]
        .into_iter()
        .flat_map(|operation| ["--exclude-operation-id", operation]);
    python(&generators, "schemathesis")
        .dir(&home.scratch())
        .env("BANGER_SOCKET", home.socket())
        .env("BANGER_TEST_VM", &vm.id)
        .env("PYTHONPATH", ours("schemathesis"))
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .args([
            "--config-file".as_ref(),
            ours("schemathesis/schemathesis.toml").as_os_str(),
        ])
        .args(["run".as_ref(), document().as_os_str()])
        .args(["--url", "http://localhost", "--seed", &seed])
        .args(["--phases", "coverage,fuzzing", "--checks", "all"])
        .args(["--max-examples", "60", "--continue-on-failure"])
        .args(["--request-timeout", "60", "--generation-database", "none"])
        .args(["--no-color", "--warnings", "off"])
        .args(left_out)
        .run()
        .ok();
    assert_eq!(vm.state(), "running");
    assert!(!home.log().contains("panicked"), "{}", home.log());
}
