"""vLLM as a server: the profile and a model's folder as its command line."""

from __future__ import annotations

from pathlib import Path

from configs.load import store_root
from configs.schema import Profile, ServeConfig
from tasks.artifacts import Adapter
from tasks.base_model import fingerprint, locate
from tasks.serving.client import base_alias
from tasks.serving.command import Command, Weights
from tasks.storage import Store

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""Every linear layer of a Llama-like model's blocks: where adapters usually sit."""


def base_of(profile: Profile) -> Weights:
    """The profile's base model on this machine. Raises BaseModelError where it is not there."""
    path = locate(profile.base_model)
    return Weights(path, fingerprint(path))


def weights_of(profile: Profile, adapter: Adapter | None) -> Weights:
    """What a server must hold to offer an adapter, or the base model alone where there is none.

    Raises BaseModelError, and StorageError for a merged model that is not in the store or was altered.
    """
    if adapter is None or adapter.model is None:
        return base_of(profile)
    return Weights(Store(store_root(profile)).open(adapter.model.uri), adapter.model.sha256, adapter.name)


def served_modules(profile: Profile) -> tuple[str, ...]:
    """The modules that the server takes adapters for: those of the blocks, and what else the profile trains.

    Never the head. With room for a LoRA of it, which vLLM makes unless told, its CPU build ends at two requests for
    prompt log probabilities in one batch, and on a GPU they leave that LoRA out (vllm#16668, #51594).
    """
    return tuple(sorted({*LINEAR, *profile.train.lora.target_modules} - {"lm_head", "embed_tokens"}))


def vllm_command(profile: Profile, weights: Weights, template: Path, host: str) -> Command:
    """vLLM on a GPU or, in its CPU build, without one: the base model with runtime LoRA, or a merged model alone."""
    serve = profile.serve
    options = {
        "--model": str(weights.path),
        "--host": host,
        "--port": serve.port,
        "--dtype": serve.dtype,
        "--max-model-len": profile.base_model.max_length,
        "--gpu-memory-utilization": serve.gpu_memory_utilization,
        "--chat-template": str(template),
        "--seed": 0,
        "--max-logprobs": 1,
        # One process less to start than a worker of its own: 10 s on two CPU cores. A single GPU's default anyway.
        "--distributed-executor-backend": "uni",
    }
    flags = ["--enable-prefix-caching", "--disable-uvicorn-access-log"]
    adapters = () if weights.merged else _adapters(profile)
    names = (weights.merged,) if weights.merged else (serve.base_name, base_alias(weights.sha256))
    return Command(
        name="vllm",
        module="vllm.entrypoints.openai.api_server",
        words=(
            *(str(word) for option in options.items() for word in option),
            "--served-model-name",
            *names,
            *adapters,
            *flags,
            *(["--enforce-eager"] if serve.enforce_eager else []),
        ),
        env=_vllm_environment(serve),
    )


def _adapters(profile: Profile) -> tuple[str, ...]:
    """Room for adapters that come and go while the server runs."""
    serve = profile.serve
    options = {
        "--max-loras": serve.max_loras,
        # Adapters beyond `max_loras` wait in memory and come back without reading the disk.
        "--max-cpu-loras": 2 * serve.max_loras,
        "--max-lora-rank": serve.max_lora_rank,
    }
    plain = (str(word) for option in options.items() for word in option)
    return ("--enable-lora", *plain, "--lora-target-modules", *served_modules(profile))


def _vllm_environment(serve: ServeConfig) -> dict[str, str]:
    environment = {
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # the CPU build refuses the `uni` executor without
        "VLLM_CPU_KVCACHE_SPACE": str(serve.cpu_kv_cache_gib),
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": str(serve.cpu_threads),
        "NO_COLOR": "1",
        "PYTHONUNBUFFERED": "1",
    }
    # Eager to the end: the sampler compiles a kernel at the first request for logprobs, 20 s on two CPU cores.
    return environment | ({"TORCH_COMPILE_DISABLE": "1"} if serve.enforce_eager else {})
