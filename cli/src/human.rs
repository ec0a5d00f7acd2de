//! Numbers and times for people. Pure.

use std::time::Duration;

use banger_api::{size, size::MIB};
use jiff::Timestamp;

/// Mebibytes as a size: `1.5 GiB`.
pub fn mebibytes(mib: u64) -> String {
    size::display(mib.saturating_mul(MIB))
}

/// How long, in its largest unit: `42s`, `5m`, `3h`, `12d`.
pub fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// How long ago; nothing for the future, which a clock that was set back can make of the
/// past.
pub fn since(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(then.as_second());
    span(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

/// A count with its noun: `1 file`, `2 files`.
pub fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// The name that the API gives to a state or a kind: what its JSON says.
pub fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text.replace('_', " "),
        Ok(_) | Err(_) => "?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_use_their_largest_unit() {
        let of = |seconds| span(Duration::from_secs(seconds));
        let all = [0, 59, 60, 3_599, 3_600, 86_399, 86_400].map(of);
        assert_eq!(all, ["0s", "59s", "1m", "59m", "1h", "23h", "1d"]);
    }

    #[test]
    fn words_are_the_apis() {
        assert_eq!(word(&banger_api::OperationKind::CreateVm), "create vm");
        assert_eq!(word(&banger_api::VmState::Running), "running");
        assert_eq!(
            (count(1, "file"), count(0, "file")),
            ("1 file".into(), "0 files".into())
        );
    }
}
