//! The same requests against sled and its in-memory twin: both do what a map does.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test's way to fail

use banger_store::{Batch, Export, MAX_KEY, Record, Store, StoreError};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Vm(u32);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Image(u32);

impl Record for Vm {
    const TREE: &'static str = "vms";
    const VERSION: u16 = 1;
}

impl Record for Image {
    const TREE: &'static str = "images";
    const VERSION: u16 = 1;
}

#[derive(Clone, Debug)]
enum Step {
    Put(String, u32),
    Get(String),
    Delete(String),
    /// Of both kinds; `None` deletes.
    Commit(Vec<(bool, String, Option<u32>)>),
    List,
    Reopen,
}

/// Few keys, so that steps meet; some that sort oddly, or are long.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-d]",
        1 => "[a-b]\\PC{1,2}",
        1 => Just("x".repeat(MAX_KEY)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (key(), any::<u32>()).prop_map(|(key, value)| Step::Put(key, value)),
        3 => key().prop_map(Step::Get),
        2 => key().prop_map(Step::Delete),
        2 => prop::collection::vec((any::<bool>(), key(), any::<Option<u32>>()), 0..6)
            .prop_map(Step::Commit),
        1 => Just(Step::List),
        1 => Just(Step::Reopen),
    ]
}

#[derive(Default)]
struct Model {
    vms: BTreeMap<String, u32>,
    images: BTreeMap<String, u32>,
}

impl Model {
    fn change(&mut self, image: bool, key: &str, value: Option<u32>) {
        let tree = if image {
            &mut self.images
        } else {
            &mut self.vms
        };
        match value {
            Some(value) => tree.insert(key.to_owned(), value),
            None => tree.remove(key),
        };
    }
}

/// Runs steps; `reopen` gives the store of the same records after a close.
async fn run(mut store: Store, steps: &[Step], mut reopen: impl FnMut(Store) -> Store) {
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Put(key, value) => {
                store.put(key, &Vm(*value)).await.unwrap();
                model.change(false, key, Some(*value));
            }
            Step::Get(key) => {
                let found: Option<Vm> = store.get(key).await.unwrap();
                assert_eq!(found, model.vms.get(key).copied().map(Vm));
            }
            Step::Delete(key) => {
                let existed = store.delete::<Vm>(key).await.unwrap();
                assert_eq!(existed, model.vms.remove(key).is_some());
            }
            Step::Commit(changes) => {
                let mut batch = Batch::new();
                for (image, key, value) in changes {
                    match (image, value) {
                        (true, Some(value)) => batch.put(key, &Image(*value)).unwrap(),
                        (false, Some(value)) => batch.put(key, &Vm(*value)).unwrap(),
                        (true, None) => batch.delete::<Image>(key),
                        (false, None) => batch.delete::<Vm>(key),
                    }
                    model.change(*image, key, *value);
                }
                store.commit(batch).await.unwrap();
            }
            Step::List => check(&store, &model).await,
            Step::Reopen => {
                store.close().await;
                store = reopen(store);
            }
        }
    }
    check(&store, &model).await;
    store.close().await;
}

