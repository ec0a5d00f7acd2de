//! When to try again, and how long to wait. Pure.

use super::RegistryError;
use std::time::{Duration, SystemTime};

/// How patient a pull is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long a connection may take to be made.
    pub connect: Duration,
    /// How long nothing may come.
    pub stall: Duration,
    /// How often in a row something may fail before it is given up.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles with each further one.
    pub backoff: Duration,
    /// The longest wait before one attempt, also when a server asks for a longer one.
    pub longest_wait: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            connect: Duration::from_secs(15),
            stall: Duration::from_secs(30),
            attempts: 5,
            backoff: Duration::from_millis(500),
            longest_wait: Duration::from_secs(120),
        }
    }
}

impl Timing {
    /// How long to wait after the `failures`-th failure in a row; `None` to give up.
    pub(super) fn wait_after(&self, error: &RegistryError, failures: u32) -> Option<Duration> {
        if !error.is_transient() || failures >= self.attempts {
            return None;
        }
        match error.retry_after() {
            Some(asked) => (asked <= self.longest_wait).then_some(asked.max(self.backoff)),
            None => {
                let doubled = 2u32.saturating_pow(failures.saturating_sub(1));
                Some(self.backoff.saturating_mul(doubled).min(self.longest_wait))
            }
        }
    }
}

/// Reads a `Retry-After` header: seconds, or a date (RFC 9110, section 10.2.3).
pub(super) fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken() -> RegistryError {
        RegistryError::Broken {
            server: "r".into(),
            problem: "reset".into(),
        }
    }

    fn busy(retry_after: Option<u64>) -> RegistryError {
        RegistryError::TooManyRequests {
            server: "r".into(),
            retry_after: retry_after.map(Duration::from_secs),
            message: String::new(),
        }
    }

    #[test]
    fn waits_double_and_end() {
        let timing = Timing::default();
        let wait = |failures| timing.wait_after(&broken(), failures);
        assert_eq!(wait(1), Some(Duration::from_millis(500)));
        assert_eq!(wait(2), Some(Duration::from_secs(1)));
        assert_eq!(wait(4), Some(Duration::from_secs(4)));
        assert_eq!(wait(5), None);
        assert_eq!(timing.wait_after(&RegistryError::Cancelled, 1), None);
    }

    #[test]
    fn servers_are_waited_for_as_they_ask_within_bounds() {
        let timing = Timing::default();
        let wait = |asked| timing.wait_after(&busy(asked), 1);
        assert_eq!(wait(Some(7)), Some(Duration::from_secs(7)));
        assert_eq!(wait(Some(0)), Some(timing.backoff));
        assert_eq!(wait(None), Some(timing.backoff));
        assert_eq!(wait(Some(3600)), None);
    }

    #[test]
    fn both_forms_of_the_header_are_read() {
        let now = httpdate::parse_http_date("Wed, 21 Oct 2015 07:28:00 GMT").unwrap();
        let parse = |value| parse_retry_after(value, now);
        assert_eq!(parse(" 12 "), Some(Duration::from_secs(12)));
        assert_eq!(
            parse("Wed, 21 Oct 2015 07:28:30 GMT"),
            Some(Duration::from_secs(30))
        );
        assert_eq!(parse("Wed, 21 Oct 2015 07:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(parse("-1"), None);
        assert_eq!(parse("soon"), None);
    }
}
