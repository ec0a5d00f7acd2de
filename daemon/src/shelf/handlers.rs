//! Handlers of what is quick: VMs take and let go, names come and go.

use actix::Handler;

use super::{
    actor::Shelf,
    answer::Answer,
    artifact::{Artifact, Item},
    change::Change,
    contents::Contents,
    error::ShelfError,
    messages::{Prune, Release, Remove, Rewrite, Tag, Take},
};
use crate::error;

impl<A: Artifact> Handler<Take<A>> for Shelf<A> {
    type Result = Result<A::Record, ShelfError>;

    fn handle(&mut self, message: Take<A>, _: &mut Self::Context) -> Self::Result {
        let record = self
            .contents
            .take(&message.wanted, &message.vm, &message.vm_name)?;
        self.publish();
        Ok(record)
    }
}

impl<A: Artifact> Handler<Release> for Shelf<A> {
    type Result = ();

    fn handle(&mut self, message: Release, context: &mut Self::Context) {
        self.contents.release(&message.vm);
        self.publish();
        let forgotten = self.contents.forgotten();
        self.commit(context, forgotten, |_, outcome| {
            if let Err(problem) = outcome {
                tracing::warn!(%problem, "a {} that nobody uses stays", A::NOUN);
            }
        });
    }
}

impl<A: Artifact> Handler<Remove> for Shelf<A> {
    type Result = Answer<()>;

    fn handle(&mut self, message: Remove, context: &mut Self::Context) -> Self::Result {
        let (answer, later) = Answer::new();
        match self.contents.take_off(&message.wanted, message.force) {
            Ok(change) => self.commit(context, change, move |_, outcome| later.give(outcome)),
            Err(error) => later.give(Err(error::shelf::<A>(error))),
        }
        answer
    }
}

impl<A: Artifact> Handler<Tag<A>> for Shelf<A> {
    type Result = Answer<Item<A::Record>>;

    fn handle(&mut self, message: Tag<A>, context: &mut Self::Context) -> Self::Result {
        let (answer, later) = Answer::new();
        let found = Contents::<A>::check_name(&message.name)
            .and_then(|()| self.contents.find(&message.wanted).map(str::to_owned));
        let item = match found.map(|id| self.contents.of_id(&id)) {
            Ok(Some(item)) => item,
            Ok(None) => {
                let missing = self.contents.not_found(&message.wanted);
                later.give(Err(error::shelf::<A>(missing)));
                return answer;
            }
            Err(error) => {
                later.give(Err(error::shelf::<A>(error)));
                return answer;
            }
        };
        let id = A::id(&item.record).to_owned();
        let change = self.contents.give_name(item.record.clone(), &message.name);
        self.commit(context, change, move |actor, outcome| {
            let item = actor.contents.of_id(&id).unwrap_or(item);
            later.give(outcome.map(|()| item));
        });
        answer
    }
}

impl<A: Artifact> Handler<Rewrite<A>> for Shelf<A> {
    type Result = Answer<Item<A::Record>>;

    fn handle(&mut self, message: Rewrite<A>, context: &mut Self::Context) -> Self::Result {
        let (answer, later) = Answer::new();
        let found = self.contents.find(&message.wanted).map(str::to_owned);
        let item = match found.map(|id| self.contents.of_id(&id)) {
            Ok(Some(item)) => item,
            Ok(None) | Err(_) => {
                let missing = self.contents.not_found(&message.wanted);
                later.give(Err(error::shelf::<A>(missing)));
                return answer;
            }
        };
        let mut record = item.record.clone();
        if let Err(problem) = (message.rewrite)(&mut record) {
            later.give(Err(problem));
            return answer;
        }
        let id = A::id(&record).to_owned();
        let change = Change {
            put: vec![record],
            delete: Vec::new(),
        };
        self.commit(context, change, move |actor, outcome| {
            let item = actor.contents.of_id(&id).unwrap_or(item);
            later.give(outcome.map(|()| item));
        });
        answer
    }
}

impl<A: Artifact> Handler<Prune<A>> for Shelf<A> {
    type Result = Answer<Vec<A::Record>>;

    fn handle(&mut self, message: Prune<A>, context: &mut Self::Context) -> Self::Result {
        let (answer, later) = Answer::new();
        let change = self
            .contents
            .unused(|record| message.ids.contains(A::id(record)));
        let gone = change.delete.clone();
        self.commit(context, change, move |_, outcome| {
            later.give(outcome.map(|()| gone));
        });
        answer
    }
}
