//! Files in and out, as tar streams.

use serde::{Deserialize, Serialize};

/// How many bytes of a tar stream the host may have sent that the agent has not taken yet: half
/// of what Linux buffers for a vsock connection (`VIRTIO_VSOCK_DEFAULT_BUF_SIZE`, 256 KiB). A
/// buffer that is full is asked for room again and again by the host's side of the device, and
/// answering takes the guest's processor away from the very work that would make room.
pub const PUT_WINDOW: u64 = 128 * 1024;

/// Where a tar stream is unpacked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutFiles {
    /// An absolute directory; made, with its parents, where missing. Members are written
    /// beneath it and nowhere else, whatever links exist there.
    pub directory: String,
    /// Whether owners are taken from the archive; where not, all belongs to root.
    pub keep_owners: bool,
}

/// The answer to `PutFiles`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutFilesDone {
    /// Members written.
    pub entries: u64,
    /// Bytes of file contents written.
    pub bytes: u64,
}

/// What is packed into a tar stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetFiles {
    /// An absolute path. A directory is packed with all beneath it; members are named from
    /// its last component on. A symbolic link is packed as such.
    pub path: String,
}
