//! Writes what fuzzing begins with: one whole input of each kind.
//!
//! Usage: seeds DIRECTORY; each target's are in a directory of its name below it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use banger_fuzz::{ar, bzimage_of_payload, cpio, elf, gzip, rpm, tar};

fn main() -> io::Result<()> {
    let Some(directory) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return Err(io::Error::other("usage: seeds DIRECTORY"));
    };
    write(&directory.join("archive"), archives()?)?;
    write(&directory.join("manifest"), manifests())?;
    write(&directory.join("layers"), layers())?;
    write(&directory.join("layer_index"), indexes())?;
    write(&directory.join("package"), packages()?)?;
    write(&directory.join("kernel_image"), kernels()?)
}

fn write(directory: &Path, seeds: Vec<Vec<u8>>) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(directory.join(format!("seed-{number:02}")), seed)?;
    }
    Ok(())
}

fn archives() -> io::Result<Vec<Vec<u8>>> {
    let plain = tar(&[("etc/passwd", b"root:x:0:0::/root:/bin/sh\n"), ("a", b"")]);
    let long = "long/".repeat(60) + "name";
    let mut gnu = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    header.set_mode(0o4755);
    gnu.append_data(&mut header, &long, &b"x"[..])?;
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link] {
        let mut header = tar::Header::new_gnu();
        header.set_size(0);
        header.set_entry_type(kind);
        gnu.append_link(&mut header, "link", &long)?;
    }
    let mut device = tar::Header::new_gnu();
    device.set_size(0);
    device.set_entry_type(tar::EntryType::Char);
    device.set_device_major(1)?;
    device.set_device_minor(3)?;
    gnu.append_data(&mut device, "dev/null", &b""[..])?;
    let pax = pax_member(
        &[
            ("path", "caf\u{e9}"),
            ("uid", "100000"),
            ("mtime", "-1.5"),
            ("SCHILY.xattr.user.a", "value"),
            ("SCHILY.acl.access", "user::rw-,group::r--,other::r--"),
        ],
        b"content",
    );
    let sparse_records = [
        ("GNU.sparse.major", "1"),
        ("GNU.sparse.minor", "0"),
        ("GNU.sparse.name", "holes"),
        ("GNU.sparse.realsize", "8192"),
    ];
    let mut map = b"1\n4096\n512\n".to_vec();
    map.resize(512, 0);
    map.extend([7; 512]);
    let sparse = pax_member(&sparse_records, &map);
    let zstd = zstd::encode_all(&plain[..], 1)?;
    let packed = gzip(&plain);
    Ok(vec![plain, gnu.into_inner()?, pax, sparse, zstd, packed])
}

/// A file behind a PAX header (pax(1), "pax Extended Header").
fn pax_member(records: &[(&str, &str)], content: &[u8]) -> Vec<u8> {
    let mut text = String::new();
    for (key, value) in records {
        let rest = format!(" {key}={value}\n");
        // The number counts its own digits.
        let length = (1..).map(|digits| rest.len() + digits);
        let length = length
            .zip(1..)
            .find(|(length, digits)| length.to_string().len() == *digits)
            .map_or(0, |(length, _)| length);
        text += &format!("{length}{rest}");
    }
    let mut archive = tar::Builder::new(Vec::new());
    for (kind, data) in [
        (tar::EntryType::XHeader, text.as_bytes()),
        (tar::EntryType::Regular, content),
    ] {
        let mut header = tar::Header::new_ustar();
        header.set_size(data.len() as u64);
        header.set_entry_type(kind);
        header.set_cksum();
        archive.append(&header, data).expect("memory");
    }
    archive.into_inner().expect("memory")
}

fn manifests() -> Vec<Vec<u8>> {
    let digest = format!("sha256:{}", "a1".repeat(32));
    let config = format!(
        r#"{{"architecture":"amd64","os":"linux","created":"2024-01-01T00:00:00Z","config":{{"User":"app:1000","Env":["A=b"],"Entrypoint":["/bin/sh"],"Cmd":null,"WorkingDir":"/srv","ExposedPorts":{{"80/tcp":{{}}}},"Labels":{{"a":"b"}},"Volumes":{{}}}},"rootfs":{{"type":"layers","diff_ids":["{digest}"]}},"history":[{{"created_by":"RUN x","empty_layer":true}}]}}"#
    );
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{digest}","size":{}}},"layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{digest}","size":32}}],"annotations":{{"a":"b"}}}}"#,
        config.len()
    );
    let index = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{digest}","size":7,"platform":{{"architecture":"amd64","os":"linux","variant":"v2"}}}}]}}"#
    );
    let both = format!("{manifest}\0{config}");
    let docker = both
        .replace("oci.image", "docker.distribution")
        .into_bytes();
    let reference = format!("ghcr.io:443/org/app:tag@{digest}");
    vec![
        config.into_bytes(),
        manifest.into_bytes(),
        index.into_bytes(),
        both.into_bytes(),
        docker,
        reference.into_bytes(),
        digest.into_bytes(),
        br#"{"schemaVersion":1,"fsLayers":[]}"#.to_vec(),
    ]
}

/// See `layers.rs` of the library: kind, depth, names, size or target; 0 ends a layer.
fn layers() -> Vec<Vec<u8>> {
    vec![
        vec![1, 0, 0, 6, 1, 0, 1, 9, 3, 0, 2, 0, 0, 6, 1, 0, 7, 0],
        vec![1, 1, 0, 1, 4, 0, 2, 1, 0, 1, 1, 0, 9, 0, 6, 2, 0, 1, 2, 5],
        vec![3, 0, 0, 4, 0, 6, 1, 0, 10, 3, 0, 6, 0, 7, 0, 0, 2, 0, 0],
    ]
}

/// See `record.rs` of the reader.
fn indexes() -> Vec<Vec<u8>> {
    let index = |entries: u32, records: &[u8]| {
        let bytes = [&entries.to_le_bytes(), records].concat();
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        [&length.to_le_bytes()[..], &bytes].concat()
    };
    let below = index(3, b"\x02\x00\x01a\x01\x01\x02/b\x05\x03\x00\x01l\x01a");
    let above = index(2, b"\x06\x00\x03a/b\x04\x00\x01h\x01l");
    vec![below.clone(), [below, above].concat()]
}

fn packages() -> io::Result<Vec<Vec<u8>>> {
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

fn kernels() -> io::Result<Vec<Vec<u8>>> {
    let elf = elf();
    let mut packed = zstd::encode_all(&elf[..], 1)?;
    packed.extend((elf.len() as u32).to_le_bytes());
    let with = |how: u8, rest: &[u8]| [&[how], rest].concat();
    Ok(vec![
        with(0, &elf),
        with(0, &bzimage_of_payload(&packed)),
        with(2, &packed),
        with(2, &elf),
        with(3, &elf),
    ])
}
