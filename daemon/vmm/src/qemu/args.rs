//! A machine as QEMU's arguments; pure.
//!
//! Every file is named by a descriptor that QEMU inherits: it runs as a user that may be
//! allowed into none of the directories where they are.
//! Source: <https://www.qemu.org/docs/master/system/invocation.html>.

use std::ffi::{OsStr, OsString};
use std::os::fd::RawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use super::Acceleration;
use super::files::descriptor_path;
use super::kernel_command_line::kernel_command_line;
use crate::{Disk, NetworkAttachment};

/// The descriptor set of the console log; those of the disks count up from [`DISK_SETS`].
const CONSOLE_SET: usize = 1;
/// The descriptor set of the first disk.
const DISK_SETS: usize = 10;

/// What the arguments are made of.
pub(super) struct MachineArguments<'a> {
    /// How the guest's processors are run.
    pub(super) acceleration: Acceleration,
    /// The VM's id.
    pub(super) id: &'a str,
    /// The machine's directory; named for those who look for strays, and not used.
    pub(super) runtime_dir: &'a Path,
    /// Processors.
    pub(super) vcpus: u16,
    /// Memory, in MiB.
    pub(super) memory_mib: u32,
    /// The disks, in order.
    pub(super) disks: &'a [Disk],
    /// The network card.
    pub(super) network: Option<&'a NetworkAttachment>,
    /// The inherited descriptors.
    pub(super) descriptors: Descriptors,
}

/// Descriptors that QEMU inherits.
pub(super) struct Descriptors {
    /// The kernel, open for reading.
    pub(super) kernel: RawFd,
    /// The initramfs, open for reading.
    pub(super) initramfs: RawFd,
    /// The console log, open for appending only.
    pub(super) console: RawFd,
    /// A socket that listens for QMP clients.
    pub(super) qmp: RawFd,
    /// A socket connected to the vsock device.
    pub(super) vsock: RawFd,
    /// The disks, in order; those that are read-only are open for reading only.
    pub(super) disks: Vec<RawFd>,
}

/// The arguments, without the program's name.
pub(super) fn arguments(machine: &MachineArguments<'_>) -> Vec<OsString> {
    let mut list = ArgumentList::default();
    push_base(&mut list, machine);
    push_sandbox(&mut list);
    push_boot(&mut list, machine);
    push_console(&mut list, machine.descriptors.console);
    push_control(&mut list, machine.descriptors.qmp);
    push_vsock(&mut list, machine.descriptors.vsock);
    let disks = machine.disks.iter().zip(&machine.descriptors.disks);
    for (index, (disk, &descriptor)) in disks.enumerate() {
        push_disk(&mut list, index, disk, descriptor);
    }
    match machine.network {
        Some(NetworkAttachment::UserMode) => push_user_network(&mut list),
        None => {}
    }
    list.0
}

fn push_base(list: &mut ArgumentList, machine: &MachineArguments<'_>) {
    let mut name = OsString::from("guest=banger ");
    name.push(machine.id);
    name.push(" ");
    name.push(escaped(machine.runtime_dir.as_os_str()));
    list.pair("-name", name);
    // Debian's kernels find virtio-mmio devices through ACPI alone.
    // KVM's paravirtual clock makes the old timer and interrupt controller needless. Under TCG
    // they stay: kernels before 5.4 do not start without.
    let machine_type = match machine.acceleration {
        Acceleration::Kvm => "microvm,acpi=on,pcie=off,pit=off,pic=off,memory-backend=ram",
        Acceleration::Tcg { .. } => "microvm,acpi=on,pcie=off,memory-backend=ram",
    };
    list.pair("-machine", machine_type);
    match machine.acceleration {
        Acceleration::Kvm => {
            list.pair("-accel", "kvm");
            list.pair("-cpu", "host");
        }
        Acceleration::Tcg { .. } => {
            list.pair("-accel", "tcg,thread=multi");
            // Page tables of five levels are for terabytes, and a fifth slower to walk. A
            // processor with fast string instructions makes kernel and libc copy and clear
            // with `rep movsb`, which TCG does a byte at a time: copying took four times as
            // long, and a boot a tenth longer.
            list.pair("-cpu", "max,la57=off,erms=off");
        }
    }
    list.pair("-smp", machine.vcpus.to_string());
    list.pair("-m", format!("{}M", machine.memory_mib));
    // Shared, so that the vsock device sees the guest's memory too.
    list.pair(
        "-object",
        format!(
            "memory-backend-memfd,id=ram,size={}M,share=on",
            machine.memory_mib
        ),
    );
    for flag in ["-nodefaults", "-no-user-config", "-no-reboot"] {
        list.flag(flag);
    }
    list.pair("-display", "none");
}

