//! Archives, packages and kernels around any content.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

/// Packs with gzip.
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

/// A tar of regular files.
pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, name, *content)
            .expect("memory");
    }
    archive.into_inner().expect("memory")
}

/// An ar archive, as a deb is one (deb(5)).
pub fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = b"!<arch>\n".to_vec();
    for (name, content) in members {
        let size = content.len();
        let header = format!(
            "{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n",
            0, 0, 0, "100644"
        );
        archive.extend(header.as_bytes());
        archive.extend(*content);
        if size % 2 == 1 {
            archive.push(b'\n');
        }
    }
    archive
}

/// A cpio archive of the newc form (buffer-format.rst of the kernel).
pub fn cpio(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, content) in files.iter().chain([&("TRAILER!!!", &b""[..])]) {
        let fields = [
            0,
            0o100_644,
            0,
            0,
            1,
            0,
            content.len(),
            0,
            0,
            0,
            0,
            name.len() + 1,
            0,
        ];
        archive.extend(b"070701");
        for field in fields {
            archive.extend(format!("{field:08x}").as_bytes());
        }
        archive.extend(name.as_bytes());
        archive.push(0);
        archive.resize(archive.len().next_multiple_of(4), 0);
        archive.extend(*content);
        archive.resize(archive.len().next_multiple_of(4), 0);
    }
    archive
}

/// An rpm with empty headers.
pub fn rpm(payload: &[u8]) -> Vec<u8> {
    let header = [&[0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0][..], &[0; 8]].concat();
    let mut lead = vec![0; 96];
    lead[..4].copy_from_slice(&[0xed, 0xab, 0xee, 0xdb]);
    [&lead[..], &header, &header, payload].concat()
}

/// A bzImage with this payload.
pub fn bzimage_of_payload(payload: &[u8]) -> Vec<u8> {
    bzimage(0, payload.len() as u32, payload)
}

/// A bzImage that says where its payload is (Documentation/arch/x86/boot.rst of the kernel):
/// rightly so with an offset of 0 and the payload's length.
pub fn bzimage(offset: u32, length: u32, payload: &[u8]) -> Vec<u8> {
    let mut image = vec![0; 2 * 512];
    image[0x1f1] = 1;
    image[0x202..0x206].copy_from_slice(b"HdrS");
    image[0x206..0x208].copy_from_slice(&0x020fu16.to_le_bytes());
    image[0x248..0x24c].copy_from_slice(&offset.to_le_bytes());
    image[0x24c..0x250].copy_from_slice(&length.to_le_bytes());
    image.extend(payload);
    image
}

/// The smallest ELF file that passes for a kernel: a PVH note, a banner, drivers' names.
pub fn elf() -> Vec<u8> {
    let note = [
        &[4, 0, 0, 0, 4, 0, 0, 0, 18, 0, 0, 0][..],
        b"Xen\0",
        &[0; 4],
    ]
    .concat();
    let text = b"\0Linux version 6.1.0-test (builder) #1 SMP\n\0ext4\0overlay\0virtio_blk\0\
        virtio_net\0virtio-mmio\0vmw_vsock_virtio_transport\0";
    let note_at = 64 + 2 * 56;
    let text_at = note_at + note.len() as u64;
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0".to_vec();
    for long in [0x100_0000u64, 64, 0] {
        file.extend(long.to_le_bytes());
    }
    file.extend([0; 4]);
    for half in [64u16, 56, 2, 64, 0, 0] {
        file.extend(half.to_le_bytes());
    }
    for (kind, offset, size) in [(4u32, note_at, note.len()), (1, text_at, text.len())] {
        file.extend(kind.to_le_bytes());
        file.extend(4u32.to_le_bytes());
        for long in [offset, 0, 0x100_0000, size as u64, size as u64, 4] {
            file.extend(long.to_le_bytes());
        }
    }
    file.extend(note);
    file.extend_from_slice(text);
    file
}
