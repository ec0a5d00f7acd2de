//! Whether the guest still does anything.

use std::path::Path;

use serde_json::{Value, json};

use super::files::log_length;
use super::qmp::{QmpClient, QmpError};

/// A number that changes as long as the guest does anything new: bytes on the console,
/// requests to disks and what its processors do. The last moves even while a quiet kernel
/// boots. In software that is code translated, which stands still when the guest spins or
/// sleeps; with KVM it is exits, which a timer may cause in a guest that is as good as dead.
pub(super) async fn sample(qmp: &QmpClient, console: Option<&Path>) -> Result<u64, QmpError> {
    let blocks = qmp.execute("query-blockstats", None).await?;
    Ok(console
        .map_or(0, log_length)
        .wrapping_add(disk_requests(&blocks))
        .wrapping_add(processor_activity(qmp).await?))
}

async fn processor_activity(qmp: &QmpClient) -> Result<u64, QmpError> {
    // For debugging by its name, and refused under KVM.
    match qmp.execute("x-query-jit", None).await {
        Ok(report) => return Ok(translated_blocks(&report)),
        Err(QmpError::Refused(_)) => {}
        Err(error) => return Err(error),
    }
    let exits = json!({
        "target": "vcpu",
        "providers": [{ "provider": "kvm", "names": ["exits"] }],
    });
    match qmp.execute("query-stats", Some(exits)).await {
        Ok(report) => Ok(exits_of_all(&report)),
        // Linux before 5.14 does not count for user space: fine to go without.
        Err(QmpError::Refused(_)) => Ok(0),
        Err(error) => Err(error),
    }
}

/// Adds up all requests in the answer to `query-blockstats`.
fn disk_requests(answer: &Value) -> u64 {
    let devices = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    let kinds = [
        "rd_operations",
        "wr_operations",
        "flush_operations",
        "unmap_operations",
    ];
    devices
        .iter()
        .filter_map(|device| device.get("stats"))
        .flat_map(|stats| kinds.iter().filter_map(|kind| stats.get(kind)?.as_u64()))
        .fold(0, u64::wrapping_add)
}

/// Reads `TB count` out of the text in the answer to `x-query-jit`.
fn translated_blocks(answer: &Value) -> u64 {
    let text = answer
        .get("human-readable-text")
        .and_then(Value::as_str)
        .unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("TB count"))
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(0)
}

/// Adds up the values in the answer to `query-stats`.
fn exits_of_all(answer: &Value) -> u64 {
    let processors = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    processors
        .iter()
        .filter_map(|processor| processor.get("stats")?.as_array())
        .flatten()
        .filter_map(|stat| stat.get("value")?.as_u64())
        .fold(0, u64::wrapping_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_all_disks_and_kinds_count() {
        let answer = json!([
            { "node-name": "image", "stats": { "rd_operations": 10, "wr_operations": 0 } },
            { "node-name": "system", "stats": { "rd_operations": 1, "flush_operations": 2, "rd_bytes": 9 } },
            { "node-name": "odd" },
        ]);
        assert_eq!(disk_requests(&answer), 13);
        assert_eq!(disk_requests(&Value::Null), 0);
    }

    #[test]
    fn exits_of_all_processors_count() {
        let answer = json!([
            { "provider": "kvm", "stats": [{ "name": "exits", "value": 40 }] },
            { "provider": "kvm", "stats": [{ "name": "exits", "value": 2 }] },
        ]);
        assert_eq!(exits_of_all(&answer), 42);
        assert_eq!(exits_of_all(&json!({})), 0);
    }

    #[test]
    fn the_count_of_translated_blocks_is_read() {
        let text = "Translation buffer state:\ngen code size 1/2\nTB count            4711\nTB avg target size  0\n";
        let answer = json!({ "human-readable-text": text });
        assert_eq!(translated_blocks(&answer), 4711);
        assert_eq!(translated_blocks(&json!({})), 0);
    }
}
