//! The thread that owns the database: serves requests in order, in groups that share a sync.
//!
//! - `recovery.rs`: what comes after a write that failed

mod recovery;
#[cfg(test)]
mod tests;

use recovery::{Failure, undoings};

use crate::backend::{Backend, BackendError, Change, Source};
use crate::error::StoreError;
use tokio::sync::{mpsc, oneshot};

/// The most requests of a group: a burst of writes must not keep the first one waiting.
const GROUP: usize = 64;

/// Where an answer goes. The asker may be gone.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// The records of a tree, as bytes, in the order of their keys.
pub(crate) type Records = Vec<(String, Vec<u8>)>;

/// What can be asked.
pub(crate) enum Request {
    /// One record.
    Get {
        tree: &'static str,
        key: String,
        reply: Reply<Option<Vec<u8>>>,
    },
    /// All of a tree.
    List {
        tree: &'static str,
        reply: Reply<Records>,
    },
    /// Everything.
    Everything {
        reply: Reply<Vec<(String, Records)>>,
    },
    /// All changes or none; for each, whether its key was there before.
    Commit {
        changes: Vec<Change>,
        reply: Reply<Vec<bool>>,
    },
    /// As `Commit`, when there are no records yet.
    Import {
        changes: Vec<Change>,
        reply: Reply<()>,
    },
    /// The end: the sender is dropped once the database is closed.
    Close { done: oneshot::Sender<()> },
}

/// An answer that waits for its group's sync; given that sync's failure if it failed.
type Answer = Box<dyn FnOnce(Result<(), StoreError>)>;

/// The database, and what became of it.
pub(crate) struct Owner<S: Source> {
    // In this order: the directory's lock goes last.
    /// None where it could not be opened again.
    database: Option<S::Database>,
    source: S,
    failure: Option<Failure>,
    unsynced: bool,
    /// What undoes the writes that nobody was told of yet, in the order in which they were
    /// made; after a failure, those of which the disk may have any part.
    undo: Vec<Change>,
}

impl<S: Source> Owner<S> {
    pub(crate) fn new(database: S::Database, source: S) -> Self {
        Owner {
            database: Some(database),
            source,
            failure: None,
            unsynced: false,
            undo: Vec::new(),
        }
    }

    /// Serves until the last handle is gone, or until a `Close`, which is returned.
    pub(crate) fn serve(
        mut self,
        requests: &mut mpsc::Receiver<Request>,
    ) -> Option<oneshot::Sender<()>> {
        while let Some(first) = requests.blocking_recv() {
            let mut answers: Vec<Answer> = Vec::new();
            let mut close = None;
            let mut next = Some(first);
            while let Some(request) = next {
                next = None;
                match self.handle(request) {
                    Handled::Answer(answer) => {
                        answers.push(answer);
                        if answers.len() < GROUP {
                            next = requests.try_recv().ok();
                        }
                    }
                    Handled::Close(done) => close = Some(done),
                }
            }
            self.finish(answers);
            if close.is_some() {
                return close;
            }
        }
        None
    }

    fn handle(&mut self, request: Request) -> Handled {
        match request {
            Request::Get { tree, key, reply } => {
                let found = self.read(|database| database.get(tree, &key));
                answer(reply, found)
            }
            Request::List { tree, reply } => {
                let records = self.read(|database| database.scan(tree));
                answer(reply, records)
            }
            Request::Everything { reply } => {
                let everything = self.read(everything);
                answer(reply, everything)
            }
            Request::Commit { changes, reply } => {
                let outcome = self.write(&changes);
                answer(reply, outcome)
            }
            Request::Import { changes, reply } => {
                let outcome = self.import(&changes);
                answer(reply, outcome)
            }
            Request::Close { done } => Handled::Close(done),
        }
    }

    fn database(&mut self) -> Result<&mut S::Database, StoreError> {
        let database = match self.database.take() {
            Some(database) => database,
            None => self.source.reopen()?,
        };
        Ok(self.database.insert(database))
    }

    fn read<T>(
        &mut self,
        read: impl FnOnce(&mut S::Database) -> Result<T, BackendError>,
    ) -> Result<T, StoreError> {
        read(self.database()?).map_err(failed)
    }

    fn import(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        if let Some(tree) = self.read(S::Database::trees)?.into_iter().next() {
            return Err(StoreError::NotEmpty(tree));
        }
        self.write(changes).map(|_| ())
    }

    fn write(&mut self, changes: &[Change]) -> Result<Vec<bool>, StoreError> {
        self.recover(changes)?;
        let before = self.undo.len();
        let undo = self.read(|database| undoings(database, changes))?;
        self.undo.extend(undo);
        match self.database()?.apply(changes) {
            Ok(existed) => {
                self.unsynced = true;
                Ok(existed)
            }
            Err(error) => {
                self.fail(&error, Some(before));
                Err(failed(error))
            }
        }
    }

    /// Syncs once for the group, then answers everybody in it.
    fn finish(&mut self, answers: Vec<Answer>) {
        let mut problem = None;
        if self.unsynced {
            self.unsynced = false;
            match self.database().map(Backend::sync) {
                Ok(Ok(())) => {
                    let failed_later = self.failure.as_ref().and_then(|failure| failure.before);
                    let saved = failed_later.unwrap_or(self.undo.len());
                    self.undo.drain(..saved.min(self.undo.len()));
                    self.source.set_aside();
                }
                Ok(Err(error)) => {
                    self.fail(&error, None);
                    problem = Some(error.to_string());
                }
                Err(error) => problem = Some(error.to_string()),
            }
        }
        for answer in answers {
            answer(match &problem {
                Some(problem) => Err(StoreError::Database {
                    problem: problem.clone(),
                }),
                None => Ok(()),
            });
        }
    }
}

fn everything(database: &mut impl Backend) -> Result<Vec<(String, Records)>, BackendError> {
    let trees = database.trees()?;
    let mut everything = Vec::with_capacity(trees.len());
    for tree in trees {
        let records = database.scan(&tree)?;
        everything.push((tree, records));
    }
    Ok(everything)
}

enum Handled {
    Answer(Answer),
    Close(oneshot::Sender<()>),
}

fn answer<T: 'static>(reply: Reply<T>, outcome: Result<T, StoreError>) -> Handled {
    Handled::Answer(Box::new(move |synced| {
        // Nobody may be waiting any more: a write happens all the same.
        let _ = reply.send(synced.and(outcome));
    }))
}

fn failed(error: BackendError) -> StoreError {
    StoreError::Database {
        problem: error.to_string(),
    }
}
