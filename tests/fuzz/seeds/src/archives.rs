//! Tars.

use std::io;

use banger_fuzz_seeds::{gzip, tar};

pub fn archives() -> io::Result<Vec<Vec<u8>>> {
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
