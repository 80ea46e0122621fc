"""A run that is looked after: memory, hanging, divergence, words that say why it ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from configs.schema import TrainConfig
from tasks.train.failures import Ending
from tasks.train.plan import TrainError
from tasks.train.supervise import halved
from tests.tasks.train.conftest import Site
from tests.tasks.train.contract import Heard

StandIn = Callable[[str], Site]


@pytest.mark.slow
def test_out_of_memory_is_tried_once_more_with_half_the_micro_batch(stand_in: StandIn) -> None:
    site, heard = stand_in("runs out of GPU memory"), Heard()
    adapter = site.train(heard)
    assert adapter.steps == 4
    assert any("with 2 and 4 accumulation steps, which is the same effective batch" in said for said in heard.said)
    assert (0, {"out_of_memory_retries": 1.0}) in heard.metrics
    record = json.loads((site.store.open(adapter.uri) / "retried.json").read_text())
    assert record["reason"].startswith("the GPU ran out of memory")
    assert record["now"] == {"micro_batch_size": 2, "gradient_accumulation_steps": 4}
    assert record["asked"] == {"micro_batch_size": 4, "gradient_accumulation_steps": 2}


@pytest.mark.slow
def test_an_interrupted_second_try_goes_on_with_its_own_micro_batch(stand_in: StandIn) -> None:
    site = stand_in("runs out of GPU memory")

    def interrupt(progress: Any) -> None:
        if progress.step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        site.train(on_progress=interrupt)
    heard = Heard()
    site.train(heard)
    assert heard.said[0].startswith("going on from checkpoint-")
    assert not any("ran out of memory" in said for said in heard.said)


@pytest.mark.slow
def test_out_of_memory_twice_is_the_end(stand_in: StandIn) -> None:
    heard = Heard()
    with pytest.raises(TrainError, match=r"the GPU ran out of memory: halve train\.micro_batch_size"):
        stand_in("always runs out of GPU memory").train(heard)
    assert len([said for said in heard.said if "once more" in said]) == 1


@pytest.mark.parametrize(
    ("sizes", "then"), [((4, 2), (2, 4)), ((5, 2), (2, 5)), ((3, 1), (1, 3)), ((6, 1), (3, 2)), ((1, 8), None)]
)
def test_the_effective_batch_stays_the_same(sizes: tuple[int, int], then: tuple[int, int] | None) -> None:
    smaller = halved(TrainConfig(micro_batch_size=sizes[0], gradient_accumulation_steps=sizes[1]))
    found = None if smaller is None else (smaller.micro_batch_size, smaller.gradient_accumulation_steps)
    assert found == then


@pytest.mark.slow
def test_a_trainer_that_talks_but_does_not_move_is_ended(stand_in: StandIn) -> None:
    site = stand_in("hangs").set(step_timeout_s=1)
    with pytest.raises(TrainError, match=r"took no step for 1 s \(train\.step_timeout_s\) .* still printed: step 2/4"):
        site.train()


def test_a_loss_that_is_no_number_ends_the_run_at_once(stand_in: StandIn) -> None:
    site, heard = stand_in("diverges"), Heard()
    with pytest.raises(TrainError, match=r"loss is nan at step 1: the run diverged.*Log: "):
        site.train(heard)
    assert max(step for step, _ in heard.metrics) == 1


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["Traceback (most recent call last):", "ValueError: bad", "later"], "ValueError: bad"),
        (["[rank1]: torch.cuda.CudaError: 3"], "torch.cuda.CudaError: 3"),
        (
            ["RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory: 9 bytes"],
            "the machine ran out of",
        ),
        (["CUDA error: no kernel image is available for execution"], "the environment's torch knows no such GPU"),
        (["all is well"], "ended with exit status 1"),
    ],
)
def test_the_end_has_a_reason(lines: list[str], reason: str) -> None:
    ending = Ending()
    for line in lines:
        ending(line)
    assert ending.explain("ended with exit status 1").startswith(reason)
