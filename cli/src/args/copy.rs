//! `vm cp`.

use clap::{Args, ValueHint};

/// Copy files and directories to or from a VM.
///
/// One of the two is VM:PATH. As with cp: a directory goes into one that exists, and becomes
/// one that does not; `DIR/.` means its contents. `-` is a tar stream on standard input or
/// output.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  banger vm cp notes.txt box:/root/\n  \
                        banger vm cp box:/var/log ./logs\n  \
                        tar c src | banger vm cp - box:/root/src")]
pub struct CopyArguments {
    /// What to copy: PATH, VM:PATH or -.
    #[arg(value_hint = ValueHint::AnyPath)]
    pub source: String,
    /// Where to: PATH, VM:PATH or -.
    #[arg(value_hint = ValueHint::AnyPath)]
    pub destination: String,
    /// Keep owners, by number; in the VM all belongs to root otherwise.
    #[arg(short = 'a', long)]
    pub archive: bool,
}
