//! The thread that owns the database: serves requests in order, in groups that share a sync.

use crate::backend::{Backend, BackendError, Change};
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
pub(crate) struct Owner<B> {
    backend: B,
    /// A write's failure. After a failed fsync the kernel may drop what it could not write
    /// and call the next one a success, so none is tried again.
    failure: Option<String>,
    unsynced: bool,
}

impl<B: Backend> Owner<B> {
    pub(crate) fn new(backend: B) -> Self {
        Owner {
            backend,
            failure: None,
            unsynced: false,
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
                let found = self.backend.get(tree, &key);
                answer(reply, found.map_err(failed))
            }
            Request::List { tree, reply } => {
                let records = self.backend.scan(tree);
                answer(reply, records.map_err(failed))
            }
            Request::Everything { reply } => {
                let everything = self.everything();
                answer(reply, everything.map_err(failed))
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

    fn everything(&mut self) -> Result<Vec<(String, Records)>, BackendError> {
        let trees = self.backend.trees()?;
        trees
            .into_iter()
            .map(|tree| {
                let records = self.backend.scan(&tree)?;
                Ok((tree, records))
            })
            .collect()
    }

    fn import(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        if let Some(tree) = self.backend.trees().map_err(failed)?.into_iter().next() {
            return Err(StoreError::NotEmpty(tree));
        }
        self.write(changes).map(|_| ())
    }

    fn write(&mut self, changes: &[Change]) -> Result<Vec<bool>, StoreError> {
        self.check_writable()?;
        match self.backend.apply(changes) {
            Ok(existed) => {
                self.unsynced = true;
                Ok(existed)
            }
            Err(error) => {
                self.failure = Some(error.to_string());
                Err(failed(error))
            }
        }
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        match &self.failure {
            Some(problem) => Err(StoreError::ReadOnly {
                problem: problem.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Syncs once for the group, then answers everybody in it.
    fn finish(&mut self, answers: Vec<Answer>) {
        let mut problem = None;
        if self.unsynced {
            self.unsynced = false;
            if let Err(error) = self.backend.sync() {
                tracing::error!(%error, "the database takes no more writes");
                self.failure = Some(error.to_string());
                problem = Some(error.to_string());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Memory;
    use std::cell::Cell;
    use std::rc::Rc;

    type Asked<T> = (Request, oneshot::Receiver<Result<T, StoreError>>);

    /// Memory that counts syncs, and fails one.
    struct Counting {
        memory: Memory,
        syncs: Rc<Cell<usize>>,
        failing: usize,
    }

    impl Backend for Counting {
        fn get(&mut self, tree: &str, key: &str) -> Result<Option<Vec<u8>>, BackendError> {
            self.memory.get(tree, key)
        }
        fn scan(&mut self, tree: &str) -> Result<Records, BackendError> {
            self.memory.scan(tree)
        }
        fn trees(&mut self) -> Result<Vec<String>, BackendError> {
            self.memory.trees()
        }
        fn apply(&mut self, changes: &[Change]) -> Result<Vec<bool>, BackendError> {
            self.memory.apply(changes)
        }
        fn sync(&mut self) -> Result<(), BackendError> {
            self.syncs.set(self.syncs.get() + 1);
            if self.syncs.get() == self.failing {
                return Err(BackendError::Sync {
                    path: "db".into(),
                    source: std::io::Error::other("no space"),
                });
            }
            Ok(())
        }
    }

    fn put(key: &str) -> Asked<Vec<bool>> {
        let (reply, answer) = oneshot::channel();
        let changes = vec![Change {
            tree: "t".into(),
            key: key.into(),
            value: Some(b"v".to_vec()),
        }];
        (Request::Commit { changes, reply }, answer)
    }

    fn get(key: &str) -> Asked<Option<Vec<u8>>> {
        let (reply, answer) = oneshot::channel();
        let key = key.into();
        (
            Request::Get {
                tree: "t",
                key,
                reply,
            },
            answer,
        )
    }

    /// Serves what was queued, and counts syncs.
    fn serve(queued: Vec<Request>, failing: usize) -> usize {
        let (sender, mut requests) = mpsc::channel(queued.len());
        for request in queued {
            sender.try_send(request).ok().unwrap();
        }
        drop(sender);
        let syncs = Rc::new(Cell::new(0));
        let owner = Owner::new(Counting {
            memory: Memory::default(),
            syncs: syncs.clone(),
            failing,
        });
        assert!(owner.serve(&mut requests).is_none());
        syncs.get()
    }

    #[test]
    fn writes_that_wait_together_share_a_sync() {
        let (requests, answers): (Vec<_>, Vec<_>) =
            (0..GROUP * 2).map(|n| put(&n.to_string())).unzip();
        assert_eq!(serve(requests, 0), 2);
        for mut answer in answers {
            assert_eq!(answer.try_recv().unwrap().unwrap(), [false]);
        }
    }

    #[test]
    fn reads_alone_sync_nothing() {
        let (request, mut answer) = get("a");
        assert_eq!(serve(vec![request], 0), 0);
        assert_eq!(answer.try_recv().unwrap().unwrap(), None);
    }

    #[test]
    fn a_failed_sync_fails_its_whole_group_and_all_later_writes() {
        let (write, mut written) = put("a");
        let (read, mut seen) = get("a");
        let (mut queued, rest): (Vec<_>, Vec<_>) =
            (0..GROUP - 2).map(|n| put(&n.to_string())).unzip();
        drop(rest);
        queued.extend([write, read]);
        let (later, mut refused) = put("b");
        let (other, mut read_later) = get("b");
        queued.extend([later, other]);

        assert_eq!(serve(queued, 1), 1);
        assert!(matches!(
            written.try_recv().unwrap(),
            Err(StoreError::Database { .. })
        ));
        assert!(matches!(
            seen.try_recv().unwrap(),
            Err(StoreError::Database { .. })
        ));
        assert!(matches!(
            refused.try_recv().unwrap(),
            Err(StoreError::ReadOnly { .. })
        ));
        assert_eq!(read_later.try_recv().unwrap().unwrap(), None);
    }
}
