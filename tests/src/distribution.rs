//! Debian with each of its inits: root file system tars by mmdebstrap, made once per checkout.
//!
//! Each holds a service, `marker`, which appends `started` and `stopped` to /var/log/marker:
//! a line `stopped` proves that the init went down in order.

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
    process::Command,
};

use nix::fcntl::{Flock, FlockArg};

use crate::{Home, checkout};

/// A root file system.
#[derive(Clone, Copy, Debug)]
pub struct Distribution {
    /// The image's name.
    pub name: &'static str,
    packages: &'static str,
    /// A shell's script that puts the service into the tree `$1`.
    service: &'static str,
}

/// The smallest Debian: no init at all, and no service.
pub const MINIMAL: Distribution = Distribution {
    name: "debian-minimal",
    packages: "",
    service: "",
};

/// System V init, with Debian's scripts.
pub const SYSVINIT: Distribution = Distribution {
    name: "debian-sysvinit",
    packages: "sysvinit-core",
    service: r#"
cat > "$1"/etc/init.d/marker <<'END'
#!/bin/sh
### BEGIN INIT INFO
# Provides: marker
# Required-Start: $local_fs
# Required-Stop: $local_fs
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
# Short-Description: tells that it ran
### END INIT INFO
case "$1" in
start) sleep 1; echo started >> /var/log/marker ;;
stop) echo stopped >> /var/log/marker ;;
esac
END
chmod 755 "$1"/etc/init.d/marker
chroot "$1" update-rc.d marker defaults
"#,
};

/// OpenRC, started by System V init; openrc-init is there too.
pub const OPENRC: Distribution = Distribution {
    name: "debian-openrc",
    packages: "openrc,sysvinit-core",
    service: r#"
cat > "$1"/etc/init.d/marker <<'END'
#!/sbin/openrc-run
start() { sleep 1; echo started >> /var/log/marker; }
stop() { echo stopped >> /var/log/marker; }
END
chmod 755 "$1"/etc/init.d/marker
ln -s /etc/init.d/marker "$1"/etc/runlevels/default/marker
"#,
};

/// runit as process 1.
pub const RUNIT: Distribution = Distribution {
    name: "debian-runit",
    packages: "runit-init",
    service: r#"
mkdir "$1"/etc/sv/marker
cat > "$1"/etc/sv/marker/run <<'END'
#!/bin/sh
echo started >> /var/log/marker
exec sleep 100000
END
cat > "$1"/etc/sv/marker/finish <<'END'
#!/bin/sh
echo stopped >> /var/log/marker
END
chmod 755 "$1"/etc/sv/marker/run "$1"/etc/sv/marker/finish
ln -s /etc/sv/marker "$1"/etc/runit/runsvdir/default/marker
"#,
};

impl Distribution {
    /// Makes the image in a home whose daemon runs.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn import(&self, home: &Home) {
        let tar = fs::read(self.tar()).expect("the tar");
        let path = format!("/v1/images/import?name={}", self.name);
        home.api().upload("POST", &path, tar).ok();
    }

    /// The tar; made first where it is missing. Other tests wait for it.
    fn tar(&self) -> PathBuf {
        let directory = checkout::test_home().join("distributions");
        fs::create_dir_all(&directory).expect("a directory");
        let mut hasher = DefaultHasher::new();
        (self.packages, self.service).hash(&mut hasher);
        let tar = directory.join(format!("{}-{:016x}.tar", self.name, hasher.finish()));
        let lock = File::create(directory.join("lock")).expect("the lock's file");
        let _lock = Flock::lock(lock, FlockArg::LockExclusive)
            .unwrap_or_else(|(_, error)| panic!("the lock: {error}"));
        if !tar.exists() {
            eprintln!("making {}; once per checkout, a minute or two", self.name);
            let unfinished = directory.join("unfinished.tar");
            self.make(&unfinished);
            fs::rename(unfinished, &tar).expect("the tar");
        }
        tar
    }

    fn make(&self, to: &std::path::Path) {
        let mut command = Command::new("mmdebstrap");
        command.args(["--quiet", "--variant=minbase", "--format=tar"]);
        for left_out in ["doc", "man", "locale"] {
            let rule = format!("--dpkgopt=path-exclude=/usr/share/{left_out}/*");
            command.arg(rule);
        }
        if !self.packages.is_empty() {
            command.arg(format!("--include={}", self.packages));
        }
        command.arg(format!("--customize-hook=set -eu\n{}", self.service));
        let made = command.arg("bookworm").arg(to).output().expect("it runs");
        let told = String::from_utf8_lossy(&made.stderr).into_owned();
        assert!(made.status.success(), "mmdebstrap: {told}");
    }
}
