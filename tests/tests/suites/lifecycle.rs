//! What becomes of VMs: made, stopped, started, killed, deleted.

use std::time::Duration;

use banger_tests::{
    Home, needs,
    residue::eventually,
    template::{DEBIAN, SINGLE, TINY},
};
use serde_json::{Value, json};

#[test]
fn stopping_and_starting_keeps_files_in_the_system_and_at_home() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    vm.tell(
        "echo system > /etc/kept; echo home > /root/kept; rm /etc/made-by; chmod 741 /etc/kept",
    );
    vm.act("stop");
    assert_eq!(vm.state(), "stopped");
    assert!(
        home.processes()
            .iter()
            .all(|process| !process.command.contains("qemu"))
    );
    vm.act("start");
    assert_eq!(
        vm.tell("cat /etc/kept /root/kept; stat -c %a /etc/kept"),
        "system\nhome\n741"
    );
    assert_eq!(
        vm.sh("test -e /etc/made-by").code,
        Some(1),
        "what was removed is back"
    );
}

#[test]
fn a_restart_boots_anew() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    let before = vm.tell("touch /tmp/before; cat /proc/sys/kernel/random/boot_id");
    vm.act("restart");
    assert_eq!(vm.state(), "running");
    assert_ne!(vm.tell("cat /proc/sys/kernel/random/boot_id"), before);
}

#[test]
fn a_debian_runs_systemd_and_stops_and_starts_cleanly() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let vm = home.create(&json!({ "image": DEBIAN, "name": "deb", "wait_for": "system" }));
    assert_eq!(vm.tell("cat /proc/1/comm; hostname"), "systemd\ndeb");
    let state = vm.sh("systemctl is-system-running").out();
    let failed = vm.sh("systemctl list-units --failed --no-legend").out();
    assert_eq!(state, "running\n", "failed units: {failed}");
    vm.tell("echo kept > /srv/kept; systemctl is-active ssh");
    vm.act("stop");
    vm.act("start");
    assert_eq!(vm.tell("cat /srv/kept"), "kept");
    // The journal says whether the last shutdown was an orderly one.
    assert_eq!(vm.tell("dmesg | grep -c 'recovery required' || true"), "0");
}

#[test]
fn four_vms_created_at_once_all_come_up() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let operations: Vec<Value> = (0..4)
        .map(|number| {
            let request = json!({ "image": TINY, "name": format!("vm-{number}") });
            home.api().post("/v1/vms", &request).ok()
        })
        .collect();
    for operation in operations {
        let path = format!("/v1/operations/{}", operation["id"].as_str().unwrap());
        eventually("it has ended", Duration::from_secs(240), || {
            home.api().get(&path).ok()["state"] != "running"
        });
        let ended = home.api().get(&path).ok();
        assert_eq!(ended["state"], "succeeded", "{ended}");
    }
    let list = home.api().get("/v1/vms").ok();
    let states: Vec<_> = list["vms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|vm| &vm["state"])
        .collect();
    assert_eq!(states, ["running"; 4]);
}

#[test]
fn an_image_of_one_static_program_runs_it() {
    needs!(vms, "gcc");
    let home = Home::new();
    let vm = home.start_daemon().boot(SINGLE);
    let ran = vm.exec(&json!({ "command": ["/hello", "one", "two words"] }));
    assert_eq!(ran.out(), "one\ntwo words\n");
    assert_eq!(ran.code, Some(42));
    vm.act("stop");
    assert_eq!(vm.state(), "stopped");
}

#[test]
fn a_guest_that_powers_off_is_stopped_and_one_that_reboots_runs_on() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    for image in [TINY, DEBIAN] {
        let vm = home.create(&json!({ "image": image, "wait_for": "system" }));
        let boot = "cat /proc/sys/kernel/random/boot_id";
        let before = vm.tell(boot);
        vm.try_tell("reboot");
        eventually("it runs anew", Duration::from_secs(180), || {
            vm.try_tell(boot).is_some_and(|now| now != before)
        });
        // One whose services are still being started does not take such orders.
        eventually("its services run", Duration::from_secs(120), || {
            image != DEBIAN || vm.try_tell("systemctl is-system-running").is_some()
        });
        vm.try_tell("poweroff");
        eventually("it is stopped", Duration::from_secs(120), || {
            vm.state() == "stopped"
        });
        vm.delete();
    }
}

