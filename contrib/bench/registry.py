"""Debian's docker-registry on loopback."""

import socket
import subprocess
import time
import urllib.request


class Registry:
    """Entered, it answers; left, it has ended."""

    def __init__(self, directory):
        self._directory = directory

    def __enter__(self):
        self._directory.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.host = f"localhost:{port}"
        settings = self._directory / "config.yml"
        settings.write_text(
            "version: 0.1\nlog: {level: error}\n"
            f"storage: {{filesystem: {{rootdirectory: {self._directory / 'data'}}}}}\n"
            f"http: {{addr: '127.0.0.1:{port}'}}\n"
        )
        null = subprocess.DEVNULL
        self._process = subprocess.Popen(
            ["docker-registry", "serve", settings], stdin=null, stdout=null, stderr=null
        )
        self._await()
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()

    def _await(self):
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://{self.host}/v2/", timeout=5).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("docker-registry does not answer")

    def push(self, layout, name):
        """Pushes an OCI layout's image."""
        to = f"docker://{self.host}/{name}"
        command = ["skopeo", "copy", "--insecure-policy", "--dest-tls-verify=false"]
        subprocess.run([*command, f"oci:{layout}", to], check=True, capture_output=True)
