"""Make Airflow's database ready: tables, roles, accounts, pools. Doing it again changes nothing.

`python -m simulator.demo.boot ACCOUNTS`, with the environment of that Airflow: importing Airflow configures it.
"""

import sys
from pathlib import Path

from airflow.models.pool import Pool
from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
from airflow.utils.db import initdb

from simulator.demo.accounts import Account, kept_accounts


def main(accounts: Path) -> None:
    initdb()
    _create_pools()
    _create_accounts(list(kept_accounts(accounts).values()))


def _create_pools() -> None:
    from hedui_airflow.pools import pools

    for name, (slots, description) in pools().items():
        Pool.create_or_update_pool(name, slots, description, include_deferred=False)


def _create_accounts(accounts: list[Account]) -> None:
    # Building the application also writes the built-in roles and those of the configuration.
    with get_application_builder() as builder:
        security = builder.sm
        for account in accounts:
            if not security.find_user(username=account.username):
                role = security.find_role(account.role)
                mail = f"{account.username}@example.invalid"
                security.add_user(account.username, account.username, "(demo)", mail, role, password=account.password)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
