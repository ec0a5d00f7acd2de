//! Fields, start, handlers.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, ContextFutureSpawner, Handler, WrapFuture,
};
use banger_api::{ErrorCode, Problem};
use banger_store::{Batch, Entry, RecordError, Store};
use tokio::sync::watch;

use super::{
    answer::Answer,
    artifact::{Artifact, Item, Place, Product, There},
    change::{Change, batch},
    contents::{Admission, Contents, IfThere},
    error::ShelfError,
    files,
    handle::ShelfHandle,
    messages::{Made, Make, Prune, Release, Remove, Rewrite, Tag, Take},
    work::{Making, Work},
};
use crate::{error, event::Events, id, operation::Reporter};

/// How many requests may wait; VMs created at once each send a few.
const MAILBOX: usize = 1024;

/// What a shelf needs from outside.
#[derive(Clone, Debug)]
pub struct Ports {
    /// Where records are kept.
    pub store: Store,
    /// Where changes are told.
    pub events: Events,
    /// Where directories are kept.
    pub state_dir: PathBuf,
}

/// Reads the records, sweeps what has none, and starts the actor.
///
/// # Errors
/// When the store or the directory cannot be read.
pub async fn start<A: Artifact>(artifact: A, ports: Ports) -> Result<ShelfHandle<A>, Problem> {
    let directory = ports.state_dir.join(A::DIRECTORY);
    let records = read::<A>(&ports.store).await?;
    let known: BTreeSet<String> = records
        .iter()
        .map(|record| A::id(record).to_owned())
        .collect();
    let swept =
        files::sweep(&directory, &known).map_err(|source| error::io(&directory, &source))?;
    for path in swept {
        tracing::info!(path = %path.display(), "removed what an interrupted {} left", A::NOUN);
    }
    let contents = Contents::new(records);
    let (snapshot, reader) = watch::channel(Arc::new(contents.items()));
    let artifact = Arc::new(artifact);
    let actor = Shelf {
        artifact: Arc::clone(&artifact),
        contents,
        ports,
        directory,
        snapshot,
        there: reader.clone(),
    };
    Ok(ShelfHandle::new(artifact, actor.start(), reader))
}

async fn read<A: Artifact>(store: &Store) -> Result<Vec<A::Record>, Problem> {
    let mut records = Vec::new();
    let mut moved = Batch::new();
    let entries = store.list_each::<A::Record>().await;
    for Entry { key, record } in entries.map_err(error::store)? {
        // Nothing is swept then: another version of the daemon may read what this cannot.
        let record = record.map_err(|error| unreadable(&key, &error))?;
        let id = A::id(&record);
        if key != id {
            // The first version kept records under names.
            moved
                .put(id, &record)
                .map_err(|error| unreadable(&key, &error))?;
            moved.delete::<A::Record>(&key);
        }
        records.push(record);
    }
    if !moved.is_empty() {
        store.commit(moved).await.map_err(error::store)?;
    }
    Ok(records)
}

fn unreadable(key: &str, error: &RecordError) -> Problem {
    Problem::new(
        ErrorCode::Internal,
        format!("the record {key} cannot be read: {error}"),
    )
    .with_hint("run the version of bangerd that wrote it, or remove the state directory")
}

pub(super) struct Shelf<A: Artifact> {
    artifact: Arc<A>,
    contents: Contents<A>,
    ports: Ports,
    directory: PathBuf,
    snapshot: watch::Sender<Arc<Vec<Item<A::Record>>>>,
    there: There<A::Record>,
}

impl<A: Artifact> Actor for Shelf<A> {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(MAILBOX);
    }
}

impl<A: Artifact> Shelf<A> {
    fn publish(&self) {
        self.snapshot.send_replace(Arc::new(self.contents.items()));
    }

