"""How much memory a piece of work takes at its height, as the kernel counts it."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MIB_IN_KIB = 1024
_RESET = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


@contextmanager
def at_most(mib: int) -> Iterator[None]:
    """What is done within takes no more than so much beside what this process held before.

    Not tracemalloc: to stop that while other threads run ends CPython 3.11 now and then.
    """
    try:
        _RESET.write_text("5")  # the peak is counted anew
    except OSError:
        warnings.warn("this kernel counts no peaks anew: the bound of memory is NOT tested", stacklevel=3)
        yield
        return
    before = _kib("VmRSS")
    yield
    taken = (_kib("VmHWM") - before) / _MIB_IN_KIB
    assert taken < mib, f"{taken:.0f} MiB of memory, and {mib} are allowed"


def _kib(name: str) -> int:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])
