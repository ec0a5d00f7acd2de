//! `banger image import`.

use std::{fs::File, io::Read, path::Path};

use banger_api::name::check_artifact_name;

use crate::{
    args::image::ImportArguments, context::Context, error::CliError, exit_status::ExitStatus, pipe,
    progress::Progress,
};

/// How much is read at once, in bytes.
const PIECE: usize = 128 * 1024;

/// Makes an image of a root file system tar, from a file or standard input.
///
/// # Errors
/// When the name is taken, the file cannot be read, or the archive is bad.
pub async fn run(context: &Context, arguments: &ImportArguments) -> Result<ExitStatus, CliError> {
    let name = name(arguments)?;
    let client = context.client().await?;
    let path = Path::new(&arguments.file).to_owned();
    let failed = |source| CliError::File {
        path: path.clone(),
        source,
    };
    let (mut from, total): (Box<dyn Read + Send>, _) = if arguments.file == "-" {
        (Box::new(std::io::stdin()), None)
    } else {
        let file = File::open(&path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        (Box::new(file), Some(size))
    };
    let (report, mut reports) = tokio::sync::watch::channel(0);
    let (stream, worker) = pipe::produce(move |pipe| {
        let mut room = vec![0; PIECE];
        loop {
            let length = match from.read(&mut room)? {
                0 => return Ok(()),
                length => length,
            };
            // Nobody takes it: the daemon says why.
            let piece = room.get(..length).unwrap_or_default();
            if std::io::Write::write_all(pipe, piece).is_err() {
                return Ok(());
            }
            report.send_modify(|done| *done += length as u64);
        }
    });
    let mut progress = Progress::new(context.printer);
    let importing = client.import_image(&name, stream);
    let mut importing = std::pin::pin!(importing);
    let imported = loop {
        tokio::select! {
            imported = &mut importing => break imported,
            Ok(()) = reports.changed() => {
                let done = *reports.borrow_and_update();
                progress.bytes(&format!("importing {name}"), done, total);
            }
        }
    };
    drop(progress);
    if let Err(error) = imported {
        // A reader that failed knows better why.
        return match pipe::reason(worker).await {
            Some(reason) => Err(failed(reason)),
            None => Err(error.into()),
        };
    }
    context.printer.note(format!("image {name} can be used"));
    Ok(ExitStatus::Success)
}

fn name(arguments: &ImportArguments) -> Result<String, CliError> {
    let hint = "name it: --name my-image";
    match &arguments.name {
        Some(name) => Ok(name.clone()),
        None if arguments.file == "-" => Err(CliError::usage(
            "standard input has no name for an image",
            hint,
        )),
        None => from_file(&arguments.file).ok_or_else(|| {
            let message = format!("{} makes no name for an image", arguments.file);
            CliError::usage(message, hint)
        }),
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
        ];
        for (path, name) in rows {
            assert_eq!(from_file(path).as_deref(), name, "{path}");
        }
    }
}