    /// Records a change; the mailbox waits, so that nothing happens in between. Then all see
    /// it, and the files of what went are removed.
    fn commit(
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

impl<A: Artifact> Handler<Make<A>> for Shelf<A> {
    type Result = Result<Option<Work>, ShelfError>;

    fn handle(&mut self, message: Make<A>, context: &mut Self::Context) -> Self::Result {
        match self.contents.admit(&message.name, message.if_there)? {
            Admission::There => return Ok(None),
            Admission::Join(work) => return Ok(Some(work)),
            Admission::Make => {}
        }
        let Make { name, recipe, .. } = message;
        let id = id::random();
        let reporter = Reporter::shared(A::operation_kind(&recipe), &name, "preparing");
        let (making, work) = Making::begin(&id, &reporter);
        self.contents.begin(&name, making);
        let (artifact, directory) = (Arc::clone(&self.artifact), self.directory.clone());
        let (address, there) = (context.address(), self.there.clone());
        actix_rt::spawn(async move {
            let found_name = OnceLock::new();
            let place = Place {
                name: &name,
                id: &id,
                directory: &directory,
                found_name: &found_name,
            };
            let outcome = make(&*artifact, place, recipe, &there, &reporter).await;
            let found_name = found_name.into_inner();
            let _ = address
                .send(Made {
                    name,
                    id,
                    found_name,
                    outcome,
                    reporter,
                })
                .await;
        });
        Ok(Some(work))
    }
}

/// Makes and publishes, below the shelf that `place` names; on an error nothing is left.
async fn make<A: Artifact>(
    artifact: &A,
    place: Place<'_>,
    recipe: A::Recipe,
    there: &There<A::Record>,
    reporter: &Reporter,
) -> Result<Product<A::Record>, Problem> {
    let (shelf, id) = (place.directory, place.id);
    let making = files::begin(shelf, id).map_err(|source| error::io(shelf, &source))?;
    let place = Place {
        directory: &making,
        ..place
    };
    let made = async {
        let product = artifact.make(recipe, place, there, reporter).await?;
        if matches!(product, Product::New(..)) {
            let (from, to, id) = (making.clone(), shelf.to_owned(), id.to_owned());
            tokio::task::spawn_blocking(move || files::publish(&from, &to, &id))
                .await
                .map_err(error::aborted)?
                .map_err(|source| error::io(shelf, &source))?;
        }
        Ok(product)
    };
    let outcome = made.await;
    if !matches!(outcome, Ok(Product::New(..))) {
        remove_place(making.clone()).await;
    }
    if outcome.is_err() {
        remove_place(shelf.join(id)).await;
    }
    outcome
}

impl<A: Artifact> Handler<Made<A>> for Shelf<A> {
    type Result = ();

    fn handle(&mut self, message: Made<A>, context: &mut Self::Context) {
        let Made {
            name,
            id,
            found_name,
            outcome,
            reporter,
        } = message;
        let place = match &outcome {
            Ok(Product::New(..)) => Some(self.directory.join(&id)),
            Ok(Product::Same(_)) | Err(_) => None,
        };
        let made = outcome.and_then(|product| match product {
            Product::New(record, turn) => Ok((record, turn)),
            Product::Same(same) => {
                let there = self.contents.of_id(&same).map(|item| item.record);
                let there = there.map(|record| (record, None));
                there.ok_or_else(|| error::shelf::<A>(self.contents.not_found(&name)))
            }
        });
        let named = made.and_then(|made| match &found_name {
            None => Ok(made),
            // Nobody was asked whether it may be replaced.
            Some(found) => match self.contents.admit(found, IfThere::Refuse) {
                Ok(_) => Ok(made),
                Err(refused) => Err(error::shelf::<A>(refused)),
            },
        });
        let final_name = found_name.as_ref().unwrap_or(&name);
        let (change, turn) = match named {
            Ok((record, turn)) => (self.contents.give_name(record, final_name), turn),
            Err(problem) => {
                self.contents.end(&name, &id);
                if let Some(place) = place {
                    actix_rt::spawn(remove_place(place));
                }
                return reporter.fail(problem);
            }
        };
        reporter.target(final_name);
        self.commit(context, change, move |actor, outcome| {
            drop(turn);
            actor.contents.end(&name, &id);
            match outcome {
                Ok(()) => reporter.succeed(),
                Err(problem) => {
                    reporter.fail(problem);
                    if let Some(place) = place {
                        actix_rt::spawn(remove_place(place));
                    }
                }
            }
        });
    }
}

/// Removes what no record names any more; what is left of it, the next start removes.
async fn remove_place(place: PathBuf) {
    let removed = tokio::task::spawn_blocking(move || files::remove(&place)).await;
    if let Ok(Err(error)) = removed {
        tracing::warn!(%error, "the files of something removed are left");
    }
}

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
