"""What arrives packed, in memory and with bounds that are checked before anything is unpacked.

A packed file cannot be read from its beginning: ZIP and XLSX say at their end what is in them. It is therefore held as
it came, which is small, and unpacked as a stream: nothing in clear is written to disk.
"""

import io
import zipfile
from typing import IO, Final

MEBI: Final = 1024 * 1024
DELIVERED: Final = 256 * MEBI  # a part as it is fetched
UNPACKED: Final = 4096 * MEBI  # the file in a ZIP archive, which is streamed


class NotAsAgreed(ValueError):
    """A part is not what the contract describes; the message continues "<part> …" and quotes nothing of it."""


def whole(stream: IO[bytes] | io.RawIOBase) -> bytes:
    """Everything of a part. Raises NotAsAgreed where that is more than `DELIVERED`."""
    content = io.BytesIO()
    while piece := stream.read(MEBI):
        content.write(piece)
        if content.tell() > DELIVERED:
            raise NotAsAgreed(f"is larger than {DELIVERED // MEBI} MiB: it has to come in more parts")
    return content.getvalue()


def only_member(archive: bytes) -> IO[bytes]:
    """The one file in a ZIP archive as a stream.

    Raises NotAsAgreed; reading the stream raises BadZipFile or zlib.error where it is damaged.
    """
    try:
        packed = zipfile.ZipFile(io.BytesIO(archive))
        members = packed.infolist()
        if len(members) != 1 or members[0].is_dir():
            raise NotAsAgreed(f"is an archive of {len(members)} files and should hold exactly one")
        if members[0].flag_bits & 0x1:
            raise NotAsAgreed("is an archive with a password, and the contract knows of none")
        if members[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotAsAgreed("is packed by another method than deflate, the usual one")
        # Reading stops at the stated size, so that the statement cannot understate.
        if members[0].file_size > UNPACKED:
            raise NotAsAgreed(f"would unpack to more than {UNPACKED // MEBI} MiB: it has to come in more parts")
        if members[0].header_offset + members[0].compress_size > len(archive):
            raise zipfile.BadZipFile
        return packed.open(members[0])
    except (zipfile.BadZipFile, NotImplementedError):
        raise NotAsAgreed("is not a ZIP archive that can be read") from None
