#!/usr/bin/env python3
"""make.py PROGRAM CA_FILE LICENSES ARCHIVE: an OCI image of the static program, the same bytes each time.

In it: /usr/bin/sparkify, the certificates that TLS trusts, a user without rights (65532), the licenses (LICENSES: of
what the program is linked with). The archive is an OCI image layout, which `docker load` and `podman load` take as
well. SOURCE_DATE_EPOCH is the date of its files.
"""

import gzip
import hashlib
import io
import json
import os
import re
import sys
import tarfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
VERSION = re.search(r"project\(sparkify VERSION ([\d.]+)", (PROJECT / "CMakeLists.txt").read_text())[1]
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", 0))
CREATED = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(EPOCH))
USER = 65532
MACHINES = {62: "amd64", 183: "arm64"}  # e_machine of ELF


def architecture(program):
    head = program[:20]
    assert head[:4] == b"\x7fELF", "the program is not an ELF file"
    assert b"ld-linux" not in program[:4096], "the program is not static: an image from scratch has no loader"
    return MACHINES[int.from_bytes(head[18:20], "little")]


def archive(files):
    """A tar of {path: bytes, or a link's target as str}, with the folders above them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        folders = {str(folder) for path in files for folder in Path(path).parents} - {"."}
        for path in sorted(folders | set(files)):
            entry = tarfile.TarInfo(path)
            entry.mtime, entry.mode = EPOCH, 0o755
            content = files.get(path)
            if content is None:
                entry.type = tarfile.DIRTYPE
            elif isinstance(content, str):
                entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, content, 0o777
            else:
                entry.size = len(content)
                entry.mode = 0o755 if content[:4] == b"\x7fELF" else 0o644
            tar.addfile(entry, io.BytesIO(content) if isinstance(content, bytes) else None)
    return out.getvalue()


def root(program, ca_file, licenses):
    """{path: content}"""
    return {
        "usr/bin/sparkify": program,
        "usr/bin/etl": "sparkify",
        "etc/ssl/certs/ca-certificates.crt": ca_file,
        "etc/passwd": f"sparkify:x:{USER}:{USER}::/:/sbin/nologin\n".encode(),
        "etc/group": f"sparkify:x:{USER}:\n".encode(),
        "usr/share/doc/sparkify/LICENSE": (PROJECT / "LICENSE").read_bytes(),
        "usr/share/doc/sparkify/copyright": (PROJECT / "cmake/package/copyright").read_bytes(),
        "usr/share/doc/sparkify/THIRD-PARTY-LICENSES": licenses,
    }


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def document(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


class Image:
    def __init__(self):
        self.files = {"oci-layout": document({"imageLayoutVersion": "1.0.0"})}

    def blob(self, data, kind):
        """Keeps the data under its digest; gives its descriptor."""
        self.files[self.path(digest(data))] = data
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": digest(data), "size": len(data)}

    @staticmethod
    def path(name):
        return "blobs/" + name.replace(":", "/")


def make(program, ca_file, licenses):
    """The image's archive, and its digest."""
    image = Image()
    tar = archive(root(program, ca_file, licenses))
    layer = image.blob(gzip.compress(tar, 9, mtime=0), "layer.v1.tar+gzip")
    platform = {"architecture": architecture(program), "os": "linux"}
    config = {
        "created": CREATED,
        **platform,
        "config": {
            "User": f"{USER}:{USER}",
            "Entrypoint": ["/usr/bin/sparkify"],
            "Env": ["PATH=/usr/bin"],
            "WorkingDir": "/",
            "Labels": {
                "org.opencontainers.image.title": "sparkify",
                "org.opencontainers.image.version": VERSION,
                "org.opencontainers.image.licenses": "Apache-2.0",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(tar)]},
        "history": [{"created": CREATED, "created_by": "deploy/image/make.py"}],
    }
    config = image.blob(document(config), "config.v1+json")
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
    manifest = image.blob(document(manifest | {"config": config, "layers": [layer]}), "manifest.v1+json")
    names = {
        "org.opencontainers.image.ref.name": VERSION,
        "io.containerd.image.name": f"docker.io/library/sparkify:{VERSION}",
    }
    manifest |= {"platform": platform, "annotations": names}
    image.files["index.json"] = document({"schemaVersion": 2, "manifests": [manifest]})
    image.files["manifest.json"] = document(  # for docker load
        [
            {
                "Config": image.path(config["digest"]),
                "RepoTags": [f"sparkify:{VERSION}"],
                "Layers": [image.path(layer["digest"])],
            }
        ]
    )
    return archive(image.files), manifest["digest"]


def main():
    *sources, target = map(Path, sys.argv[1:])
    made, name = make(*(path.read_bytes() for path in sources))
    target.write_bytes(made)
    print(f"{target}  {name}  {len(made) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
