"""The people who sign in to the demo's Airflow, with passwords made for this home."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

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


def write_secret(file: Path, text: str) -> None:
    """Write a file, whole or not at all, that only its owner can read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    partial.replace(file)
