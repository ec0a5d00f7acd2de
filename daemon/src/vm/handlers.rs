//! Check, transition, persist, start effects: always these four steps.

use std::sync::Arc;

use actix::{
    ActorContext, ActorFutureExt, AsyncContext, Context, ContextFutureSpawner, Handler, WrapFuture,
};
use banger_api::{ErrorCode, Operation, OperationKind, Problem};
use banger_vmm::ExitReason;
use tokio::sync::watch;

use super::{
    VmActor, effects,
    messages::{Booted, Do, MachineEnded, MachineStarted, Prepared, Removed, Signal},
    state::State,
    transitions::{self, Admission, Command, Denial, Effect, Outcome},
};
use crate::{error, operation::Reporter};

const SIGKILL: i32 = nix::sys::signal::Signal::SIGKILL as i32;

impl Handler<Do> for VmActor {
    type Result = Result<watch::Receiver<Operation>, Problem>;

    fn handle(&mut self, message: Do, context: &mut Self::Context) -> Self::Result {
        match transitions::command(self.state, message.command) {
            Admission::Deny(denial) => Err(self.denied(denial, message.command)),
            Admission::AlreadySo => {
                let reporter = self.begin(message.kind, "nothing to do");
                reporter.succeed();
                Ok(reporter.watch())
            }
            Admission::Join => Ok(self.join(message.kind)),
            Admission::Accept(state, effects) => {
                self.wait_for = message.wait_for;
                let watch = self.begin_current(message.kind).watch();
                self.record.reason = None;
                self.advance(state, effects, context);
                Ok(watch)
            }
        }
    }
}

impl VmActor {
    /// A new operation takes the place of the one under way, which it overtook.
    fn begin_current(&mut self, kind: OperationKind) -> Arc<Reporter> {
        let reporter = Arc::new(self.begin(kind, "preparing"));
        if let Some(overtaken) = self.operation.replace(Arc::clone(&reporter)) {
            overtaken.fail(
                Problem::new(ErrorCode::Cancelled, "another operation took its place")
                    .with_hint(format!("see operation {}", reporter.id())),
            );
        }
        self.failure = None;
        reporter
    }

    fn begin(&self, kind: OperationKind, stage: &str) -> Reporter {
        self.ports.operations.begin(kind, &self.record.id, stage)
    }

    /// Waits with the others for what is under way. A removal may be the undoing of another
    /// operation, which fails: whoever wants the VM deleted has one that succeeds.
    fn join(&mut self, kind: OperationKind) -> watch::Receiver<Operation> {
        let same = self.operation.iter().chain(&self.deletion);
        let same = same.map(|operation| operation.watch());
        if let Some(watch) = same.into_iter().find(|watch| watch.borrow().kind == kind) {
            return watch;
        }
        if self.operation.is_none() || kind != OperationKind::DeleteVm {
            return self.begin_current(kind).watch();
        }
        let deletion = Arc::new(self.begin(kind, "removing"));
        self.deletion.insert(deletion).watch()
    }

    /// Goes to a state: records it, and only then starts the effects and tells the world.
    fn advance(&mut self, state: State, effects: Vec<Effect>, context: &mut Context<Self>) {
        tracing::debug!(vm = self.record.name, from = ?self.state, to = ?state, ?effects, "vm");
        self.state = state;
        let provisional = self.record.provisional;
        if effects.contains(&Effect::Keep) {
            self.record.provisional = false;
        }
        self.persist(context, move |actor, written, context| {
            if let Err(problem) = written
                && provisional
                && let Some((state, effects)) =
                    transitions::outcome(actor.state, Outcome::NotRecorded, actor.facts())
            {
                actor.record.provisional = true;
                actor.failed(problem);
                return actor.advance(state, effects, context);
            }
            actor.publish();
            for effect in effects {
                actor.start_effect(effect, context);
            }
        });
    }

    /// Writes the record; the mailbox waits, so that nothing overtakes it.
    fn persist(
        &mut self,
        context: &mut Context<Self>,
        then: impl FnOnce(&mut Self, Result<(), Problem>, &mut Context<Self>) + 'static,
    ) {
        self.record.phase = self.state.phase();
        self.record.generation += 1;
        if matches!(self.state, State::Gone) {
            // Its record went with everything else.
            return then(self, Ok(()), context);
        }
        let (store, record) = (self.ports.store.clone(), self.record.clone());
        async move { store.put(&record.id, &record).await }
            .into_actor(self)
            .map(move |outcome, actor, context| {
                if let Err(error) = &outcome {
                    tracing::error!(vm = actor.record.name, %error, "the record was not written");
                }
                then(actor, outcome.map(drop).map_err(error::store), context);
            })
            .wait(context);
    }