#[test]
fn a_killed_vm_is_stopped_and_keeps_what_was_synced() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    vm.tell("echo kept > /root/kept; sync");
    home.api()
        .post(&vm.path("/kill"), &json!({ "signal": "SIGKILL" }))
        .ok();
    eventually("it is stopped", Duration::from_secs(20), || {
        vm.state() == "stopped"
    });
    assert!(vm.show()["reason"].is_string(), "{}", vm.show());
    vm.act("start");
    assert_eq!(vm.tell("cat /root/kept"), "kept");
    home.api()
        .post(&vm.path("/kill"), &json!({ "signal": "LOUDLY" }))
        .refused(422, "invalid_value");
}

#[test]
fn deleting_leaves_nothing_and_running_vms_only_go_by_force() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(TINY);
    home.api()
        .delete(&vm.path(""))
        .refused(409, "vm_wrong_state");
    assert_eq!(vm.tell("echo on"), "on");
    vm.delete();
    home.api().get(&vm.path("")).refused(404, "vm_not_found");
    assert_eq!(home.vm_directories(), Vec::<std::path::PathBuf>::new());
    let of_vms: Vec<_> = home
        .processes()
        .into_iter()
        .filter(|process| !process.command.contains("bangerd"))
        .collect();
    assert_eq!(of_vms, []);
}

#[test]
fn a_vm_that_is_to_go_when_it_stops_goes() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let vm = home.create(&json!({ "image": TINY, "delete_when_stopped": true }));
    vm.try_tell("poweroff");
    eventually("it is gone", Duration::from_secs(60), || {
        home.api().get(&vm.path("")).status == 404
    });
    eventually("its files are gone", Duration::from_secs(10), || {
        home.vm_directories().is_empty()
    });
}

#[test]
fn names_are_unique_and_prefixes_of_ids_will_do() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let stopped =
        |name: Option<&str>| home.create(&json!({ "image": TINY, "name": name, "stopped": true }));
    let first = stopped(Some("first"));
    let api = home.api();
    let taken = json!({ "image": TINY, "name": "first", "stopped": true });
    let problem = api
        .post("/v1/vms?wait=true", &taken)
        .refused(409, "vm_name_taken");
    assert!(
        problem["hint"].as_str().unwrap().contains("first"),
        "{problem}"
    );

    let generated = stopped(None).show()["name"].as_str().unwrap().to_owned();
    assert!(generated.split('-').count() == 3, "{generated}");

    assert_eq!(api.get("/v1/vms/first").ok()["id"], *first.id);
    assert_eq!(
        api.get(&format!("/v1/vms/{}", &first.id[..6])).ok()["name"],
        "first"
    );
    let problem = api.get("/v1/vms/frist").refused(404, "vm_not_found");
    assert!(
        problem["hint"].as_str().unwrap().contains("first"),
        "{problem}"
    );

    // With 17 ids at least two begin alike.
    for _ in 0..15 {
        stopped(None);
    }
    let list = api.get("/v1/vms").ok();
    let ids: Vec<&str> = list["vms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|vm| vm["id"].as_str().unwrap())
        .collect();
    let shared = ids
        .iter()
        .find(|id| ids.iter().filter(|other| other[..1] == id[..1]).count() > 1)
        .unwrap();
    api.get(&format!("/v1/vms/{}", &shared[..1]))
        .refused(409, "ambiguous_id");
}

