"""The reader's side of what is sealed for an office: reports and lead sheets, unpacked where the office asks for it."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hedui.model.errors import DeliveryBroken, HeduiError
from hedui.sealing.keys import ReaderPrivate
from hedui.sealing.reading import verified

_ZIP = b"PK\x03\x04"


def unpack(package: Path, keys: Sequence[ReaderPrivate], senders: Sequence[Ed25519PublicKey], into: Path) -> list[Path]:
    """Write the documents of a package, once it is verified, into a folder of its own below `into`.

    The folder has the name of the report's reference, or of the package. Raises AccessDenied, DeliveryIncomplete and
    DeliveryBroken, which name the package.
    """
    try:
        with package.open("rb") as stream:
            sealed = verified(stream, senders)
            content = sealed.opened(keys).read()
        documents = _documents(content, package.stem)
    except HeduiError as error:
        raise type(error)(package.name, error.what, error.remedy) from None
    folder = into / Path(str(sealed.header.get("reference", package.stem))).name
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in documents]
    for file in files:
        file.write_bytes(documents[file.name])
    return files


def _documents(content: bytes, stem: str) -> dict[str, bytes]:
    """By their names, of which no folder is believed. A lead sheet is one page."""
    if not content.startswith(_ZIP):
        return {f"{stem}.html": content}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {Path(name).name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, RuntimeError):
        raise DeliveryBroken("package", "its content is no archive", "Ask the sender to send it again") from None
