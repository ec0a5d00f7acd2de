//! What a VM does to the world: plain async functions over ports. Each undoes what it did
//! when a later step of it fails.

mod boot;
mod end_machine;
mod guest_config;
mod power_off;
mod prepare;
mod remove;
mod unless_panicked;

pub use boot::Boot;
pub use end_machine::{end_machine, end_process};
pub use power_off::power_off;
pub use prepare::{Taken, prepare};
pub use remove::remove;
pub use unless_panicked::unless_panicked;
