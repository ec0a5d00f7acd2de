//! Running programs of the image on the agent's own behalf.

use std::process::Stdio;

use tokio::process::Command;

use crate::{
    exec::ROOT_PATH,
    sys::child::{Identity, Setup, begin_as},
};

/// A command of root's in `/`, without input and with its output thrown away, which begins as
/// any other command does: the agent's own signals and privileges are not for it.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = std::process::Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", ROOT_PATH)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let identity = Identity {
        uid: 0,
        gid: 0,
        groups: Vec::new(),
    };
    begin_as(
        &mut command,
        Setup {
            identity,
            working_dir: c"/".to_owned(),
            terminal: false,
        },
    );
    let mut command = Command::from(command);
    command.kill_on_drop(true);
    command
}
