//! Pure: how mmdebstrap is called (mmdebstrap(1)).

/// What is left out of the image: nobody reads it there, and it is a third of the files.
const EXCLUDED: [&str; 4] = [
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/locale/*",
];

/// Run in the finished tree, `$1`. Each image is used by many VMs, so nothing that must be
/// unique stays in it; and what would only cost time in a VM is off.
const FINISH: &str = r#"
set -eu
rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/hostname "$1"/etc/resolv.conf
: > "$1"/etc/machine-id
if [ -e "$1"/lib/systemd/system/ssh.service ]; then
    mkdir -p "$1"/etc/systemd/system/ssh.service.d
    cat > "$1"/etc/systemd/system/ssh.service.d/host-keys.conf <<'END'
[Service]
# No RSA key: making one takes seconds of the first boot.
ExecStartPre=
ExecStartPre=/bin/sh -c 'test -e /etc/ssh/ssh_host_ed25519_key || exec ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key'
ExecStartPre=/usr/sbin/sshd -t
END
fi
if [ -e "$1"/bin/systemctl ]; then
    for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer; do
        chroot "$1" systemctl disable "$unit" >/dev/null 2>&1 || true
    done
fi
"#;

/// mmdebstrap's arguments: the tar comes on its standard output. `sources` is the text of
/// the host's apt sources for the suite; where the host has none, Debian's own are taken.
pub fn arguments(
    suite: &str,
    packages: &[String],
    sources: &[String],
    as_root: bool,
) -> Vec<String> {
    let mut arguments = vec![
        "--variant=minbase".to_owned(),
        format!("--mode={}", if as_root { "root" } else { "unshare" }),
        "--format=tar".to_owned(),
    ];
    if !packages.is_empty() {
        arguments.push(format!("--include={}", packages.join(",")));
    }
    arguments.extend(EXCLUDED.iter().map(|rule| format!("--dpkgopt={rule}")));
    arguments.push(format!("--customize-hook={FINISH}"));
    arguments.extend([suite.to_owned(), "-".to_owned()]);
    arguments.extend(sources.iter().cloned());
    arguments
}

/// The stage that a line of mmdebstrap's standard error tells of.
pub fn stage(line: &str) -> Option<&'static str> {
    let told = line.strip_prefix("I: ")?;
    let stages = [
        ("running apt-get update", "reading package lists"),
        ("downloading packages", "downloading packages"),
        ("extracting archives", "unpacking the base system"),
        ("installing essential", "installing the base system"),
        ("downloading apt", "downloading packages"),
        ("installing remaining", "installing packages"),
        ("running --customize-hook", "finishing"),
        ("cleaning package lists", "finishing"),
        ("creating tarball", "writing the root file system"),
    ];
    stages
        .iter()
        .find(|(begin, _)| told.starts_with(begin))
        .map(|(_, stage)| *stage)
}

/// The host's sources for a suite, from the texts of its one-line and deb822 files
/// (sources.list(5)). Lines for other suites would bring other versions in.
pub fn sources_for(suite: &str, lists: &[String], deb822: &[String]) -> Vec<String> {
    let of_suite = |candidate: &str| {
        candidate == suite
            || candidate
                .strip_prefix(suite)
                .is_some_and(|rest| matches!(rest, "-updates" | "-security" | "/updates"))
    };
    let mut sources: Vec<String> = lists
        .iter()
        .flat_map(|list| list.lines())
        .map(str::trim)
        .filter(|line| line.starts_with("deb "))
        .filter(|line| line.split_whitespace().any(of_suite))
        .map(str::to_owned)
        .collect();
    for stanza in deb822.iter().flat_map(|file| file.split("\n\n")) {
        let field = |name: &str| {
            stanza
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .map(str::trim)
                .unwrap_or("")
        };
        let is_binary = field("Types:").split_whitespace().any(|kind| kind == "deb");
        if !is_binary || field("Enabled:").eq_ignore_ascii_case("no") {
            continue;
        }
        let signed = match field("Signed-By:") {
            path if path.starts_with('/') => format!("[signed-by={path}] "),
            _ => String::new(),
        };
        for uri in field("URIs:").split_whitespace() {
            for suite in field("Suites:")
                .split_whitespace()
                .filter(|suite| of_suite(suite))
            {
                sources.push(format!(
                    "deb {signed}{uri} {suite} {}",
                    field("Components:")
                ));
            }
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_of_other_suites_and_source_packages_are_left_out() {
        let list = "deb http://m/debian bookworm main\n# deb http://m/x bookworm main\n\
            deb-src http://m/debian bookworm main\ndeb http://m/debian trixie main\n\
            deb http://m/s bookworm-security main\n deb http://m/b bookworm-backports main";
        let found = sources_for("bookworm", &[list.into()], &[]);
        assert_eq!(
            found,
            [
                "deb http://m/debian bookworm main",
                "deb http://m/s bookworm-security main"
            ]
        );
    }

    #[test]
    fn deb822_sources_become_lines() {
        let file = "Types: deb\nURIs: http://m/debian\nSuites: bookworm bookworm-updates trixie\n\
            Components: main contrib\nSigned-By: /usr/share/keyrings/k.gpg\n\n\
            Types: deb-src\nURIs: http://m/debian\nSuites: bookworm\nComponents: main\n\n\
            Types: deb\nEnabled: no\nURIs: http://n\nSuites: bookworm\nComponents: main\n";
        let found = sources_for("bookworm", &[], &[file.into()]);
        let signed = "deb [signed-by=/usr/share/keyrings/k.gpg] http://m/debian";
        assert_eq!(
            found,
            [
                format!("{signed} bookworm main contrib"),
                format!("{signed} bookworm-updates main contrib"),
            ]
        );
    }

    #[test]
    fn stages_are_recognised() {
        assert_eq!(
            stage("I: creating tarball..."),
            Some("writing the root file system")
        );
        assert_eq!(
            stage("I: downloading packages with apt..."),
            Some("downloading packages")
        );
        assert_eq!(stage("W: something"), None);
    }

    #[test]
    fn the_suite_and_sources_come_last() {
        let arguments = arguments(
            "bookworm",
            &["git".into()],
            &["deb http://m bookworm main".into()],
            true,
        );
        let end = &arguments[arguments.len() - 3..];
        assert_eq!(end, ["bookworm", "-", "deb http://m bookworm main"]);
        assert!(arguments.contains(&"--include=git".to_owned()));
    }
}
