//! Whole conversations over a socket pair, on directories of this machine.

use std::{
    fs,
    os::unix::{
        ffi::OsStrExt,
        fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink},
    },
    path::Path,
};

use banger_agent_protocol::{
    Frame, FrameCodec, FrameKind,
    files::{GetFiles, PUT_WINDOW, PutFiles, PutFilesDone},
    request::{AgentErrorCode, Reply},
};
use futures_util::{SinkExt, StreamExt};
use tar::{Archive, Builder, EntryType, Header};
use tempfile::TempDir;
use tokio::net::UnixStream;
use tokio_util::codec::{Framed, FramedRead};

use super::{get, put};
use crate::server::frames::FrameWriter;

type Host = Framed<UnixStream, FrameCodec>;

/// A connection whose agent side is served by `put` or `get`.
macro_rules! serve {
    ($serve:ident, $request:expr) => {{
        let (ours, theirs) = UnixStream::pair().unwrap();
        let agent = tokio::spawn(async move {
            let (reader, writer) = theirs.into_split();
            let mut reader = FramedRead::new(reader, FrameCodec);
            $serve($request, &mut reader, &FrameWriter::new(writer)).await
        });
        (Framed::new(ours, FrameCodec) as Host, agent)
    }};
}

async fn put_into(directory: &Path, archive: &[u8]) -> Reply {
    let directory = directory.to_str().unwrap().to_owned();
    let (host, agent) = serve!(
        put,
        PutFiles {
            directory,
            keep_owners: false
        }
    );
    let (mut sink, mut stream) = host.split();
    let archive = archive.to_vec();
    let sending = async move {
        for piece in archive.chunks(1000) {
            sink.send(Frame::new(FrameKind::Data, piece.to_vec()))
                .await
                .unwrap();
        }
        sink.send(Frame::new(FrameKind::Data, Vec::new()))
            .await
            .unwrap();
        sink
    };
    let answer = async {
        loop {
            match stream.next().await.unwrap().unwrap().message().unwrap() {
                Reply::Taken { bytes } => assert!(bytes <= PUT_WINDOW),
                reply => return reply,
            }
        }
    };
    let (_sink, reply) = tokio::join!(sending, answer);
    agent.await.unwrap().unwrap();
    reply
}

/// A member's header, ready but for its sum.
fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(1_000_000);
    header.set_uid(12345);
    header.set_gid(12345);
    header
}