#[test]
fn sizes_and_names_that_are_none_are_refused() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let refused = |request: Value| {
        let reply = home.api().post("/v1/vms?wait=true", &request);
        assert!(
            reply.status == 422 || reply.status == 400,
            "{request}: {}",
            reply.text()
        );
        let status = reply.status;
        let code = reply.json()["code"].as_str().unwrap().to_owned();
        reply.refused(status, &code)["detail"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    refused(json!({ "image": TINY, "vcpus": 0 }));
    refused(json!({ "image": TINY, "vcpus": 1000 }));
    refused(json!({ "image": TINY, "memory_mib": 1 }));
    refused(json!({ "image": TINY, "disk_mib": 1 }));
    refused(json!({ "image": TINY, "disk_mib": 1u64 << 40 }));
    refused(json!({ "image": TINY, "name": "Not A Name" }));
    refused(json!({ "image": TINY, "memory": "much" }));
    refused(json!({ "image": TINY, "vcpus": -1 }));
    assert_eq!(home.api().get("/v1/vms").ok()["vms"], json!([]));
}

#[test]
fn a_vm_tells_of_itself() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let vm = home.create(&json!({ "image": TINY, "vcpus": 2, "memory_mib": 300 }));
    let facts = home.api().get(&vm.path("/facts")).ok();
    let memory = facts["memory_total"].as_u64().unwrap() >> 20;
    assert!((200..=300).contains(&memory), "{facts}");
    assert_eq!(vm.tell("nproc"), "2");
    assert!(facts["uptime_ms"].as_u64().unwrap() > 0);
    let at: Vec<_> = facts["disks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|disk| disk["mount_point"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        at.contains(&"/".to_owned()) && at.contains(&"/root".to_owned()),
        "{facts}"
    );
}

#[test]
fn creations_can_be_cancelled_and_leave_nothing() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    for delay in [0, 200, 800, 1500] {
        let operation = home.api().post("/v1/vms", &json!({ "image": TINY })).ok();
        std::thread::sleep(Duration::from_millis(delay));
        let path = format!("/v1/operations/{}", operation["id"].as_str().unwrap());
        home.api().post(&format!("{path}/cancel"), &json!({})).ok();
        eventually("it has ended", Duration::from_secs(60), || {
            home.api().get(&path).ok()["state"] != "running"
        });
        let ended = home.api().get(&path).ok();
        assert_eq!(ended["state"], "cancelled", "after {delay} ms: {ended}");
        eventually("nothing is left", Duration::from_secs(10), || {
            home.api().get("/v1/vms").ok()["vms"] == json!([]) && home.vm_directories().is_empty()
        });
    }
}

#[test]
fn a_vm_can_be_killed_while_it_is_being_started() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let vm = home.create(&json!({ "image": TINY, "stopped": true }));
    let started = home.api().post(&vm.path("/start"), &json!({})).ok();
    let signal = json!({ "signal": "KILL" });
    eventually("its VMM takes a signal", Duration::from_secs(30), || {
        home.api().post(&vm.path("/kill"), &signal).status == 204
    });
    let path = format!("/v1/operations/{}", started["id"].as_str().unwrap());
    eventually("the start has ended", Duration::from_secs(30), || {
        home.api().get(&path).ok()["state"] != "running"
    });
    assert_eq!(home.api().get(&path).ok()["state"], "failed");
    assert_eq!(vm.state(), "stopped");
    vm.act("start");
    assert_eq!(vm.tell("echo back"), "back");
}

#[test]
fn the_log_of_a_vm_that_is_being_made_can_be_followed() {
    needs!(vms);
    let home = Home::new();
    home.start_daemon();
    let created = home.api().post("/v1/vms", &json!({ "image": TINY })).ok();
    let path = format!("/v1/vms/{}", created["target"].as_str().unwrap());
    std::thread::scope(|scope| {
        let follower = scope.spawn(|| {
            let api = banger_tests::Api::new(&home.socket());
            api.get(&format!("{path}/logs?follow=true"))
        });
        eventually("it runs", Duration::from_secs(90), || {
            home.api().get(&path).ok()["state"] == "running"
        });
        let vm = path.rsplit('/').next().unwrap();
        home.banger(&format!("vm exec {vm} -- sh -c"))
            .args(["echo into-the-console > /dev/console"])
            .run()
            .ok();
        home.banger(&format!("vm delete -f {vm}")).run().ok();
        let log = follower.join().unwrap();
        assert_eq!(log.status, 200);
        assert!(log.text().contains("into-the-console"), "{}", log.text());
    });
}

#[test]
fn a_debian_that_is_just_ready_can_be_rebooted_from_inside() {
    needs!(vms);
    let home = Home::new();
    let vm = home.start_daemon().boot(DEBIAN);
    // Its systemd does not listen yet.
    let before = vm.tell("cat /proc/sys/kernel/random/boot_id; reboot");
    eventually("it is up again", Duration::from_secs(120), || {
        let now = vm.try_tell("cat /proc/sys/kernel/random/boot_id");
        now.is_some_and(|now| !now.is_empty() && now != before)
    });
}
