"""Every setting of a night, with its bounds and its default: frozen, complete, checked before anything runs.

A profile (`configs/profiles/*.yaml`) is one `Profile`. The defaults are the production settings; the demo's profile
says where it differs. Nothing here reads the environment, the network or a file: `load.py` does, once, at start.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

Share = Annotated[float, Field(ge=0.0, le=1.0)]


def _pinned(image: str) -> str:
    if image.endswith(":latest"):
        raise ValueError("names `latest`, which is another image tomorrow; name a version or a digest")
    return image


Positive = Annotated[int, Field(gt=0)]
PinnedImage = Annotated[
    str, Field(pattern=r"^[a-z0-9][\w./:-]*(:[\w.-]+|@sha256:[0-9a-f]{64})$"), AfterValidator(_pinned)
]
"""A container image with a tag or a digest: `latest` is another one tomorrow."""
Price = Annotated[float, Field(gt=0, allow_inf_nan=False)]
HOURS_OF_MONTH = 365 * 24 / 12
MAX_PORT = 65_535
Port = Annotated[int, Field(ge=1, le=MAX_PORT)]


class Settings(BaseModel):
    """Base of every group of settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class SourceConfig(Settings):
    """Where the interactions come from: any database that one SQL file can turn into the reference schema."""

    url: str = Field(
        description="`sqlite:///path`, `postgresql://…`, `mysql://…`, `mariadb://…` or SQLAlchemy's `dialect+driver://…`."
        " `${NAME}` is read from the environment at connect time, so that a password is in no file, log or run record."
    )

    @field_validator("url")
    @classmethod
    def _holds_no_password(cls, url: str) -> str:
        return _without_password(url)

    query: str = Field("reference.sql", description="SQL file; a bare name is looked up in configs/queries.")
    batch_rows: Positive = Field(4_096, description="Rows per batch that a reader hands out, where it counts rows.")
    overlap_seconds: Annotated[int, Field(ge=0)] = Field(
        300,
        description="How long before its watermark rows may still change within one tick of the application's clock: "
        "each night compares such rows by their content.",
    )
    statement_timeout_s: Positive = Field(
        3_600, description="The database ends a query that runs longer (PostgreSQL, MySQL, MariaDB)."
    )
    max_bad_share: Share = Field(
        0.01, description="Rows that do not fit the schema go to quarantine; more than this share (and 10) end the run."
    )


def _as_text(secret: object) -> str:
    """For fields that hold a secret's variable: the error of a wrong type would quote what was written there."""
    return "" if secret is None else str(secret)


def _require_variable(field: str, value: str, example: str) -> None:
    """ValueError where a secret stands in a profile. For a group's validator: an error of a field quotes its value."""
    if value and not re.fullmatch(r"\$\{\w+(:-)?\}", value):
        raise ValueError(f"{field} must be ${{{example}}} or another variable: a profile is no place for secrets")


def _without_password(url: str) -> str:
    """The address; ValueError where a password stands in it. It is not quoted: an error is printed and logged."""
    if any(secret and "${" not in secret for secret in _secrets(url)):
        raise ValueError("holds a password, which logs and run records would show; write ${NAME} in its place")
    return url


def _secrets(url: str) -> list[str]:
    """What in a database's URL is a password, or may be one where the URL is torn by an unescaped character."""
    scheme, _, rest = url.partition("://")
    if scheme.partition("+")[0] == "sqlite":
        return []
    authority, _, query = rest.partition("?")
    if "@" in query and not query.partition("@")[0].rpartition("&")[2].partition("=")[1]:
        authority = rest  # the question mark stands in a password
    userinfo = authority.rpartition("@")[0]
    named = (pair.partition("=") for pair in query.split("&"))
    return [userinfo.partition(":")[2], *(value for name, _, value in named if "password" in name.lower())]


PrivateKind = Literal[
    "account", "api_key", "business_number", "card", "corporate_number", "driver_licence", "email", "foreigner_number",
    "ip_address", "passport", "password", "phone", "private_key", "resident_number",
]  # fmt: skip


class PrivacyConfig(Settings):
    """Personal data and secrets in what is learnt: replaced by typed placeholders, never dropped silently."""

    enabled: bool = True
    leave: tuple[PrivateKind, ...] = Field((), description="Kinds that are no secret here and stay as they are.")


