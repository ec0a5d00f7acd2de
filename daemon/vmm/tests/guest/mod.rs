//! Guests of a few bytes: an initramfs with one program of hand-made machine code.

/// What the guest's first process does.
#[derive(Clone, Copy, Debug)]
pub enum Guest {
    /// There is none, so the kernel panics.
    None,
    /// Powers off by reboot(2).
    PowersOff,
    /// Resets by reboot(2).
    Resets,
    /// Sleeps in pause(2) for ever.
    Sleeps,
}

/// `mov edi, 0xfee1dead; mov esi, 0x28121969; mov edx, command; mov eax, SYS_reboot; syscall`
/// (reboot(2)), then `jmp .` should it return.
fn reboot(command: u32) -> Vec<u8> {
    let mut code = vec![0xbf];
    code.extend(0xfee1_dead_u32.to_le_bytes());
    code.push(0xbe);
    code.extend(0x2812_1969_u32.to_le_bytes());
    code.push(0xba);
    code.extend(command.to_le_bytes());
    code.push(0xb8);
    code.extend(169_u32.to_le_bytes());
    code.extend([0x0f, 0x05, 0xeb, 0xfe]);
    code
}

fn code(guest: Guest) -> Option<Vec<u8>> {
    match guest {
        Guest::None => None,
        Guest::PowersOff => Some(reboot(0x4321_fedc)),
        Guest::Resets => Some(reboot(0x0123_4567)),
        // mov eax, SYS_pause; syscall; jmp back
        Guest::Sleeps => Some(vec![0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7]),
    }
}

/// A static program of one segment (elf(5)).
fn elf(code: &[u8]) -> Vec<u8> {
    const BASE: u64 = 0x40_0000;
    const HEADERS: u64 = 64 + 56;
    let size = HEADERS + code.len() as u64;
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    file.extend([2, 0, 62, 0, 1, 0, 0, 0]); // ET_EXEC, EM_X86_64, version
    for value in [BASE + HEADERS, 64, 0] {
        file.extend(value.to_le_bytes()); // entry, program headers, section headers
    }
    file.extend([0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 0, 0, 0, 0, 0, 0]); // flags, sizes, counts
    file.extend([1, 0, 0, 0, 5, 0, 0, 0]); // PT_LOAD, readable and executable
    for value in [0, BASE, BASE, size, size, 0x1000] {
        file.extend(value.to_le_bytes());
    }
    file.extend(code);
    file
}

/// One entry of a newc archive (Documentation/driver-api/early-userspace/buffer-format.rst).
fn entry(archive: &mut Vec<u8>, name: &str, mode: u32, data: &[u8]) {
    let (length, name_length) = (data.len() as u32, name.len() as u32 + 1);
    archive.extend(b"070701");
    for field in [0, mode, 0, 0, 1, 0, length, 0, 0, 0, 0, name_length, 0] {
        archive.extend(format!("{field:08x}").bytes());
    }
    archive.extend(name.bytes());
    archive.push(0);
    archive.resize(archive.len().next_multiple_of(4), 0);
    archive.extend(data);
    archive.resize(archive.len().next_multiple_of(4), 0);
}

/// The guest's initramfs.
pub fn initramfs(guest: Guest) -> Vec<u8> {
    let mut archive = Vec::new();
    if let Some(code) = code(guest) {
        entry(&mut archive, "init", 0o100_755, &elf(&code));
    }
    entry(&mut archive, "TRAILER!!!", 0, &[]);
    archive
}
