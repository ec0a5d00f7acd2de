//! A tar writer that can lie, and a reader of images by debugfs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use banger_ext4::{ImportError, Options, Summary, write_tar};

/// A member for [`Tar::add`].
#[derive(Debug, Clone, Default)]
pub struct Member {
    pub name: Vec<u8>,
    pub kind: u8,
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub mtime: i64,
    pub link: Vec<u8>,
    pub data: Vec<u8>,
    pub device: (u32, u32),
    pub pax: Vec<(Vec<u8>, Vec<u8>)>,
    /// Claimed instead of the data's length.
    pub size: Option<u64>,
}

impl Member {
    pub fn new(kind: u8, name: impl AsRef<[u8]>) -> Self {
        Self {
            name: name.as_ref().to_vec(),
            kind,
            mode: if kind == b'5' { 0o755 } else { 0o644 },
            mtime: 1_700_000_000,
            ..Self::default()
        }
    }

    pub fn file(name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Self {
        Self {
            data: data.as_ref().to_vec(),
            ..Self::new(b'0', name)
        }
    }

    pub fn directory(name: impl AsRef<[u8]>) -> Self {
        Self::new(b'5', name)
    }

    pub fn symlink(name: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        Self {
            link: target.as_ref().to_vec(),
            mode: 0o777,
            ..Self::new(b'2', name)
        }
    }

    pub fn hard_link(name: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        Self {
            link: target.as_ref().to_vec(),
            ..Self::new(b'1', name)
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
}

/// An archive under construction.
#[derive(Debug, Clone, Default)]
pub struct Tar(pub Vec<u8>);

impl Tar {
    pub fn of(members: impl IntoIterator<Item = Member>) -> Vec<u8> {
        let mut tar = Self::default();
        for member in members {
            tar.add(&member);
        }
        tar.end()
    }

    /// Adds a member; what does not fit into the header goes into a PAX header.
    pub fn add(&mut self, member: &Member) {
        let mut pax = member.pax.clone();
        let mut long = |key: &str, value: &[u8], fits: bool| {
            if !fits {
                pax.push((key.as_bytes().to_vec(), value.to_vec()));
            }
        };
        long("path", &member.name, member.name.len() <= 100);
        long("linkpath", &member.link, member.link.len() <= 100);
        long(
            "uid",
            member.uid.to_string().as_bytes(),
            member.uid < 1 << 21,
        );
        long(
            "gid",
            member.gid.to_string().as_bytes(),
            member.gid < 1 << 21,
        );
        let mtime_fits = (0..1 << 33).contains(&member.mtime);
        long("mtime", member.mtime.to_string().as_bytes(), mtime_fits);
        if !pax.is_empty() {
            let records: Vec<u8> = pax.iter().flat_map(|(k, v)| record(k, v)).collect();
            self.add_raw(b'x', b"PaxHeader", &records);
        }
        self.header(member);
        self.data(&member.data);
    }

    /// Adds an extension header with its data.
    pub fn add_raw(&mut self, kind: u8, name: &[u8], data: &[u8]) {
        let mut member = Member::new(kind, name);
        member.data = data.to_vec();
        self.header(&member);
        self.data(data);
    }

    fn header(&mut self, member: &Member) {
        let mut header = tar::Header::new_ustar();
        let name = &member.name[..member.name.len().min(100)];
        let link = &member.link[..member.link.len().min(100)];
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link);
        header.as_old_mut().linkflag = [member.kind];
        header.set_mode(member.mode);
        header.set_uid(member.uid.min((1 << 21) - 1));
        header.set_gid(member.gid.min((1 << 21) - 1));
        header.set_mtime(member.mtime.clamp(0, (1 << 33) - 1) as u64);
        header.set_size(member.size.unwrap_or(member.data.len() as u64));
        header.set_device_major(member.device.0).unwrap();
        header.set_device_minor(member.device.1).unwrap();
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
    }

    fn data(&mut self, data: &[u8]) {
        self.0.extend_from_slice(data);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
    }

    pub fn end(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }
}

/// One PAX record, whose length counts itself.
pub fn record(key: &[u8], value: &[u8]) -> Vec<u8> {
    let body = key.len() + value.len() + 3;
    let mut len = body;
    while len != body + len.to_string().len() {
        len = body + len.to_string().len();
    }
    [len.to_string().as_bytes(), b" ", key, b"=", value, b"\n"].concat()
}

/// An image in a directory of its own.
pub struct Image {
    pub directory: tempfile::TempDir,
    pub path: PathBuf,
    pub summary: Summary,
}

pub const CAPACITY: u64 = 64 << 20;

/// Imports, and has e2fsck look at the result.
pub fn import(tar: &[u8]) -> Result<Image, ImportError> {
    import_with(tar, &Options::new(CAPACITY))
}

pub fn import_with(tar: &[u8], options: &Options) -> Result<Image, ImportError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("image");
    let result = write_tar(tar, &path, options, &mut |_| {}, &AtomicBool::new(false));
    match result {
        Ok(summary) => {
            check(&path);
            Ok(Image {
                directory,
                path,
                summary,
            })
        }
        Err(error) => {
            let left: Vec<_> = directory.path().read_dir().unwrap().collect();
            assert!(left.is_empty(), "left behind: {left:?}");
            Err(error)
        }
    }
}

/// The text of the error that this archive must cause.
pub fn refused(tar: &[u8]) -> String {
    refused_with(tar, &Options::new(CAPACITY))
}

pub fn refused_with(tar: &[u8], options: &Options) -> String {
    match import_with(tar, options) {
        Ok(image) => panic!("it was taken: {:?}", image.summary),
        Err(error) => error.to_string(),
    }
}

/// e2fsck changes nothing and finds nothing.
pub fn check(image: &Path) {
    let output = Command::new("/sbin/e2fsck")
        .arg("-fn")
        .arg(image)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "e2fsck: {text}");
}

