//! The records are read, what has none is swept, and the actor starts.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use actix::Actor;
use banger_api::{ErrorCode, Problem};
use banger_store::{Batch, Entry, RecordError, Store};
use tokio::sync::watch;

use super::{actor::Shelf, artifact::Artifact, contents::Contents, files, handle::ShelfHandle};
use crate::{error, event::Events};

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
