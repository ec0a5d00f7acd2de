//! Files in and out of VMs: exact, and nothing outside of where they belong.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use banger_tests::{Banger, Home, archive::Archive, needs, template::TINY};

/// Paths with modes and what is in them: a file's checksum or a link's target.
fn listing(directory: &Path) -> String {
    let script = "find . -mindepth 1 | LC_ALL=C sort | while read -r f; do \
        printf '%s %s ' \"$f\" \"$(stat -c %a \"$f\")\"; \
        if [ -L \"$f\" ]; then readlink \"$f\"; elif [ -f \"$f\" ]; then md5sum < \"$f\"; else echo; fi; done";
    Banger::call("sh")
        .args(["-c", script])
        .dir(directory)
        .run()
        .ok()
        .out()
}

#[test]
fn a_tree_comes_back_as_it_went_in() {
    needs!(vms);
    let home = Home::new();
    home.banger("vm create --name box --image tiny").run().ok();
    let tree = home.scratch().join("tree");
    fs::create_dir_all(tree.join("deep/er")).unwrap();
    for (name, mode) in [
        ("plain", 0o644),
        ("tool", 0o755),
        ("secret", 0o600),
        ("ro", 0o444),
    ] {
        fs::write(tree.join(name), name.repeat(10_000)).unwrap();
        fs::set_permissions(tree.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::write(tree.join("deep/er/a name ünï"), "odd").unwrap();
    fs::write(tree.join("empty"), "").unwrap();
    fs::create_dir(tree.join("hollow")).unwrap();
    fs::set_permissions(tree.join("hollow"), fs::Permissions::from_mode(0o700)).unwrap();
    symlink("deep/er", tree.join("link")).unwrap();
    symlink("/etc/hostname", tree.join("outside")).unwrap();
    // One that is larger than any buffer.
    let large: Vec<u8> = (0u32..8 << 20)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    fs::write(tree.join("large"), &large).unwrap();

    home.banger("vm cp")
        .args([tree.to_str().unwrap(), "box:/root/"])
        .run()
        .ok();
    let owner = home
        .banger("vm exec box -- stat -c %u:%g /root/tree/tool")
        .run()
        .ok();
    assert_eq!(owner.out(), "0:0\n");
    let back = home.scratch().join("back");
    fs::create_dir(&back).unwrap();
    home.banger("vm cp")
        .args(["box:/root/tree", back.to_str().unwrap()])
        .run()
        .ok();
    assert_eq!(listing(&back.join("tree")), listing(&tree));

    // A single file, under another name; and standard streams as tar.
    home.banger("vm cp")
        .args([tree.join("tool").to_str().unwrap(), "box:/srv/renamed"])
        .run()
        .ok();
    let mode = home
        .banger("vm exec box -- stat -c %a /srv/renamed")
        .run()
        .ok();
    assert_eq!(mode.out(), "755\n");
    let tar = home.banger("vm cp box:/root/tree/deep -").run().ok().stdout;
    let names = Banger::call("tar").args(["-t"]).input(tar).run().ok().out();
    assert!(names.contains("deep/er/"), "{names}");
}

#[test]
fn what_is_not_there_is_said() {
    needs!(vms);
    let home = Home::new();
    home.banger("vm create --name box --image tiny").run().ok();
    home.banger("vm cp box:/no/such/thing .")
        .run()
        .ended_with(1)
        .complaining(&["/no/such/thing"]);
    home.banger("vm cp no-such-file box:/root/")
        .run()
        .ended_with(1)
        .complaining(&["no-such-file"]);
    home.banger("vm cp here there").run().ended_with(2);
    home.banger("vm cp bx:/etc .")
        .run()
        .ended_with(1)
        .complaining(&["bx", "box"]);
    let path = "/v1/vms/box/files?path=relative";
    home.api().get(path).refused(422, "invalid_value");
    home.api()
        .get("/v1/vms/box/files?path=/nowhere")
        .refused(404, "guest_path_not_found");
}

#[test]
fn hostile_archives_reach_nothing_outside_of_their_place() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    vm.tell("mkdir /victim; echo safe > /victim/file");
    let cases: BTreeMap<&str, Vec<u8>> = BTreeMap::from([
        (
            "dots",
            Archive::default()
                .file("../victim/file", "evil", 0o644)
                .finish(),
        ),
        (
            "absolute",
            Archive::default()
                .file("/victim/file", "evil", 0o644)
                .finish(),
        ),
        (
            "through a link",
            Archive::default()
                .symlink("way", "/victim")
                .file("way/file", "evil", 0o644)
                .finish(),
        ),
        (
            "through a relative link",
            Archive::default()
                .symlink("up", "../victim")
                .file("up/file", "evil", 0o644)
                .finish(),
        ),
        (
            "a hard link out",
            Archive::default()
                .hard_link("grip", "../victim/file")
                .file("grip", "evil", 0o644)
                .finish(),
        ),
        (
            "a huge claim",
            Archive::default().claim("huge", 10 << 40).finish(),
        ),
        ("no archive", b"neither header nor end".repeat(50)),
    ]);
    for (name, tar) in cases {
        let path = vm.path(&format!("/files?path=/srv/{}", name.replace(' ', "-")));
        let reply = home.api().upload("PUT", &path, tar);
        match (name, reply.status) {
            // Absolute names may be taken as relative ones, as tar(1) does.
            ("absolute", 200) => {}
            ("a huge claim", 507) => {
                reply.refused(507, "no_space");
            }
            _ => {
                reply.refused(422, "bad_archive");
            }
        }
        assert_eq!(vm.tell("cat /victim/file"), "safe", "{name}");
    }
    assert_eq!(vm.tell("ls /victim"), "file");
}

#[test]
fn a_guest_cannot_write_outside_of_the_place_on_the_host() {
    needs!(vms);
    let home = Home::new();
    home.banger("vm create --name box --image tiny").run().ok();
    // A directory of the guest may be a link that leads anywhere on the host.
    let script = "mkdir -p /srv/t/d; echo evil > /srv/t/d/file; ln -s ../../victim /srv/t/link; \
        ln -s /tmp /srv/t/abs; mknod /srv/t/node c 1 3; chmod 4755 /srv/t/d/file";
    home.banger("vm exec box -- sh -c")
        .args([script])
        .run()
        .ok();
    let victim = home.scratch().join("victim");
    fs::create_dir(&victim).unwrap();
    let place = home.scratch().join("place");
    fs::create_dir(&place).unwrap();
    home.banger("vm cp")
        .args(["box:/srv/t", place.to_str().unwrap()])
        .run();
    assert_eq!(fs::read_dir(&victim).unwrap().count(), 0);
    let set_id = fs::metadata(place.join("t/d/file")).map(|found| found.permissions().mode());
    assert!(
        set_id.is_ok_and(|mode| mode & 0o6000 == 0),
        "a set-id program came along"
    );
}

#[test]
fn a_full_disk_of_the_guest_is_said() {
    needs!(vms);
    let home = Home::new();
    home.banger("vm create --name box --image tiny --disk-size 64M")
        .run()
        .ok();
    let large = home.scratch().join("large");
    fs::File::create(&large)
        .unwrap()
        .set_len(200 << 20)
        .unwrap();
    home.banger("vm cp")
        .args([large.to_str().unwrap(), "box:/root/"])
        .within(std::time::Duration::from_secs(120))
        .run()
        .ended_with(1)
        .complaining(&["large", "disk"]);
    home.banger("vm exec box -- sh -c")
        .args(["rm -f /root/large; echo still here"])
        .run()
        .ok();
}

#[test]
fn nothing_is_copied_to_where_there_is_no_directory() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    std::fs::write(home.scratch().join("notes"), "x").unwrap();
    for to in ["/missing/", "/missing/notes", "/missing/deep/notes"] {
        home.banger(&format!("vm cp notes {}:{to}", vm.id))
            .run()
            .ended_with(1)
            .complaining(&["there is no directory /missing"]);
    }
    home.banger(&format!("vm cp - {}:/missing", vm.id))
        .input(banger_tests::archive::Archive::default().finish())
        .run()
        .ended_with(1)
        .complaining(&["there is no directory /missing"]);
    assert_eq!(vm.sh("test -e /missing").code, Some(1));
}

#[test]
fn extended_attributes_travel_both_ways() {
    needs!(vms, "setfattr", "getfattr");
    let home = Home::new();
    let here = home.scratch();
    std::fs::write(here.join("marked"), "x").unwrap();
    let call = |program: &str, words: &[&str]| Banger::call(program).args(words).dir(&here).run();
    // Readers that take a pax record for a line would lose the second.
    for (name, value) in [("user.note", "kept"), ("user.lines", "one\ntwo\n")] {
        if call("setfattr", &["-n", name, "-v", value, "marked"]).code() != 0 {
            eprintln!("left out: this file system has no extended attributes");
            return;
        }
    }
    let vm = home.start_daemon().boot(TINY);
    for (from, to) in [
        ("marked".to_owned(), format!("{}:/root/marked", vm.id)),
        (format!("{}:/root/marked", vm.id), "back".to_owned()),
    ] {
        home.banger("vm cp").args([from, to]).run().ok();
    }
    let back = |name| call("getfattr", &["--only-values", "-n", name, "back"]).ok();
    assert_eq!(back("user.note").out(), "kept");
    assert_eq!(back("user.lines").out(), "one\ntwo\n");
}
