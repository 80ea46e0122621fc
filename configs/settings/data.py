"""The data stage: where interactions come from, what is kept of them, and what a dataset is made of."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from configs.settings.base import Positive, Settings, Share
from configs.settings.secrets import without_password


class SourceConfig(Settings):
    """Where the interactions come from: any database that one SQL file can turn into the reference schema."""

    url: str = Field(
        description="`sqlite:///path`, `postgresql://…`, `mysql://…`, `mariadb://…` or SQLAlchemy's `dialect+driver://…`."
        " `${NAME}` is read from the environment at connect time, so that a password is in no file, log or run record."
    )

    @field_validator("url")
    @classmethod
    def _holds_no_password(cls, url: str) -> str:
        return without_password(url)

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


PrivateKind = Literal[
    "account", "api_key", "business_number", "card", "corporate_number", "customs_code", "driver_licence", "email",
    "foreigner_number", "ip_address", "passport", "password", "phone", "private_key", "resident_number",
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


Decontaminate = Literal["exact", "near", "contained", "skeleton", "formula"]
"""Kinds of traces that a test question leaves in other rows."""


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
    decontaminate: tuple[Decontaminate, ...] = Field(
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
