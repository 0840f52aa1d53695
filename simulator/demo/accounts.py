"""The people who sign in to the demo's Airflow, with passwords made for this home."""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from simulator.introducing import write_secret

# user name: role, what the person does
PEOPLE = {
    "operator": ("Op", "runs the pipeline"),
    "engineer": ("Op", "keeps contracts, suites and rules"),
    "approver1": ("Approver", "approves releases"),
    "approver2": ("Approver", "approves releases"),
    "admin": ("Admin", "administers Airflow"),
}
APPROVERS = ("approver1", "approver2")


@dataclass(frozen=True)
class Account:
    """One account of Airflow's user database."""

    username: str
    password: str
    role: str
    does: str


def kept_accounts(file: Path) -> dict[str, Account]:
    """The accounts of this home by user name; made at the first call."""
    if not file.exists():
        made = [Account(name, secrets.token_urlsafe(9), role, does) for name, (role, does) in PEOPLE.items()]
        write_secret(file, json.dumps([asdict(account) for account in made], indent=2))
    return {entry["username"]: Account(**entry) for entry in json.loads(file.read_text(encoding="utf-8"))}