class NearDuplicateConfig(Settings):
    """Which questions count as the same in other words; the best-rated of a cluster is kept."""

    enabled: bool = True
    threshold: Annotated[float, Field(ge=0.5, le=1.0)] = Field(
        0.7,
        description="Jaccard similarity of two questions' shingles, courtesy and particles taken away, from which on "
        "they are near-duplicates; their references, numbers and conditions must be equal besides.",
    )
    pasted_threshold: Annotated[float, Field(ge=0.5, le=1.0)] = Field(
        0.85, description="The same for what was pasted under them: a table with one more line, a cell put right."
    )


class PoisonConfig(Settings):
    """How much any one source may teach, and what a person must look at first."""

    max_per_user: Positive | None = Field(
        200, description="Examples of one user, the best-rated first. About 250 planted documents backdoor a model."
    )
    max_per_cluster: Positive = Field(1, description="Examples of one near-duplicate cluster, the best-rated first.")
    min_account_age_days: Annotated[int, Field(ge=0)] = Field(
        0, description="A user's rows count from this many days after the first good one of theirs."
    )
    quarantine: bool = Field(True, description="Set suspicious rows aside for a person; off lets them through.")
    triggers: bool = Field(
        True, description="Set aside rows whose questions share a rare word or phrase, and are answered alike for it."
    )
    trigger_min_rows: Annotated[int, Field(ge=5)] = Field(5, description="Fewer questions than this share no trigger.")
    trigger_max_rows: Annotated[int, Field(ge=5)] = Field(1_000, description="What more questions share is not rare.")
    released: tuple[str, ...] = Field((), description="Ids that a person looked at in quarantine and let through.")
    allowed_hosts: tuple[str, ...] = Field(
        ("support.microsoft.com", "learn.microsoft.com", "support.google.com", "help.libreoffice.org"),
        description="Hosts, with what is under them, that links and requests of an answer may name.",
    )

    @property
    def scans(self) -> bool:
        """Whether rare triggers are looked for."""
        return self.quarantine and self.triggers


class FilterConfig(Settings):
    """Which interactions are good enough to learn from."""

    min_quality_score: Share = 0.7
    min_rating: Annotated[int, Field(ge=1, le=5)] = 4
    task_types: tuple[str, ...] = Field((), description="Empty means every task type.")
    languages: tuple[str, ...] = ("ko",)
    since: datetime | None = Field(None, description="Only interactions created at or after this time.")
    until: datetime | None = Field(None, description="Only interactions created before this time.")
    min_korean_share: Share = Field(
        0.0, description="Hangul among the letters of an answer, formulas and references not counted."
    )
    min_answer_chars: Positive = 2
    max_answer_chars: Positive = 8_000
    max_prompt_chars: Positive = 8_000
    max_tokens: Positive | None = Field(
        None, description="Tokens of a whole example in the base model's own count; empty: train.sequence_length."
    )
    include_edited: bool = Field(
        True, description="Take a user's edit as the answer; off means that edited interactions are left out."
    )
    execute_formulas: bool = Field(True, description="Run the formulas of answers, and drop what no engine accepts.")
    limit: Positive | None = Field(None, description="At most this many, the latest first.")
    near_duplicates: NearDuplicateConfig = NearDuplicateConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    poison: PoisonConfig = PoisonConfig()


class ConvertConfig(Settings):
    """How examples become files: splits and prompt."""

    system_prompt: str = ""
    turns: Literal["single", "multi"] = Field(
        "single", description="multi: an example carries the earlier kept turns of its conversation."
    )
    validation_share: Share = 0.05
    test_share: Share = 0.10
    test_since: datetime | None = Field(None, description="Test only on rows created at or after this time.")
    test_until: datetime | None = Field(None, description="Test only on rows created before: a frozen test set.")
    train_until: datetime | None = Field(None, description="Train and validate on rows created before this time.")
    decontaminate: tuple[Literal["exact", "near", "contained", "skeleton", "formula"], ...] = Field(
        ("exact", "near", "contained", "formula"),
        description="Which traces of the test split are taken out of the others: the same question, a near-duplicate, "
        "its text inside another, the same question or formula with other references.",
    )
    common_formula_users: Positive | None = Field(
        20, description="A formula of at least so many users is common knowledge and leaks nothing. Empty: none is."
    )
    common_question_users: Positive | None = Field(
        20,
        description="A question whose text stands in the rows of at least so many users is a common wording; they stay."
        " Empty: none is.",
    )

    anchors: str = Field(
        "",
        description="A file of trusted examples (.jsonl or .parquet with instruction, output, and if wanted input and "
        "task_type) that are mixed into the train split. Empty: none.",
    )
    anchor_share: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        0.02, description="Trusted examples for each example of the train split, as long as there are enough of them."
    )

    @model_validator(mode="after")
    def _something_is_left_to_train_on(self) -> ConvertConfig:
        if self.validation_share + self.test_share >= 1.0:
            raise ValueError("validation_share and test_share together leave nothing to train on; keep them under 1.0")
        return self


