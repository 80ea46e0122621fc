"""Profiles: what is shipped loads, and what is wrong is explained by its key."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from configs.load import PROFILES, ConfigError, expand, fingerprint, load_profile, project_path, query_path
from configs.schema import FilterConfig, TrainConfig

SHIPPED = sorted(path.stem for path in PROFILES.glob("*.yaml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_profile_loads_under_its_own_name(name: str) -> None:
    profile = load_profile(name)

    assert profile.name == name
    assert query_path(profile.source.query).is_file()


def test_the_production_profile_is_the_users_guide() -> None:
    profile = load_profile("exhell")
    train = profile.train

    assert profile.base_model.path == "meta-llama/Llama-2-7b-hf"
    assert (train.lora.rank, train.lora.alpha, train.lora.dropout) == (16, 32, 0.05)
    assert train.lora.target_modules == ("q_proj", "k_proj", "v_proj", "o_proj")
    assert (train.epochs, train.learning_rate) == (3, 2e-4)
    assert (train.micro_batch_size, train.gradient_accumulation_steps) == (4, 2)
    assert (train.warmup_steps, train.save_steps, train.logging_steps) == (100, 500, 100)


def _profile(tmp_path: Path, **changes: object) -> Path:
    raw = yaml.safe_load((PROFILES / "demo.yaml").read_text(encoding="utf-8")) | changes
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return path


def test_an_unknown_key_names_the_nearest_known_one(tmp_path: Path) -> None:
    path = _profile(tmp_path, train={"epocs": 3})

    with pytest.raises(
        ConfigError, match=r"mine\.yaml cannot be used:\n  train\.epocs: unknown setting; did you mean epochs\?"
    ):
        load_profile(str(path))


def test_every_wrong_setting_is_told_at_once(tmp_path: Path) -> None:
    path = _profile(tmp_path, train={"learning_rate": 7}, serve={"port": 0}, tracing={})

    with pytest.raises(ConfigError) as caught:
        load_profile(str(path))

    text = str(caught.value)
    assert "train.learning_rate: Input should be less than or equal to 1 (given: 7)" in text
    assert "serve.port: Input should be greater than or equal to 1 (given: 0)" in text
    assert "tracing: unknown setting; did you mean tracking?" in text


def test_a_missing_setting_is_named(tmp_path: Path) -> None:
    path = _profile(tmp_path, source={"query": "reference.sql"})

    with pytest.raises(ConfigError, match=r"source\.url: this setting has no default and must be given"):
        load_profile(str(path))


def test_settings_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"train\.sequence_length 513 is longer than base_model\.max_length 512"):
        load_profile("demo", {"train.sequence_length": 513})
    with pytest.raises(ConfigError, match=r"train\.lora\.rank 32 is above serve\.max_lora_rank 16"):
        load_profile("demo", {"train.lora.rank": 32})
    with pytest.raises(ConfigError, match="leave nothing to train on"):
        load_profile("demo", {"convert.test_share": 0.99})


def test_an_unknown_profile_names_a_near_one() -> None:
    with pytest.raises(ConfigError, match=r"there is no profile .*dmo\.yaml; did you mean demo\?"):
        load_profile("dmo")


@pytest.mark.parametrize(("text", "message"), [("- a\n", "holds no settings"), ("a: [", "is not valid YAML")])
def test_a_file_that_is_no_profile_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=message):
        load_profile(str(path))


def test_overrides_win_over_the_file() -> None:
    assert load_profile("demo", {"train.lora.rank": 8}).train.lora.rank == 8


def test_references_to_the_environment_are_expanded_late() -> None:
    assert load_profile("exhell").source.url == "${EXHELL_DATABASE_URL}"
    assert expand("postgresql://${USER_}@db", {"USER_": "reader"}) == "postgresql://reader@db"
    assert expand("${NOT_SET:-}", {}) == ""
    with pytest.raises(ConfigError, match="the environment variable NOT_SET is not set"):
        expand("${NOT_SET}", {})


def test_a_fingerprint_changes_with_any_setting_and_with_nothing_else() -> None:
    one = fingerprint(TrainConfig(), FilterConfig(), "abc")

    assert one == fingerprint(TrainConfig(), FilterConfig(), "abc")
    assert one != fingerprint(TrainConfig(seed=43), FilterConfig(), "abc")
    assert one != fingerprint(TrainConfig(), FilterConfig(), "abd")


def test_relative_paths_start_at_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    assert (project_path("configs/schema.py")).is_file()
    assert project_path(str(tmp_path)) == tmp_path


def test_a_password_in_a_profile_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        load_profile("demo", {"source.url": "postgresql://reader:hunter2@db/app"})

    assert "source.url: holds a password, which logs and run records would show" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert load_profile("demo", {"source.url": "postgresql://reader:${PASSWORD}@db/app"})
