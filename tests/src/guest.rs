//! A VM made through the API, and commands in it.

use serde_json::{Value, json};

use crate::Home;

/// A VM of a home.
pub struct Guest<'a> {
    home: &'a Home,
    /// Its id.
    pub id: String,
}

/// What came of a command in a VM.
#[derive(Debug, Default, PartialEq)]
pub struct Ran {
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: Vec<u8>,
    /// Its exit code; absent where it did not end.
    pub code: Option<i64>,
    /// The signal that ended it.
    pub signal: Option<i64>,
    /// Whether its time limit ended it.
    pub timed_out: bool,
}

impl Home {
    /// Makes a VM of an image and waits until it can run commands.
    ///
    /// # Panics
    /// When it cannot.
    #[track_caller]
    pub fn boot(&self, image: &str) -> Guest<'_> {
        self.create(&json!({ "image": image }))
    }

    /// Makes a VM as the request says and waits for it.
    ///
    /// # Panics
    /// When it cannot be made.
    #[track_caller]
    pub fn create(&self, request: &Value) -> Guest<'_> {
        let operation = self.api().post("/v1/vms?wait=true", request).ok();
        let id = operation["target"].as_str().expect("an id").to_owned();
        Guest { home: self, id }
    }
}

impl Guest<'_> {
    /// A path of the API beneath this VM's.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/vms/{}{rest}", self.id)
    }

    /// What the daemon tells of it.
    #[track_caller]
    pub fn show(&self) -> Value {
        self.home.api().get(&self.path("")).ok()
    }

    /// Its state.
    #[track_caller]
    pub fn state(&self) -> String {
        self.show()["state"].as_str().unwrap_or_default().to_owned()
    }

    /// `start`, `stop` or `restart`, to the end.
    #[track_caller]
    pub fn act(&self, verb: &str) -> Value {
        let path = self.path(&format!("/{verb}?wait=true"));
        self.home.api().post(&path, &json!({})).ok()
    }

    /// Deletes it.
    #[track_caller]
    pub fn delete(&self) {
        self.home
            .api()
            .delete(&self.path("?force=true&wait=true"))
            .ok();
    }

    /// Runs a shell's script as root.
    #[track_caller]
    pub fn sh(&self, script: &str) -> Ran {
        self.exec(&json!({ "command": ["sh", "-c", script] }))
    }

    /// What a script that succeeds says on standard output, without the last line's end.
    ///
    /// # Panics
    /// When it does not succeed.
    #[track_caller]
    pub fn tell(&self, script: &str) -> String {
        let ran = self.sh(script);
        assert_eq!(ran.code, Some(0), "{script}: {}", ran.err());
        ran.out().trim_end_matches('\n').to_owned()
    }

    /// What a script says that may fail, in a guest that may be gone.
    pub fn try_tell(&self, script: &str) -> Option<String> {
        let request = json!({ "command": ["sh", "-c", script], "timeout_ms": 30000 });
        let reply = self.home.api().post(&self.path("/exec"), &request);
        let text = reply.text();
        if reply.status != 200 || !text.contains("event: exited") {
            return None;
        }
        let ran = Ran::read(&text);
        (ran.code == Some(0)).then(|| ran.out().trim_end_matches('\n').to_owned())
    }

    /// Runs a command as the request says.
    #[track_caller]
    pub fn exec(&self, request: &Value) -> Ran {
        let reply = self.home.api().post(&self.path("/exec"), request);
        assert_eq!(reply.status, 200, "{}", reply.text());
        Ran::read(&reply.text())
    }
}

impl Ran {
    /// Reads the server-sent events of an exec.
    ///
    /// # Panics
    /// When they are not such.
    #[track_caller]
    pub fn read(events: &str) -> Self {
        let mut ran = Self::default();
        for data in events
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
        {
            let event: Value = serde_json::from_str(data).expect("JSON");
            match event["type"].as_str() {
                Some("stdout") => ran.stdout.extend(bytes(&event)),
                Some("stderr") => ran.stderr.extend(bytes(&event)),
                Some("exited") => {
                    ran.code = event["code"].as_i64();
                    ran.signal = event["signal"].as_i64();
                    ran.timed_out = event["timed_out"] == true;
                }
                Some("started") => {}
                _ => panic!("{event}"),
            }
        }
        ran
    }

    /// Its standard output as text.
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Its standard error as text.
    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

fn bytes(event: &Value) -> Vec<u8> {
    if let Some(text) = event["text"].as_str() {
        return text.as_bytes().to_vec();
    }
    let base64 = event["base64"].as_str().expect("text or base64");
    crate::Banger::call("base64")
        .args(["-d"])
        .input(base64)
        .run()
        .ok()
        .stdout
}
