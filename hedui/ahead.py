"""A stream worked on by a few threads at once, and still a stream: in order, and never far ahead of who takes."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

_Piece = TypeVar("_Piece")
_Done = TypeVar("_Done")

# More would wait for the one thread that reads.
_THREADS: Final = max(2, min(4, os.cpu_count() or 1))


def mapped_ahead(work: Callable[[_Piece], _Done], pieces: Iterable[_Piece]) -> Generator[_Done]:
    """`work` done on each of the pieces, which are taken in the caller's thread. At most five are held at a time.

    It pays where the work is done by Arrow and numpy, which let other threads run. Close it if it is not read to its
    end. Raises what `pieces` or `work` raises, after the pieces before it.
    """
    waiting: deque[Future[_Done]] = deque()
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="ahead") as pool:
        try:
            for piece in pieces:
                waiting.append(pool.submit(work, piece))
                if len(waiting) > _THREADS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for begun in waiting:
                begun.cancel()
