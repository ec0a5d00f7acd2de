//! How values are read. Pure, but for variables that are taken over from this process.

use std::{ops::RangeInclusive, time::Duration};

use banger_api::{
    limits::{DISK_MIB, MEMORY_MIB, VCPUS},
    name,
    size::{self, MIB},
};

/// One `KEY=VALUE`, or a `KEY` whose value is this process's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value; taken over from this process where absent.
    pub value: Option<String>,
}

/// Reads a size into mebibytes.
///
/// # Errors
/// Says how sizes are written.
pub fn mebibytes(text: &str) -> Result<u64, String> {
    size::parse_mib(text).map_err(|error| error.to_string())
}

/// Reads a number of processors.
///
/// # Errors
/// Says how many a VM can have.
pub fn vcpus(text: &str) -> Result<u16, String> {
    let number = text.parse().ok().filter(|number| VCPUS.contains(number));
    number.ok_or_else(|| format!("write a number from {} to {}", VCPUS.start(), VCPUS.end()))
}

/// Reads memory into mebibytes.
///
/// # Errors
/// Says how sizes are written, and how much a VM can have.
pub fn memory(text: &str) -> Result<u32, String> {
    let (least, most) = (*MEMORY_MIB.start(), *MEMORY_MIB.end());
    let mib = in_range(text, u64::from(least)..=u64::from(most))?;
    Ok(u32::try_from(mib).unwrap_or(most))
}

/// Reads a disk's size into mebibytes.
///
/// # Errors
/// Says how sizes are written, and how large a disk can be.
pub fn disk(text: &str) -> Result<u64, String> {
    in_range(text, DISK_MIB)
}

fn in_range(text: &str, range: RangeInclusive<u64>) -> Result<u64, String> {
    let mib = mebibytes(text)?;
    let shown = |mib: &u64| size::display(mib * MIB);
    let (least, most) = (shown(range.start()), shown(range.end()));
    range
        .contains(&mib)
        .then_some(mib)
        .ok_or_else(|| format!("write a size from {least} to {most}"))
}

/// Reads a VM's name.
///
/// # Errors
/// Says which rule it breaks.
pub fn vm_name(text: &str) -> Result<String, String> {
    let checked = name::check_vm_name(text).map(|()| text.to_owned());
    checked.map_err(|error| error.to_string())
}

/// Reads an image's or kernel's name.
///
/// # Errors
/// Says which rule it breaks.
pub fn artifact_name(text: &str) -> Result<String, String> {
    let checked = name::check_artifact_name(text).map(|()| text.to_owned());
    checked.map_err(|error| error.to_string())
}

/// Reads a duration: seconds as a bare number, else with units, such as `90s` or `1h30m`.
///
/// # Errors
/// Says how durations are written.
pub fn duration(text: &str) -> Result<Duration, String> {
    let error = || format!("{text:?} is not a duration: write seconds, or 90s, 5m, 1h30m");
    let duration = if let Ok(seconds) = text.parse::<u64>() {
        Duration::from_secs(seconds)
    } else {
        let signed: jiff::SignedDuration = text.parse().map_err(|_| error())?;
        Duration::try_from(signed).map_err(|_| error())?
    };
    if duration.as_millis() == 0 {
        return Err("a limit of no time would end the command before it begins".to_owned());
    }
    Ok(duration)
}

/// Reads an age: days such as `30d`, else as a duration.
///
/// # Errors
/// Says how ages are written.
pub fn age(text: &str) -> Result<Duration, String> {
    let days = text.strip_suffix('d').map(str::parse::<u32>);
    match days {
        Some(Ok(days)) => Ok(Duration::from_secs(u64::from(days) * 86_400)),
        _ => duration(text).map_err(|_| format!("{text:?} is not an age: write 90m, 12h or 30d")),
    }
}

/// Reads a variable for a command.
///
/// # Errors
/// When it has no name.
pub fn variable(text: &str) -> Result<Variable, String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    if name.is_empty() {
        return Err(format!("{text:?} has no name: write KEY=VALUE"));
    }
    Ok(Variable {
        name: name.to_owned(),
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds_or_have_units() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for text in ["", "soon", "-5s", "0", "0s", "5 parsecs"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ages_may_be_days() {
        assert_eq!(age("30d"), Ok(Duration::from_secs(2_592_000)));
        assert_eq!(age("12h"), Ok(Duration::from_secs(43_200)));
        assert!(age("d").is_err() && age("-1d").is_err());
    }

    #[test]
    fn variables_may_hold_equals_signs_and_nothing() {
        let read = |text| variable(text).map(|read| (read.name, read.value));
        let some = |value: &str| Some(value.to_owned());
        assert_eq!(read("A=b=c"), Ok(("A".to_owned(), some("b=c"))));
        assert_eq!(read("A="), Ok(("A".to_owned(), some(""))));
        assert_eq!(read("A"), Ok(("A".to_owned(), None)));
        assert!(read("=x").is_err() && read("").is_err());
    }

    #[test]
    fn sizes_are_those_that_a_vm_can_have() {
        assert_eq!((vcpus("1"), vcpus("32")), (Ok(1), Ok(32)));
        assert!(vcpus("0").is_err() && vcpus("33").is_err() && vcpus("two").is_err());
        assert_eq!(disk("20G"), Ok(20480));
        assert!(disk("1M").is_err() && disk("17T").is_err());
        assert_eq!(memory("2G"), Ok(2048));
        assert!(memory("2T").is_err() && memory("1M").is_err());
        assert!(memory("8000000T").is_err());
        assert!(memory("2048").is_err(), "a bare number has no unit");
    }
}
