//! What a hostile layer may cost.

/// Limits of one layer when it is indexed, and of all together when they are merged.
///
/// The defaults are far beyond any image that was made for use, and end a hostile one within
/// seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The most members, and the most names in the result.
    pub entries: u64,
    /// The most bytes of all names and link targets.
    pub name_bytes: u64,
    /// The longest file in bytes, holes included.
    pub file_bytes: u64,
    /// The most bytes of one layer, unpacked.
    pub unpacked_bytes: u64,
    /// How many times its packed size a layer may have unpacked, beyond
    /// [`Limits::unpacked_allowance`]. Gzip cannot exceed 1032 (RFC 1951, section 3.2.5: 258
    /// bytes from two bits).
    pub ratio: u64,
    /// Bytes that a layer may have unpacked however small it is.
    pub unpacked_allowance: u64,
    /// The most steps that a merge may take on its way through directories, symbolic links
    /// and whiteouts. An image of 2,000,000 members takes a fifth of the default, and a
    /// hostile one some seconds.
    pub steps: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 2_000_000,
            name_bytes: 256 << 20,
            file_bytes: 1 << 40,
            unpacked_bytes: 256 << 30,
            ratio: 200,
            unpacked_allowance: 2 << 30,
            steps: 100_000_000,
        }
    }
}

/// The longest name of a member in bytes: Linux's PATH_MAX (limits.h) without its NUL.
pub(super) const PATH_MAX: usize = 4095;

/// The most layers of an image. Docker's storage drivers end at 128.
pub(super) const LAYERS_MAX: usize = 4096;
