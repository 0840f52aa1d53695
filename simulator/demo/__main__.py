"""`python -m simulator.demo [--seed N] [--people N] [--up]`."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.markup import escape

from hedui.model.errors import HeduiError
from hedui.settings import Settings
from simulator.clerk import Clerk
from simulator.demo.board import Board
from simulator.demo.day import Day, plan
from simulator.demo.place import Place
from simulator.demo.servers import Servers, running
from simulator.demo.summary import summarise
from simulator.demo.waiting import Watch
from simulator.province import ProvinceFacts
from simulator.site import daily_of, history_of

_LEAST_LIMIT = 600.0  # seconds for each step of the day, and one more for so many people:
_PEOPLE_A_SECOND = 500
_BETWEEN_LOOKS = 1.0  # seconds: each look costs Airflow work that the pipeline needs


def main() -> int:
    """The exit code: 0 only where every run succeeded."""
    asked = _arguments()
    home = Path(os.environ.get("HEDUI_HOME", "var")).absolute()
    os.environ["HEDUI_HOME"] = str(home)
    place = Place(home, Path(os.environ.get("HEDUI_PROVINCE", "province")).absolute(), asked.seed, asked.people)
    console = Console(highlight=False)
    for ending in (signal.SIGINT, signal.SIGTERM):  # a shell may have started us deaf to Ctrl-C
        signal.signal(ending, _interrupt)
    began = time.monotonic()
    try:
        with place.taken(), running(place, _teller(console, began)) as servers:
            code = _play(console, place, servers, began)
            if asked.up:
                _stay(console, servers)
            return code
    except KeyboardInterrupt:
        console.print("ended")
        return 130
    except (HeduiError, RuntimeError, ValueError) as error:
        console.print(f"[bold red]The demo cannot go on:[/] {escape(str(error))}", soft_wrap=True)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator.demo", description="The whole pipeline on a simulated province")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--up", action="store_true", help="leave everything running, with the UI, until Ctrl-C")
    return parser.parse_args()


def _teller(console: Console, began: float) -> Callable[[str], None]:
    """Says what begins, and when."""
    return lambda step: console.print(f"[dim]{time.monotonic() - began:6.1f} s  {step}[/]")


def _play(console: Console, place: Place, servers: Servers, began: float) -> int:
    _print_sign_in(console, servers)
    board = Board(console, plan())
    watch = Watch(servers.check, _LEAST_LIMIT + place.people / _PEOPLE_A_SECOND, _BETWEEN_LOOKS)
    day = Day(servers.address, servers.accounts, board, watch)
    say = _teller(console, began)
    say("a day of the pipeline")
    with board.shown():
        day.play(servers.facts, _clerk(place, servers.facts))
    say("comparison with the truth")
    truth, seconds = place.province / "truth.jsonl", time.monotonic() - began
    summary = summarise(truth, servers.facts, seconds, day.failures, day.answered)
    summary.write(place.folder / "summary.json")
    summary.show(console)
    _print_where(console, place)
    return 0 if summary.ok else 1


def _clerk(place: Place, facts: ProvinceFacts) -> Clerk:
    return Clerk(place.province, place.seed, history_of(facts), daily_of(facts))


def _print_sign_in(console: Console, servers: Servers) -> None:
    console.print(f"Airflow: [bold]{servers.address}[/]")
    for account in servers.accounts.values():
        console.print(f"  {account.username:<10} {account.password}  {account.does}")


def _print_where(console: Console, place: Place) -> None:
    settings = Settings.from_environment()
    console.print("The release was approved by the two seeded approvers through the API: [bold]simulated[/].")
    console.print(f"reports  {settings.reports}, `.venv/bin/hedui report deliveries`")
    inboxes = place.province / "agencies"
    console.print(f"inboxes  {inboxes}/*/inbox (mail, webhook), {inboxes}/*/root/inbox (SFTP)")
    console.print(f"outbox   {settings.outbox}/police/reports (sealed, for a gateway to fetch)")
    console.print(f"leads    {settings.outbox}, `.venv/bin/hedui leads`")
    console.print(f"figures  {place.folder / 'summary.json'}\nlogs     {place.logs}")
    console.print("`make up` keeps everything running, with the UI.")


def _stay(console: Console, servers: Servers) -> None:
    console.print(f"Everything runs. Airflow: [bold]{servers.address}[/]   Ctrl-C ends it.")
    Watch(servers.check, float("inf")).until(lambda: False, "the end")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
