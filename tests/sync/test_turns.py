"""Writers take turns in the order in which they came, and nobody waits for ever."""

import threading
import time

from sync.turns import Turns


def waits_until(turns: Turns, count: int) -> None:
    while len(turns._waiting) < count:
        time.sleep(0.001)


def test_who_came_first_is_served_first():
    turns, served = Turns(), []

    def writer(number: int) -> None:
        with turns.mine(10):
            served.append(number)

    threads = []
    with turns.mine(10):
        for number in range(20):
            threads.append(threading.Thread(target=writer, args=(number,)))
            threads[-1].start()
            waits_until(turns, number + 1)
    for thread in threads:
        thread.join()

    assert served == list(range(20))


def test_only_one_at_a_time():
    turns, inside, most = Turns(), [0], [0]

    def writer() -> None:
        for _ in range(200):
            with turns.mine(10):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0)
                inside[0] -= 1

    threads = [threading.Thread(target=writer) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1]


def test_an_error_inside_hands_the_turn_on():
    turns = Turns()
    try:
        with turns.mine(1):
            raise ValueError
    except ValueError:
        pass
    with turns.mine(1):
        assert turns._is_taken
    assert not turns._is_taken


def test_one_who_waited_too_long_goes_on_and_disturbs_nobody():
    turns, went_on = Turns(), []

    def impatient() -> None:
        with turns.mine(0.01):
            went_on.append(True)

    with turns.mine(10):
        thread = threading.Thread(target=impatient)
        thread.start()
        thread.join()
        assert went_on == [True]
        assert turns._is_taken
    assert not turns._is_taken
