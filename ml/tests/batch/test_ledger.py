from ml.batch.ledger import DEATHS, Ledger


def die_at(ledger: Ledger, shard: int, files: list[bytes], deadly: bytes) -> list[bytes] | None:
    """Look at a shard's files as a worker that dies of one. Returns what it did not skip."""
    is_careful = ledger.begin(shard)
    seen = []
    for file in files:
        if is_careful and not ledger.ask(shard, file):
            continue
        if file == deadly:
            return None
        seen.append(file)
    return seen


def test_a_file_that_workers_die_of_is_left_out_in_the_end():
    ledger, files = Ledger(), [b"a", b"b", b"c"]

    tries = [die_at(ledger, 7, files, b"b") for _ in range(DEATHS + 2)]

    assert tries == [None] * (DEATHS + 1) + [[b"a", b"c"]]


def test_a_worker_that_was_ended_from_outside_costs_no_file():
    ledger, files = Ledger(), [b"a", b"b", b"c"]

    die_at(ledger, 7, files, b"b")

    assert die_at(ledger, 7, files, b"none") == files


def test_the_first_try_asks_nothing():
    assert [Ledger().begin(0), Ledger().begin(1)] == [False, False]
