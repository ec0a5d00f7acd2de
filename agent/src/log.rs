//! Short lines to the kernel's log, which reaches the serial console.
//!
//! The agent keeps no log of its own: `/dev/kmsg` (Documentation/ABI/testing/dev-kmsg) needs
//! no file, no rotation and no other process.

use std::{fmt::Display, fs::File, io::Write, sync::OnceLock};

static KERNEL_LOG: OnceLock<File> = OnceLock::new();

/// Opens the kernel's log; until then, and where it cannot be opened, lines are dropped.
pub fn open() {
    if let Ok(file) = File::options().write(true).open("/dev/kmsg") {
        // A second call changes nothing.
        let _ = KERNEL_LOG.set(file);
    }
}

/// Writes what happened.
pub fn info(message: impl Display) {
    line(6, message);
}

/// Writes what went wrong, where the agent goes on.
pub fn warn(message: impl Display) {
    line(4, message);
}

/// Writes what went wrong for good.
pub fn error(message: impl Display) {
    line(3, message);
}

/// One record: `<severity>text`, written at once because each write is a record.
fn line(severity: u8, message: impl Display) {
    if let Some(mut log) = KERNEL_LOG.get() {
        // There is nobody left to tell when the log itself fails.
        let _ = log.write_all(format!("<{severity}>banger: {message}\n").as_bytes());
    }
}
