"""The daemon's HTTP API on its Unix socket."""

import http.client
import json
import socket


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost")
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)


class Api:
    """Requests on one connection that stays open, as a client's would."""

    def __init__(self, path):
        self._path = path
        self.reconnect()

    def reconnect(self):
        """Begins a new connection: the daemon closes those that were idle for seconds."""
        self._connection = UnixConnection(self._path)

    def call(self, method, path, body=None):
        """The answer's text; an error where the status is one."""
        headers = {} if body is None else {"Content-Type": "application/json"}
        text = None if body is None else json.dumps(body)
        self._connection.request(method, path, text, headers)
        answer = self._connection.getresponse()
        content = answer.read().decode()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {content}")
        return content

    def json(self, method, path, body=None):
        """The answer as JSON."""
        return json.loads(self.call(method, path, body))

    def create_vm(self, **request):
        """Makes a VM, waits until it is ready, and gives its id."""
        operation = self.json("POST", "/v1/vms?wait=true", request)
        if operation["state"] != "succeeded":
            raise RuntimeError(f"no VM: {operation}")
        return operation["target"]

    def vm(self, vm):
        """All about a VM."""
        return self.json("GET", f"/v1/vms/{vm}")

    def delete_vm(self, vm):
        """Deletes a VM at once."""
        self.call("DELETE", f"/v1/vms/{vm}?force=true&wait=true")

    def exec(self, vm, *command):
        """Runs a command, which must succeed; gives its standard output."""
        output = ""
        for line in self.call("POST", f"/v1/vms/{vm}/exec", {"command": command}).splitlines():
            if not line.startswith("data: "):
                continue
            event = json.loads(line.removeprefix("data: "))
            if event["type"] == "stdout":
                output += event.get("text", "")
            elif event["type"] == "exited" and event["code"] == 0:
                return output
            elif event["type"] in ("exited", "failed"):
                raise RuntimeError(f"{command}: {event}")
        raise RuntimeError(f"{command}: the answer ends early")
