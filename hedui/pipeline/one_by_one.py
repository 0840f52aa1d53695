"""What goes wrong with one thing keeps no other back."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from hedui.model.errors import HeduiError

_LOG = logging.getLogger(__name__)

Thing = TypeVar("Thing")
Done = TypeVar("Done")


def each(things: Iterable[Thing], work: Callable[[Thing], Done]) -> list[Done]:
    """What `work` makes of each. The first error is raised once the others are done; further ones are in the log."""
    done, errors = list[Done](), list[HeduiError]()
    for thing in things:
        try:
            done.append(work(thing))
        except HeduiError as error:
            errors.append(error)
    for further in errors[1:]:
        _LOG.error("%s", further)
    if errors:
        raise errors[0]
    return done
