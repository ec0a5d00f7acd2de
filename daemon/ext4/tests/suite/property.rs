//! Random archives against a model of what unpacking them means.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use proptest::prelude::*;

use crate::support::{Inode, Member, Tar, import};

/// A name's content in the model; hard links share it.
#[derive(Debug, Clone)]
struct Node {
    member: Rc<Member>,
    links: Rc<Cell<u32>>,
}

type Model = BTreeMap<Vec<u8>, Node>;

fn parent(path: &[u8]) -> Option<&[u8]> {
    path.iter()
        .rposition(|&byte| byte == b'/')
        .map(|at| &path[..at])
}

fn ancestors(path: &[u8]) -> Vec<&[u8]> {
    std::iter::successors(parent(path), |path| parent(path)).collect()
}

fn is_directory(node: &Node) -> bool {
    node.member.kind == b'5'
}

fn remove(model: &mut Model, path: &[u8]) {
    let below = [path, b"/"].concat();
    model.retain(|name, node| {
        let goes = name == path || name.starts_with(&below);
        if goes {
            node.links.set(node.links.get() - 1);
        }
        !goes
    });
}

/// Unpacks a member; `false` when it has to be left out of the archive.
fn unpack(model: &mut Model, member: &Member) -> bool {
    let path = &member.name;
    if ancestors(path)
        .iter()
        .any(|way| model.get(*way).is_some_and(|node| !is_directory(node)))
    {
        return false;
    }
    let node = match member.kind {
        b'1' => {
            let Some(target) = model.get(&member.link).cloned() else {
                return false;
            };
            if is_directory(&target) {
                return false;
            }
            if model
                .get(path)
                .is_some_and(|node| Rc::ptr_eq(&node.links, &target.links))
            {
                return true;
            }
            target.links.set(target.links.get() + 1);
            target
        }
        _ => Node {
            member: Rc::new(member.clone()),
            links: Rc::new(Cell::new(1)),
        },
    };
    for way in ancestors(path) {
        model.entry(way.to_vec()).or_insert_with(|| Node {
            member: Rc::new(Member::directory(way)),
            links: Rc::new(Cell::new(1)),
        });
    }
    let stays = is_directory(&node) && model.get(path).is_some_and(is_directory);
    if !stays {
        remove(model, path);
    }
    model.insert(path.clone(), node);
    true
}

fn expected(model: &Model) -> BTreeMap<Vec<u8>, Inode> {
    model
        .iter()
        .map(|(path, node)| {
            let member = &node.member;
            let inside = |other: &Vec<u8>| parent(other) == Some(path);
            let inode = Inode {
                kind: match member.kind {
                    b'0' => '-',
                    b'2' => 'l',
                    b'3' => 'c',
                    b'5' => 'd',
                    _ => 'p',
                },
                mode: member.mode,
                uid: member.uid as u32,
                gid: member.gid as u32,
                links: match member.kind {
                    b'5' => {
                        2 + model
                            .iter()
                            .filter(|(p, n)| inside(p) && is_directory(n))
                            .count() as u32
                    }
                    _ => node.links.get(),
                },
                mtime: member.mtime,
                data: match member.kind {
                    b'2' => member.link.clone(),
                    _ => member.data.clone(),
                },
                device: (member.kind == b'3').then_some(member.device),
                xattrs: member
                    .pax
                    .iter()
                    .map(|(key, value)| {
                        let name = String::from_utf8_lossy(&key[13..]).into_owned();
                        (name, value.clone())
                    })
                    .collect(),
                number: 0,
                sectors: 0,
            };
            (path.clone(), inode)
        })
        .collect()
}

fn names() -> impl Strategy<Value = Vec<u8>> {
    let component = prop_oneof![
        6 => proptest::sample::select(vec![b"a".to_vec(), b"b".to_vec(), b"c".to_vec()]),
        1 => proptest::collection::vec(0x80u8..=0xff, 1..40),
        1 => Just(vec![b'z'; 255]),
    ];
    proptest::collection::vec(component, 1..4).prop_map(|parts| parts.join(&b'/'))
}

fn members() -> impl Strategy<Value = Member> {
    let data = prop_oneof![
        3 => proptest::collection::vec(any::<u8>(), 0..300),
        1 => (0usize..20_000, any::<u8>()).prop_map(|(len, byte)| vec![byte; len]),
    ];
    let owner = prop_oneof![0u64..100, Just(65_536), Just(u64::from(u32::MAX) - 1)];
    let xattrs = proptest::collection::btree_map(
        "(user|security|trusted)\\.[a-z]{1,20}",
        proptest::collection::vec(any::<u8>(), 1..200),
        0..3,
    );
    (
        proptest::sample::select(b"000001123556".to_vec()),
        names(),
        names(),
        data,
        (
            0u32..0o10000,
            owner.clone(),
            owner,
            -1000i64..(1 << 33),
            (0u32..4096, 0u32..1 << 20),
        ),
        xattrs,
    )
        .prop_map(
            |(kind, name, link, data, (mode, uid, gid, mtime, device), xattrs)| {
                let mut member = Member::new(kind, name);
                (member.mode, member.uid, member.gid, member.mtime) = (mode, uid, gid, mtime);
                match kind {
                    b'0' => member.data = data,
                    b'1' => member.link = link,
                    b'2' => member.link = link.iter().map(|byte| byte % 26 + b'a').collect(),
                    b'3' => member.device = device,
                    _ => {}
                }
                if kind != b'1' {
                    for (name, value) in xattrs {
                        member = member.xattr(&name, value);
                    }
                }
                member
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn an_image_is_what_unpacking_would_give(
        members in proptest::collection::vec(members(), 0..30)
    ) {
        let mut model = Model::new();
        let taken: Vec<Member> = members
            .into_iter()
            .filter(|member| unpack(&mut model, member))
            .collect();
        let image = import(&Tar::of(taken)).unwrap();
        let mut found = image.read();
        found.remove(&b""[..]);
        for inode in found.values_mut() {
            (inode.number, inode.sectors) = (0, 0);
            if inode.kind == 'd' {
                inode.data.clear();
            }
        }
        let implied = |inode: &Inode| inode.mtime == 1_577_836_800;
        let mut expected = expected(&model);
        // Directories that no member named have the image's time, not a member's.
        for (path, inode) in &mut expected {
            if found.get(path).is_some_and(implied) && inode.kind == 'd' {
                inode.mtime = 1_577_836_800;
            }
        }
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_damaged_archive_never_panics(
        members in proptest::collection::vec(members(), 1..6),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut tar = Tar::of(members);
        for (place, byte) in damage {
            let at = place.index(tar.len());
            tar[at] = byte;
        }
        // Taken or refused: `import` sees to it that it is clean or gone.
        let _ = import(&tar);
    }
}