fn push_sandbox(list: &mut ArgumentList) {
    list.pair(
        "-sandbox",
        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
    );
}

fn push_boot(list: &mut ArgumentList, machine: &MachineArguments<'_>) {
    // QEMU opens these two itself and knows no descriptor sets for them.
    list.pair("-kernel", descriptor_path(machine.descriptors.kernel));
    list.pair("-initrd", descriptor_path(machine.descriptors.initramfs));
    list.pair("-append", kernel_command_line(machine.acceleration));
}

fn push_console(list: &mut ArgumentList, descriptor: RawFd) {
    list.add_fd(descriptor, CONSOLE_SET);
    list.pair(
        "-chardev",
        format!("file,id=console,path=/dev/fdset/{CONSOLE_SET},append=on"),
    );
    list.pair("-serial", "chardev:console");
}

fn push_control(list: &mut ArgumentList, descriptor: RawFd) {
    list.pair(
        "-chardev",
        format!("socket,id=qmp,fd={descriptor},server=on,wait=off"),
    );
    list.pair("-mon", "chardev=qmp,mode=control");
}

fn push_vsock(list: &mut ArgumentList, descriptor: RawFd) {
    list.pair("-chardev", format!("socket,id=vsock,fd={descriptor}"));
    list.pair("-device", "vhost-user-vsock-device,chardev=vsock");
}

fn push_disk(list: &mut ArgumentList, index: usize, disk: &Disk, descriptor: RawFd) {
    let set = DISK_SETS + index;
    let name = disk.role.serial();
    list.add_fd(descriptor, set);
    // One node, no format to guess. The host's page cache is shared by all machines that use
    // an image, and the guest's flushes reach the disk. The image's lock stays on: a disk of
    // two writers is lost.
    let mut node = format!("driver=file,node-name={name},filename=/dev/fdset/{set},aio=threads");
    if disk.read_only {
        node.push_str(",read-only=on");
    } else {
        // What the guest frees, the sparse image frees.
        node.push_str(",discard=unmap,detect-zeroes=unmap");
    }
    list.pair("-blockdev", node);
    list.pair(
        "-device",
        format!("virtio-blk-device,drive={name},serial={name}"),
    );
}

fn push_user_network(list: &mut ArgumentList) {
    list.pair(
        "-netdev",
        "user,id=net,ipv6=off,net=10.0.2.0/24,host=10.0.2.2,dns=10.0.2.3,dhcpstart=10.0.2.15",
    );
    list.pair("-device", "virtio-net-device,netdev=net");
}

/// Doubles commas, which end a value in QEMU's arguments.
fn escaped(value: &OsStr) -> OsString {
    let mut bytes = Vec::with_capacity(value.len());
    for &byte in value.as_bytes() {
        bytes.push(byte);
        if byte == b',' {
            bytes.push(byte);
        }
    }
    OsString::from_vec(bytes)
}

#[derive(Default)]
struct ArgumentList(Vec<OsString>);

impl ArgumentList {
    fn flag(&mut self, flag: &str) {
        self.0.push(flag.into());
    }

    fn pair(&mut self, option: &str, value: impl Into<OsString>) {
        self.0.push(option.into());
        self.0.push(value.into());
    }

