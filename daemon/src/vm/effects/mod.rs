//! What a VM does to the world: plain async functions over ports. Each undoes what it did
//! when a later step of it fails.

mod boot;
mod guest_config;
mod power_off;
mod prepare;
mod remove;

pub use boot::Boot;
pub use power_off::power_off;
pub use prepare::{Taken, prepare};
pub use remove::remove;
