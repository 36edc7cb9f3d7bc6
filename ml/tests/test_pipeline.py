import threading

import pytest

from ml.pipeline import Ahead, batches


class Held:
    """Work that waits until the test lets it go on; notes what was begun."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.go_on = threading.Event()

    def __call__(self, number: int) -> int:
        self.begun.append(number)
        assert self.go_on.wait(timeout=30)
        return number


def test_results_come_in_the_order_of_their_items():
    with Ahead(range(50), lambda number: number * number, threads=4, most=8) as results:
        assert list(results) == [number * number for number in range(50)]


def test_work_is_begun_ahead_by_several_threads_but_not_without_bound():
    work, asked = Held(), []

    def items():
        for number in range(100):
            asked.append(number)
            yield number

    with Ahead(items(), work, threads=2, most=5) as results:
        assert not results.is_ready()
        assert len(asked) == 5
        work.go_on.set()
        assert list(results) == list(range(100))


def test_an_error_is_raised_at_its_items_turn():
    def halve(number: int) -> float:
        return 1 / number

    with Ahead([1, 2, 0, 4], halve, threads=2, most=4) as results:
        assert [next(results), next(results)] == [1, 0.5]
        with pytest.raises(ZeroDivisionError):
            next(results)


def test_after_an_error_nothing_new_is_begun():
    work = Held()

    with pytest.raises(KeyboardInterrupt), Ahead(range(100), work, threads=2, most=50) as results:
        results.is_ready()
        threading.Timer(0.1, work.go_on.set).start()
        raise KeyboardInterrupt

    assert len(work.begun) < 50


# --- Batches


def weight(number: int) -> int:
    return number


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([], []),
        ([3, 3, 3, 3], [[3, 3, 3], [3]]),
        ([5, 5, 1], [[5, 5], [1]]),
        ([25, 1, 1], [[25], [1, 1]]),
        ([1, 25, 1], [[1], [25], [1]]),
        ([0, 0, 0], [[0, 0, 0]]),
    ],
)
def test_batches_are_filled_up_to_their_weight(weights, expected):
    assert list(batches(weights, weight, 10)) == expected


def test_a_batch_holds_what_is_ready_while_the_caller_is_busy():
    gates = [threading.Event() for _ in range(6)]

    def wait(number: int) -> int:
        assert gates[number].wait(timeout=30)
        return number

    def open_gates(*numbers: int) -> None:
        for number in numbers:
            gates[number].set()

    open_gates(0)
    with Ahead(range(6), wait, threads=6, most=6) as results:
        found = batches(results, lambda number: 1, 4)
        sizes = [len(next(found))]
        open_gates(1, 2, 3, 4, 5)
        settled(results)
        sizes += [len(batch) for batch in found]

    assert sizes == [1, 4, 1]


def settled(results: Ahead[int]) -> None:
    """Wait until all that was begun is done."""
    for future in list(results._begun):
        future.result()
