//! Links libext2fs and libcom_err, as shared libraries: both are LGPL.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-lib=dylib=ext2fs");
    println!("cargo::rustc-link-lib=dylib=com_err");
}