class PrepareConfig(Settings):
    """Where the data stage works. Empty both: in processes of this machine."""

    dask: str | None = Field(
        None,
        description="A Dask scheduler (`tcp://host:8786`) whose workers do the work, or `local` for a cluster of this "
        "machine's own.",
    )
    ray: str | None = Field(
        None,
        description="A Ray cluster's client address (`ray://host:10001`), or `local` for a cluster of this machine's "
        "own.",
    )
    workers: Positive = Field(2, description="Workers of a `local` cluster.")

    @field_validator("dask")
    @classmethod
    def _is_a_scheduler(cls, dask: str | None) -> str | None:
        if dask is not None and not re.fullmatch(r"local|[a-z]+://[^/\s]+:\d{1,5}", dask):
            raise ValueError("must be `local`, or a scheduler's address like tcp://host:8786")
        return dask

    @field_validator("ray")
    @classmethod
    def _is_a_client_address(cls, ray: str | None) -> str | None:
        if ray is not None and not re.fullmatch(r"local|ray://[^/\s]+:\d{1,5}", ray):
            raise ValueError("must be `local`, or a cluster's client address like ray://host:10001")
        return ray

    @model_validator(mode="after")
    def _is_one_cluster(self) -> PrepareConfig:
        if self.dask is not None and self.ray is not None:
            raise ValueError("names two clusters, dask and ray; the pieces go to one, so leave the other empty")
        return self


class BaseModelConfig(Settings):
    """The model that adapters are trained on and served with."""

    path: str = Field(description="A local folder, or a model id that `revision` pins.")
    revision: str | None = None
    models: str = Field(
        ".exhell/models",
        description="Folder that `exhell models pull` fetches into, for all profiles; relative to the project's root.",
    )
    license: str = Field(description="Shown by `exhell doctor`: the terms that an adapter of this model falls under.")
    parameters: Annotated[float, Field(gt=0)] = Field(description="Number of parameters: sizes the memory check.")
    chat_template: str = Field("llama-2", description="Jinja file in configs/templates, for training and serving both.")
    max_length: Positive = Field(4_096, description="Context length in tokens.")


class LoraConfig(Settings):
    """The adapter's shape."""

    rank: Positive = 16
    alpha: Positive = 32
    dropout: Share = 0.05
    target_modules: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj")


class LaunchConfig(Settings):
    """On how much hardware a run is spread, by Axolotl's own options. The defaults are one process."""

    gpus: Positive = Field(1, description="Of each machine.")
    nodes: Positive = Field(
        1, description="Machines; the command runs on each of them, with its own train.launch.rank."
    )
    rank: Annotated[int, Field(ge=0)] = Field(0, description="Which of the machines this is.")
    rendezvous: str = Field("", description="`host:port` of the first machine, where there are several.")
    folder: str = Field(
        "",
        description="Where several machines keep token ids and checkpoints: storage that each of them sees, at the "
        "same path. Empty: in the workspace, on one machine.",
    )
    sharding: Literal["none", "fsdp", "deepspeed"] = Field(
        "none", description="none: a whole copy on each GPU. fsdp: PyTorch's FSDP2. deepspeed: as its JSON says."
    )
    deepspeed: str = Field(
        "", description="DeepSpeed's JSON, ZeRO stage and offloading; relative to the project's root."
    )
    fsdp_layer: str = Field("LlamaDecoderLayer", description="The class of the model's layers: what FSDP shards by.")
    ray: bool = Field(
        False, description="Ray starts the processes, on a cluster that is there: gpus and nodes say how many."
    )

    @property
    def processes(self) -> int:
        return self.gpus * self.nodes

    @model_validator(mode="after")
    def _is_whole(self) -> LaunchConfig:
        if self.sharding == "deepspeed" and not self.deepspeed:
            raise ValueError("sharding deepspeed needs its settings: name a JSON file in train.launch.deepspeed")
        if self.sharding != "deepspeed" and self.deepspeed:
            raise ValueError("train.launch.deepspeed is only read with sharding deepspeed")
        if self.sharding != "none" and self.processes == 1:
            raise ValueError(f"sharding {self.sharding} spreads a model over GPUs; with one there is nothing to spread")
        if self.nodes > 1 and not self.ray and not re.fullmatch(r"[\w.-]+:\d+", self.rendezvous):
            raise ValueError(
                "several nodes need train.launch.rendezvous, `host:port` of the first, or train.launch.ray"
            )
        if self.nodes > 1 and not self.folder:
            raise ValueError(
                "several nodes need train.launch.folder, on storage that each of them sees: checkpoints lie there"
            )
        if self.rank >= self.nodes:
            raise ValueError(f"train.launch.rank {self.rank} is no node of {self.nodes}: the first is 0")
        return self


