"""A drop that tests fill as they like, without a gateway."""

import base64
import gzip
import json
import os
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hedui.model.credentials import Credentials
from hedui.model.interval import Interval
from hedui.sealing import seal

DATASET = "police.dui_cases"
READER, WRITER = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
TWO_DAYS = Interval.parse("2026-06-29", "2026-07-01")
ROW = {"caseNo": "J1", "idNo": "1", "name": "张三", "caughtOn": "2026-06-01", "offence": "饮酒", "alcoholMg": "30"}
ROW |= {"retestMg": None, "vehicle": "机动车", "identityState": "已核实", "countyCode": "620102", "updatedAt": "x"}


class Drop:
    """A folder of packages, sealed with invented keys."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    @classmethod
    def of_two_days(cls, folder: Path) -> "Drop":
        """One day before TWO_DAYS, then two packages on each of its days: four rows are wanted."""
        made = cls(folder)
        made.put(1, "2026-06-28", "2026-06-29", last_of="2026-06-28")
        made.put(2, "2026-06-29", "2026-06-29T12:00")
        made.put(3, "2026-06-29T12:00", "2026-06-30", last_of="2026-06-29")
        made.put(4, "2026-06-30", "2026-06-30T12:00")
        made.put(5, "2026-06-30T12:00", "2026-07-01", last_of="2026-06-30")
        return made

    def put(
        self,
        number: int,
        start: str = "2026-06-30",
        end: str = "2026-06-30T12:00",
        content: bytes | None = None,
        reader: Any = None,
        writer: Ed25519PrivateKey = WRITER,
        **header: str | int,
    ) -> Path:
        """A package in its file; `content` is that of one row if none is given."""
        stated: dict[str, Any] = {"sender": "police", "sequence": number, "dataset": DATASET, "from": start, "to": end}
        rows = gzip.compress(json.dumps({**ROW, "caseNo": f"J{number}"}).encode()) if content is None else content
        package = seal(rows, {**stated, **header}, [(reader or READER).public_key()], writer)
        return self.write(number, package)

    def write(self, number: int, package: bytes) -> Path:
        """Bytes as they are, under the name of a package that came an hour ago."""
        self.file(number).write_bytes(package)
        return aged(self.file(number))

    def file(self, number: int) -> Path:
        return self.folder / f"{number:06}.pkg"

    def credentials(self, reader: X25519PrivateKey = READER, **extra: str) -> Credentials:
        keys = {
            "recipient_key": reader.private_bytes_raw(),
            "sender_public_key": WRITER.public_key().public_bytes_raw(),
        }
        texts = {name: base64.b64encode(key).decode() for name, key in keys.items()}
        return Credentials.model_validate(
            {"conn_type": "drop", "extra": {"folder": str(self.folder), **texts, **extra}}
        )


def aged(file: Path) -> Path:
    """The file, as if it had come an hour ago: what has not grown for so long does not grow any more."""
    os.utime(file, (file.stat().st_atime, file.stat().st_mtime - 3600))
    return file
