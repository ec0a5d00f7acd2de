//! What the other rooms call.

use std::{collections::BTreeSet, marker::PhantomData, sync::Arc};

use actix::Addr;
use banger_api::{ErrorCode, Problem, PullPolicy};
use tokio::sync::watch;

use super::{
    actor::Shelf,
    artifact::{Artifact, Item, NotFetched},
    contents::{Contents, IfThere},
    error::ShelfError,
    messages::{Keeper, Make, Prune, Release, Remove, Rewrite, Tag, Take},
    work::Work,
};
use crate::{error, id, operation::Reporter};

/// A shelf of images or of kernels.
pub struct ShelfHandle<A: Artifact> {
    artifact: Arc<A>,
    address: Addr<Shelf<A>>,
    snapshot: watch::Receiver<Arc<Vec<Item<A::Record>>>>,
}

impl<A: Artifact> Clone for ShelfHandle<A> {
    fn clone(&self) -> Self {
        Self {
            artifact: Arc::clone(&self.artifact),
            address: self.address.clone(),
            snapshot: self.snapshot.clone(),
        }
    }
}

impl<A: Artifact> ShelfHandle<A> {
    pub(super) fn new(
        artifact: Arc<A>,
        address: Addr<Shelf<A>>,
        snapshot: watch::Receiver<Arc<Vec<Item<A::Record>>>>,
    ) -> Self {
        Self {
            artifact,
            address,
            snapshot,
        }
    }

    /// What the shelf's things have in common.
    pub fn artifact(&self) -> &A {
        &self.artifact
    }

    /// Everything that is there, by name. Does not enter the mailbox.
    pub fn items(&self) -> Arc<Vec<Item<A::Record>>> {
        Arc::clone(&self.snapshot.borrow())
    }

    /// One by a name, or the beginning of its id.
    ///
    /// # Errors
    /// When there is none.
    pub fn item(&self, wanted: &str) -> Result<Item<A::Record>, Problem> {
        let items = self.items();
        let contents = Contents::<A>::new(items.iter().map(|item| item.record.clone()));
        let id = contents.find(wanted).map_err(error::shelf::<A>)?;
        let mut items = items.iter();
        let found = items.find(|item| A::id(&item.record) == id);
        found
            .cloned()
            .ok_or_else(|| error::shelf::<A>(contents.not_found(wanted)))
    }

    /// Checks that a VM could have a thing of that name.
    ///
    /// # Errors
    /// When it is neither there nor can be fetched.
    pub fn check_obtainable(&self, wanted: &str) -> Result<(), Problem> {
        match self.item(wanted) {
            Err(_) if self.fetch(wanted).is_ok() => Ok(()),
            there => there.map(drop),
        }
    }

    /// How the thing of that name is fetched, and the name that it gets.
    ///
    /// # Errors
    /// When there is nowhere to fetch it from, or the name is almost that of another.
    pub fn fetch(&self, wanted: &str) -> Result<(String, A::Recipe), Problem> {
        let items = self.items();
        let contents = Contents::<A>::new(items.iter().map(|item| item.record.clone()));
        let missing = contents.not_found(wanted);
        let nearest = match &missing {
            ShelfError::NotFound { nearest, .. } => nearest.as_slice(),
            _ => &[],
        };
        self.artifact.fetch(wanted, nearest).map_err(|reason| {
            error::shelf::<A>(match reason {
                NotFetched::Nowhere => missing,
                NotFetched::BadName(rule) => ShelfError::BadName {
                    noun: A::NOUN,
                    name: wanted.to_owned(),
                    rule,
                },
            })
        })
    }

    /// Makes something, or joins those who wait for it; nothing where it is there.
    ///
    /// # Errors
    /// When the name is taken, in use or none.
    pub async fn make(
        &self,
        name: &str,
        recipe: A::Recipe,
        if_there: IfThere,
    ) -> Result<Option<Work>, Problem> {
        let message = Make {
            name: name.to_owned(),
            recipe,
            if_there,
            keeper: None,
        };
        self.address
            .send(message)
            .await
            .map_err(gone)?
            .map_err(error::shelf::<A>)
    }

    /// Makes something without a name for one who has the use of it, by an id of theirs: it
    /// goes when they, and VMs of it, have let go.
    ///
    /// # Errors
    /// When the daemon shuts down.
    pub async fn make_for(
        &self,
        keeper: &str,
        keeper_name: &str,
        recipe: A::Recipe,
    ) -> Result<Work, Problem> {
        let message = Make {
            // Nobody else asks for it.
            name: id::random(),
            recipe,
            if_there: IfThere::Refuse,
            keeper: Some(Keeper {
                id: keeper.to_owned(),
                name: keeper_name.to_owned(),
            }),
        };
        let asked = self.address.send(message).await.map_err(gone)?;
        let work = asked.map_err(error::shelf::<A>)?;
        work.ok_or_else(|| Problem::new(ErrorCode::Internal, "the work did not begin"))
    }

