//! Real repositories, sent and unpacked again: git must say the same there as here.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{
        ffi::OsStrExt,
        fs::{PermissionsExt, symlink},
    },
    path::{Path, PathBuf},
    process::Command,
};

use super::*;

/// A directory with repositories in it, and git apart from this user's settings.
struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().canonicalize().unwrap().join(name)
    }

    /// A repository with a file and a commit.
    fn repository(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir(&path).unwrap();
        git(&path, &["init", "-q", "-b", "main"]);
        fs::write(path.join("file"), "text\n").unwrap();
        commit(&path);
        path
    }

    /// What arrives of a workspace.
    fn unpacked(&self, workspace: &Workspace) -> PathBuf {
        let to = self.path("guest");
        let _ = fs::remove_dir_all(&to);
        fs::create_dir(&to).unwrap();
        let mut bytes = Vec::new();
        workspace.write(&mut bytes, |_| {}).unwrap();
        // The umask is tar's business in the guest, where it is none.
        let mut archive = tar::Archive::new(bytes.as_slice());
        archive.set_preserve_permissions(true);
        archive.unpack(&to).unwrap();
        to
    }
}

fn git(directory: &Path, arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.as_bytes().starts_with(b"GIT_") {
            command.env_remove(name);
        }
    }
    let output = command
        .args([
            "-c",
            "protocol.file.allow=always",
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@x",
        ])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {error}");
    output.stdout
}

fn commit(path: &Path) {
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "-m", "a change"]);
}

/// What git says of a working tree, its branches and its objects.
fn state(path: &Path) -> Vec<Vec<u8>> {
    git(path, &["fsck", "--full"]);
    [
        &["status", "--porcelain=v2", "--branch", "-uno", "-z"][..],
        &["log", "--all", "--oneline"],
        &["branch", "--list", "--all"],
        &["diff", "--stat"],
        &["stash", "list"],
    ]
    .into_iter()
    // A shell script, which does not bear every directory's name.
    .chain(
        path.join(".gitmodules")
            .exists()
            .then_some(&["submodule", "status", "--recursive"][..]),
    )
    .map(|arguments| git(path, arguments))
    .collect()
}

