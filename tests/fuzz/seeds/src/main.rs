//! Writes what fuzzing begins with: some whole inputs of each kind.
//!
//! Usage: banger-fuzz-seeds DIRECTORY; each target's are in a directory of its name below it.

mod archives;
mod documents;
mod kernels;
mod layers;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let Some(directory) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return Err(io::Error::other("usage: banger-fuzz-seeds DIRECTORY"));
    };
    write(&directory.join("archive"), archives::archives()?)?;
    write(&directory.join("manifest"), documents::manifests())?;
    write(&directory.join("layers"), layers::layers())?;
    write(&directory.join("layer_index"), layers::indexes())?;
    write(&directory.join("package"), kernels::packages()?)?;
    write(&directory.join("initrd"), kernels::initrds()?)?;
    write(&directory.join("kernel_image"), kernels::kernels()?)?;
    write(&directory.join("dockerfile"), documents::dockerfiles())?;
    write(&directory.join("frames"), documents::frames())
}

fn write(directory: &Path, seeds: Vec<Vec<u8>>) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(directory.join(format!("seed-{number:02}")), seed)?;
    }
    Ok(())
}
