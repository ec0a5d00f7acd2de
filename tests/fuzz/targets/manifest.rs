//! What registries answer: indexes, manifests, configurations.

#![no_main]

use banger_oci::{
    digest::Digest,
    manifest::{Document, Image, ImageConfig, Index, MAX_LAYERS},
    reference::Reference,
};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    banger_fuzz::mutate_json(data, 0, size, max_size, seed)
});

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        if let Ok(reference) = text.parse::<Reference>() {
            // What is shown of one can be typed again.
            let shown = reference.to_string();
            assert_eq!(
                shown.parse::<Reference>().as_ref(),
                Ok(&reference),
                "{shown}"
            );
        }
        if let Ok(digest) = text.parse::<Digest>() {
            assert_eq!(digest.to_string(), text);
        }
    }
    if let Ok(index) = Index::parse(data) {
        let _ = index.choose();
    }
    if let Ok(config) = ImageConfig::parse(data) {
        let _ = config.check_platform();
    }
    // A manifest and its configuration, one after the other.
    let middle = data
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(data.len());
    let (manifest, config) = data.split_at(middle);
    for content_type in [None, Some("application/vnd.oci.image.manifest.v1+json")] {
        if let Ok(Document::Image(image)) = Document::parse(content_type, manifest) {
            assert!(image.layers.len() <= MAX_LAYERS);
            let _ = image.layer_bytes();
            let digest = Digest::of(manifest);
            let bytes = manifest.to_vec().into();
            let config = config.get(1..).unwrap_or_default().to_vec().into();
            if let Ok(image) = Image::new(digest, *image, bytes, config) {
                assert_eq!(image.config.diff_ids.len(), image.manifest.layers.len());
            }
        }
    }
});
