//! Images that can go.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use banger_api::{Image, Problem, PruneImages, PrunedImages};
use banger_oci::{
    blobs::BlobStore,
    digest::Digest,
    manifest::{ImageManifest, MAX_MANIFEST},
};
use jiff::{SignedDuration, Timestamp};

use super::{ImageRecord, Images};
use crate::shelf::{Item, ShelfHandle};

/// How long what is left of an interrupted download is kept for the next attempt.
pub const PARTIAL_AGE: Duration = Duration::from_secs(7 * 86_400);

/// Removes what is asked for, or tells what that would be.
///
/// # Errors
/// When the store fails.
pub async fn prune(
    images: &ShelfHandle<Images>,
    blobs: &BlobStore,
    request: &PruneImages,
) -> Result<PrunedImages, Problem> {
    let items = images.items();
    let mut ids = choose(&items, request, Timestamp::now());
    if !request.dry_run {
        // A VM may have taken one meanwhile: only what went is told.
        let gone = images.prune(ids).await?;
        ids = gone.into_iter().map(|record| record.id).collect();
    }
    let chosen = items.iter().filter(|item| ids.contains(&item.record.id));
    let chosen: Vec<Image> = chosen.map(|item| images.artifact().shown(item)).collect();
    let mut freed = chosen.iter().map(|image| image.size).sum();
    if !request.dry_run {
        freed += sweep_layers(images, blobs, Duration::ZERO).await;
    }
    Ok(PrunedImages {
        images: chosen,
        freed,
    })
}

/// Removes the layers that no image has, and tells how many bytes they took; what
/// interrupted downloads left, when it is older than `partial_age`.
pub async fn sweep_layers(
    images: &ShelfHandle<Images>,
    blobs: &BlobStore,
    partial_age: Duration,
) -> u64 {
    sweep(images.items(), blobs, partial_age).await
}

/// The same, where what is there is known.
pub async fn sweep(
    items: Arc<Vec<Item<ImageRecord>>>,
    blobs: &BlobStore,
    partial_age: Duration,
) -> u64 {
    let blobs = blobs.clone();
    let swept = tokio::task::spawn_blocking(move || {
        let digests = items.iter().flat_map(|item| digests(&item.record, &blobs));
        blobs.sweep(&digests.collect(), partial_age)
    });
    match swept.await {
        Ok(Ok(swept)) => swept.bytes,
        Ok(Err(error)) => {
            tracing::warn!(%error, "layers that no image has are left");
            0
        }
        Err(_) => 0,
    }
}

/// Everything that the layers' store may hold of an image. Its configuration is named by its
/// manifest only.
fn digests(record: &ImageRecord, blobs: &BlobStore) -> Vec<Digest> {
    if record.layers.is_empty() {
        // Its digest is that of an archive, which is not kept.
        return Vec::new();
    }
    let layers = record.layers.iter().map(|layer| layer.digest.as_str());
    let mut digests: Vec<Digest> = layers
        .chain([record.digest.as_str()])
        .filter_map(|digest| digest.parse().ok())
        .collect();
    let bytes = digests
        .last()
        .and_then(|digest| blobs.read(digest, MAX_MANIFEST).ok());
    let manifest = bytes.and_then(|bytes| ImageManifest::parse(&bytes).ok());
    digests.extend(manifest.map(|manifest| manifest.config.digest));
    digests
}

/// Pure: the ids of what goes.
fn choose(items: &[Item<ImageRecord>], request: &PruneImages, now: Timestamp) -> BTreeSet<String> {
    let age = i64::try_from(request.older_than_seconds).unwrap_or(i64::MAX);
    let old_enough = |item: &&Item<ImageRecord>| {
        now.duration_since(item.record.created_at) >= SignedDuration::from_secs(age)
    };
    let mut candidates: Vec<_> = items
        .iter()
        .filter(|item| item.used_by.is_empty())
        // Nothing would be freed, and nobody could fetch it again.
        .filter(|item| item.record.unmanaged.is_none())
        .filter(old_enough)
        .collect();
    candidates.sort_by_key(|item| item.record.created_at);
    let mut kept: u64 = items.iter().map(|item| item.record.size).sum();
    let mut chosen = BTreeSet::new();
    for item in candidates {
        if request.keep_bytes.is_some_and(|limit| kept <= limit) {
            break;
        }
        kept = kept.saturating_sub(item.record.size);
        chosen.insert(item.record.id.clone());
    }
    chosen
}

#[cfg(test)]
mod tests {
    use banger_api::{ImageConfig, ImageSource};

    use super::*;

    fn item(id: &str, age_seconds: i64, size: u64, used: bool) -> Item<ImageRecord> {
        Item {
            record: ImageRecord {
                id: id.to_owned(),
                names: BTreeSet::new(),
                source: ImageSource::Archive,
                digest: String::new(),
                layers: Vec::new(),
                config: ImageConfig::default(),
                users: Vec::new(),
                unmanaged: None,
                kernel: None,
                disk_mib: None,
                size,
                entries: 0,
                created_at: now() - SignedDuration::from_secs(age_seconds),
            },
            used_by: if used {
                vec!["box".to_owned()]
            } else {
                Vec::new()
            },
        }
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_700_000_000).unwrap()
    }

    fn chosen(request: &PruneImages) -> Vec<String> {
        let items = [
            item("young", 10, 5, false),
            item("old", 100, 7, false),
            item("used", 1000, 11, true),
        ];
        choose(&items, request, now()).into_iter().collect()
    }

    #[test]
    fn what_is_used_stays() {
        assert_eq!(chosen(&PruneImages::default()), ["old", "young"]);
    }

    #[test]
    fn what_is_young_stays_when_asked() {
        let request = PruneImages {
            older_than_seconds: 50,
            ..PruneImages::default()
        };
        assert_eq!(chosen(&request), ["old"]);
        let request = PruneImages {
            older_than_seconds: u64::MAX,
            ..PruneImages::default()
        };
        assert!(chosen(&request).is_empty());
    }

    #[test]
    fn the_oldest_go_until_the_rest_is_small_enough() {
        for (limit, gone) in [(23, vec![]), (22, vec!["old"]), (15, vec!["old", "young"])] {
            let request = PruneImages {
                keep_bytes: Some(limit),
                ..PruneImages::default()
            };
            assert_eq!(chosen(&request), gone, "{limit}");
        }
    }
}
