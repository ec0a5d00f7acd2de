//! Fields, start, handlers.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, ContextFutureSpawner, Handler, ResponseActFuture,
    WrapFuture,
};
use banger_api::{ErrorCode, Problem};
use banger_store::{Entry, RecordError, Store};
use tokio::sync::watch;

use super::{
    artifact::{Artifact, Item},
    contents::{Admission, Contents, ShelfError},
    files,
    handle::ShelfHandle,
    messages::{Made, Make, Release, Remove, Take},
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
    let mut records = Vec::new();
    for Entry { key, record } in ports
        .store
        .list_each::<A::Record>()
        .await
        .map_err(error::store)?
    {
        // Nothing is swept then: another version of the daemon may read what this cannot.
        records.push(record.map_err(|error| unreadable(&key, &error))?);
    }
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
    let actor = Shelf {
        artifact: Arc::new(artifact),
        contents,
        ports,
        directory,
        snapshot,
    };
    Ok(ShelfHandle::new(actor.start(), reader))
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
        let address = context.address();
        actix_rt::spawn(async move {
            let outcome = make(&*artifact, &directory, &name, &id, recipe, &reporter).await;
            let _ = address
                .send(Made {
                    name,
                    id,
                    outcome,
                    reporter,
                })
                .await;
        });
        Ok(Some(work))
    }
}

/// Makes and publishes; on an error nothing is left.
async fn make<A: Artifact>(
    artifact: &A,
    shelf: &std::path::Path,
    name: &str,
    id: &str,
    recipe: A::Recipe,
    reporter: &Reporter,
) -> Result<A::Record, Problem> {
    let making = files::begin(shelf, id).map_err(|source| error::io(shelf, &source))?;
    let made = async {
        let record = artifact.make(name, id, recipe, &making, reporter).await?;
        let (from, to, id) = (making.clone(), shelf.to_owned(), id.to_owned());
        tokio::task::spawn_blocking(move || files::publish(&from, &to, &id))
            .await
            .map_err(error::aborted)?
            .map_err(|source| error::io(shelf, &source))?;
        Ok(record)
    };
    let outcome = made.await;
    if outcome.is_err() {
        let place = shelf.join(id);
        let removed = tokio::task::spawn_blocking(move || {
            files::remove(&making).and_then(|()| files::remove(&place))
        });
        if let Ok(Err(error)) = removed.await {
            tracing::warn!(%error, name, "what was begun could not be removed");
        }
    }
    outcome
}

impl<A: Artifact> Handler<Made<A>> for Shelf<A> {
    type Result = ();

    fn handle(&mut self, message: Made<A>, context: &mut Self::Context) {
        let Made {
            name,
            id,
            outcome,
            reporter,
        } = message;
        let made = outcome.is_ok();
        // A VM may have taken meanwhile what this would replace.
        let outcome = outcome.and_then(|record| {
            let unused = self.contents.check_unused(&name);
            unused.map(|()| record).map_err(error::shelf::<A>)
        });
        let (store, place) = (self.ports.store.clone(), self.directory.join(&id));
        let recorded = async move {
            let written = match outcome {
                Ok(record) => {
                    let written = store.put(A::name(&record), &record).await;
                    written.map(|()| record).map_err(error::store)
                }
                Err(problem) => Err(problem),
            };
            if written.is_err() && made {
                remove_place(place).await;
            }
            written
        };
        // The mailbox waits, so that no VM takes what is about to be replaced.
        recorded
            .into_actor(self)
            .map(move |outcome, actor, _| match outcome {
                Ok(record) => {
                    actor.complete(&name, &id, record);
                    reporter.succeed();
                }
                Err(problem) => {
                    actor.contents.end(&name, &id);
                    reporter.fail(problem);
                }
            })
            .wait(context);
    }
}

impl<A: Artifact> Shelf<A> {
    fn complete(&mut self, name: &str, id: &str, record: A::Record) {
        let replaced = self.contents.complete(id, record);
        self.publish();
        if let Some(item) = self.contents.item(name) {
            self.ports.events.publish(A::appeared(&item));
        }
        if let Some(old) = replaced {
            actix_rt::spawn(remove_place(self.directory.join(A::id(&old))));
        }
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
            .take(&message.name, &message.vm, &message.vm_name)?;
        self.publish();
        Ok(record)
    }
}

impl<A: Artifact> Handler<Release> for Shelf<A> {
    type Result = ();

    fn handle(&mut self, message: Release, _: &mut Self::Context) {
        self.contents.release(&message.vm);
        self.publish();
    }
}

impl<A: Artifact> Handler<Remove> for Shelf<A> {
    type Result = ResponseActFuture<Self, Result<(), Problem>>;

    fn handle(&mut self, message: Remove, _: &mut Self::Context) -> Self::Result {
        // Off the shelf first, so that no VM takes it while its files go.
        let record = match self.contents.remove(&message.name) {
            Ok(record) => record,
            Err(error) => return Box::pin(actix::fut::ready(Err(error::shelf::<A>(error)))),
        };
        self.publish();
        let store = self.ports.store.clone();
        let place = self.directory.join(A::id(&record));
        let name = message.name;
        let work = async move {
            store
                .delete::<A::Record>(&name)
                .await
                .map_err(error::store)?;
            // The record is gone, so a failure here is swept at the next start.
            let removed = tokio::task::spawn_blocking(move || files::remove(&place)).await;
            if let Ok(Err(error)) = removed {
                tracing::warn!(%error, name, "the files of a removed {} are left", A::NOUN);
            }
            Ok::<String, Problem>(name)
        };
        Box::pin(
            work.into_actor(self)
                .map(move |outcome, actor, _| match outcome {
                    Ok(name) => {
                        actor.ports.events.publish(A::vanished(&name));
                        Ok(())
                    }
                    Err(problem) => {
                        actor.contents.put_back(record);
                        actor.publish();
                        Err(problem)
                    }
                }),
        )
    }
}
