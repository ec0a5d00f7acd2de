//! contrib/demo, as `make demo` runs it.

use std::fs;

use banger_tests::{Home, Repository, checkout, needs};

#[test]
fn the_demo_passes_and_a_broken_one_ends_with_the_guests_code() {
    needs!(vms, "git");
    let home = Home::new();
    let demo = checkout::top().join("contrib/demo");
    let files = [
        ".gitignore",
        "Makefile",
        "wrap.c",
        "wrap.h",
        "tests/wrap_test.c",
        "tests/test_wrap.py",
    ];
    let copied = files
        .iter()
        .fold(Repository::new(&home, "wrap"), |repository, file| {
            repository.with(file, &fs::read_to_string(demo.join(file)).unwrap())
        });
    let repository = copied.committed();
    let run = || {
        home.banger("vm run --rm")
            .args([repository.path()])
            .args(["--", "make", "test"])
            .run()
    };
    let passed = run().ok();
    assert!(passed.out().contains("0 failed"), "{}", passed.out());
    assert!(passed.err().contains("Ran 2 tests"), "{}", passed.err());

    let test = repository.path().join("tests/wrap_test.c");
    let text = fs::read_to_string(&test).unwrap();
    fs::write(&test, text.replace("\"a b c\"", "\"a b\"")).unwrap();
    let failed = run().ended_with(2);
    assert!(
        failed.out().contains("FAIL words share a line"),
        "{}",
        failed.out()
    );
    assert!(failed.out().contains("1 failed"), "{}", failed.out());
}
