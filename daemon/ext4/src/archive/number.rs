//! Numbers of tar headers and of PAX records.

use crate::entry::Timestamp;

/// A header's field: octal digits among blanks and NULs, or base 256 where the first bit is
/// set (GNU tar manual, "Extending tar Formats"; two's complement). `None` when it is neither
/// or does not fit.
pub fn field(field: &[u8]) -> Option<i64> {
    match field.first() {
        Some(first) if first & 0x80 != 0 => base256(field),
        _ => octal(field),
    }
}

fn octal(field: &[u8]) -> Option<i64> {
    let is_blank = |byte: &u8| *byte == b' ' || *byte == 0;
    let start = field.iter().position(|byte| !is_blank(byte));
    let Some(start) = start else { return Some(0) };
    let digits = &field[start..];
    let end = digits.iter().position(is_blank).unwrap_or(digits.len());
    if !digits[end..].iter().all(is_blank) {
        return None;
    }
    digits[..end]
        .iter()
        .try_fold(0i64, |value, &digit| match digit {
            b'0'..=b'7' => value.checked_mul(8)?.checked_add(i64::from(digit - b'0')),
            _ => None,
        })
}

fn base256(field: &[u8]) -> Option<i64> {
    let negative = field[0] & 0x40 != 0;
    let first = match negative {
        true => i64::from(field[0]) - 0x100,
        false => i64::from(field[0] & 0x3f),
    };
    field[1..].iter().try_fold(first, |value, &byte| {
        value.checked_mul(256)?.checked_add(i64::from(byte))
    })
}

/// A decimal number of a PAX record.
pub fn decimal(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    // parse() would take a plus sign.
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse().ok(),
        false => None,
    }
}

/// A time of a PAX record: seconds, maybe negative, maybe with a fraction.
pub fn time(text: &[u8]) -> Option<Timestamp> {
    let (negative, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let dot = text.iter().position(|&byte| byte == b'.');
    let (whole, fraction) = match dot {
        Some(dot) => (&text[..dot], &text[dot + 1..]),
        None => (text, [].as_slice()),
    };
    let seconds = i64::try_from(decimal(whole).filter(|_| !whole.is_empty())?).ok()?;
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // Digits beyond the ninth are below a nanosecond.
    let nanoseconds = (0..9).fold(0u32, |value, index| {
        value * 10
            + fraction
                .get(index)
                .map_or(0, |&digit| u32::from(digit - b'0'))
    });
    Some(match (negative, nanoseconds) {
        (false, _) => Timestamp {
            seconds,
            nanoseconds,
        },
        (true, 0) => Timestamp {
            seconds: -seconds,
            nanoseconds: 0,
        },
        (true, _) => Timestamp {
            seconds: -seconds - 1,
            nanoseconds: 1_000_000_000 - nanoseconds,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn octal_fields() {
        assert_eq!(field(b"0000644\0"), Some(0o644));
        assert_eq!(field(b"  644 \0\0"), Some(0o644));
        assert_eq!(field(b"77777777777"), Some(0o77_777_777_777));
        assert_eq!(field(b"\0\0\0\0"), Some(0));
        assert_eq!(field(b"64a\0"), None);
        assert_eq!(field(b"9\0"), None);
        assert_eq!(field(b"1 1\0"), None);
        assert_eq!(field(b"-1\0"), None);
    }

    #[test]
    fn base_256_fields() {
        assert_eq!(field(b"\x80\0\0\0\0\0\0\0\0\0\x01\0"), Some(256));
        assert_eq!(field(b"\xff\xff\xff\xff\xff\xff\xff\xff"), Some(-1));
        assert_eq!(field(b"\x80\x10\0\0\0\0\0\0"), Some(0x10_0000_0000_0000));
        assert_eq!(
            field(b"\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
            None
        );
    }

    #[test]
    fn times() {
        let time = |text: &str| time(text.as_bytes()).map(|t| (t.seconds, t.nanoseconds));
        assert_eq!(time("1700000000"), Some((1_700_000_000, 0)));
        assert_eq!(time("1.5"), Some((1, 500_000_000)));
        assert_eq!(time("1.0000000019"), Some((1, 1)));
        assert_eq!(time("-1"), Some((-1, 0)));
        assert_eq!(time("-1.25"), Some((-2, 750_000_000)));
        for bad in ["", ".", ".5", "x", "1.x", "--1", "99999999999999999999"] {
            assert_eq!(time(bad), None, "{bad}");
        }
    }

    #[test]
    fn decimals_have_no_sign() {
        assert_eq!(decimal(b"42"), Some(42));
        assert_eq!(decimal(b"+42"), None);
        assert_eq!(decimal(b""), None);
    }

    proptest! {
        #[test]
        fn no_field_panics(bytes in proptest::collection::vec(any::<u8>(), 1..=12)) {
            field(&bytes);
            time(&bytes);
        }
    }
}
