//! Packages that kernels come in: deb, rpm, apk, xbps, tarballs; down to the modules in them.

#![no_main]

use std::fs;

use banger_fuzz::names;
use banger_kernel::{Cancel, KernelSource, Package, import_packages};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    banger_fuzz::mutate(data, size, max_size, seed)
});

fuzz_target!(|data: &[u8]| {
    // TMPDIR is in memory when `run` starts this.
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("package");
    fs::write(&path, data).expect("a file");
    let dest = directory.path().join("outer/dest");
    let source = KernelSource::Packages {
        files: vec![path.clone()],
    };
    let package = Package { path, format: None };
    let imported = import_packages(&[package], None, source, &dest, &mut |_| (), &Cancel::new());
    match imported {
        Ok(manifest) => assert!(dest.join("vmlinux").is_file(), "{manifest:?}"),
        Err(error) => {
            // Each names its file, or what to do; and leaves nothing.
            assert!(!error.to_string().is_empty());
            assert_eq!(names(&dest), Vec::<String>::new());
        }
    }
    assert_eq!(names(directory.path()), ["outer", "package"]);
    assert_eq!(names(&directory.path().join("outer")), ["dest"]);
});