    fn start_effect(&mut self, effect: Effect, context: &mut Context<Self>) {
        let address = context.address();
        match effect {
            Effect::Prepare => {
                let (ports, record) = (self.ports.clone(), self.record.clone());
                let reporter = self.current();
                actix_rt::spawn(async move {
                    let preparing =
                        async move { effects::prepare(&ports, &record, &reporter).await };
                    let outcome = effects::unless_panicked(preparing).await;
                    let _ = address.send(Prepared(outcome)).await;
                });
            }
            Effect::Boot => {
                let reporter = self.current();
                self.abandon = reporter.cancelled().child_token();
                let boot = effects::Boot {
                    ports: self.ports.clone(),
                    record: self.record.clone(),
                    reporter,
                    abandon: self.abandon.clone(),
                    wait_for: self.wait_for,
                    started: address.clone().recipient(),
                };
                let machines = self.ports.layout.machines();
                let directory = self.ports.layout.vm(&self.record.id).runtime_dir;
                actix_rt::spawn(async move {
                    let outcome = effects::unless_panicked(boot.run()).await;
                    if outcome.is_err() {
                        // A boot that failed left nothing; one that panicked may have.
                        effects::end_machine(&machines, &directory).await;
                    }
                    let _ = address.send(Booted(outcome)).await;
                });
            }
            Effect::AbandonBoot => self.abandon.cancel(),
            Effect::PowerOff => {
                if let Some(machine) = self.machine.clone() {
                    let reporter = self.current();
                    actix_rt::spawn(async move {
                        let asked = Arc::clone(&machine);
                        let asking = async move {
                            effects::power_off(&*asked, &reporter).await;
                            Ok(())
                        };
                        if effects::unless_panicked(asking).await.is_err() {
                            let _ = machine.signal(SIGKILL);
                        }
                    });
                }
            }
            Effect::PowerCut => {
                if let Some(Err(error)) = self.machine.as_ref().map(|m| m.signal(SIGKILL)) {
                    tracing::warn!(vm = self.record.name, %error, "the machine was not killed");
                }
            }
            Effect::Remove => self.remove(context),
            // Done by `advance`, which writes the record.
            Effect::Keep => {}
            Effect::Succeed | Effect::Fail => self.end_operation(),
        }
    }

    /// Removes everything; also begun when a daemon finds a VM half-made.
    pub(super) fn remove(&mut self, context: &mut Context<Self>) {
        let (ports, record) = (self.ports.clone(), self.record.clone());
        let address = context.address();
        if let Some(operation) = &self.operation {
            operation.stage("removing");
        }
        actix_rt::spawn(async move {
            let removing = async move { effects::remove(&ports, &record).await };
            let outcome = effects::unless_panicked(removing).await;
            let _ = address.send(Removed(outcome)).await;
        });
    }

    fn end_operation(&mut self) {
        let failure = self.failure.take();
        if let Some(deletion) = self.deletion.take() {
            deletion.finish(match self.state {
                State::Gone => Ok(()),
                State::New
                | State::Creating { .. }
                | State::Starting
                | State::Running
                | State::Stopping { .. }
                | State::Stopped
                | State::Deleting => failure.clone().map_or(Ok(()), Err),
            });
        }
        if let Some(operation) = self.operation.take() {
            operation.finish(failure.map_or(Ok(()), Err));
        }
    }

    /// The operation under way; a new one where the VM acts by itself, as when its guest
    /// reboots.
    fn current(&mut self) -> Arc<Reporter> {
        match &self.operation {
            Some(operation) => Arc::clone(operation),
            None => self.begin_current(OperationKind::RestartVm),
        }
    }

    fn outcome(&mut self, outcome: Outcome, context: &mut Context<Self>) {
        match transitions::outcome(self.state, outcome, self.facts()) {
            Some((state, effects)) => self.advance(state, effects, context),
            None => {
                tracing::debug!(vm = self.record.name, state = ?self.state, ?outcome, "too late")
            }
        }
    }

    fn failed(&mut self, problem: Problem) {
        self.record.reason = Some(problem.detail.clone());
        // The first failure is the cause of those that follow.
        self.failure.get_or_insert(problem);
    }

