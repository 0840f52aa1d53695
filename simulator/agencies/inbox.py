"""Where an agency's clerk finds what was sent: a folder for each report, with its documents."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_REFERENCE: Final = re.compile(r"[A-Za-z0-9_-]{1,120}")


def lay(own: Path, reference: str, files: Mapping[str, bytes]) -> Path:
    """Put files into `inbox/<reference>`; what came under this reference before is replaced. Raises ValueError."""
    if not _REFERENCE.fullmatch(reference):
        raise ValueError("a reference is letters, digits and hyphens")
    folder = own / "inbox" / reference
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / Path(name).name).write_bytes(content)
    return folder
