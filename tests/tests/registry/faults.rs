//! Pulls from a registry that fails on purpose: what helps is done, what does not is told,
//! and nothing wrong gets into the store.

use std::time::{Duration, Instant};

use banger_oci::{
    digest::Digest,
    manifest::ManifestError,
    registry::{Event, RegistryError},
};
use banger_tests::registry::{Fault, Faulty, ImageLayout, layer_tar};

use crate::puller::{Pulling, block_on};

fn image() -> ImageLayout {
    ImageLayout::new(&[("", layer_tar("a", 2_000_000))])
}

fn failing(fault: Fault) -> (ImageLayout, Faulty, Pulling) {
    let image = image();
    let registry = Faulty::with(&image);
    registry.fail(&image.layers[0].digest, fault);
    let pulling = Pulling::plain(&registry.host());
    (image, registry, pulling)
}

fn name(registry: &Faulty) -> String {
    format!("{}/app:1", registry.host())
}

/// Where each request of the layer began.
fn starts(image: &ImageLayout, registry: &Faulty) -> Vec<Option<usize>> {
    let requests = registry.requests(&image.layers[0].digest);
    requests.iter().map(|request| request.from).collect()
}

#[test]
fn what_breaks_off_goes_on_where_it_was() {
    for fault in [
        Fault::ResetAt(700_000),
        Fault::CloseAt(700_000),
        Fault::StallAt(700_000),
    ] {
        let told = format!("{fault:?}");
        let (image, registry, pulling) = failing(fault);
        let (_, fetched) = pulling.pull(&name(&registry)).unwrap();
        pulling.has_exactly(&image);
        let starts = starts(&image, &registry);
        assert_eq!(starts.len(), 2, "{told}");
        assert!(
            starts[1].is_some_and(|start| start > 0),
            "{told}: {starts:?}"
        );
        assert_eq!(
            fetched.downloaded,
            image.layers[0].bytes.len() as u64,
            "{told}"
        );
        assert!(
            pulling.told(|event| matches!(event, Event::Waiting { .. })),
            "{told}"
        );
    }
}

#[test]
fn a_server_that_fails_once_is_asked_again() {
    for fault in [Fault::Status(503, None, "busy"), Fault::Shorter(1000)] {
        let (image, registry, pulling) = failing(fault);
        pulling.pull(&name(&registry)).unwrap();
        pulling.has_exactly(&image);
    }
}

#[test]
fn a_server_that_always_fails_is_given_up_and_its_part_kept() {
    let (image, registry, pulling) = failing(Fault::CloseAt(100_000));
    for _ in 0..9 {
        registry.fail(&image.layers[0].digest, Fault::CloseAt(0));
    }
    let error = pulling.pull(&name(&registry)).unwrap_err();
    assert!(
        matches!(
            error,
            RegistryError::Broken { .. } | RegistryError::Truncated { .. }
        ),
        "{error}"
    );
    assert_eq!(pulling.files().len(), 1);
    assert!(pulling.files()[0].ends_with(".partial"));
    let asked = starts(&image, &registry).len();
    assert_eq!(asked, 5);
}

