//! Something is made: begun, joined, published or undone.

use std::sync::{Arc, OnceLock};

use actix::{AsyncContext, Handler};
use banger_api::Problem;

use super::{
    actor::{Shelf, remove_place},
    artifact::{Artifact, Place, Product, There},
    change::Change,
    contents::{Admission, IfThere},
    error::ShelfError,
    files,
    messages::{Keeper, Made, Make},
    work::{Making, Work},
};
use crate::{error, id, operation::Reporter};

impl<A: Artifact> Handler<Make<A>> for Shelf<A> {
    type Result = Result<Option<Work>, ShelfError>;

    fn handle(&mut self, message: Make<A>, context: &mut Self::Context) -> Self::Result {
        match self.contents.admit(&message.name, message.if_there)? {
            Admission::There => return Ok(None),
            Admission::Join(work) => return Ok(Some(work)),
            Admission::Make => {}
        }
        let Make {
            name,
            recipe,
            keeper,
            ..
        } = message;
        let id = id::random();
        let reporter = Reporter::shared(A::operation_kind(&recipe), &name, "preparing");
        let (making, work) = Making::begin(&id, &reporter);
        self.contents.begin(&name, making);
        let (artifact, directory) = (Arc::clone(&self.artifact), self.directory.clone());
        let (address, there) = (context.address(), self.there.clone());
        actix_rt::spawn(async move {
            let found_name = OnceLock::new();
            let place = Place {
                name: &name,
                id: &id,
                directory: &directory,
                found_name: &found_name,
            };
            let outcome = make(&*artifact, place, recipe, &there, &reporter).await;
            let found_name = found_name.into_inner();
            let _ = address
                .send(Made {
                    name,
                    id,
                    found_name,
                    keeper,
                    outcome,
                    reporter,
                })
                .await;
        });
        Ok(Some(work))
    }
}

/// Makes and publishes, below the shelf that `place` names; on an error nothing is left.
async fn make<A: Artifact>(
    artifact: &A,
    place: Place<'_>,
    recipe: A::Recipe,
    there: &There<A::Record>,
    reporter: &Reporter,
) -> Result<Product<A::Record>, Problem> {
    let (shelf, id) = (place.directory, place.id);
    let making = files::begin(shelf, id).map_err(|source| error::io(shelf, &source))?;
    let place = Place {
        directory: &making,
        ..place
    };
    let made = async {
        let product = artifact.make(recipe, place, there, reporter).await?;
        if matches!(product, Product::New(..)) {
            let (from, to, id) = (making.clone(), shelf.to_owned(), id.to_owned());
            tokio::task::spawn_blocking(move || files::publish(&from, &to, &id))
                .await
                .map_err(error::aborted)?
                .map_err(|source| error::io(shelf, &source))?;
        }
        Ok(product)
    };
    let outcome = made.await;
    if !matches!(outcome, Ok(Product::New(..))) {
        remove_place(making.clone()).await;
    }
    if outcome.is_err() {
        remove_place(shelf.join(id)).await;
    }
    outcome
}

impl<A: Artifact> Handler<Made<A>> for Shelf<A> {
    type Result = ();

    fn handle(&mut self, message: Made<A>, context: &mut Self::Context) {
        let Made {
            name,
            id,
            found_name,
            keeper,
            outcome,
            reporter,
        } = message;
        let place = match &outcome {
            Ok(Product::New(..)) => Some(self.directory.join(&id)),
            Ok(Product::Same(_)) | Err(_) => None,
        };
        let made = outcome.and_then(|product| match product {
            Product::New(record, turn) => Ok((record, turn)),
            Product::Same(same) => {
                let there = self.contents.of_id(&same).map(|item| item.record);
                let there = there.map(|record| (record, None));
                there.ok_or_else(|| error::shelf::<A>(self.contents.not_found(&name)))
            }
        });
        let named = made.and_then(|made| match &found_name {
            None => Ok(made),
            // Nobody was asked whether it may be replaced.
            Some(found) => match self.contents.admit(found, IfThere::Refuse) {
                Ok(_) => Ok(made),
                Err(refused) => Err(error::shelf::<A>(refused)),
            },
        });
        let final_name = found_name.as_ref().unwrap_or(&name);
        let (change, turn) = match named {
            Ok((record, turn)) if keeper.is_some() => {
                let put = vec![record];
                let delete = Vec::new();
                (Change { put, delete }, turn)
            }
            Ok((record, turn)) => (self.contents.give_name(record, final_name), turn),
            Err(problem) => {
                self.contents.end(&name, &id);
                if let Some(place) = place {
                    actix_rt::spawn(remove_place(place));
                }
                return reporter.fail(problem);
            }
        };
        reporter.target(final_name);
        self.commit(context, change, move |actor, outcome| {
            drop(turn);
            actor.contents.end(&name, &id);
            match outcome {
                Ok(()) => {
                    if let Some(Keeper { id: user, name }) = keeper {
                        // It is there: nothing else happened in between.
                        let _ = actor.contents.take(&id, &user, &name);
                        actor.publish();
                    }
                    reporter.succeed();
                }
                Err(problem) => {
                    reporter.fail(problem);
                    if let Some(place) = place {
                        actix_rt::spawn(remove_place(place));
                    }
                }
            }
        });
    }
}