/// Writes the name as it is, which the library refuses for hostile ones.
fn raw(name: &[u8], mut header: Header, content: &[u8]) -> Vec<u8> {
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn file(name: &[u8], content: &[u8]) -> Vec<u8> {
    raw(
        name,
        header(EntryType::Regular, 0o640, content.len() as u64),
        content,
    )
}

fn link(kind: EntryType, name: &[u8], target: &[u8]) -> Vec<u8> {
    let mut header = header(kind, 0o777, 0);
    header.set_link_name_literal(target).unwrap();
    raw(name, header, b"")
}

fn archive(members: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = members.concat();
    bytes.extend_from_slice(&[0; 1024]);
    bytes
}

async fn put_members(members: &[Vec<u8>]) -> (TempDir, Reply) {
    let home = tempfile::tempdir().unwrap();
    let reply = put_into(&home.path().join("to"), &archive(members)).await;
    (home, reply)
}

fn assert_refused(reply: &Reply, code: AgentErrorCode, word: &str) {
    match reply {
        Reply::Error(error) => {
            assert_eq!(error.code, code, "{error}");
            assert!(error.message.contains(word), "{error}");
        }
        other => panic!("accepted: {other:?}"),
    }
}

#[tokio::test]
async fn an_archive_becomes_files() {
    let mut directory = header(EntryType::Directory, 0o500, 0);
    directory.set_mtime(500);
    let (home, reply) = put_members(&[
        raw(b"d/", directory, b""),
        file(b"d/f\xff", b"text"),
        raw(b"tool", header(EntryType::Regular, 0o4755, 1), b"x"),
        link(EntryType::Symlink, b"link", b"/any/where"),
        link(EntryType::Link, b"deep/er/hard", b"tool"),
        raw(b"open", header(EntryType::Regular, 0o666, 0), b""),
        raw(b"pipe", header(EntryType::Fifo, 0o600, 0), b""),
        raw(b"empty/", header(EntryType::Directory, 0o700, 0), b""),
    ])
    .await;
    assert_eq!(
        reply,
        Reply::PutFiles(PutFilesDone {
            entries: 8,
            bytes: 5
        })
    );
    let to = home.path().join("to");
    let at = |path: &str| to.join(path).symlink_metadata().unwrap();
    let mode = |path: &str| at(path).permissions().mode() & 0o7777;
    assert_eq!(
        (mode("d"), mode("tool"), mode("empty")),
        (0o500, 0o4755, 0o700)
    );
    assert_eq!(
        (at("d").mtime(), at("tool").mtime(), at("link").mtime()),
        (500, 1_000_000, 1_000_000)
    );
    let odd = to.join("d").join(std::ffi::OsStr::from_bytes(b"f\xff"));
    assert_eq!(fs::read(&odd).unwrap(), b"text");
    assert_eq!(
        fs::read_link(to.join("link")).unwrap(),
        Path::new("/any/where")
    );
    assert_eq!(at("deep/er/hard").ino(), at("tool").ino());
    assert!(at("pipe").file_type().is_fifo());
    assert_eq!(at("tool").uid(), nix::unistd::geteuid().as_raw());
    fs::set_permissions(to.join("d"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[tokio::test]
async fn names_that_lead_out_are_refused() {
    for name in [&b"../out"[..], b"/abs", b"a/../../out"] {
        let (home, reply) = put_members(&[file(name, b"evil")]).await;
        assert_refused(&reply, AgentErrorCode::BadArchive, "leads out");
        assert!(!home.path().join("out").exists() && !Path::new("/abs").exists());
    }
}

#[tokio::test]
async fn hard_links_to_the_outside_are_refused() {
    for target in [&b"../secret"[..], b"/etc/passwd"] {
        let (_, reply) = put_members(&[link(EntryType::Link, b"name", target)]).await;
        assert_refused(&reply, AgentErrorCode::BadArchive, "leads out");
    }
    let members = [
        link(EntryType::Symlink, b"dir", b"/etc"),
        link(EntryType::Link, b"name", b"dir/passwd"),
    ];
    let (_, reply) = put_members(&members).await;
    assert_refused(&reply, AgentErrorCode::BadArchive, "symbolic link");
}

#[tokio::test]
async fn nothing_is_written_through_a_link() {
    for target in [&b"/tmp"[..], b"..", b"inside"] {
        let members = [
            raw(b"inside/", header(EntryType::Directory, 0o755, 0), b""),
            link(EntryType::Symlink, b"dir", target),
            file(b"dir/evil", b"evil"),
        ];
        let (home, reply) = put_members(&members).await;
        assert_refused(&reply, AgentErrorCode::BadArchive, "symbolic link");
        assert!(!home.path().join("to/inside/evil").exists());
    }
}

#[tokio::test]
async fn what_is_in_the_way_is_replaced_and_its_target_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let (to, outside) = (home.path().join("to"), home.path().join("outside"));
    fs::create_dir(&to).unwrap();
    fs::write(&outside, "precious").unwrap();
    symlink(&outside, to.join("file")).unwrap();
    symlink(home.path(), to.join("dir")).unwrap();
    fs::create_dir(to.join("empty")).unwrap();
    let members = [
        file(b"file", b"new"),
        raw(b"dir/", header(EntryType::Directory, 0o755, 0), b""),
        file(b"empty", b"a file now"),
    ];
    let reply = put_into(&to, &archive(&members)).await;
    assert!(matches!(reply, Reply::PutFiles(_)), "{reply:?}");
    assert_eq!(fs::read_to_string(outside).unwrap(), "precious");
    assert_eq!(fs::read_to_string(to.join("file")).unwrap(), "new");
    assert!(to.join("dir").symlink_metadata().unwrap().is_dir());
    assert_eq!(fs::read_to_string(to.join("empty")).unwrap(), "a file now");
}

#[tokio::test]
async fn a_full_directory_is_not_replaced_by_a_file() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join("work/of/years")).unwrap();
    let reply = put_into(home.path(), &archive(&[file(b"work", b"")])).await;
    assert_refused(&reply, AgentErrorCode::Failed, "work");
    assert!(home.path().join("work/of/years").is_dir());
}

#[tokio::test]
async fn devices_are_refused() {
    let (_, reply) = put_members(&[raw(b"sda", header(EntryType::Block, 0o600, 0), b"")]).await;
    assert_refused(&reply, AgentErrorCode::BadArchive, "device");
}

#[tokio::test]
async fn a_claim_that_no_disk_holds_is_refused_at_once() {
    let huge = header(EntryType::Regular, 0o600, 1 << 60);
    let (_, reply) = put_members(&[raw(b"huge", huge, b"")]).await;
    assert_refused(&reply, AgentErrorCode::NoSpace, "huge");
}

#[tokio::test]
async fn a_damaged_archive_is_told() {
    let mut bytes = archive(&[file(b"a", b"text"), file(b"b", b"text")]);
    bytes[1024 + 150] ^= 0xff;
    let home = tempfile::tempdir().unwrap();
    let reply = put_into(home.path(), &bytes).await;
    assert_refused(&reply, AgentErrorCode::BadArchive, "damaged");
    let cut = &archive(&[file(b"a", &[7; 5000])])[..2000];
    assert_refused(
        &put_into(home.path(), cut).await,
        AgentErrorCode::BadArchive,
        "damaged",
    );
}

#[tokio::test]
async fn a_relative_destination_is_refused() {
    let reply = put_into(Path::new("some/where"), &archive(&[])).await;
    assert_refused(&reply, AgentErrorCode::BadRequest, "absolute");
}

#[tokio::test]
async fn long_names_and_exact_times_are_read() {
    let name = format!("{}/{}", "d".repeat(180), "f".repeat(200));
    let mut builder = Builder::new(Vec::new());
    builder
        .append_pax_extensions([("mtime", &b"1700000000.123456789"[..])])
        .unwrap();
    builder
        .append_data(
            &mut header(EntryType::Regular, 0o600, 4),
            "exact",
            &b"text"[..],
        )
        .unwrap();
    builder
        .append_data(
            &mut header(EntryType::Regular, 0o600, 4),
            &name,
            &b"text"[..],
        )
        .unwrap();
    let home = tempfile::tempdir().unwrap();
    let reply = put_into(home.path(), &builder.into_inner().unwrap()).await;
    assert!(
        matches!(reply, Reply::PutFiles(PutFilesDone { entries: 2, .. })),
        "{reply:?}"
    );
    assert!(home.path().join(name).is_file());
    let of = home.path().join("exact").metadata().unwrap();
    assert_eq!((of.mtime(), of.mtime_nsec()), (1_700_000_000, 123_456_789));
}

#[tokio::test]
async fn a_host_that_goes_away_ends_the_work() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().to_str().unwrap().to_owned();
    let (mut host, agent) = serve!(
        put,
        PutFiles {
            directory,
            keep_owners: false
        }
    );
    host.send(Frame::new(FrameKind::Data, file(b"a", b"text")))
        .await
        .unwrap();
    drop(host);
    tokio::time::timeout(std::time::Duration::from_secs(10), agent)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

async fn get_path(path: &Path) -> (Vec<u8>, Reply) {
    let path = path.to_str().unwrap().to_owned();
    let (mut host, agent) = serve!(get, GetFiles { path });
    let mut archive = Vec::new();
    let reply = loop {
        let frame = host.next().await.unwrap().unwrap();
        match frame.kind {
            FrameKind::Data => archive.extend_from_slice(&frame.payload),
            _ => break frame.message().unwrap(),
        }
    };
    agent.await.unwrap().unwrap();
    (archive, reply)
}

#[tokio::test]
async fn what_was_packed_unpacks_to_the_same() {
    let home = tempfile::tempdir().unwrap();
    let from = home.path().join("from");
    fs::create_dir_all(from.join("a/empty")).unwrap();
    fs::write(from.join("a/big"), vec![5; 300_000]).unwrap();
    fs::hard_link(from.join("a/big"), from.join("twin")).unwrap();
    fs::write(from.join("x".repeat(150)), "long").unwrap();
    symlink("a/big", from.join("link")).unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"\xe9");
    fs::write(from.join(odd), "odd").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(from.join("socket")).unwrap();

    let (archive, reply) = get_path(&from).await;
    assert_eq!(reply, Reply::Done);
    let to = home.path().join("to");
    let reply = put_into(&to, &archive).await;

    assert!(matches!(reply, Reply::PutFiles(_)), "{reply:?}");
    let to = to.join("from");
    assert_eq!(fs::read(to.join("a/big")).unwrap(), vec![5; 300_000]);
    assert_eq!(
        to.join("a/big").metadata().unwrap().ino(),
        to.join("twin").metadata().unwrap().ino()
    );
    assert_eq!(
        fs::read_to_string(to.join("x".repeat(150))).unwrap(),
        "long"
    );
    assert_eq!(fs::read_link(to.join("link")).unwrap(), Path::new("a/big"));
    assert_eq!(fs::read_to_string(to.join(odd)).unwrap(), "odd");
    assert!(to.join("a/empty").is_dir() && !to.join("socket").exists());
}

