"""Abandoning the work of one record from another thread."""

from __future__ import annotations

import threading

import pytest

from consumer.cancellation import AbandonedError, Cancellation, cancellable, current


def test_cancellation_wakes_what_waits() -> None:
    """A lost partition's call would go on for its ten minutes."""
    cancellation, woken = Cancellation(), list[str]()
    cancellation.add(lambda: woken.append("early"))
    cancellation.throw()
    cancellation.add(lambda: woken.append("late"))
    assert woken == ["early", "late"]
    assert cancellation.is_thrown


def test_cancellation_forgets_what_has_ended() -> None:
    """The connection of the next call would be closed under a record that stays."""
    cancellation, woken = Cancellation(), list[str]()

    def wake() -> None:
        woken.append("ended")

    cancellation.add(wake)
    cancellation.discard(wake)
    cancellation.throw()
    assert woken == []


def test_wait_of_abandoned_work_ends_at_once() -> None:
    """A stop would wait until the model server has a free slot."""
    cancellation = Cancellation()
    cancellation.wait(0)
    waiting = threading.Event()
    errors: list[BaseException] = []

    def work() -> None:
        waiting.set()
        try:
            cancellation.wait(60)
        except AbandonedError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    waiting.wait(5)
    cancellation.throw()
    thread.join(5)
    assert [type(error) for error in errors] == [AbandonedError]
    with pytest.raises(AbandonedError) as met:
        cancellation.wait(0)
    assert not met.value.counts, "it is nobody's fault"


def test_current_cancellation_is_the_threads_own() -> None:
    """Abandoning one record would abandon those beside it."""
    mine, seen = Cancellation(), list[Cancellation]()
    with cancellable(mine):
        thread = threading.Thread(target=lambda: seen.append(current()))
        thread.start()
        thread.join(5)
        assert current() is mine
        with cancellable(Cancellation()) as _:
            assert current() is not mine
        assert current() is mine
    assert seen[0] is not mine
    mine.throw()
    assert not current().is_thrown
