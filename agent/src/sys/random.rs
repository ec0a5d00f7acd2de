//! Mixing random bytes into the kernel's pool (random(4)).

use std::{fs::File, io, os::fd::AsRawFd};

/// What one call takes, in bytes: the kernel's own seed has 32.
const MAX_SEED: usize = 512;

/// `struct rand_pool_info` of linux/random.h with its buffer.
#[repr(C)]
struct PoolInfo {
    entropy_bits: libc::c_int,
    size: libc::c_int,
    buffer: [u8; MAX_SEED],
}

nix::ioctl_write_ptr!(add_entropy, b'R', 0x03, [libc::c_int; 2]);
nix::ioctl_none!(reseed, b'R', 0x07);

/// Mixes the seed in, credits all of its bits, and has the generator reseed at once, so that
/// two guests from one snapshot differ from here on. More than 512 bytes are cut off.
///
/// # Errors
/// When /dev/urandom is missing or the kernel refuses.
pub fn credit(seed: &[u8]) -> io::Result<()> {
    let device = File::options().write(true).open("/dev/urandom")?;
    let seed = seed.get(..MAX_SEED).unwrap_or(seed);
    let size = seed.len() as libc::c_int;
    let mut info = PoolInfo {
        entropy_bits: size * 8,
        size,
        buffer: [0; MAX_SEED],
    };
    for (slot, byte) in info.buffer.iter_mut().zip(seed) {
        *slot = *byte;
    }
    // SAFETY: the kernel reads two ints and then `size` bytes, all of which PoolInfo holds; the
    // number encodes only the two ints, as linux/random.h declares it.
    unsafe { add_entropy(device.as_raw_fd(), std::ptr::from_ref(&info).cast()) }?;
    // SAFETY: the call takes no argument. Kernels before 4.15 do not know it.
    let _ = unsafe { reseed(device.as_raw_fd()) };
    Ok(())
}
