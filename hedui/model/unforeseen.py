"""What may be said of an error nobody foresaw: its kind and its place, for its words can quote a row's value."""

import traceback
from pathlib import Path

_FRAMES = 4


def told(error: Exception) -> str:
    """One line, such as `ValueError at vault.py:48 < loading.py:61`, innermost first."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    place = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} at {place}"
