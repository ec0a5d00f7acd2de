//! What is there for one RUN only. It is mounted by the image's own shell and `mount`: who has
//! RUN has those.

use std::collections::BTreeMap;

use banger_api::Problem;
use banger_dockerfile::{Action, Mount, MountKind, RunAction, interpreter};
use banger_vmm::GuestChannel;

use super::run_step;
use crate::operation::Output;

/// Where caches and copies lie: on the stage's own disk, so that they take no memory. It is
/// removed before the stage is used by anybody else.
const DIRECTORY: &str = "/.banger-build";

/// Where there is nothing at the target yet, something is made, and the file OURS tells so.
const MOUNT: &str = r#"set -e
mkdir -p "$DIRECTORY"
if [ "$KIND" != bind ] && [ ! -d "$CONTENT" ]; then
    mkdir -p "$CONTENT"
    chown "$OWNER" "$CONTENT"
    chmod "$MODE" "$CONTENT"
fi
if [ ! -e "$TARGET" ]; then
    : > "$OURS"
    if [ -d "$CONTENT" ]; then
        mkdir -p "$TARGET"
    else
        mkdir -p "${TARGET%/*}/"
        : > "$TARGET"
    fi
fi
case $KIND in
    tmpfs) mount -t tmpfs tmpfs "$TARGET" ;;
    *) mount -o bind "$CONTENT" "$TARGET" ;;
esac
"#;

/// What a program that still runs holds goes with it.
const UNMOUNT: &str = r#"umount "$TARGET" || umount -l "$TARGET" || exit
if [ -e "$OURS" ]; then
    rm "$OURS"
    if [ -d "$TARGET" ]; then rmdir "$TARGET" || :; else rm "$TARGET"; fi
fi
"#;

const CLEAR: &str = r#"rm -rf "$DIRECTORY""#;

/// The copy that brings the files of a bind mount, which is the one of that number in its RUN;
/// nothing where it has none of its own.
pub fn files(mount: &Mount, number: usize) -> Option<Action> {
    let MountKind::Bind { from, source } = &mount.kind else {
        return None;
    };
    Some(Action::Copy {
        adds: false,
        from: from.clone(),
        sources: vec![source.clone()],
        addresses: Vec::new(),
        sha256: None,
        documents: Vec::new(),
        destination: content(mount, number),
        owner: None,
        mode: None,
    })
}

/// Mounts them in their order.
pub async fn mount(
    channel: &GuestChannel,
    mounts: &[Mount],
    title: &str,
    output: &Output,
) -> Result<(), Problem> {
    for (number, mount) in mounts.iter().enumerate() {
        let title = format!("{title}: mounting {}", mount.target);
        let run = script(MOUNT, variables(mount, number));
        run_step::run(channel, run, &title, output).await?;
    }
    Ok(())
}

/// Takes them away again, and what was made to mount them at. Files of bind mounts go, too.
pub async fn unmount(
    channel: &GuestChannel,
    mounts: &[Mount],
    title: &str,
    output: &Output,
) -> Result<(), Problem> {
    for (number, mount) in mounts.iter().enumerate().rev() {
        let title = format!("{title}: unmounting {}", mount.target);
        let run = script(UNMOUNT, variables(mount, number));
        run_step::run(channel, run, &title, output).await?;
        if let MountKind::Bind { .. } = mount.kind {
            remove(channel, content(mount, number), &title, output).await?;
        }
    }
    Ok(())
}

/// Removes the caches of a stage.
pub async fn clear(channel: &GuestChannel, output: &Output) -> Result<(), Problem> {
    remove(channel, DIRECTORY.to_owned(), "removing caches", output).await
}

async fn remove(
    channel: &GuestChannel,
    path: String,
    title: &str,
    output: &Output,
) -> Result<(), Problem> {
    let run = script(CLEAR, [("DIRECTORY", path)].into());
    run_step::run(channel, run, title, output).await
}

/// Where its content lies. Caches of one id are the same in all RUNs of a stage.
fn content(mount: &Mount, number: usize) -> String {
    match &mount.kind {
        MountKind::Cache { id, .. } => {
            let id = id.as_ref().unwrap_or(&mount.target);
            // No name of a file has a / in it.
            let id: String = id.bytes().map(|byte| format!("{byte:02x}")).collect();
            // Nor more than 255 bytes (NAME_MAX); a very long id is cut into directories.
            let parts: Vec<_> = id
                .as_bytes()
                .chunks(200)
                .map(String::from_utf8_lossy)
                .collect();
            format!("{DIRECTORY}/caches/{}.d", parts.join("/"))
        }
        MountKind::Bind { .. } => format!("{DIRECTORY}/files-{number}"),
        MountKind::Tmpfs => format!("{DIRECTORY}/empty"),
    }
}

fn variables(mount: &Mount, number: usize) -> BTreeMap<&'static str, String> {
    let (kind, owner, mode) = match &mount.kind {
        MountKind::Cache { owner, mode, .. } => ("cache", *owner, *mode),
        MountKind::Bind { .. } => ("bind", (0, 0), 0o755),
        MountKind::Tmpfs => ("tmpfs", (0, 0), 0o755),
    };
    [
        ("DIRECTORY", DIRECTORY.to_owned()),
        ("KIND", kind.to_owned()),
        ("CONTENT", content(mount, number)),
        ("TARGET", mount.target.clone()),
        ("OURS", format!("{DIRECTORY}/ours-{number}")),
        ("OWNER", format!("{}:{}", owner.0, owner.1)),
        ("MODE", format!("{mode:o}")),
    ]
    .into()
}

fn script(text: &str, variables: BTreeMap<&'static str, String>) -> RunAction {
    let owned = |(name, value): (&str, String)| (name.to_owned(), value);
    RunAction {
        command: interpreter(text),
        script: Some(text.to_owned()),
        env: variables.into_iter().map(owned).collect(),
        working_dir: "/".to_owned(),
        user: None,
        mounts: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(id: Option<&str>, target: &str) -> Mount {
        Mount {
            kind: MountKind::Cache {
                id: id.map(str::to_owned),
                owner: (0, 0),
                mode: 0o755,
            },
            target: target.to_owned(),
        }
    }

    #[test]
    fn caches_are_told_apart_by_their_ids() {
        let at = |of: &Mount| content(of, 0);
        assert_eq!(at(&cache(None, "/a")), at(&cache(Some("/a"), "/b")));
        assert_ne!(at(&cache(None, "/a")), at(&cache(None, "/a/b")));
        assert_ne!(at(&cache(Some("../x"), "/a")), at(&cache(Some("x"), "/a")));
        let long = at(&cache(Some(&"x".repeat(4000)), "/a"));
        assert!(long.split('/').all(|part| part.len() <= 255), "{long}");
        assert!(!at(&cache(Some("../../etc"), "/a")).contains(".."));
    }

    #[test]
    fn only_bind_mounts_bring_files() {
        assert!(files(&cache(None, "/a"), 0).is_none());
        let bind = Mount {
            kind: MountKind::Bind {
                from: Some("x".into()),
                source: "/y".into(),
            },
            target: "/z".into(),
        };
        let Some(Action::Copy {
            from, destination, ..
        }) = files(&bind, 3)
        else {
            panic!()
        };
        assert_eq!(from.as_deref(), Some("x"));
        assert_eq!(destination, variables(&bind, 3)["CONTENT"]);
    }
}
