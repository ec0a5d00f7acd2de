//! What a caller is told while a pull is under way.

use crate::digest::Digest;
use std::time::Duration;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A layer has more bytes than before; the first event of a layer says what an earlier
    /// attempt left of it.
    Layer {
        /// The layer.
        digest: Digest,
        /// Bytes that are in the store.
        done: u64,
        /// Bytes that it has.
        total: u64,
    },
    /// Nothing is asked for a while.
    Waiting {
        /// Who is waited for: `host[:port]`.
        server: String,
        /// How long.
        delay: Duration,
        /// Why: the error of the last attempt.
        reason: String,
    },
    /// A mirror could not help; the next server is asked.
    MirrorFailed {
        /// The mirror: `host[:port]`.
        server: String,
        /// Why.
        reason: String,
    },
}

/// Is told what happens; called often, from several tasks, and must not block.
pub type Report<'a> = &'a (dyn Fn(Event) + Send + Sync);