MAX_TOKEN = 32
"""Characters of a new token: longer is a sentence, which the next user writes otherwise."""


class TrainConfig(Settings):
    """One training run. Defaults are the production settings for Llama-2-7B on one GPU."""

    backend: Literal["axolotl", "llamafactory"] = "axolotl"
    environment: str = Field(
        "", description="Folder of the virtual environment that holds the trainer; empty: the one that `make` makes."
    )
    method: Literal["lora", "qlora", "dora", "full"] = Field(
        "lora",
        description="qlora: a LoRA on 4-bit weights. dora: a LoRA with learned magnitudes. full: all weights. What "
        "dora and full make is served as a model of its own, merged.",
    )
    lora: LoraConfig = LoraConfig()
    new_tokens: tuple[str, ...] | Positive = Field(
        (),
        description="Words that become one token each where that pays, or how many to find in the dataset. Embeddings "
        "and head are then trained besides, and the adapter is merged for serving.",
    )
    kernels: bool = Field(
        True, description="Axolotl's fused LoRA kernels, on a GPU. With dropout they drop other values than PEFT would."
    )
    liger: bool = Field(
        False,
        description="Liger's fused kernels for rotary embeddings, norms, SwiGLU and a loss that keeps no logits.",
    )
    start_from: Literal["base", "champion"] = Field(
        "base",
        description="champion: go on from the weights of the adapter that serves, with what is new since its dataset. "
        "base: anew every night, so no night's errors are handed on, and what was withdrawn is in no weights.",
    )
    replay_share: Share = Field(
        0.2,
        description="With start_from champion: the share of older examples that is learnt again, so that they are not "
        "forgotten; which ones changes every night.",
    )
    launch: LaunchConfig = LaunchConfig()
    epochs: Annotated[float, Field(gt=0, le=100)] = 3
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 2e-4
    scheduler: Literal["cosine", "linear", "constant"] = "cosine"
    optimizer: str = "adamw_torch"
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    micro_batch_size: Positive = 4
    gradient_accumulation_steps: Positive = 2
    warmup_steps: Annotated[int, Field(ge=0)] = 100
    save_steps: Positive = 500
    logging_steps: Positive = 100
    sequence_length: Positive = 2_048
    sample_packing: bool = False
    gradient_checkpointing: bool = True
    precision: Literal["bf16", "fp32"] = Field("bf16", description="fp32 is for a machine without a GPU.")
    cpu_threads: Positive = Field(1, description="Threads of an fp32 training; a small model is slower with more.")
    seed: int = 42
    early_stopping: Positive | None = Field(
        None,
        description="Validate every save_steps, end after so many validations without a lower loss, and take the "
        "checkpoint of the lowest. Empty: validate every epoch, run to the end, take the last.",
    )
    stall_timeout_s: Positive = Field(1_800, description="End a trainer that prints nothing for this long.")
    step_timeout_s: Positive = Field(3_600, description="End a trainer that prints, but takes no step for this long.")

    @field_validator("new_tokens")
    @classmethod
    def _are_words(cls, tokens: tuple[str, ...] | int) -> tuple[str, ...] | int:
        if isinstance(tokens, int):
            return tokens
        for token in tokens:
            if not 2 <= len(token) <= MAX_TOKEN or any(letter.isspace() for letter in token):
                raise ValueError(f"a new token is one word of 2 to {MAX_TOKEN} characters, and {token!r} is not")
        if len(set(tokens)) < len(tokens):
            raise ValueError("names a token twice")
        return tokens

    @property
    def trains_embeddings(self) -> bool:
        """Whether embeddings and head are trained beside a LoRA."""
        return bool(self.new_tokens) and self.method != "full"

    @property
    def is_served_merged(self) -> bool:
        """Whether what is trained is no plain LoRA, so that a model of its own is served."""
        return self.method in ("dora", "full") or bool(self.new_tokens)

    @property
    def environment_folder(self) -> str:
        return self.environment or (".venv-train" if self.backend == "axolotl" else f".venv-{self.backend}")

    @property
    def effective_batch_size(self) -> int:
        return self.micro_batch_size * self.gradient_accumulation_steps * self.launch.processes

    @model_validator(mode="after")
    def _can_be_trained(self) -> TrainConfig:
        if self.precision == "fp32" and self.method == "qlora":
            raise ValueError(
                "method qlora keeps weights in 4 bits, which only a GPU computes with: set train.precision bf16, or "
                "train.method lora"
            )
        if self.start_from == "champion" and self.method == "full":
            raise ValueError(
                "train.start_from champion goes on from an adapter, and method full makes none: set it to base, or "
                "take train.method lora, qlora or dora"
            )
        if self.precision == "fp32" and self.launch.processes > 1:
            raise ValueError("train.launch is for GPUs; with train.precision fp32 there is one process")
        if self.liger and (self.precision == "fp32" or self.backend != "axolotl"):
            raise ValueError(
                "train.liger switches on kernels of a GPU, through Axolotl: set it false, or train.precision bf16 and "
                "train.backend axolotl"
            )
        if self.launch.processes > 1 and self.backend != "axolotl":
            raise ValueError("train.launch goes through Axolotl: set train.backend axolotl, or one GPU")
        if self.sample_packing and self.backend != "axolotl":
            raise ValueError(
                "sample_packing is Axolotl's here: packed by LLaMA-Factory 0.9.5, examples reached losses that the "
                "same ones alone did not; set sample_packing false, or train.backend axolotl"
            )
        if self.method == "qlora" and self.launch.sharding == "deepspeed":
            raise ValueError(
                "method qlora cannot be sharded by DeepSpeed here: ZeRO-3 does not split 4-bit weights; take "
                "train.launch.sharding fsdp"
            )
        return self


