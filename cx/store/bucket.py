"""Versions of datasets in object storage (S3 and what speaks like it), with copies in the home that all readers read.

The bucket holds `<prefix>/<slug>/<version>/<file>`, as a home would; a version is there when its manifest is. What is read
is copied once and then read from disk; what is written is written on a desk of the home and sent up whole, the manifest
last. A copy whose version was changed or deleted in the bucket goes when the bucket is next looked at: `PATIENCE`.
"""

import contextlib
import errno
import fcntl
import json
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cx.errors import StoreError

VARIABLE = "CX_DATASETS"

MANIFEST = "manifest.json"

FILES = (
    "responses.parquet", "mentions.parquet", "facts.parquet", "purchases.parquet", "topics.json", "taxonomy.toml",
    "calibration.json",
    "rejects.csv", "original.csv.gz", MANIFEST,
)  # fmt: skip
"""What a version holds, some of them only when there is something in it; the manifest comes last."""

PATIENCE, TIMES = 3.0, 10
"""Seconds for which a look at the bucket counts; so many times as long as it took, where that is more."""

ABANDONED = timedelta(hours=1)
"""An unfinished version nothing was added to for so long was left behind, on whichever host."""

PIECE, AT_ONCE = 16 << 20, 4
"""Bytes of the pieces in which large files are sent, and how many are in memory at a time."""

PLACE = re.compile(r"([a-z0-9-]{1,60})/([0-9]{4,9})/([a-z.]{1,40})")
"""Keys below the prefix that are ours; anything else in a bucket becomes no path."""

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)

FAILURES = {
    "NoSuchBucket": "there is no such bucket",
    "InvalidAccessKeyId": "it refuses the key",
    "SignatureDoesNotMatch": "it refuses the key",
    "AccessDenied": "the key may not do this there",
    "403": "the key may not do this there",
    "ExpiredToken": "the key has expired",
    "NoSuchKey": "what was asked for was deleted at this moment",
    "404": "what was asked for was deleted at this moment",
    "PermanentRedirect": "it lies in another region (AWS_REGION)",
    "AuthorizationHeaderMalformed": "it lies in another region (AWS_REGION)",
    "NoCredentialsError": "no key is set (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)",
    "PartialCredentialsError": "only half a key is set (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)",
    "EndpointConnectionError": "nothing answers at its address (AWS_ENDPOINT_URL)",
    "ConnectTimeoutError": "nothing answers at its address (AWS_ENDPOINT_URL)",
    "ConnectionError": "nothing answers at its address (AWS_ENDPOINT_URL)",
    "ValueError": "its address cannot be read (AWS_ENDPOINT_URL)",
    "SSLError": "its certificate is not trusted",
}
"""What the storage or its library answers, and what it means."""

Place = tuple[str, str]
"""A version: slug and number."""