    fn denied(&self, denial: Denial, command: Command) -> Problem {
        let name = &self.record.name;
        let (is, hint) = match (denial, command) {
            (Denial::BeingCreated, _) => (
                "being created",
                "wait for its operation, or cancel that".to_owned(),
            ),
            (Denial::BeingStarted, _) => (
                "being started",
                format!("stop it first: `banger vm stop {name}`"),
            ),
            (Denial::BeingStopped, _) => ("being stopped", "try again in a moment".to_owned()),
            (Denial::BeingDeleted, _) => ("being deleted", "nothing is left to do".to_owned()),
            (Denial::Running, Command::Delete { .. }) => (
                "running",
                format!("stop it first, or end it at once: `banger vm delete --force {name}`"),
            ),
            (Denial::Running, _) => ("running", format!("`banger vm stop {name}`")),
            (Denial::Exists, _) => ("there already", "nothing is left to do".to_owned()),
        };
        Problem::new(ErrorCode::VmWrongState, format!("the VM {name:?} is {is}")).with_hint(hint)
    }
}

impl Handler<Signal> for VmActor {
    type Result = Result<(), Problem>;

    fn handle(&mut self, Signal(number): Signal, _: &mut Self::Context) -> Self::Result {
        match self.machine.as_ref().or(self.booting.as_ref()) {
            Some(machine) => machine.signal(number).map_err(|error| error::vmm(&error)),
            None => {
                let detail = format!("nothing of the VM {:?} runs", self.record.name);
                Err(Problem::new(ErrorCode::VmWrongState, detail))
            }
        }
    }
}

impl Handler<Prepared> for VmActor {
    type Result = ();

    fn handle(&mut self, Prepared(outcome): Prepared, context: &mut Self::Context) {
        match outcome {
            Ok(taken) => {
                self.record.disk_mib = taken.disk_mib;
                self.record.image_id = Some(taken.image_id);
                self.record.kernel_id = Some(taken.kernel_id);
                self.outcome(Outcome::Prepared, context);
            }
            Err(problem) => {
                self.failed(problem);
                self.outcome(Outcome::PrepareFailed, context);
            }
        }
    }
}

impl Handler<MachineStarted> for VmActor {
    type Result = ();

    fn handle(&mut self, MachineStarted(machine): MachineStarted, context: &mut Self::Context) {
        self.record.machine = Some(machine.record());
        self.booting = Some(machine);
        // It is found by its directory even when the record is not written in time.
        self.persist(context, |actor, _, _| actor.publish());
    }
}

impl Handler<Booted> for VmActor {
    type Result = ();

    fn handle(&mut self, Booted(outcome): Booted, context: &mut Self::Context) {
        self.booting = None;
        match outcome {
            Ok((machine, report)) => {
                self.record.machine = Some(machine.record());
                self.record.boot = Some(report);
                self.record.started_at = Some(jiff::Timestamp::now());
                self.machine = Some(machine);
                self.outcome(Outcome::Booted, context);
                self.watch_machine(context);
            }
            Err(problem) => {
                self.record.machine = None;
                // A boot that was given up for a stop has not failed.
                if !matches!(self.state, State::Stopping { .. }) {
                    self.failed(problem);
                }
                self.outcome(Outcome::BootFailed, context);
            }
        }
    }
}

impl Handler<MachineEnded> for VmActor {
    type Result = ();

    fn handle(&mut self, MachineEnded(reason): MachineEnded, context: &mut Self::Context) {
        self.machine = None;
        self.record.machine = None;
        self.record.started_at = None;
        self.record.reason = match (&reason, self.state) {
            (_, State::Stopping { .. }) => None,
            (ExitReason::PoweredOff, _) => Some("the guest powered off".to_owned()),
            (ExitReason::Rebooted, _) => Some("the guest rebooted".to_owned()),
            (ExitReason::Terminated, _) => Some("the VMM was terminated".to_owned()),
            (ExitReason::Failed(message), _) => Some(format!("the VMM failed: {message}")),
        };
        tracing::info!(vm = self.record.name, ?reason, "machine ended");
        let rebooted = matches!(reason, ExitReason::Rebooted);
        self.outcome(Outcome::Ended { rebooted }, context);
    }
}

impl Handler<Removed> for VmActor {
    type Result = ();

    fn handle(&mut self, Removed(outcome): Removed, context: &mut Self::Context) {
        match outcome {
            Ok(()) => {
                self.outcome(Outcome::Removed, context);
                context.stop();
            }
            Err(problem) => {
                self.failed(problem);
                self.outcome(Outcome::RemoveFailed, context);
            }
        }
    }
}
