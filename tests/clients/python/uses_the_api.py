"""Uses a client that openapi-python-client generated on the daemon's Unix socket.

Called with the socket, the name of an image, and the folder that the client is in.
"""

import io
import json
import sys
import tarfile

import httpx

SOCKET, IMAGE, GENERATED = sys.argv[1:]
sys.path.insert(0, GENERATED)

from banger_client import Client  # noqa: E402
from banger_client.api.daemon import get_doctor, get_status  # noqa: E402
from banger_client.api.images import list_images  # noqa: E402
from banger_client.api.operations import watch_operation  # noqa: E402
from banger_client.api.vms import (  # noqa: E402
    create_vm,
    delete_vm,
    exec_command,
    get_files,
    get_vm,
    list_vms,
    put_files,
)
from banger_client.models import (  # noqa: E402
    CreateVm,
    ErrorCode,
    ExecRequest,
    ExecRequestEnv,
    Operation,
    OperationKind,
    OperationState,
    Problem,
    VmState,
)
from banger_client.types import File  # noqa: E402

client = Client(
    base_url="http://localhost",
    httpx_args={"transport": httpx.HTTPTransport(uds=SOCKET)},
    timeout=httpx.Timeout(300),
    raise_on_unexpected_status=True,
)


def events(text):
    """The data of each server-sent event."""
    return [json.loads(line[len("data: "):]) for line in text.splitlines() if line.startswith("data: ")]


def tar(name, content):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    buffer.seek(0)
    return buffer


status = get_status.sync(client=client)
assert status.api_version == "v1", status
assert status.started_at.tzinfo is not None, status
assert get_doctor.sync(client=client).ok
assert IMAGE in [image.name for image in list_images.sync(client=client).images]

missing = get_vm.sync("nobody", client=client)
assert isinstance(missing, Problem) and missing.code == ErrorCode.VM_NOT_FOUND, missing

made = create_vm.sync(client=client, body=CreateVm(name="from-python", image=IMAGE), wait=True)
assert isinstance(made, Operation), made
assert (made.kind, made.state) == (OperationKind.CREATE_VM, OperationState.SUCCEEDED), made
last = events(watch_operation.sync(made.id, client=client))[-1]
assert Operation.from_dict(last).state == OperationState.SUCCEEDED, last

vm = get_vm.sync("from-python", client=client)
assert vm.state == VmState.RUNNING and vm.id == made.target and vm.boot.ready_ms > 0, vm
assert [vm.id] == [each.id for each in list_vms.sync(client=client).vms]

env = ExecRequestEnv()
env["GREETING"] = "hello"
request = ExecRequest(command=["sh", "-c", 'echo "$GREETING"; exit 3'], env=env)
said = events(exec_command.sync(vm.id, client=client, body=request))
assert [each["type"] for each in said] == ["started", "stdout", "exited"], said
assert said[1]["text"] == "hello\n" and said[2]["code"] == 3, said

content = bytes(range(256)) * 1000
written = put_files.sync(vm.id, client=client, path="/root/in", body=File(payload=tar("bytes", content)))
assert written.bytes_ == len(content), written
fetched = get_files.sync(vm.id, client=client, path="/root/in/bytes")
with tarfile.open(fileobj=fetched.payload) as archive:
    assert archive.extractfile("bytes").read() == content

gone = delete_vm.sync(vm.id, client=client, wait=True, force=True)
assert gone.state == OperationState.SUCCEEDED, gone
assert list_vms.sync(client=client).vms == []
