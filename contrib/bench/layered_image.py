"""OCI images of any size, the same in every run."""

import gzip
import hashlib
import io
import json
import random
import tarfile

MEDIA_TYPE = "application/vnd.oci.image"
#: Programs and libraries shrink to about a third; so do these contents.
WORDS = 4096


def make(layout, size, layers):
    """Writes a layout with one image of `layers` gzip layers and `size` bytes of files."""
    source = random.Random(1)
    words = [source.randbytes(source.randint(2, 12)) for _ in range(WORDS)]
    write(layout, (members(source, words, number, size // layers) for number in range(layers)))


def write(layout, layers):
    """Writes a layout with one image. A layer is a sequence of tar members with their bytes."""
    (layout / "blobs" / "sha256").mkdir(parents=True)
    made = [layer(layout, of) for of in layers]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [diff_id for diff_id, _ in made]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{MEDIA_TYPE}.manifest.v1+json",
        "config": blob(layout, json.dumps(config).encode(), f"{MEDIA_TYPE}.config.v1+json"),
        "layers": [descriptor for _, descriptor in made],
    }
    top = blob(layout, json.dumps(manifest).encode(), f"{MEDIA_TYPE}.manifest.v1+json")
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [top]}))
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def layer(layout, of):
    """One layer: its diff id and what points to it."""
    packed, unpacked = io.BytesIO(), hashlib.sha256()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1, mtime=0) as stream:
        with tarfile.open(fileobj=Tee(stream, unpacked), mode="w|") as archive:
            for member, data in of:
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    return f"sha256:{unpacked.hexdigest()}", blob(
        layout, packed.getvalue(), f"{MEDIA_TYPE}.layer.v1.tar+gzip"
    )


def members(source, words, number, size):
    """Files of `size` bytes in all."""
    left = size
    while left > 0:
        length = min(left, max(1, int(source.lognormvariate(0, 2) * 10_000)), 8 << 20)
        member = tarfile.TarInfo(f"usr/l{number}/d{left % 97}/f{left}")
        yield member, content(source, words, length)
        left -= length


def content(source, words, length):
    """Bytes that shrink as those of programs do."""
    piece = b"".join(source.choices(words, k=min(length, 65_536) // 7 + 1))
    return (piece * (length // len(piece) + 1))[:length]


def blob(layout, data, media_type):
    """Writes a blob, and gives its descriptor."""
    digest = hashlib.sha256(data).hexdigest()
    (layout / "blobs" / "sha256" / digest).write_bytes(data)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}


class Tee:
    """Writes to a stream, and to what hashes it."""

    def __init__(self, stream, hashes):
        self._stream, self._hashes = stream, hashes

    def write(self, data):
        self._hashes.update(data)
        return self._stream.write(data)
