//! The wire types of the API: requests, answers, names, sizes, error codes. No I/O.
//!
//! Each type here appears in `openapi/openapi.json`. To change one: edit it, run
//! `make openapi`, and read the difference of that file as your users will.
//!
//! | file | what it describes |
//! |---|---|
//! | `name.rs` | names of VMs, images and kernels; nearest names for errors |
//! | `size.rs` | sizes as people write them |
//! | `limits.rs` | how small and how large a VM can be |
//! | `problem.rs` | errors: problem+json with stable codes |
//! | `operation.rs` | everything slow |
//! | `event.rs` | the global event stream |
//! | `daemon.rs` | status and doctor |
//! | `kernel.rs` `image.rs` `vm.rs` `registry.rs` | the nouns |
//! | `exec.rs` | running commands in a VM |

pub mod daemon;
pub mod event;
pub mod exec;
pub mod image;
pub mod kernel;
pub mod limits;
pub mod name;
pub mod operation;
pub mod problem;
pub mod registry;
pub mod size;
pub mod vm;

pub use daemon::{
    Check, CheckResult, DefaultSource, DoctorReport, LogLevel, Status, StopDaemon, VmDefaults,
};
pub use event::{Event, EventSubject};
pub use exec::{ExecInput, ExecOutput, ExecRequest, ExecStatus, OnDisconnect, TerminalSize};
pub use image::{
    CommitVm, Image, ImageConfig, ImageFiles, ImageLayer, ImageList, ImageSource, PruneImages,
    PrunedImages, PullImage, RegisterImage, TagImage,
};
pub use kernel::{
    CatalogKernel, ImportKernel, Kernel, KernelCatalog, KernelList, KernelPackage,
    KernelPackageFormat, KernelSource, PullKernel,
};
pub use operation::{
    LayerProgress, Operation, OperationKind, OperationList, OperationState, Progress, ProgressUnit,
};
pub use problem::{ErrorCode, Problem};
pub use registry::Login;
pub use vm::{
    BootReport, CreateVm, FilesWritten, GuestDisk, GuestFacts, KillVm, Network, PullPolicy, Vm,
    VmAccelerator, VmList, VmState, WaitFor,
};

/// The version of the API, the first segment of every path.
pub const VERSION: &str = "v1";