    /// Gives a VM the use of something, fetching it where it is missing and may be.
    ///
    /// # Errors
    /// When there is none and it may not or cannot be fetched.
    pub async fn ensure(
        &self,
        name: &str,
        vm: &str,
        vm_name: &str,
        pull: PullPolicy,
        reporter: &Reporter,
    ) -> Result<A::Record, Problem> {
        match self.take(name, vm, vm_name).await {
            Err(ShelfOrGone::Refused(ShelfError::NotFound { .. }))
                if pull == PullPolicy::Missing => {}
            outcome => return outcome.map_err(into_problem::<A>),
        }
        let (name, recipe) = self.fetch(name)?;
        if let Some(work) = self.make(&name, recipe, IfThere::Keep).await? {
            work.follow(reporter).await?;
        }
        self.take(&name, vm, vm_name)
            .await
            .map_err(into_problem::<A>)
    }

    /// Gives a VM the use of something that is there; after a restart.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn keep(&self, name: &str, vm: &str, vm_name: &str) -> Result<A::Record, Problem> {
        self.take(name, vm, vm_name)
            .await
            .map_err(into_problem::<A>)
    }

    /// Removes what has neither a name nor a user, such as what an interrupted build made.
    pub async fn sweep(&self) {
        self.release("").await;
    }

    /// A VM uses nothing of this shelf any more.
    pub async fn release(&self, vm: &str) {
        let _ = self.address.send(Release { vm: vm.to_owned() }).await;
    }

    /// Takes a name off a thing; with its last name, or by its id, it goes itself. With
    /// `force`, also what VMs use: it goes when the last of them lets go.
    ///
    /// # Errors
    /// When there is none, it is in use, or the store fails.
    pub async fn remove(&self, wanted: &str, force: bool) -> Result<(), Problem> {
        let wanted = wanted.to_owned();
        let asked = self.address.send(Remove { wanted, force }).await;
        asked.map_err(gone)?
    }

    /// Gives a thing one more name, which whatever had it loses.
    ///
    /// # Errors
    /// When there is none, the name is none, or the store fails.
    pub async fn tag(&self, wanted: &str, name: &str) -> Result<Item<A::Record>, Problem> {
        let message = Tag {
            wanted: wanted.to_owned(),
            name: name.to_owned(),
            kind: PhantomData::<fn() -> A>,
        };
        self.address.send(message).await.map_err(gone)?
    }

    /// Changes what is stored of a thing.
    ///
    /// # Errors
    /// When there is none, the change refuses, or the store fails.
    pub async fn rewrite(
        &self,
        wanted: &str,
        rewrite: impl FnOnce(&mut A::Record) -> Result<(), Problem> + Send + 'static,
    ) -> Result<Item<A::Record>, Problem> {
        let message = Rewrite {
            wanted: wanted.to_owned(),
            rewrite: Box::new(rewrite),
        };
        self.address.send(message).await.map_err(gone)?
    }

    /// Removes those of these ids that nobody uses; answers which went.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn prune(&self, ids: BTreeSet<String>) -> Result<Vec<A::Record>, Problem> {
        let kind = PhantomData::<fn() -> A>;
        let asked = self.address.send(Prune { ids, kind }).await;
        asked.map_err(gone)?
    }

    async fn take(&self, wanted: &str, vm: &str, vm_name: &str) -> Result<A::Record, ShelfOrGone> {
        let message = Take {
            wanted: wanted.to_owned(),
            vm: vm.to_owned(),
            vm_name: vm_name.to_owned(),
            kind: PhantomData::<fn() -> A>,
        };
        match self.address.send(message).await {
            Ok(outcome) => outcome.map_err(ShelfOrGone::Refused),
            Err(error) => Err(ShelfOrGone::Gone(gone(error))),
        }
    }
}

enum ShelfOrGone {
    Refused(ShelfError),
    Gone(Problem),
}

fn into_problem<A: Artifact>(error: ShelfOrGone) -> Problem {
    match error {
        ShelfOrGone::Refused(refused) => error::shelf::<A>(refused),
        ShelfOrGone::Gone(problem) => problem,
    }
}

fn gone(_: actix::MailboxError) -> Problem {
    Problem::new(ErrorCode::ShuttingDown, "the daemon is shutting down")
}
