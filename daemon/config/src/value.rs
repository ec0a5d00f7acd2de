//! One function for each kind of value: reads what was written, or says what to write.

use banger_api::size::{self, MIB};
use banger_api::{LogLevel, limits, name};
use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest path of a Unix socket, in bytes: `sun_path` of unix(7) has 108, the last one
/// for the terminating zero.
pub const MAX_SOCKET_PATH: usize = 107;

/// The processors that a VM can have.
pub(crate) const VCPUS: RangeInclusive<u64> =
    *limits::VCPUS.start() as u64..=*limits::VCPUS.end() as u64;

/// A VM's memory in MiB.
pub(crate) const MEMORY_MIB: RangeInclusive<u64> =
    *limits::MEMORY_MIB.start() as u64..=*limits::MEMORY_MIB.end() as u64;

/// A disk's or image's size in MiB.
pub(crate) const DISK_MIB: RangeInclusive<u64> = limits::DISK_MIB;

/// User ids for VMMs: above everything that distributions give to people and services,
/// 65,536 slots below systemd's "foreign" range (<https://systemd.io/UIDS-GIDS/>).
pub(crate) const UID_BASE: RangeInclusive<u64> = 65_536..=2_147_287_040;

/// How long a VM may take to boot, in seconds.
const BOOT_SECONDS: RangeInclusive<u64> = 1..=3600;

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// An environment variable, or a string in the file.
    Text(OsString),
    /// An integer in the file.
    Integer(i64),
    /// Something in the file that no key takes: its TOML type.
    Other(&'static str),
}

impl Written {
    /// The text; `wanted` says what to write.
    fn text(&self, wanted: &str) -> Result<&str, String> {
        match self {
            Written::Text(text) => text
                .to_str()
                .ok_or_else(|| format!("{text:?} is not UTF-8: write {wanted}")),
            Written::Integer(number) => Err(format!("{number} is a bare number: write {wanted}")),
            Written::Other(kind) => Err(format!("a value of type {kind}: write {wanted}")),
        }
    }
}

/// A whole number in a range.
pub(crate) fn number(written: &Written, range: RangeInclusive<u64>) -> Result<u64, String> {
    let wanted = format!("a whole number from {} to {}", range.start(), range.end());
    let number = match written {
        Written::Integer(number) => u64::try_from(*number).ok(),
        Written::Text(_) | Written::Other(_) => written.text(&wanted)?.trim().parse().ok(),
    };
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| match written {
            Written::Integer(number) => format!("{number} is out of range: write {wanted}"),
            Written::Text(text) => format!("{text:?} is out of range: write {wanted}"),
            Written::Other(kind) => format!("a value of type {kind}: write {wanted}"),
        })
}

/// A size with a unit, in MiB, in a range of MiB.
pub(crate) fn mebibytes(written: &Written, range: RangeInclusive<u64>) -> Result<u64, String> {
    let text = written.text("a size in quotes with its unit, such as \"512M\" or \"2GiB\"")?;
    let mib = size::parse_mib(text).map_err(|error| error.to_string())?;
    if range.contains(&mib) {
        return Ok(mib);
    }
    let shown = |mib: u64| size::display(mib.saturating_mul(MIB));
    Err(format!(
        "{text:?} is out of range: write a size from {} to {}",
        shown(*range.start()),
        shown(*range.end())
    ))
}

/// An address of http or https.
pub(crate) fn web_address(written: &Written) -> Result<String, String> {
    const WANTED: &str = "an address, such as \"https://kernels.example/catalog.json\"";
    let text = written.text(WANTED)?;
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !text.contains(char::is_whitespace) => {
            Ok(text.to_owned())
        }
        _ => Err(format!("{text:?} is no address: write {WANTED}")),
    }
}

/// A duration: seconds, or as people write it, such as `90s` or `3m`.
pub(crate) fn boot_timeout(written: &Written) -> Result<Duration, String> {
    const WANTED: &str = "seconds, or a duration such as \"90s\" or \"3m\", from 1s to 1h";
    let duration = match written {
        Written::Integer(seconds) => u64::try_from(*seconds).ok().map(Duration::from_secs),
        Written::Text(_) | Written::Other(_) => {
            let text = written.text(WANTED)?.trim();
            match text.parse() {
                Ok(seconds) => Some(Duration::from_secs(seconds)),
                Err(_) => text
                    .parse::<jiff::SignedDuration>()
                    .ok()
                    .and_then(|duration| Duration::try_from(duration).ok()),
            }
        }
    };
    let limits =
        Duration::from_secs(*BOOT_SECONDS.start())..=Duration::from_secs(*BOOT_SECONDS.end());
    duration
        .filter(|duration| limits.contains(duration))
        .ok_or_else(|| match written {
            Written::Integer(seconds) => format!("{seconds} will not do: write {WANTED}"),
            Written::Text(text) => format!("{text:?} will not do: write {WANTED}"),
            Written::Other(kind) => format!("a value of type {kind}: write {WANTED}"),
        })
}