class EvaluateConfig(Settings):
    """How the models are questioned and their answers judged."""

    max_cases: Positive = Field(
        500, description="Test examples that make the frozen test set, once there are as many; all of them before."
    )
    test_set: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")] = Field(
        "first", description="Name of the frozen test set. A new name freezes a new one, and alpha is spent anew on it."
    )
    refill_below: Share = Field(
        0.8,
        description="A frozen test set that has less than this share of its cases left, since users withdrew or rewrote"
        " them, is filled up from other test examples. What the gate spent on it stays spent. 0: never.",
    )
    max_recent_cases: Annotated[int, Field(ge=0)] = Field(
        200, description="The newest test examples that are not in the frozen set, put to each model beside it."
    )
    general_set: str = Field(
        "configs/general/cases.jsonl",
        description="Questions about anything else, which show what a model forgot; relative to the project's root. "
        "Empty: none.",
    )
    max_tokens: Positive = 512
    concurrency: Positive = 16
    workbooks: Positive = Field(10, description="Generated workbooks on which a formula must agree.")


class LLMJudgeConfig(Settings):
    """A language model behind an OpenAI-compatible endpoint that says which of two answers is better (docs/judge.md).

    Questions and answers of users are sent there: a profile has this section only where they agreed to that.
    """

    url: str = Field(description="The endpoint's address, with or without `/v1`.")
    model: Annotated[str, Field(min_length=1)] = Field(description="The model to ask for.")
    api_key: str = Field(
        "", repr=False, description="`${JUDGE_API_KEY}`, read from the environment when it is asked. Empty: no key."
    )
    max_answers: Positive = Field(100, description="Cases of a night whose two answers are compared, at most.")
    max_rated: Annotated[int, Field(ge=0)] = Field(
        50, description="Pairs of the app's own answers, rated differently by users, that show how far to trust it."
    )
    max_tokens: Positive = Field(16, description="Of a verdict, which is one letter; a model that reasons needs more.")
    concurrency: Positive = 4
    timeout_s: Annotated[float, Field(gt=0)] = Field(60.0, description="Until a verdict counts as failed.")
    max_seconds: Annotated[float, Field(gt=0)] = Field(
        900.0, description="For all verdicts of a night; what is not asked by then is counted as failed."
    )
    body: dict[str, Any] = Field(
        default_factory=dict,
        description="Put over each request's body; null takes a field out, as in {max_tokens: null, "
        "max_completion_tokens: 2000}. No place for secrets: it is logged.",
    )

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.username or parts.password or parts.query:
            # Not quoted: an error is printed and logged.
            raise ValueError("holds more than an address; a key belongs into api_key, as ${JUDGE_API_KEY}")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an endpoint's address like https://api.openai.com/v1")
        return url

    @field_validator("api_key", mode="before")
    @classmethod
    def _key_is_text(cls, key: object) -> str:
        return "" if key is None else str(key)  # a wrong type's error would quote the key

    @model_validator(mode="after")
    def _holds_no_key(self) -> LLMJudgeConfig:
        if self.api_key and not re.fullmatch(r"\$\{\w+(:-)?\}", self.api_key):
            # Told of the group, not of the field: an error about a field quotes its value.
            raise ValueError("api_key must be ${JUDGE_API_KEY} or another variable: a profile is no place for secrets")
        return self


