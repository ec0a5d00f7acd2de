//! A shelf of things that tests make by hand.

use std::{collections::BTreeSet, sync::Arc};

use banger_api::{ErrorCode, EventSubject, OperationKind, OperationState, Problem, PullPolicy};
use banger_store::{Record, Store};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, Semaphore};

use super::{
    Artifact, Codes, IfThere, Item, NotFetched, Place, Ports, Product, ShelfHandle, There, Work,
    start,
};
use crate::{error, event::Events, operation::Reporter};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Thing {
    id: String,
    names: BTreeSet<String>,
}

impl Record for Thing {
    const TREE: &'static str = "things";
    const VERSION: u16 = 1;
}

/// Each make waits for leave and counts itself.
#[derive(Clone)]
struct Things {
    leave: Arc<Semaphore>,
    began: Arc<Notify>,
    fail: bool,
}

impl Artifact for Things {
    type Record = Thing;
    type Recipe = ();

    const NOUN: &'static str = "thing";
    const CODES: Codes = Codes {
        not_found: ErrorCode::ImageNotFound,
        name_taken: ErrorCode::ImageNameTaken,
        in_use: ErrorCode::ImageInUse,
    };
    const DIRECTORY: &'static str = "things";

    fn names(record: &Thing) -> &BTreeSet<String> {
        &record.names
    }

    fn names_mut(record: &mut Thing) -> &mut BTreeSet<String> {
        &mut record.names
    }

    fn id(record: &Thing) -> &str {
        &record.id
    }

    fn catalog() -> &'static [&'static str] {
        &["cup", "spoon"]
    }

    fn fetch(&self, name: &str, _: &[String]) -> Result<(String, ()), NotFetched> {
        if Self::catalog().contains(&name) {
            return Ok((name.to_owned(), ()));
        }
        Err(NotFetched::Nowhere)
    }

    fn operation_kind((): &()) -> OperationKind {
        OperationKind::PullImage
    }

    async fn make(
        &self,
        (): (),
        place: Place<'_>,
        there: &There<Thing>,
        reporter: &Reporter,
    ) -> Result<Product<Thing>, Problem> {
        std::fs::write(place.directory.join("half"), "made").unwrap();
        self.began.notify_one();
        tokio::select! {
            permit = self.leave.acquire() => permit.unwrap().forget(),
            () = reporter.cancelled().cancelled() => return Err(error::cancelled()),
        }
        if self.fail {
            return Err(Problem::new(ErrorCode::ImageBuildFailed, "as asked"));
        }
        // A spoon is a cup.
        let cup = there.borrow().first().map(|item| item.record.id.clone());
        if let (Some(id), "spoon") = (cup, place.name) {
            return Ok(Product::Same(id));
        }
        let thing = Thing {
            id: place.id.to_owned(),
            names: BTreeSet::new(),
        };
        Ok(Product::New(thing, None))
    }

    fn appeared(&self, item: &Item<Thing>) -> EventSubject {
        EventSubject::ImageDeleted {
            name: item.record.id.clone(),
        }
    }

    fn vanished(name: &str) -> EventSubject {
        EventSubject::ImageDeleted {
            name: name.to_owned(),
        }
    }
}

struct Fixture {
    shelf: ShelfHandle<Things>,
    things: Things,
    ports: Ports,
    _directory: tempfile::TempDir,
}

impl Fixture {
    async fn new(fail: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let ports = Ports {
            store: Store::in_memory().unwrap(),
            events: Events::default(),
            state_dir: directory.path().to_owned(),
        };
        let things = Things {
            leave: Arc::new(Semaphore::new(0)),
            began: Arc::default(),
            fail,
        };
        let shelf = start(things.clone(), ports.clone()).await.unwrap();
        Self {
            shelf,
            things,
            ports,
            _directory: directory,
        }
    }

    /// Begins to make something, or joins those who do.
    async fn begin(&self, name: &str) -> Work {
        let begun = self.shelf.make(name, (), IfThere::Keep).await;
        begun.unwrap().unwrap()
    }

