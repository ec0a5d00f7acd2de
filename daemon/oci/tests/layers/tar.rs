//! Archives made member by member, so that they can hold what no program would write.

use std::fmt;

/// One member.
#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    pub kind: u8,
    pub name: Vec<u8>,
    pub link: Vec<u8>,
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub mtime: u64,
    pub device: (u32, u32),
    pub data: Vec<u8>,
    /// PAX records.
    pub pax: Vec<(Vec<u8>, Vec<u8>)>,
    /// Claimed instead of the data's length.
    pub size: Option<u64>,
}

impl fmt::Debug for Member {
    /// One line: what a failure shows is read by people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = (char::from(self.kind), self.name.escape_ascii());
        write!(f, "'{kind}' {name}")?;
        if matches!(self.kind, b'1' | b'2') {
            write!(f, " > {}", self.link.escape_ascii())?;
        }
        write!(
            f,
            " {:04o} {}:{} @{}",
            self.mode, self.uid, self.gid, self.mtime
        )?;
        write!(f, " {:?} {} bytes", self.device, self.data.len())?;
        for (key, value) in &self.pax {
            write!(f, " {}={}", key.escape_ascii(), value.escape_ascii())?;
        }
        Ok(())
    }
}

impl Member {
    pub fn new(kind: u8, name: impl AsRef<[u8]>) -> Self {
        Self {
            kind,
            name: name.as_ref().to_vec(),
            link: Vec::new(),
            mode: if kind == b'5' { 0o755 } else { 0o644 },
            uid: 0,
            gid: 0,
            mtime: 1_600_000_000,
            device: (0, 0),
            data: Vec::new(),
            pax: Vec::new(),
            size: None,
        }
    }

    pub fn file(name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Self {
        Self {
            data: data.as_ref().to_vec(),
            ..Self::new(b'0', name)
        }
    }

    pub fn pax(mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.pax
            .push((key.as_ref().to_vec(), value.as_ref().to_vec()));
        self
    }

    pub fn xattr(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.pax(format!("SCHILY.xattr.{name}"), value)
    }

    /// A sparse file of `size` bytes with data at one place (GNU tar manual, "Storing Sparse
    /// Files", PAX 1.0).
    pub fn sparse(name: impl AsRef<[u8]>, size: u64, offset: u64, data: &[u8]) -> Self {
        let mut map = format!("1\n{offset}\n{}\n", data.len()).into_bytes();
        map.resize(map.len().next_multiple_of(512), 0);
        map.extend_from_slice(data);
        Self::file(&name, map)
            .pax("GNU.sparse.major", "1")
            .pax("GNU.sparse.minor", "0")
            .pax("GNU.sparse.name", name)
            .pax("GNU.sparse.realsize", size.to_string())
    }
}

/// A whole archive.
pub fn tar<'a>(members: impl IntoIterator<Item = &'a Member>) -> Vec<u8> {
    let mut tar = Vec::new();
    for member in members {
        append(&mut tar, member);
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

/// One more member; what does not fit into the header goes into a PAX header.
pub fn append(tar: &mut Vec<u8>, member: &Member) {
    let mut pax = member.pax.clone();
    let mut long = |key: &str, value: &[u8], fits: bool| {
        if !fits {
            pax.push((key.as_bytes().to_vec(), value.to_vec()));
        }
    };
    let (uid, gid) = (member.uid.to_string(), member.gid.to_string());
    long("path", &member.name, member.name.len() <= 100);
    long("linkpath", &member.link, member.link.len() <= 100);
    long("uid", uid.as_bytes(), member.uid < 1 << 21);
    long("gid", gid.as_bytes(), member.gid < 1 << 21);
    if !pax.is_empty() {
        let records: Vec<u8> = pax.iter().flat_map(|(k, v)| record(k, v)).collect();
        let mut extension = Member::new(b'x', "PaxHeader");
        extension.data = records;
        header(tar, &extension);
        data(tar, &extension.data);
    }
    header(tar, member);
    data(tar, &member.data);
}

fn header(tar: &mut Vec<u8>, member: &Member) {
    let mut header = ::tar::Header::new_ustar();
    let old = header.as_old_mut();
    let name = &member.name[..member.name.len().min(100)];
    let link = &member.link[..member.link.len().min(100)];
    old.name[..name.len()].copy_from_slice(name);
    old.linkname[..link.len()].copy_from_slice(link);
    old.linkflag = [member.kind];
    header.set_mode(member.mode);
    header.set_uid(member.uid.min((1 << 21) - 1));
    header.set_gid(member.gid.min((1 << 21) - 1));
    header.set_mtime(member.mtime);
    header.set_size(member.size.unwrap_or(member.data.len() as u64));
    header.set_device_major(member.device.0).unwrap();
    header.set_device_minor(member.device.1).unwrap();
    header.set_cksum();
    tar.extend_from_slice(header.as_bytes());
}

fn data(tar: &mut Vec<u8>, data: &[u8]) {
    tar.extend_from_slice(data);
    tar.resize(tar.len().next_multiple_of(512), 0);
}

/// One PAX record, whose length counts itself.
fn record(key: &[u8], value: &[u8]) -> Vec<u8> {
    let body = key.len() + value.len() + 3;
    let mut len = body;
    while len != body + len.to_string().len() {
        len = body + len.to_string().len();
    }
    [len.to_string().as_bytes(), b" ", key, b"=", value, b"\n"].concat()
}
