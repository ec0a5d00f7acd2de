//! An answer that is given when a change has been recorded.

use actix::{
    Actor, Message,
    dev::{MessageResponse, OneshotSender},
};
use banger_api::{ErrorCode, Problem};
use tokio::sync::oneshot;

/// What a handler returns; its other half gives the answer.
pub struct Answer<T>(oneshot::Receiver<Result<T, Problem>>);

/// The one who gives the answer.
pub struct Later<T>(oneshot::Sender<Result<T, Problem>>);

impl<T> Answer<T> {
    /// Both halves.
    pub fn new() -> (Self, Later<T>) {
        let (sender, receiver) = oneshot::channel();
        (Self(receiver), Later(sender))
    }
}

impl<T> Later<T> {
    /// Gives it. Whoever asked may be gone.
    pub fn give(self, answer: Result<T, Problem>) {
        let _ = self.0.send(answer);
    }
}

impl<A, M, T> MessageResponse<A, M> for Answer<T>
where
    A: Actor,
    M: Message<Result = Result<T, Problem>>,
    T: 'static,
{
    fn handle(self, _: &mut A::Context, asker: Option<OneshotSender<M::Result>>) {
        actix_rt::spawn(async move {
            let dropped = || Problem::new(ErrorCode::ShuttingDown, "the daemon is shutting down");
            let answer = self.0.await.unwrap_or_else(|_| Err(dropped()));
            if let Some(asker) = asker {
                let _ = asker.send(answer);
            }
        });
    }
}
