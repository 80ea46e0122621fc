"""Keys, tokens and private keys: by the marks their makers give them, or by the name that they stand under.

The makers' formats are public; those that detect-secrets has were compared with it (docs/privacy.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.privacy.page import Page
from tasks.privacy.placeholders import Finding
from tasks.privacy.tables import Place

_MARKED = (
    (r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA)", r"[A-Z0-9]{16}"),  # AWS
    (r"gh[pousr]_", r"[A-Za-z0-9_]{30,}"),  # GitHub
    (r"github_pat_", r"[A-Za-z0-9_]{22,}"),
    (r"(?:gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-|GR1348941)", r"[A-Za-z0-9_-]{20,}"),  # GitLab
    (r"(?:xox[abeoprs]|xapp)(?:\.xox[bp])?-", r"[A-Za-z0-9-]{3,}"),  # Slack
    (r"https://hooks\.slack\.com/(?:services|workflows|triggers)/", r"[A-Za-z0-9_/]{6,}"),
    (r"https://wh\.jandi\.com/connect-api/webhook/", r"[A-Za-z0-9/]{16,}"),
    (r"https://(?:hooks\.zapier\.com/hooks/catch|hook\.(?:[a-z0-9]{2,8}\.)?make\.com)/", r"[A-Za-z0-9/]{8,}"),
    (r"https://(?:ptb\.|canary\.)?discord(?:app)?\.com/api/webhooks/", r"\d+/[A-Za-z0-9_-]+"),
    (r"https://[a-z0-9-]+\.webhook\.office\.com/webhookb2/", r"[A-Za-z0-9@/_-]{20,}"),  # Teams
    (r"(?:(?:sk|rk|pk)_(?:live|test)_|whsec_|(?:live|test)_g?[sc]k_)", r"[A-Za-z0-9]{16,}"),  # Stripe, Toss Payments
    (
        r"sk-(?:proj-|svcacct-|admin-|None-|ant-(?:[a-z]{3,5}\d\d-)?|or-(?:v1-)?|lf-)?",
        r"[A-Za-z0-9_-]{20,}",
    ),  # OpenAI, …
    (r"AIza", r"[A-Za-z0-9_-]{30,}"),  # Google
    (r"(?:ya29\.|GOCSPX-|1//0)", r"[A-Za-z0-9_-]{20,}"),
    (r"eyJ", r"[A-Za-z0-9_=-]{8,}\.[A-Za-z0-9_=-]{8,}(?:\.[A-Za-z0-9_.+/=-]*)?"),  # JSON Web Token
    (r"SG\.", r"[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),  # SendGrid
    (r"(?:npm_|hf_|gsk_|pplx-|xai-|nvapi-|r8_|sbp_|rubygems_|lin_api_|ntn_|figd_|tfp_|glc_)", r"[A-Za-z0-9_-]{30,}"),
    (
        r"(?:NRAK|PMAK|CFPAT|FLWSECK|pul|tvly|csk|tskey-(?:auth|api|client))-",
        r"[A-Za-z0-9_-]{20,}",
    ),  # New Relic, Postman, …
    (r"glsa_", r"[A-Za-z0-9]{32}_[0-9A-Fa-f]{8}"),  # Grafana
    (r"AT[AC]TT3", r"[A-Za-z0-9_=-]{40,}"),  # Atlassian
    (r"hv[sbr]\.", r"[A-Za-z0-9_-]{24,}"),  # Vault
    (r"dp\.(?:pt|st|ct|sa)\.", r"[A-Za-z0-9._-]{30,}"),  # Doppler
    (r"pat", r"[A-Za-z0-9]{14}\.[0-9a-f]{64}"),  # Airtable
    (r"sntry[su]_", r"[A-Za-z0-9_+/=-]{40,}"),  # Sentry
    (r"EAA", r"(?=[A-Za-z]*[0-9])[A-Za-z0-9]{60,}"),  # Meta
    (r"AAAA[A-Za-z0-9_-]{7}:APA91b", r"[A-Za-z0-9_-]{60,}"),  # Firebase
    (
        r"(?:[a-z][a-z0-9]{1,11}_){1,3}",
        r"(?=[A-Za-z0-9]*[0-9][A-Za-z0-9]*[A-Z])(?=[A-Za-z0-9]*[A-Z][A-Za-z0-9]*[a-z])[A-Za-z0-9]{24,}",
    ),  # NAVER Cloud, Vercel, …
    (r"pypi-", r"AgE[A-Za-z0-9_-]{50,}"),
    (r"(?:dckr_pat_|dop_v1_|shp(?:at|ca|pa|ss)_|sq0(?:csp|atp|idp)-|dapi|LTAI|AKID)", r"[A-Za-z0-9_-]{16,}"),
    (r"(?:AC|SK)", r"[0-9a-f]{32}"),  # Twilio
    (r"key-", r"[0-9a-f]{32}"),  # Mailgun
    (r"", r"[0-9a-z]{32}-us\d{1,2}"),  # Mailchimp
    (r"", r"\d{8,10}:[A-Za-z0-9_-]{35}"),  # Telegram
    (r"", r"[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}"),  # Discord
    (r"(?:AccountKey|SharedAccessKey|SharedAccessSignature)=", r"[A-Za-z0-9+/%&=-]{30,}"),  # Azure
    (r"", r"[A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{34}"),
)
_TOKEN = re.compile(r"(?:(?<![A-Za-z0-9_])|(?<=/bot))(?:" + "|".join(prefix + body for prefix, body in _MARKED) + ")")
_PREFIX = re.compile("|".join(prefix for prefix, _ in _MARKED if prefix))

_PEM = r"(?:[A-Za-z0-9+/=\s\\:,.]|-(?!-)){12,}"
_PRIVATE = re.compile(
    rf"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?P<body>{_PEM})"
    rf"|PuTTY-User-Key-File-\d.{{0,2000}}?Private-Lines: \d+\s(?P<putty>{_PEM}?)(?=\sPrivate-MAC|[^A-Za-z0-9+/=\s]|\Z)",
    re.DOTALL,
)

_KIND = r"(?:api|access|secret|auth(?:entication|orization)?|client|private|service|encrypt(?:ion)?|signing|consumer|storage|shared|master|session|refresh|app|bot|subscription|webhook|licen[cs]e|account|hmac|jwt|x)"
_NAME = (
    rf"(?:{_KIND}[-_. ]?(?:key|token|secret)(?:[-_. ]?(?:id|key|value))?|apikey|(?<![A-Za-z])(?:token|secret|credentials?(?!\s?[:=]\s?(?-i:[a-z][a-z0-9_.@-]{{1,20}})\s?/)|sig|signature)(?![A-Za-z])"
    r"|(?:t?otp|2fa|mfa)[-_. ]?(?:시드|seed)(?:[-_. ]?(?:키|key))?|(?:access|api)[-_. ]?licen[cs]e|(?<![A-Za-z])[A-Za-z]{0,12}sess(?:ion)?[-_]?id(?==)"
    r"|(?<=[_-])(?:token|secret|key)(?![A-Za-z])|(?<=[a-z])(?:Token|Secret|Key)(?![A-Za-z])|(?<=[?&\"'])[a-z_]{0,20}(?:key|token|auth|secret|secure|code)(?==)"
    r"|(?:API|REST|시크릿|액세스|엑세스|접근|인증|서비스|비밀|개인|보안|암호화|연동|발급|발급받은|접속|관리자|서버|어드민|admin|공개|라이선스)\s?(?:API\s?)?(?:키|토큰|코드)(?:\s?값)?"
    r"|(?<![가-힣])(?:[가-힣]{2,4})(?<!방향)(?<!단축)(?<!기능)(?<!엔터)(?<!화살표)(?<!스페이스)키(?![가-힣]{2})"
    r"|토큰(?:\s?값)?|시크릿(?:\s?키)?|(?<![가-힣A-Za-z])키(?=\s?(?:값|는|가|:|=)))"
)
_LINK = r"(?:[\"'] ?,? ?[\"']?value[\"']?(?=\s?[:=]))?(?:\s?값)?(?:\s?\([^()\n]{1,15}\))?[\"'\]]{0,2}\s{0,3}(?:(?:[:=]|=>|:=|->|→|는|은|이|가|를|을)\s{0,3}){1,2}(?:Bearer |Basic |Token |base64:)?[\"'`(<\[]{0,2}\s?"
_LOOSE = r"(?:(?<=[키큰릿])[(\[](?=[!-~]{16})|(?:\s?\([^()\n]{1,15}\))?[\"'\]]{0,2}\s{1,3}(?:Bearer )?[\"'`(<\[]{0,2})"
_ARGUMENT = r"[\"'] ?, {0,2}[\"']"
_BODY = r"(?P<{}>(?:\$2[aby]\$\d\d\$)?[A-Za-z0-9_+/=.~%-]{{8,}})"
"""The secrets of NAVER's shops begin as bcrypt's salts do."""
_NAMED = re.compile(
    rf"{_NAME}(?:{_LINK}{_BODY.format('linked')}|(?:{_LOOSE}|{_ARGUMENT}){_BODY.format('loose')})", re.IGNORECASE
)
_HEADED = re.compile(
    rf"(?:header|property|req\.set)\(? ?[\"'][\w-]{{0,40}}(?:key|token|secret)(?:-id)?{_ARGUMENT}{_BODY.format('linked')}",
    re.IGNORECASE,
)
"""setRequestHeader "X-API-KEY-ID", "abcd1234ef": a header's name and its value, however short."""
_DIGITS = re.compile(r"imp_key[\"']?\s?[:=]\s?[\"']?(?P<linked>\d{16})(?!\d)", re.IGNORECASE)
"""I'mport's keys are digits."""
_BEARER = re.compile(
    r"(?:\bbearer|authorization[\"']?\s?[:,]\s?[\"']?(?:basic|token)|KakaoAK)\s+(?P<linked>[A-Za-z0-9._~+/=%-]{8,})",
    re.IGNORECASE,
)

