//! A shelf of things that tests make by hand.

use std::{path::Path, sync::Arc};

use banger_api::{ErrorCode, EventSubject, OperationKind, OperationState, Problem, PullPolicy};
use banger_store::{Record, Store};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, Semaphore};

use super::{Artifact, Codes, IfThere, Item, Ports, ShelfHandle, start};
use crate::{error, event::Events, operation::Reporter};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Thing {
    id: String,
    name: String,
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

    fn name(record: &Thing) -> &str {
        &record.name
    }

    fn id(record: &Thing) -> &str {
        &record.id
    }

    fn catalog() -> &'static [&'static str] {
        &["cup", "spoon"]
    }

    fn catalog_recipe(_: &str) {}

    fn operation_kind((): &()) -> OperationKind {
        OperationKind::PullImage
    }

    async fn make(
        &self,
        name: &str,
        id: &str,
        (): (),
        directory: &Path,
        reporter: &Reporter,
    ) -> Result<Thing, Problem> {
        std::fs::write(directory.join("half"), "made").unwrap();
        self.began.notify_one();
        tokio::select! {
            permit = self.leave.acquire() => permit.unwrap().forget(),
            () = reporter.cancelled().cancelled() => return Err(error::cancelled()),
        }
        if self.fail {
            return Err(Problem::new(ErrorCode::ImageBuildFailed, "as asked"));
        }
        Ok(Thing {
            id: id.to_owned(),
            name: name.to_owned(),
        })
    }

    fn appeared(item: &Item<Thing>) -> EventSubject {
        EventSubject::ImageDeleted {
            name: item.record.name.clone(),
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
    let first = fixture
        .shelf
        .make("cup", (), IfThere::Keep)
        .await
        .unwrap()
        .unwrap();
    let second = fixture
        .shelf
        .make("cup", (), IfThere::Keep)
        .await
        .unwrap()
        .unwrap();
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
async fn one_who_goes_away_does_not_end_it_the_last_one_does() {
    let fixture = Fixture::new(false).await;
    let first = fixture
        .shelf
        .make("cup", (), IfThere::Keep)
        .await
        .unwrap()
        .unwrap();
    let second = fixture
        .shelf
        .make("cup", (), IfThere::Keep)
        .await
        .unwrap()
        .unwrap();
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
    let work = fixture
        .shelf
        .make("cup", (), IfThere::Keep)
        .await
        .unwrap()
        .unwrap();
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

#[actix::test]
async fn what_a_vm_took_while_it_was_made_anew_stays() {
    let fixture = Fixture::new(false).await;
    let (shelf, told) = (&fixture.shelf, reporter());
    fixture.things.leave.add_permits(1);
    let made = shelf.make("cup", (), IfThere::Keep).await.unwrap();
    made.unwrap().follow(&told).await.unwrap();
    let again = shelf.make("cup", (), IfThere::Replace).await.unwrap();
    let taken = shelf.keep("cup", "vm1", "box").await.unwrap();
    fixture.things.leave.add_permits(1);
    let refused = again.unwrap().follow(&told).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ImageInUse);
    assert_eq!(shelf.item("cup").unwrap().record.id, taken.id);
    let stored = fixture.ports.store.list::<Thing>().await.unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].1.id, taken.id);
    let things = fixture.ports.state_dir.join("things");
    let left: Vec<_> = std::fs::read_dir(things).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "only the one that is used");
}

#[actix::test]
async fn what_a_vm_uses_is_neither_removed_nor_replaced() {
    let fixture = Fixture::new(false).await;
    fixture.things.leave.add_permits(1);
    let pulled = reporter();
    fixture
        .shelf
        .ensure("cup", "vm1", "box", PullPolicy::Missing, &pulled)
        .await
        .unwrap();
    let refused = fixture.shelf.remove("cup").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ImageInUse);
    assert!(refused.detail.contains("box"), "{refused}");
    let replace = fixture
        .shelf
        .make("cup", (), IfThere::Replace)
        .await
        .unwrap_err();
    assert_eq!(replace.code, ErrorCode::ImageInUse);
    fixture.shelf.release("vm1").await;
    fixture.shelf.remove("cup").await.unwrap();
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
    let work = fixture
        .shelf
        .make("cup", (), IfThere::Keep)
        .await
        .unwrap()
        .unwrap();
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
