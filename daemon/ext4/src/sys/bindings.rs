//! The few declarations of libext2fs that this crate calls, written by hand.
//!
//! Source: `<ext2fs/ext2fs.h>` and `<et/com_err.h>` of e2fsprogs 1.47.0. The library's
//! soname is `libext2fs.so.2`; the structures below have had this layout since 1.46.

use std::ffi::{c_char, c_int, c_long, c_uint, c_void};

/// `errcode_t`: 0, an errno, or a code from the library's own table.
pub type Errcode = c_long;
/// `ext2_ino_t`: an inode number.
pub type Ino = u32;
/// `blk64_t`: a block number or a count of blocks.
pub type Blk64 = u64;
/// `io_manager`, only handed on.
pub type IoManager = *mut c_void;
/// `io_channel`, only handed on.
pub type IoChannel = *mut c_void;
/// `ext2_extent_handle_t`, only handed on.
pub type ExtentHandle = *mut c_void;
/// `struct ext2_xattr_handle *`, only handed on.
pub type XattrHandle = *mut c_void;

/// The library's error table starts here; see `ext2_err.h`.
pub const ET_BASE: Errcode = 0x7f2b_b700;
/// `EXT2_ET_BLOCK_ALLOC_FAIL`: no free block.
pub const ET_BLOCK_ALLOC_FAIL: Errcode = ET_BASE + 72;
/// `EXT2_ET_INODE_ALLOC_FAIL`: no free inode.
pub const ET_INODE_ALLOC_FAIL: Errcode = ET_BASE + 73;
/// `EXT2_ET_EA_NO_SPACE`: extended attributes fit neither the inode nor their block.
pub const ET_EA_NO_SPACE: Errcode = ET_BASE + 163;

/// `EXT2_ET_EXTENT_NO_NEXT`: that was the last extent.
pub const ET_EXTENT_NO_NEXT: Errcode = ET_BASE + 124;

/// `EXT2_FLAG_RW`: open for writing.
pub const FLAG_RW: c_int = 0x01;
/// `EXT2_FLAG_64BITS`: the caller can take 64-bit block numbers and bitmaps.
pub const FLAG_64BITS: c_int = 0x20000;
/// `EXT2_FLAG_FLUSH_NO_SYNC`: closing does not fsync; the caller does, once.
pub const CLOSE_NO_SYNC: c_int = 1;
/// `EXT2_EXTENT_INSERT_AFTER`: insert after the handle's position.
pub const EXTENT_INSERT_AFTER: c_int = 0x0001;
/// `EXT2_EXTENT_ROOT`: go to the first entry of the tree's root.
pub const EXTENT_ROOT: c_int = 0x0001;
/// `EXT2_EXTENT_NEXT`: go to the next entry, down into the tree where it has more levels.
pub const EXTENT_NEXT: c_int = 0x0009;
/// `EXT2_EXTENT_FLAGS_LEAF`: the entry maps data.
pub const EXTENT_LEAF: u32 = 0x0001;
/// `EXT2_EXTENT_FLAGS_UNINIT`: its blocks are reserved, and read as zeros.
pub const EXTENT_UNINIT: u32 = 0x0002;
/// `EXT2_EXTENT_FLAGS_SECOND_VISIT`: the entry was seen on the way down.
pub const EXTENT_SECOND_VISIT: u32 = 0x0004;

/// The head of `struct struct_ext2_filsys`, as far as its fields are read here.
#[repr(C)]
pub struct FilsysHead {
    pub magic: Errcode,
    pub io: IoChannel,
    pub flags: c_int,
    pub device_name: *mut c_char,
    pub superblock: *mut Superblock,
    pub blocksize: c_uint,
    pub fragsize: c_int,
    pub group_desc_count: u32,
    pub desc_blocks: std::ffi::c_ulong,
    pub group_desc: *mut c_void,
    pub inode_blocks_per_group: c_uint,
    pub inode_map: *mut c_void,
    pub block_map: *mut c_void,
    pub callbacks: [*mut c_void; 5],
    pub badblocks: *mut c_void,
    pub dblist: *mut c_void,
    pub stride: u32,
    pub orig_super: *mut c_void,
    pub image_header: *mut c_void,
    pub umask: u32,
    pub now: i64,
}

/// `ext2_filsys`.
pub type Filsys = *mut FilsysHead;

/// The head of the on-disk superblock, as far as its fields are read here.
#[repr(C)]
pub struct Superblock {
    pub inodes_count: u32,
    pub blocks_count: u32,
    pub reserved_blocks_count: u32,
    pub free_blocks_count: u32,
    pub free_inodes_count: u32,
}

/// `struct ext2fs_extent`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawExtent {
    pub physical: Blk64,
    pub logical: Blk64,
    pub len: u32,
    pub flags: u32,
}

