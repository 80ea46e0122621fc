"""The page's words in both languages: names of roles, metrics, verdicts, features; how figures are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from tasks.charts import Words
from tasks.report.facts import Failure

ROLES = {
    "base": Words("base", "베이스"),
    "champion": Words("champion", "챔피언"),
    "challenger": Words("challenger", "챌린저"),
}

SETS = {
    "recent": Words("newer cases", "최근 문항"),
    "general": Words("general questions", "일반 질문"),
}

OUTCOMES = {
    "promoted": Words("Promoted", "승격됨"),
    "kept": Words("Not promoted", "승격되지 않음"),
    "skipped": Words("Skipped", "건너뜀"),
    "held": Words("Held for a person to look at", "사람의 확인을 위해 보류"),
    "dry-run": Words("Dry run", "시험 실행"),
    "failed": Words("Failed", "실패"),
}

OUTCOME_SENTENCES = {
    "promoted": Words(
        "The challenger was better beyond doubt, and serves from now on.",
        "챌린저가 확실히 더 나아 지금부터 서비스합니다.",
    ),
    "kept": Words(
        "What served before goes on serving: the gate did not let the challenger pass.",
        "챌린저가 게이트를 통과하지 못해, 이전 모델이 계속 서비스합니다.",
    ),
    "skipped": Words(
        "There was nothing new to learn from; what served before goes on serving.",
        "새로 배울 데이터가 없어, 이전 모델이 계속 서비스합니다.",
    ),
    "held": Words(
        "The traffic looks different from what the champion learnt from. A person should look before it is trained on.",
        "챔피언이 학습한 트래픽과 다릅니다. 학습하기 전에 사람이 확인해야 합니다.",
    ),
    "dry-run": Words(
        "The dataset was prepared to say what a night would do; nothing was trained.",
        "실행하면 어떻게 될지 알아보려고 데이터셋만 준비했고, 학습은 하지 않았습니다.",
    ),
    "failed": Words(
        "The night ended with an error. What serves now, and what to do, stands below.",
        "오류로 끝났습니다. 현재 서비스 중인 모델과 할 일은 아래에 있습니다.",
    ),
}

VERDICTS = {
    "equal": Words("right", "정답"),
    "different": Words("other values", "값이 다름"),
    "malformed": Words("not a formula for Excel", "잘못된 수식"),
    "unsupported": Words("cannot be run", "실행할 수 없음"),
    "engine-disagree": Words("engines disagree", "엔진마다 다름"),
    "missing": Words("no formula", "수식 없음"),
    "not judgeable": Words("left out: the reference cannot be judged", "제외: 기준 답을 판정할 수 없음"),
}

KINDS = {
    "became_wrong": Words("Became wrong", "틀리게 된 답"),
    "became_right": Words("Became right", "맞게 된 답"),
    "worst": Words("Worst answers", "가장 나쁜 답"),
    "best": Words("Best answers", "가장 좋은 답"),
}

FEATURES = {
    "task_type": Words("task types", "작업 유형"),
    "answer_length": Words("answer lengths", "답변 길이"),
    "function": Words("functions", "함수"),
    "rating": Words("ratings", "평점"),
    "user_share": Words("users' shares", "사용자별 비중"),
    "korean_share": Words("share of Korean", "한국어 비중"),
}

STEPS = {
    "extract": Words("newest extract of the app's database", "앱 데이터베이스의 최신 추출본"),
    "filtered": Words("what the filter kept", "필터를 통과한 행"),
    "dataset": Words("dataset, examples:", "데이터셋(예제 수):"),
    "base": Words("base model", "베이스 모델"),
    "settings": Words("training settings", "학습 설정"),
    "start": Words("went on from", "이어서 학습한 어댑터"),
    "adapter": Words("challenger", "챌린저"),
    "model": Words("merged model", "병합된 모델"),
    "report": Words("evaluation, cases:", "평가(문항 수):"),
}


COUNTED = frozenset(
    {
        "cases",
        "formula_cases",
        "formula_excluded",
        "formula_different",
        "formula_malformed",
        "formula_missing",
        "formula_unsupported",
        "formula_engine_disagree",
    }
)
"""Metrics that the page shows as counts of verdicts, and so not again among the metrics."""


class Style(NamedTuple):
    """How a metric is named and written, and which way is better (1 higher, -1 lower, 0 neither)."""

    label: Words
    form: str
    gain: str
    better: int


def _share(en: str, ko: str, better: int = 1) -> Style:
    return Style(Words(en, ko), "{:.1%}", "points", better)


METRICS: Mapping[str, Style] = {
    "formula_accuracy": _share("formula accuracy", "수식 정확도"),
    "grade": _share("mean grade", "평균 점수"),
    "bleu": Style(Words("BLEU", "BLEU"), "{:.1f}", "{:+.1f}", 1),
    "chrf": Style(Words("chrF", "chrF"), "{:.1f}", "{:+.1f}", 1),
    "perplexity": Style(Words("perplexity", "퍼플렉서티"), "{:.3f}", "{:+.3f}", -1),
    "bits_per_byte": Style(Words("bits per byte", "바이트당 비트"), "{:.3f}", "{:+.3f}", -1),
    "unanswered": Style(Words("cases without an answer", "답을 받지 못한 문항"), "{:,.0f}", "{:+,.0f}", -1),
    "no_reference": Style(Words("cases without a right answer", "기준 답이 없는 문항"), "{:,.0f}", "{:+,.0f}", 0),
    "korean_share": _share("share of Korean in answers", "답의 한국어 비중", 0),
    "answer_chars": Style(Words("characters an answer", "답당 글자 수"), "{:,.0f}", "{:+,.1f}", 0),
    "answer_tokens": Style(Words("tokens an answer", "답당 토큰 수"), "{:,.0f}", "{:+,.1f}", 0),
    "length_ratio": Style(Words("length over the reference's", "기준 답 대비 길이"), "{:.2f}", "{:+.2f}", 0),
    "leaked": Style(Words("answers with personal data", "개인정보가 든 답"), "{:,.0f}", "{:+,.0f}", -1),
    "unsafe_formulas": Style(Words("unsafe formulas", "안전하지 않은 수식"), "{:,.0f}", "{:+,.0f}", -1),
    "answered": _share("answers that are not empty", "비어 있지 않은 답"),
    "refusals": _share("refusals", "거절", -1),
    "truncated": _share("cut off", "잘린 답", -1),
    "latency_p50_s": Style(Words("latency p50", "지연 시간 p50"), "{:.2f} s", "{:+.2f} s", -1),
    "latency_p95_s": Style(Words("latency p95", "지연 시간 p95"), "{:.2f} s", "{:+.2f} s", -1),
    "cases": Style(Words("cases", "문항"), "{:,.0f}", "{:+,.0f}", 0),
    "formula_cases": Style(Words("formula cases", "수식 문항"), "{:,.0f}", "{:+,.0f}", 0),
    "formula_excluded": Style(Words("formula cases left out", "제외된 수식 문항"), "{:,.0f}", "{:+,.0f}", 0),
    "formula_different": Style(Words("formulas with other values", "값이 다른 수식"), "{:,.0f}", "{:+,.0f}", -1),
    "formula_malformed": Style(Words("malformed formulas", "잘못된 수식"), "{:,.0f}", "{:+,.0f}", -1),
    "formula_missing": Style(Words("answers without a formula", "수식 없는 답"), "{:,.0f}", "{:+,.0f}", -1),
    "formula_unsupported": Style(Words("formulas that cannot run", "실행할 수 없는 수식"), "{:,.0f}", "{:+,.0f}", -1),
}


RULES = {
    "promoted": Words("better beyond doubt", "확실히 더 나음"),
    "no-gain": Words("no gain beyond doubt", "확실한 이득 없음"),
    "too-few-cases": Words("too few cases to tell", "판단하기에 문항이 너무 적음"),
    "perplexity": Words("right answers became less likely", "기준 답의 확률이 낮아짐"),
    "template": Words("the server tokenises otherwise than training did", "서버와 학습의 토큰화가 다름"),
    "safety": Words("unsafe or private answers", "안전하지 않거나 개인정보가 든 답"),
    "task-type": Words("a task type lost too much", "한 작업 유형이 크게 나빠짐"),
    "recent": Words("newer cases lost too much", "최근 문항이 크게 나빠짐"),
    "llm-judge": Words("an LLM judge does not prefer it", "LLM 심사에서 낫지 않음"),
    "general": Words("general ability lost too much", "일반 능력이 크게 나빠짐"),
}

REASONS = (
    (re.compile(r"gives (.+) where (.+) is right(?:, in cell \S+)?(?:, in workbook \d+)?"), "{0} (정답: {1})"),
    (re.compile(r"gives (\S+) cells where (\S+) are right(?:, in workbook \d+)?"), "{0}개 셀 (정답: {1}개)"),
    (re.compile(r"the answer holds no formula"), "답에 수식이 없음"),
)
"""What the judge says most, and the same in Korean; the rest stays in its own words."""


def reason(text: str) -> Words:
    """A judge's sentence in both languages."""
    for pattern, korean in REASONS:
        match = pattern.fullmatch(text)
        if match is not None:
            return Words(text, korean.format(*match.groups()))
    return Words.same(text)


