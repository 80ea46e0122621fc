"""Frozen references to published artifacts: what crosses a stage boundary.

A reference says where an artifact lies and what its bytes must hash to; the bytes stay in the store
(`tasks/storage.py`). References are small JSON documents, so Prefect can persist them and MLflow can show them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Reference(BaseModel):
    """An immutable, published artifact."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    uri: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @property
    def short(self) -> str:
        """The first twelve digits of the digest: enough for a name, and what every log line shows."""
        return self.sha256[:12]


class Watermark(BaseModel):
    """How far an extraction has read: the last row's `updated_at`, and its id to tell equal times apart."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    updated_at: datetime
    id: str


class Extract(Reference):
    """Rows of the application's database that changed since the extract before it.

    A run that finds nothing new returns the extract of an earlier run, with `rows` and `removed` 0.
    """

    rows: int = Field(description="New and changed rows that the run found.")
    removed: int = Field(0, description="Rows that vanished from the database since the extract before.")
    quarantined: int = Field(0, description="Rows of the database that do not fit and are set aside, as of this run.")
    watermark: Watermark | None
    previous: str | None = Field(description="URI of the extract before this one; None for the first.")


class FunnelStep(BaseModel):
    """What one filter rule did: rows that reached it, and rows that it dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    reached: int
    dropped: int


class Filtered(Reference):
    """Which interactions passed every filter (`tasks/kept.py`), the funnel, and a sample of what each rule dropped."""

    rows: int
    extract: Extract
    funnel: tuple[FunnelStep, ...]


class Dataset(Reference):
    """Train, validation and test examples, as Parquet and as JSONL in every format."""

    train_rows: int
    validation_rows: int
    test_rows: int
    new_rows: int = Field(description="Examples whose interaction changed in the newest extract.")
    korean_share: float | None = Field(
        None,
        description="Mean share of Hangul among the letters of the answers, formulas, function names and references "
        "not counted; None where no answer has other letters.",
    )
    watermark: Watermark | None
    funnel: tuple[FunnelStep, ...]

    @property
    def rows(self) -> int:
        return self.train_rows + self.validation_rows + self.test_rows


class Model(Reference):
    """A base model with an adapter merged into it: a model's folder, with tokenizer and chat template, to be served."""

    adapter_sha256: str
    base_sha256: str

    @property
    def name(self) -> str:
        return f"model-{self.short}"


class Adapter(Reference):
    """A trained LoRA adapter: `adapter_model.safetensors`, `adapter_config.json` and its tokenizer."""

    dataset_sha256: str
    base_sha256: str = Field(description="Fingerprint of the base model's weights and tokenizer (tasks/base_model.py).")
    config_sha256: str = Field(description="Fingerprint of the training settings.")
    start_sha256: str | None = Field(
        None, description="The adapter whose weights training went on from; None: it began with the base model."
    )
    steps: int
    train_loss: float
    validation_loss: float | None = None
    model: Model | None = Field(
        None,
        description="What is served of an adapter that no running server takes: base and adapter merged. It answers to "
        "the adapter's name.",
    )

    @property
    def name(self) -> str:
        """The name under which servers offer it; it carries the digest, so a name never changes its meaning."""
        return f"adapter-{self.short}"


class Check(BaseModel):
    """One rule of the gate, and what it found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    requires: str = Field(description="The rule as a sentence, with the profile's figures.")
    found: str = Field(description="What it found, as a sentence.")
    passed: bool = Field(description="Whether it stops nobody.")
    told: bool = Field(True, description="Whether it could be told at all; a rule that says nothing passes.")


class Decision(BaseModel):
    """What the gate said, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    promote: bool
    rule: str = Field(description="Name of the rule that decided.")
    reason: str = Field(description="One sentence with the figures, for people.")
    checks: tuple[Check, ...] = Field((), description="Every rule, in order, whether it decided or not.")
    look: int | None = Field(None, description="How many nights have looked at this test set, this one included.")
    alpha: float | None = Field(None, description="The error that this look was allowed.")


class Preferences(BaseModel):
    """How often an LLM judge preferred one side of pairs of answers, each judged in both orders.

    `share` is over the pairs with a verdict, a tie counting half, with its 95% interval; None where there is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pairs: int
    judged: int = Field(description="Pairs with a verdict in both orders.")
    same: int = Field(0, description="Of these, pairs of the same text: ties that nobody was asked about.")
    ties: int = Field(description="Of these, pairs whose verdict was a tie, the inconsistent ones included.")
    inconsistent: int = Field(description="Pairs on which the two orders contradict each other.")
    share: float | None = None
    low: float | None = None
    high: float | None = None
    failures: dict[str, int] = Field(default_factory=dict, description="Kind of failure to pairs without a verdict.")
    reasons: dict[str, str] = Field(default_factory=dict, description="Kind of failure to what the first one said.")

    @property
    def inconsistent_share(self) -> float | None:
        """Of the pairs that were asked about."""
        asked = self.judged - self.same
        return self.inconsistent / asked if asked else None


class Opinion(BaseModel):
    """What an LLM judge said of a night's answers, and how often it agrees with users."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    model: str
    before: str = Field(description="The role that the challenger was compared with.")
    answers: Preferences = Field(description="`share` is the challenger's win rate.")
    rated: Preferences = Field(description="`share` is how often the judge prefers what users rated higher.")
    rated_free_text: int = Field(0, description="Of the rated pairs, those of free text, as the night's answers are.")


class Answers(Reference):
    """One model's answers to the cases of a test split."""

    role: str = Field(description="base, champion or challenger.")
    model: str = Field(description="The name under which the server offered it.")
    model_sha256: str = Field("", description="Digest of what the model is.")
    cases: int


class EvalReport(Reference):
    """Answers, verdicts and metrics of every model that was questioned, and the decision that followed."""

    metrics: dict[str, dict[str, float]] = Field(
        description="Model role (base, champion, challenger) to metric to value."
    )
    models: dict[str, str] = Field(description="Role to the name under which it was questioned.")
    cases: int
    decision: Decision
    signatures: dict[str, str] = Field(default_factory=dict, description="Score to sacrebleu's signature of it.")
    opinion: Opinion | None = Field(None, description="What an LLM judge said, where the profile has one.")


class Deployment(BaseModel):
    """An adapter that serves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="The name under which the server offers it.")
    version: int = Field(description="Version of the registered model in MLflow.")
    url: str = Field(description="Address of the server.")
    previous: str | None = Field(description="What served before, and stays loadable; None on the first night.")


class Night(BaseModel):
    """What one night came to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Literal["promoted", "kept", "skipped", "held", "dry-run"]
    reason: str
    run_id: str = Field(description="The night's MLflow run.")
    dataset: Dataset
    adapter: Adapter | None = None
    report: EvalReport | None = None
    deployment: Deployment | None = None

    @classmethod
    def decided(cls, run_id: str, dataset: Dataset, adapter: Adapter, report: EvalReport) -> Night:
        """What came to a decision, before anything is deployed."""
        return cls(
            outcome="promoted" if report.decision.promote else "kept",
            reason=report.decision.reason,
            run_id=run_id,
            dataset=dataset,
            adapter=adapter,
            report=report,
        )
