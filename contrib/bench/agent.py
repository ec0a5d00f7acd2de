"""The agent's side of things without the daemon: frames over vsock's Unix sockets.

A frame is a u32 (big-endian) with the length of what follows, a byte with its kind, and the
payload; kind 0 is JSON. See agent/protocol.
"""

import json
import os
import socket
import struct
import time

AGENT_PORT = 1025
HELLO_PORT = 1024
CONTROL = 0


def send(stream, message):
    """Sends a control frame."""
    payload = json.dumps(message).encode()
    stream.sendall(struct.pack(">IB", len(payload) + 1, CONTROL) + payload)


def receive(reader):
    """The next frame's message."""
    header = reader.read(5)
    if len(header) < 5:
        raise RuntimeError("the guest has ended the conversation")
    length, kind = struct.unpack(">IB", header)
    payload = reader.read(length - 1)
    if kind != CONTROL:
        raise RuntimeError(f"a frame of kind {kind} where a message was expected")
    return json.loads(payload)


def health_round_trip(vsock_socket):
    """Dials the guest, asks whether the agent is there, and hangs up."""
    with socket.socket(socket.AF_UNIX) as stream:
        stream.connect(str(vsock_socket))
        stream.sendall(f"CONNECT {AGENT_PORT}\n".encode())
        with stream.makefile("rb") as reader:
            if not reader.readline().startswith(b"OK "):
                raise RuntimeError("the guest does not answer on the agent's port")
            send(stream, {"type": "health"})
            if receive(reader)["type"] != "health":
                raise RuntimeError("the agent gave another answer")


def greet(listener, hostname):
    """Waits for a guest to dial, tells it what to become, and waits until it is ready."""
    stream, _ = listener.accept()
    with stream, stream.makefile("rb") as reader:
        receive(reader)
        send(stream, {"type": "configure", "config": _configuration(hostname)})
        outcome = receive(reader)
        if outcome["type"] != "ready":
            raise RuntimeError(f"the guest is not ready: {outcome}")


def _configuration(hostname):
    """What the daemon sends to a VM on QEMU's user network."""
    import base64

    return {
        "hostname": hostname,
        "disks": {role: {"serial": role} for role in ("image", "system", "home")},
        "network": {
            "address": "10.0.2.15",
            "prefix_length": 24,
            "gateway": "10.0.2.2",
            "name_servers": ["10.0.2.3"],
            "search_domains": [],
            "mtu": None,
        },
        "authorized_keys": [],
        "wall_clock_ns": time.time_ns(),
        "random_seed": base64.b64encode(os.urandom(64)).decode(),
    }