    fn left_behind(&self) -> usize {
        std::fs::read_dir(self.ports.state_dir.join("things"))
            .unwrap()
            .count()
    }
}

fn reporter() -> Reporter {
    Reporter::shared(OperationKind::PullImage, "cup", "")
}

#[actix::test]
async fn two_who_want_the_same_wait_for_one_making() {
    let fixture = Fixture::new(false).await;
    let first = fixture.begin("cup").await;
    let second = fixture.begin("cup").await;
    // Leave for one: a second making would wait for ever.
    fixture.things.leave.add_permits(1);
    let (a, b) = (reporter(), reporter());
    let (one, two) = tokio::join!(first.follow(&a), second.follow(&b));
    assert_eq!((one, two), (Ok(()), Ok(())));
    assert_eq!(fixture.shelf.items().len(), 1);
    assert!(
        fixture
            .shelf
            .make("cup", (), IfThere::Keep)
            .await
            .unwrap()
            .is_none()
    );
}

#[actix::test]
async fn one_who_makes_something_of_his_own_waits_for_no_other() {
    let fixture = Fixture::new(false).await;
    let shelf = &fixture.shelf;
    let first = shelf.make("cup", (), IfThere::Keep).await.unwrap();
    let refused = shelf.make("cup", (), IfThere::Supplant).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ImageNameTaken);
    fixture.things.leave.add_permits(1);
    first.unwrap().follow(&reporter()).await.unwrap();
    let before = shelf.item("cup").unwrap().record.id;
    fixture.make("cup", IfThere::Supplant).await;
    assert_ne!(shelf.item("cup").unwrap().record.id, before);
}

#[actix::test]
async fn what_is_stored_of_a_thing_changes_unless_that_is_refused() {
    let fixture = Fixture::new(false).await;
    let shelf = &fixture.shelf;
    fixture.make("cup", IfThere::Keep).await;
    let rename = |thing: &mut Thing| {
        thing.names.insert("mug".to_owned());
        Ok(())
    };
    shelf.rewrite("cup", rename).await.unwrap();
    assert_eq!(fixture.stored().await[0].names.len(), 2);
    let refuse = |thing: &mut Thing| {
        thing.names.clear();
        Err(error::cancelled())
    };
    assert!(shelf.rewrite("mug", refuse).await.is_err());
    assert_eq!(fixture.stored().await[0].names.len(), 2);
    assert!(shelf.rewrite("jug", rename).await.is_err());
}

#[actix::test]
async fn one_who_goes_away_does_not_end_it_the_last_one_does() {
    let fixture = Fixture::new(false).await;
    let first = fixture.begin("cup").await;
    let second = fixture.begin("cup").await;
    fixture.things.began.notified().await;
    let gone = reporter();
    gone.cancelled().cancel();
    assert_eq!(
        first.follow(&gone).await.unwrap_err().code,
        ErrorCode::Cancelled
    );
    assert_eq!(fixture.left_behind(), 1, "the other one still waits");
    let last = reporter();
    last.cancelled().cancel();
    assert_eq!(
        second.follow(&last).await.unwrap_err().code,
        ErrorCode::Cancelled
    );
    assert_eq!(fixture.left_behind(), 0, "nobody waits, so nothing is left");
    assert!(fixture.shelf.items().is_empty());
}

#[actix::test]
async fn a_failure_leaves_no_file_and_no_record() {
    let fixture = Fixture::new(true).await;
    fixture.things.leave.add_permits(1);
    let work = fixture.begin("cup").await;
    assert_eq!(
        work.follow(&reporter()).await.unwrap_err().code,
        ErrorCode::ImageBuildFailed
    );
    assert_eq!(fixture.left_behind(), 0);
    assert!(
        fixture
            .ports
            .store
            .list::<Thing>()
            .await
            .unwrap()
            .is_empty()
    );
}

