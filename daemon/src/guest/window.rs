//! How much of a stream may be sent before the guest has taken more.

use tokio::sync::Semaphore;

/// Room for `SIZE` bytes, which has to fit a `u32`.
#[derive(Debug)]
pub struct Window<const SIZE: u64>(Semaphore);

impl<const SIZE: u64> Default for Window<SIZE> {
    fn default() -> Self {
        Self(Semaphore::new(SIZE as usize))
    }
}

impl<const SIZE: u64> Window<SIZE> {
    /// Waits until that many bytes, at most one frame's, may be sent.
    pub async fn reserve(&self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(SIZE as u32);
        // It is never closed.
        if let Ok(permits) = self.0.acquire_many(bytes).await {
            permits.forget();
        }
    }

    /// The guest took that much.
    pub fn taken(&self, bytes: u64) {
        // A guest that lies can only make room in its own window.
        let room = SIZE.saturating_sub(self.0.available_permits() as u64);
        self.0.add_permits(bytes.min(room) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_cannot_widen_its_window() {
        let window = Window::<1024>::default();
        window.taken(u64::MAX);
        assert_eq!(window.0.available_permits(), 1024);
    }

    #[actix::test]
    async fn what_was_taken_may_be_sent_anew() {
        let window = Window::<1024>::default();
        window.reserve(1024).await;
        assert_eq!(window.0.available_permits(), 0);
        window.taken(100);
        window.reserve(100).await;
        assert_eq!(window.0.available_permits(), 0);
    }
}
