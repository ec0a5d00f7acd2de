//! The host's door: one conversation per vsock connection.
//!
//! | file | duty |
//! |---|---|
//! | `mod.rs` | listening and accepting |
//! | `conversation.rs` | the first frame decides who answers |
//! | `frames.rs` | writing whole frames from several places |
//! | `system.rs` | waiting for the image's init |
//! | `shutdown.rs` | asking it to power off |
//! | `tool.rs` | running the image's own programs |
//!
//! It runs on one thread. Blocking file work has threads of its own.

mod conversation;
pub mod frames;
mod shutdown;
mod system;
mod tool;

use std::{convert::Infallible, io, time::Duration};

use banger_agent_protocol::{AGENT_PORT, config::GuestConfig};
use tokio::runtime::Runtime;
use tokio_vsock::{VMADDR_CID_ANY, VMADDR_CID_HOST, VsockAddr, VsockListener};

use self::conversation::converse;
use crate::{log, network};

/// How many threads may do blocking file work: each copies one tar stream.
const FILE_THREADS: usize = 8;

/// A server that hears the host already and does not answer yet.
pub struct Server {
    runtime: Runtime,
    listener: VsockListener,
    has_init: bool,
}

impl Server {
    /// Listens, and sets the network up, which is done here because netlink is asynchronous.
    ///
    /// # Errors
    /// When the port is taken or the network settings are refused.
    pub fn listen(config: &GuestConfig, has_init: bool) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .max_blocking_threads(FILE_THREADS)
            .build()?;
        let listener = runtime.block_on(async {
            let listener = VsockListener::bind(VsockAddr::new(VMADDR_CID_ANY, AGENT_PORT))?;
            network::apply(config.network.as_ref())
                .await
                .map_err(io::Error::other)?;
            io::Result::Ok(listener)
        })?;
        Ok(Self {
            runtime,
            listener,
            has_init,
        })
    }

    /// Answers for ever.
    pub fn run(self) -> Infallible {
        self.runtime.block_on(async {
            loop {
                match self.listener.accept().await {
                    // Programs in the guest must not command it as root.
                    Ok((_, peer)) if peer.cid() != VMADDR_CID_HOST => {
                        log::warn(format_args!("refused a connection from CID {}", peer.cid()));
                    }
                    Ok((stream, _)) => {
                        let (reader, writer) = stream.into_split();
                        tokio::spawn(converse(reader, writer, self.has_init));
                    }
                    Err(error) => {
                        log::warn(format_args!("cannot accept: {error}"));
                        // Out of descriptors or memory: others must end first.
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                }
            }
        })
    }
}
