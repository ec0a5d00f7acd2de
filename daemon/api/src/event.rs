//! The global event stream.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Image, Kernel, Operation, Vm};

/// Something changed. The `data` of one server-sent event at `/v1/events`; the event's name
/// is the subject's `type`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Counts up by one from event to event while the daemon runs; a gap means that this
    /// reader was too slow and missed some.
    pub sequence: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    /// What, as it is now.
    pub subject: EventSubject,
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventSubject {
    /// A VM was made or changed its state.
    Vm {
        /// As it is now.
        vm: Box<Vm>,
    },
    /// A VM is gone.
    VmDeleted {
        /// Its id.
        id: String,
        /// The name that it had.
        name: String,
    },
    /// An image can be used.
    Image {
        /// As it is now.
        image: Box<Image>,
    },
    /// An image is gone.
    ImageDeleted {
        /// The name that it had.
        name: String,
    },
    /// A kernel can be used.
    Kernel {
        /// As it is now.
        kernel: Box<Kernel>,
    },
    /// A kernel is gone.
    KernelDeleted {
        /// The name that it had.
        name: String,
    },
    /// An operation began or ended.
    Operation {
        /// As it is now.
        operation: Box<Operation>,
    },
}

impl EventSubject {
    /// The subject's `type`, which is the server-sent event's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Vm { .. } => "vm",
            Self::VmDeleted { .. } => "vm_deleted",
            Self::Image { .. } => "image",
            Self::ImageDeleted { .. } => "image_deleted",
            Self::Kernel { .. } => "kernel",
            Self::KernelDeleted { .. } => "kernel_deleted",
            Self::Operation { .. } => "operation",
        }
    }
}
