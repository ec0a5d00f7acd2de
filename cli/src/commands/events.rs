//! `banger events`.

use banger_api::{Event, EventSubject};
use futures_util::TryStreamExt;

use crate::{context::Context, error::CliError, exit_status::ExitStatus, human::word};

/// Follows everything that changes until the daemon ends; as JSON, one object a line.
///
/// # Errors
/// When the connection breaks.
pub async fn run(context: &Context) -> Result<ExitStatus, CliError> {
    let mut events = context.client().await?.watch_events().await?;
    while let Some(event) = events.try_next().await? {
        if context.printer.is_json() {
            context.printer.json_line(&event)?;
        } else {
            context.printer.text(line(&event) + "\n")?;
        }
    }
    Ok(ExitStatus::Success)
}

fn line(event: &Event) -> String {
    let what = match &event.subject {
        EventSubject::Vm { vm } => format!("VM {} is {}", vm.name, word(&vm.state)),
        EventSubject::VmDeleted { name, .. } => format!("VM {name} is deleted"),
        EventSubject::Image { image } => format!("image {} can be used", image.name),
        EventSubject::ImageDeleted { name } => format!("image {name} is deleted"),
        EventSubject::Kernel { kernel } => format!("kernel {} can be used", kernel.name),
        EventSubject::KernelDeleted { name } => format!("kernel {name} is deleted"),
        EventSubject::Operation { operation } => format!(
            "operation {}: {} {} {}",
            operation.id,
            word(&operation.kind),
            operation.target,
            word(&operation.state)
        ),
    };
    let time = event.time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
    format!("{time} {what}")
}
