//! A program on a terminal of its own, as a person would have it.

use std::{
    fs::File,
    io::{Read, Write},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use nix::pty::{Winsize, openpty};

use crate::residue::eventually;

/// A running program and its terminal.
pub struct Terminal {
    child: Child,
    master: File,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    /// Starts a program on a terminal of that size.
    ///
    /// # Panics
    /// When there is no terminal, or the program cannot be started.
    pub fn start(command: &Command, rows: u16, columns: u16) -> Self {
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = openpty(Some(&size), None).expect("a terminal");
        let end = || Stdio::from(pty.slave.try_clone().expect("a descriptor"));
        // setsid makes the terminal the program's controlling one.
        let mut on_terminal = Command::new("setsid");
        on_terminal
            .args(["--ctty", "--wait"])
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => on_terminal.env(name, value),
                None => on_terminal.env_remove(name),
            };
        }
        if let Some(directory) = command.get_current_dir() {
            on_terminal.current_dir(directory);
        }
        let child = on_terminal
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("setsid runs");
        drop(on_terminal);
        drop(pty.slave);
        let master = File::from(pty.master);
        let shown = Arc::<Mutex<Vec<u8>>>::default();
        let (mut reader, writer) = (
            master.try_clone().expect("a descriptor"),
            Arc::clone(&shown),
        );
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // EIO is the end of a terminal (pty(7)).
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                let mut shown = writer.lock().expect("no panic here");
                shown.extend_from_slice(&buffer[..read]);
            }
        });
        Self {
            child,
            master,
            shown,
        }
    }

    /// All that was shown so far.
    pub fn shown(&self) -> String {
        let shown = self.shown.lock().expect("no panic here");
        String::from_utf8_lossy(&shown).into_owned()
    }

    /// Types.
    ///
    /// # Panics
    /// When the terminal is gone.
    pub fn type_in(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).expect("a terminal");
    }

    /// Waits until it shows that.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn shows(&self, text: &str) {
        let begun = std::time::Instant::now();
        while !self.shown().contains(text) {
            assert!(
                begun.elapsed() < Duration::from_secs(90),
                "no {text:?} in: {}",
                self.shown()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Gives the terminal another size.
    ///
    /// # Panics
    /// When stty fails.
    pub fn resize(&self, rows: u16, columns: u16) {
        let status = Command::new("stty")
            .args(["rows", &rows.to_string(), "columns", &columns.to_string()])
            .stdin(self.master.try_clone().expect("a descriptor"))
            .status()
            .expect("stty runs");
        assert!(status.success());
    }

    /// Waits for its end and tells its exit code.
    ///
    /// # Panics
    /// When it does not end.
    #[track_caller]
    pub fn code(mut self) -> i32 {
        let mut code = None;
        eventually("the program has ended", Duration::from_secs(60), || {
            code = self.child.try_wait().expect("it is our child");
            code.is_some()
        });
        code.and_then(|status| status.code()).expect("no signal")
    }
}
