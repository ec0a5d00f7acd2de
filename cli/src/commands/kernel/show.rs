//! `banger kernel show`.

use banger_api::{Kernel, KernelSource, size};
use banger_client::ClientError;

use crate::{
    args::kernel::KernelArgument, context::Context, error::CliError, exit_status::ExitStatus,
    table::Table,
};

/// Shows all about a kernel.
///
/// # Errors
/// When there is none of that name.
pub async fn run(context: &Context, arguments: &KernelArgument) -> Result<ExitStatus, CliError> {
    let client = context.client().await?;
    let asked = client.api().get_kernel().kernel(&arguments.kernel);
    let kernel = asked.send().await.map_err(ClientError::from)?.into_inner();
    context.printer.answer(&kernel, || table(&kernel))?;
    Ok(ExitStatus::Success)
}

fn table(kernel: &Kernel) -> Table {
    let mut table = Table::pairs();
    table.pair("name", &kernel.name);
    table.pair("release", &kernel.release);
    table.pair("version", &kernel.version);
    match &kernel.source {
        KernelSource::Apt { package } => table.pair("source", format!("package {package}")),
        KernelSource::Host { path } => table.pair("source", format!("this host's {path}")),
        KernelSource::Packages { files } => table.pair("source", files.join(", ")),
        KernelSource::Url { url, sha256 } => {
            table.pair("source", url);
            table.pair("download", format!("sha256 {sha256}"));
        }
        KernelSource::Files {
            vmlinux,
            modules,
            initrd,
        } => {
            table.pair("source", vmlinux);
            let modules = modules.as_deref().or(initrd.as_deref());
            table.pair("modules", modules.unwrap_or("none"));
        }
    }
    table.pair("sha256", &kernel.sha256);
    table.pair("size", size::display(kernel.size));
    table.pair("created", kernel.created_at);
    table.pair("used by", kernel.used_by.join(", "));
    table
}
