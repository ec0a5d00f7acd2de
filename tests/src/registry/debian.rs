//! Debian's `docker-registry` on loopback: plain, with passwords, with TLS by an authority
//! made on the spot. It ends with the value, and its files with their directory.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::layout::{ImageLayout, skopeo_name};

/// The programs that it takes.
pub const NEEDED: [&str; 4] = ["docker-registry", "skopeo", "htpasswd", "openssl"];
/// The user of a registry with passwords.
pub const USER: &str = "ann";
/// The user's password.
pub const PASSWORD: &str = "correct horse";

/// A running registry.
pub struct DebianRegistry {
    child: Child,
    port: u16,
    directory: tempfile::TempDir,
    tls: bool,
    passwords: bool,
}

impl DebianRegistry {
    /// One that asks nobody anything.
    pub fn plain() -> Self {
        Self::start(false, false)
    }

    /// One that wants [`USER`] and [`PASSWORD`].
    pub fn with_passwords() -> Self {
        Self::start(false, true)
    }

    /// One with TLS; its authority is [`DebianRegistry::authority`].
    pub fn with_tls() -> Self {
        Self::start(true, false)
    }

    fn start(tls: bool, passwords: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        if tls {
            make_certificates(directory.path());
        }
        if passwords {
            let line = Command::new("htpasswd")
                .args(["-nbB", USER, PASSWORD])
                .output()
                .unwrap();
            fs::write(directory.path().join("htpasswd"), line.stdout).unwrap();
        }
        // The port is free for a moment only: another try where somebody was quicker.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let config = directory.path().join("config.yml");
            fs::write(&config, settings(directory.path(), port, tls, passwords)).unwrap();
            let log = fs::File::create(directory.path().join("log")).unwrap();
            let mut child = Command::new("docker-registry")
                .arg("serve")
                .arg(&config)
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn()
                .unwrap();
            if answers(&mut child, port) {
                return DebianRegistry {
                    child,
                    port,
                    directory,
                    tls,
                    passwords,
                };
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!(
            "docker-registry does not start: {}",
            fs::read_to_string(directory.path().join("log")).unwrap_or_default()
        );
    }

    /// `localhost:port`.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// The authority of its certificate, a PEM file.
    pub fn authority(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// Pushes an image, by skopeo: `name` is such as `app:1`.
    ///
    /// # Panics
    /// When it cannot be pushed.
    pub fn push(&self, image: &ImageLayout, name: &str) {
        let layout = tempfile::tempdir().unwrap();
        image.write(layout.path());
        let options = ["--preserve-digests"];
        self.copy(&skopeo_name(layout.path()), name, &options);
    }

    /// Pushes what skopeo calls `source`, with further options.
    ///
    /// # Panics
    /// When it cannot be pushed.
    pub fn copy(&self, source: &str, name: &str, options: &[&str]) {
        let mut command = Command::new("skopeo");
        command.args(["copy", "--insecure-policy", "--dest-tls-verify=false"]);
        command.args(options);
        if self.passwords {
            command.arg(format!("--dest-creds={USER}:{PASSWORD}"));
        }
        let to = format!("docker://{}/{name}", self.host());
        let output = command.arg(source).arg(to).output().unwrap();
        assert!(
            output.status.success(),
            "skopeo: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Whether it speaks TLS.
    pub fn speaks_tls(&self) -> bool {
        self.tls
    }
}

impl Drop for DebianRegistry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn settings(directory: &Path, port: u16, tls: bool, passwords: bool) -> String {
    let directory = directory.display();
    let mut text = format!(
        "version: 0.1\nlog: {{level: warn}}\n\
         storage: {{filesystem: {{rootdirectory: {directory}/data}}, delete: {{enabled: true}}}}\n\
         http:\n  addr: 127.0.0.1:{port}\n"
    );
    if tls {
        text += &format!(
            "  tls: {{certificate: {directory}/server.pem, key: {directory}/server.key}}\n"
        );
    }
    if passwords {
        text += &format!("auth: {{htpasswd: {{realm: test, path: {directory}/htpasswd}}}}\n");
    }
    text
}

fn answers(child: &mut Child, port: u16) -> bool {
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

/// An authority, and a certificate of it for localhost.
fn make_certificates(directory: &Path) {
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(directory)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "openssl: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    let key = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ];
    let authority = [
        "req",
        "-x509",
        "-days",
        "2",
        "-subj",
        "/CN=a test's authority",
    ];
    let out = ["-keyout", "ca.key", "-out", "ca.pem"];
    openssl(&[&authority[..], &key[..], &out[..]].concat());
    let request = [
        "req",
        "-subj",
        "/CN=localhost",
        "-keyout",
        "server.key",
        "-out",
        "server.csr",
    ];
    openssl(&[&request[..], &key[..]].concat());
    fs::write(
        directory.join("names"),
        "subjectAltName=DNS:localhost,IP:127.0.0.1\n",
    )
    .unwrap();
    openssl(&[
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        "names",
        "-out",
        "server.pem",
    ]);
}
