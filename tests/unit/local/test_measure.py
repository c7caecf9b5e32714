"""What a measurement says of a model server."""

from __future__ import annotations

from chainmail.local.demo_chain import demo_chain
from chainmail.local.measure import Measurement, Step, advice


def step(parallel: int, per_minute: float, **other: int) -> Step:
    """Return a step of two rounds with that result."""
    count = 2 * parallel
    wall_s = 60 * count / per_minute
    return Step(parallel=parallel, wall_s=wall_s, seconds=(wall_s / 2,) * count, **other)


def measured(*steps: Step, first_s: float = 0.5) -> Measurement:
    """Return a measurement of those steps."""
    return Measurement(url="http://model:1", rounds=2, first_s=first_s, steps=list(steps))


def test_measurement_goes_on_while_there_is_a_gain() -> None:
    """A server with eight slots would be said to have four, or one with one be asked 32 at once."""
    assert measured(step(1, 100)).goes_on()
    assert measured(step(1, 100), step(2, 190)).goes_on()
    assert not measured(step(1, 100), step(2, 105)).goes_on()
    assert not measured(step(1, 100), step(2, 190), step(4, 150)).goes_on()


def test_measurement_ends_at_its_bound_and_where_requests_fail() -> None:
    """It would bring the server down to find out when it goes down."""
    assert not measured(step(16, 100), step(32, 200)).goes_on()
    assert not measured(step(1, 100), step(2, 190, timed_out=1)).goes_on()
    assert not measured(step(1, 100), step(2, 190, refused=1)).goes_on()


def test_measurement_keeps_to_its_time() -> None:
    """It would take ten minutes where two were said; on a slow server it would never come to four at once."""
    assert not measured(step(1, 6), step(2, 8), step(4, 9), first_s=4).goes_on()
    assert measured(step(1, 1.8), step(2, 3.5), first_s=34).goes_on()


def test_best_is_the_fewest_that_bring_as_much() -> None:
    """Slots that buy nothing cost memory and make each analysis slower."""
    assert measured(step(1, 100), step(2, 190), step(4, 200)).best.parallel == 2
    assert measured(step(1, 100), step(2, 190), step(4, 380), step(8, 390)).best.parallel == 4
    assert measured(step(1, 100), step(2, 104)).best.parallel == 1


def test_best_has_no_time_outs() -> None:
    """The advice would be the old script's: four at once, and some time out."""
    assert measured(step(1, 100), step(2, 190), step(4, 400, timed_out=1)).best.parallel == 2


def test_advice_names_what_to_set_for_each_kind_of_server() -> None:
    """A person would have a table, and still not know what to do."""
    found = measured(step(1, 100), step(2, 190), step(4, 380), step(8, 390))
    words = "\n".join(advice("ollama", found))
    for wanted in ("4 at once", "OLLAMA_NUM_PARALLEL=4", "CHAINMAIL_MODEL_SLOTS=4", "--workers 4"):
        assert wanted in words
    assert "--parallel 4" in "\n".join(advice("openai", found))


def test_advice_tells_a_server_with_one_slot_how_to_find_out_more() -> None:
    """Ollama's default of one at a time would be taken for what the machine can do."""
    assert "measure again" in advice("ollama", measured(step(1, 100), step(2, 101)))[-1]


def test_advice_says_when_it_was_too_much() -> None:
    """Nobody would know why the largest number is not the best."""
    words = " ".join(advice("ollama", measured(step(1, 100), step(2, 190, timed_out=2))))
    assert "2 at once is too many" in words


def test_step_without_an_answer_has_no_times() -> None:
    """The table would end in a division by zero."""
    empty = Step(parallel=4, wall_s=600.0, seconds=(), timed_out=4)
    assert (empty.per_minute, empty.as_json()["p50_s"]) == (0.0, None)


def test_demo_chain_is_a_whole_conversation() -> None:
    """The measurement would be made with a prompt that nobody's mail looks like."""
    chain = demo_chain()
    assert len(chain.emails) == 4
    assert chain.completeness.score == 1.0
    assert demo_chain().chain_hash == chain.chain_hash
