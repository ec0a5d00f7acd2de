//! Writes the tar on standard input, or in a file, into an ext4 image, and prints figures.
//!
//!     tar-to-ext4 IMAGE CAPACITY_MIB [TAR]

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use banger_ext4::{Options, write_tar};

#[allow(clippy::print_stdout, reason = "a program for the command line")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [image, capacity, tar @ ..] = arguments.as_slice() else {
        return Err("usage: tar-to-ext4 IMAGE CAPACITY_MIB [TAR]".into());
    };
    let options = Options::new(capacity.parse::<u64>()? << 20);
    let reader: Box<dyn Read> = match tar.first() {
        Some(path) => Box::new(File::open(path)?),
        None => Box::new(std::io::stdin().lock()),
    };
    let start = Instant::now();
    let summary = write_tar(
        reader,
        Path::new(image),
        &options,
        &mut |_| {},
        &AtomicBool::new(false),
    )?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{summary:#?}");
    println!("{seconds:.3} s");
    Ok(())
}
