"""The board counts what has ended, names what is at work and what failed, and fits a small screen."""

import io

from rich.console import Console

from simulator.demo.board import Board, Place
from simulator.demo.day import plan

PLAN = {("hr", "history"): ["payroll", "pensions"], ("hr", "daily"): ["payroll"], ("rules", "daily"): ["dui"]}


def shown(board: Board) -> str:
    console = Console(file=io.StringIO(), width=80)
    console.print(board._table())
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_a_line_says_how_many_have_ended_and_what_is_at_work() -> None:
    board = Board(Console(file=io.StringIO()), PLAN)
    board.put(Place("hr", "history", "payroll"), "success")
    board.put(Place("hr", "history", "pensions"), "validate")
    assert "hr       1/2  pensions validate" in shown(board)


def test_what_failed_is_named() -> None:
    board = Board(Console(file=io.StringIO()), PLAN)
    board.put(Place("hr", "history", "pensions"), "failed")
    assert "0/2  failed: pensions" in shown(board)


def test_without_a_terminal_each_cell_is_told_once_when_all_of_it_has_ended() -> None:
    console = Console(file=io.StringIO(), width=80)
    board = Board(console, PLAN)
    with board.shown():
        for state in ("queued", "validate", "success", "success"):
            board.put(Place("hr", "history", "payroll"), state)
        board.put(Place("hr", "history", "pensions"), "failed")
    assert console.file.getvalue().split("\n") == ["  hr, history: 1/2  failed: pensions", ""]  # type: ignore[attr-defined]


def test_a_rule_that_may_be_woken_again_has_not_ended() -> None:
    console = Console(file=io.StringIO(), width=80)
    Board(console, PLAN).put(Place("rules", "daily", "dui"), "in step so far")
    assert console.file.getvalue() == ""  # type: ignore[attr-defined]


def test_the_whole_province_fits_a_small_screen() -> None:
    lines = shown(Board(Console(file=io.StringIO()), plan())).splitlines()
    assert len(lines) <= 12
    assert max(map(len, lines)) <= 80
