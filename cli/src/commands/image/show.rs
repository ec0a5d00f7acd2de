//! `banger image show`.

use banger_api::{Image, ImageSource, size};
use banger_client::ClientError;

use crate::{
    args::image::ImageArgument, context::Context, error::CliError, exit_status::ExitStatus,
    table::Table,
};

/// Shows all about an image.
///
/// # Errors
/// When there is none of that name.
pub async fn run(context: &Context, arguments: &ImageArgument) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let asked = client.api().get_image().image(&arguments.image);
    let image = asked.send().await.map_err(ClientError::from)?.into_inner();
    context.printer.answer(&image, || table(&image))?;
    Ok(ExitStatus::Success)
}

fn table(image: &Image) -> Table {
    let mut table = Table::pairs();
    table.pair("names", image.names.join(", "));
    table.pair("id", &image.id);
    match &image.source {
        ImageSource::Packages { suite, packages } => {
            table.pair("source", format!("packages of {suite}"));
            table.pair("packages", packages.join(" "));
        }
        ImageSource::Vm { name } => table.pair("source", format!("VM {name}")),
        ImageSource::Files { rootfs } => table.pair("source", rootfs),
        ImageSource::Build { from } => table.pair("source", format!("a build from {from}")),
        ImageSource::Archive => table.pair("source", "an archive"),
        ImageSource::Registry { reference } => table.pair("source", reference),
        ImageSource::OciArchive { reference: None } => table.pair("source", "an OCI archive"),
        ImageSource::OciArchive {
            reference: Some(reference),
        } => table.pair("source", format!("an OCI archive of {reference}")),
    }
    if let Some(files) = &image.files {
        table.pair("root file system", &files.rootfs);
        if let Some(work_seed) = &files.work_seed {
            table.pair("work-seed", work_seed);
        }
    }
    if let Some(kernel) = &image.kernel {
        table.pair("kernel", kernel);
    }
    table.pair("digest", &image.digest);
    for layer in &image.layers {
        let size = size::display(layer.size);
        table.pair("layer", format!("{} {size}", layer.digest));
    }
    let config = &image.config;
    for (key, words) in [
        ("env", &config.env),
        ("entrypoint", &config.entrypoint),
        ("cmd", &config.cmd),
        ("users", &image.users),
    ] {
        if !words.is_empty() {
            table.pair(key, words.join(" "));
        }
    }
    for (key, word) in [("working dir", &config.working_dir), ("user", &config.user)] {
        if let Some(word) = word {
            table.pair(key, word);
        }
    }
    table.pair("size", size::display(image.size));
    let disk = size::display(image.disk_mib.saturating_mul(size::MIB));
    table.pair("disk of its VMs", disk);
    table.pair("files", image.entries);
    table.pair("created", image.created_at);
    table.pair("used by", image.used_by.join(", "));
    table
}