/// What an inode says, as debugfs tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inode {
    pub kind: char,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub links: u32,
    pub mtime: i64,
    /// A file's data, or a link's target.
    pub data: Vec<u8>,
    pub device: Option<(u32, u32)>,
    pub xattrs: BTreeMap<String, Vec<u8>>,
    pub number: u32,
    /// Sectors of 512 bytes.
    pub sectors: u64,
}

impl Image {
    /// Every name, root as "", with its inode.
    pub fn read(&self) -> BTreeMap<Vec<u8>, Inode> {
        let names = self.names();
        let numbers: Vec<u32> = names.values().copied().collect();
        let inodes = self.inodes(&numbers);
        names
            .into_iter()
            .map(|(name, number)| (name, inodes[&number].clone()))
            .collect()
    }

    pub fn get(&self, name: impl AsRef<[u8]>) -> Inode {
        self.read()
            .remove(name.as_ref())
            .unwrap_or_else(|| panic!("{:?} is missing", String::from_utf8_lossy(name.as_ref())))
    }

    fn debugfs(&self, commands: &str) -> Vec<u8> {
        let file = self.directory.path().join("commands");
        fs::write(&file, commands).unwrap();
        let output = Command::new("/sbin/debugfs")
            .arg("-f")
            .arg(&file)
            .arg(&self.path)
            .env("TZ", "UTC")
            .output()
            .unwrap();
        output.stdout
    }

    /// Walks the tree a level at a time.
    fn names(&self) -> BTreeMap<Vec<u8>, u32> {
        let mut names = BTreeMap::from([(Vec::new(), 2)]);
        let mut level = vec![(Vec::new(), 2)];
        while !level.is_empty() {
            let mut next = Vec::new();
            for (path, number) in level {
                let output = self.debugfs(&format!("ls -p <{number}>\n"));
                for line in output.split(|&byte| byte == b'\n') {
                    // "/inode/mode/uid/gid/name/size/"
                    let fields: Vec<&[u8]> = line.split(|&byte| byte == b'/').collect();
                    let ["", number, mode, ..] = fields
                        .iter()
                        .take(3)
                        .map(|field| std::str::from_utf8(field).unwrap_or("?"))
                        .collect::<Vec<_>>()[..]
                    else {
                        continue;
                    };
                    let name = fields[5];
                    if name == b"." || name == b".." {
                        continue;
                    }
                    let number: u32 = number.parse().unwrap();
                    let path = match path.is_empty() {
                        true => name.to_vec(),
                        false => [path.as_slice(), name].join(&b'/'),
                    };
                    names.insert(path.clone(), number);
                    if mode.starts_with("04") {
                        next.push((path, number));
                    }
                }
            }
            level = next;
        }
        names
    }