#[test]
fn a_server_that_wants_to_be_left_alone_is() {
    let (image, registry, pulling) = failing(Fault::Status(429, Some("1"), "slowly"));
    let start = Instant::now();
    pulling.pull(&name(&registry)).unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
    pulling.has_exactly(&image);
    assert!(
        pulling.told(|event| matches!(event,
        Event::Waiting { delay, reason, .. } if delay.as_secs() == 1 && reason.contains("slowly")))
    );

    let (_, registry, pulling) = failing(Fault::Status(429, Some("3600"), ""));
    let error = pulling.pull(&name(&registry)).unwrap_err();
    assert!(
        matches!(error, RegistryError::TooManyRequests { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("3600 seconds"), "{error}");
}

#[test]
fn wrong_bytes_never_get_into_the_store() {
    let (_, registry, pulling) = failing(Fault::Corrupt);
    let error = pulling.pull(&name(&registry)).unwrap_err();
    assert!(
        matches!(error, RegistryError::DigestMismatch { .. }),
        "{error}"
    );
    assert!(pulling.files().is_empty(), "{:?}", pulling.files());

    let (_, registry, pulling) = failing(Fault::Longer(5));
    let error = pulling.pull(&name(&registry)).unwrap_err();
    assert!(matches!(error, RegistryError::TooLong { .. }), "{error}");
}

#[test]
fn a_damaged_part_of_an_earlier_pull_is_thrown_away() {
    let image = image();
    let registry = Faulty::with(&image);
    let pulling = Pulling::plain(&registry.host());
    let digest: Digest = image.layers[0].digest.parse().unwrap();
    let path = pulling.store().path(&digest);
    std::fs::write(path.with_extension("partial"), vec![7; 1_000_000]).unwrap();
    pulling.pull(&name(&registry)).unwrap();
    pulling.has_exactly(&image);
    assert_eq!(starts(&image, &registry), [Some(1_000_000), None]);
}

#[test]
fn a_part_is_used_also_when_ranges_are_not_understood() {
    for fault in [Fault::IgnoreRange, Fault::WrongRange] {
        let told = format!("{fault:?}");
        let (image, registry, pulling) = failing(Fault::CloseAt(700_000));
        registry.fail(&image.layers[0].digest, fault);
        pulling
            .pull(&name(&registry))
            .unwrap_or_else(|error| panic!("{told}: {error}"));
        pulling.has_exactly(&image);
    }
}

#[test]
fn a_pull_that_is_cancelled_leaves_a_part_for_the_next() {
    let (image, registry, pulling) = failing(Fault::StallAt(700_000));
    let name = name(&registry);
    let cancelled = block_on(async {
        let cancel = pulling.cancel.clone();
        let stop = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            cancel.cancel();
        };
        futures_util::join!(pulling.pull_async(&name), stop).0
    });
    assert!(matches!(cancelled, Err(RegistryError::Cancelled)));
    assert!(pulling.files()[0].ends_with(".partial"));

    let mut pulling = pulling;
    pulling.cancel = tokio_util::sync::CancellationToken::new();
    pulling.pull(&name).unwrap();
    pulling.has_exactly(&image);
    assert!(starts(&image, &registry)[1].is_some_and(|start| start > 0));
}

#[test]
fn each_refusal_has_an_error_of_its_own() {
    let refused = |status, said| {
        let image = image();
        let registry = Faulty::with(&image);
        registry.fail("manifests", Fault::Status(status, None, said));
        Pulling::plain(&registry.host())
            .resolve(&name(&registry))
            .err()
            .unwrap()
    };
    let envelope = r#"{"errors":[{"code":"DENIED","message":"not you"}]}"#;
    let error = refused(403, envelope);
    assert!(matches!(error, RegistryError::Forbidden { .. }), "{error}");
    assert!(error.to_string().ends_with(": not you"), "{error}");
    assert!(matches!(
        refused(401, ""),
        RegistryError::Unauthorized { .. }
    ));
    assert!(matches!(refused(404, ""), RegistryError::NotFound { .. }));
    assert!(matches!(refused(418, ""), RegistryError::Unexpected { .. }));
}

#[test]
fn redirections_are_followed_where_they_lead_somewhere() {
    let image = image();
    let (here, there) = (Faulty::with(&image), Faulty::with(&image));
    let digest = &image.layers[0].digest;
    here.fail(
        digest,
        Fault::Redirect(format!("http://{}/v2/app/blobs/{digest}", there.host())),
    );
    let pulling = Pulling::plain(&here.host());
    pulling.pull(&name(&here)).unwrap();
    pulling.has_exactly(&image);
    assert_eq!(there.requests(digest).len(), 1);

    let (image, registry, pulling) = failing(Fault::Redirect("/loop".into()));
    for _ in 0..20 {
        let at = format!("/v2/app/blobs/{}", image.layers[0].digest);
        registry.fail(&image.layers[0].digest, Fault::Redirect(at));
    }
    let error = pulling.pull(&name(&registry)).unwrap_err();
    assert!(
        matches!(
            error,
            RegistryError::Redirect { .. } | RegistryError::NotFound { .. }
        ),
        "{error}"
    );
}

#[test]
fn what_is_no_image_is_refused_by_name() {
    let refused = |media_type: &str, text: &str| {
        let registry = Faulty::with_manifest(media_type, text.as_bytes());
        match Pulling::plain(&registry.host()).resolve(&name(&registry)) {
            Err(RegistryError::Manifest { problem, .. }) => problem,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("an image"),
        }
    };
    let schema_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    assert_eq!(
        refused(schema_1, r#"{"schemaVersion":1,"fsLayers":[]}"#),
        ManifestError::Schema1
    );
    assert!(matches!(
        refused("text/html", "<p>log in</p>"),
        ManifestError::Malformed { .. }
    ));
}

#[test]
fn a_manifest_without_an_end_is_cut_off() {
    let huge = vec![b' '; 5 << 20];
    let registry = Faulty::with_manifest("application/json", &huge);
    let error = Pulling::plain(&registry.host())
        .resolve(&name(&registry))
        .err()
        .unwrap();
    assert!(matches!(error, RegistryError::TooLong { .. }), "{error}");
}

#[test]
fn a_manifest_by_digest_must_have_it() {
    let image = image();
    let registry = Faulty::with(&image);
    registry.fail("manifests", Fault::Corrupt);
    let by_digest = format!("{}/app@{}", registry.host(), image.manifest.digest);
    let error = Pulling::plain(&registry.host())
        .resolve(&by_digest)
        .err()
        .unwrap();
    assert!(
        matches!(error, RegistryError::DigestMismatch { .. }),
        "{error}"
    );
}
