//! The global event stream: every change, numbered, to whoever listens.
//!
//! Readers that are too slow miss events and see it by the gap in the numbers; nobody waits
//! for them.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use banger_api::{Event, EventSubject};
use tokio::sync::broadcast;

/// How many events a reader may lag behind before it misses some.
const BACKLOG: usize = 256;

/// Publishes events. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Events {
    sender: broadcast::Sender<Arc<Event>>,
    sequence: Arc<AtomicU64>,
}

impl Default for Events {
    fn default() -> Self {
        let (sender, _) = broadcast::channel(BACKLOG);
        Self {
            sender,
            sequence: Arc::new(AtomicU64::new(1)),
        }
    }
}

impl Events {
    /// Tells everybody who listens.
    pub fn publish(&self, subject: EventSubject) {
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        let event = Event {
            sequence,
            time: jiff::Timestamp::now(),
            subject,
        };
        // An error means that nobody listens.
        let _ = self.sender.send(Arc::new(event));
    }

    /// Listens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.sender.subscribe()
    }
}