impl Fixture {
    /// Makes one at once.
    async fn make(&self, name: &str, if_there: IfThere) {
        self.things.leave.add_permits(1);
        let made = self.shelf.make(name, (), if_there).await.unwrap();
        made.unwrap().follow(&reporter()).await.unwrap();
    }

    async fn stored(&self) -> Vec<Thing> {
        let stored = self.ports.store.list::<Thing>().await.unwrap();
        stored.into_iter().map(|(_, thing)| thing).collect()
    }

    /// Files are removed behind the answer.
    async fn settled(&self, left: usize) {
        for _ in 0..500 {
            if self.left_behind() == left {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{} directories, not {left}", self.left_behind());
    }
}

#[actix::test]
async fn a_vm_keeps_what_was_replaced_until_it_lets_go() {
    let fixture = Fixture::new(false).await;
    let shelf = &fixture.shelf;
    fixture.make("cup", IfThere::Keep).await;
    let taken = shelf.keep("cup", "vm1", "box").await.unwrap();
    fixture.make("cup", IfThere::Replace).await;
    let new = shelf.item("cup").unwrap();
    assert_ne!(new.record.id, taken.id);
    assert!(new.used_by.is_empty());
    let old = shelf.item(&taken.id).unwrap();
    assert!(old.record.names.is_empty());
    assert_eq!(old.used_by, ["box"]);
    assert_eq!(fixture.stored().await.len(), 2);
    shelf.release("vm1").await;
    fixture.settled(1).await;
    assert_eq!(fixture.stored().await[0].id, new.record.id);
}

#[actix::test]
async fn what_a_vm_uses_is_removed_only_by_force_and_when_it_lets_go() {
    let fixture = Fixture::new(false).await;
    fixture.things.leave.add_permits(1);
    let pulled = reporter();
    let shelf = &fixture.shelf;
    shelf
        .ensure("cup", "vm1", "box", PullPolicy::Missing, &pulled)
        .await
        .unwrap();
    let refused = shelf.remove("cup", false).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ImageInUse);
    assert!(refused.detail.contains("box"), "{refused}");
    shelf.remove("cup", true).await.unwrap();
    assert!(shelf.item("cup").is_err());
    assert_eq!(fixture.left_behind(), 1);
    shelf.release("vm1").await;
    fixture.settled(0).await;
    assert!(fixture.stored().await.is_empty());
}

#[actix::test]
async fn names_come_and_go_and_the_thing_with_the_last() {
    let fixture = Fixture::new(false).await;
    let shelf = &fixture.shelf;
    fixture.make("cup", IfThere::Keep).await;
    let id = shelf.tag("cup", "mug").await.unwrap().record.id;
    assert_eq!(shelf.item("mug").unwrap().record.id, id);
    shelf.remove("cup", false).await.unwrap();
    assert!(shelf.item("cup").is_err());
    assert_eq!(shelf.item(&id[..6]).unwrap().record.names.len(), 1);
    let bad = shelf.tag("mug", "a/../b").await.unwrap_err();
    assert_eq!(bad.code, ErrorCode::InvalidValue);
    let none = shelf.tag("jug", "x").await.unwrap_err();
    assert_eq!(none.code, ErrorCode::ImageNotFound);
    shelf.remove("mug", false).await.unwrap();
    fixture.settled(0).await;
}

#[actix::test]
async fn a_name_that_moves_leaves_nothing_that_nobody_uses() {
    let fixture = Fixture::new(false).await;
    let shelf = &fixture.shelf;
    fixture.make("cup", IfThere::Keep).await;
    fixture.make("jug", IfThere::Keep).await;
    let jug = shelf.tag("jug", "cup").await.unwrap();
    assert_eq!(jug.record.names.len(), 2);
    fixture.settled(1).await;
    assert_eq!(fixture.stored().await.len(), 1);
}

#[actix::test]
async fn the_same_thing_again_is_one_more_name() {
    let fixture = Fixture::new(false).await;
    fixture.make("cup", IfThere::Keep).await;
    fixture.make("spoon", IfThere::Keep).await;
    let stored = fixture.stored().await;
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].names.len(), 2);
    fixture.settled(1).await;
}

