//! Names for people. Pure.

use std::{os::unix::ffi::OsStrExt, path::Path};

/// A name on one line: as it is where it is plain text, else as git writes such names, in
/// quotes with C's escapes (git-config(1): core.quotePath).
pub fn quoted(name: &Path) -> String {
    let bytes = name.as_os_str().as_bytes();
    match name.to_str() {
        Some(text)
            if !text
                .chars()
                .any(|c| c.is_control() || c == '"' || c == '\\') =>
        {
            text.to_owned()
        }
        _ => escaped(bytes),
    }
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = String::from('"');
    for &byte in bytes {
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'\r' => text.push_str("\\r"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\{byte:03o}")),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn plain_names_stay_and_odd_ones_fit_a_line() {
        let quote = |bytes: &[u8]| quoted(Path::new(OsStr::from_bytes(bytes)));
        assert_eq!(quote("a b/ü'-x".as_bytes()), "a b/ü'-x");
        assert_eq!(quote(b"new\nline"), r#""new\nline""#);
        assert_eq!(quote(b"say \"hi\" \\"), r#""say \"hi\" \\""#);
        assert_eq!(quote(b"\xffx\x01"), r#""\377x\001""#);
    }
}
