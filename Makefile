# `make demo` runs a project's tests in a microVM; `make test` runs ours. Both install what
# is missing and build first.

BIN := build/bin
AGENT_TARGET := x86_64-unknown-linux-gnu
VSOCK_VERSION := 0.3.0
SETUP := contrib/setup/packages
CARGO ?= cargo

.PHONY: help build demo test lint bench kernel kernel-check fuzz openapi fmt clean setup-build \
	setup-run setup-test setup-kernel setup-fuzz

help:
	@echo "make demo      run contrib/demo's tests in a microVM"
	@echo "make test      run all tests, those with real VMs included"
	@echo "make build     put all programs into $(BIN)"
	@echo "make lint      rustfmt, clippy and, where it is installed, cargo-deny"
	@echo "make bench     print ratios against the bare tools as JSON"
	@echo "make kernel    build a small kernel for guests into build/kernel"
	@echo "make fuzz      fuzz what reads strangers' bytes; TIME=60 seconds each, TARGET=all"
	@echo "make openapi   write openapi/openapi.json anew"
	@echo "make fmt       format the sources"
	@echo "make clean     remove what was built"

# Only the release profile is ever used, so that nothing is compiled twice.
build: setup-build target/tools/bin/vhost-device-vsock
	$(CARGO) build --release --workspace --bins
	RUSTFLAGS="-C target-feature=+crt-static" $(CARGO) build --profile agent -p banger-agent \
		--target $(AGENT_TARGET) --target-dir target/agent
	@mkdir -p $(BIN)
	@install -C -m 755 target/release/banger target/release/bangerd \
		target/agent/$(AGENT_TARGET)/agent/banger-agent \
		target/tools/bin/vhost-device-vsock $(BIN)

# QEMU's guests are reached through this program; the registry has it as source only.
target/tools/bin/vhost-device-vsock: | setup-build
	$(CARGO) install vhost-device-vsock --version $(VSOCK_VERSION) --locked \
		--root target/tools --target-dir target/tools-build
	rm -rf target/tools-build

demo: build setup-run
	@contrib/run-demo

test: build setup-run setup-test
	contrib/run-tests

lint: setup-build setup-test
	$(CARGO) fmt --all --check
	$(CARGO) fmt --check --manifest-path tests/fuzz/Cargo.toml -p banger-fuzz -p banger-fuzz-seeds
	contrib/check-dependencies
	@if command -v cargo-deny >/dev/null; then $(CARGO) deny check; \
	else echo "cargo-deny is not installed: no look at advisories"; fi
	$(CARGO) clippy --release --workspace --all-targets -- -D warnings

# Standard output is for the figures: make bench > figures.json. BENCH=--check makes a missed
# limit an error; see contrib/bench/run --help for more.
bench:
	@$(MAKE) --no-print-directory build setup-run setup-test >&2
	@$(CARGO) build --release -p banger-ext4 --example tar-to-ext4
	@contrib/bench/run $(BENCH)

# tests/fuzz/README.md has more.
TIME ?= 60
TARGET ?= all
fuzz: setup-build setup-fuzz
	@tests/fuzz/run $(TARGET) $(TIME)

# docs/kernel-catalog.md has more. The tests need none of it.
kernel: build/kernel/vmlinux
	@cat build/kernel/version
	@echo "banger kernel import --vmlinux $(CURDIR)/build/kernel/vmlinux --name small"

build/kernel/vmlinux: contrib/kernel/small.config contrib/kernel/build $(KERNEL_CONFIG) | setup-kernel
	contrib/kernel/build build/kernel

# Builds it twice and compares.
kernel-check: setup-kernel
	contrib/kernel/check-reproducible

openapi: setup-build
	$(CARGO) run --release -p banger-openapi -- write

fmt:
	$(CARGO) fmt --all
	$(CARGO) fmt --manifest-path tests/fuzz/Cargo.toml -p banger-fuzz -p banger-fuzz-seeds

clean:
	$(CARGO) clean
	rm -rf build

setup-build:
	@$(SETUP) build

setup-run: | setup-build
	@$(SETUP) run

setup-test: | setup-run
	@$(SETUP) test

setup-kernel:
	@$(SETUP) kernel

setup-fuzz:
	@$(SETUP) fuzz