    fn add_fd(&mut self, descriptor: RawFd, set: usize) {
        self.pair("-add-fd", format!("fd={descriptor},set={set}"));
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::DiskRole;

    const TCG: Acceleration = Acceleration::Tcg {
        tsc_khz: Some(2_600_000),
    };

    fn disk(role: DiskRole, read_only: bool) -> Disk {
        Disk {
            role,
            path: PathBuf::from("/secret/disk"),
            read_only,
        }
    }

    fn lines(acceleration: Acceleration, network: Option<&NetworkAttachment>) -> Vec<String> {
        let disks = [disk(DiskRole::Image, true), disk(DiskRole::System, false)];
        let list = arguments(&MachineArguments {
            acceleration,
            id: "vm1",
            runtime_dir: Path::new("/run/b,b/vm1"),
            vcpus: 2,
            memory_mib: 1024,
            disks: &disks,
            network,
            descriptors: Descriptors {
                kernel: 20,
                initramfs: 21,
                console: 22,
                qmp: 23,
                vsock: 24,
                disks: vec![25, 26],
            },
        });
        let mut lines: Vec<String> = Vec::new();
        for argument in list {
            let argument = argument.into_string().unwrap();
            match lines.last_mut() {
                Some(line) if !argument.starts_with('-') => {
                    line.push(' ');
                    line.push_str(&argument);
                }
                _ => lines.push(argument),
            }
        }
        lines
    }

    #[test]
    fn a_whole_machine_in_software() {
        let lines = lines(TCG, Some(&NetworkAttachment::UserMode));
        let kernel_words = kernel_command_line(TCG);
        let append = format!("-append {kernel_words}");
        assert_eq!(
            lines,
            [
                "-name guest=banger vm1 /run/b,,b/vm1",
                "-machine microvm,acpi=on,pcie=off,memory-backend=ram",
                "-accel tcg,thread=multi",
                "-cpu max,la57=off,erms=off",
                "-smp 2",
                "-m 1024M",
                "-object memory-backend-memfd,id=ram,size=1024M,share=on",
                "-nodefaults",
                "-no-user-config",
                "-no-reboot",
                "-display none",
                "-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
                "-kernel /proc/self/fd/20",
                "-initrd /proc/self/fd/21",
                append.as_str(),
                "-add-fd fd=22,set=1",
                "-chardev file,id=console,path=/dev/fdset/1,append=on",
                "-serial chardev:console",
                "-chardev socket,id=qmp,fd=23,server=on,wait=off",
                "-mon chardev=qmp,mode=control",
                "-chardev socket,id=vsock,fd=24",
                "-device vhost-user-vsock-device,chardev=vsock",
                "-add-fd fd=25,set=10",
                "-blockdev driver=file,node-name=image,filename=/dev/fdset/10,aio=threads,read-only=on",
                "-device virtio-blk-device,drive=image,serial=image",
                "-add-fd fd=26,set=11",
                "-blockdev driver=file,node-name=system,filename=/dev/fdset/11,aio=threads,discard=unmap,detect-zeroes=unmap",
                "-device virtio-blk-device,drive=system,serial=system",
                "-netdev user,id=net,ipv6=off,net=10.0.2.0/24,host=10.0.2.2,dns=10.0.2.3,dhcpstart=10.0.2.15",
                "-device virtio-net-device,netdev=net",
            ]
        );
    }

    #[test]
    fn kvm_takes_the_hosts_processor() {
        let lines = lines(Acceleration::Kvm, None);
        assert!(lines.contains(&"-accel kvm".to_owned()));
        assert!(lines.contains(&"-cpu host".to_owned()));
        assert!(!lines.iter().any(|line| line.contains("tcg")));
    }

    #[test]
    fn without_a_network_there_is_no_card() {
        let lines = lines(TCG, None);
        assert!(!lines.iter().any(|line| line.contains("net")));
    }

    #[test]
    fn no_disk_is_named_by_its_path() {
        let lines = lines(TCG, None);
        assert!(!lines.iter().any(|line| line.contains("/secret")));
    }
}
