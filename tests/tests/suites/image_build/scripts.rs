//! Images that scripts make.

use std::{fs, time::Duration};

use banger_tests::{Home, needs, residue::eventually, template::TINY};
use serde_json::json;

use super::assert_nothing_is_left;

#[test]
fn a_script_makes_an_image() {
    needs!(vms);
    let home = Home::new();
    let script = home.scratch().join("setup.sh");
    fs::write(
        &script,
        "echo hello from the script\necho made > /made\necho mine > ~/mine\n",
    )
    .unwrap();
    let line = format!(
        "image build scripted --from {TINY} --script {}",
        script.display()
    );
    let built = home.banger(&line).run().ok();
    built.complaining(&["hello from the script", "image scripted can be used"]);
    let ran = home
        .banger("vm run --rm --image scripted -- cat /made /root/mine")
        .run()
        .ok();
    assert_eq!(ran.out(), "made\nmine\n");
    // The name is taken now, and can be taken over.
    home.banger(&line)
        .run()
        .ended_with(1)
        .complaining(&["is there already", "--replace"]);
    fs::write(
        &script,
        "#!/bin/sh\nset -e\ntest -e /bin/sh\necho anew > /made\n",
    )
    .unwrap();
    // One size for the build's own disks, another for those of the image's VMs.
    home.banger(&format!("{line} --replace --disk-size 1G --size 3G"))
        .run()
        .ok();
    let ran = home
        .banger("vm run --rm --image scripted -- cat /made")
        .run()
        .ok();
    assert_eq!(ran.out(), "anew\n");
    let shown = home.banger("image show scripted -o json").run().ok().json();
    assert_eq!(shown["source"], json!({ "type": "build", "from": TINY }));
    assert_eq!(shown["disk_mib"], 3072, "{shown}");
    let names = shown["users"].as_array().unwrap();
    assert!(names.contains(&json!("root")), "{shown}");
    assert_nothing_is_left(&home, "");
}

#[test]
fn a_large_home_is_kept_for_new_vms() {
    needs!(vms, "resize2fs");
    let home = Home::new();
    home.start_daemon();
    let script = home.scratch().join("large.sh");
    let text = "mkdir ~/d\ndd if=/dev/urandom of=/root/d/blob bs=1M count=32 2>/dev/null\n\
                echo small > ~/d/text\nchmod 750 ~/d\n";
    fs::write(&script, text).unwrap();
    let line = format!(
        "image build large --from {TINY} --script {}",
        script.display()
    );
    home.banger(&line).run().ok();
    let shown = home.api().get("/v1/images/large").ok();
    let directory = home
        .state()
        .join("images")
        .join(shown["id"].as_str().unwrap());
    let seed = directory.join("work-seed.ext4");
    assert!(seed.exists());
    let full = seed.metadata().unwrap().len();
    for mib in [1024, 2048, 3072] {
        let vm = home.create(&json!({ "image": "large", "disk_mib": mib }));
        let script =
            "cat d/text; stat -c %a d; stat -c %s d/blob; df -k . | tail -1 | awk '{print $2}'";
        let said = vm.tell(&format!("cd /root; {script}"));
        let (files, kib) = said.rsplit_once('\n').unwrap();
        assert_eq!(files, "small\n750\n33554432");
        let (kib, wanted) = (kib.parse::<u64>().unwrap(), mib * 1024);
        assert!(
            (wanted * 8 / 10..=wanted).contains(&kib),
            "{kib} KiB of {mib} MiB"
        );
        let console = fs::read_to_string(home.state().join("vms").join(&vm.id).join("console.log"));
        assert!(!console.unwrap().contains("filling the new home disk"));
        vm.delete();
    }
    assert_eq!(seed.metadata().unwrap().len(), full);
    home.banger("image delete large").run().ok();
    eventually("it goes with its image", Duration::from_secs(10), || {
        !directory.exists()
    });
}