    fn inodes(&self, numbers: &[u32]) -> BTreeMap<u32, Inode> {
        let scratch = self.directory.path();
        let mut commands = String::new();
        for number in numbers {
            let dump = scratch.join(format!("data-{number}"));
            commands += &format!("stat <{number}>\nea_list <{number}>\n");
            commands += &format!("dump <{number}> {}\n", dump.display());
        }
        let output = String::from_utf8_lossy(&self.debugfs(&commands)).into_owned();
        let mut inodes = BTreeMap::new();
        for part in output.split("debugfs: stat <").skip(1) {
            let mut inode = parse_stat(part);
            if inode.kind == '-' || (inode.kind == 'l' && inode.data.is_empty()) {
                inode.data = fs::read(scratch.join(format!("data-{}", inode.number))).unwrap();
            }
            let names: Vec<String> = inode.xattrs.keys().cloned().collect();
            for name in names {
                let value = scratch.join("value");
                self.debugfs(&format!(
                    "ea_get -f {} <{}> {name}\n",
                    value.display(),
                    inode.number
                ));
                inode.xattrs.insert(name, fs::read(&value).unwrap());
                fs::remove_file(&value).unwrap();
            }
            inodes.insert(inode.number, inode);
        }
        inodes
    }
}

fn parse_stat(text: &str) -> Inode {
    let after = |key: &str| {
        let start = text
            .find(key)
            .unwrap_or_else(|| panic!("no {key} in {text}"))
            + key.len();
        text[start..].split_whitespace().next().unwrap().to_owned()
    };
    let kind = match after("Type: ").as_str() {
        "regular" => '-',
        "directory" => 'd',
        "symlink" => 'l',
        "character" => 'c',
        "block" => 'b',
        "FIFO" => 'p',
        "socket" => 's',
        other => panic!("unknown type {other}"),
    };
    let mtime = text
        .lines()
        .find_map(|line| line.strip_prefix(" mtime: 0x"))
        .unwrap();
    let (low, extra) = mtime.split(' ').next().unwrap().split_once(':').unwrap();
    let low = i64::from(u32::from_str_radix(low, 16).unwrap() as i32);
    let extra = u32::from_str_radix(extra, 16).unwrap();
    let fast_link = text.find("Fast link dest: \"").map(|start| {
        let rest = &text[start + 17..];
        rest.as_bytes()[..rest.find("\"\n").unwrap()].to_vec()
    });
    let device = text
        .find("(New-style) ")
        .map(|_| "(New-style) ")
        .or_else(|| {
            text.find("Device major/minor number: ")?;
            Some("Device major/minor number: ")
        });
    let xattrs = text
        .split("debugfs: ea_list")
        .nth(1)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split(" (").next())
        .map(|name| (name.to_owned(), Vec::new()))
        .collect();
    Inode {
        kind,
        mode: u32::from_str_radix(&after("Mode:"), 8).unwrap(),
        uid: after("User:").parse::<i64>().unwrap() as u32,
        gid: after("Group:").parse::<i64>().unwrap() as u32,
        links: after("Links: ").parse().unwrap(),
        mtime: low + (i64::from(extra & 3) << 32),
        data: fast_link.unwrap_or_default(),
        device: device.map(|_| {
            let number = after("Device major/minor number: ");
            let (major, minor) = number.split_once(':').unwrap();
            (major.parse().unwrap(), minor.parse().unwrap())
        }),
        xattrs,
        number: text.split('>').next().unwrap().parse().unwrap(),
        sectors: after("Blockcount: ").parse().unwrap(),
    }
}
