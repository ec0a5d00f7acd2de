//! From an archive to a root file system: what it is, its image or its tree, its name.

use std::io::{Cursor, Read};

use banger_api::{ErrorCode, ImageSource, Problem};
use banger_oci::local::{self, Local};

use super::{
    ImageRecord, Images,
    convert::{self, Converted},
    flatten::Flattening,
    prune, pull,
    watched::watched,
};
use crate::{
    error,
    operation::Reporter,
    shelf::{Artifact, Place, Product, ShelfError, There, Turn},
};

/// An archive on its way in.
pub struct Archive {
    /// Its bytes, packed or not.
    pub tar: Box<dyn Read + Send>,
    /// Where its name comes from.
    pub naming: Naming,
}

/// Where an imported image's name comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Naming {
    /// It was asked for.
    Given,
    /// From the archive, or else it is this one, or else there is none.
    Found(Option<String>),
}

/// What an archive turned out to be.
pub enum Imported {
    /// A root file system, written.
    Tree(Converted),
    /// An image of layers.
    Image(Box<Product<ImageRecord>>),
}

/// Makes an image of a root file system tar, an OCI archive, or what `docker save` writes;
/// its first bytes tell which it is.
pub async fn import(
    images: &Images,
    archive: Archive,
    place: Place<'_>,
    there: &There<ImageRecord>,
    reporter: &Reporter,
) -> Result<Imported, Problem> {
    let Archive { tar, naming } = archive;
    reporter.stage("reading the archive");
    let (is_image, tar) = watched(reporter, move |_, _| recognize(tar)).await?;
    if is_image {
        let product = image(images, tar, &naming, place, there, reporter).await?;
        return Ok(Imported::Image(Box::new(product)));
    }
    name(place, there, &naming, None)?;
    reporter.stage("writing the root file system");
    convert::tar_to_ext4(tar, place.directory, images.capacity, reporter)
        .await
        .map(Imported::Tree)
}

/// Whether it is an image, and the whole of it again. A failure to read comes again, too.
fn recognize(mut tar: Box<dyn Read + Send>) -> (bool, Box<dyn Read + Send>) {
    let mut start = Vec::new();
    let read = (&mut tar).take(local::START as u64).read_to_end(&mut start);
    let is_image = local::is_image(&start);
    let rest: Box<dyn Read + Send> = match read {
        Ok(_) => tar,
        Err(error) => Box::new(Failed(Some(error))),
    };
    (is_image, Box::new(Cursor::new(start).chain(rest)))
}

/// Fails, once.
struct Failed(Option<std::io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

async fn image(
    images: &Images,
    tar: Box<dyn Read + Send>,
    naming: &Naming,
    place: Place<'_>,
    there: &There<ImageRecord>,
    reporter: &Reporter,
) -> Result<Product<ImageRecord>, Problem> {
    let made = from_layers(images, tar, naming, place, there, reporter).await;
    // Blobs that are not of the image, and all of one that came to nothing.
    let items = there.borrow().clone();
    prune::sweep(items, &images.registries.blobs, prune::PARTIAL_AGE).await;
    made
}

async fn from_layers(
    images: &Images,
    tar: Box<dyn Read + Send>,
    naming: &Naming,
    place: Place<'_>,
    there: &There<ImageRecord>,
    reporter: &Reporter,
) -> Result<Product<ImageRecord>, Problem> {
    let registries = &images.registries;
    let blobs = registries.blobs.clone();
    let reading = watched(reporter, move |tell, cancel| {
        // What stands after the archive's end is taken too: whoever writes it is not to
        // break on a closed pipe.
        let mut tar = tar;
        let local = local::read(&mut tar, &blobs, tell, cancel);
        if local.is_ok() {
            let _ = std::io::copy(&mut tar, &mut std::io::sink());
        }
        local
    });
    let local = reading.await?.map_err(|source| error::local(&source))?;
    let Local {
        image,
        name: called,
        hold,
    } = local;
    name(place, there, naming, called.as_deref())?;
    let digest = image.digest.to_string();
    let turn = registries.converting.enter(&digest);
    let turn = reporter.cancelled().run_until_cancelled(turn).await;
    let turn = turn.ok_or_else(error::cancelled)?;
    if let Some(id) = pull::same(there, &image) {
        return Ok(Product::Same(id));
    }
    let source = ImageSource::OciArchive { reference: called };
    let (capacity, registries) = (images.capacity, &images.registries);
    let flattening = Flattening::new(&registries.blobs, &image, capacity);
    let record = pull::make(flattening, &image, source, place, reporter).await?;
    Ok(Product::New(record, Some(Turn::new((turn, hold)))))
}

/// Settles the name: early, so that what could not be kept is not made.
fn name(
    place: Place<'_>,
    there: &There<ImageRecord>,
    naming: &Naming,
    called: Option<&str>,
) -> Result<(), Problem> {
    let Naming::Found(suggested) = naming else {
        return Ok(());
    };
    let Some(found) = called.or(suggested.as_deref()) else {
        let detail = "the archive does not say what its image is called";
        return Err(Problem::new(ErrorCode::InvalidValue, detail)
            .with_hint("give the `name` that it gets, on the command line `--name`"));
    };
    let noun = Images::NOUN;
    Images::check_name(found).map_err(|rule| {
        error::shelf::<Images>(ShelfError::BadName {
            noun,
            name: found.to_owned(),
            rule,
        })
    })?;
    let there = there.borrow();
    if there.iter().any(|item| item.record.names.contains(found)) {
        let name = found.to_owned();
        let problem = error::shelf::<Images>(ShelfError::NameTaken { noun, name });
        return Err(problem);
    }
    // Only set here, and once.
    let _ = place.found_name.set(found.to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_at_is_read_again() {
        let text: Vec<u8> = (0..local::START + 100).map(|n| n as u8).collect();
        let (is_image, mut again) = recognize(Box::new(Cursor::new(text.clone())));
        let mut whole = Vec::new();
        again.read_to_end(&mut whole).unwrap();
        assert!(!is_image && whole == text);
        let failing = Cursor::new(b"abc").chain(Failed(Some(std::io::Error::other("gone"))));
        let (_, mut again) = recognize(Box::new(failing));
        let mut whole = Vec::new();
        assert!(again.read_to_end(&mut whole).is_err());
        assert_eq!(whole, b"abc");
    }
}
