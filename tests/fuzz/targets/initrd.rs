//! Initrds: cpio archives one after the other, the first ones plain, the last one packed; down
//! to the modules in them.

#![no_main]

use std::fs;

use banger_fuzz::names;
use banger_fuzz_seeds::elf;
use banger_kernel::{Cancel, ModulesFrom, import_files};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // TMPDIR is in memory when `run` starts this.
    let directory = tempfile::tempdir().expect("a directory");
    let (image, initrd) = (
        directory.path().join("image"),
        directory.path().join("initrd"),
    );
    fs::write(&image, elf()).expect("a file");
    fs::write(&initrd, data).expect("a file");
    let dest = directory.path().join("outer/dest");
    let modules = ModulesFrom::Initrd(initrd);
    match import_files(&image, &modules, &dest, &mut |_| (), &Cancel::new()) {
        Ok(manifest) => assert!(dest.join("vmlinux").is_file(), "{manifest:?}"),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert_eq!(names(&dest), Vec::<String>::new());
        }
    }
    assert_eq!(names(directory.path()), ["image", "initrd", "outer"]);
    assert_eq!(names(&directory.path().join("outer")), ["dest"]);
});
