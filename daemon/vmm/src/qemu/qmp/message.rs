//! Lines to messages and commands to lines; pure.

use serde::Deserialize;
use serde_json::{Value, json};

/// What QEMU says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Message {
    /// The first line: QEMU is there and waits for `qmp_capabilities`.
    Greeting,
    /// The answer to the command with this id.
    Answer {
        /// The command's id; QEMU has none to give back for a line it could not read.
        id: Option<u64>,
        /// What it returned, or why it was refused.
        outcome: Result<Value, String>,
    },
    /// The machine stops for good.
    Shutdown(ShutdownCause),
    /// An event that nobody here needs.
    OtherEvent,
}

/// Why a machine stops (`ShutdownCause` in QEMU's qapi/run-state.json).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ShutdownCause {
    /// The guest powered off.
    GuestShutdown,
    /// The guest asked for a reset, which `-no-reboot` makes a shutdown; also a triple fault.
    GuestReset,
    /// The guest's kernel reported a panic.
    GuestPanic,
    /// QMP `quit`.
    HostQmpQuit,
    /// QMP `system_reset`.
    HostQmpSystemReset,
    /// SIGINT, SIGTERM or SIGHUP.
    HostSignal,
    /// Closing a window and the like: any that this file does not know.
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "QMP")]
    qmp: Option<Value>,
    id: Option<u64>,
    #[serde(rename = "return")]
    answer: Option<Value>,
    error: Option<ErrorBody>,
    event: Option<String>,
    data: Option<Value>,
}

#[derive(Deserialize)]
struct ErrorBody {
    desc: String,
}

/// Reads one line. Members that are not known are passed over, as the specification asks.
pub(super) fn parse(line: &[u8]) -> Result<Message, serde_json::Error> {
    let line: Line = serde_json::from_slice(line)?;
    if line.qmp.is_some() {
        return Ok(Message::Greeting);
    }
    if let Some(error) = line.error {
        return Ok(Message::Answer {
            id: line.id,
            outcome: Err(error.desc),
        });
    }
    match line.event.as_deref() {
        Some("SHUTDOWN") => {
            let reason = line.data.as_ref().and_then(|data| data.get("reason"));
            let cause = reason
                .and_then(|reason| ShutdownCause::deserialize(reason).ok())
                .unwrap_or(ShutdownCause::Unknown);
            Ok(Message::Shutdown(cause))
        }
        Some(_) => Ok(Message::OtherEvent),
        None => Ok(Message::Answer {
            id: line.id,
            outcome: Ok(line.answer.unwrap_or(Value::Null)),
        }),
    }
}

/// A command as a line, its end included.
pub(super) fn command_line(id: u64, command: &str, arguments: Option<Value>) -> Vec<u8> {
    let mut value = json!({ "execute": command, "id": id });
    if let (Some(arguments), Some(object)) = (arguments, value.as_object_mut()) {
        object.insert("arguments".to_owned(), arguments);
    }
    let mut line = value.to_string().into_bytes();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(line: &str) -> Message {
        parse(line.as_bytes()).unwrap()
    }

    #[test]
    fn the_greeting_is_known() {
        let line = r#"{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}"#;
        assert_eq!(parsed(line), Message::Greeting);
    }

    #[test]
    fn answers_and_refusals_carry_their_id() {
        assert_eq!(
            parsed(r#"{"return": {"status": "running"}, "id": 7}"#),
            Message::Answer {
                id: Some(7),
                outcome: Ok(json!({ "status": "running" })),
            }
        );
        assert_eq!(
            parsed(r#"{"id": 8, "error": {"class": "CommandNotFound", "desc": "no such"}}"#),
            Message::Answer {
                id: Some(8),
                outcome: Err("no such".to_owned()),
            }
        );
    }

    #[test]
    fn each_shutdown_reason_is_told_apart() {
        for (reason, cause) in [
            ("guest-shutdown", ShutdownCause::GuestShutdown),
            ("guest-reset", ShutdownCause::GuestReset),
            ("guest-panic", ShutdownCause::GuestPanic),
            ("host-qmp-quit", ShutdownCause::HostQmpQuit),
            ("host-signal", ShutdownCause::HostSignal),
            ("subsystem-reset", ShutdownCause::Unknown),
        ] {
            let line = format!(
                r#"{{"timestamp": {{"seconds": 1}}, "event": "SHUTDOWN", "data": {{"guest": true, "reason": "{reason}"}}}}"#
            );
            assert_eq!(parsed(&line), Message::Shutdown(cause), "{reason}");
        }
    }

    #[test]
    fn a_shutdown_without_reason_and_other_events_are_taken() {
        assert_eq!(
            parsed(r#"{"event": "SHUTDOWN"}"#),
            Message::Shutdown(ShutdownCause::Unknown)
        );
        assert_eq!(parsed(r#"{"event": "RESUME"}"#), Message::OtherEvent);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for line in ["", "null garbage", "7", "\"x\"", "{\"event\": 3}"] {
            assert!(parse(line.as_bytes()).is_err(), "{line}");
        }
    }

    #[test]
    fn a_command_is_one_line() {
        let line = command_line(3, "stop", None);
        assert_eq!(line.iter().filter(|&&byte| byte == b'\n').count(), 1);
        let value: Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(value, json!({ "execute": "stop", "id": 3 }));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }

        #[test]
        fn any_answer_comes_back(id: u64, text: String) {
            let line = json!({ "return": { "text": text }, "id": id }).to_string();
            let expected = Message::Answer { id: Some(id), outcome: Ok(json!({ "text": text })) };
            prop_assert_eq!(parse(line.as_bytes()).unwrap(), expected);
        }

        #[test]
        fn any_argument_stays_on_its_line(text: String) {
            let line = command_line(1, "x", Some(json!({ "a": text })));
            let ends = line.iter().filter(|&&byte| byte == b'\n').count();
            prop_assert_eq!(ends, 1);
        }
    }
}
