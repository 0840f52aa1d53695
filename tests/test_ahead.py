"""A stream mapped by threads is the same stream: in order, a few pieces ahead, and over when it is closed."""

import threading

import pytest

from hedui.ahead import mapped_ahead


def test_results_come_in_the_order_of_the_pieces_whichever_is_done_first():
    second_done = threading.Event()

    def work(piece):
        if piece == 0:
            assert second_done.wait(60)
        elif piece == 1:
            second_done.set()
        return piece * 10

    assert list(mapped_ahead(work, range(30))) == [piece * 10 for piece in range(30)]


def test_only_a_few_pieces_are_taken_before_their_results_are():
    taken = []
    results = mapped_ahead(lambda piece: piece, (taken.append(piece) or piece for piece in range(1_000)))
    for number, _ in enumerate(results):
        assert len(taken) <= number + 1 + 5
    assert len(taken) == 1_000


@pytest.mark.parametrize("broken", ["pieces", "work"])
def test_what_goes_wrong_is_raised_and_nothing_more_is_taken(broken):
    taken = []

    def pieces():
        for piece in range(1_000):
            taken.append(piece)
            if broken == "pieces" and piece == 20:
                raise ValueError(broken)
            yield piece

    def work(piece):
        if broken == "work" and piece == 20:
            raise ValueError(broken)
        return piece

    with pytest.raises(ValueError, match=broken):
        list(mapped_ahead(work, pieces()))
    assert len(taken) < 30


def test_closing_it_ends_its_threads_and_takes_nothing_more():
    before, taken = {*threading.enumerate()}, []
    results = mapped_ahead(lambda piece: piece, (taken.append(piece) or piece for piece in range(1_000)))
    assert next(results) == 0
    results.close()
    assert len(taken) < 10 and {*threading.enumerate()} == before
