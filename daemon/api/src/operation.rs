//! Everything slow: an id, stages, counts, a result, a cancel.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Problem;

/// Something slow that the daemon does, now or a while ago. Watch it at
/// `/v1/operations/{operation}/events`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Operation {
    /// Its id.
    pub id: String,
    /// What is being done.
    pub kind: OperationKind,
    /// What it is done to: the id of a VM, the name of an image or kernel.
    pub target: String,
    /// Whether it is under way, and how it ended.
    pub state: OperationState,
    /// What is being done just now, for people.
    pub stage: String,
    /// How far the stage is, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// How far each layer of an image is, the lowest first; while one is pulled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<LayerProgress>,
    /// Things worth knowing that are no failure, such as that there is no usable KVM.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why it failed or was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Problem>,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Creates a VM and, unless asked not to, starts it.
    CreateVm,
    /// Starts a stopped VM.
    StartVm,
    /// Stops a VM.
    StopVm,
    /// Stops and starts a VM.
    RestartVm,
    /// Deletes a VM.
    DeleteVm,
    /// Fetches or builds an image of the catalog.
    PullImage,
    /// Makes an image of an archive.
    ImportImage,
    /// Builds an image by steps in a VM.
    BuildImage,
    /// Copies the files of a registered image.
    PromoteImage,
    /// Makes an image of a VM.
    CommitVm,
    /// Fetches a kernel of the catalog.
    PullKernel,
    /// Takes a kernel from the host's files.
    ImportKernel,
}

/// How an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    /// Under way.
    Running,
    /// It worked.
    Succeeded,
    /// It did not; all that it had made is gone again.
    Failed,
    /// Somebody cancelled it; all that it had made is gone again.
    Cancelled,
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// What `done` and `total` count.
    pub unit: ProgressUnit,
    /// So far.
    pub done: u64,
    /// In all, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

/// How far a layer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LayerProgress {
    /// Which: `sha256:` and hex.
    pub digest: String,
    /// Bytes that are here.
    pub done: u64,
    /// Bytes that it has.
    pub total: u64,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProgressUnit {
    /// Bytes.
    Bytes,
    /// Packages.
    Packages,
    /// Percent; the total is 100.
    Percent,
}

/// Operations, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OperationList {
    /// Those under way, and the last hundred that ended.
    pub operations: Vec<Operation>,
}
