#![allow(
    clippy::all,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    missing_docs
)]
use banger_client::{Client, ExecEvent, types::*};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use std::time::Instant;

fn rss() -> u64 {
    let s = std::fs::read_to_string("/proc/self/status").unwrap();
    s.lines()
        .find(|l| l.starts_with("VmHWM"))
        .unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}

async fn run(client: &Client, vm: &str, request: ExecRequest, input: Option<u64>) {
    let begun = Instant::now();
    let has = request.stdin;
    let session = client.attach(vm, &request).await.unwrap();
    let (i, mut o) = (session.input, session.output);
    let feed = tokio::spawn(async move {
        if !has {
            return Ok(());
        }
        let chunk = Bytes::from(vec![7u8; 128 * 1024]);
        let mut left = input.unwrap();
        while left > 0 {
            let n = left.min(chunk.len() as u64);
            i.write(chunk.slice(..n as usize)).await?;
            left -= n;
        }
        i.close().await
    });
    let (mut out, mut err) = (0u64, 0u64);
    let mut text = Vec::new();
    let end = loop {
        match o.next().await.unwrap().unwrap() {
            ExecEvent::Stdout(b) => {
                out += b.len() as u64;
                if text.len() < 200 {
                    text.extend_from_slice(&b[..b.len().min(200)]);
                }
            }
            ExecEvent::Stderr(b) => {
                err += b.len() as u64;
                if text.len() < 200 {
                    text.extend_from_slice(&b[..b.len().min(200)]);
                }
            }
            ExecEvent::Started { .. } => {}
            end => break end,
        }
    };
    assert!(o.next().await.unwrap().is_none());
    println!(
        "{:?}: out {out} err {err} {end:?} {:?} hwm {} KiB; feed {:?}; {:?}",
        request.command,
        begun.elapsed(),
        rss(),
        feed.await.unwrap(),
        String::from_utf8_lossy(&text)
    );
}

fn cmd(words: &[&str]) -> ExecRequest {
    ExecRequest {
        command: words.iter().map(|w| w.to_string()).collect(),
        ..Default::default()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut args = std::env::args().skip(1);
    let socket = args.next().unwrap();
    let what = args.next().unwrap();
    let begun = Instant::now();
    let client = match Client::connect(&socket).await {
        Ok(c) => c,
        Err(e) => {
            println!("{e}");
            return;
        }
    };
    println!("connect {:?}", begun.elapsed());
    match what.as_str() {
        "list" => {
            println!(
                "{:?}",
                client.api().list_vms().send().await.unwrap().into_inner()
            );
            println!("{:?} hwm {}", begun.elapsed(), rss());
        }
        "errors" => {
            println!(
                "{}",
                banger_client::ClientError::from(
                    client.api().get_vm().vm("nope").send().await.unwrap_err()
                )
            );
            println!(
                "{:?}",
                client.attach("nope", &cmd(&["x"])).await.unwrap_err()
            );
            println!("{:?}", client.watch_operation("nope", false).await.err());
            let big = futures_util::stream::iter(
                (0..10000).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![0u8; 65536]))),
            );
            println!(
                "{:?}",
                client
                    .put_files("nope", "/root", false, big)
                    .await
                    .unwrap_err()
            );
            let big = futures_util::stream::iter(
                (0..10000).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![1u8; 65536]))),
            );
            println!("{:?}", client.import_image("bad", big).await.unwrap_err());
            let bad = futures_util::stream::iter((0..3).map(|i| {
                if i < 2 {
                    Ok(Bytes::from(vec![0u8; 65536]))
                } else {
                    Err(std::io::Error::other("disk read failed"))
                }
            }));
            println!("{:?}", client.import_image("bad", bad).await.unwrap_err());
            println!("{:?}", client.logs("nope", Default::default()).await.err());
        }
        "vm" => {
            let mut events = client.watch_events().await.unwrap();
            tokio::spawn(async move {
                while let Some(e) = events.next().await {
                    println!("event {:?}", e.map(|e| (e.sequence, e.subject.name())));
                }
            });
            let op = client
                .api()
                .create_vm()
                .body(CreateVm {
                    name: Some("try".into()),
                    image: args.next(),
                    memory_mib: Some(256),
                    ..Default::default()
                })
                .send()
                .await
                .unwrap()
                .into_inner();
            let op = client
                .follow(&op.id, true, |o| println!("{} {:?}", o.stage, o.progress))
                .await;
            println!("{op:?} {:?}", begun.elapsed());
        }
        "exec" => {
            let vm = "try";
            run(
                &client,
                vm,
                cmd(&["sh", "-c", "echo hi; echo err >&2; exit 7"]),
                None,
            )
            .await;
            run(&client, vm, cmd(&["true"]), None).await;
            run(&client, vm, cmd(&["nonesuch"]), None).await;
            run(
                &client,
                vm,
                ExecRequest {
                    stdin: true,
                    ..cmd(&["wc", "-c"])
                },
                Some(3_000_001),
            )
            .await;
            run(
                &client,
                vm,
                ExecRequest {
                    stdin: true,
                    ..cmd(&["head", "-c", "5"])
                },
                Some(30_000_001),
            )
            .await;
            run(
                &client,
                vm,
                ExecRequest {
                    stdin: true,
                    ..cmd(&["cat"])
                },
                Some(64 << 20),
            )
            .await;
            run(&client, vm, cmd(&["head", "-c", "1G", "/dev/zero"]), None).await;
            run(
                &client,
                vm,
                ExecRequest {
                    stdin: true,
                    ..cmd(&["sh", "-c", "cat > /dev/null"])
                },
                Some(1 << 30),
            )
            .await;
            run(
                &client,
                vm,
                ExecRequest {
                    terminal: Some(TerminalSize {
                        rows: 10,
                        columns: 33,
                    }),
                    ..cmd(&["stty", "size"])
                },
                None,
            )
            .await;
            // a signal while input waits
            let s = client
                .attach(
                    vm,
                    &ExecRequest {
                        stdin: true,
                        ..cmd(&["sleep", "100"])
                    },
                )
                .await
                .unwrap();
            let i = s.input.clone();
            let w = tokio::spawn(async move { i.write(Bytes::from(vec![0u8; 10 << 20])).await });
            let mut o = s.output;
            println!("{:?}", o.next().await);
            tokio::select! { r = o.next() => println!("early {r:?}"), () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {} }
            s.input.signal(15).await.unwrap();
            println!("{:?} {:?}", o.next().await, w.await);
        }
        "files" => {
            let tar = client
                .get_files("try", "/etc")
                .await
                .unwrap()
                .map_ok(|b| b)
                .try_collect::<Vec<_>>()
                .await
                .unwrap();
            let n: usize = tar.iter().map(Bytes::len).sum();
            println!("tar {n}");
            let stream = futures_util::stream::iter(tar.into_iter().map(Ok::<_, std::io::Error>));
            println!(
                "{:?}",
                client.put_files("try", "/root/copy", true, stream).await
            );
            println!("{:?}", client.get_files("try", "/nonesuch").await.err());
            let log = client
                .logs(
                    "try",
                    banger_client::LogQuery {
                        tail: Some(3),
                        ..Default::default()
                    },
                )
                .await
                .unwrap()
                .try_collect::<Vec<_>>()
                .await
                .unwrap();
            println!("{}", String::from_utf8_lossy(&log.concat()));
            run(
                &client,
                "try",
                cmd(&["sh", "-c", "ls /root/copy | head -3"]),
                None,
            )
            .await;
        }
        _ => panic!(),
    }
}
