//! `banger image export`.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};

use futures_util::TryStreamExt;

use crate::{
    args::image::ExportArguments, context::Context, error::CliError, exit_status::ExitStatus,
    progress::Progress, signals::Signals,
};

/// How much is written at once, in bytes.
const PIECE: usize = 128 * 1024;

/// Writes an image as an OCI archive, to a file or standard output.
///
/// # Errors
/// When there is no such image, standard output is a terminal, the file cannot be written, or
/// the stream breaks off; no file is left then.
pub async fn run(context: &Context, arguments: &ExportArguments) -> Result<ExitStatus, CliError> {
    let path = arguments.file();
    if path.is_none() && io::stdout().is_terminal() {
        let message = "an archive is nothing for a terminal";
        return Err(CliError::usage(message, "name a file: -o FILE"));
    }
    let client = context.client().await?;
    let mut signals = Signals::listen()?;
    let image = &arguments.image;
    let mut output = None;
    let exporting = async {
        let mut progress = Progress::fleeting(context.printer);
        let text = format!("exporting {image}");
        progress.stage(&text);
        let mut stream = client.export_image(image).await?;
        // Only now: what is there stays where there is nothing to put in its place.
        let output = output.insert(Output::open(path)?);
        let mut done = 0;
        while let Some(bytes) = stream.try_next().await? {
            match output {
                Output::Standard => {
                    for piece in bytes.chunks(PIECE) {
                        context.printer.bytes(piece)?;
                    }
                }
                Output::File(file) => file.write(&bytes)?,
            }
            done += bytes.len() as u64;
            progress.bytes(&text, done, None);
        }
        Ok::<(), CliError>(())
    };
    signals.unless(exporting).await?;
    if let Some(Output::File(file)) = output {
        file.keep()?;
    }
    Ok(ExitStatus::Success)
}

enum Output {
    Standard,
    File(OutputFile),
}

impl Output {
    fn open(path: Option<&Path>) -> Result<Self, CliError> {
        path.map_or(Ok(Self::Standard), |path| {
            OutputFile::open(path).map(Self::File)
        })
    }
}

/// A file that appears when it is complete.
struct OutputFile {
    path: PathBuf,
    /// Where it is written; nothing for a device or pipe, which is written itself.
    partial: Option<PathBuf>,
    file: File,
}

impl OutputFile {
    fn open(path: &Path) -> Result<Self, CliError> {
        let failed = |source| CliError::File {
            path: path.to_owned(),
            source,
        };
        let path = match fs::metadata(path) {
            Ok(of) if of.is_dir() => return Err(failed(io::ErrorKind::IsADirectory.into())),
            Ok(of) if !of.is_file() => {
                return Ok(Self {
                    path: path.to_owned(),
                    partial: None,
                    file: File::options().write(true).open(path).map_err(failed)?,
                });
            }
            // A link stays one.
            Ok(_) => fs::canonicalize(path).map_err(failed)?,
            Err(_) => path.to_owned(),
        };
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.partial", std::process::id()));
        let partial = path.with_file_name(name);
        Ok(Self {
            file: File::create_new(&partial).map_err(failed)?,
            partial: Some(partial),
            path,
        })
    }

    fn failed(&self, source: io::Error) -> CliError {
        CliError::File {
            path: self.path.clone(),
            source,
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        let written = self.file.write_all(bytes);
        written.map_err(|source| self.failed(source))
    }

    fn keep(mut self) -> Result<(), CliError> {
        if let Some(partial) = &self.partial {
            fs::rename(partial, &self.path).map_err(|source| self.failed(source))?;
        }
        self.partial = None;
        Ok(())
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if let Some(partial) = &self.partial {
            // There is nobody left to tell.
            let _ = fs::remove_file(partial);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_when_it_is_complete() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.tar");
        fs::write(&path, "old").unwrap();
        let mut file = OutputFile::open(&path).unwrap();
        file.write(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        let mut file = OutputFile::open(&path).unwrap();
        file.write(b"whole").unwrap();
        file.keep().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(OutputFile::open(directory.path()).is_err());
        assert!(
            OutputFile::open(Path::new("/dev/null"))
                .unwrap()
                .partial
                .is_none()
        );
    }
}
