//! An image of layers goes out as it came.

use std::fs;

use banger_tests::{Home, needs};

use super::{app, copy, inspected, show};

#[test]
fn an_image_of_layers_is_exported_as_it_came() {
    needs!("skopeo");
    let home = Home::bare();
    let (app, at) = (app(), home.scratch());
    app.write(&at.join("layout"));
    home.banger("image import layout --name app").run().ok();
    // A sweep leaves all of it, the configuration too.
    home.banger("image prune --older-than 1h").run().ok();
    home.banger("image export app -o app.tar").run().ok();
    let archive = at.join("app.tar");
    let told = inspected(&archive, "oci-archive");
    assert_eq!(told["Digest"], app.manifest.digest);
    copy(
        &format!("oci-archive:{}", archive.display()),
        &format!("oci:{}:again", at.join("again").display()),
    );
    for blob in app.blobs() {
        let hex = blob.digest.strip_prefix("sha256:").unwrap();
        let copied = fs::read(at.join("again/blobs/sha256").join(hex)).unwrap();
        assert!(copied == blob.bytes, "{} changed", blob.media_type);
    }
    // What comes back is the same image, under the name that the archive says.
    home.banger("image tag app org/app:2").run().ok();
    home.banger("image delete app").run().ok();
    home.banger("image export org/app:2 -o app.tar").run().ok();
    home.banger("image delete org/app:2").run().ok();
    home.banger("image import app.tar").run().ok();
    assert_eq!(show(&home, "org/app:2")["digest"], app.manifest.digest);
    assert_eq!(
        fs::read_dir(&at).unwrap().count(),
        3,
        "something is left beside it"
    );
}
