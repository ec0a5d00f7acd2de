//! Finds and downloads packages through the host's apt, so that mirrors, proxies,
//! signatures and hashes are the host's and are checked by apt.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use nix::unistd::Pid;

use super::listing::{self, Package, Uri};
use crate::cancel::{Cancel, Cancelled};
use crate::files::{self, FileError};

/// What apt says goes to this file of the work directory.
const STDERR: &str = "apt.stderr";
/// It is read back up to this many bytes.
const STDERR_LIMIT: u64 = 1 << 20;

/// Why apt brought no package.
#[derive(Debug, thiserror::Error)]
pub enum AptError {
    /// There is no apt here.
    #[error(
        "{program} is not installed: kernels are pulled on Debian and its derivatives; \
         elsewhere import one from files"
    )]
    Missing {
        /// The program.
        program: &'static str,
    },
    /// The package lists do not have it.
    #[error(
        "apt knows no package {package}: run `apt-get update` as root and try again; \
         if it persists, add a Debian mirror to the apt sources"
    )]
    UnknownPackage {
        /// The package.
        package: String,
    },
    /// It is known, but names no kernel.
    #[error("the package {package} names no kernel package: run `apt-get update` and try again")]
    NamesNoKernel {
        /// The package.
        package: String,
    },
    /// The download failed.
    #[error(
        "apt cannot download {package}: {said}. If the mirror does not have it any more, run \
         `apt-get update` as root and try again"
    )]
    Download {
        /// The package.
        package: String,
        /// What apt said.
        said: String,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The program could not be run.
    #[error("cannot run {program}: {source}")]
    Run {
        /// The program.
        program: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The caller cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The packages of a kernel, as arguments to [`download`]: what `meta` names, and the
/// package of its modules where Debian keeps those apart. The first is the kernel.
pub(crate) fn look_up(meta: &str, work: &Path, cancel: &Cancel) -> Result<Vec<Package>, AptError> {
    let named = show(meta, work, cancel)?
        .depends_on("linux-image-")
        .into_iter()
        .next()
        .ok_or_else(|| AptError::NamesNoKernel {
            package: meta.to_string(),
        })?;
    let kernel = show(&named, work, cancel)?;
    let mut packages = Vec::new();
    for modules in kernel.depends_on("linux-modules-") {
        packages.push(show(&modules, work, cancel)?);
    }
    packages.insert(0, kernel);
    Ok(packages)
}

/// What the package lists say of a package (`name` or `name=version`).
fn show(package: &str, work: &Path, cancel: &Cancel) -> Result<Package, AptError> {
    let arguments = ["show", "--no-all-versions", "--", package];
    let mut shown = String::new();
    run("apt-cache", &arguments, work, cancel, &mut |line| {
        shown.push_str(line);
        shown.push('\n');
    })?;
    // The status does not matter: apt-cache fails where it knows no such package.
    Package::parse(&shown).ok_or_else(|| AptError::UnknownPackage {
        package: package.to_string(),
    })
}

/// Downloads packages into `work`; reports bytes done and bytes in all. Returns the files,
/// in the order of the packages.
pub(crate) fn download(
    packages: &[Package],
    work: &Path,
    cancel: &Cancel,
    on_bytes: &mut dyn FnMut(u64, u64),
) -> Result<Vec<PathBuf>, AptError> {
    let mut uris = Vec::new();
    for package in packages {
        uris.push(uri(package, work, cancel)?);
    }
    let total = uris.iter().map(|uri| uri.size).sum();
    // apt does not say that it ran out of space.
    files::check_space(work, total)?;
    let mut before = 0;
    let mut paths = Vec::new();
    for (package, uri) in packages.iter().zip(uris) {
        on_bytes(before, total);
        let mut highest = 0;
        let package = package.argument();
        // The status goes to stdout, among lines for people, which are not used.
        let arguments = [
            "download",
            "--quiet",
            "-o=APT::Status-Fd=1",
            "-o=Acquire::Retries=2",
            "--",
            &package,
        ];
        let status = run("apt-get", &arguments, work, cancel, &mut |line| {
            let bytes = listing::download_share(line).map_or(0, |share| {
                // A share of a size: exact to a byte is not needed.
                (share * uri.size as f64) as u64
            });
            if bytes > highest {
                highest = bytes;
                on_bytes(before + bytes.min(uri.size), total);
            }
        })?;
        let path = work.join(&uri.file);
        if !status.success() || !path.is_file() {
            return Err(AptError::Download {
                package,
                said: said(work)?,
            });
        }
        before += uri.size;
        on_bytes(before, total);
        paths.push(path);
    }
    Ok(paths)
}

/// The file that a download will bring.
fn uri(package: &Package, work: &Path, cancel: &Cancel) -> Result<Uri, AptError> {
    let package = package.argument();
    let arguments = ["download", "--print-uris", "--quiet", "--", &package];
    let mut found = None;
    run("apt-get", &arguments, work, cancel, &mut |line| {
        found = found.take().or_else(|| Uri::parse(line));
    })?;
    match found {
        Some(uri) => Ok(uri),
        None => Err(AptError::Download {
            package,
            said: said(work)?,
        }),
    }
}

/// What apt complained of in its last run.
fn said(work: &Path) -> Result<String, AptError> {
    let said = files::read(&work.join(STDERR), STDERR_LIMIT)?;
    let said = listing::errors(&String::from_utf8_lossy(&said));
    Ok(if said.is_empty() {
        "it does not say why".into()
    } else {
        said
    })
}

/// Runs a program of apt to its end, or kills it with its download methods on a cancel.
fn run(
    program: &'static str,
    arguments: &[&str],
    work: &Path,
    cancel: &Cancel,
    on_line: &mut dyn FnMut(&str),
) -> Result<ExitStatus, AptError> {
    cancel.check()?;
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => AptError::Missing { program },
        _ => AptError::Run { program, source },
    };
    let stderr = work.join(STDERR);
    let stderr = File::create(&stderr).map_err(|e| FileError::new("write", &stderr, e))?;
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(work)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(stderr)
        // A group of its own: a cancel ends the methods too, a Ctrl-C ends neither.
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let group = Pid::from_raw(child.id().cast_signed());
    cancel.watch(group);
    let read = match child.stdout.take() {
        Some(stdout) => read_lines(BufReader::new(stdout), on_line),
        None => Ok(()),
    };
    if read.is_err() {
        // Nobody would read what it prints any more.
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
    }
    // Only the end of stdout, which every process of the group holds, leads here.
    cancel.release();
    let status = child.wait().map_err(failed)?;
    cancel.check()?;
    read.map_err(failed)?;
    Ok(status)
}

fn read_lines(mut from: impl BufRead, on_line: &mut dyn FnMut(&str)) -> io::Result<()> {
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        on_line(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_cancel_ends_a_running_program() {
        let work = tempfile::tempdir().unwrap();
        let cancel = Arc::new(Cancel::new());
        let canceller = Arc::clone(&cancel);
        let mut on_line = |line: &str| {
            assert_eq!(line, "started");
            canceller.cancel();
        };
        // The shell's child holds stdout too, as a download method does.
        let arguments = ["-c", "echo started; sleep 60; true"];
        let ended = run("sh", &arguments, work.path(), &cancel, &mut on_line);
        assert!(matches!(ended, Err(AptError::Cancelled(_))));
    }

    #[test]
    fn a_program_that_is_not_there() {
        let work = tempfile::tempdir().unwrap();
        let ended = run("no-such-apt", &[], work.path(), &Cancel::new(), &mut |_| ());
        let error = ended.unwrap_err();
        assert!(matches!(error, AptError::Missing { .. }));
        assert!(error.to_string().contains("import one from files"));
    }
}
