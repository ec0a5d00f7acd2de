//! Kernel modules: `/modules/load` in the initramfs names them, one path a line, in the order
//! of their dependencies. What is built into the kernel is not listed.

use std::{collections::VecDeque, fs, fs::File, io, path::Path};

use nix::{
    errno::Errno,
    kmod::{ModuleInitFlags, finit_module},
};

use super::error::BootError;
use crate::log;

const DIRECTORY: &str = "/modules";
const LIST: &str = "/modules/load";

/// Once this module is there, the host can be reached.
const VSOCK_TRANSPORT: &str = "vmw_vsock_virtio_transport";

/// Modules that are still to be loaded.
#[derive(Debug)]
pub struct Modules(VecDeque<String>);

/// Reads the list; an initramfs without one has a kernel with all built in.
pub fn listed() -> Result<Modules, BootError> {
    match fs::read_to_string(LIST) {
        Ok(text) => Ok(Modules(paths(&text).map(str::to_owned).collect())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Modules(VecDeque::new())),
        Err(error) => Err(BootError::at(format!("read {LIST}"))(error)),
    }
}

impl Modules {
    /// Loads up to the vsock transport, or all where it is not listed.
    pub fn load_until_vsock(&mut self) -> Result<(), BootError> {
        while let Some(path) = self.0.pop_front() {
            load(&path)?;
            if name(&path) == VSOCK_TRANSPORT {
                break;
            }
        }
        Ok(())
    }

    /// Loads what is left.
    pub fn load_rest(&mut self) -> Result<(), BootError> {
        self.0.drain(..).try_for_each(|path| load(&path))
    }
}

/// Frees the memory that the files of loaded modules take in the initramfs.
pub fn forget() {
    if let Err(error) = fs::remove_dir_all(DIRECTORY)
        && error.kind() != io::ErrorKind::NotFound
    {
        log::warn(format_args!("cannot remove {DIRECTORY}: {error}"));
    }
}

/// The paths of a list; empty lines and comments are skipped.
fn paths(list: &str) -> impl Iterator<Item = &str> {
    list.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A module's name: its file's, without endings, with underscores (modprobe(8)).
fn name(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split('.').next().unwrap_or(file).replace('-', "_")
}

fn load(path: &str) -> Result<(), BootError> {
    let file =
        File::open(Path::new(path)).map_err(BootError::at(format!("open the module {path}")))?;
    match finit_module(&file, c"", ModuleInitFlags::empty()) {
        Ok(()) | Err(Errno::EEXIST) => Ok(()),
        Err(error) => Err(BootError::at(format!("load the module {path}"))(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_one_path_a_line() {
        let list = "/modules/virtio.ko\n\n# a comment\n  /modules/vsock.ko \n";
        assert_eq!(
            paths(list).collect::<Vec<_>>(),
            ["/modules/virtio.ko", "/modules/vsock.ko"]
        );
    }

    #[test]
    fn names_are_told_from_paths() {
        assert_eq!(
            name("/modules/vmw_vsock_virtio_transport.ko"),
            VSOCK_TRANSPORT
        );
        assert_ne!(
            name("/modules/vmw_vsock_virtio_transport_common.ko"),
            VSOCK_TRANSPORT
        );
        assert_eq!(name("virtio-rng.ko.xz"), "virtio_rng");
    }
}
