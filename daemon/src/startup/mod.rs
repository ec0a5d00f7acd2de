//! The composition root: store, actors, recovery, socket.
//!
//! | file | role |
//! |---|---|
//! | `directories.rs` | the daemon's directories, and whose they are |
//! | `compose.rs` | every room with what it needs of the others |

mod compose;
mod directories;

use std::path::PathBuf;

use actix_web::web;
use banger_api::Problem;
use banger_config::Settings;
use banger_store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

use compose::compose;
use directories::{claim_runtime_dir, make_directories};

use crate::{
    http::server::{self, SocketError},
    log_file,
    storage::{self, Layout},
};

/// Why the daemon does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A directory cannot be made, or is somebody else's.
    #[error("{path}: {message}")]
    Directory {
        /// Which one.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The records cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What an earlier daemon left cannot be taken up.
    #[error("{}", .0.detail)]
    Recovery(Problem),
    /// The socket cannot be had.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The server cannot be started.
    #[error("the API cannot be served: {0}")]
    Serve(std::io::Error),
}

/// Starts everything and serves until told to stop. `ready` is called when requests are
/// answered.
///
/// # Errors
/// When the daemon cannot start; nothing runs then.
pub async fn run(settings: Settings, ready: impl FnOnce()) -> Result<(), StartError> {
    let layout = Layout {
        state_dir: settings.state_dir.value.clone(),
        runtime_dir: settings.runtime_dir.value.clone(),
    };
    make_directories(&layout)?;
    claim_runtime_dir(&layout)?;
    // The store's lock makes this the only daemon of these directories.
    let store = open_store(&layout).await?;
    let trash = layout.clone();
    tokio::task::spawn_blocking(move || storage::trash::empty(&trash));
    let listener = server::bind(&settings.socket.value)?;
    let socket = settings.socket.value.clone();
    let app = match compose(settings, layout, store.clone()).await {
        Ok(app) => web::Data::new(app),
        Err(error) => {
            crate::shutdown::remove_socket(&socket);
            return Err(error);
        }
    };
    let (server, handle) = server::serve(listener, app.clone()).map_err(StartError::Serve)?;
    let (closing, operations) = (app.closing.clone(), app.operations.clone());
    actix_rt::spawn(async move {
        closing.cancelled().await;
        tracing::info!("stopping");
        // Those who wait for an operation hear its end while they can still be answered.
        operations.cancel_all();
        handle.stop(true).await;
    });
    stop_on_signals(app.closing.clone());
    actix_rt::spawn(log_file::keep_bounded(app.vms.clone(), app.closing.clone()));
    ready();
    tracing::info!(socket = %socket.display(), vmm = app.vmm_line, "ready");
    let served = server.await.map_err(StartError::Serve);
    crate::shutdown::remove_socket(&socket);
    crate::shutdown::cancel_operations(&app.operations).await;
    store.close().await;
    tracing::info!("stopped");
    served
}

async fn open_store(layout: &Layout) -> Result<Store, StartError> {
    let directory = layout.store();
    let opened = tokio::task::spawn_blocking(move || Store::open(&directory)).await;
    Ok(opened.map_err(|error| StartError::Directory {
        path: layout.store(),
        message: error.to_string(),
    })??)
}

fn stop_on_signals(closing: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let closing = closing.clone();
        match signal(kind) {
            Ok(mut signals) => {
                actix_rt::spawn(async move {
                    signals.recv().await;
                    closing.cancel();
                });
            }
            Err(error) => tracing::warn!(%error, "a signal cannot be heard"),
        }
    }
}
