//! What every command has: the settings, the printer, and the way to the daemon.

use std::time::Duration;

use banger_api::{Operation, OperationState};
use banger_client::{Client, ClientError};
use banger_config::{Environment, Settings};
use bytes::Bytes;
use futures_util::{StreamExt, stream, stream::BoxStream};

use crate::{
    args::GlobalArguments, connect, error::CliError, printer::Printer, progress::Progress,
    signals::Signals,
};

/// How long what was written before an operation's end may take to come.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// What an operation's programs write.
type Written = BoxStream<'static, Result<Bytes, ClientError>>;

/// What every command has.
pub struct Context {
    /// Where all text goes.
    pub printer: Printer,
}

impl Context {
    /// As the options ask.
    pub fn new(global: GlobalArguments) -> Self {
        let printer = Printer {
            format: global.format(),
            quiet: global.quiet,
        };
        Self { printer }
    }

    /// The settings.
    ///
    /// # Errors
    /// When they cannot be used.
    pub fn settings(&self) -> Result<Settings, CliError> {
        let settings = Settings::load(&Environment::from_process())?;
        for warning in &settings.warnings {
            self.printer.warning(warning);
        }
        Ok(settings)
    }

    /// A client of the daemon, which is started where none answers.
    ///
    /// # Errors
    /// When there can be none.
    pub async fn client(&self) -> Result<Client, CliError> {
        let (client, _) = connect::connect_or_start(&self.settings()?).await?;
        Ok(client)
    }

    /// A client of the daemon that runs.
    ///
    /// # Errors
    /// When none does.
    pub async fn running_client(&self) -> Result<Client, CliError> {
        Ok(Client::connect(self.settings()?.socket.value).await?)
    }

    /// Follows an operation to its end with progress. A signal cancels it; then its clean-up
    /// is waited for, unless a second Ctrl-C follows at once.
    ///
    /// # Errors
    /// When it failed or was cancelled.
    pub async fn follow(
        &self,
        client: &Client,
        operation: &Operation,
        signals: &mut Signals,
    ) -> Result<Operation, CliError> {
        let progress = Progress::new(self.printer);
        self.follow_with(
            client,
            operation,
            signals,
            progress,
            stream::empty().boxed(),
        )
        .await
    }

    /// The same for an operation whose programs write something, which is shown in place of
    /// stages.
    ///
    /// # Errors
    /// When it failed or was cancelled.
    pub async fn follow_output(
        &self,
        client: &Client,
        operation: &Operation,
        signals: &mut Signals,
        output: Written,
    ) -> Result<Operation, CliError> {
        let progress = Progress::fleeting(self.printer);
        self.follow_with(client, operation, signals, progress, output)
            .await
    }

    async fn follow_with(
        &self,
        client: &Client,
        operation: &Operation,
        signals: &mut Signals,
        mut progress: Progress,
        output: Written,
    ) -> Result<Operation, CliError> {
        let mut output = output.fuse();
        progress.operation(operation);
        let mut changes = client.watch_operation(&operation.id, true).await?;
        let mut asked_to_end = None;
        loop {
            tokio::select! {
                change = changes.next() => {
                    let now = change.ok_or_else(|| lost(operation))??;
                    if asked_to_end.is_none() {
                        progress.operation(&now);
                    }
                    if now.state != OperationState::Running {
                        // What was written before the end is shown before it.
                        let rest = async {
                            while let Some(written) = output.next().await {
                                self.pass_on(&progress, written);
                            }
                        };
                        let _ = tokio::time::timeout(LAST_WORDS, rest).await;
                    }
                    match (now.state, asked_to_end) {
                        (OperationState::Running, _) => {}
                        (OperationState::Succeeded, _) => return Ok(now),
                        (_, Some(signal)) => return Err(CliError::Interrupted { signal }),
                        (OperationState::Failed | OperationState::Cancelled, None) => {
                            return Err(failure(now));
                        }
                    }
                }
                Some(written) = output.next() => self.pass_on(&progress, written),
                heard = signals.next() => {
                    if heard.insists {
                        return Err(CliError::Interrupted { signal: heard.number });
                    }
                    if asked_to_end.is_none() {
                        asked_to_end = Some(heard.number);
                        progress.stage("cancelling, cleaning up");
                        let asked = client.api().cancel_operation().operation(&operation.id);
                        asked.send().await.map_err(ClientError::from)?;
                    }
                }
            }
        }
    }
}

impl Context {
    fn pass_on(&self, progress: &Progress, written: Result<Bytes, ClientError>) {
        // It breaks off with the operation, which says why.
        let written = written.unwrap_or_default();
        progress.suspend(|| self.printer.passed_on(&written));
    }
}

fn lost(operation: &Operation) -> ClientError {
    ClientError::Disconnected(format!("operation {} has not ended", operation.id))
}

fn failure(operation: Operation) -> CliError {
    let problem = operation.error.unwrap_or_else(|| {
        let detail = "the operation does not say why it did not succeed";
        banger_api::Problem::new(banger_api::ErrorCode::Internal, detail)
    });
    ClientError::from(problem).into()
}
