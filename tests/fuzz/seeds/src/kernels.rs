//! Kernels, and packages with them.

use std::io;

use banger_fuzz_seeds::{ar, bzimage_of_payload, cpio, elf, gzip, rpm, tar};

pub fn packages() -> io::Result<Vec<Vec<u8>>> {
    let kernel = elf();
    let module = &b"\x7fELF\x02\x01\x01"[..];
    let files = [
        ("boot/vmlinuz-6.1.0-test", &kernel[..]),
        ("boot/config-6.1.0-test", b"CONFIG_X=y\n"),
        ("lib/modules/6.1.0-test/kernel/a.ko", module),
        ("lib/modules/6.1.0-test/modules.dep", b"kernel/a.ko:\n"),
        ("lib/modules/6.1.0-test/modules.builtin", b"kernel/b.ko\n"),
    ];
    let whole = tar(&files);
    let alone = tar(&files[..2]);
    let zstd = zstd::encode_all(&alone[..], 1)?;
    let deb = |name, data: &[u8]| {
        ar(&[
            ("debian-binary", b"2.0\n"),
            ("control.tar", b""),
            (name, data),
        ])
    };
    let payload = cpio(&files);
    Ok(vec![
        deb("data.tar", &whole),
        deb("data.tar.zst", &zstd),
        deb("data.tar.gz", &gzip(&whole)),
        rpm(&payload),
        rpm(&gzip(&payload)),
        [gzip(&tar(&[(".PKGINFO", b"x")])), gzip(&whole)].concat(),
        zstd,
        tar(&[("vmlinux", &kernel), ("modules/kernel/a.ko", module)]),
        alone,
    ])
}

pub fn initrds() -> io::Result<Vec<Vec<u8>>> {
    let module = &b"\x7fELF\x02\x01\x01"[..];
    let early = cpio(&[("kernel/x86/microcode/GenuineIntel.bin", b"microcode")]);
    let files = [
        ("init", &b"#!/bin/sh\n"[..]),
        ("usr/lib/modules/6.1.0-test/kernel/a.ko", module),
        ("usr/lib/modules/6.1.0-test/modules.dep", b"kernel/a.ko:\n"),
        (
            "usr/lib/modules/6.1.0-test/modules.builtin",
            b"kernel/b.ko\n",
        ),
    ];
    let main = cpio(&files);
    let zstd = zstd::encode_all(&main[..], 1)?;
    Ok(vec![
        main.clone(),
        gzip(&main),
        [&early[..], &zstd].concat(),
        [early, gzip(&main), gzip(&cpio(&files[..1]))].concat(),
    ])
}

pub fn kernels() -> io::Result<Vec<Vec<u8>>> {
    let elf = elf();
    let mut packed = zstd::encode_all(&elf[..], 1)?;
    packed.extend((elf.len() as u32).to_le_bytes());
    let with = |how: u8, rest: &[u8]| [&[how], rest].concat();
    Ok(vec![
        with(0, &elf),
        with(0, &bzimage_of_payload(&packed)),
        with(
            1,
            &[&[0, 0], &(elf.len() as u16).to_le_bytes()[..], &elf].concat(),
        ),
        with(2, &packed),
        with(2, &elf),
        with(3, &elf),
    ])
}
