//! Images of files that stay where they are, and how those become ours.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use banger_api::{ErrorCode, Image, ImageSource, OperationKind, Problem, RegisterImage};
use banger_ext4::clone_sparse;

use super::{ImageRecipe, ImageRecord, Images, unmanaged::Unmanaged};
use crate::{
    error, id,
    operation::Reporter,
    shelf::{IfThere, Item, ShelfHandle},
    storage::Layout,
};

/// What the directory of a copy that is being made begins with; the next start removes it, as
/// everything on the shelf that no record names.
const COPYING: &str = ".making-copy-";

/// Makes an image of files that stay where they are. One that has the name and is such an
/// image is told of the new files, and keeps its id.
///
/// # Errors
/// When a file cannot be used, or the name is another image's.
pub async fn register(
    images: &ShelfHandle<Images>,
    request: RegisterImage,
) -> Result<Image, Problem> {
    let RegisterImage {
        name,
        rootfs,
        work_seed,
        kernel,
        disk_mib,
    } = request;
    let looking = tokio::task::spawn_blocking(move || {
        Unmanaged::take(Path::new(&rootfs), work_seed.as_deref().map(Path::new))
    });
    let unmanaged = looking.await.map_err(error::aborted)??;
    let there = images
        .item(&name)
        .ok()
        .filter(|item| item.record.names.contains(&name));
    match there {
        Some(item) => {
            let rewrite = move |record: &mut ImageRecord| {
                if record.unmanaged.is_none() {
                    let detail = "the name belongs to an image whose files banger keeps";
                    return Err(Problem::new(ErrorCode::ImageNameTaken, detail).with_hint(
                        "choose another name, or remove it first: `banger image delete`",
                    ));
                }
                take_over(record, unmanaged, kernel, disk_mib);
                Ok(())
            };
            let item = images.rewrite(&item.record.id, rewrite).await?;
            Ok(images.artifact().shown(&item))
        }
        None => {
            let recipe = ImageRecipe::Register {
                unmanaged,
                kernel,
                disk_mib,
            };
            if let Some(work) = images.make(&name, recipe, IfThere::Refuse).await? {
                let reporter = Reporter::shared(OperationKind::ImportImage, &name, "registering");
                let followed = work.follow(&reporter).await;
                reporter.finish(followed.clone());
                followed?;
            }
            Ok(images.artifact().shown(&images.item(&name)?))
        }
    }
}

/// A record says that its files are these.
pub(super) fn take_over(
    record: &mut ImageRecord,
    unmanaged: Unmanaged,
    kernel: Option<String>,
    disk_mib: Option<u64>,
) {
    record.source = ImageSource::Files {
        rootfs: unmanaged.rootfs.path.display().to_string(),
    };
    record.digest = unmanaged.digest();
    record.size = unmanaged.rootfs.size;
    record.created_at = jiff::Timestamp::now();
    record.unmanaged = Some(unmanaged);
    record.kernel = kernel;
    record.disk_mib = disk_mib;
}

/// Copies the files of an image that are not ours, which keeps its id and its names.
///
/// # Errors
/// When they changed, there is no space, or it has been removed meanwhile.
pub async fn promote(
    images: &ShelfHandle<Images>,
    layout: &Layout,
    item: &Item<ImageRecord>,
    reporter: &Reporter,
) -> Result<(), Problem> {
    let Some(unmanaged) = item.record.unmanaged.clone() else {
        return Ok(());
    };
    reporter.stage("copying");
    let image = item.record.id.clone();
    let (rootfs, work_seed) = (layout.image(&image), layout.work_seed(&image));
    let directory = layout.images().join(format!("{COPYING}{}", id::random()));
    let copying = tokio::task::spawn_blocking({
        let (directory, unmanaged) = (directory.clone(), unmanaged.clone());
        move || copy(&unmanaged, &directory, &rootfs, &work_seed)
    });
    let copied = copying.await.map_err(error::aborted)?;
    let removed = fs::remove_dir_all(&directory);
    copied?;
    removed.map_err(|source| error::io(&directory, &source))?;
    if reporter.cancelled().is_cancelled() {
        return Err(error::cancelled());
    }
    let rewrite = move |record: &mut ImageRecord| {
        if record.unmanaged.as_ref() != Some(&unmanaged) {
            let detail = "the image was registered anew meanwhile";
            return Err(
                Problem::new(ErrorCode::ImageFileChanged, detail).with_hint("promote it again")
            );
        }
        record.unmanaged = None;
        Ok(())
    };
    let rewritten = images.rewrite(&image, rewrite).await;
    if rewritten.is_err() {
        for copy in [layout.image(&image), layout.work_seed(&image)] {
            let _ = fs::remove_file(copy);
        }
    }
    rewritten.map(drop)
}

fn copy(
    unmanaged: &Unmanaged,
    directory: &Path,
    rootfs: &Path,
    work_seed: &Path,
) -> Result<(), Problem> {
    unmanaged.check()?;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| error::io(&path, &source)
    };
    fs::create_dir(directory).map_err(failed(directory))?;
    let files = std::iter::once((&unmanaged.rootfs, rootfs))
        .chain(unmanaged.work_seed.as_ref().map(|seed| (seed, work_seed)));
    let mut copies: Vec<(PathBuf, &Path)> = Vec::new();
    for (from, to) in files {
        let copy = directory.join(to.file_name().unwrap_or_default());
        let cloned = clone_sparse(&from.path, &copy);
        cloned.map_err(|source| error::clone(&source))?;
        let synced = fs::File::open(&copy).and_then(|file| file.sync_all());
        synced.map_err(failed(&copy))?;
        copies.push((copy, to));
    }
    // What changed while it was copied is no copy of anything.
    unmanaged.check()?;
    for (copy, to) in copies {
        fs::rename(&copy, to).map_err(failed(to))?;
    }
    Ok(())
}
