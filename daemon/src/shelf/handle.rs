//! What the other rooms call.

use std::{marker::PhantomData, sync::Arc};

use actix::Addr;
use banger_api::{ErrorCode, Problem, PullPolicy, name};
use tokio::sync::watch;

use super::{
    actor::Shelf,
    artifact::{Artifact, Item},
    contents::{IfThere, ShelfError},
    messages::{Make, Release, Remove, Take},
    work::Work,
};
use crate::{error, operation::Reporter};

/// A shelf of images or of kernels.
pub struct ShelfHandle<A: Artifact> {
    address: Addr<Shelf<A>>,
    snapshot: watch::Receiver<Arc<Vec<Item<A::Record>>>>,
}

impl<A: Artifact> Clone for ShelfHandle<A> {
    fn clone(&self) -> Self {
        Self {
            address: self.address.clone(),
            snapshot: self.snapshot.clone(),
        }
    }
}

impl<A: Artifact> ShelfHandle<A> {
    pub(super) fn new(
        address: Addr<Shelf<A>>,
        snapshot: watch::Receiver<Arc<Vec<Item<A::Record>>>>,
    ) -> Self {
        Self { address, snapshot }
    }

    /// Everything that is there, by name. Does not enter the mailbox.
    pub fn items(&self) -> Arc<Vec<Item<A::Record>>> {
        Arc::clone(&self.snapshot.borrow())
    }

    /// One by its name.
    ///
    /// # Errors
    /// When there is none.
    pub fn item(&self, name: &str) -> Result<Item<A::Record>, Problem> {
        let items = self.items();
        let found = items.iter().find(|item| A::name(&item.record) == name);
        found.cloned().ok_or_else(|| {
            let contents =
                super::contents::Contents::<A>::new(items.iter().map(|item| item.record.clone()));
            error::shelf::<A>(contents.not_found(name))
        })
    }

    /// Checks that a pull of that name makes sense.
    ///
    /// # Errors
    /// When neither the shelf nor the catalog has it.
    pub fn check_catalog(&self, name: &str) -> Result<(), Problem> {
        if A::catalog().contains(&name) {
            Ok(())
        } else {
            self.item(name).map(drop)
        }
    }

    /// That the catalog has nothing of that name.
    pub fn not_in_catalog(&self, name: &str) -> Problem {
        let nearest = name::nearest(name, A::catalog().iter().copied());
        let nearest = nearest.into_iter().map(str::to_owned).collect();
        let name = name.to_owned();
        let missing = ShelfError::NotFound {
            noun: A::NOUN,
            name,
            nearest,
            in_catalog: false,
        };
        error::shelf::<A>(missing)
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
        };
        self.address
            .send(message)
            .await
            .map_err(gone)?
            .map_err(error::shelf::<A>)
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
            Err(ShelfOrGone::Refused(ShelfError::NotFound {
                in_catalog: true, ..
            })) if pull == PullPolicy::Missing => {}
            outcome => return outcome.map_err(into_problem::<A>),
        }
        if let Some(work) = self
            .make(name, A::catalog_recipe(name), IfThere::Keep)
            .await?
        {
            work.follow(reporter).await?;
        }
        self.take(name, vm, vm_name)
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

    /// A VM uses nothing of this shelf any more.
    pub async fn release(&self, vm: &str) {
        let _ = self.address.send(Release { vm: vm.to_owned() }).await;
    }

    /// Removes something that nobody uses.
    ///
    /// # Errors
    /// When there is none, it is in use, or the store fails.
    pub async fn remove(&self, name: &str) -> Result<(), Problem> {
        self.address
            .send(Remove {
                name: name.to_owned(),
            })
            .await
            .map_err(gone)?
    }

    async fn take(&self, name: &str, vm: &str, vm_name: &str) -> Result<A::Record, ShelfOrGone> {
        let message = Take {
            name: name.to_owned(),
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
