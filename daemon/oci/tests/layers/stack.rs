//! Random stacks of layers: few names, so that they meet.

use proptest::prelude::*;

use crate::tar::Member;

/// The members of each layer, bottom first.
pub type Stack = Vec<Vec<Member>>;

/// Two to four layers of up to twelve members.
pub fn stacks() -> impl Strategy<Value = Stack> {
    proptest::collection::vec(proptest::collection::vec(members(), 1..12), 2..5)
}

fn component() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => Just(b"a".to_vec()),
        8 => Just(b"b".to_vec()),
        4 => Just(b"c".to_vec()),
        1 => Just(b"\xff\xfe n".to_vec()),
        1 => Just(vec![b'z'; 120]),
    ]
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(component(), 1..4).prop_map(|parts| parts.join(&b'/'))
}

/// What a symbolic link says: down, up, from the root, to itself.
fn target() -> impl Strategy<Value = Vec<u8>> {
    let start = prop_oneof![
        4 => Just(""),
        2 => Just("/"),
        2 => Just("../"),
        1 => Just("../../../"),
        1 => Just("./"),
        1 => Just("gone/../"),
    ];
    (start, path()).prop_map(|(start, path)| [start.as_bytes(), &path].concat())
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => proptest::collection::vec(any::<u8>(), 0..40),
        1 => (0usize..20_000, any::<u8>()).prop_map(|(len, byte)| vec![byte; len]),
    ]
}

/// An access ACL in the form of linux/posix_acl_xattr.h, as setxattr(2) takes it.
fn acl() -> impl Strategy<Value = Vec<u8>> {
    proptest::array::uniform5(0u8..8).prop_map(|[owner, user, group, mask, other]| {
        let mut value = vec![2, 0, 0, 0];
        for (tag, permissions, id) in [
            (0x01, owner, u32::MAX),
            (0x02, user, 100_000),
            (0x04, group, u32::MAX),
            (0x10, mask, u32::MAX),
            (0x20, other, u32::MAX),
        ] {
            value.extend([tag, 0, permissions, 0]);
            value.extend(u32::to_le_bytes(id));
        }
        value
    })
}

/// A capability set of version 2 (linux/capability.h, struct vfs_cap_data).
fn capability() -> impl Strategy<Value = Vec<u8>> {
    any::<u32>().prop_map(|permitted| {
        let mut value = 0x0200_0001u32.to_le_bytes().to_vec();
        value.extend(permitted.to_le_bytes());
        value.resize(20, 0);
        value
    })
}

/// Attributes that Linux takes on every type, on files and directories, and on files.
fn xattrs(kind: u8) -> BoxedStrategy<Vec<(String, Vec<u8>)>> {
    let value = || proptest::collection::vec(any::<u8>(), 1..60);
    let trusted = (
        "trusted\\.[a-z]{1,12}",
        prop_oneof![9 => value(), 1 => proptest::collection::vec(any::<u8>(), 200..900)],
    );
    let user = ("user\\.[a-z.]{1,12}", value());
    let acl = (Just("system.posix_acl_access".to_owned()), acl());
    let capability = (Just("security.capability".to_owned()), capability());
    let one = match kind {
        b'0' | b'7' => prop_oneof![trusted, user, acl, capability].boxed(),
        b'5' => prop_oneof![trusted, user, acl].boxed(),
        _ => trusted.boxed(),
    };
    prop_oneof![
        3 => Just(Vec::new()),
        1 => proptest::collection::vec(one, 1..3),
    ]
    .boxed()
}

fn members() -> impl Strategy<Value = Member> {
    let kind = proptest::sample::select(b"00000055555222211113467wwwwo".to_vec());
    let owner = || prop_oneof![3 => 0u64..3, 1 => Just(65_536), 1 => Just(4_000_000_000)];
    let numbers = (
        0u32..0o10000,
        owner(),
        owner(),
        1u64..1_700_000_000,
        0u32..300,
        0u32..70_000,
    );
    (kind, path(), numbers).prop_flat_map(|(kind, name, (mode, uid, gid, mtime, major, minor))| {
        let base = Member {
            mode,
            uid,
            gid,
            mtime,
            ..Member::new(kind, &name)
        };
        let whiteout = |base: &Member, last: &[u8]| {
            let mut parts: Vec<&[u8]> = base.name.split(|&byte| byte == b'/').collect();
            let end = parts.pop().unwrap_or_default();
            let end = match last.is_empty() {
                true => [b".wh.", end].concat(),
                false => last.to_vec(),
            };
            parts.push(&end);
            Member::file(parts.join(&b'/'), "")
        };
        let with = move |base: Member, xattrs: Vec<(String, Vec<u8>)>| {
            // A name twice would be one attribute in an order of the reader's own.
            let unique: std::collections::BTreeMap<_, _> = xattrs.into_iter().collect();
            unique
                .into_iter()
                .fold(base, |member, (name, value)| member.xattr(&name, value))
        };
        match kind {
            b'w' => Just(whiteout(&base, b"")).boxed(),
            b'o' => Just(whiteout(&base, b".wh..wh..opq")).boxed(),
            b'1' => path()
                .prop_map(move |link| Member {
                    link,
                    ..base.clone()
                })
                .boxed(),
            b'2' => (target(), xattrs(kind))
                .prop_map(move |(link, xattrs)| {
                    with(
                        Member {
                            link,
                            ..base.clone()
                        },
                        xattrs,
                    )
                })
                .boxed(),
            b'3' | b'4' => xattrs(kind)
                .prop_map(move |xattrs| {
                    let device = (major, minor);
                    with(
                        Member {
                            device,
                            ..base.clone()
                        },
                        xattrs,
                    )
                })
                .boxed(),
            b'7' => (0u64..3, proptest::collection::vec(any::<u8>(), 1..50))
                .prop_map(move |(blocks, data)| {
                    let offset = blocks * 8192;
                    Member {
                        mode: base.mode,
                        ..Member::sparse(&base.name, offset + 10_000, offset, &data)
                    }
                })
                .boxed(),
            b'0' => (data(), xattrs(kind))
                .prop_map(move |(data, xattrs)| {
                    with(
                        Member {
                            data,
                            ..base.clone()
                        },
                        xattrs,
                    )
                })
                .boxed(),
            _ => xattrs(kind)
                .prop_map(move |xattrs| with(base.clone(), xattrs))
                .boxed(),
        }
    })
}
