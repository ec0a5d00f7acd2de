//! Several layers are unpacked at once.

use std::io;
use std::sync::atomic::AtomicBool;

use banger_oci::flatten::{FlattenError, Limits, write};

use crate::flat;
use crate::tar::{Member, tar};

/// More layers than are open at once, each with more than waits between two threads.
fn layers() -> Vec<Vec<u8>> {
    let layer = |number: u8| {
        let files = (0..40).map(|file| {
            let data = vec![number; 10_000 * (usize::from(number) + file)];
            Member::file(format!("{file}/{number}"), data)
        });
        tar(&files.collect::<Vec<_>>())
    };
    (0..7).map(layer).collect()
}

#[test]
fn the_same_layers_make_the_same_file() {
    let directory = tempfile::tempdir().unwrap();
    let layers = layers();
    let images = ["one", "two"].map(|name| directory.path().join(name));
    for image in &images {
        let written = flat::flatten(&layers, image).unwrap();
        assert_eq!(written.summary.entries, 7 * 40 + 40);
    }
    let [one, two] = images.map(|image| std::fs::read(image).unwrap());
    assert!(one == two);
}

#[test]
fn an_error_ends_all_of_them_and_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let image = directory.path().join("image");
    let layers = layers();
    let plan = flat::plan(&layers).unwrap();
    let error = write(
        &plan,
        |layer| match layer {
            // It was another one when it was indexed.
            3 => Ok(&layers[3][..10 * 512]),
            5.. => Err(io::Error::other("gone")),
            _ => Ok(layers[layer].as_slice()),
        },
        &image,
        &plan.options(),
        &Limits::default(),
        &mut |_| {},
        &AtomicBool::new(false),
    );
    let error = error.unwrap_err();
    assert!(
        matches!(
            error,
            FlattenError::Layer { layer: 3, .. } | FlattenError::Member { layer: 3, .. }
        ),
        "{error}"
    );
    assert!(!image.exists());
}
