//! Builds the initramfs of an installed kernel, and the key under which it is cached.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::layout::{Module, write_initramfs};
use crate::files::{self, FileError};
use crate::hex;
use crate::install::{KernelManifest, ManifestError};

/// To be raised when the archive's layout changes: cached archives are then made anew.
const FORMAT: u32 = 1;
/// The agent is no larger, in bytes.
const AGENT_LIMIT: u64 = 256 << 20;
/// Nor is a module.
const MODULE_LIMIT: u64 = 128 << 20;

/// Why there is no initramfs.
#[derive(Debug, thiserror::Error)]
pub enum InitramfsError {
    /// The agent would not run as the first process of a VM.
    #[error("{} cannot be the agent: {reason}", agent.display())]
    Agent {
        /// The file.
        agent: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The directory is no installed kernel.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The kernel's directory is not as it was installed.
    #[error("the kernel's module {name} is missing or was changed: pull the kernel again")]
    Module {
        /// The module.
        name: String,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Builds the initramfs for the kernel in `kernel_dir`, as [`pull`](crate::pull) and the
/// imports leave it, with `agent` as /init. `out` appears complete or not at all, and
/// replaces an older one.
pub fn build_initramfs(agent: &Path, kernel_dir: &Path, out: &Path) -> Result<(), InitramfsError> {
    let content = files::read(agent, AGENT_LIMIT)?;
    check_agent(&content).map_err(|reason| InitramfsError::Agent {
        agent: agent.to_path_buf(),
        reason,
    })?;
    let manifest = KernelManifest::read(kernel_dir)?;
    let modules = boot_modules(&manifest, kernel_dir)?;

    let failed = |error| FileError::new("write", out, error);
    let unfinished = Unfinished::beside(out).map_err(failed)?;
    publish(&content, &modules, &unfinished, out).map_err(failed)?;
    Ok(())
}

/// A file of its own for each attempt, removed unless it was renamed.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(out: &Path) -> io::Result<Self> {
        let name = out.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let thread = format!("{:?}", std::thread::current().id());
        let thread: String = thread.chars().filter(char::is_ascii_digit).collect();
        let mut unfinished = std::ffi::OsString::from(".");
        unfinished.push(name);
        unfinished.push(format!(".{}-{thread}", std::process::id()));
        Ok(Self(out.with_file_name(unfinished)))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Gone already where it was renamed.
        let _ = fs::remove_file(&self.0);
    }
}

fn publish(
    agent: &[u8],
    modules: &[Module],
    unfinished: &Unfinished,
    out: &Path,
) -> io::Result<()> {
    let file = BufWriter::new(File::create(&unfinished.0)?);
    let file = write_initramfs(agent, modules, file)?
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    // The VMM may run as another user.
    file.set_permissions(fs::Permissions::from_mode(0o644))?;
    file.sync_all()?;
    fs::rename(&unfinished.0, out)?;
    match out.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// The modules to load at boot, as they were installed.
fn boot_modules(
    manifest: &KernelManifest,
    kernel_dir: &Path,
) -> Result<Vec<Module>, InitramfsError> {
    let mut modules = Vec::new();
    for name in &manifest.boot_modules {
        let missing = || InitramfsError::Module { name: name.clone() };
        let record = manifest.module(name).ok_or_else(missing)?;
        let path = kernel_dir.join("modules").join(&record.file);
        let content = match files::read(&path, MODULE_LIMIT) {
            Err(error) if error.is_not_found() => return Err(missing()),
            read => read?,
        };
        if hex(&Sha256::digest(&content)) != record.sha256 {
            return Err(missing());
        }
        modules.push(Module {
            name: name.clone(),
            content,
        });
    }
    Ok(modules)
}

/// The agent must run where there is no library: an x86-64 ELF file without an interpreter.
fn check_agent(agent: &[u8]) -> Result<(), &'static str> {
    use object::LittleEndian;
    use object::elf::{EM_X86_64, FileHeader64, PT_INTERP};
    use object::read::elf::{FileHeader, ProgramHeader};

    const NO_ELF: &str = "it is no x86-64 ELF file; build the agent";
    let header = FileHeader64::<LittleEndian>::parse(agent).map_err(|_| NO_ELF)?;
    let endian = header.endian().map_err(|_| NO_ELF)?;
    if header.e_machine(endian) != EM_X86_64 {
        return Err(NO_ELF);
    }
    let segments = header.program_headers(endian, agent).map_err(|_| NO_ELF)?;
    if segments.iter().any(|s| s.p_type(endian) == PT_INTERP) {
        return Err("it needs a dynamic loader, which no initramfs has; link it statically");
    }
    Ok(())
}

/// The name under which an initramfs is cached: it changes with the agent, the kernel, its
/// boot modules, and the archive's layout. 64 hex digits.
pub fn initramfs_key(agent_sha256: &str, kernel: &KernelManifest) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &str| {
        // With its length, so that no two lists of parts are the same bytes.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    add(&FORMAT.to_string());
    add(agent_sha256);
    add(&kernel.sha256);
    for name in &kernel.boot_modules {
        add(name);
        add(kernel.module(name).map_or("", |module| &module.sha256));
    }
    hex(&hash.finalize())
}

/// The SHA-256 of a file, in hex.
pub fn sha256_of_file(path: &Path) -> Result<String, FileError> {
    let mut file = files::open_regular(path)?;
    let mut hash = Sha256::new();
    io::copy(&mut file, &mut hash).map_err(|error| FileError::new("read", path, error))?;
    Ok(hex(&hash.finalize()))
}
