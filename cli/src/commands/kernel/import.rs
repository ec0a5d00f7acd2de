//! `banger kernel import`.

use std::path::{Path, PathBuf};

use banger_api::{ImportKernel, KernelPackage, KernelPackageFormat, name::check_artifact_name};
use banger_client::ClientError;

use crate::{
    args::kernel::ImportArguments, context::Context, error::CliError, exit_status::ExitStatus,
    signals::Signals,
};

/// Takes a kernel from this host's files.
///
/// # Errors
/// When the name is taken, or the files are no kernel that a guest can boot.
pub async fn run(context: &Context, arguments: &ImportArguments) -> Result<ExitStatus, CliError> {
    let body = ImportKernel {
        replace: false,
        name: name(arguments)?,
        vmlinux: absolute(arguments.vmlinux.as_deref())?,
        modules: absolute(arguments.modules.as_deref())?,
        initrd: absolute(arguments.initrd.as_deref())?,
        packages: packages(arguments)?,
        url: arguments.url.clone(),
        sha256: arguments.sha256.clone(),
    };
    let client = context.client().await?;
    let mut signals = Signals::listen()?;
    let asked = client.api().import_kernel().body(body);
    let operation = asked.send().await.map_err(ClientError::from)?.into_inner();
    let done = context.follow(&client, &operation, &mut signals).await?;
    context
        .printer
        .note(format!("kernel {} can be used", done.target));
    Ok(ExitStatus::Success)
}

/// Every package that was named, with the kind that its option says.
fn packages(arguments: &ImportArguments) -> Result<Vec<KernelPackage>, CliError> {
    let mut packages = Vec::new();
    for (format, path) in named(arguments) {
        if let Some(path) = absolute(Some(path))? {
            packages.push(KernelPackage { format, path });
        }
    }
    Ok(packages)
}

fn named(arguments: &ImportArguments) -> impl Iterator<Item = (KernelPackageFormat, &Path)> {
    of(KernelPackageFormat::Deb, &arguments.deb)
        .chain(of(KernelPackageFormat::Rpm, &arguments.rpm))
        .chain(of(KernelPackageFormat::Apk, &arguments.apk))
        .chain(of(KernelPackageFormat::Xbps, &arguments.xbps))
        .chain(of(
            KernelPackageFormat::Tarball,
            arguments.tarball.as_slice(),
        ))
}

fn of(
    format: KernelPackageFormat,
    files: &[PathBuf],
) -> impl Iterator<Item = (KernelPackageFormat, &Path)> {
    files.iter().map(move |file| (format, file.as_path()))
}

/// The daemon's working directory is not ours.
fn absolute(path: Option<&Path>) -> Result<Option<String>, CliError> {
    let Some(path) = path else {
        return Ok(None);
    };
    let failed = |source| CliError::File {
        path: path.to_owned(),
        source,
    };
    let full = path.canonicalize().map_err(failed)?;
    match full.into_os_string().into_string() {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(failed(std::io::ErrorKind::InvalidFilename.into())),
    }
}

fn name(arguments: &ImportArguments) -> Result<String, CliError> {
    if let Some(name) = &arguments.name {
        return Ok(name.clone());
    }
    let file = match (&arguments.vmlinux, &arguments.url) {
        (Some(file), _) => file.as_path(),
        (None, Some(url)) => Path::new(url.split(['?', '#']).next().unwrap_or(url)),
        (None, None) => match named(arguments).next() {
            Some((_, file)) => file,
            None => return Ok("host".to_owned()),
        },
    };
    let name = file
        .file_name()
        .and_then(|name| name.to_str())
        .map(without_ending)
        .unwrap_or_default();
    match check_artifact_name(name) {
        Ok(()) => Ok(name.to_owned()),
        Err(error) => Err(CliError::usage(
            format!("{} makes no name for a kernel: {error}", file.display()),
            "name it: --name my-kernel",
        )),
    }
}

/// A package's name without what only says how it is packed.
fn without_ending(name: &str) -> &str {
    const ENDINGS: [&str; 9] = [
        ".deb", ".rpm", ".apk", ".xbps", ".tar", ".tar.gz", ".tar.xz", ".tar.zst", ".tgz",
    ];
    ENDINGS
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_of_packages_are_no_part_of_a_name() {
        for (file, name) in [
            ("linux-virt-6.6.1-r0.apk", "linux-virt-6.6.1-r0"),
            ("tiny.tar.zst", "tiny"),
            ("vmlinux", "vmlinux"),
            ("vmlinuz-6.1.0", "vmlinuz-6.1.0"),
        ] {
            assert_eq!(without_ending(file), name);
        }
    }
}
