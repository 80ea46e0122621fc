"""Model servers, and what stands in front of them: the gateway and the export API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from configs.settings.base import MAX_PORT, PinnedImage, Port, Positive, Settings, Share
from configs.settings.secrets import as_text, require_variable, without_password


class DockerConfig(Settings):
    """A model server in a container (`serve.launcher: docker`, `exhell render docker`)."""

    image: PinnedImage = Field("vllm/vllm-openai:v0.32.0", description="vLLM, of the version that is tested here.")
    tgi_image: PinnedImage = Field(
        "ghcr.io/huggingface/text-generation-inference:3.3.5", description="For `exhell render docker --server tgi`."
    )
    gpus: str = Field("all", description="As `docker run --gpus` takes it; empty: none.")
    restart: Literal["no", "on-failure", "unless-stopped", "always"] = Field(
        "unless-stopped", description="Of a container that Docker itself keeps up; one that a night starts has none."
    )


class KubernetesConfig(Settings):
    """The manifests of `exhell render kubernetes`. Claims and the secret are yours: the manifests only name them."""

    gateway_image: PinnedImage = Field(
        "exhell-finetune:0.1.0", description="Of deployments/docker/pipeline.Dockerfile."
    )
    gpus: Positive = Field(1, description="Of each model server.")
    cpu: Positive = Field(4, description="Processors that each model server asks for.")
    memory_gib: Positive = Field(32, description="Of each model server.")
    min_servers: Positive = 1
    max_servers: Positive = 4
    waiting: Positive = Field(4, description="Requests that wait at a server, at the mean, before another one starts.")
    models_claim: str = Field("exhell-models", description="Volume claim with the base model in its root.")
    store_claim: str = Field("exhell-store", description="Volume claim of the artifact store, for many readers.")
    secret: str = Field("exhell", description="Secret whose keys are the variables that the profile names.")
    monitoring: str = Field("monitoring", description="Namespace of the Prometheus that may read the servers' metrics.")

    @model_validator(mode="after")
    def _grows(self) -> KubernetesConfig:
        if self.max_servers < self.min_servers:
            raise ValueError(f"max_servers must be min_servers ({self.min_servers}) at least")
        return self


class ServeConfig(Settings):
    """The vLLM server that holds the base model and its adapters, or a merged model."""

    backend: Literal["vllm"] = "vllm"
    launcher: Literal["process", "docker"] = Field("process", description="Where a server that is started here runs.")
    docker: DockerConfig = DockerConfig()
    kubernetes: KubernetesConfig = KubernetesConfig()
    environment: str = Field(".venv-serve", description="Folder of the virtual environment that holds vLLM.")
    host: str = "127.0.0.1"
    port: Port = 8000
    second_port: Port | None = Field(
        None,
        description="Where a server stands while another serves: merged models take turns. Empty: the next port.",
    )
    base_name: str = Field("base", description="The name under which the server offers the base model alone.")
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    max_loras: Positive = 3
    max_lora_rank: Positive = 16
    gpu_memory_utilization: Annotated[float, Field(gt=0, le=1)] = 0.90
    cpu_kv_cache_gib: Positive = 1
    cpu_threads: Positive = Field(
        1, description="Threads of a server without a GPU; a small model is slower with more."
    )
    enforce_eager: bool = False
    ready_timeout_s: Positive = 600

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def ports(self) -> tuple[int, int]:
        return self.port, self.second_port or self.port + 1

    @model_validator(mode="after")
    def _has_two_places(self) -> ServeConfig:
        if self.ports[0] == self.ports[1] or self.ports[1] > MAX_PORT:
            raise ValueError(f"second_port must be another port than port {self.port}, and at most {MAX_PORT}")
        return self


class CanaryConfig(Settings):
    """How a new champion takes over behind the gateway, and what takes it back without a person."""

    share: Share = Field(
        1.0, description="Share of users, by a hash of their name, who get a new champion while it is watched."
    )
    watch_s: Annotated[float, Field(ge=0)] = Field(600, description="How long a new champion is watched.")
    shadow_share: Share = Field(
        0.0, description="Share of requests put to the other one as well while it is watched, its answer only measured."
    )
    window_s: Annotated[float, Field(gt=0)] = Field(30, description="Requests of the last so many seconds are judged.")
    min_requests: Positive = Field(20, description="With fewer in the window, neither errors nor latency decide.")
    max_error_share: Share = Field(0.05, description="More server errors and timeouts than this take it back.")
    max_ttft_ratio: Annotated[float, Field(gt=1)] = Field(
        3.0, description="A median time to the first token of over this many times the previous one's takes it back."
    )
    parity_s: Annotated[float, Field(gt=0)] = Field(2.0, description="Seconds between two rounds of known questions.")
    min_parity: Share = Field(
        0.8, description="Fewer of the known questions answered as the evaluation heard it take it back."
    )


class GatewayConfig(Settings):
    """The gateway (`exhell gateway`): the one address that the app knows, in front of the model servers."""

    host: str = Field("127.0.0.1", description="Any other than this machine's own addresses needs keys.")
    port: Port = 8080
    api_keys: str = Field(  # "keys" would make a mapping of it to whoever copies it by dict()
        "",
        repr=False,
        description="`${EXHELL_GATEWAY_KEYS}`, read from the environment at start: keys with commas between them, of "
        "which every request must bear one. Empty: only callers on this machine are served.",
    )
    model: str = Field(
        "",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,99})?$",
        description="The name that the app asks for; empty: tracking.registered_model.",
    )
    servers: tuple[Annotated[str, Field(pattern=r"^http://[A-Za-z0-9.\[\]:-]+$")], ...] = Field(
        (), description="Addresses of the model servers; empty: the two that this project starts (serve.port)."
    )
    requests_per_minute: Positive = Field(1_200, description="Of one key, in bursts of as many.")
    max_in_flight: Positive = Field(256, description="Requests at one server at a time; more are answered with 429.")
    max_connections: Positive = Field(12_000, description="Open at once, idle ones included.")
    max_body_bytes: Positive = 1 << 20
    max_tokens: Positive = Field(2_048, description="Most tokens of an answer that a request may ask for.")
    max_answers: Positive = Field(4, description="Most answers (`n`) that a request may ask for.")
    idle_timeout_s: Positive = Field(75, description="A connection without a request is closed after this long.")
    body_timeout_s: Positive = Field(20, description="A request must have come within this time.")
    first_token_timeout_s: Positive = Field(60, description="A server that has not begun its answer then has failed.")
    request_timeout_s: Positive = Field(300, description="The longest answer.")
    stall_timeout_s: Positive = Field(60, description="End an answer of which the caller takes nothing for this long.")
    session_idle_s: Positive = Field(3_600, description="A conversation keeps its adapter until silent for this long.")
    registry_poll_s: Annotated[float, Field(gt=0)] = Field(0.5, description="Seconds between two looks at the alias.")
    canary: CanaryConfig = CanaryConfig()
    capture: str = Field(
        "",
        description="SQLAlchemy URL of a database with the reference schema (`${NAME}` is read from the environment), "
        "which requests of users who consent are written into; empty: nothing is kept.",
    )

    @field_validator("capture")
    @classmethod
    def _holds_no_password(cls, url: str) -> str:
        return without_password(url)

    @field_validator("api_keys", mode="before")
    @classmethod
    def _keys_are_text(cls, keys: object) -> str:
        return as_text(keys)

    @model_validator(mode="after")
    def _holds_no_key(self) -> GatewayConfig:
        require_variable("api_keys", self.api_keys, "EXHELL_GATEWAY_KEYS")
        return self


class ApiConfig(Settings):
    """The export API (`exhell api`): where it listens, who may call it, and how often."""

    host: str = Field("127.0.0.1", description="Any other than this machine's own addresses needs a token.")
    port: Port = 3000
    token: str = Field(
        "",
        repr=False,
        description="`${EXHELL_API_TOKEN}`, read from the environment when the API starts: every call must then bear "
        "it. Empty: only callers on this machine are served.",
    )
    trusted_proxies: tuple[str, ...] = Field(
        (), description="Addresses of reverse proxies whose X-Forwarded-For names the caller; needs a token."
    )
    requests_per_minute: Positive = Field(60, description="Of one caller, in bursts of as many.")
    max_exports: Positive = Field(2, description="Exports and statistics made at once for all callers; one for each.")
    stall_timeout_s: Positive = Field(120, description="End an answer of which the caller takes nothing for this long.")

    @field_validator("token", mode="before")
    @classmethod
    def _token_is_text(cls, token: object) -> str:
        return as_text(token)

    @model_validator(mode="after")
    def _holds_no_token(self) -> ApiConfig:
        require_variable("token", self.token, "EXHELL_API_TOKEN")
        return self
