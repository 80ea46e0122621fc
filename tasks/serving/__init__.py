"""The model server: start one, ask it, load adapters into it. Shared by the evaluate and deploy stages.

    state = ensure_server(profile)      # launch.py: start or reuse
    with ModelServer(state.url) as server:                      # client.py: ask, score, load, unload
        server.load_adapter(adapter.name, store.open(adapter.uri))
        answer = server.complete(adapter.name, messages, max_tokens=96)
        check_template(server, adapter.name, base_path, template, messages)     # template.py

Which server it is stays in `launch.BACKENDS`; everything else speaks the OpenAI-compatible HTTP API.
"""

from tasks.serving.client import Completion, ModelServer, ServingError
from tasks.serving.launch import Base, ServerState, base_of, ensure_server, served_modules, server_runs, stop_server
from tasks.serving.template import check_record, check_template, render_ids

__all__ = [
    "Base",
    "Completion",
    "ModelServer",
    "ServerState",
    "ServingError",
    "base_of",
    "check_record",
    "check_template",
    "ensure_server",
    "render_ids",
    "served_modules",
    "server_runs",
    "stop_server",
]
