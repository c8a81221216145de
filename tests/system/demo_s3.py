"""`./dev demo s3`: a local S3 server, a bucket, a dl.cfg, and the job as its users know it."""

import os
import subprocess
import sys
from pathlib import Path

from s3_server import Server

BUCKETS = ("udacity", "destination")


def show(*command, **how):
    print("\n==", " ".join(map(str, command)), flush=True)
    subprocess.run(command, check=True, **how)


def write_config(path, server):
    path.touch(mode=0o600)
    path.write_text(
        f"[AWS]\nAWS_ACCESS_KEY_ID={server.access_key}\n"
        f"AWS_SECRET_ACCESS_KEY={server.secret_key}\n"
        f"ENDPOINT={server.endpoint}\n[S3]\nINPUT=s3://{BUCKETS[0]}\n"
    )


def show_bucket(client, bucket):
    listing = client.listing(bucket)
    print(f"\n== s3://{bucket} holds {len(listing)} objects; of each table the first file")
    for table in ("songplays", "users", "songs", "artists", "time"):
        objects = [item for item in listing if item.key.startswith(f"{table}/")]
        objects = [item for item in objects if item.key.endswith(".parquet")]
        print(f"{len(objects):7} {objects[0].size:9} bytes  {objects[0].key}")


def main(program, folder):
    program, folder = Path(program).resolve(), Path(folder).resolve()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    here = {"cwd": folder, "env": environment}
    show(program, "generate", "workspace", "--songs", "2000", "--events", "50000", **here)
    with Server(folder / "server") as server:
        print(f"\n== an S3 server answers at {server.endpoint}")
        server.client.create_bucket(BUCKETS[0])
        server.client.upload(folder / "workspace", BUCKETS[0])
        write_config(folder / "dl.cfg", server)
        print("== dl.cfg has its keys, its address and the input")
        show(program, "etl", "--bucket", BUCKETS[1], "--create-bucket", **here)
        show_bucket(server.client, BUCKETS[1])
        show(program, "doctor", "--bucket", BUCKETS[1], **here)


if __name__ == "__main__":
    main(*sys.argv[1:])
