//! Each kind of archive boots as it would run.

use std::{fs, path::Path, time::Duration};

use banger_tests::{Home, needs, registry::ImageLayout, residue::eventually};

use super::{COMMAND, app, blobs, copy, show};

const SAYS: &str = "hello there from /srv\nfrom above\ngroup\npasswd\n";

/// What the app says in a VM. The kernel's names in /etc are those that each VM gets.
fn says(home: &Home, image: &str) -> String {
    let ran = home.banger("vm run --rm --image").args([image]).run();
    let out = ran.ended_with(7).out();
    let own = ["hostname", "hosts", "resolv.conf"];
    let lines = out.lines().filter(|line| !own.contains(line));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_layout_an_archive_and_a_saved_image_each_boot_as_they_would_run() {
    needs!(vms, "skopeo");
    let home = Home::new();
    let (app, at) = (app(), home.scratch());
    let layout = at.join("layout");
    app.write(&layout);
    let from = format!("oci:{}:latest", layout.display());
    let archive = at.join("archive.tar");
    copy(
        &from,
        &format!("oci-archive:{}:org/app:oci", archive.display()),
    );
    // Docker knows no zstd.
    ImageLayout::app(COMMAND, None, "gzip").write(&at.join("gzip"));
    let from = format!("oci:{}:latest", at.join("gzip").display());
    let saved = at.join("saved.tar");
    copy(
        &from,
        &format!("docker-archive:{}:org/app:saved", saved.display()),
    );

    // From standard input, as of `docker save`; named by what it says itself.
    let bytes = fs::read(&saved).unwrap();
    let imported = home.banger("image import -").input(bytes).run().ok();
    assert!(
        imported.err().contains("org/app:saved"),
        "{}",
        imported.err()
    );
    assert_eq!(says(&home, "org/app:saved"), SAYS);
    let of_saved = show(&home, "org/app:saved");
    assert_eq!(of_saved["source"]["type"], "oci_archive");
    assert_eq!(of_saved["config"]["working_dir"], "/srv");
    assert_eq!(of_saved["layers"].as_array().unwrap().len(), 2);

    let import = |path: &Path| home.banger("image import").args([path]);
    import(&archive).run().ok();
    assert_eq!(says(&home, "org/app:oci"), SAYS);
    // The directory's tag is no name: the directory has one. It is the same image.
    import(&layout).run().ok();
    assert_eq!(says(&home, "layout"), SAYS);
    let (of_archive, of_layout) = (show(&home, "org/app:oci"), show(&home, "layout"));
    assert_eq!(of_layout["digest"], app.manifest.digest);
    assert_eq!(of_layout["id"], of_archive["id"]);
    assert_eq!(of_layout["entries"], of_saved["entries"]);

    // A name is not taken away from another.
    import(&archive)
        .run()
        .ended_with(1)
        .complaining(&["org/app:oci", "already"]);
    import(&archive).args(["--name", "mine"]).run().ok();
    assert_eq!(show(&home, "mine")["id"], of_layout["id"]);

    // With the last name all goes, layers too.
    for name in ["mine", "layout", "org/app:oci", "org/app:saved"] {
        home.banger("image delete").args([name]).run().ok();
    }
    eventually("the layers go", Duration::from_secs(20), || {
        blobs(&home).is_empty()
    });
}