fn names(workspace: &Workspace) -> Vec<&[u8]> {
    let mut names: Vec<_> = workspace
        .files()
        .map(|name| name.as_os_str().as_bytes())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn the_working_tree_goes_as_it_is() {
    let place = Place::new();
    let repository = place.repository("repo");
    fs::write(repository.join("run.sh"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(repository.join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(repository.join("dir")).unwrap();
    fs::write(repository.join("dir/deleted"), "").unwrap();
    symlink("/nowhere/at all", repository.join("link")).unwrap();
    fs::write(repository.join(".gitignore"), "ignored\n").unwrap();
    commit(&repository);
    fs::write(repository.join("ignored"), "").unwrap();
    fs::write(repository.join("untracked"), "").unwrap();
    fs::write(repository.join("file"), "edited\n").unwrap();
    fs::remove_file(repository.join("dir/deleted")).unwrap();
    fs::write(repository.join("staged"), "").unwrap();
    git(&repository, &["add", "staged"]);

    let workspace = Workspace::of(&repository, false).unwrap();
    let expected: [&[u8]; 5] = [b".gitignore", b"file", b"link", b"run.sh", b"staged"];
    assert_eq!(names(&workspace), expected);
    let guest = place.unpacked(&workspace);
    assert_eq!(state(&guest), state(&repository));
    assert_eq!(fs::read(guest.join("file")).unwrap(), b"edited\n");
    assert_eq!(
        fs::read_link(guest.join("link")).unwrap(),
        Path::new("/nowhere/at all")
    );
    let mode = |name: &str| guest.join(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("run.sh"), mode("file") & 0o111), (0o755, 0));

    let workspace = Workspace::of(&repository, true).unwrap();
    assert!(names(&workspace).contains(&b"untracked".as_slice()));
    assert!(!names(&workspace).contains(&b"ignored".as_slice()));
    let guest = place.unpacked(&workspace);
    let all = ["status", "--porcelain=v2", "-z"];
    assert_eq!(git(&guest, &all), git(&repository, &all));
}

#[test]
fn odd_names_arrive() {
    let place = Place::new();
    let repository = place.repository("re po\n");
    let odd: [&[u8]; 7] = [
        b"-rf",
        b"a b",
        b"new\nline",
        b"quo\"te'\\",
        b"\xff\xfe not text",
        b"tab\there",
        "ünïcode/\u{1F980}".as_bytes(),
    ];
    for name in odd {
        let path = repository.join(OsStr::from_bytes(name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    let long = "d/".repeat(60) + "deep";
    fs::create_dir_all(repository.join(&long).parent().unwrap()).unwrap();
    fs::write(repository.join(&long), "").unwrap();
    commit(&repository);
    let workspace = Workspace::of(&repository, false).unwrap();
    let guest = place.unpacked(&workspace);
    for name in odd {
        assert_eq!(fs::read(guest.join(OsStr::from_bytes(name))).unwrap(), name);
    }
    assert!(guest.join(long).exists());
    assert_eq!(state(&guest), state(&repository));
}

#[test]
fn links_in_the_place_of_directories_hide_their_files() {
    let place = Place::new();
    let repository = place.repository("repo");
    fs::create_dir(repository.join("dir")).unwrap();
    fs::write(repository.join("dir/a"), "").unwrap();
    fs::write(repository.join("b"), "").unwrap();
    commit(&repository);
    fs::rename(repository.join("dir"), place.path("elsewhere")).unwrap();
    symlink(place.path("elsewhere"), repository.join("dir")).unwrap();
    fs::remove_file(repository.join("b")).unwrap();
    fs::create_dir(repository.join("b")).unwrap();
    let workspace = Workspace::of(&repository, false).unwrap();
    assert_eq!(names(&workspace), [b"file"]);
    let guest = place.unpacked(&workspace);
    assert_eq!(state(&guest), state(&repository));
}

#[test]
fn a_directory_within_means_the_whole_and_a_place_in_it() {
    let place = Place::new();
    let repository = place.repository("repo");
    fs::create_dir_all(repository.join("src/empty")).unwrap();
    let workspace = Workspace::of(&repository.join("src/empty"), false).unwrap();
    assert_eq!(workspace.top, repository);
    assert_eq!(workspace.guest_directory().unwrap(), "/root/repo/src/empty");
    assert!(place.unpacked(&workspace).join("src/empty").is_dir());
    let workspace = Workspace::of(&repository, false).unwrap();
    assert_eq!(workspace.guest_directory().unwrap(), "/root/repo");
}

#[test]
fn a_linked_worktree_arrives_as_a_repository_of_its_own() {
    let place = Place::new();
    let repository = place.repository("repo");
    git(&repository, &["branch", "other"]);
    let worktree = place.path("work");
    git(
        &repository,
        &["worktree", "add", "-q", worktree.to_str().unwrap(), "other"],
    );
    fs::write(worktree.join("file"), "in the worktree\n").unwrap();
    fs::write(worktree.join("new"), "").unwrap();
    git(&worktree, &["add", "new"]);
    git(&worktree, &["stash", "-q"]);
    fs::write(worktree.join("file"), "again\n").unwrap();
    let before = state(&worktree);
    let guest = place.unpacked(&Workspace::of(&worktree, false).unwrap());
    assert!(guest.join(".git").is_dir());
    // The branches that other worktrees have out are marked in a list there.
    let plain = |state: Vec<Vec<u8>>| {
        let text = String::from_utf8(state.concat()).unwrap();
        text.replace("+ main", "  main")
    };
    assert_eq!(plain(state(&guest)), plain(before));
    // The original, too, arrives without the places of its worktrees.
    let guest = place.unpacked(&Workspace::of(&repository, false).unwrap());
    assert!(!guest.join(".git/worktrees").exists());
    let head = git(&guest, &["rev-parse", "--abbrev-ref", "HEAD"]);
    assert_eq!(head, b"main\n");
    // Here a commit can be made where the repository is borrowed by nobody.
    git(&guest, &["checkout", "-q", "other"]);
}

#[test]
fn a_worktree_of_a_bare_repository_is_not_bare() {
    let place = Place::new();
    let repository = place.repository("repo");
    let bare = place.path("bare.git");
    git(
        &repository,
        &["clone", "-q", "--bare", ".", bare.to_str().unwrap()],
    );
    let worktree = place.path("work");
    git(
        &bare,
        &["worktree", "add", "-q", worktree.to_str().unwrap(), "main"],
    );
    let guest = place.unpacked(&Workspace::of(&worktree, false).unwrap());
    assert_eq!(state(&guest)[0], state(&worktree)[0]);
    let failed = Workspace::of(&bare, false);
    assert!(
        matches!(failed, Err(WorkspaceError::NoWorkingTree(_))),
        "{failed:?}"
    );
}

#[test]
fn submodules_travel_with_their_repositories() {
    let place = Place::new();
    let inner = place.repository("inner");
    let middle = place.repository("middle");
    git(
        &middle,
        &[
            "submodule",
            "--quiet",
            "add",
            inner.to_str().unwrap(),
            "in ner",
        ],
    );
    commit(&middle);
    let outer = place.repository("outer");
    git(
        &outer,
        &[
            "submodule",
            "--quiet",
            "add",
            middle.to_str().unwrap(),
            "sub/middle",
        ],
    );
    git(
        &outer,
        &[
            "submodule",
            "--quiet",
            "add",
            inner.to_str().unwrap(),
            "not here",
        ],
    );
    commit(&outer);
    git(
        &outer,
        &["submodule", "--quiet", "update", "--init", "--recursive"],
    );
    git(
        &outer,
        &["submodule", "--quiet", "deinit", "-f", "not here"],
    );
    fs::write(outer.join("sub/middle/in ner/file"), "edited\n").unwrap();

    let workspace = Workspace::of(&outer, false).unwrap();
    let guest = place.unpacked(&workspace);
    assert_eq!(state(&guest), state(&outer));
    assert!(guest.join("sub/middle/in ner/.git").is_dir());
    assert!(guest.join("not here").is_dir());
    let within = Path::new("sub/middle/in ner");
    assert_eq!(state(&guest.join(within)), state(&outer.join(within)));

    // A submodule by itself, whose repository lies in that of another.
    let alone = place.unpacked(&Workspace::of(&outer.join(within), false).unwrap());
    assert_eq!(state(&alone), state(&outer.join(within)));
}

#[test]
fn borrowed_objects_come_along() {
    let place = Place::new();
    let lender = place.repository("len der");
    git(&lender, &["repack", "-q", "-a", "-d"]);
    fs::write(lender.join("loose"), "loose\n").unwrap();
    commit(&lender);
    let borrower = place.path("borrower");
    let (from, to) = (lender.to_str().unwrap(), borrower.to_str().unwrap());
    git(&lender, &["clone", "-q", "--shared", from, to]);
    fs::write(borrower.join("own"), "").unwrap();
    commit(&borrower);
    let expected = state(&borrower);
    let guest = place.unpacked(&Workspace::of(&borrower, false).unwrap());
    fs::remove_dir_all(&lender).unwrap();
    assert_eq!(state(&guest), expected);
}

#[test]
fn locks_and_hooks_running_us_do_no_harm() {
    let place = Place::new();
    let repository = place.repository("repo");
    fs::write(repository.join(".git/index.lock"), "").unwrap();
    symlink("../../file", repository.join(".git/hooks/post-commit")).unwrap();
    let _pipe = nix::unistd::mkfifo(&repository.join(".git/pipe"), nix::sys::stat::Mode::S_IRWXU);
    let guest = place.unpacked(&Workspace::of(&repository, false).unwrap());
    assert!(!guest.join(".git/index.lock").exists() && !guest.join(".git/pipe").exists());
    let hook = fs::read_link(guest.join(".git/hooks/post-commit")).unwrap();
    assert_eq!(hook, Path::new("../../file"));
    fs::write(guest.join("file"), "x").unwrap();
    commit(&guest);
}

#[test]
fn references_are_read_before_objects() {
    let place = Place::new();
    let repository = place.repository("repo");
    let workspace = Workspace::of(&repository, false).unwrap();
    let of = &workspace.repositories[0];
    let references = of.references().unwrap();
    let has = |start: &str| references.iter().any(|entry| entry.name.starts_with(start));
    assert!(has(".git/refs/heads/main") && !has(".git/objects"));
    // A commit is made while the workspace is on its way: nothing that is named is missing.
    fs::write(repository.join("more"), "").unwrap();
    commit(&repository);
    git(&place.unpacked(&workspace), &["fsck", "--full"]);
}

#[test]
fn what_is_no_repository_is_told_with_a_remedy() {
    let place = Place::new();
    let plain = place.path("plain");
    fs::create_dir(&plain).unwrap();
    let error = Workspace::of(&plain, false).unwrap_err();
    assert!(
        matches!(error, WorkspaceError::NotARepository(_)),
        "{error:?}"
    );
    assert!(error.hint().unwrap().contains("init"));
    let file = place.repository("repo").join("file");
    assert!(matches!(
        Workspace::of(&file, false),
        Err(WorkspaceError::NotADirectory(_))
    ));
    let missing = Workspace::of(&place.path("missing"), false).unwrap_err();
    assert!(
        missing.to_string().contains("missing: No such file"),
        "{missing}"
    );
}

#[test]
fn a_repository_without_a_commit_is_one() {
    let place = Place::new();
    let repository = place.path("new");
    fs::create_dir(&repository).unwrap();
    git(&repository, &["init", "-q"]);
    let workspace = Workspace::of(&repository, false).unwrap();
    assert_eq!(workspace.amount().unwrap().files, 0);
    let guest = place.unpacked(&workspace);
    git(&guest, &["status"]);
}
