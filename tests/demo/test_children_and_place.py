"""What the demo starts it also ends; and it touches no home but its own."""

import sys
from pathlib import Path

import psutil
import pytest

from simulator.demo.children import ChildEndedError, child
from simulator.demo.place import Place
from simulator.demo.waiting import TooLongError, Watch

PARENT_OF_A_STUBBORN_CHILD = """
import os, signal, sys, time
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(os.getpid(), flush=True)
    time.sleep(600)
time.sleep(600)
"""


def test_a_child_is_ended_with_all_it_started(tmp_path: Path) -> None:
    with child("server", [sys.executable, "-c", PARENT_OF_A_STUBBORN_CHILD], tmp_path) as server:
        Watch(server.check, 30).until(lambda: server.log.read_text().endswith("\n"), "the grandchild")
        grandchild = psutil.Process(int(server.log.read_text()))
        assert grandchild.is_running()
    assert not grandchild.is_running()


def test_a_child_that_ends_by_itself_is_told_of_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('[no] port is free'); raise SystemExit(3)"]
    with (
        child("server", command, tmp_path) as server,
        pytest.raises(ChildEndedError, match=r"3[^!]*\[no\] port is free"),
    ):
        Watch(server.check, 30).until(lambda: False, "nothing")


def test_waiting_has_an_end() -> None:
    with pytest.raises(TooLongError, match="in vain for rain"):
        Watch(lambda: None, 0).until(lambda: False, "rain")


def test_what_goes_on_is_waited_on_however_slow_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr("simulator.demo.waiting.time.monotonic", lambda: float(next(clock)))
    watch, looks = Watch(lambda: None, limit=3, pause=0), iter(range(1000))

    def tenth() -> bool:
        watch.moved()
        return next(looks) == 10

    watch.until(tenth, "the tenth look")
    with pytest.raises(TooLongError):
        watch.until(lambda: next(looks) == 20, "ten looks at which nothing moves")


def place(home: Path, seed: int = 1) -> Place:
    return Place(home, home.parent / "province", seed, 100)


def test_a_home_is_kept_for_the_same_province_and_emptied_for_another(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with place(home).taken():
        (home / "warehouse").mkdir()
    with place(home).taken():
        assert (home / "warehouse").exists()
    with place(home, seed=2).taken():
        assert not (home / "warehouse").exists()


def test_a_home_that_no_demo_filled_is_left_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "warehouse").mkdir(parents=True)
    with pytest.raises(RuntimeError, match="no demo put there"), place(home).taken():
        pass
    assert (home / "warehouse").exists()


def test_two_demos_do_not_share_a_home(tmp_path: Path) -> None:
    with (
        place(tmp_path / "home").taken(),
        pytest.raises(RuntimeError, match="another demo runs"),
        place(tmp_path / "home").taken(),
    ):
        pass
