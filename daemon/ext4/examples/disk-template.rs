//! Makes an empty disk's template, clones it, and prints how long both took.
//!
//!     disk-template DIRECTORY CAPACITY_MIB

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use banger_ext4::Template;

#[allow(clippy::print_stdout, reason = "a program for the command line")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, capacity] = arguments.as_slice() else {
        return Err("usage: disk-template DIRECTORY CAPACITY_MIB".into());
    };
    let directory = Path::new(directory);
    let start = Instant::now();
    let template = Template::ensure(
        &directory.join("template.ext4"),
        capacity.parse::<u64>()? << 20,
    )?;
    println!("template {:?}", start.elapsed());
    let start = Instant::now();
    let method = template.clone_to(&directory.join("disk.ext4"))?;
    println!("clone {:?} {method:?}", start.elapsed());
    Ok(())
}