/// An absolute path, or one under `~/`.
pub(crate) fn path(written: &Written, home: Option<&Path>) -> Result<PathBuf, String> {
    const WANTED: &str = "an absolute path, or one that begins with ~/";
    let Written::Text(text) = written else {
        return Err(match written.text(WANTED) {
            Err(problem) => problem,
            Ok(text) => format!("{text:?} is not a path: write {WANTED}"),
        });
    };
    let path = Path::new(text);
    if path.as_os_str().as_encoded_bytes().contains(&0) {
        return Err(format!("{text:?} has a zero byte: write {WANTED}"));
    }
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    match path.strip_prefix("~") {
        Ok(below) => match home {
            Some(home) => Ok(home.join(below)),
            None => Err(format!("{text:?}: there is no home directory; set HOME")),
        },
        Err(_) => Err(format!("{text:?} is not absolute: write {WANTED}")),
    }
}

/// One of a few words.
pub(crate) fn one_of<T: Copy>(written: &Written, words: &[(&str, T)]) -> Result<T, String> {
    let quoted: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
    let wanted = format!("one of {}", quoted.join(", "));
    let text = written.text(&wanted)?;
    words
        .iter()
        .find(|(word, _)| *word == text)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let near = name::nearest(text, words.iter().map(|(word, _)| *word));
            match near.first() {
                Some(word) => format!("{text:?} is unknown; did you mean {word:?}? Write {wanted}"),
                None => format!("{text:?} is unknown: write {wanted}"),
            }
        })
}

/// How much is logged.
pub(crate) fn log_level(written: &Written) -> Result<LogLevel, String> {
    one_of(
        written,
        &[
            ("error", LogLevel::Error),
            ("warn", LogLevel::Warn),
            ("info", LogLevel::Info),
            ("debug", LogLevel::Debug),
            ("trace", LogLevel::Trace),
        ],
    )
}

/// The name of an image or kernel.
pub(crate) fn artifact_name(written: &Written) -> Result<String, String> {
    let text = written.text("a name, such as \"debian-bookworm\"")?;
    name::check_artifact_name(text).map_err(|error| format!("{text:?}: {error}"))?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Written {
        Written::Text(text.into())
    }

    #[test]
    fn numbers_are_checked_against_their_range() {
        assert_eq!(number(&Written::Integer(2), VCPUS), Ok(2));
        assert_eq!(number(&text("32"), VCPUS), Ok(32));
        for wrong in [
            Written::Integer(0),
            Written::Integer(-1),
            Written::Integer(33),
            text("two"),
            text("1.5"),
            Written::Other("boolean"),
        ] {
            let problem = number(&wrong, VCPUS).unwrap_err();
            assert!(problem.contains("from 1 to 32"), "{problem}");
        }
    }

    #[test]
    fn sizes_need_a_unit_and_a_range() {
        assert_eq!(mebibytes(&text("1.5G"), MEMORY_MIB), Ok(1536));
        let bare = mebibytes(&Written::Integer(512), MEMORY_MIB).unwrap_err();
        assert_eq!(
            bare,
            "512 is a bare number: write a size in quotes with its unit, \
             such as \"512M\" or \"2GiB\""
        );
        assert!(mebibytes(&text("512"), MEMORY_MIB).is_err());
        assert_eq!(
            mebibytes(&text("1M"), MEMORY_MIB).unwrap_err(),
            "\"1M\" is out of range: write a size from 64 MiB to 1 TiB"
        );
    }

    #[test]
    fn durations_are_read_as_people_write_them() {
        let seconds = Duration::from_secs;
        assert_eq!(boot_timeout(&Written::Integer(90)), Ok(seconds(90)));
        assert_eq!(boot_timeout(&text("90")), Ok(seconds(90)));
        assert_eq!(boot_timeout(&text("90s")), Ok(seconds(90)));
        assert_eq!(boot_timeout(&text("2m 30s")), Ok(seconds(150)));
        assert_eq!(boot_timeout(&text("1h")), Ok(seconds(3600)));
        for wrong in [
            text("0"),
            text("2h"),
            text("-3s"),
            text("soon"),
            Written::Integer(-1),
            Written::Integer(i64::MAX),
            Written::Other("float"),
        ] {
            assert!(boot_timeout(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn paths_are_absolute_or_in_the_home() {
        let home = Some(Path::new("/home/ann"));
        assert_eq!(path(&text("/a/b"), home), Ok("/a/b".into()));
        assert_eq!(path(&text("~/b"), home), Ok("/home/ann/b".into()));
        for wrong in ["b", "./b", "~ann/b", "a\0b", "/a\0b"] {
            assert!(path(&text(wrong), home).is_err(), "{wrong:?}");
        }
        assert!(path(&text("~/b"), None).is_err());
        assert!(path(&Written::Integer(1), home).is_err());
    }

    #[test]
    fn levels_are_words() {
        assert_eq!(log_level(&text("warn")), Ok(LogLevel::Warn));
        let problem = log_level(&text("warning")).unwrap_err();
        assert!(problem.contains("did you mean \"warn\""), "{problem}");
    }

    #[test]
    fn artifact_names_stay_in_their_directory() {
        assert_eq!(artifact_name(&text("alpine")), Ok("alpine".into()));
        assert!(artifact_name(&text("../etc")).is_err());
    }
}
