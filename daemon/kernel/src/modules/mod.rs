//! Kernel modules: which a guest needs, what those depend on, and in which order they load.
//!
//! - `name.rs`: a module's name, from its file or a list
//! - `wanted.rs`: the modules that a guest needs to boot, and those that it may ask for later
//! - `modinfo.rs`: what a module says of itself (pure)
//! - `dep_file.rs`: modules.dep (pure)
//! - `load_order.rs`: dependencies before dependents (pure)
//! - `tree.rs`: a /lib/modules/RELEASE directory
//! - `keep.rs`: copies what is wanted, unpacked, to a smaller tree of the same form
//! - `lists.rs`: the lists of that tree, for modprobe
//! - `index_file.rs`: the binary form of those lists (pure)

mod dep_file;
mod index_file;
mod keep;
mod lists;
mod load_order;
mod modinfo;
mod name;
mod tree;
mod wanted;

pub use keep::ModuleRecord;
pub(crate) use keep::keep;
pub use load_order::LoadOrderError;
pub use modinfo::ModinfoError;
#[cfg(test)]
pub(crate) use modinfo::build as build_module;
pub(crate) use tree::Tree;
pub use tree::TreeError;
pub(crate) use wanted::BOOT;