#[tokio::test]
async fn a_link_is_packed_as_such() {
    let home = tempfile::tempdir().unwrap();
    symlink("/etc/passwd", home.path().join("link")).unwrap();
    let (archive, _) = get_path(&home.path().join("link")).await;
    let mut archive = Archive::new(&archive[..]);
    let entry = archive.entries().unwrap().next().unwrap().unwrap();
    assert_eq!(entry.header().entry_type(), EntryType::Symlink);
    assert_eq!(entry.path().unwrap(), Path::new("link"));
}

#[tokio::test]
async fn what_is_not_there_is_told() {
    assert_refused(
        &get_path(Path::new("/no/such")).await.1,
        AgentErrorCode::NotFound,
        "/no/such",
    );
    assert_refused(
        &get_path(Path::new("relative")).await.1,
        AgentErrorCode::BadRequest,
        "absolute",
    );
    assert_refused(
        &get_path(Path::new("/tmp/..")).await.1,
        AgentErrorCode::BadRequest,
        "path",
    );
}

#[tokio::test]
async fn a_host_that_stops_reading_ends_the_packing() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("big"), vec![1; 8 << 20]).unwrap();
    let path = home.path().to_str().unwrap().to_owned();
    let (mut host, agent) = serve!(get, GetFiles { path });
    host.next().await.unwrap().unwrap();
    drop(host);
    // Its connection is broken, or it saw the end first: it ends either way.
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), agent).await;
    let _ = ended.unwrap().unwrap();
}
