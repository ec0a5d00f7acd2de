//! Names for the shell's completion: asked of the daemon that runs. None is started, and
//! nothing is said where none answers, because somebody is in the middle of a line.

use std::time::Duration;

use banger_client::{Client, ClientError};
use banger_config::{Environment, Settings};
use clap_complete::CompletionCandidate;

use crate::human::word;

/// How long somebody who pressed Tab will wait.
const PATIENCE: Duration = Duration::from_secs(1);

/// VMs.
pub fn vms() -> Vec<CompletionCandidate> {
    ask(async |client| {
        let list = client.api().list_vms().send().await?.into_inner();
        let named = |vm: banger_api::Vm| candidate(vm.name, Some(word(&vm.state)));
        Ok(list.vms.into_iter().map(named).collect())
    })
}

/// Images that are here, and those of the catalog.
pub fn images() -> Vec<CompletionCandidate> {
    without_doubles(own_images(), catalog_images())
}

/// Images that are here.
pub fn own_images() -> Vec<CompletionCandidate> {
    ask(async |client| {
        let list = client.api().list_images().send().await?.into_inner();
        Ok(list
            .images
            .into_iter()
            .map(|image| candidate(image.name, None))
            .collect())
    })
}

/// Images of the catalog.
pub fn catalog_images() -> Vec<CompletionCandidate> {
    ask(async |client| {
        let list = client.api().list_images().send().await?.into_inner();
        Ok(list
            .available
            .into_iter()
            .map(|name| candidate(name, None))
            .collect())
    })
}

/// Kernels that are here, and those of the catalog.
pub fn kernels() -> Vec<CompletionCandidate> {
    without_doubles(own_kernels(), catalog_kernels())
}

/// Kernels that are here.
pub fn own_kernels() -> Vec<CompletionCandidate> {
    ask(async |client| {
        let list = client.api().list_kernels().send().await?.into_inner();
        let named = |kernel: banger_api::Kernel| candidate(kernel.name, Some(kernel.release));
        Ok(list.kernels.into_iter().map(named).collect())
    })
}

/// Kernels of the catalogs: those that are built in even where nobody answers for the others.
pub fn catalog_kernels() -> Vec<CompletionCandidate> {
    without_doubles(built_in_kernels(), published_kernels())
}

fn published_kernels() -> Vec<CompletionCandidate> {
    ask(async |client| {
        let catalog = client.api().list_kernel_catalog().send().await?;
        let named = |kernel: banger_api::CatalogKernel| candidate(kernel.name, kernel.version);
        let kernels = catalog.into_inner().kernels.into_iter();
        Ok(kernels.map(named).collect())
    })
}

fn built_in_kernels() -> Vec<CompletionCandidate> {
    ask(async |client| {
        let list = client.api().list_kernels().send().await?.into_inner();
        Ok(list
            .available
            .into_iter()
            .map(|name| candidate(name, None))
            .collect())
    })
}

/// Operations.
pub fn operations() -> Vec<CompletionCandidate> {
    ask(async |client| {
        let list = client.api().list_operations().send().await?.into_inner();
        let named = |operation: banger_api::Operation| {
            let help = format!("{} {}", word(&operation.kind), word(&operation.state));
            candidate(operation.id, Some(help))
        };
        Ok(list.operations.into_iter().map(named).collect())
    })
}

fn without_doubles(
    mut all: Vec<CompletionCandidate>,
    more: Vec<CompletionCandidate>,
) -> Vec<CompletionCandidate> {
    let is_new =
        |one: &CompletionCandidate| all.iter().all(|other| other.get_value() != one.get_value());
    let new: Vec<_> = more.into_iter().filter(is_new).collect();
    all.extend(new);
    all
}

fn candidate(name: String, help: Option<String>) -> CompletionCandidate {
    CompletionCandidate::new(name).help(help.map(Into::into))
}

fn ask(
    question: impl AsyncFnOnce(Client) -> Result<Vec<CompletionCandidate>, ClientError>,
) -> Vec<CompletionCandidate> {
    let answer = || {
        let settings = Settings::load(&Environment::from_process()).ok()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .ok()?;
        runtime.block_on(async {
            let asked = async {
                let client = Client::connect(settings.socket.value).await?;
                question(client).await
            };
            tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()
        })
    };
    answer().unwrap_or_default()
}
