//! Empty disks.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::{Duration, Instant};

use banger_ext4::Template;

use crate::support::check;

#[test]
fn a_template_of_8_gib_is_small_clean_and_cloned_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("8g.ext4");
    let template = Template::ensure(&path, 8 << 30).unwrap();
    assert_eq!(template.path(), path);
    let disk = directory.path().join("disk");
    let start = Instant::now();
    template.clone_to(&disk).unwrap();
    // Milliseconds; the limit only tells a sparse copy from one of 8 GiB.
    assert!(start.elapsed() < Duration::from_secs(2));
    for file in [&path, &disk] {
        let metadata = file.metadata().unwrap();
        assert_eq!(metadata.len(), 8 << 30);
        assert!(metadata.blocks() * 512 < 8 << 20, "{}", metadata.blocks());
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
    check(&disk);
    assert!(template.clone_to(&disk).is_err());
}

#[test]
fn many_at_once_make_one_template() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("disk.ext4");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| Template::ensure(&path, 64 << 20).unwrap());
        }
    });
    check(&path);
    assert_eq!(directory.path().read_dir().unwrap().count(), 1);
}
