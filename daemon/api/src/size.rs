//! Sizes as people write them: `512M`, `2GiB`, `8g`, `1.5G`.
//!
//! All units are powers of two (IEC 80000-13), whichever way they are written, as in
//! docker's and systemd's options.

/// Why a text is no size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a size: write a number and a unit, such as 512M, 2GiB or 1.5G")]
pub struct SizeError {
    /// What was written.
    pub text: String,
}

/// One mebibyte, in bytes.
pub const MIB: u64 = 1024 * 1024;

/// Reads a size in bytes. A unit is required: a bare number is a mistake more often than
/// not, and a different one for each reader.
///
/// # Errors
/// When it is not a positive number with a unit from bytes to tebibytes, or is too large.
pub fn parse_bytes(text: &str) -> Result<u64, SizeError> {
    let error = || SizeError {
        text: text.to_owned(),
    };
    let trimmed = text.trim();
    let digits = trimmed
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .ok_or_else(error)?;
    let (number, unit) = trimmed.split_at(digits);
    let unit: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "b" => 1,
        "k" | "kb" | "ki" | "kib" => 1 << 10,
        "m" | "mb" | "mi" | "mib" => 1 << 20,
        "g" | "gb" | "gi" | "gib" => 1 << 30,
        "t" | "tb" | "ti" | "tib" => 1 << 40,
        _ => return Err(error()),
    };
    let bytes = if let Ok(whole) = number.parse::<u64>() {
        whole.checked_mul(unit).ok_or_else(error)?
    } else {
        let fraction: f64 = number.parse().map_err(|_| error())?;
        let bytes = fraction * unit as f64;
        // Above 2^53 a float no longer holds every whole number.
        if !bytes.is_finite() || bytes >= 9.0e15 {
            return Err(error());
        }
        bytes.round() as u64
    };
    if bytes == 0 { Err(error()) } else { Ok(bytes) }
}

/// Reads a size in whole mebibytes, rounded up.
///
/// # Errors
/// As [`parse_bytes`].
pub fn parse_mib(text: &str) -> Result<u64, SizeError> {
    Ok(parse_bytes(text)?.div_ceil(MIB))
}

/// Writes a number of bytes for people, with one decimal where it helps: `1.5 GiB`.
pub fn display(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let rounded = (value * 10.0).round() / 10.0;
    if unit == 0 || rounded >= 100.0 || rounded.fract() == 0.0 {
        format!("{rounded:.0} {}", UNITS[unit])
    } else {
        format!("{rounded:.1} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(parse_mib("512M"), Ok(512));
        assert_eq!(parse_mib("2GiB"), Ok(2048));
        assert_eq!(parse_mib("1.5g"), Ok(1536));
        assert_eq!(parse_mib(" 8 G "), Ok(8192));
        assert_eq!(parse_mib("1B"), Ok(1));
        for text in [
            "",
            "8",
            "G",
            "-1G",
            "0M",
            "1.2.3G",
            "8X",
            "99999999999T",
            "NaNG",
            "infG",
        ] {
            assert!(parse_mib(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_written_for_people() {
        assert_eq!(display(0), "0 B");
        assert_eq!(display(1536 * MIB), "1.5 GiB");
        assert_eq!(display(8192 * MIB), "8 GiB");
        assert_eq!(display(353 * MIB), "353 MiB");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,20}") {
            let _ = parse_bytes(&text);
        }

        #[test]
        fn whole_mebibytes_survive(mib in 1u64..1 << 30) {
            prop_assert_eq!(parse_mib(&format!("{mib}MiB")), Ok(mib));
        }
    }
}
