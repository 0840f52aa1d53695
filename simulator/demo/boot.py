"""Make Airflow's database ready for the demo's people.

`python -m simulator.demo.boot ACCOUNTS`, with the environment of that Airflow: importing Airflow configures it.
"""

import sys
from pathlib import Path

import airflow.settings  # noqa: F401 - puts the plugins on the path

from simulator.demo.accounts import kept_accounts


def main(accounts: Path) -> None:
    from hedui_airflow.preparing import NewAccount, prepare

    prepare([NewAccount(a.username, a.role, a.password) for a in kept_accounts(accounts).values()])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
