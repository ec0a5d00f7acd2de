//! Requests served by doubles of a disk.

use super::*;
use crate::backend::Memory;
use proptest::prelude::*;
use std::cell::{Cell, RefCell};
use std::io::ErrorKind;
use std::rc::Rc;

type Asked<T> = (Request, oneshot::Receiver<Result<T, StoreError>>);

/// Memory that counts syncs, and fails one. Opened anew it is still there: a disk may have
/// taken what it said it did not.
#[derive(Clone)]
struct Counting {
    memory: Rc<RefCell<Memory>>,
    syncs: Rc<Cell<usize>>,
    failing: usize,
    kind: ErrorKind,
    has_room: bool,
    set_aside: bool,
}

impl Source for Counting {
    type Database = Self;
    fn has_room(&self) -> bool {
        self.has_room
    }
    fn set_aside(&mut self) {
        self.set_aside = true;
    }
    fn give_up(&mut self) {
        self.has_room |= self.set_aside;
        self.set_aside = false;
    }
    fn reopen(&mut self) -> Result<Self, StoreError> {
        Ok(self.clone())
    }
}

impl Backend for Counting {
    fn get(&mut self, tree: &str, key: &str) -> Result<Option<Vec<u8>>, BackendError> {
        self.memory.borrow_mut().get(tree, key)
    }
    fn scan(&mut self, tree: &str) -> Result<Records, BackendError> {
        self.memory.borrow_mut().scan(tree)
    }
    fn trees(&mut self) -> Result<Vec<String>, BackendError> {
        self.memory.borrow_mut().trees()
    }
    fn apply(&mut self, changes: &[Change]) -> Result<Vec<bool>, BackendError> {
        self.memory.borrow_mut().apply(changes)
    }
    fn sync(&mut self) -> Result<(), BackendError> {
        self.syncs.set(self.syncs.get() + 1);
        if self.syncs.get() == self.failing {
            return Err(BackendError::Sync {
                path: "db".into(),
                source: self.kind.into(),
            });
        }
        Ok(())
    }
}

fn counting(failing: usize, kind: ErrorKind) -> Counting {
    Counting {
        memory: Rc::default(),
        syncs: Rc::default(),
        failing,
        kind,
        has_room: true,
        set_aside: false,
    }
}

/// Serves what was queued, and nothing more.
fn serve_all(owner: Owner<Counting>, queued: Vec<Request>) {
    let (sender, mut requests) = mpsc::channel(queued.len());
    for request in queued {
        sender.try_send(request).ok().unwrap();
    }
    drop(sender);
    assert!(owner.serve(&mut requests).is_none());
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
    let counting = counting(failing, ErrorKind::Other);
    serve_all(Owner::new(counting.clone(), counting.clone()), queued);
    counting.syncs.get()
}

#[test]
fn writes_that_wait_together_share_a_sync() {
    let (requests, answers): (Vec<_>, Vec<_>) = (0..GROUP * 2).map(|n| put(&n.to_string())).unzip();
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
    let (mut queued, rest): (Vec<_>, Vec<_>) = (0..GROUP - 2).map(|n| put(&n.to_string())).unzip();
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

/// An owner whose write of `a` was said to have failed for want of space, though the disk
/// has it; `old` was there before.
fn full() -> Owner<Counting> {
    let counting = counting(2, ErrorKind::StorageFull);
    let mut owner = Owner::new(counting.clone(), counting);
    for (key, ok) in [("old", true), ("a", false)] {
        let (request, mut answer) = put(key);
        let Handled::Answer(answered) = owner.handle(request) else {
            panic!("an answer");
        };
        owner.finish(vec![answered]);
        assert_eq!(answer.try_recv().unwrap().is_ok(), ok);
    }
    owner
}

#[test]
fn with_space_again_writes_go_on_and_what_failed_is_undone() {
    let (write, mut written) = put("b");
    let (gone, mut undone) = get("a");
    let (kept, mut old) = get("old");
    serve_all(full(), vec![write, gone, kept]);
    assert_eq!(written.try_recv().unwrap().unwrap(), [false]);
    assert_eq!(undone.try_recv().unwrap().unwrap(), None);
    assert_eq!(old.try_recv().unwrap().unwrap(), Some(b"v".to_vec()));
}

#[test]
fn without_space_writes_are_refused_and_reads_are_not() {
    let mut owner = full();
    owner.source.has_room = false;
    let (write, mut refused) = put("b");
    let (read, mut seen) = get("old");
    serve_all(owner, vec![write, read]);
    let refused = refused.try_recv().unwrap();
    assert!(matches!(refused, Err(StoreError::Full { .. })));
    assert!(seen.try_recv().unwrap().unwrap().is_some());
}

#[test]
fn what_is_set_aside_is_for_deletions() {
    let mut owner = full();
    owner.source.has_room = false;
    let (write, mut refused) = put("b");
    let (reply, mut deleted) = oneshot::channel();
    let changes = vec![Change {
        tree: "t".into(),
        key: "old".into(),
        value: None,
    }];
    let delete = Request::Commit { changes, reply };
    let (read, mut gone) = get("old");
    serve_all(owner, vec![write, delete, read]);
    let refused = refused.try_recv().unwrap();
    assert!(matches!(refused, Err(StoreError::Full { .. })));
    assert_eq!(deleted.try_recv().unwrap().unwrap(), [true]);
    assert_eq!(gone.try_recv().unwrap().unwrap(), None);
}

proptest! {
    /// Whatever is written in a group that fails, what was there before is there after it.
    #[test]
    fn undoing_leaves_what_was_there(
        before in prop::collection::btree_map("[a-d]", any::<u8>(), 0..4),
        writes in prop::collection::vec(
            prop::collection::vec(("[a-d]", any::<Option<u8>>()), 1..4), 1..5),
    ) {
        let mut counting = counting(1, ErrorKind::StorageFull);
        let change = |(key, value): (&String, Option<u8>)| Change {
            tree: "t".into(),
            key: key.clone(),
            value: value.map(|byte| vec![byte]),
        };
        let there: Vec<Change> = before.iter().map(|(k, v)| change((k, Some(*v)))).collect();
        counting.apply(&there).unwrap();
        let was = counting.scan("t").unwrap();
        let mut owner = Owner::new(counting.clone(), counting.clone());
        for write in &writes {
            let changes: Vec<Change> = write.iter().map(|(k, v)| change((k, *v))).collect();
            owner.write(&changes).unwrap();
        }
        owner.finish(Vec::new());
        prop_assert!(owner.failure.is_some());
        owner.recover(&[]).unwrap();
        prop_assert_eq!(counting.scan("t").unwrap(), was);
    }
}
