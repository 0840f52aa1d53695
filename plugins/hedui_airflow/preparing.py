"""Make Airflow's database ready: tables, roles, pools, accounts. Doing it again changes nothing.

`python -m hedui_airflow.preparing --administrator NAME --password-file FILE`, with the environment of that Airflow:
importing Airflow configures it.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from airflow.models.pool import Pool
from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
from airflow.utils.db import initdb

from hedui_airflow.factory import APPROVER_ROLE
from hedui_airflow.pools import pools

# An approver sees what is to be released and decides on it; logs, connections and runs are none of their business.
# Which DAGs they may read and answer, the release DAGs say themselves.
_APPROVER_READS = ("Website", "DAG Runs", "DAG Versions", "Task Instances", "HITL Detail")
_APPROVER = [
    *(("can_read", resource) for resource in _APPROVER_READS),
    ("can_edit", "HITL Detail"),
    ("menu_access", "HITL Detail"),
    ("menu_access", "DAGs"),
]


@dataclass(frozen=True)
class NewAccount:
    """Somebody who signs in to Airflow, with the password to begin with."""

    username: str
    role: str
    password: str


def prepare(accounts: Sequence[NewAccount]) -> None:
    """Bring the database up to date. An account that exists keeps its role and password."""
    initdb()
    for name, (slots, description) in pools().items():
        Pool.create_or_update_pool(name, slots, description, include_deferred=False)
    # Building the application also writes the built-in roles.
    with get_application_builder() as builder:
        security = builder.sm
        security.bulk_sync_roles([{"role": APPROVER_ROLE, "perms": _APPROVER}])
        for account in accounts:
            if not security.find_user(username=account.username):
                role, mail = security.find_role(account.role), f"{account.username}@example.invalid"
                security.add_user(account.username, account.username, "", mail, role, password=account.password)


def main() -> None:
    asked = _arguments()
    prepare([NewAccount(asked.administrator, "Admin", asked.password_file.read_text(encoding="utf-8").strip())])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hedui_airflow.preparing", description="Make Airflow's database ready")
    parser.add_argument("--administrator", required=True, help="the first account, who makes all others")
    parser.add_argument("--password-file", required=True, type=Path, help="holds the password to begin with")
    return parser.parse_args()


if __name__ == "__main__":
    main()
