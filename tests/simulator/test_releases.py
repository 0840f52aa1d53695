"""Flat rows become releases of open contracting: one for all rows that agree in everything but their list."""

from simulator.agencies.rest_pages import releases


def test_bids_of_one_moment_are_one_release() -> None:
    rows = [
        {"ocid": "T1", "bids.details.id": "A", "bids.details.tenderers.0.id": "91A", "date": "1"},
        {"ocid": "T1", "bids.details.id": "B", "bids.details.tenderers.0.id": "91B", "date": "1"},
        {"ocid": "T2", "bids.details.id": "C", "bids.details.tenderers.0.id": None, "date": "2"},
    ]
    details = [
        {"id": "A", "tenderers": [{"id": "91A"}]},
        {"id": "B", "tenderers": [{"id": "91B"}]},
        {"id": "C", "tenderers": [{"id": None}]},
    ]
    assert releases(rows, "bids.details") == [
        {"ocid": "T1", "date": "1", "bids": {"details": details[:2]}},
        {"ocid": "T2", "date": "2", "bids": {"details": details[2:]}},
    ]


def test_what_stands_around_the_list_stays_beside_it() -> None:
    row = {"tender.statusDetails": "成交", "tender.items.id": "1", "awards.0.suppliers.0.id": "91A"}
    assert releases([row], "tender.items") == [
        {"tender": {"statusDetails": "成交", "items": [{"id": "1"}]}, "awards": [{"suppliers": [{"id": "91A"}]}]}
    ]