class Bucket:
    """A bucket with a prefix, and where its copies lie: `copies/<slug>/<version>/` in `cache`."""

    def __init__(self, name: str, prefix: str, cache: Path) -> None:
        self.name, self.prefix = name, prefix
        self.copies, self.desk, self._cache = cache / "copies", cache / "desk", cache
        self._looking = threading.RLock()
        self._seen: dict[Place, dict[str, str]] = {}
        self._until = 0.0
        self._told, self._heard = cache / "changed", (0, 0)
        self._opened: set[Place] = set()
        self._taken: set[Place] = set()
        self._files = _connected()

    # --- What is there

    def versions(self) -> dict[Place, dict[str, str]]:
        """Finished versions, each with the mark (ETag) of every file, as they were `PATIENCE` ago at most."""
        with self._looking:
            told = _state(self._told)
            if time.monotonic() >= self._until or told != self._heard:
                self._heard, begun, clock = told, time.monotonic(), time.time()
                held = self._folders()
                self._seen = {
                    place: {file: mark for file, (mark, _) in files.items()}
                    for place, files in held.items() if MANIFEST in files
                }  # fmt: skip
                self._until = time.monotonic() + max(PATIENCE, TIMES * (time.monotonic() - begun))
                self._tidy(clock)
            return self._seen

    def look_again(self) -> None:
        """What was seen counts no longer: here, and in the other processes of this home."""
        self._told.write_text(secrets.token_hex(8), encoding="utf-8")
        self._until = 0.0

    def last(self, slug: str) -> int:
        """The highest number of a version that has anything in the bucket or on the desk, finished or not."""
        there = [int(version) for own, version in self._folders(f"{slug}/") if own == slug]
        return max([*there, *(int(path.name) for path in self.desk.glob(f"{slug}/[0-9]*"))], default=0)

    def _folders(self, under: str = "") -> dict[Place, dict[str, tuple[str, datetime]]]:
        """Every version, finished or not: its files with their marks and times."""
        found: dict[Place, dict[str, tuple[str, datetime]]] = {}
        start = self._key(under)
        asked: dict[str, Any] = {"Bucket": self.name, "Prefix": start}
        while True:
            with _in_words():
                page = self._files.call_s3("list_objects_v2", **asked)
            for each in page.get("Contents", ()):
                ours = PLACE.fullmatch(each["Key"][len(self._key("")) :])
                if ours and ours[3] in FILES:
                    held = found.setdefault((ours[1], ours[2]), {})
                    held[ours[3]] = (each["ETag"].strip('"'), each["LastModified"])
            if not page.get("IsTruncated"):
                return found
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def _key(self, path: str) -> str:
        return f"{self.prefix}/{path}" if self.prefix else path

    # --- Copies

    def fetch(self, place: Place, names: Sequence[str] = FILES) -> None:
        """Brings the copy of a version up to date, or those files of it; nothing for one that is not in the bucket."""
        if there := self.versions().get(place):
            self._opened.add(place)
            self._update(place, there, names)

    def _update(self, place: Place, there: Mapping[str, str], names: Sequence[str]) -> None:
        with self._record(place) as record:
            where = self.copies / place[0] / place[1]
            stale = [
                file for file in FILES
                if file in names and file in there and record.get(file) != [there[file], *_state(where / file)]
            ]  # fmt: skip
            for file in stale:
                self._get(place, file, where)
                record[file] = [there[file], *_state(where / file)]
            gone = [file for file in record if file not in there]
            for file in gone:
                (where / file).unlink(missing_ok=True)
                del record[file]
            if stale or gone:
                _drop_derived(where)

    def _get(self, place: Place, file: str, where: Path) -> None:
        fresh = self._cache / f"{secrets.token_hex(8)}.part"
        where.mkdir(parents=True, exist_ok=True)
        try:
            with _in_words():
                # In one piece: pieces asked for one by one could be of two files, when one takes the other's place.
                self._files.get_file(self._path(place, file), str(fresh), max_concurrency=1)
            os.replace(fresh, where / file)
        finally:
            fresh.unlink(missing_ok=True)

    def _path(self, place: Place, file: str) -> str:
        return f"{self.name}/{self._key('/'.join((*place, file)))}"

    @contextlib.contextmanager
    def _record(self, place: Place, wait: bool = True) -> Iterator[dict[str, list[Any]]]:
        """What the copy of a version was made from, for one process at a time: per file its mark, and how it lay on disk.

        With `wait` False raises BlockingIOError while another process is at it.
        """
        path = self._record_of(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            file.seek(0)
            before = file.read()
            record: dict[str, list[Any]] = {}
            with contextlib.suppress(ValueError):
                record = json.loads(before)
            try:
                yield record
            finally:
                if (after := json.dumps(record)) != before:
                    file.truncate(0)
                    file.write(after)

    def _record_of(self, place: Place) -> Path:
        return self.copies / place[0] / f"{place[1]}.json"

    def _tidy(self, looked: float) -> None:
        """Copies of what was changed or deleted in the bucket: those this process reads are made anew, others go."""
        for place in sorted({(path.parent.name, path.stem) for path in self.copies.glob("*/[0-9]*")}):
            there, record = self._seen.get(place), dict[str, list[Any]]()
            try:
                if self._record_of(place).stat().st_mtime >= looked:
                    continue  # made by somebody who knows more than this look at the bucket
                with self._record(place, wait=False) as held:
                    record = dict(held)
            except FileNotFoundError:
                pass  # nobody knows what it was made from
            except BlockingIOError:
                continue  # somebody is just at it
            if there and record and all(there.get(file) == held[0] for file, held in record.items()):
                continue
            try:
                if not (there and record and place in self._opened):
                    self._forget(place)
                else:
                    self._update(place, there, list(record))
            except StoreError:  # what is gone again by now
                self._forget(place)

    def _forget(self, place: Place) -> None:
        shutil.rmtree(self.copies / place[0] / place[1], ignore_errors=True)
        self._record_of(place).unlink(missing_ok=True)
        self._opened.discard(place)
        with contextlib.suppress(OSError):
            (self.copies / place[0]).rmdir()

    # --- What is written

    def take_down(self, place: Place) -> Path:
        """A version's files on the desk, to be changed there; `publish` sends up those that were."""
        self.fetch(place)
        where, copy = self.desk / place[0] / place[1], self.copies / place[0] / place[1]
        shutil.rmtree(where, ignore_errors=True)
        where.mkdir(parents=True)
        for file in FILES:
            with contextlib.suppress(FileNotFoundError):
                os.link(copy / file, where / file)  # nobody writes into a file: one that changes is put in its place
        self._taken.add(place)
        return where

    def publish(self, where: Path) -> None:
        """Sends a version up from the desk, the manifest last; what was not changed stays. Then the desk is the copy.

        Raises StoreError; then a new version is nowhere, and one that was changed may be asked to be changed again.
        """
        place = (where.parent.name, where.name)
        copy, there = self.copies / place[0] / place[1], self._folders("/".join(place) + "/").get(place, {})
        if (MANIFEST in there) != (place in self._taken) or (there and MANIFEST not in there):
            raise StoreError(f"Another host wrote or deleted version {place[1]} of '{place[0]}' meanwhile. Try again.")
        # Responses last but one: an erasure that is broken off finds whom it was about, and is done again.
        own = sorted(
            (file for file in FILES if (where / file).exists()), key=lambda file: (file == MANIFEST, file == FILES[0])
        )
        try:
            for file in own:
                if not _same(where / file, copy / file):
                    with _in_words():
                        self._files.put_file(
                            str(where / file), self._path(place, file), chunksize=PIECE, max_concurrency=AT_ONCE
                        )
        except BaseException:
            if not there:
                with contextlib.suppress(Exception):
                    self._delete(place)
            raise
        sent = self._folders("/".join(place) + "/").get(place, {})
        with self._record(place) as record:
            copy.mkdir(parents=True, exist_ok=True)
            for file in own:
                os.replace(where / file, copy / file)
                record[file] = [sent[file][0] if file in sent else "", *_state(copy / file)]
            _drop_derived(copy)
        self._opened.add(place)
        self.put_away(where)
        self.look_again()

    def put_away(self, where: Path) -> None:
        """Clears a version off the desk."""
        self._taken.discard((where.parent.name, where.name))
        shutil.rmtree(where, ignore_errors=True)
        with contextlib.suppress(OSError):
            where.parent.rmdir()

    def remove(self, place: Place) -> None:
        """Removes a version from the bucket, its manifest first, and its copy here; others' go when they look next."""
        self._delete(place)
        self._forget(place)
        self.look_again()

    def _delete(self, place: Place) -> None:
        there = self._folders("/".join(place) + "/").get(place, {})
        for file in sorted(there, key=lambda name: name != MANIFEST):
            with _in_words():
                self._files.call_s3("delete_object", Bucket=self.name, Key=self._key("/".join((*place, file))))

    def clean(self) -> list[str]:
        """Removes what killed imports left: on the desk, in the bucket what came from it, and what was abandoned there."""
        left = {(path.parent.name, path.name) for path in self.desk.glob("*/*")}
        shutil.rmtree(self.desk, ignore_errors=True)
        for part in self._cache.glob("*.part"):
            if time.time() - part.stat().st_mtime > ABANDONED.total_seconds():
                part.unlink(missing_ok=True)
        old = datetime.now(UTC) - ABANDONED
        for place, files in self._folders().items():
            if MANIFEST in files:
                left.discard(place)
            elif place in left or max(moment for _, moment in files.values()) < old:
                self._delete(place)
                left.add(place)
        return [f"{slug}/{version}" for slug, version in sorted(left)]


def _connected() -> Any:
    """The storage that AWS_ENDPOINT_URL, AWS_REGION and the key of the environment (or of the host) name."""
    try:
        import s3fs
    except ModuleNotFoundError as error:
        raise StoreError(f"Datasets in a bucket need a package more: pip install s3fs ({error.name}).") from None
    # Storage of one's own has no host name for each bucket.
    style = {"s3": {"addressing_style": "path"}} if os.environ.get("AWS_ENDPOINT_URL") else {}
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    with _in_words():
        return s3fs.S3FileSystem(
            anon=False, use_listings_cache=False, skip_instance_cache=True,
            client_kwargs={"region_name": region} if region else {},
            config_kwargs={"connect_timeout": 5, "retries": {"max_attempts": 2, "mode": "standard"}, **style},
        )  # fmt: skip


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    """What the storage refuses is an error people can mend, said without its address or key; a full disk stays one."""
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise
        why = next((FAILURES[code] for code in _codes(error) if code in FAILURES), "it does not answer as it should")
    else:
        return
    raise StoreError(f"The bucket that {VARIABLE} names cannot be used: {why}.")


def _codes(error: BaseException | None) -> Iterator[str]:
    """What an error and those behind it are called, by the storage and by its library."""
    while error is not None:
        answer = getattr(error, "response", None)
        if isinstance(answer, dict):
            yield str(answer.get("Error", {}).get("Code", ""))
        yield from (kind.__name__ for kind in type(error).__mro__)
        error = error.__cause__ or error.__context__


def _state(path: Path) -> tuple[int, int]:
    """How a file lies on disk: what was changed by others than us is told by it."""
    try:
        seen = path.stat()
    except OSError:
        return (-1, -1)
    return (seen.st_size, seen.st_mtime_ns)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _drop_derived(where: Path) -> None:
    """What readers made from a version's files and laid beside them goes when these change."""
    for path in where.iterdir():
        if path.name not in FILES:
            path.unlink(missing_ok=True)