#[actix::test]
async fn pruning_leaves_what_is_used() {
    let fixture = Fixture::new(false).await;
    let shelf = &fixture.shelf;
    fixture.make("cup", IfThere::Keep).await;
    fixture.make("jug", IfThere::Keep).await;
    let used = shelf.keep("jug", "vm1", "box").await.unwrap();
    let all = shelf.items();
    let ids = all.iter().map(|item| item.record.id.clone()).collect();
    let gone = shelf.prune(ids).await.unwrap();
    assert_eq!(gone.len(), 1);
    assert_ne!(gone[0].id, used.id);
    fixture.settled(1).await;
}

#[actix::test]
async fn what_may_not_be_pulled_is_an_error_that_says_how() {
    let fixture = Fixture::new(false).await;
    let (shelf, asks) = (&fixture.shelf, reporter());
    let error = shelf
        .ensure("cup", "vm1", "box", PullPolicy::Never, &asks)
        .await
        .unwrap_err();
    assert_eq!(
        error.hint.as_deref(),
        Some("fetch it: `banger thing pull cup`")
    );
    let typo = shelf
        .ensure("spon", "vm1", "box", PullPolicy::Missing, &asks)
        .await
        .unwrap_err();
    assert_eq!(typo.hint.as_deref(), Some("did you mean spoon?"));
    let bad = shelf.make("../cup", (), IfThere::Keep).await.unwrap_err();
    assert_eq!(bad.code, ErrorCode::InvalidValue);
}

#[actix::test]
async fn a_start_takes_up_records_and_sweeps_what_has_none() {
    let fixture = Fixture::new(false).await;
    fixture.things.leave.add_permits(1);
    let work = fixture.begin("cup").await;
    work.clone().follow(&reporter()).await.unwrap();
    let left = fixture.ports.state_dir.join("things/.making-dead");
    std::fs::create_dir(&left).unwrap();
    let again = start(fixture.things.clone(), fixture.ports.clone())
        .await
        .unwrap();
    assert_eq!(again.items().len(), 1);
    assert!(!left.exists());
    assert_eq!(fixture.left_behind(), 1);
    drop(work);
}

#[test]
fn a_reporter_ends_once() {
    let reporter = reporter();
    reporter.succeed();
    reporter.fail(error::cancelled());
    assert_eq!(reporter.operation().state, OperationState::Succeeded);
}

#[actix::test]
async fn what_is_made_for_one_user_goes_with_him() {
    let fixture = Fixture::new(false).await;
    let shelf = &fixture.shelf;
    fixture.make("cup", IfThere::Keep).await;
    let make = async || {
        let work = shelf.make_for("b1", "build-b1", ()).await.unwrap();
        let id = work.id().to_owned();
        fixture.things.leave.add_permits(1);
        work.follow(&reporter()).await.unwrap();
        id
    };
    let id = make().await;
    let item = shelf.item(&id).unwrap();
    assert!(item.record.names.is_empty());
    assert_eq!(item.used_by, ["build-b1"]);
    // A VM of it keeps it.
    shelf.keep(&id, "v1", "vm").await.unwrap();
    shelf.release("b1").await;
    shelf.item(&id).unwrap();
    shelf.release("v1").await;
    // What is asked next is heard when it is gone.
    assert!(shelf.keep(&id, "v2", "vm").await.is_err());
    shelf.item("cup").unwrap();
    // Of a daemon that died before, the next one finds no user.
    let id = make().await;
    let next = start(fixture.things.clone(), fixture.ports.clone()).await;
    let next = next.unwrap();
    next.item(&id).unwrap();
    next.sweep().await;
    assert!(next.keep(&id, "v2", "vm").await.is_err());
    assert_eq!(fixture.stored().await.len(), 1);
}
