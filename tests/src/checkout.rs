//! Where the built programs and the test data of this checkout are.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

/// The top of the checkout.
pub fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate is in the workspace")
}

/// A program that `make build` made.
///
/// # Panics
/// When it is not there.
pub fn program(name: &str) -> PathBuf {
    let path = top().join("build/bin").join(name);
    assert!(
        path.exists(),
        "{} is missing: run `make build`, or all tests by `make test`",
        path.display()
    );
    path
}

/// Where the tests keep what is made once per checkout: `BANGER_TEST_HOME`, else
/// `target/test-home`.
pub fn test_home() -> PathBuf {
    let path = std::env::var_os("BANGER_TEST_HOME")
        .map_or_else(|| top().join("target/test-home"), PathBuf::from);
    fs::create_dir_all(&path).expect("the tests' directory can be made");
    path
}

/// A number that changes when a file at or beneath one of the paths does.
pub fn fingerprint(paths: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        hash(&top().join(path), &mut hasher);
    }
    hasher.finish()
}

fn hash(path: &Path, hasher: &mut DefaultHasher) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("the sources can be read");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().for_each(|path| hash(path, hasher));
    } else {
        // As seen from the top: a moved or copied checkout keeps what it made.
        path.strip_prefix(top()).unwrap_or(path).hash(hasher);
        fs::read(path).expect("a source can be read").hash(hasher);
    }
}
