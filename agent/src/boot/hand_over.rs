//! The two processes that remain: the server, and process 1.
//!
//! Process 1 waits until the server has told the host that the guest is ready; only then it
//! becomes the image's init, which has better things to do with the processors.

use std::{
    convert::Infallible,
    ffi::CString,
    fs::File,
    io::{self, Read, Write},
    os::fd::AsFd,
    path::Path,
};

use banger_agent_protocol::config::GuestConfig;
use nix::{
    fcntl::OFlag,
    sys::signal::{SigSet, SigmaskHow, sigprocmask},
    unistd::{ForkResult, dup2_stderr, dup2_stdin, dup2_stdout, execv, pipe2, setsid},
};

use super::{error::BootError, hello::HostConversation, spared};
use crate::{init, log, server::Server, sys};

/// Splits this process into the server and process 1. Returns only with an error.
pub fn hand_over(
    host: HostConversation,
    config: GuestConfig,
    init: Option<String>,
) -> Result<(), BootError> {
    let (ready, tell_ready) =
        pipe2(OFlag::O_CLOEXEC).map_err(BootError::at("make a pipe to the server"))?;
    // The minimal init waits for signals; blocked from here on, none is lost.
    if init.is_none() {
        init::block_signals().map_err(BootError::at("block signals"))?;
    }
    match sys::process::fork().map_err(BootError::at("start the server"))? {
        ForkResult::Child => {
            drop(ready);
            serve(host, &config, init, File::from(tell_ready))
        }
        ForkResult::Parent { child } => {
            drop((host, tell_ready));
            if !matches!(File::from(ready).read(&mut [0]), Ok(1)) {
                return Err(BootError::gone("serve the host"));
            }
            match init {
                Some(path) => {
                    let Err(error) = become_init(&path);
                    log::error(error);
                    // The guest is in use by now; the server sees by the signals who stayed.
                    init::block_signals().map_err(BootError::at("block signals"))?;
                    init::run(child)
                }
                None => init::run(child),
            }
        }
    }
}

/// Runs the server; the process ends with it.
fn serve(
    mut host: HostConversation,
    config: &GuestConfig,
    init: Option<String>,
    mut process_1: File,
) -> ! {
    detach();
    let has_init = init.is_some();
    if has_init {
        spared::register(Path::new("/"));
    }
    let outcome = Server::listen(config, has_init)
        .map_err(BootError::at("serve the host"))
        .and_then(|server| tell_ready(&mut host, init, &mut process_1).map(|()| server));
    match outcome {
        Ok(server) => {
            drop(host);
            match server.run() {}
        }
        Err(error) => {
            log::error(&error);
            // Process 1 powers off when its pipe closes, and that is not before this.
            host.failed(&error);
            std::process::exit(1)
        }
    }
}

/// The host first: it waits for this, and process 1 would take the processor.
fn tell_ready(
    host: &mut HostConversation,
    init: Option<String>,
    process_1: &mut File,
) -> Result<(), BootError> {
    host.ready(init)
        .map_err(io::Error::other)
        .map_err(BootError::at("tell the host"))?;
    process_1
        .write_all(b"1")
        .map_err(BootError::at("tell process 1"))
}

/// Makes the server independent of process 1 and of whatever ends it. None of this is worth
/// a failed boot.
fn detach() {
    let mask = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
    sys::process::ignore_going_down();
    sys::process::use_one_arena();
    let steps: [(&str, io::Result<()>); 5] = [
        ("the signal mask", mask.map_err(io::Error::from)),
        ("a session", setsid().map(drop).map_err(io::Error::from)),
        ("a name", sys::process::take_server_name()),
        (
            "the out-of-memory score",
            std::fs::write("/proc/self/oom_score_adj", "-1000"),
        ),
        ("standard streams", replace_standard_streams()),
    ];
    for (what, result) in steps {
        if let Err(error) = result {
            log::warn(format_args!("the server cannot set {what}: {error}"));
        }
    }
}

/// The console belongs to the image's init.
fn replace_standard_streams() -> io::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    dup2_stdin(null.as_fd())?;
    dup2_stdout(null.as_fd())?;
    // A panic's message goes to the kernel's log.
    dup2_stderr(File::options().write(true).open("/dev/kmsg")?.as_fd())?;
    Ok(())
}

/// Becomes the image's init, with the arguments that the kernel gave.
fn become_init(path: &str) -> Result<Infallible, BootError> {
    let step = format!("execute {path}");
    let arguments: Result<Vec<_>, _> = [path.to_owned()]
        .into_iter()
        .chain(std::env::args().skip(1))
        .map(CString::new)
        .collect();
    let arguments = arguments.map_err(|_| BootError::gone("read the kernel's arguments"))?;
    let program = CString::new(path).map_err(|_| BootError::gone(&step))?;
    log::info(format_args!("handing over to {path}"));
    execv(&program, &arguments).map_err(BootError::at(step))
}
