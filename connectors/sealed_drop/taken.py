"""What was taken in already: a line per package, so that another under its number is noticed."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_LINE: Final = re.compile(r"(\d{6,}) ([0-9a-f]{64})")


class Taken:
    """A file in the drop, or where the connection says. A drop that we may only read has none."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def digests(self) -> dict[int, str]:
        """By number; of two lines the first holds. Raises OSError."""
        try:
            lines = self._file.read_text("ascii", errors="replace").splitlines()
        except FileNotFoundError:
            return {}
        found = [match for line in reversed(lines) if (match := _LINE.fullmatch(line))]
        return {int(match[1]): match[2] for match in found}

    def writable(self) -> bool:
        """Whether something can be noted."""
        return os.access(self._file if self._file.exists() else self._file.parent, os.W_OK)

    def note(self, digests: Mapping[int, str]) -> None:
        """Add what is not there yet. Raises OSError."""
        known = self.digests()
        lines = [f"{number:06} {digest}\n" for number, digest in digests.items() if number not in known]
        with self._file.open("a", encoding="ascii") as out:
            out.write("".join(lines))