const _: () = assert!(std::mem::offset_of!(FilsysHead, superblock) == 32);
const _: () = assert!(std::mem::offset_of!(FilsysHead, now) == 184);
const _: () = assert!(size_of::<RawExtent>() == 24);

unsafe extern "C" {
    pub static unix_io_manager: IoManager;

    pub fn initialize_ext2_error_table();
    pub fn error_message(code: Errcode) -> *const c_char;

    pub fn ext2fs_open(
        name: *const c_char,
        flags: c_int,
        superblock: c_int,
        block_size: c_uint,
        manager: IoManager,
        fs: *mut Filsys,
    ) -> Errcode;
    pub fn ext2fs_read_bitmaps(fs: Filsys) -> Errcode;
    pub fn ext2fs_close2(fs: Filsys, flags: c_int) -> Errcode;
    pub fn ext2fs_free(fs: Filsys);
    pub fn ext2fs_mark_super_dirty(fs: Filsys);

    pub fn ext2fs_free_blocks_count(superblock: *mut Superblock) -> Blk64;
    pub fn ext2fs_blocks_count(superblock: *mut Superblock) -> Blk64;
    pub fn ext2fs_new_range(
        fs: Filsys,
        flags: c_int,
        goal: Blk64,
        len: Blk64,
        map: *mut c_void,
        start: *mut Blk64,
        found: *mut Blk64,
    ) -> Errcode;
    pub fn ext2fs_block_alloc_stats_range(fs: Filsys, block: Blk64, count: u32, inuse: c_int);

    pub fn ext2fs_new_inode(
        fs: Filsys,
        dir: Ino,
        mode: c_int,
        map: *mut c_void,
        ino: *mut Ino,
    ) -> Errcode;
    pub fn ext2fs_inode_alloc_stats2(fs: Filsys, ino: Ino, inuse: c_int, isdir: c_int);
    pub fn ext2fs_read_inode_full(fs: Filsys, ino: Ino, inode: *mut c_void, size: c_int)
    -> Errcode;
    pub fn ext2fs_write_inode_full(
        fs: Filsys,
        ino: Ino,
        inode: *mut c_void,
        size: c_int,
    ) -> Errcode;
    pub fn ext2fs_punch(
        fs: Filsys,
        ino: Ino,
        inode: *mut c_void,
        block_buf: *mut c_char,
        start: Blk64,
        end: Blk64,
    ) -> Errcode;
    pub fn ext2fs_free_ext_attr(fs: Filsys, ino: Ino, inode: *mut c_void) -> Errcode;

    pub fn ext2fs_extent_open2(
        fs: Filsys,
        ino: Ino,
        inode: *mut c_void,
        handle: *mut ExtentHandle,
    ) -> Errcode;
    pub fn ext2fs_extent_insert(
        handle: ExtentHandle,
        flags: c_int,
        extent: *mut RawExtent,
    ) -> Errcode;
    pub fn ext2fs_extent_get(handle: ExtentHandle, flags: c_int, extent: *mut RawExtent)
    -> Errcode;
    pub fn ext2fs_extent_fix_parents(handle: ExtentHandle) -> Errcode;
    pub fn ext2fs_extent_free(handle: ExtentHandle);

    pub fn ext2fs_xattrs_open(fs: Filsys, ino: Ino, handle: *mut XattrHandle) -> Errcode;
    pub fn ext2fs_xattrs_read(handle: XattrHandle) -> Errcode;
    pub fn ext2fs_xattr_set(
        handle: XattrHandle,
        key: *const c_char,
        value: *const c_void,
        len: usize,
    ) -> Errcode;
    pub fn ext2fs_xattrs_iterate(
        handle: XattrHandle,
        each: extern "C" fn(
            name: *mut c_char,
            value: *mut c_char,
            len: usize,
            data: *mut c_void,
        ) -> c_int,
        data: *mut c_void,
    ) -> Errcode;
    pub fn ext2fs_xattr_get(
        handle: XattrHandle,
        key: *const c_char,
        value: *mut *mut c_void,
        len: *mut usize,
    ) -> Errcode;
    pub fn ext2fs_xattrs_close(handle: *mut XattrHandle) -> Errcode;

    /// libc's: what the library gives away was malloc'ed (`ext2fs_get_mem`).
    pub fn free(memory: *mut c_void);

    pub fn ext2fs_write_dir_block4(
        fs: Filsys,
        block: Blk64,
        buf: *mut c_void,
        flags: c_int,
        ino: Ino,
    ) -> Errcode;
    pub fn io_channel_read_blk64(
        channel: IoChannel,
        block: u64,
        count: c_int,
        data: *mut c_void,
    ) -> Errcode;
    pub fn io_channel_write_blk64(
        channel: IoChannel,
        block: u64,
        count: c_int,
        data: *const c_void,
    ) -> Errcode;
}
