//! A root file system without layers goes out and comes back the same.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::Path,
};

use banger_tests::{
    Banger, Home,
    archive::{self, Archive},
    needs,
    registry::Blob,
};
use serde_json::Value;

use super::{copy, inspected, show};

/// Every path below a directory with what tells it apart.
fn tree(root: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let of = path.symlink_metadata().unwrap();
            let content = if of.is_dir() {
                // tar is not strict about their times.
                directories.push(path.clone());
                String::new()
            } else if of.is_symlink() {
                fs::read_link(&path).unwrap().display().to_string()
            } else if of.file_type().is_char_device() {
                of.rdev().to_string()
            } else {
                let bytes = Blob::new("", fs::read(&path).unwrap());
                format!("{} {} {}", of.mtime(), of.nlink(), bytes.digest)
            };
            let name = path.strip_prefix(root).unwrap().display().to_string();
            let about = format!("{:o} {} {} {content}", of.mode(), of.uid(), of.gid());
            all.insert(name, about);
        }
    }
    all
}

#[test]
fn a_root_file_system_goes_out_and_comes_back_the_same() {
    needs!(vms, "skopeo", "umoci", "tar");
    let home = Home::new();
    let at = home.scratch();
    let long = format!("srv/{}", "n".repeat(90));
    let more = Archive::default()
        .file(&long, "long\n", 0o4711)
        .hard_link("srv/other", &long)
        .symlink("srv/far", &"t/".repeat(48))
        .device("dev/null", 1, 3)
        .finish();
    // Two archives in one, the first without its end.
    let mut tar = archive::busybox();
    tar.truncate(tar.len() - 1024);
    tar.extend(more);
    fs::write(at.join("rootfs.tar"), &tar).unwrap();
    home.banger("image import rootfs.tar --name first")
        .run()
        .ok();
    home.banger("image export first -o first.tar").run().ok();
    let archive = at.join("first.tar");
    let told = inspected(&archive, "oci-archive");
    assert_eq!(told["Architecture"], "amd64");
    assert_eq!(told["Layers"].as_array().unwrap().len(), 1);
    // Others unpack the tree that tar does.
    copy(
        &format!("oci-archive:{}", archive.display()),
        &format!("oci:{}:one", at.join("layout").display()),
    );
    let unpack = ["unpack", "--image", "layout:one", "bundle"];
    Banger::call("umoci").args(unpack).dir(&at).run().ok();
    fs::create_dir(at.join("tree")).unwrap();
    let extract = ["-xpf", "rootfs.tar", "-C", "tree", "--numeric-owner"];
    Banger::call("tar").args(extract).dir(&at).run().ok();
    let (by_umoci, by_tar) = (tree(&at.join("bundle/rootfs")), tree(&at.join("tree")));
    for (path, about) in &by_tar {
        assert_eq!(by_umoci.get(path), Some(about), "{path}");
    }
    assert_eq!(by_umoci.len(), by_tar.len());

    // Back again it is an image of one layer, which goes out bit for bit from then on.
    home.banger("image import first.tar --name second")
        .run()
        .ok();
    let (first, second) = (show(&home, "first"), show(&home, "second"));
    assert_eq!(second["digest"], told["Digest"]);
    let entries = |image: &Value| image["entries"].as_u64().unwrap();
    // The root directory has an entry of its own there.
    assert_eq!(entries(&second), entries(&first) + 1);
    home.banger("image export second -o second.tar").run().ok();
    assert_eq!(
        inspected(&at.join("second.tar"), "oci-archive")["Digest"],
        told["Digest"]
    );
    // The same image makes the same archive, to a file or a pipe.
    let piped = at.join("piped.tar");
    let banger = home.banger("image export first").start();
    let out = banger.wait_with_output().unwrap();
    fs::write(&piped, &out.stdout).unwrap();
    assert!(fs::read(&piped).unwrap() == fs::read(&archive).unwrap());

    let script = "stat -c '%a %h' /srv/other; cat /srv/n*; ls -l /dev/null | cut -c1";
    let ran = home
        .banger("vm run --rm --image second -- sh -c")
        .args([script])
        .run();
    assert_eq!(ran.ok().out(), "4711 2\nlong\nc\n");
    let ran = home.banger("vm run --rm --image second -- id -u").run();
    assert_eq!(ran.ok().out(), "0\n");
}