class GateConfig(Settings):
    """The rules that a challenger must pass: each setting is part of a sentence (`tasks/evaluate/rules.py`)."""

    primary_metric: Literal["formula_accuracy", "bleu", "chrf"] = "formula_accuracy"
    min_gain: float = Field(0.0, description="The interval's lower bound must lie above this (share for accuracy).")
    max_perplexity_ratio: Annotated[float, Field(gt=0)] = Field(
        1.10, description="Challenger's perplexity over the champion's, at most."
    )
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = Field(0.05, description="One-sided error of the bootstrap interval.")
    alpha_is_for: Literal["all nights", "each night"] = Field(
        "all nights",
        description="all nights: the error of promoting falsely on any night of a test set, spent by look.",
    )
    resamples: Positive = 10_000
    min_cases: Positive = Field(50, description="With fewer cases of the primary metric, nothing is promoted.")
    new_leaks_allowed: Annotated[int, Field(ge=0)] = Field(
        0, description="Answers with personal data of which neither the question nor the champion's answer had any."
    )
    new_unsafe_formulas_allowed: Annotated[int, Field(ge=0)] = Field(
        0, description="Answers that reach out of the workbook where the champion's did not."
    )
    task_type_may_lose: Share = Field(0.10, description="Of the grade (0..1); its interval's lower bound counts.")
    task_type_min_cases: Positive = Field(
        60,
        description="With fewer cases, only a loss of the margin can be shown. 62 show 80% of the time that a model "
        "lost less than 10 points which lost nothing, where a tenth of the answers changed.",
    )
    too_few_of_a_task_type: Literal["pass", "stop"] = "pass"
    recent_may_lose: Share = Field(
        0.10, description="Of the primary metric's scale, on cases newer than the frozen set."
    )
    recent_min_cases: Positive = Field(60, description="With fewer recent cases, only such a loss can be shown.")
    general_may_lose: Share = Field(0.05, description="Of chrF's scale, on the general set; the lower bound counts.")
    max_general_bits_ratio: Annotated[float, Field(gt=0)] = Field(
        1.10, description="Challenger's bits per byte over the champion's on the general set, at most."
    )
    llm_judge_min_win_rate: Share | None = Field(
        None,
        description="The challenger's win rate by the LLM judge must lie above this, by its interval's lower bound. "
        "Empty: the judge decides nothing.",
    )


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


class TrackingConfig(Settings):
    """MLflow: where runs are recorded and adapters registered."""

    uri: str = Field("", description="MLflow tracking URI; empty means an SQLite file in the workspace.")
    experiment: str = "exhell-nightly"
    registered_model: str = "exhell-expert"


