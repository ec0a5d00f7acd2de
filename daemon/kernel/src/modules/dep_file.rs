//! modules.dep, as depmod(8) writes it: `file: file file ...`, all that a module needs,
//! directly or not (modules.dep(5)).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::name;

/// What each module depends on, by names. Lines that make no sense are passed over: a
/// module that is missing here is then told apart by its .modinfo.
pub(super) fn parse(text: &str) -> BTreeMap<String, Vec<String>> {
    text.lines()
        .filter_map(|line| {
            let (file, depends) = line.split_once(':')?;
            let depends = depends
                .split_whitespace()
                .filter_map(name::of_file)
                .collect();
            Some((name::of_file(file.trim())?, depends))
        })
        .collect()
}

/// A line of the file: a module and all that it needs, the nearest first.
pub(super) fn line(file: &str, depends: &[&str]) -> String {
    let mut line = format!("{file}:");
    for depend in depends {
        // Writing to a String cannot fail.
        let _ = write!(line, " {depend}");
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read() {
        let parsed = parse(
            "kernel/a-b.ko.xz: kernel/c.ko.xz kernel/d.ko\nkernel/c.ko.xz:\n\n# odd\nno: x\n",
        );
        assert_eq!(parsed["a_b"], ["c", "d"]);
        assert!(parsed["c"].is_empty());
        assert_eq!(parsed.len(), 2);
    }

    #[test]
    fn what_is_written_is_read() {
        let text = line("k/a.ko", &["k/b.ko", "k/c.ko"]) + &line("k/b.ko", &[]);
        assert_eq!(text, "k/a.ko: k/b.ko k/c.ko\nk/b.ko:\n");
        assert_eq!(parse(&text)["a"], ["b", "c"]);
    }
}
