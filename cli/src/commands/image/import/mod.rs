//! `banger image import`.
//!
//! `layout.rs` lists a directory that holds an image.

mod layout;

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use banger_api::name::check_artifact_name;

use crate::{
    archive::{ArchiveError, Entry, Writer},
    args::image::ImportArguments,
    context::Context,
    error::CliError,
    exit_status::ExitStatus,
    progress::Progress,
};

/// How much is read at once, in bytes.
const PIECE: usize = 128 * 1024;

/// Makes an image of an archive, from a file, a directory or standard input.
///
/// # Errors
/// When the name is taken, the file cannot be read, or the archive is bad.
pub async fn run(context: &Context, arguments: &ImportArguments) -> Result<ExitStatus, CliError> {
    let (source, total) = Source::open(&arguments.file)?;
    let client = context.client().await?;
    let (name, fallback) = (arguments.name.as_deref(), from_file(&arguments.file));
    let path = PathBuf::from(&arguments.file);
    let (report, mut reports) = tokio::sync::watch::channel(0);
    let (stream, worker) = banger_pipe::produce(move |pipe| {
        source.send(pipe, |bytes| report.send_modify(|done| *done += bytes))
    });
    let mut progress = Progress::new(context.printer);
    let importing = client.import_image(name, fallback.as_deref(), arguments.size, stream);
    let mut importing = std::pin::pin!(importing);
    let text = match name.or(fallback.as_deref()) {
        Some(name) => format!("importing {name}"),
        None => "importing".to_owned(),
    };
    let imported = loop {
        tokio::select! {
            imported = &mut importing => break imported,
            Ok(()) = reports.changed() => {
                let done = *reports.borrow_and_update();
                progress.bytes(&text, done, total);
            }
        }
    };
    drop(progress);
    match imported {
        Ok(operation) => {
            let name = operation.target;
            context.printer.note(format!("image {name} can be used"));
            Ok(ExitStatus::Success)
        }
        // A reader that failed knows better why.
        Err(error) => match banger_pipe::reason(worker).await {
            Some(source) => Err(CliError::File { path, source }),
            None => Err(error.into()),
        },
    }
}

/// Where an archive comes from.
enum Source {
    /// A file, or standard input.
    Stream(Box<dyn Read + Send>),
    /// A directory's files, which become one.
    Files(Vec<Entry>),
}

impl Source {
    /// With its length in bytes, where that is known.
    fn open(file: &str) -> Result<(Self, Option<u64>), CliError> {
        if file == "-" {
            return Ok((Self::Stream(Box::new(io::stdin())), None));
        }
        let path = Path::new(file);
        let failed = |source| CliError::File {
            path: path.to_owned(),
            source,
        };
        let of = fs::metadata(path).map_err(failed)?;
        if of.is_dir() {
            let (entries, total) = layout::list(path)?;
            return Ok((Self::Files(entries), Some(total)));
        }
        let total = of.is_file().then_some(of.len());
        let file = File::open(path).map_err(failed)?;
        Ok((Self::Stream(Box::new(file)), total))
    }

    fn send(self, pipe: &mut banger_pipe::PipeWriter, mut sent: impl FnMut(u64)) -> io::Result<()> {
        match self {
            Self::Stream(mut from) => {
                let mut room = vec![0; PIECE];
                loop {
                    let length = match from.read(&mut room)? {
                        0 => return Ok(()),
                        length => length,
                    };
                    // Nobody takes it: the daemon says why.
                    let piece = room.get(..length).unwrap_or_default();
                    if pipe.write_all(piece).is_err() {
                        return Ok(());
                    }
                    sent(length as u64);
                }
            }
            Self::Files(entries) => {
                let mut writer = Writer::new(pipe, sent);
                let written = writer.all(&entries).and_then(|()| writer.finish());
                match written {
                    Ok(()) | Err(ArchiveError::Send(_)) => Ok(()),
                    Err(error @ ArchiveError::Gone(_)) => Err(io::Error::other(error)),
                    Err(ArchiveError::Read { path, source }) => {
                        let text = format!("{}: {source}", path.display());
                        Err(io::Error::new(source.kind(), text))
                    }
                }
            }
        }
    }
}

/// `dir/Root-FS.tar.gz` gives `root-fs`.
fn from_file(path: &str) -> Option<String> {
    let mut name = Path::new(path).file_name()?.to_str()?.to_ascii_lowercase();
    for ending in [".gz", ".xz", ".zst", ".zstd", ".tgz", ".txz", ".tar"] {
        if let Some(stem) = name.strip_suffix(ending) {
            name = stem.to_owned();
        }
    }
    check_artifact_name(&name).ok().map(|()| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_name_their_images() {
        let rows = [
            ("dir/Root-FS.tar.gz", Some("root-fs")),
            ("alpine-3.20.tgz", Some("alpine-3.20")),
            ("a.tar.zst", Some("a")),
            (".tar", None),
            ("My Image.tar", None),
            ("-", None),
        ];
        for (path, name) in rows {
            assert_eq!(from_file(path).as_deref(), name, "{path}");
        }
    }
}