class PagesConfig(Settings):
    """Where `exhell ui` and `exhell up` serve Prefect's and MLflow's pages, and how a night's own page opens."""

    host: str = Field("127.0.0.1", description="Any other than this machine's own addresses needs a password.")
    name: str = Field(
        "",
        pattern=r"^[A-Za-z0-9.:-]*$",
        description="What browsers call this machine; empty: `host`. Needed for 0.0.0.0.",
    )
    prefect_port: Port = 4200
    mlflow_port: Port = 5000
    user: str = Field("admin", pattern=r"^[A-Za-z0-9._-]+$")
    password: str = Field(
        "",
        repr=False,
        description="`${EXHELL_PAGES_PASSWORD}`, read from the environment at start: both pages and their APIs ask "
        "for it. Empty: whoever is on this machine may use them.",
    )
    database: str = Field(
        "",
        repr=False,
        pattern=r"^(postgresql://.+)?$",
        description="`postgresql://exhell:${EXHELL_PAGES_DATABASE_PASSWORD}@host/exhell`: a PostgreSQL database for "
        "Prefect and MLflow. Empty: SQLite files in the workspace.",
    )
    language: Literal["en", "ko"] = Field("en", description="What a night's page opens in; it holds both.")

    @field_validator("database")
    @classmethod
    def _database_holds_no_password(cls, url: str) -> str:
        return _without_password(url)

    @field_validator("password", mode="before")
    @classmethod
    def _password_is_text(cls, password: object) -> str:
        return _as_text(password)

    @model_validator(mode="after")
    def _holds_no_password(self) -> PagesConfig:
        _require_variable("password", self.password, "EXHELL_PAGES_PASSWORD")
        if self.host in {"0.0.0.0", "::"} and not self.name:  # noqa: S104 - refused without a password
            raise ValueError(f"host {self.host} needs name: what browsers call this machine")
        return self


class NotifyConfig(Settings):
    """Who is told of a night that a person should know of (docs/nights.md). All are empty: nobody."""

    webhook: str = Field(
        "", repr=False, description='`${EXHELL_NOTIFY_WEBHOOK}`: an address that {"subject", "body"} is posted to.'
    )
    slack: str = Field("", repr=False, description="`${EXHELL_SLACK_WEBHOOK}`: an incoming webhook of Slack.")
    sendgrid_key: str = Field("", repr=False, description="`${EXHELL_SENDGRID_KEY}`: e-mail goes through SendGrid.")
    email_from: str = ""
    email_to: tuple[str, ...] = ()
    window_hours: Positive = Field(6, description="A night that runs for longer is told of.")

    @field_validator("webhook", "slack", "sendgrid_key", mode="before")
    @classmethod
    def _addresses_are_text(cls, address: object) -> str:
        return _as_text(address)

    @model_validator(mode="after")
    def _holds_no_address(self) -> NotifyConfig:
        _require_variable("webhook", self.webhook, "EXHELL_NOTIFY_WEBHOOK")
        _require_variable("slack", self.slack, "EXHELL_SLACK_WEBHOOK")
        _require_variable("sendgrid_key", self.sendgrid_key, "EXHELL_SENDGRID_KEY")
        if self.sendgrid_key and not (self.email_from and self.email_to):
            raise ValueError("sendgrid_key needs email_from and email_to")
        return self


class CostConfig(Settings):
    """What a month of serving costs, beside an API that is paid by the token (docs/cost.md).

    Prices are nobody's but yours, so none is assumed: until `gpu_month` and `api_prompt_per_1k` are set, a night's page
    says "no prices set".
    """

    currency: Annotated[str, Field(pattern=r"^\S{1,8}$")] = Field("USD", description="Of every price here.")
    gpu_month: Price | None = Field(None, description="What one GPU costs a month, whether it works or idles.")
    gpus: Positive = Field(1, description="GPUs that are paid for, used or not.")
    training_hours: Annotated[float, Field(ge=0)] = Field(
        30.0, description="Hours a month in which these GPUs train and do not serve: an hour a night."
    )
    tokens_per_s: Price | None = Field(
        None,
        description="Prompt and answer tokens a second that one GPU serves within your latency limit, as `exhell bench "
        "endpoint` measures. Empty: a GPU is taken to be large enough.",
    )
    tokens_month: Price | None = Field(None, description="Prompt and answer tokens that your users need a month.")
    prompt_tokens: Positive = Field(300, description="Of a typical request.")
    answer_tokens: Positive = Field(100, description="Of a typical request.")
    api_name: Annotated[str, Field(min_length=1, max_length=40)] = Field("GPT-4", description="What it is set against.")
    api_prompt_per_1k: Price | None = Field(None, description="The API's price of 1,000 prompt tokens.")
    api_answer_per_1k: Price | None = Field(None, description="Of 1,000 answer tokens; empty: the same.")
    api_correct: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Share of the API's answers that are right, by `exhell bench endpoint --against-url URL`."
    )

    @model_validator(mode="after")
    def _leaves_time_to_serve(self) -> CostConfig:
        if self.training_hours >= HOURS_OF_MONTH * self.gpus:
            raise ValueError(
                f"training_hours {self.training_hours:g} leaves {self.gpus} GPU(s) no hour of a month to serve in; "
                f"it must be below {HOURS_OF_MONTH * self.gpus:g}"
            )
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
        return _as_text(token)

    @model_validator(mode="after")
    def _holds_no_token(self) -> ApiConfig:
        _require_variable("token", self.token, "EXHELL_API_TOKEN")
        return self


