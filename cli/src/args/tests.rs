//! What is typed, and what is meant.

use std::path::Path;

use clap::{CommandFactory, Parser, error::ErrorKind};

use super::{Arguments, Command, OutputFormat, image::ImageCommand, vm::VmCommand};

fn parse(line: &str) -> Result<Arguments, ErrorKind> {
    Arguments::try_parse_from(line.split_whitespace()).map_err(|error| error.kind())
}

fn run(line: &str) -> super::run::RunArguments {
    match parse(line).unwrap().command {
        Command::Run(run) | Command::Vm(VmCommand::Run(run)) => *run,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_grammar_is_sound() {
    Arguments::command().debug_assert();
}

#[test]
fn the_four_shapes_of_run() {
    let bare = run("banger vm run");
    assert!(bare.path.is_none() && bare.command.is_empty() && !bare.rm);
    let shell = run("banger vm run ./repo");
    assert_eq!(shell.path.as_deref(), Some("./repo".as_ref()));
    let command = run("banger run . -- make -j2 test --rm");
    assert_eq!(command.command, ["make", "-j2", "test", "--rm"]);
    assert!(!command.rm, "what follows -- is the command's own");
    let thrown_away = run("banger vm run --rm --memory 2G --disk-size 1.5GiB . -- true");
    assert!(thrown_away.rm);
    let machine = thrown_away.machine.request();
    assert_eq!(
        (machine.memory_mib, machine.disk_mib),
        (Some(2048), Some(1536))
    );
}

#[test]
fn options_may_stand_on_either_side_of_the_path() {
    let run = run("banger vm run . --name box --vcpus 2 -e A=1 --timeout 90 -q -- env");
    assert_eq!(run.machine.name.as_deref(), Some("box"));
    assert_eq!(run.machine.size.vcpu, Some(2));
    assert_eq!(run.timeout.unwrap().as_secs(), 90);
}

#[test]
fn mistakes_are_usage_errors() {
    use ErrorKind as E;
    let rows = [
        ("banger vm run --memory lots", E::ValueValidation),
        ("banger vm run --memory 512", E::ValueValidation),
        ("banger vm run --vcpu 0", E::ValueValidation),
        ("banger vm run --name Box", E::ValueValidation),
        ("banger vm run --network bridge", E::InvalidValue),
        ("banger vm run . make", E::UnknownArgument),
        ("banger vm run --dry-run", E::MissingRequiredArgument),
        ("banger vm exec box", E::MissingRequiredArgument),
        ("banger vm stop", E::MissingRequiredArgument),
        ("banger kernel import", E::MissingRequiredArgument),
        (
            "banger kernel import --host --vmlinux x",
            E::ArgumentConflict,
        ),
        (
            "banger kernel import --host --modules x",
            E::ArgumentConflict,
        ),
        ("banger vm lst", E::InvalidSubcommand),
    ];
    for (line, kind) in rows {
        assert_eq!(parse(line).err(), Some(kind), "{line}");
    }
}

#[test]
fn exec_takes_options_after_the_name() {
    let Command::Vm(VmCommand::Exec(exec)) =
        parse("banger vm exec box -t -w /tmp -u nobody -- ls -la")
            .unwrap()
            .command
    else {
        panic!("not exec");
    };
    assert_eq!(exec.command, ["ls", "-la"]);
    assert!(exec.tty && !exec.no_stdin);
    assert_eq!(exec.context.workdir.as_deref(), Some("/tmp"));
}

#[test]
fn every_command_takes_an_output_format() {
    for line in [
        "banger -o json vm list",
        "banger vm list -o json",
        "banger vm ls --output=json",
    ] {
        assert_eq!(
            parse(line).unwrap().global.format(),
            OutputFormat::Json,
            "{line}"
        );
    }
    assert!(parse("banger vm list -o yaml").is_err());
}

#[test]
fn an_export_has_its_own_output() {
    for (line, file) in [
        ("banger image export a -o b.tar", Some("b.tar")),
        ("banger image export a --output=json", Some("json")),
        ("banger image export a -o -", None),
        ("banger image export a", None),
        ("banger -o json image export a", None),
    ] {
        let Command::Image(ImageCommand::Export(arguments)) = parse(line).unwrap().command else {
            panic!("{line}");
        };
        assert_eq!(arguments.file(), file.map(Path::new), "{line}");
    }
}

#[test]
fn several_at_once() {
    let Command::Vm(VmCommand::Delete(delete)) = parse("banger vm rm -f a b c").unwrap().command
    else {
        panic!("not delete");
    };
    assert_eq!(delete.which.vms, ["a", "b", "c"]);
    assert!(delete.force);
}

#[test]
fn a_command_without_its_dashes_is_explained() {
    let hint = |line: &str, error| super::hint(error, line.split_whitespace().map(Into::into));
    let unknown = ErrorKind::UnknownArgument;
    assert!(
        hint("vm run . make test", unknown)
            .unwrap()
            .contains("-- make test")
    );
    assert!(hint("vm run --colour . -- make", unknown).is_none());
    assert!(hint("vm list --colour", unknown).is_none());
    assert!(hint("vm run . make", ErrorKind::InvalidValue).is_none());
}
