//! What is text: manifests, Dockerfiles; and the frames of messages.

pub fn manifests() -> Vec<Vec<u8>> {
    let digest = format!("sha256:{}", "a1".repeat(32));
    let config = format!(
        r#"{{"architecture":"amd64","os":"linux","created":"2024-01-01T00:00:00Z","config":{{"User":"app:1000","Env":["A=b"],"Entrypoint":["/bin/sh"],"Cmd":null,"WorkingDir":"/srv","ExposedPorts":{{"80/tcp":{{}}}},"Labels":{{"a":"b"}},"Volumes":{{}}}},"rootfs":{{"type":"layers","diff_ids":["{digest}"]}},"history":[{{"created_by":"RUN x","empty_layer":true}}]}}"#
    );
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{digest}","size":{}}},"layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{digest}","size":32}}],"annotations":{{"a":"b"}}}}"#,
        config.len()
    );
    let index = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{digest}","size":7,"platform":{{"architecture":"amd64","os":"linux","variant":"v2"}}}}]}}"#
    );
    let both = format!("{manifest}\0{config}");
    let docker = both
        .replace("oci.image", "docker.distribution")
        .into_bytes();
    let reference = format!("ghcr.io:443/org/app:tag@{digest}");
    vec![
        config.into_bytes(),
        manifest.into_bytes(),
        index.into_bytes(),
        both.into_bytes(),
        docker,
        reference.into_bytes(),
        digest.into_bytes(),
        br#"{"schemaVersion":1,"fsLayers":[]}"#.to_vec(),
    ]
}

/// A Dockerfile, and behind a zero byte its `.dockerignore`.
pub fn dockerfiles() -> Vec<Vec<u8>> {
    let plain = "# syntax=docker/dockerfile:1\n# escape=\\\nARG TAG=12\nFROM --platform=linux/amd64 \
        debian:${TAG:-13} AS base\nARG A TARGETARCH\nENV PATH=/app/bin:$PATH B=\"b c\" C='$x'\n\
        WORKDIR app/../srv\nCOPY --chown=1000:1000 --chmod=755 src/*.rs [a-c]?/**/ ./x/\n\
        RUN apt-get update && \\\n    # why\n    apt-get install -y ${A:+more} ${B?message}\n\
        USER app:app\nEXPOSE 80/tcp\nLABEL a=b \"c d\"=e\nMAINTAINER me\n\
        SHELL [\"/bin/bash\", \"-ec\"]\nENTRYPOINT [\"/app\", \"--x\"]\nCMD run $A\n\
        \0# c\n*.log\n!keep.log\n**/target\n[^a-b]?\\*\n";
    let documents = "FROM x\nRUN <<EOF\nset -e\nEOF\nRUN <<-\"E\" cat\n\t#!/usr/bin/env -S sh\n\tE\n\
        COPY <<a <<'b' /etc/\n$A \\$B ${C-d}\na\n$A\nb\nADD [\"a b\", \"d\", \"/c d\"]\n\
        ADD --checksum=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef \
        https://a.b/c /d\n\
        ENV old the rest\nCMD\nENTRYPOINT x\n";
    let backtick = "# escape=`\r\nFROM x\r\nRUN a `\r\n  b\r\n";
    let stages = "ARG B=x\nFROM $B AS base\nENV A=b\nFROM base\nCOPY --from=y /a /b\n\
        COPY --from=base /c .\nFROM base AS c\nFROM c\nCOPY --from=1 a b\n";
    let all = [plain, documents, backtick, stages];
    all.map(|text| text.as_bytes().to_vec()).to_vec()
}

/// Frames of each kind, behind the byte that says how they are cut.
pub fn frames() -> Vec<Vec<u8>> {
    let frame = |kind: u8, payload: &[u8]| {
        let length = u32::try_from(payload.len() + 1).unwrap_or(u32::MAX);
        [&length.to_be_bytes()[..], &[kind], payload].concat()
    };
    let messages: [&[u8]; 11] = [
        br#"{"protocol":2,"agent_version":"0.1","kernel_release":"6.1"}"#,
        br#"{"type":"configure","config":{"hostname":"a","disks":{"image":{"serial":"i"},"system":{"device":"vdb"},"home":{"serial":"h"}},"network":{"address":"10.0.2.15","prefix_length":24,"gateway":null,"name_servers":["fe80::1"],"search_domains":["b.c"],"mtu":1500},"authorized_keys":["ssh-ed25519 A"],"wall_clock_ns":7,"random_seed":"AAEC"}}"#,
        br#"{"type":"incompatible","protocol":3}"#,
        br#"{"type":"ready","uptime_ms":1,"init":"/sbin/init"}"#,
        br#"{"type":"failed","step":"mount","message":"x"}"#,
        br#"{"type":"exec","command":["true"],"env":{"A":"b"},"working_dir":"/","user":"1:2","stdin":true,"terminal":{"rows":24,"columns":80},"timeout_ms":5,"on_disconnect":"leave"}"#,
        br#"{"type":"resize","size":{"rows":1,"columns":2}}"#,
        br#"{"type":"exited","status":{"code":1,"signal":9,"timed_out":true}}"#,
        br#"{"type":"put_files","directory":"/a","keep_owners":true}"#,
        br#"{"type":"facts","uptime_ms":1,"load_average":[0.1,2e3,3],"memory_total":4,"memory_available":2,"disks":[{"mount_point":"/","total":2,"available":1}],"kernel_release":"6.1","os":null}"#,
        br#"{"type":"error","code":"bad_request","message":"y"}"#,
    ];
    // Framed, and alone.
    let both = |message: &&[u8]| {
        [
            [&[7], &frame(0, message)[..]].concat(),
            [&[7], *message].concat(),
        ]
    };
    let mut seeds: Vec<Vec<u8>> = messages.iter().flat_map(both).collect();
    let data = [
        frame(1, b"in"),
        frame(2, b"out"),
        frame(3, b""),
        frame(4, &[0; 40]),
    ];
    seeds.push([&[3], &data.concat()[..]].concat());
    seeds
}
