//! Makes tiny kernels for tests.

use crate::compression::{Compression, pack};

/// An ELF file to build.
pub(crate) struct Elf {
    pub(crate) machine: u16,
    pub(crate) kind: u16,
    pub(crate) load: bool,
    pub(crate) pvh: bool,
    pub(crate) banner: String,
    /// C strings that the image holds, such as names of built-in drivers.
    pub(crate) strings: Vec<&'static str>,
}

impl Default for Elf {
    fn default() -> Self {
        Self {
            machine: 62,
            kind: 2,
            load: true,
            pvh: true,
            banner: "Linux version 6.1.0-test (builder) #1 SMP\n".into(),
            strings: Vec::new(),
        }
    }
}

impl Elf {
    /// The file: header, two program headers, a note, the text.
    pub(crate) fn build(&self) -> Vec<u8> {
        let mut note = Vec::new();
        note.extend(4u32.to_le_bytes());
        note.extend(4u32.to_le_bytes());
        note.extend(if self.pvh { 18u32 } else { 1 }.to_le_bytes());
        note.extend(b"Xen\0");
        note.extend(0x100_0000u32.to_le_bytes());

        let mut text = format!("\0{}\0", self.banner).into_bytes();
        for string in &self.strings {
            text.extend(string.as_bytes());
            text.push(0);
        }

        let note_at = 64 + 2 * 56;
        let text_at = note_at + note.len() as u64;
        let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        file.extend(self.kind.to_le_bytes());
        file.extend(self.machine.to_le_bytes());
        file.extend(1u32.to_le_bytes()); // e_version
        file.extend(0x100_0000u64.to_le_bytes()); // e_entry
        file.extend(64u64.to_le_bytes()); // e_phoff
        file.extend(0u64.to_le_bytes()); // e_shoff
        file.extend(0u32.to_le_bytes()); // e_flags
        for half in [64u16, 56, 2, 64, 0, 0] {
            file.extend(half.to_le_bytes());
        }
        let load = if self.load { 1 } else { 0 };
        segment(&mut file, 4, note_at, note.len() as u64);
        segment(&mut file, load, text_at, text.len() as u64);
        file.extend(note);
        file.extend(text);
        file
    }
}

fn segment(file: &mut Vec<u8>, kind: u32, offset: u64, size: u64) {
    file.extend(kind.to_le_bytes());
    file.extend(4u32.to_le_bytes()); // p_flags
    for long in [offset, 0, 0x100_0000, size, size, 4] {
        file.extend(long.to_le_bytes());
    }
}

/// A bzImage around an ELF file, as the kernel's build makes it.
pub(crate) fn bzimage(compression: Compression, elf: &[u8]) -> Vec<u8> {
    let mut payload = pack::pack(compression, elf);
    if compression != Compression::Gzip {
        payload.extend((elf.len() as u32).to_le_bytes());
    }
    bzimage_of_payload(&payload)
}

/// A bzImage with any payload.
pub(crate) fn bzimage_of_payload(payload: &[u8]) -> Vec<u8> {
    let offset = 0x40u32;
    let mut image = vec![0u8; 5 * 512 + offset as usize];
    image[0x1f1] = 4;
    image[0x202..0x206].copy_from_slice(b"HdrS");
    image[0x206..0x208].copy_from_slice(&0x020fu16.to_le_bytes());
    image[0x248..0x24c].copy_from_slice(&offset.to_le_bytes());
    image[0x24c..0x250].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    image.extend(payload);
    image
}
