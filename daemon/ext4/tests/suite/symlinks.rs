//! Members beneath symbolic links land where the link points, within the image.

use crate::support::{Member, Tar, import, refused};

fn lands_at(target: &str, place: &str) {
    let image = import(&Tar::of([
        Member::directory("real/dir"),
        Member::symlink("real/link", target),
        Member::file("real/link/file", "x"),
    ]))
    .unwrap();
    assert_eq!(image.get(place).data, b"x", "{target}");
    assert_eq!(image.get("real/link").kind, 'l');
}

#[test]
fn relative_absolute_and_climbing_targets() {
    lands_at("dir", "real/dir/file");
    lands_at("/real/dir", "real/dir/file");
    lands_at("../real/./dir/", "real/dir/file");
    // Above the root is the root, as in a chroot.
    lands_at("../../../../etc", "etc/file");
    lands_at("/../etc", "etc/file");
}

#[test]
fn a_target_of_more_than_the_inode_holds() {
    let long = "n".repeat(200);
    lands_at(&format!("../{long}"), &format!("{long}/file"));
}

#[test]
fn chains_are_followed() {
    let image = import(&Tar::of([
        Member::symlink("a", "b"),
        Member::symlink("b", "/c"),
        Member::symlink("c", "d/../d"),
        Member::file("a/file", "x"),
    ]))
    .unwrap();
    assert_eq!(image.get("d/file").data, b"x");
}

#[test]
fn loops_end() {
    let text = refused(&Tar::of([
        Member::symlink("a", "b"),
        Member::symlink("b", "a"),
        Member::file("a/file", "x"),
    ]));
    assert!(
        text.contains("a/file") && text.contains("40 symbolic links"),
        "{text}"
    );
    let text = refused(&Tar::of([
        Member::symlink("self", "self/self"),
        Member::file("self/file", "x"),
    ]));
    assert!(text.contains("40 symbolic links"), "{text}");
}

#[test]
fn a_link_to_a_file_is_no_way() {
    let text = refused(&Tar::of([
        Member::file("file", ""),
        Member::symlink("link", "file"),
        Member::file("link/x", ""),
    ]));
    assert!(
        text.contains("\"file\" on its way is not a directory"),
        "{text}"
    );
}

#[test]
fn hard_links_go_through_links_but_not_to_their_target() {
    let image = import(&Tar::of([
        Member::file("usr/lib/so", "so"),
        Member::symlink("lib", "usr/lib"),
        Member::hard_link("one", "lib/so"),
        Member::hard_link("two", "lib"),
    ]))
    .unwrap();
    assert_eq!(image.get("one").data, b"so");
    assert_eq!(image.get("two").kind, 'l');
}

#[test]
fn a_member_replaces_a_link_of_its_own_name() {
    let image = import(&Tar::of([
        Member::directory("real"),
        Member::symlink("name", "real"),
        Member::directory("name"),
        Member::file("name/x", "x"),
    ]))
    .unwrap();
    assert_eq!(image.get("name/x").data, b"x");
    assert!(!image.read().contains_key(&b"real/x"[..]));
}
