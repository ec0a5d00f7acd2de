//! `banger image`: its verbs.

mod build;
mod delete;
mod export;
mod import;
mod list;
mod login;
mod prune;
mod pull;
mod register;
mod show;
mod tag;

use crate::{
    args::image::ImageCommand, context::Context, error::CliError, exit_status::ExitStatus,
};

/// Does what was asked.
///
/// # Errors
/// What the user is told.
pub async fn run(context: &Context, command: ImageCommand) -> Result<ExitStatus, CliError> {
    match command {
        ImageCommand::Pull(arguments) => pull::run(context, arguments).await,
        ImageCommand::Import(arguments) => import::run(context, &arguments).await,
        ImageCommand::Build(arguments) => build::run(context, arguments).await,
        ImageCommand::Register(arguments) => register::register(context, arguments).await,
        ImageCommand::Promote(arguments) => register::promote(context, &arguments).await,
        ImageCommand::Export(arguments) => export::run(context, &arguments).await,
        ImageCommand::Tag(arguments) => tag::run(context, arguments).await,
        ImageCommand::Prune(arguments) => prune::run(context, &arguments).await,
        ImageCommand::Login(arguments) => login::log_in(context, arguments).await,
        ImageCommand::Logout(arguments) => login::log_out(context, &arguments).await,
        ImageCommand::List => list::run(context).await,
        ImageCommand::Show(arguments) => show::run(context, &arguments).await,
        ImageCommand::Delete(arguments) => delete::run(context, &arguments).await,
    }
}
