//! Fields, and how a change is recorded and then seen.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use actix::{Actor, ActorFutureExt, Context, ContextFutureSpawner, WrapFuture};
use banger_api::Problem;
use tokio::sync::watch;

use super::{
    artifact::{Artifact, Item, There},
    change::{Change, batch},
    contents::Contents,
    files,
    start::Ports,
};
use crate::error;

/// How many requests may wait; VMs created at once each send a few.
const MAILBOX: usize = 1024;

pub(super) struct Shelf<A: Artifact> {
    pub(super) artifact: Arc<A>,
    pub(super) contents: Contents<A>,
    pub(super) ports: Ports,
    pub(super) directory: PathBuf,
    pub(super) snapshot: watch::Sender<Arc<Vec<Item<A::Record>>>>,
    pub(super) there: There<A::Record>,
}

impl<A: Artifact> Actor for Shelf<A> {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(MAILBOX);
    }
}

impl<A: Artifact> Shelf<A> {
    pub(super) fn publish(&self) {
        self.snapshot.send_replace(Arc::new(self.contents.items()));
    }

    /// Records a change; the mailbox waits, so that nothing happens in between. Then all see
    /// it, and the files of what went are removed.
    pub(super) fn commit(
        &mut self,
        context: &mut Context<Self>,
        change: Change<A::Record>,
        then: impl FnOnce(&mut Self, Result<(), Problem>) + 'static,
    ) {
        if change.is_empty() {
            return then(self, Ok(()));
        }
        let (store, batch) = (self.ports.store.clone(), batch::<A>(&change));
        async move { store.commit(batch?).await }
            .into_actor(self)
            .map(move |outcome, actor, _| match outcome {
                Ok(()) => {
                    actor.take_over(&change);
                    then(actor, Ok(()));
                }
                Err(error) => then(actor, Err(error::store(error))),
            })
            .wait(context);
    }

    fn take_over(&mut self, change: &Change<A::Record>) {
        let before = self.names();
        self.contents.apply(change);
        self.publish();
        let after = self.names();
        for name in before.difference(&after) {
            self.ports.events.publish(A::vanished(name));
        }
        for record in &change.put {
            if let Some(item) = self.contents.of_id(A::id(record)) {
                self.ports.events.publish(self.artifact.appeared(&item));
            }
        }
        for record in &change.delete {
            tracing::info!(id = A::id(record), names = ?A::names(record), "{} removed", A::NOUN);
            actix_rt::spawn(remove_place(self.directory.join(A::id(record))));
        }
    }

    fn names(&self) -> BTreeSet<String> {
        let there = self.there.borrow();
        let names = there.iter().flat_map(|item| A::names(&item.record));
        names.cloned().collect()
    }
}

/// Removes what no record names any more; what is left of it, the next start removes.
pub(super) async fn remove_place(place: PathBuf) {
    let removed = tokio::task::spawn_blocking(move || files::remove(&place)).await;
    if let Ok(Err(error)) = removed {
        tracing::warn!(%error, "the files of something removed are left");
    }
}
