"""Every kind of connector keeps the promises that `connectors.conformance` lists, against its real server."""

import pytest

from connectors.conformance import conformance
from hedui.model.credentials import Credentials


@pytest.fixture
def civil_affairs(connections) -> Credentials:
    return connections["civil_affairs"]


@pytest.fixture
def health(connections) -> Credentials:
    return connections["health"]


@pytest.fixture
def hr(connections) -> Credentials:
    return connections["hr"]


@pytest.fixture
def police(connections) -> Credentials:
    return connections["police"]


@pytest.fixture
def trading(connections) -> Credentials:
    return connections["trading"]


@pytest.fixture
def hotlines(connections) -> Credentials:
    return connections["hotlines"]


@pytest.fixture
def agriculture(connections) -> Credentials:
    return connections["agriculture"]


test_rest = conformance("civil_affairs.deaths", "civil_affairs", "2026-06-20", "2026-06-30")
test_database = conformance("health.settlements", "health", "2026-06-20", "2026-06-30")
test_text_files = conformance("hr.public_employees", "hr", "2026-06-20", "2026-07-01")
test_packed_files = conformance("hr.payroll", "hr", "2026-06-20", "2026-07-01")
test_sheets = conformance("hr.public_welfare_posts", "hr", "2026-06-20", "2026-07-01")
test_merged_cells = conformance("agriculture.collective_assets", "agriculture", "2026-06-20", "2026-07-01")
test_releases = conformance("trading.contracts", "trading", "2026-06-20", "2026-06-30")
test_folders = conformance("trading.suppliers", "trading", "2026-06-20", "2026-07-01")
test_lines = conformance("hotlines.complaints", "hotlines", "2026-06-20", "2026-06-30")
test_sealed_packages = conformance("police.dui_cases", "police", "2026-06-20", "2026-07-01")
