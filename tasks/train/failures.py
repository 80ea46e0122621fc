"""Why a trainer ended: its last words and its exit status, as something that a person can act on."""

from __future__ import annotations

import re

OUT_OF_MEMORY = ("CUDA out of memory", "torch.OutOfMemoryError", "HIP out of memory")
"""How PyTorch says that a GPU is full."""

NO_EXAMPLE = "no example is left to train on: every one is longer than train.sequence_length tokens; raise that"

_KNOWN = (
    ("No space left on device", "the disk is full: free space, then run again; it goes on from the last checkpoint"),
    ("Disk quota exceeded", "the disk quota is used up: free space, then run again"),
    *(
        (
            sign,
            "the GPU ran out of memory: halve train.micro_batch_size and double train.gradient_accumulation_steps (the "
            "effective batch stays the same), shorten train.sequence_length, or switch gradient_checkpointing on",
        )
        for sign in OUT_OF_MEMORY
    ),
    ("DefaultCPUAllocator: can't allocate memory", "the machine ran out of memory: lower train.micro_batch_size"),
    ("num_samples should be a positive integer", NO_EXAMPLE),
    ("Cannot find valid samples", NO_EXAMPLE),
    ("Target modules", "train.lora.target_modules names a layer that the base model does not have"),
    ("no kernel image is available", "the environment's torch knows no such GPU: install a build that does"),
    ("driver version is insufficient", "the NVIDIA driver is older than the environment's CUDA: update it"),
    ("ncclUnhandledCudaError", "the GPUs could not talk to each other; NCCL_DEBUG=INFO says more"),
    ("Error while deserializing header", "a weights file of the base model or a checkpoint is damaged: fetch it again"),
)

_EXCEPTION = re.compile(r"^(?:\[rank\d+\]: ?)?((?:[a-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception|Interrupt)): (.+)")


class Ending:
    """Feed it a trainer's lines; it keeps what says why the trainer ended."""

    def __init__(self) -> None:
        self._advice: list[str] = []
        self._exception = ""
        self.out_of_memory = False

    def __call__(self, line: str) -> None:
        self._advice.extend(advice for sign, advice in _KNOWN if sign in line)
        self.out_of_memory = self.out_of_memory or any(sign in line for sign in OUT_OF_MEMORY)
        if found := _EXCEPTION.match(line.strip()):
            self._exception = f"{found[1]}: {found[2]}"

    def explain(self, failure: str) -> str:
        """The failure with its reason before it, where one is known."""
        reason = self._advice[0] if self._advice else self._exception
        return f"{reason}\n{failure}" if reason else failure
