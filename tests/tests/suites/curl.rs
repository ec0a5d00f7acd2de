//! curl alone, as the README shows it.

use banger_tests::{Banger, Home, needs, template::TINY};
use serde_json::Value;

#[test]
fn curl_alone_creates_follows_executes_and_deletes() {
    needs!(vms, "curl", "jq");
    let home = Home::new();
    home.start_daemon();
    let script = format!(
        r#"
        set -eu
        socket='{}'
        api() {{ curl -sS --fail-with-body --unix-socket "$socket" -H 'content-type: application/json' "$@"; }}
        operation=$(api http://banger/v1/vms -d '{{"name": "box", "image": "{TINY}"}}' | jq -r .id)
        echo "== follow"
        api -N "http://banger/v1/operations/$operation/events"
        echo "== exec"
        api -N http://banger/v1/vms/box/exec -d '{{"command": ["sh", "-c", "echo out; echo err >&2; exit 7"]}}'
        echo "== delete"
        api -X DELETE 'http://banger/v1/vms/box?force=true&wait=true'
        "#,
        home.socket().display()
    );
    let said = Banger::call("sh").args(["-c", &script]).run().ok().out();
    let (follow, rest) = said.split_once("== exec").expect("it ran");
    let (exec, delete) = rest.split_once("== delete").expect("it ran");
    let last = follow
        .lines()
        .rfind(|line| line.starts_with("data: "))
        .expect("events");
    let last: Value = serde_json::from_str(&last["data: ".len()..]).unwrap();
    assert_eq!(last["state"], "succeeded");
    assert!(follow.matches("event: operation").count() >= 2, "{follow}");
    for part in [r#""text":"out\n""#, r#""text":"err\n""#, r#""code":7"#] {
        assert!(exec.contains(part), "no {part} in {exec}");
    }
    let deleted: Value = serde_json::from_str(delete.trim()).unwrap();
    assert_eq!(deleted["state"], "succeeded");
    assert_eq!(home.vm_directories(), Vec::<std::path::PathBuf>::new());
}
