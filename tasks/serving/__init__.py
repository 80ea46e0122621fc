"""The model server: start one, ask it, load adapters into it. Shared by the evaluate and deploy stages.

    state = ensure_server(profile)      # launch.py: start or reuse
    with ModelServer(state.url) as server:                      # client.py: ask, score, load, unload
        server.load_adapter(adapter.name, store.open(adapter.uri))
        answer = server.complete(adapter.name, messages, max_tokens=96)
        check_template(server, adapter.name, base_path, template, messages)     # template.py

Which server it is stays in `launch.BACKENDS` (vllm.py), and where it runs in `launch.LAUNCHERS` (process.py,
docker.py); everything else speaks the OpenAI-compatible HTTP API.
"""

from tasks.serving.client import Completion, ModelServer, ServingError
from tasks.serving.command import Weights
from tasks.serving.launch import ServerState, ensure_server, places, retire, servers, stop_servers, where
from tasks.serving.swap import is_model, read_config, why_merged
from tasks.serving.template import TemplateMismatchError, check_record, check_template, render_ids
from tasks.serving.vllm import base_of, served_modules, weights_of

__all__ = [
    "Completion",
    "ModelServer",
    "ServerState",
    "ServingError",
    "TemplateMismatchError",
    "Weights",
    "base_of",
    "check_record",
    "check_template",
    "ensure_server",
    "is_model",
    "places",
    "read_config",
    "render_ids",
    "retire",
    "served_modules",
    "servers",
    "stop_servers",
    "weights_of",
    "where",
    "why_merged",
]