async fn check(store: &Store, model: &Model) {
    let vms: Vec<(String, Vm)> = store.list().await.unwrap();
    let expected: Vec<(String, Vm)> = model.vms.iter().map(|(k, v)| (k.clone(), Vm(*v))).collect();
    assert_eq!(vms, expected);
    let images: Vec<(String, Image)> = store.list().await.unwrap();
    assert_eq!(images.len(), model.images.len());
    let trees = store.export().await.unwrap().trees;
    assert_eq!(trees.contains_key("vms"), !model.vms.is_empty());
    assert_eq!(trees.contains_key("images"), !model.images.is_empty());
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn memory_does_what_a_map_does(steps in prop::collection::vec(step(), 1..60)) {
        // It ends when it is closed: there is nothing to open again.
        let steps: Vec<Step> =
            steps.into_iter().filter(|step| !matches!(step, Step::Reopen)).collect();
        block_on(run(Store::in_memory().unwrap(), &steps, |_| unreachable!()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn sled_does_what_a_map_does(steps in prop::collection::vec(step(), 1..40)) {
        let dir = tempfile::tempdir().unwrap();
        let open = || Store::open(dir.path()).unwrap();
        block_on(run(open(), &steps, |_| open()));
    }
}

/// What holds for both, besides being a map.
async fn conforms(store: Store) {
    assert!(store.list::<Vm>().await.unwrap().is_empty());
    for key in ["", &"x".repeat(MAX_KEY + 1)] {
        let refused = [
            store.put(key, &Vm(1)).await.unwrap_err(),
            store.get::<Vm>(key).await.unwrap_err(),
            store.delete::<Vm>(key).await.unwrap_err(),
        ];
        for error in refused {
            assert!(matches!(error, StoreError::Key { .. }), "{error}");
        }
    }

    // A batch with one wrong key changes nothing.
    let mut batch = Batch::new();
    batch.put("a", &Vm(1)).unwrap();
    batch.delete::<Vm>("");
    assert!(store.commit(batch).await.is_err());
    assert_eq!(store.get::<Vm>("a").await.unwrap(), None);

    // An export of one database fills another, and only an empty one.
    store.put("a", &Vm(1)).await.unwrap();
    store.put("b", &Image(2)).await.unwrap();
    let export = store.export().await.unwrap();
    let mut document = Vec::new();
    export.write(&mut document).unwrap();
    let error = store.import(export.clone()).await.unwrap_err();
    assert!(matches!(error, StoreError::NotEmpty(_)), "{error}");
    store.delete::<Vm>("a").await.unwrap();
    store.delete::<Image>("b").await.unwrap();
    let read = Export::read(document.as_slice()).unwrap();
    assert_eq!(read, export);
    store.import(read).await.unwrap();
    assert_eq!(store.get::<Vm>("a").await.unwrap(), Some(Vm(1)));
    assert_eq!(store.get::<Image>("b").await.unwrap(), Some(Image(2)));

    // Many at once, from many handles.
    let writers: Vec<_> = (0..100u32)
        .map(|n| {
            let store = store.clone();
            async move { store.put(&format!("many-{n}"), &Vm(n)).await }
        })
        .collect();
    let mut set = tokio::task::JoinSet::new();
    for writer in writers {
        set.spawn(writer);
    }
    while let Some(done) = set.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(store.list::<Vm>().await.unwrap().len(), 101);

    let other = store.clone();
    store.close().await;
    store.close().await;
    let error = other.get::<Vm>("a").await.unwrap_err();
    assert!(matches!(error, StoreError::Closed), "{error}");
}

#[test]
fn memory_conforms() {
    block_on(conforms(Store::in_memory().unwrap()));
}

#[test]
fn sled_conforms() {
    let dir = tempfile::tempdir().unwrap();
    block_on(conforms(Store::open(dir.path()).unwrap()));
}

#[test]
fn one_bad_record_does_not_hide_the_others() {
    #[derive(Debug, Serialize, Deserialize)]
    struct OtherShape {
        text: String,
    }
    impl Record for OtherShape {
        const TREE: &'static str = "vms";
        const VERSION: u16 = 1;
    }
    block_on(async {
        let store = Store::in_memory().unwrap();
        store.put("a", &Vm(1)).await.unwrap();
        let text = "odd".to_owned();
        store.put("b", &OtherShape { text }).await.unwrap();
        store.put("c", &Vm(3)).await.unwrap();
        let entries = store.list_each::<Vm>().await.unwrap();
        assert_eq!(entries[0].record, Ok(Vm(1)));
        assert_eq!(entries[2].record, Ok(Vm(3)));
        let error = entries[1].record.clone().unwrap_err().to_string();
        assert!(error.starts_with("record \"b\" of vms: "), "{error}");
        assert!(store.list::<Vm>().await.is_err());
        assert!(store.get::<Vm>("b").await.is_err());
        assert_eq!(store.get::<Vm>("c").await.unwrap(), Some(Vm(3)));
    });
}
