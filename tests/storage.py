"""Object storage of our own for the tests: moto's server on this machine, gone with them. Every test gets a new bucket."""

import logging
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

KEY, SECRET = "AKIAFELICIFIC", "a-secret-nobody-may-read"


class Held(NamedTuple):
    """A bucket: what the environment says about it, and a client to look into it without the program."""

    name: str
    environment: dict[str, str]
    client: Any

    def keys(self) -> list[str]:
        """What it holds."""
        return [each["Key"] for each in self.client.list_objects_v2(Bucket=self.name).get("Contents", ())]


@contextmanager
def server() -> Iterator[str]:
    """Its address."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    held = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    held.start()
    host, port = held.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        held.stop()


def new_bucket(address: str, prefix: str = "team/data") -> Held:
    """An empty bucket."""
    import boto3

    name = f"felicific-{uuid.uuid4().hex}"
    client = boto3.client(
        "s3", endpoint_url=address, region_name="eu-west-1", aws_access_key_id=KEY, aws_secret_access_key=SECRET
    )
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    environment = {
        "CX_DATASETS": f"s3://{name}/{prefix}", "AWS_ENDPOINT_URL": address, "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
    }  # fmt: skip
    return Held(name, environment, client)


@contextmanager
def checking_keys(address: str) -> Iterator[None]:
    """The storage refuses keys it does not know: all, since it knows none."""
    _checked_after(address, "0")
    try:
        yield
    finally:
        _checked_after(address, "inf")


def _checked_after(address: str, requests: str) -> None:
    asked = urllib.request.Request(
        f"{address}/moto-api/reset-auth", data=requests.encode(), headers={"Content-Type": "text/plain"}, method="POST"
    )
    urllib.request.urlopen(asked).close()
