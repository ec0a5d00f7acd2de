//! Errors on the wire: problem+json (RFC 9457) with a stable code.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request, or an operation, failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[error("{detail}")]
pub struct Problem {
    /// For programs; never changes its meaning.
    pub code: ErrorCode,
    /// What the code means, for people.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong here, for people.
    pub detail: String,
    /// What to do about it, often a command to type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Problem {
    /// A problem with its code's own title and status.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            title: code.title().to_owned(),
            status: code.status(),
            detail: detail.into(),
            hint: None,
        }
    }

    /// The same with a hint at what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Every error that the API knows, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The body is not the JSON that is asked for, or a parameter is malformed.
    BadRequest,
    /// A value is well-formed and not acceptable: a name, a size, a number.
    InvalidValue,
    /// The body is larger than this request takes.
    TooLarge,
    /// The body has a content type that this request does not take.
    UnsupportedMediaType,
    /// No such path in this API.
    NoSuchEndpoint,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The peer on the socket is not the daemon's owner.
    PeerNotAllowed,
    /// No VM of that name or id.
    VmNotFound,
    /// The prefix fits several ids.
    AmbiguousId,
    /// The name belongs to another VM.
    VmNameTaken,
    /// The VM's state does not allow it.
    VmWrongState,
    /// No image of that name, here or in the catalog.
    ImageNotFound,
    /// The name belongs to another image.
    ImageNameTaken,
    /// A VM uses the image.
    ImageInUse,
    /// A file of a registered image is gone, or another than it was.
    ImageFileChanged,
    /// The archive is truncated, malformed or hostile.
    BadArchive,
    /// What was to become an image is none that can be run: another architecture, an unknown
    /// format, a wrong digest, a hostile layer.
    BadImage,
    /// The image could not be built.
    ImageBuildFailed,
    /// The Dockerfile is none, asks for what is not supported, or for files that are not there.
    BadDockerfile,
    /// A step of a build failed in its VM.
    BuildStepFailed,
    /// The registry wants credentials, or others.
    RegistryUnauthorized,
    /// No login is kept for the registry.
    LoginNotFound,
    /// The registry refuses.
    RegistryForbidden,
    /// The registry was asked too often.
    RegistryBusy,
    /// The registry's certificate is not trusted.
    RegistryUntrusted,
    /// The registry cannot be reached, breaks off, or answers nonsense.
    RegistryFailed,
    /// No kernel of that name, here or in the catalog.
    KernelNotFound,
    /// The name belongs to another kernel.
    KernelNameTaken,
    /// A VM uses the kernel.
    KernelInUse,
    /// The kernel or its package is corrupt or lacks what a guest needs.
    BadKernel,
    /// A package could not be downloaded.
    DownloadFailed,
    /// No operation of that id.
    OperationNotFound,
    /// The operation was cancelled.
    Cancelled,
    /// QEMU or the vsock device is missing, too old, or failed to start.
    VmmFailed,
    /// The guest did not become ready.
    BootFailed,
    /// The agent in the guest did not answer, or broke the protocol.
    AgentUnreachable,
    /// No such command in the guest.
    CommandNotFound,
    /// The command exists in the guest and cannot be executed.
    CommandNotExecutable,
    /// The directory that a command was to start in does not exist in the guest.
    WorkingDirNotFound,
    /// The user or group that a command was to run as does not exist in the guest.
    UserNotFound,
    /// A file or directory in the guest that does not exist.
    GuestPathNotFound,
    /// The guest's kernel denied it.
    GuestPermissionDenied,
    /// The guest failed otherwise.
    GuestFailed,
    /// A disk, the host's or the guest's, is full.
    NoSpace,
    /// The daemon is shutting down.
    ShuttingDown,
    /// A fault of the daemon; its log says more.
    Internal,
}

impl ErrorCode {
    /// The HTTP status that goes with it.
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::PeerNotAllowed | Self::RegistryUnauthorized | Self::RegistryForbidden => 403,
            Self::NoSuchEndpoint
            | Self::VmNotFound
            | Self::ImageNotFound
            | Self::LoginNotFound
            | Self::KernelNotFound
            | Self::OperationNotFound
            | Self::CommandNotFound
            | Self::WorkingDirNotFound
            | Self::UserNotFound
            | Self::GuestPathNotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::AmbiguousId
            | Self::VmNameTaken
            | Self::VmWrongState
            | Self::ImageNameTaken
            | Self::ImageInUse
            | Self::ImageFileChanged
            | Self::KernelNameTaken
            | Self::KernelInUse
            | Self::Cancelled => 409,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::InvalidValue
            | Self::BadArchive
            | Self::BadImage
            | Self::BadDockerfile
            | Self::BuildStepFailed
            | Self::BadKernel
            | Self::CommandNotExecutable
            | Self::GuestPermissionDenied => 422,
            Self::RegistryBusy => 429,
            Self::Internal => 500,
            Self::DownloadFailed
            | Self::AgentUnreachable
            | Self::GuestFailed
            | Self::BootFailed
            | Self::ImageBuildFailed
            | Self::RegistryFailed
            | Self::RegistryUntrusted
            | Self::VmmFailed => 502,
            Self::ShuttingDown => 503,
            Self::NoSpace => 507,
        }
    }

    /// What it means, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::BadRequest => "malformed request",
            Self::InvalidValue => "value not acceptable",
            Self::TooLarge => "request too large",
            Self::UnsupportedMediaType => "content type not supported",
            Self::NoSuchEndpoint => "no such path in this API",
            Self::MethodNotAllowed => "method not allowed",
            Self::PeerNotAllowed => "peer not allowed",
            Self::VmNotFound => "no such VM",
            Self::AmbiguousId => "ambiguous id",
            Self::VmNameTaken => "VM name taken",
            Self::VmWrongState => "not in this state",
            Self::ImageNotFound => "no such image",
            Self::ImageNameTaken => "image name taken",
            Self::ImageInUse => "image in use",
            Self::ImageFileChanged => "image file changed",
            Self::BadArchive => "bad archive",
            Self::BadImage => "bad image",
            Self::ImageBuildFailed => "image build failed",
            Self::BadDockerfile => "bad Dockerfile",
            Self::BuildStepFailed => "build step failed",
            Self::RegistryUnauthorized => "registry wants a login",
            Self::LoginNotFound => "no such login",
            Self::RegistryForbidden => "registry refuses",
            Self::RegistryBusy => "registry asked too often",
            Self::RegistryUntrusted => "registry not trusted",
            Self::RegistryFailed => "registry failed",
            Self::KernelNotFound => "no such kernel",
            Self::KernelNameTaken => "kernel name taken",
            Self::KernelInUse => "kernel in use",
            Self::BadKernel => "bad kernel",
            Self::DownloadFailed => "download failed",
            Self::OperationNotFound => "no such operation",
            Self::Cancelled => "cancelled",
            Self::VmmFailed => "VMM failed",
            Self::BootFailed => "boot failed",
            Self::AgentUnreachable => "agent unreachable",
            Self::CommandNotFound => "command not found",
            Self::CommandNotExecutable => "command not executable",
            Self::WorkingDirNotFound => "no such working directory",
            Self::UserNotFound => "no such user in the guest",
            Self::GuestPathNotFound => "no such path in the guest",
            Self::GuestPermissionDenied => "denied in the guest",
            Self::GuestFailed => "guest failed",
            Self::NoSpace => "no space left",
            Self::ShuttingDown => "daemon shutting down",
            Self::Internal => "internal error",
        }
    }
}
