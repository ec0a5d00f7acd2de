"""Sends requests to the daemon's Unix socket, and keeps them from doing too much.

BANGER_SOCKET names the socket, BANGER_TEST_VM the id of a running VM.
"""

import os
import socket

import schemathesis
import urllib3.util.connection

SOCKET = os.environ["BANGER_SOCKET"]
VM = os.environ["BANGER_TEST_VM"]

# What is asked of the running VM about half of the time.
HARMLESS = {"get_vm", "get_vm_facts", "get_logs", "get_files", "put_files", "exec_command"}
# What would end it.
HARMFUL = {"delete_vm", "stop_vm", "kill_vm", "hold_vm"}
# What needs no registry to be pulled.
CATALOG = {"debian-bookworm", "debian-bookworm-minimal"}
# What would boot one of the others, which have any size and are only made.
BOOTING = {"start_vm", "restart_vm"}


def connect(_address, timeout=None, *_args, **_kwargs):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if isinstance(timeout, (int, float)):
        connection.settimeout(timeout)
    connection.connect(SOCKET)
    return connection


urllib3.util.connection.create_connection = connect


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Says in OpenAPI 3.2's words that a stream is one of events, so that each is checked."""
    text = {"type": "string"}
    event = {
        "type": "object",
        "properties": {"event": text, "id": text, "data": text},
        "required": ["event", "data"],
    }
    for item in raw_schema["paths"].values():
        for operation in item.values():
            for response in operation["responses"].values():
                stream = response.get("content", {}).get("text/event-stream")
                if stream is not None:
                    del stream["schema"]
                    stream["itemSchema"] = event


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw["operationId"]
    positive = case.meta is None or case.meta.generation.mode.name == "POSITIVE"
    path = case.path_parameters or {}
    query = case.query if isinstance(case.query, dict) else {}
    for noun in ("vm", "operation"):
        if positive and is_beginning(path.get(noun)):
            # It may fit several ids, which is refused.
            path[noun] = f"not-{path[noun]}"
    vm = path.get("vm")
    if isinstance(vm, str):
        # By the name itself, so that a failure can be played again.
        if operation in HARMLESS and positive and sum(vm.encode()) % 2:
            path["vm"] = VM
        if (operation in HARMFUL and vm == VM) or (operation in BOOTING and is_id(vm)):
            path["vm"] = "another"
    if operation == "log_in" and positive:
        # No registry, so that none is asked.
        path["registry"] = "_"
    if operation == "get_files" and query.get("path") == "/":
        # With all that the guest's kernel shows as files, this is too much.
        query["path"] = "/etc"
    if operation == "get_logs":
        # A log that is followed ends with its VM.
        query.pop("follow", None)
    if isinstance(case.body, dict):
        tame(operation, case.body)


def is_id(value):
    return isinstance(value, str) and len(value) == 12 and is_hex(value)


def is_beginning(value):
    return isinstance(value, str) and 0 < len(value) < 12 and is_hex(value)


def is_hex(value):
    return set(value) <= set("0123456789abcdef")


def tame(operation, body):
    match operation:
        case "create_vm":
            # Made only, of what is there. What has the wrong type stays: it is refused.
            if body.get("stopped", False) is False:
                body["stopped"] = True
            if body.get("pull", "missing") == "missing":
                body["pull"] = "never"
        case "pull_image":
            # Any other name is one of a registry, and none is to be asked.
            if isinstance(body.get("name"), str) and body["name"] not in CATALOG:
                body["name"] = "_"
        case "exec_command":
            if body.get("timeout_ms") is None:
                body["timeout_ms"] = 1000
        case "import_kernel":
            # Not the host's own, which is large.
            if body.get("vmlinux") is None:
                body["vmlinux"] = "/nonexistent/vmlinux"