def style(name: str) -> Style:
    """A metric's style; one that is not known here is shown under its own name, as a plain figure."""
    return METRICS.get(name, Style(Words.same(name.replace("_", " ")), "{:,.4g}", "{:+,.4g}", 0))


def figure(name: str, value: float | None) -> str:
    """A metric's value as people read it."""
    return "–" if value is None else style(name).form.format(value)


def difference(name: str, value: float) -> str:
    """A gain as people read it: shares in percentage points."""
    form = style(name).gain
    return f"{value * 100:+.1f} pp" if form == "points" else form.format(value)


def serving(failure: Failure) -> Words:
    """What serves after a night that failed, in a sentence."""
    if failure.unknown is not None and failure.serves is None:
        return Words(f"not known: {failure.unknown}", f"알 수 없음: {failure.unknown}")
    if failure.serves is None:
        return Words("nothing yet: no night has promoted an adapter", "아직 없음: 승격된 어댑터가 없습니다")
    if failure.url is not None:
        return Words(f"{failure.serves} at {failure.url}, as before", f"{failure.serves}, {failure.url} (이전과 같음)")
    return Words(
        f"{failure.serves} should, but no server offers it: `exhell serve` starts one",
        f"{failure.serves}이(가) 서비스해야 하지만 서버가 없습니다: `exhell serve`로 시작하세요",
    )


def known(words: Mapping[str, Words], name: str) -> Words:
    """A name in both languages, or as it is."""
    return words.get(name, Words.same(name))
