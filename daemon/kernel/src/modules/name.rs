//! Names of modules. The kernel takes `-` and `_` for the same; `_` is what it shows.

/// Endings of module files, packed or not.
const ENDINGS: [&str; 4] = [".ko", ".ko.gz", ".ko.xz", ".ko.zst"];

/// The module's name with `_` throughout.
pub(super) fn normal(name: &str) -> String {
    name.replace('-', "_")
}

/// The name of the module in a file; none where the file is no module.
pub(super) fn of_file(file: &str) -> Option<String> {
    let base = file.rsplit('/').next()?;
    ENDINGS
        .iter()
        .find_map(|ending| base.strip_suffix(ending))
        .filter(|stem| !stem.is_empty())
        .map(normal)
}

/// The file's path once it is unpacked.
pub(super) fn unpacked(file: &str) -> &str {
    ENDINGS
        .iter()
        .find_map(|ending| Some(&file[..file.strip_suffix(ending)?.len() + ".ko".len()]))
        .unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        assert_eq!(of_file("kernel/fs/ext4/ext4.ko").unwrap(), "ext4");
        assert_eq!(of_file("a/crc-itu-t.ko.xz").unwrap(), "crc_itu_t");
        assert_eq!(of_file("modules.order"), None);
        assert_eq!(of_file(".ko"), None);
    }

    #[test]
    fn endings_of_packed_files_go() {
        assert_eq!(unpacked("a/b.ko.zst"), "a/b.ko");
        assert_eq!(unpacked("a/b.ko"), "a/b.ko");
        assert_eq!(unpacked("a/b"), "a/b");
    }
}
