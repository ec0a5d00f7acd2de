//! A fault of the daemon becomes an error.

use banger_api::{ErrorCode, Problem};

/// Runs work in a task of its own. Should it panic, whoever waits for its outcome hears so,
/// and no VM stays for ever in a state that only the outcome ends.
pub async fn unless_panicked<T: 'static>(
    work: impl Future<Output = Result<T, Problem>> + 'static,
) -> Result<T, Problem> {
    match actix_rt::spawn(work).await {
        Ok(outcome) => outcome,
        Err(panic) => {
            tracing::error!(%panic, "work on a VM did not come to its end");
            let detail = "the daemon failed at this: it is a fault in the program";
            Err(Problem::new(ErrorCode::Internal, detail)
                .with_hint("`banger daemon logs` says more; please report it"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_rt::test]
    async fn a_panic_is_an_error_and_work_keeps_its_own_outcome() {
        assert_eq!(unless_panicked(async { Ok(7) }).await, Ok(7));
        let full = Problem::new(ErrorCode::NoSpace, "full");
        let own = full.clone();
        let failed = unless_panicked::<()>(async { Err(own) }).await;
        assert_eq!(failed, Err(full));
        #[allow(unreachable_code, reason = "the panic is what is tested")]
        let panicked = unless_panicked(async {
            panic!("a fault");
            Ok(())
        });
        assert_eq!(panicked.await.unwrap_err().code, ErrorCode::Internal);
    }
}
