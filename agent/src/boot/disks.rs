//! Finding the disks that the host named.

use std::{
    fs, io,
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use banger_agent_protocol::config::{DiskName, Disks};
use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::socket::{
        AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
    },
};

use super::error::BootError;

const BLOCK_DEVICES: &str = "/sys/block";

/// How long the kernel may take to find a disk after its driver was loaded.
const DEADLINE: Duration = Duration::from_secs(10);

/// The devices of the VM's disks, such as /dev/vda.
#[derive(Debug)]
pub struct Devices {
    /// See [`Disks::image`].
    pub image: PathBuf,
    /// See [`Disks::system`].
    pub system: PathBuf,
    /// See [`Disks::home`].
    pub home: PathBuf,
    /// See [`Disks::modules`].
    pub modules: Option<PathBuf>,
}

/// Finds all disks, and waits for those that the kernel has not announced yet.
pub fn find_all(disks: &Disks) -> Result<Devices, BootError> {
    let mut finder = Finder {
        announcements: None,
        deadline: Instant::now() + DEADLINE,
    };
    Ok(Devices {
        image: finder.find("image", &disks.image)?,
        system: finder.find("system", &disks.system)?,
        home: finder.find("home", &disks.home)?,
        modules: match &disks.modules {
            Some(name) => Some(finder.find("modules", name)?),
            None => None,
        },
    })
}

/// Looks, and listens to the kernel's announcements where looking is not enough.
struct Finder {
    announcements: Option<OwnedFd>,
    deadline: Instant,
}

impl Finder {
    fn find(&mut self, role: &str, name: &DiskName) -> Result<PathBuf, BootError> {
        let found = self
            .find_or_wait(name)
            .map_err(BootError::at(format!("find the {role} disk")));
        Ok(Path::new("/dev").join(found?))
    }

    fn find_or_wait(&mut self, name: &DiskName) -> io::Result<String> {
        loop {
            // Listening begins before looking, so that nothing is missed in between.
            let listening = self.announcements.is_some();
            if let Some(device) = look_for(Path::new(BLOCK_DEVICES), name)? {
                return Ok(device);
            }
            if !listening {
                self.announcements = Some(kernel_announcements()?);
                continue;
            }
            self.wait(name)?;
        }
    }

    /// Waits until the kernel announces a change of any device.
    fn wait(&self, name: &DiskName) -> io::Result<()> {
        let missing = || {
            io::Error::new(
                io::ErrorKind::NotFound,
                match name {
                    DiskName::Serial(serial) => format!("no disk has the serial {serial:?}"),
                    DiskName::Device(device) => format!("there is no /dev/{device}"),
                },
            )
        };
        let Some(socket) = &self.announcements else {
            return Ok(());
        };
        let left = self.deadline.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        let mut fds = [PollFd::new(socket.as_fd(), PollFlags::POLLIN)];
        if left.is_zero() || poll(&mut fds, timeout)? == 0 {
            return Err(missing());
        }
        // What it says does not matter: the directory is looked through again.
        let mut message = [0; 8192];
        recv(socket.as_raw_fd(), &mut message, MsgFlags::empty())?;
        Ok(())
    }
}

/// The kernel's announcements of devices (netlink(7): NETLINK_KOBJECT_UEVENT, group 1).
fn kernel_announcements() -> io::Result<OwnedFd> {
    let socket = socket(
        AddressFamily::Netlink,
        SockType::Datagram,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkKObjectUEvent,
    )?;
    bind(socket.as_raw_fd(), &NetlinkAddr::new(0, 1))?;
    Ok(socket)
}

/// The kernel's name of a disk, such as `vda`, where it is there already.
fn look_for(directory: &Path, name: &DiskName) -> io::Result<Option<String>> {
    match name {
        DiskName::Device(device) => {
            let known = !device.contains('/') && directory.join(device).exists();
            Ok(known.then(|| device.clone()))
        }
        DiskName::Serial(serial) => {
            for entry in fs::read_dir(directory)? {
                let entry = entry?;
                // Loop devices and the like have none.
                let Ok(found) = fs::read_to_string(entry.path().join("serial")) else {
                    continue;
                };
                if found.trim_end_matches(['\n', '\0']) == serial {
                    return Ok(entry.file_name().into_string().ok());
                }
            }
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devices() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        for (device, serial) in [
            ("vda", Some("image")),
            ("vdb", Some("system\n")),
            ("loop0", None),
        ] {
            fs::create_dir(home.path().join(device)).unwrap();
            if let Some(serial) = serial {
                fs::write(home.path().join(device).join("serial"), serial).unwrap();
            }
        }
        home
    }

    #[test]
    fn a_disk_is_found_by_its_serial() {
        let home = devices();
        let find = |serial: &str| look_for(home.path(), &DiskName::Serial(serial.into())).unwrap();
        assert_eq!(find("image").as_deref(), Some("vda"));
        assert_eq!(find("system").as_deref(), Some("vdb"));
        assert_eq!(find("sys"), None);
    }

    #[test]
    fn a_disk_is_found_by_its_device() {
        let home = devices();
        let find = |device: &str| look_for(home.path(), &DiskName::Device(device.into())).unwrap();
        assert_eq!(find("loop0").as_deref(), Some("loop0"));
        assert_eq!(find("vdz"), None);
        assert_eq!(find("../vda"), None);
    }
}
