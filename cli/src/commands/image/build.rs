//! `banger image build`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use banger_client::BuildRequest;
use banger_dockerfile::Ignore;

use crate::{
    archive::{self, ArchiveError, Entry, look},
    args::image::BuildArguments,
    args::value::Variable,
    context::Context,
    copy::{CopyError, list},
    error::CliError,
    exit_status::ExitStatus,
    progress::Progress,
    signals::Signals,
};

/// What a Dockerfile is called.
const DOCKERFILE: &str = "Dockerfile";
/// What leaves files out of the context.
const IGNORE: &str = ".dockerignore";

/// Builds an image in a VM. A signal cancels it, and the VM is gone then.
///
/// # Errors
/// When the name is taken, the context cannot be read, or a step fails.
pub async fn run(context: &Context, arguments: BuildArguments) -> Result<ExitStatus, CliError> {
    let mut request = BuildRequest {
        name: arguments.name.clone(),
        from: arguments.from.clone(),
        replace: arguments.replace,
        vcpus: arguments.machine.vcpu,
        memory_mib: arguments.machine.memory,
        disk_mib: arguments.machine.disk_size,
        image_disk_mib: arguments.size,
        kernel: arguments.kernel.clone(),
        ..BuildRequest::default()
    };
    let entries = match (&arguments.script, &arguments.dockerfile) {
        (Some(script), _) => {
            let name = script.file_name().unwrap_or(script.as_os_str());
            request.script = Some(name.to_string_lossy().into_owned());
            vec![of_script(script, PathBuf::from(name))?]
        }
        (None, Some(directory)) => {
            let file = arguments.file.clone().unwrap_or(DOCKERFILE.into());
            request.dockerfile = Some(file.clone());
            request.target.clone_from(&arguments.target);
            request.build_args = build_args(&arguments.build_args)?;
            of_context(context, directory, &file)?
        }
        (None, None) => return Err(CliError::usage("there is nothing to build", "add --script")),
    };
    let client = context.client().await?;
    let mut signals = Signals::listen()?;
    let total = entries.iter().map(Entry::size).sum();
    let (report, mut reports) = tokio::sync::watch::channel(0);
    let (stream, worker) = banger_pipe::produce(move |pipe| {
        let sent = |bytes| report.send_modify(|done| *done += bytes);
        archive::write(&entries, pipe, sent)
    });
    let mut progress = Progress::fleeting(context.printer);
    let sending = client.build_image(&request, stream);
    let mut sending = std::pin::pin!(sending);
    let begun = loop {
        tokio::select! {
            begun = &mut sending => break begun,
            Ok(()) = reports.changed() => {
                let done = *reports.borrow_and_update();
                progress.bytes("sending the context", done, Some(total));
            }
            heard = signals.next() => {
                return Err(CliError::Interrupted { signal: heard.number });
            }
        }
    };
    drop(progress);
    let operation = match begun {
        Ok(operation) => operation,
        // A reader that failed knows better why.
        Err(error) => {
            return Err(match banger_pipe::reason(worker).await {
                Some(reason) => CopyError::from(reason).into(),
                None => error.into(),
            });
        }
    };
    let output = client.operation_output(&operation.id).await?;
    let followed = context.follow_output(&client, &operation, &mut signals, output);
    let image = followed.await?.target;
    context.printer.note(format!(
        "image {image} can be used: banger vm run --image {image}"
    ));
    Ok(ExitStatus::Success)
}

fn of_script(path: &Path, name: PathBuf) -> Result<Entry, CliError> {
    let failed = |source| CliError::File {
        path: path.to_owned(),
        source,
    };
    // What a link points to.
    let of = fs::metadata(path).map_err(failed)?;
    if of.is_dir() {
        let message = format!("{} is a directory", path.display());
        return Err(CliError::usage(
            message,
            "name a script, or use --dockerfile DIR",
        ));
    }
    let entry = Entry::of(path, &of, name).map_err(CopyError::from)?;
    entry.ok_or_else(|| CliError::usage(format!("{} is no file", path.display()), "name a file"))
}

/// The directory's files but for those that `.dockerignore` leaves out. The Dockerfile itself
/// is always sent.
fn of_context(context: &Context, directory: &Path, file: &str) -> Result<Vec<Entry>, CliError> {
    let failed = |error: ArchiveError| CliError::from(CopyError::from(error));
    let wanted = directory.join(file);
    if look(&wanted).map_err(failed)?.is_none() {
        let message = format!("{} is not there", wanted.display());
        return Err(CliError::usage(
            message,
            "name a directory with a Dockerfile, or its --file",
        ));
    }
    let ignore = match fs::read_to_string(directory.join(IGNORE)) {
        Ok(text) => Ignore::parse(&text),
        Err(_) => Ignore::default(),
    };
    let (mut entries, left_out) = list::list(directory, Path::new("")).map_err(failed)?;
    for path in left_out {
        context
            .printer
            .warning(format!("{} cannot be sent", path.display()));
    }
    entries.retain(|entry| {
        let is_needed = entry.name == Path::new(file) || entry.name == Path::new(IGNORE);
        is_needed || !ignore.ignores(&entry.name.to_string_lossy())
    });
    Ok(entries)
}

fn build_args(variables: &[Variable]) -> Result<BTreeMap<String, String>, CliError> {
    let value = |variable: &Variable| {
        let name = &variable.name;
        let value = variable.value.clone().or_else(|| std::env::var(name).ok());
        let missing = || {
            CliError::usage(
                format!("{name} is not set here"),
                format!("write --build-arg {name}=VALUE"),
            )
        };
        Ok((name.clone(), value.ok_or_else(missing)?))
    };
    variables.iter().map(value).collect()
}