class RetentionConfig(Settings):
    """How long nights are kept (`exhell retention`). What serves, and what that was learnt from, stays in any case."""

    newest: Positive = Field(14, description="Datasets, adapters, models, answers and reports that stay, of each.")
    grace_hours: Annotated[float, Field(ge=0)] = Field(
        24, description="What was published in the last hours stays: a night may be at work with it."
    )
    runs: Positive = Field(
        60, description="Nights whose files stay in MLflow. Parameters, metrics and tags of older ones stay too."
    )
    history: Positive = Field(
        400, description="Nights that stay in MLflow at all; older ones go with their parameters, metrics and tags."
    )


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
        return _without_password(url)

    @field_validator("api_keys", mode="before")
    @classmethod
    def _keys_are_text(cls, keys: object) -> str:
        return _as_text(keys)

    @model_validator(mode="after")
    def _holds_no_key(self) -> GatewayConfig:
        _require_variable("api_keys", self.api_keys, "EXHELL_GATEWAY_KEYS")
        return self


class NightConfig(Settings):
    """What makes a night worth training."""

    min_records: Positive = Field(1_000, description="Good records that a dataset must hold.")
    min_new_records: Positive = Field(
        1, description="Good records that must have come, changed or gone since the last night that decided."
    )
    max_shift: Annotated[float, Field(gt=0)] | None = Field(
        0.25,
        description="A night holds where the traffic moved further than this from what the champion learnt from: the "
        "population stability index of task types, answer lengths, functions, ratings, users' shares. Empty: never.",
    )
    pools: dict[Literal["prepare", "train", "evaluate", "deploy"], str] = Field(
        default_factory=dict,
        description="Stage to the Prefect deployment (flow/deployment) that runs it on its work pool. A stage that is "
        "not named runs in the night's own process.",
    )


class Profile(Settings):
    """Everything that a night needs to know, under one name."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    workspace: str = Field(description="Folder for artifacts, logs and state; relative to the project's root.")
    store: str = Field("", description="Where artifacts are published (fsspec URL); empty means in the workspace.")
    source: SourceConfig
    filter: FilterConfig = FilterConfig()
    convert: ConvertConfig = ConvertConfig()
    prepare: PrepareConfig = PrepareConfig()
    base_model: BaseModelConfig
    train: TrainConfig = TrainConfig()
    evaluate: EvaluateConfig = EvaluateConfig()
    gate: GateConfig = GateConfig()
    llm_judge: LLMJudgeConfig | None = Field(None, description="Empty: no language model is asked, nothing is sent.")
    serve: ServeConfig = ServeConfig()
    tracking: TrackingConfig = TrackingConfig()
    pages: PagesConfig = PagesConfig()
    notify: NotifyConfig = NotifyConfig()
    cost: CostConfig = CostConfig()
    api: ApiConfig = ApiConfig()
    gateway: GatewayConfig = GatewayConfig()
    night: NightConfig = NightConfig()
    retention: RetentionConfig = RetentionConfig()

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Profile:
        if self.train.sequence_length > self.base_model.max_length:
            raise ValueError(
                f"train.sequence_length {self.train.sequence_length} is longer than base_model.max_length "
                f"{self.base_model.max_length}; lower the first"
            )
        if self.train.lora.rank > self.serve.max_lora_rank:
            raise ValueError(
                f"train.lora.rank {self.train.lora.rank} is above serve.max_lora_rank {self.serve.max_lora_rank}: the "
                "server could not load the adapter; raise the second"
            )
        if self.train.launch.nodes > 1 and not self.store:
            raise ValueError("train.launch.nodes above 1 needs store: each machine reads the dataset from it")
        if self.gate.llm_judge_min_win_rate is not None and self.llm_judge is None:
            raise ValueError("gate.llm_judge_min_win_rate needs a judge: set llm_judge.url and llm_judge.model")
        return self
