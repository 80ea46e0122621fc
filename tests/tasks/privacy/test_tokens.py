"""Keys are found by their makers' marks, as detect-secrets knows them, or by the name that they stand under."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from detect_secrets.plugins import (
    aws,
    azure_storage_key,
    discord,
    github_token,
    gitlab_token,
    mailchimp,
    openai,
    pypi_token,
    sendgrid,
    slack,
    stripe,
    telegram_token,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.privacy import hints, tokens
from tasks.privacy.page import Page
from tasks.privacy.view import View
from tests.tasks.privacy import after

PLUGINS = {
    "aws": aws.AWSKeyDetector.denylist[0],
    "azure": azure_storage_key.AzureStorageKeyDetector.denylist[0],
    "discord": discord.DiscordBotTokenDetector.denylist[0],
    "github": github_token.GitHubTokenDetector.denylist[0],
    "gitlab": gitlab_token.GitLabTokenDetector.denylist[0],
    "mailchimp": mailchimp.MailchimpDetector.denylist[0],
    "openai": openai.OpenAIDetector.denylist[0],
    "pypi": pypi_token.PypiTokenDetector.denylist[0],
    "sendgrid": sendgrid.SendGridDetector.denylist[0],
    "slack": slack.SlackDetector.denylist[0],
    "slack hook": slack.SlackDetector.denylist[1],
    "stripe": stripe.StripeDetector.denylist[0],
    "telegram": telegram_token.TelegramBotTokenDetector.denylist[0],
}
"""Where detect-secrets is right: its formats are the makers' own."""


@pytest.mark.parametrize("maker", PLUGINS)
def test_every_key_that_detect_secrets_knows_by_its_form_is_found(maker: str) -> None:
    pattern = re.compile(PLUGINS[maker].pattern, re.ASCII)
    texts: list[str] = []

    @settings(max_examples=25, derandomize=True, database=None, deadline=None)
    @given(st.from_regex(pattern, fullmatch=True))
    def found(key: str) -> None:
        texts.append(f"이 값 {key} 이 셀에서 잘려요")
        findings = list(tokens.find(Page(View.of(texts[-1]))))
        assert {finding.kind for finding in findings} == {"api_key"}, key

    found()
    _, bits = hints.suspects([pa.array(texts)])
    assert all("tokens" in hints.names(int(seen)) for seen in bits[0])
    assert bits.shape[1] == len(texts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("서비스키=0f3c9a7be1d24856", "서비스키=0000000000000001"),
        ("발급받은 인증키 0f3c9a7be1d24856ac90", "발급받은 인증키 00000000000000000001"),
        ("Authorization: Bearer 0f3c9a7b.e1d24856", "Authorization: Bearer 00000000.00000001"),
        ("https://api.example.com/v1?q=1&key=0f3c9a7be1d24856&p=2", "https://api.example.com/v1?q=1&key=0000000000000001&p=2"),
        ("ncp_iam_BPAMKR4mZlWqYxVtUsRr9Pq2Lm", "ncp_iam_00000000000000000000000001"),
        ("/bot123456789:AAabcdefghijklmnopqrstuvwxyz0123456/x", "/bot000000000:00000000000000000000000000000000001/x"),
    ],
)  # fmt: skip
def test_a_name_or_a_makers_mark_tells_a_key(text: str, expected: str) -> None:
    assert after(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "API_KEY = YOUR_API_KEY", "token: <your token>", "VLOOKUP의 키 값이 중복", "단축키 Ctrl+Shift+F12", "primary_key: order_id_2024",
        "key: ${API_KEY}", "SHA256 e3b0c44298fc1c149afbf4c8996fb924", "sk-learn 사용법", "AKIA로 시작하는 키", "키 175 몸무게 68",
        "https://docs.google.com/spreadsheets/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit",
    ],
)  # fmt: skip
def test_talk_about_keys_stays(text: str) -> None:
    assert after(text) == text
