//! One at a time for each key: who comes later finds what the first one made.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// Turns by key.
#[derive(Debug, Default)]
pub struct Once {
    turns: Mutex<HashMap<String, Weak<Turn<()>>>>,
}

impl Once {
    /// Waits until nobody else is at work on the key; what is returned ends one's own turn.
    pub async fn enter(&self, key: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| turn.strong_count() > 0);
            match turns.get(key).and_then(Weak::upgrade) {
                Some(turn) => turn,
                None => {
                    let turn = Arc::default();
                    turns.insert(key.to_owned(), Arc::downgrade(&turn));
                    turn
                }
            }
        };
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix::test]
    async fn the_same_key_is_entered_by_one_at_a_time() {
        let once = Arc::new(Once::default());
        let first = once.enter("a").await;
        let _other = once.enter("b").await;
        let waiting = Arc::clone(&once);
        let second = actix_rt::spawn(async move { drop(waiting.enter("a").await) });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        drop(first);
        second.await.unwrap();
        let _again = once.enter("a").await;
        assert_eq!(once.turns.lock().unwrap().len(), 2);
    }
}