_PATH = re.compile(
    r"https?://[^\s\"'<>/]{3,80}/(?:[A-Za-z_.-]{1,40}/){0,3}(?P<linked>(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{16,64})/(?:\w{1,20}/)?(?:json|xml)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
"""The key that open data of Korea's offices want in the path: /api/StatisticSearch/KEY/json/kr/1/10."""

_HEADER = re.compile(rf"(?:[\w ]{{0,12}}[ _-]?)?(?:{_NAME}|(?:[A-Za-z]+ ?)?(?:키|key))(?:\s?\(.*\))?", re.IGNORECASE)
"""A table's header that announces keys."""
_SIGN = re.compile(r"key|token|secret|키|토큰|시크릿", re.IGNORECASE)
_REFERENCE = re.compile(
    r"\$?[A-Z]{1,3}\$?\d{1,7}(?::.*)?|[A-Z][A-Z.]{1,20}\d?|\d+[-/.]\d+[-/.]\d+|\d[\d.,]*[A-Za-z%]{0,3}"
)
_WORD = r"(?:[A-Z]?[a-z]{2,14}|[A-Z]{2,14})(?:[A-Z][a-z]{2,14}){0,4}"
_WORDS = re.compile(rf"{_WORD}(?:[-_./ ](?:{_WORD}\d?|\d{{1,4}}))*[-_.]?\d{{0,2}}|(?i:Ctrl|Alt|Shift|Cmd|Win|Fn)\+.*")
"""your-api-key, my_secret_1, order_id_2024, config.json, Ctrl+Shift+F12: words, and no key."""
_FILE = re.compile(r"[\w.~-]*(?:/[\w.~-]+)+\.(?:json|pem|key|crt|cer|pfx|p12|p8|jks|ya?ml|txt|env|xlsx?)")
"""SSL_KEY=/etc/ssl/server1.key: where a key is kept."""
_RANDOM, _STRONG = 16, 20


def find(page: Page) -> Iterator[Finding]:
    """Every key in the text."""
    text = page.text
    if "PRIVATE KEY" in text or "PuTTY" in text:
        for found in _PRIVATE.finditer(text):
            start, end = found.span("body" if found["body"] else "putty")
            yield Finding(start, end, "private_key", _bare(text[start:end]), letters=True)
    for found in _TOKEN.finditer(text):
        yield key(found.start(), found[0])
    for pattern in (_BEARER, _PATH, _HEADED, _NAMED) if "://" in text else (_BEARER, _HEADED, _NAMED):
        for found in pattern.finditer(text):
            group = found.lastgroup or "linked"
            value = found[group].rstrip(".")
            if is_key(value, loose=group == "loose"):
                yield key(found.start(group), value)
    for found in _DIGITS.finditer(text):
        yield key(found.start("linked"), found["linked"])
    if _SIGN.search(text):
        yield from _in_cells(page)


def _in_cells(page: Page) -> Iterator[Finding]:
    """The cells under a header that announces keys."""
    table = page.table
    for line in range(len(table.spans)):
        if not table.is_header(line):
            continue
        for column, (start, end) in enumerate(table.cells(line)):
            if not _HEADER.fullmatch(page.text, start, end):
                continue
            for place in table.below(Place(line, column)):
                span = table.cell(place)
                value = page.text[slice(*span)] if span else ""
                if span and _VALUE.fullmatch(value) and is_key(value):
                    yield key(span[0], value)


_VALUE = re.compile(r"(?:\$2[aby]\$\d\d\$)?[A-Za-z0-9_+/=.~%:-]{8,}")


def key(start: int, value: str) -> Finding:
    """A key as a finding; the mark of its maker stays."""
    mark = _PREFIX.match(value)
    keep = len(_bare(mark[0])) if mark else 0
    return Finding(start, start + len(value), "api_key", _bare(value), keep=keep, letters=True)


def is_key(value: str, *, loose: bool = False) -> bool:
    """Whether a value that stands under a key's name is one, and not a word, a number, a date or a reference."""
    letters, digits = any(map(str.isalpha, value)), any(map(str.isdigit, value))
    if _REFERENCE.fullmatch(value) or _WORDS.fullmatch(value) or _FILE.fullmatch(value) or "%d" in value:
        return False
    if letters and digits:
        return len(value) >= (_RANDOM if loose else 8)
    mixed = value != value.lower() and value != value.upper() and not value.istitle()
    return len(value) >= _STRONG and (digits or mixed) and "." not in value


def _bare(value: str) -> str:
    return "".join(character for character in value if character.isascii() and character.isalnum())
