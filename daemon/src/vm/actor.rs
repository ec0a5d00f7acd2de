//! Fields, start, stop, recovery.

use std::sync::Arc;

use actix::{Actor, ArbiterHandle, AsyncContext, Context};
use banger_api::{EventSubject, Problem, WaitFor};
use banger_store::Store;
use banger_vmm::{Machine, Vmm};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    VmHandle,
    messages::MachineEnded,
    snapshot::{VmSnapshot, view},
    state::{Next, State, VmRecord},
    transitions::Facts,
};
use crate::{
    event::Events,
    image_cache::Images,
    kernel_catalog::Kernels,
    operation::{Operations, Reporter},
    shelf::ShelfHandle,
    storage::{InitramfsCache, Layout},
};

/// How many messages may wait.
const MAILBOX: usize = 256;

/// What a VM needs from outside.
#[derive(Clone)]
pub struct VmPorts {
    /// The thread that VMs live on. Requests are served by another, which ends before what
    /// they began is undone.
    pub arbiter: ArbiterHandle,
    /// Where records are kept.
    pub store: Store,
    /// Where changes are told.
    pub events: Events,
    /// Where slow work is listed.
    pub operations: Operations,
    /// Root file systems.
    pub images: ShelfHandle<Images>,
    /// Kernels.
    pub kernels: ShelfHandle<Kernels>,
    /// What runs machines.
    pub vmm: Arc<dyn Vmm>,
    /// Where files are.
    pub layout: Layout,
    /// What machines boot into.
    pub initramfs: InitramfsCache,
    /// The first user id for VMMs; none where the daemon cannot change users.
    pub vmm_uid_base: Option<u32>,
    /// How long a boot may take.
    pub boot_timeout: std::time::Duration,
    /// A line to tell whoever starts a VM, such as that it will be slow.
    pub vmm_note: Option<String>,
}

/// What a daemon that starts found of a VM.
pub enum Recovery {
    /// A new VM: nothing exists.
    New,
    /// Its machine runs on.
    Running(Arc<dyn Machine>),
    /// Nothing runs.
    Stopped,
    /// It is to be removed.
    Remove,
}

/// The actor of a VM.
pub struct VmActor {
    pub(super) record: VmRecord,
    pub(super) state: State,
    pub(super) ports: VmPorts,
    pub(super) machine: Option<Arc<dyn Machine>>,
    /// The machine whose guest is not ready yet: it takes signals, and nothing else.
    pub(super) booting: Option<Arc<dyn Machine>>,
    /// The operation under way.
    pub(super) operation: Option<Arc<Reporter>>,
    /// A deletion that waits for the end of what another operation undoes.
    pub(super) deletion: Option<Arc<Reporter>>,
    /// What it failed with, until it is ended.
    pub(super) failure: Option<Problem>,
    /// Gives up the boot under way.
    pub(super) abandon: CancellationToken,
    /// What the boot under way waits for.
    pub(super) wait_for: WaitFor,
    /// Whether the removal that the last daemon did not finish is to be begun.
    begin_removal: bool,
    snapshot: watch::Sender<Arc<VmSnapshot>>,
}

impl VmActor {
    /// Starts the actor of a VM that is new or was found.
    pub fn launch(record: VmRecord, recovery: Recovery, ports: VmPorts) -> VmHandle {
        let (mut record, state, machine, begin_removal) = match recovery {
            Recovery::New => (record, State::New, None, false),
            Recovery::Running(machine) => (record, State::Running, Some(machine), false),
            Recovery::Stopped => (record.found_stopped(), State::Stopped, None, false),
            Recovery::Remove => (record, State::Deleting, None, true),
        };
        // A stop that the last daemon began, or a removal, may not have been recorded.
        record.phase = state.phase();
        let snapshot = VmSnapshot {
            vm: view(&record),
            channel: machine.as_ref().map(|machine| machine.channel()),
            files: ports.layout.vm(&record.id),
            gone: false,
        };
        let (sender, reader) = watch::channel(Arc::new(snapshot));
        let arbiter = ports.arbiter.clone();
        let actor = Self {
            record,
            state,
            ports,
            machine,
            booting: None,
            operation: None,
            deletion: None,
            failure: None,
            abandon: CancellationToken::new(),
            wait_for: WaitFor::Agent,
            begin_removal,
            snapshot: sender,
        };
        VmHandle::new(Self::start_in_arbiter(&arbiter, move |_| actor), reader)
    }

    /// Tells readers and listeners how the VM stands.
    pub(super) fn publish(&self) {
        let vm = view(&self.record);
        let running = matches!(self.state, State::Running);
        // Commands go on while it is being stopped.
        let stopping = matches!(
            self.state,
            State::Stopping {
                next: Next::Rest | Next::Start
            }
        );
        let machine = self.machine.as_ref().filter(|_| running || stopping);
        self.snapshot.send_replace(Arc::new(VmSnapshot {
            vm: vm.clone(),
            channel: machine.map(|machine| machine.channel()),
            files: self.ports.layout.vm(&self.record.id),
            gone: matches!(self.state, State::Gone),
        }));
        let subject = match self.state {
            State::Gone => EventSubject::VmDeleted {
                id: vm.id,
                name: vm.name,
            },
            State::New
            | State::Creating { .. }
            | State::Starting
            | State::Running
            | State::Stopping { .. }
            | State::Stopped
            | State::Deleting => EventSubject::Vm { vm: Box::new(vm) },
        };
        self.ports.events.publish(subject);
    }

    pub(super) fn facts(&self) -> Facts {
        Facts {
            provisional: self.record.provisional,
            delete_when_stopped: self.record.delete_when_stopped,
        }
    }

    /// Hears of the end of the machine.
    pub(super) fn watch_machine(&self, context: &mut Context<Self>) {
        if let Some(machine) = self.machine.clone() {
            let address = context.address();
            actix_rt::spawn(async move {
                let reason = machine.wait().await;
                let _ = address.send(MachineEnded(reason)).await;
            });
        }
    }
}

impl Actor for VmActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(MAILBOX);
        self.watch_machine(context);
        if self.begin_removal {
            self.remove(context);
        }
    }
}

impl Drop for VmActor {
    /// An actor that dies takes the boot that it began with it: its successor begins anew.
    fn drop(&mut self) {
        self.abandon.cancel();
    }
}
