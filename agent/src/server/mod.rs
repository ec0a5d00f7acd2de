//! The host's door: one conversation per vsock connection.
//!
//! | file | duty |
//! |---|---|
//! | `mod.rs` | listening and accepting |
//! | `conversation.rs` | the first frame decides who answers |
//! | `frames.rs` | writing whole frames from several places |
//! | `system.rs` | waiting for the image's init |
//! | `init_fifo.rs` | `reboot` while the image's init is still starting |
//! | `shutdown.rs` | asking it to power off |
//! | `tool.rs` | running the image's own programs |
//!
//! It runs on one thread. Blocking file work has threads of its own.

mod conversation;
pub mod frames;
mod init_fifo;
mod shutdown;
mod system;
mod tool;

use std::{
    convert::Infallible,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use banger_agent_protocol::{AGENT_PORT, config::GuestConfig};
use tokio::{net::unix::pipe::Receiver, runtime::Runtime};
use tokio_vsock::{VMADDR_CID_ANY, VMADDR_CID_HOST, VsockAddr, VsockListener};

use self::conversation::converse;
use crate::{log, network, sys::process::give_memory_back};

/// How many threads may do blocking file work: each copies one tar stream.
const FILE_THREADS: usize = 8;

/// A server that hears the host already and does not answer yet.
pub struct Server {
    runtime: Runtime,
    listener: VsockListener,
    has_init: bool,
    /// Where programs ask an init that does not listen yet.
    init_fifo: Option<Receiver>,
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
        let (listener, init_fifo) = runtime.block_on(async {
            let listener = VsockListener::bind(VsockAddr::new(VMADDR_CID_ANY, AGENT_PORT))?;
            network::apply(config.network.as_ref())
                .await
                .map_err(io::Error::other)?;
            let init_fifo = has_init.then(init_fifo::listen).flatten();
            io::Result::Ok((listener, init_fifo))
        })?;
        Ok(Self {
            runtime,
            listener,
            has_init,
            init_fifo,
        })
    }

    /// Answers for ever.
    pub fn run(self) -> Infallible {
        let running = Arc::new(Running::default());
        self.runtime.block_on(async {
            if let Some(fifo) = self.init_fifo {
                tokio::spawn(init_fifo::attend(fifo));
            }
            loop {
                match self.listener.accept().await {
                    // Programs in the guest must not command it as root.
                    Ok((_, peer)) if peer.cid() != VMADDR_CID_HOST => {
                        log::warn(format_args!("refused a connection from CID {}", peer.cid()));
                    }
                    Ok((stream, _)) => {
                        running.enter();
                        let (reader, writer) = stream.into_split();
                        let (has_init, running) = (self.has_init, Arc::clone(&running));
                        tokio::spawn(async move {
                            converse(reader, writer, has_init).await;
                            if running.leave() > MANY {
                                give_memory_back();
                            }
                        });
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

/// How many conversations at once leave so much memory behind that it is worth giving back;
/// each has 128 KiB of buffers.
const MANY: usize = 8;

/// Counts conversations.
#[derive(Default)]
struct Running {
    now: AtomicUsize,
    /// The most at once since there were none.
    most: AtomicUsize,
}

impl Running {
    fn enter(&self) {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
    }

    /// When none is left: how many there were at most. Else zero.
    fn leave(&self) -> usize {
        match self.now.fetch_sub(1, Ordering::Relaxed) {
            1 => self.most.swap(0, Ordering::Relaxed),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_learns_of_the_crowd() {
        let running = Running::default();
        running.enter();
        assert_eq!(running.leave(), 1);
        running.enter();
        running.enter();
        assert_eq!(running.leave(), 0);
        running.enter();
        assert_eq!(running.leave(), 0);
        assert_eq!(running.leave(), 2);
    }
}
