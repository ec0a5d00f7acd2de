//! Archives that GNU tar wrote itself, in each of its formats.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::support::{Image, import};

fn tar(directory: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("tar")
        .arg("-C")
        .arg(directory)
        .args(["-c", "--numeric-owner"])
        .args(arguments)
        .arg(".")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

fn sparse_tree() -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    let file = File::create(tree.path().join("sparse")).unwrap();
    // More stretches than an inode and an old header hold.
    for index in 0..40u64 {
        file.write_all_at(&[index as u8 + 1; 5000], index * 65_536)
            .unwrap();
    }
    file.set_len(10 << 20).unwrap();
    File::create(tree.path().join("hole"))
        .unwrap()
        .set_len(1 << 20)
        .unwrap();
    tree
}

fn sparse_is_right(image: &Image) {
    let found = image.read();
    let mut expected = vec![0; 10 << 20];
    for index in 0..40 {
        expected[index * 65_536..][..5000].fill(index as u8 + 1);
    }
    let sparse = &found[&b"sparse"[..]];
    assert!(sparse.data == expected);
    // 40 stretches of two blocks, and one block of the extent tree.
    assert!(sparse.sectors <= (40 * 2 + 1) * 8, "{}", sparse.sectors);
    assert!(found[&b"hole"[..]].data == vec![0; 1 << 20]);
    assert_eq!(found[&b"hole"[..]].sectors, 0);
}

#[test]
fn sparse_files_in_every_form() {
    let tree = sparse_tree();
    for arguments in [
        ["--format=gnu", "--sparse", "--sparse-version=1.0"],
        ["--format=pax", "--sparse", "--sparse-version=0.0"],
        ["--format=pax", "--sparse", "--sparse-version=0.1"],
        ["--format=pax", "--sparse", "--sparse-version=1.0"],
    ] {
        let image = import(&tar(tree.path(), &arguments)).unwrap();
        sparse_is_right(&image);
    }
}

#[test]
fn names_and_links_in_every_format() {
    let tree = tempfile::tempdir().unwrap();
    let name = "n".repeat(90);
    fs::create_dir(tree.path().join(&name)).unwrap();
    fs::write(tree.path().join(&name).join("file"), "content").unwrap();
    fs::hard_link(
        tree.path().join(&name).join("file"),
        tree.path().join("again"),
    )
    .unwrap();
    symlink("l".repeat(90), tree.path().join("link")).unwrap();
    for format in ["v7", "oldgnu", "gnu", "ustar", "posix"] {
        let image = import(&tar(tree.path(), &[&format!("--format={format}")])).unwrap();
        let found = image.read();
        assert_eq!(found.len(), 5, "{format}");
        assert_eq!(found[&b"again"[..]].data, b"content");
        assert_eq!(found[&b"again"[..]].links, 2);
        assert_eq!(found[&b"link"[..]].data, "l".repeat(90).as_bytes());
    }
}
