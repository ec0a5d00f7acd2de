//! Which part of a `.git` lies where, and what of it travels. Pure.
//!
//! A linked worktree has its own HEAD, index and the like, and shares the rest with the
//! repository that it was made from (gitrepository-layout(5), "$GIT_COMMON_DIR").

use std::path::Path;

/// What worktrees share, at the top of the common directory: `common_list` in git's path.c,
/// without `worktrees`, and with what it leaves to other programs.
const SHARED: [&str; 15] = [
    "branches",
    "common",
    "config",
    "description",
    "hooks",
    "info",
    "lfs",
    "logs",
    "lost-found",
    "objects",
    "packed-refs",
    "refs",
    "remotes",
    "rr-cache",
    "shallow",
];

/// Beneath what is shared, what each worktree has of its own (the same list).
const OWN: [&str; 8] = [
    "info/sparse-checkout",
    "logs/HEAD",
    "logs/refs/bisect",
    "logs/refs/rewritten",
    "logs/refs/worktree",
    "refs/bisect",
    "refs/rewritten",
    "refs/worktree",
];

/// At the top of a repository's directory, what means something only on this host: where
/// other working trees and the common directory are, who runs right now. Submodules'
/// repositories (`modules`) go with their submodules.
const STAYS: [&str; 7] = [
    "commondir",
    "gc.pid",
    "gitdir",
    "locked",
    "modules",
    "worktrees",
    "fsmonitor--daemon.ipc",
];

/// Whether a path of the common directory belongs to a linked worktree of it.
pub fn is_shared(path: &Path) -> bool {
    let first = path.components().next();
    let shared = first.is_some_and(|first| SHARED.iter().any(|name| first.as_os_str() == *name));
    shared && !OWN.iter().any(|own| path.starts_with(own))
}

/// Whether a path of a repository's directory travels.
pub fn travels(path: &Path) -> bool {
    let first = path.components().next();
    if first.is_some_and(|first| STAYS.iter().any(|name| first.as_os_str() == *name)) {
        return false;
    }
    // A lock of somebody who works in the repository would never be released in the guest;
    // nor would a half-written object be finished there. References cannot end in .lock
    // (git-check-ref-format(1)).
    let name = path.file_name().map(std::ffi::OsStr::to_string_lossy);
    let name = name.unwrap_or_default();
    let half_written = path.starts_with("objects") && name.starts_with("tmp_");
    !name.ends_with(".lock") && !half_written && path != Path::new("objects/info/alternates")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worktree_has_its_own_head_and_shares_branches() {
        for path in [
            "refs/heads/main",
            "objects/aa/bb",
            "config",
            "logs/refs/heads/x",
            "info/exclude",
        ] {
            assert!(is_shared(Path::new(path)), "{path}");
        }
        for path in [
            "HEAD",
            "index",
            "logs/HEAD",
            "refs/bisect/bad",
            "worktrees/x",
            "MERGE_HEAD",
            "info/sparse-checkout",
        ] {
            assert!(!is_shared(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn what_means_something_only_here_stays() {
        for path in [
            "index.lock",
            "refs/heads/x.lock",
            "worktrees/x/HEAD",
            "modules/sub/HEAD",
            "objects/pack/tmp_pack_x",
            "objects/info/alternates",
            "gitdir",
        ] {
            assert!(!travels(Path::new(path)), "{path}");
        }
        for path in [
            "index",
            "refs/heads/modules",
            "hooks/tmp_x",
            "refs/heads/worktrees/gitdir",
            "objects/info/packs",
        ] {
            assert!(travels(Path::new(path)), "{path}");
        }
    }
}
