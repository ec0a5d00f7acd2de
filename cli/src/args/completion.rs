//! `banger completion`.

use clap::{Args, ValueEnum};

/// Print what makes a shell complete banger's commands.
#[derive(Debug, Args)]
#[command(after_help = "To have it in every shell:\n  \
    bash: echo 'source <(banger completion bash)' >> ~/.bashrc\n  \
    zsh:  echo 'source <(banger completion zsh)' >> ~/.zshrc\n  \
    fish: banger completion fish > ~/.config/fish/completions/banger.fish")]
pub struct CompletionArguments {
    /// Which shell.
    pub shell: Shell,
}

/// Which shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU Bash.
    Bash,
    /// Z shell.
    Zsh,
    /// fish.
    Fish,
}
