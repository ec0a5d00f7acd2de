//! `banger vm run`: the main job.

use banger_tests::{
    Home, Repository, needs,
    template::{DEBIAN, SINGLE, TINY},
};

fn sample(home: &Home) -> Repository {
    let repository = Repository::new(home, "sample")
        .with("Makefile", "test:\n\t@echo testing; sh ./check.sh\n")
        .with("check.sh", "test \"$(cat value)\" = good\n")
        .with("value", "good")
        .with("dir with blank/ünïcode \"quoted\"", "odd")
        .with("gone", "deleted later")
        .committed();
    std::fs::remove_file(repository.path().join("gone")).unwrap();
    repository
}

#[test]
fn a_repositorys_tests_run_and_their_exit_code_is_ours() {
    needs!(vms);
    let home = Home::new();
    let repository = sample(&home);
    let path = repository.path().display();
    let line = format!("vm run --rm --image {DEBIAN} {path} -- make test");
    let passed = home.banger(&line).run().ok();
    assert_eq!(passed.out(), "testing\n");
    assert!(passed.err().contains("spec: 1 vCPU"), "{}", passed.err());
    std::fs::write(repository.path().join("value"), "bad").unwrap();
    let failed = home.banger(&line).run().ended_with(2);
    assert!(failed.err().contains("Error 1"), "{}", failed.err());
    assert!(home.vm_directories().is_empty(), "--rm left a VM");
}

#[test]
fn the_workspace_is_the_working_tree_and_git_works_in_it() {
    needs!(vms);
    let home = Home::new();
    let repository = sample(&home).with("untracked", "x");
    let path = repository.path().display();
    let line = format!("vm run --rm --image {DEBIAN} {path} -- git status --porcelain");
    assert_eq!(home.banger(&line).run().ok().out(), " D gone\n");
    let line = format!("vm run --name kept --include-untracked --image {DEBIAN} {path} --");
    home.banger(&line)
        .args(["sh", "-c", "test -f untracked && test ! -e gone"])
        .run()
        .ok();
    let odd = home
        .banger("vm exec kept --")
        .args(["cat", "/root/repo/dir with blank/ünïcode \"quoted\""])
        .run()
        .ok();
    assert_eq!(odd.out(), "odd");
    home.banger("vm delete -f kept").run().ok();
    let listed = home
        .banger(&format!("vm run --dry-run {path}"))
        .run()
        .ok()
        .out();
    assert!(
        listed.contains("check.sh") && !listed.contains("untracked"),
        "{listed}"
    );
}

#[test]
fn a_command_in_an_image_without_init_runs_and_its_code_is_ours() {
    needs!(vms, "gcc");
    let home = Home::new();
    let ran = home
        .banger(&format!("vm run --rm --image {SINGLE} -- /hello a b"))
        .run();
    assert_eq!(ran.ended_with(42).out(), "a\nb\n");
    let line = format!("vm run --rm --image {TINY} -- sh -c");
    home.banger(&line)
        .args(["kill -TERM $$"])
        .run()
        .ended_with(128 + 15);
    let missing = home
        .banger(&format!("vm run --rm --image {TINY} -- nonesuch"))
        .run();
    missing.ended_with(127).complaining(&["nonesuch"]);
    let not = home
        .banger(&format!("vm run --rm --image {TINY} -- /etc/passwd"))
        .run();
    not.ended_with(126);
    let slow = home
        .banger(&format!(
            "vm run --rm --timeout 1s --image {TINY} -- sleep 60"
        ))
        .run();
    slow.ended_with(124);
    assert!(home.vm_directories().is_empty(), "--rm left a VM");
}

#[test]
fn bad_input_is_explained_and_leaves_nothing() {
    needs!(vms);
    let home = Home::new();
    let image = home
        .banger("vm run --rm --image debian-bokworm -- true")
        .run();
    image
        .ended_with(125)
        .complaining(&["there is no image", "did you mean debian-bookworm"]);
    let kernel = home
        .banger("vm run --rm --kernel debian-clud -- true")
        .run();
    kernel
        .ended_with(125)
        .complaining(&["there is no kernel", "did you mean debian-cloud"]);
    let size = home.banger("vm create --memory lots").run().ended_with(2);
    size.complaining(&["lots", "512M"]);
    let folder = home.scratch().join("plain");
    std::fs::create_dir_all(&folder).unwrap();
    let line = format!("vm run --rm {} -- true", folder.display());
    home.banger(&line)
        .run()
        .ended_with(125)
        .complaining(&["not in a git repository", "git"]);
    home.banger(&format!("vm create --name box --image {TINY}"))
        .run()
        .ok();
    let taken = home
        .banger(&format!("vm create --name box --image {TINY}"))
        .run();
    taken
        .ended_with(1)
        .complaining(&["there is a VM \"box\" already"]);
    let missing = home.banger("vm exec bx -- true").run();
    missing.ended_with(125).complaining(&["did you mean box"]);
    let used = home.banger(&format!("image delete {TINY}")).run();
    used.ended_with(1).complaining(&["is used by box"]);
    let used = home.banger("kernel rm debian-cloud").run();
    used.ended_with(1).complaining(&["is used by box"]);
    let running = home.banger("vm delete box").run();
    running.ended_with(1).complaining(&["--force"]);
    home.banger("vm delete -f box").run().ok();
    assert!(home.vm_directories().is_empty());
}

#[test]
fn files_go_in_and_come_out_as_they_are() {
    needs!(vms);
    let home = Home::new();
    home.banger(&format!("vm create --name box --image {TINY}"))
        .run()
        .ok();
    let tree = home.scratch().join("tree");
    std::fs::create_dir_all(tree.join("inner")).unwrap();
    std::fs::write(tree.join("inner/tool"), "#!/bin/sh\necho works\n").unwrap();
    std::os::unix::fs::symlink("inner/tool", tree.join("link")).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o751);
    std::fs::set_permissions(tree.join("inner/tool"), mode).unwrap();
    home.banger(&format!("vm cp {} box:/srv/", tree.display()))
        .run()
        .ok();
    let ran = home.banger("vm exec box -- /srv/tree/link").run().ok();
    assert_eq!(ran.out(), "works\n");
    let back = home.scratch().join("back");
    home.banger(&format!("vm cp box:/srv/tree {}", back.display()))
        .run()
        .ok();
    let text = std::fs::read_to_string(back.join("inner/tool")).unwrap();
    assert!(text.contains("echo works"));
    assert_eq!(
        std::fs::read_link(back.join("link")).unwrap().to_str(),
        Some("inner/tool")
    );
    let none = home
        .banger(&format!("vm cp box:/nonesuch {}", back.display()))
        .run();
    none.ended_with(1).complaining(&["/nonesuch"]);
    let console = home.banger("vm logs box").run().ok();
    assert!(!console.stdout.is_empty());
    home.banger("vm delete -f box").run().ok();
}
