//! The one table from the rooms' errors to problems on the wire.

mod oci;
mod web;

use std::{error::Error, io, iter, path::Path};

use banger_agent_protocol::request::AgentErrorCode;
use banger_api::{ErrorCode, Problem};
use banger_ext4::{ImportError, WriteError};
use banger_kernel::{FileError, InitramfsError, InstallError, ManifestError};
use banger_store::StoreError;
use banger_vmm::VmmError;

use crate::{
    guest::GuestError,
    operation::OperationError,
    registry::FindError,
    shelf::{Artifact, ShelfError},
    storage::{DiskError, ModulesDiskError},
};

pub use oci::{blobs, flatten, layer, layer_differs, local, manifest, merge, pack, registry};
pub use web::web;

/// A file of the host failed.
pub fn io(path: &Path, error: &io::Error) -> Problem {
    let detail = format!("{}: {error}", path.display());
    if is_no_space(error) {
        return Problem::new(ErrorCode::NoSpace, detail).with_hint(NO_SPACE_HINT);
    }
    Problem::new(ErrorCode::Internal, detail)
}

/// An error's own code, unless what it comes from is a full disk.
fn unless_full(code: ErrorCode, error: &(dyn Error + 'static)) -> Problem {
    let detail = error.to_string();
    let causes = iter::successors(Some(error), |&error| error.source());
    let full = causes
        .filter_map(|cause| cause.downcast_ref())
        .any(is_no_space);
    // Programs and the database tell it in words only: those of strerror(3) for ENOSPC, and
    // those of libext2fs where only a part of a block found room.
    let words = ["no space left on", "resulted in short write"];
    let lower = detail.to_lowercase();
    if full || words.iter().any(|words| lower.contains(words)) {
        return Problem::new(ErrorCode::NoSpace, detail).with_hint(NO_SPACE_HINT);
    }
    Problem::new(code, detail)
}

/// The store failed.
pub fn store(error: StoreError) -> Problem {
    unless_full(ErrorCode::Internal, &error)
}

/// A kernel could not be installed.
pub fn kernel_install(error: &InstallError) -> Problem {
    if error.is_cancelled() {
        return cancelled();
    }
    let code = match error {
        InstallError::Apt(_) => ErrorCode::DownloadFailed,
        InstallError::File(file) => return kernel_file(file),
        InstallError::Unpack(_)
        | InstallError::NoImage { .. }
        | InstallError::NoImageAmong { .. }
        | InstallError::Vmlinux { .. }
        | InstallError::Modules(_)
        | InstallError::NoModules { .. }
        | InstallError::Lacks { .. } => ErrorCode::BadKernel,
        InstallError::NoHostKernel { .. } => ErrorCode::KernelNotFound,
        InstallError::NotEmpty { .. } | InstallError::Manifest(_) | InstallError::Cancelled(_) => {
            ErrorCode::Internal
        }
    };
    unless_full(code, error)
}

/// The agent for guests cannot be read.
pub fn agent(path: &Path, error: &io::Error) -> Problem {
    let detail = format!("the agent for guests, {}: {error}", path.display());
    Problem::new(ErrorCode::BootFailed, detail).with_hint(
        "set agent_path in config.toml, or build it: `make build` puts it beside bangerd",
    )
}

/// What is recorded of a kernel cannot be read.
pub fn kernel_manifest(error: &ManifestError) -> Problem {
    Problem::new(ErrorCode::BadKernel, error.to_string())
}

/// A kernel's file cannot be read or written.
pub fn kernel_file(error: &FileError) -> Problem {
    unless_full(ErrorCode::BadKernel, error)
}

/// A disk of modules could not be made.
pub fn modules_disk(error: &ModulesDiskError) -> Problem {
    or_doctor(unless_full(ErrorCode::BadKernel, error))
}

/// An initramfs could not be built.
pub fn initramfs(error: &InitramfsError) -> Problem {
    or_doctor(unless_full(ErrorCode::BootFailed, error))
}

/// A Dockerfile cannot be built.
pub fn dockerfile(error: &banger_dockerfile::BuildError) -> Problem {
    let problem = Problem::new(ErrorCode::BadDockerfile, format!("the Dockerfile, {error}"));
    match error.is_unsupported {
        true => problem.with_hint(banger_dockerfile::SUPPORTED),
        false => problem,
    }
}

/// A tar stream could not be made an image.
pub fn image_import(error: &ImportError) -> Problem {
    let detail = error.to_string();
    match error {
        ImportError::Cancelled => cancelled(),
        ImportError::Format(_) => host_disk(error),
        ImportError::Member { source, .. } | ImportError::Write(source) => match source {
            WriteError::DiskFull => {
                Problem::new(ErrorCode::NoSpace, detail).with_hint(NO_SPACE_HINT)
            }
            _ => unless_full(ErrorCode::BadArchive, error),
        },
        ImportError::Decompress(_) | ImportError::Archive(_) => {
            Problem::new(ErrorCode::BadArchive, detail)
                .with_hint("give a root file system tar: plain, gzip, xz or zstd")
        }
    }
}

/// A VM's disks could not be made.
pub fn disk(error: DiskError) -> Problem {
    match error {
        DiskError::Directory { path, source } => io(&path, &source),
        DiskError::Template(source) => host_disk(&source),
        DiskError::Clone(source) => host_disk(&source),
    }
}

/// A disk could not be copied.
pub fn clone(error: &banger_ext4::clone::CloneError) -> Problem {
    host_disk(error)
}

fn host_disk(error: &(dyn Error + 'static)) -> Problem {
    or_doctor(unless_full(ErrorCode::Internal, error))
}

/// Where nothing better is known, doctor is asked.
fn or_doctor(problem: Problem) -> Problem {
    match problem.hint {
        Some(_) => problem,
        None => problem.with_hint("`banger doctor` checks what VMs need on this machine"),
    }
}

/// No VM was found, or its name is taken.
pub fn find(error: FindError) -> Problem {
    let detail = error.to_string();
    match error {
        FindError::NotFound { nearest, .. } if nearest.is_empty() => {
            Problem::new(ErrorCode::VmNotFound, detail)
                .with_hint("`banger vm list` shows what there is")
        }
        FindError::NotFound { nearest, .. } => Problem::new(ErrorCode::VmNotFound, detail)
            .with_hint(format!("did you mean {}?", nearest.join(" or "))),
        FindError::Ambiguous { .. } => {
            Problem::new(ErrorCode::AmbiguousId, detail).with_hint("write more of the id")
        }
        FindError::NameTaken(name) => Problem::new(ErrorCode::VmNameTaken, detail)
            .with_hint(format!("choose another name, or `banger vm delete {name}`")),
    }
}

/// Work on another thread was aborted.
pub fn aborted<E>(_: E) -> Problem {
    Problem::new(ErrorCode::Internal, "the work was aborted")
}

/// The operation was cancelled.
pub fn cancelled() -> Problem {
    Problem::new(ErrorCode::Cancelled, "the operation was cancelled")
}

const NO_SPACE_HINT: &str = "free some space, for example with `banger vm delete` and \
    `banger image delete`; `banger daemon status` names the directory";

fn is_no_space(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// A shelf refuses.
pub fn shelf<A: Artifact>(error: ShelfError) -> Problem {
    let detail = error.to_string();
    let noun = A::NOUN;
    match error {
        ShelfError::NotFound {
            name,
            in_catalog: true,
            ..
        } => Problem::new(A::CODES.not_found, detail)
            .with_hint(format!("fetch it: `banger {noun} pull {name}`")),
        ShelfError::NotFound { nearest, .. } if nearest.is_empty() => {
            Problem::new(A::CODES.not_found, detail)
                .with_hint(format!("`banger {noun} list` shows what there is"))
        }
        ShelfError::NotFound { nearest, .. } => Problem::new(A::CODES.not_found, detail)
            .with_hint(format!("did you mean {}?", nearest.join(" or "))),
        ShelfError::NameTaken { name, .. } => Problem::new(A::CODES.name_taken, detail).with_hint(
            format!("choose another name, or remove it: `banger {noun} delete {name}`"),
        ),
        ShelfError::InUse { by, .. } => Problem::new(A::CODES.in_use, detail).with_hint(format!(
            "delete them first: `banger vm delete {}`; or with `--force` it goes when the last \
             of them does",
            by.join(" ")
        )),
        ShelfError::Ambiguous { .. } => {
            Problem::new(ErrorCode::AmbiguousId, detail).with_hint("write more of it, or a name")
        }
        ShelfError::BadName { .. } => Problem::new(ErrorCode::InvalidValue, detail),
    }
}

impl From<OperationError> for crate::http::Failure {
    fn from(error: OperationError) -> Self {
        let code = match error {
            OperationError::NotFound(_) => ErrorCode::OperationNotFound,
            OperationError::Ambiguous(_) => ErrorCode::AmbiguousId,
        };
        Problem::new(code, error.to_string()).into()
    }
}

/// The conversation with a guest failed.
pub fn guest(error: &GuestError) -> Problem {
    let detail = error.to_string();
    match error {
        GuestError::Agent(agent) => Problem::new(agent_code(agent.code), detail),
        GuestError::NotReady { .. } | GuestError::Incompatible(_) => {
            Problem::new(ErrorCode::BootFailed, detail)
        }
        GuestError::Unreachable(_)
        | GuestError::Broken(_)
        | GuestError::Ended
        | GuestError::Unexpected => Problem::new(ErrorCode::AgentUnreachable, detail)
            .with_hint("the guest may have stopped or hang: `banger vm logs` shows its console"),
    }
}

/// The same error, as the API calls it.
pub fn agent_code(code: AgentErrorCode) -> ErrorCode {
    match code {
        AgentErrorCode::BadRequest => ErrorCode::InvalidValue,
        AgentErrorCode::NotFound => ErrorCode::GuestPathNotFound,
        AgentErrorCode::NotExecutable => ErrorCode::CommandNotExecutable,
        AgentErrorCode::NoWorkingDir => ErrorCode::WorkingDirNotFound,
        AgentErrorCode::NoUser => ErrorCode::UserNotFound,
        AgentErrorCode::PermissionDenied => ErrorCode::GuestPermissionDenied,
        AgentErrorCode::NoSpace => ErrorCode::NoSpace,
        AgentErrorCode::BadArchive => ErrorCode::BadArchive,
        AgentErrorCode::Failed => ErrorCode::GuestFailed,
    }
}

/// A VMM failed.
pub fn vmm(error: &VmmError) -> Problem {
    let problem = unless_full(ErrorCode::VmmFailed, error);
    match error {
        VmmError::Missing { hint, .. } => problem.with_hint(hint.clone()),
        VmmError::TooOld { .. }
        | VmmError::NotStarted { .. }
        | VmmError::Refused { .. }
        | VmmError::File { .. }
        | VmmError::System { .. } => or_doctor(problem),
    }
}

#[cfg(test)]
mod tests {
    use banger_ext4::{clone::CloneError, format::FormatError};

    use super::*;

    #[test]
    fn a_full_disk_is_told_as_such_whoever_meets_it() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let path = || "/somewhere".into();
        let problems = [
            disk(DiskError::Clone(CloneError::Destination {
                path: path(),
                source: full(),
            })),
            store(StoreError::Database {
                problem: "IO error: No space left on device (os error 28)".into(),
            }),
            kernel_install(&InstallError::File(FileError::NoSpace { path: path() })),
            initramfs(&InitramfsError::File(FileError::NoSpace { path: path() })),
            image_import(&ImportError::Format(FormatError::Refused {
                capacity: 1,
                message: "mke2fs: Attempt to write block to filesystem resulted in short write"
                    .to_owned(),
            })),
            vmm(&VmmError::File {
                path: path(),
                source: full(),
            }),
        ];
        for problem in problems {
            assert_eq!(problem.code, ErrorCode::NoSpace, "{problem}");
            assert_eq!(problem.hint.as_deref(), Some(NO_SPACE_HINT));
        }
        let other = store(StoreError::Closed);
        assert_eq!(other.code, ErrorCode::Internal);
    }
}
