"""How much load each agency bears, as Airflow pools."""

from hedui import shelves
from hedui.model.contract import Agency


def pool_name(agency: str) -> str:
    """The pool in which all extracts from an agency run."""
    return f"agency_{agency}"


def pools() -> dict[str, tuple[int, str]]:
    """Slots and description of each agency's pool by its name."""
    return {
        pool_name(agency.agency): (agency.calls_at_once, _description(agency)) for agency in shelves.agencies().values()
    }


def _description(agency: Agency) -> str:
    return f"{agency.title.zh} {agency.title.en}: calls at once that the agency bears, from its contract"
