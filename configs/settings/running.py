"""The nights themselves: tracking, pages, who is told, what it costs, what goes when."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from configs.settings.base import Port, Positive, Price, Settings
from configs.settings.secrets import as_text, require_variable, without_password


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
        return without_password(url)

    @field_validator("password", mode="before")
    @classmethod
    def _password_is_text(cls, password: object) -> str:
        return as_text(password)

    @model_validator(mode="after")
    def _holds_no_password(self) -> PagesConfig:
        require_variable("password", self.password, "EXHELL_PAGES_PASSWORD")
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
        return as_text(address)

    @model_validator(mode="after")
    def _holds_no_address(self) -> NotifyConfig:
        require_variable("webhook", self.webhook, "EXHELL_NOTIFY_WEBHOOK")
        require_variable("slack", self.slack, "EXHELL_SLACK_WEBHOOK")
        require_variable("sendgrid_key", self.sendgrid_key, "EXHELL_SENDGRID_KEY")
        if self.sendgrid_key and not (self.email_from and self.email_to):
            raise ValueError("sendgrid_key needs email_from and email_to")
        return self


HOURS_OF_MONTH = 365 * 24 / 12


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
