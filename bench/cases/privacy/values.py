"""Values of every kind, made by dice from what is public of their form: check digits, prefixes, lengths.

They look real to any filter. Check digits are computed here, not taken from the engine that is measured.
"""

from __future__ import annotations

from random import Random
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits, hexdigits

NUMBERS = ("resident_number", "foreigner_number", "corporate_number", "business_number", "card", "phone", "account",
           "driver_licence")  # fmt: skip
"""Kinds that are groups of digits, and so are spelt in the same ways."""

_BASE62 = ascii_letters + digits
_HEX = hexdigits[:16]
_URLSAFE = _BASE62 + "-_"

_BANKS: dict[str, tuple[str | int, ...]] = {
    "신한은행": ("110", 3, 6), "국민은행": (6, 2, 6), "우리은행": ("1002", 3, 6), "하나은행": (3, 6, 5),
    "농협": ("301", 4, 4, 2), "카카오뱅크": ("3333", 2, 7), "기업은행": (3, 6, 2, 3), "토스뱅크": ("1000", 4, 4),
    "SC제일은행": (3, 2, 6), "우체국": (6, 2, 6), "새마을금고": ("9002", 4, 4, 1), "케이뱅크": ("100", 3, 6),
    "부산은행": (3, 4, 4, 2), "수협": (3, 2, 6), "신협": (3, 3, 6), "대구은행": (3, 2, 6, 1),
}  # fmt: skip
"""Groups of an account: a prefix that all of a bank's have, or how many digits."""

_NETWORKS = (("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("9410", 16), ("9490", 16), ("62", 16), ("3528", 16),
             ("34", 15), ("37", 15), ("36", 14))  # fmt: skip
_AREAS = ("02", "031", "032", "033", "041", "042", "043", "051", "052", "053", "054", "055", "061", "062", "063",
          "064", "070", "0505")  # fmt: skip
_REGIONS = ("서울", "부산", "경기", "강원", "충북", "충남", "전북", "전남", "경북", "경남", "제주", "대구", "인천")

_NAMES = ("minjun.kim", "seoyeon_lee", "park.jihoon", "haeun92", "choi.doyun", "j.jung", "yujin-han", "kang.sw",
          "cs.shin", "hwang2020", "k1m", "ahn.yerin")  # fmt: skip
_DOMAINS = ("naver.com", "gmail.com", "daum.net", "hanmail.net", "kakao.com", "nate.com", "outlook.com",
            "samsung-parts.co.kr", "mail.hanbit.or.kr", "korea.ac.kr", "sejong.go.kr", "startup.io")  # fmt: skip
_WORDS = ("tiger", "spring", "dragon", "dkssud", "rkskek", "wjdqh", "Excel", "Seoul", "hello", "qwer", "asdf", "love",
          "admin", "master", "sunny", "Kimchi")  # fmt: skip

_VENDORS = ("aws", "aws_session", "github", "github_server", "github_fine", "gitlab", "slack", "slack_hook", "stripe", "stripe_test", "openai", "openai_project", "anthropic", "google", "google_oauth", "google_client", "jwt", "sendgrid", "npm", "huggingface", "pypi", "twilio", "mailgun", "mailchimp", "telegram", "discord", "toss", "azure_storage", "databricks", "digitalocean", "shopify", "groq", "xai", "naver_cloud", "notion", "vercel_blob")  # fmt: skip


class Values:
    """Makes values; the same for the same seed."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def groups(self, kind: str) -> tuple[str, ...]:
        """The digits of a new value of a kind in `NUMBERS`, in the groups that people part them into."""
        made: tuple[str, ...] = getattr(self, f"_{kind}")()
        return made

    def _digits(self, count: int) -> str:
        return "".join(self.rng.choices(digits, k=count))

    def _some(self, letters: str, count: int) -> str:
        """Letters with a capital, a small one and a digit among them, where there are such."""
        while True:
            made = "".join(self.rng.choices(letters, k=count))
            if all(not set(kind) & set(letters) or set(kind) & set(made) for kind in (digits, "abcdef", ascii_letters)):
                return made

    def _resident_number(self, *, foreigner: bool = False) -> tuple[str, ...]:
        year = self.rng.randint(1940, 2012)
        born = f"{year % 100:02d}{self.rng.randint(1, 12):02d}{self.rng.randint(1, 28):02d}"
        seventh = 1 + 2 * (year >= 2000) + 4 * foreigner + self.rng.randint(0, 1)
        body = f"{born}{seventh}{self._digits(5)}"
        weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
        total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
        return born, body[6:] + str(((13 if foreigner else 11) - total % 11) % 10)

    def _foreigner_number(self) -> tuple[str, ...]:
        return self._resident_number(foreigner=True)

    def _corporate_number(self) -> tuple[str, ...]:
        """Registry office, kind of company, serial number, check digit."""
        body = f"{self.rng.choice((1101, 1301, 1801, 1201, 2801))}{self.rng.choice((11, 14, 22, 71))}{self._digits(6)}"
        total = sum(int(digit) * (1 + at % 2) for at, digit in enumerate(body))
        return body[:6], body[6:] + str(-total % 10)

    def _business_number(self) -> tuple[str, ...]:
        body = f"{self.rng.randint(101, 699)}{self.rng.randint(1, 89):02d}{self._digits(4)}"
        total = sum(int(digit) * weight for digit, weight in zip(body, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=True))
        return body[:3], body[3:5], body[5:] + str(-(total + int(body[8]) * 5 // 10) % 10)

    def _card(self) -> tuple[str, ...]:
        prefix, length = self.rng.choice(_NETWORKS)
        body = prefix + self._digits(length - 1 - len(prefix))
        total = sum(
            sum(divmod(int(digit) * 2, 10)) if at % 2 == 0 else int(digit) for at, digit in enumerate(reversed(body))
        )
        whole = body + str(-total % 10)
        cuts = (4, 8, 12) if length == 16 else (4, 10)
        return tuple(whole[begin:end] for begin, end in zip((0, *cuts), (*cuts, length), strict=True))

    def _phone(self) -> tuple[str, ...]:
        exchange = f"{self.rng.randint(2, 9)}{self._digits(3)}"
        if self.rng.random() < 0.7:
            return "010", exchange, self._digits(4)
        if self.rng.random() < 0.3:
            return self.rng.choice(("011", "016", "017", "019")), exchange[:3], self._digits(4)
        return self.rng.choice(_AREAS), exchange[: self.rng.choice((3, 4))], self._digits(4)

    def mobile(self) -> tuple[str, ...]:
        return "010", f"{self.rng.randint(2, 9)}{self._digits(3)}", self._digits(4)

    def _account(self) -> tuple[str, ...]:
        return self.account_of(self.rng.choice(tuple(_BANKS)))

    def account_of(self, bank: str) -> tuple[str, ...]:
        return tuple(
            part if isinstance(part, str) else self._digits(part - 1) + self.rng.choice("123456789")
            for part in _BANKS[bank]
        )

    def bank(self) -> str:
        return self.rng.choice(tuple(_BANKS))

    def _driver_licence(self) -> tuple[str, ...]:
        return f"{self.rng.choice((*range(11, 27), 28))}", self._digits(2), self._digits(6), self._digits(2)

    def licence_region(self) -> str:
        return self.rng.choice(_REGIONS)

    def passport(self) -> str:
        if self.rng.random() < 0.5:
            return f"{self.rng.choice('MS')}{self._digits(8)}"
        return f"M{self._digits(3)}{self.rng.choice(ascii_uppercase)}{self._digits(4)}"

    def customs_code(self) -> str:
        return f"P{self._digits(12)}"

    def email(self) -> tuple[str, str]:
        return f"{self.rng.choice(_NAMES)}{self.rng.choice(('', self._digits(2)))}", self.rng.choice(_DOMAINS)

    def ip_address(self) -> tuple[str, ...]:
        first = self.rng.choice((1, 14, 27, 39, 58, 61, 106, 112, 121, 175, 203, 211, 218))
        return (str(first), *(str(self.rng.randint(2, 254)) for _ in range(3)))

    def password(self) -> str:
        word, sign = self.rng.choice(_WORDS), self.rng.choice("!@#$*^")
        return self.rng.choice(
            (
                f"{word}{self._digits(4)}{sign}",
                f"{word}{sign}{self._digits(3)}",
                f"{word.capitalize()}{self._digits(2)}{sign}{sign}",
                f"{word}{self._digits(4)}",
                f"{self._digits(4)}{word}",
                f"{sign}{word.upper()}_{self._digits(4)}",
                self._some(_BASE62, 10),
                self._some(_BASE62, 9) + sign,
            )
        )

    def api_key(self, vendor: str | None = None) -> str:
        """A key with its maker's mark."""
        some = self._some
        makers = {
            "aws": lambda: f"AKIA{some(ascii_uppercase + '234567', 16)}",
            "aws_session": lambda: f"ASIA{some(ascii_uppercase + '234567', 16)}",
            "github": lambda: f"ghp_{some(_BASE62, 36)}",
            "github_server": lambda: f"ghs_{some(_BASE62, 36)}",
            "github_fine": lambda: f"github_pat_{some(_BASE62, 22)}_{some(_BASE62, 59)}",
            "gitlab": lambda: f"glpat-{some(_URLSAFE, 20)}",
            "slack": lambda: f"xoxb-{self._digits(12)}-{self._digits(13)}-{some(_BASE62, 24)}",
            "slack_hook": lambda: f"https://hooks.slack.com/services/T{some(ascii_uppercase + digits, 8)}/B{some(ascii_uppercase + digits, 10)}/{some(_BASE62, 24)}",
            "stripe": lambda: f"sk_live_{some(_BASE62, 24)}",
            "stripe_test": lambda: f"rk_test_{some(_BASE62, 24)}",
            "openai": lambda: f"sk-{some(_BASE62, 20)}T3BlbkFJ{some(_BASE62, 20)}",
            "openai_project": lambda: f"sk-proj-{some(_URLSAFE, 74)}T3BlbkFJ{some(_URLSAFE, 74)}A",
            "anthropic": lambda: f"sk-ant-api03-{some(_URLSAFE, 93)}AA",
            "google": lambda: f"AIza{some(_URLSAFE, 35)}",
            "google_oauth": lambda: f"ya29.{some(_URLSAFE, 60)}",
            "google_client": lambda: f"GOCSPX-{some(_URLSAFE, 28)}",
            "jwt": lambda: f"eyJhbGciOiJIUzI1NiJ9.eyJ{some(_BASE62, 40)}.{some(_URLSAFE, 43)}",
            "sendgrid": lambda: f"SG.{some(_URLSAFE, 22)}.{some(_URLSAFE, 43)}",
            "npm": lambda: f"npm_{some(_BASE62, 36)}",
            "huggingface": lambda: f"hf_{some(ascii_letters, 34)}",
            "pypi": lambda: f"pypi-AgEIcHlwaS5vcmc{some(_URLSAFE, 80)}",
            "twilio": lambda: f"AC{some(_HEX, 32)}",
            "mailgun": lambda: f"key-{some(_HEX, 32)}",
            "mailchimp": lambda: f"{some(_HEX, 32)}-us{self.rng.randint(1, 21)}",
            "telegram": lambda: f"{self._digits(9)}:AA{some(_URLSAFE, 33)}",
            "discord": lambda: f"M{some(_BASE62, 25)}.{some(_URLSAFE, 6)}.{some(_URLSAFE, 38)}",
            "toss": lambda: f"live_sk_{some(_BASE62, 32)}",
            "azure_storage": lambda: f"AccountKey={some(_BASE62 + '+/', 86)}==",
            "databricks": lambda: f"dapi{some(_HEX, 32)}",
            "digitalocean": lambda: f"dop_v1_{some(_HEX, 64)}",
            "shopify": lambda: f"shpat_{some(_HEX, 32)}",
            "groq": lambda: f"gsk_{some(_BASE62, 52)}",
            "xai": lambda: f"xai-{some(_BASE62, 80)}",
            "naver_cloud": lambda: f"ncp_iam_{some(_BASE62, 32)}",
            "notion": lambda: f"ntn_{some(_BASE62, 46)}",
            "vercel_blob": lambda: f"vercel_blob_rw_{some(_BASE62, 30)}",
        }  # fmt: skip
        return makers[vendor or self.rng.choice(tuple(makers))]()

    @property
    def vendors(self) -> tuple[str, ...]:
        """The makers whose marks `api_key` knows."""
        return _VENDORS

    def bare_key(self) -> str:
        """A key without any mark: only its name says what it is."""
        return self.rng.choice(
            (
                self._some(_HEX, 32),
                self._some(_HEX, 40),
                self._some(_BASE62, 40),
                self._some(_BASE62, 20),
                self._some(_BASE62 + "+/", 86) + "==",
                "-".join(self._some(_HEX, count) for count in (8, 4, 4, 4, 12)),
                self._some(_BASE62, 60) + "%2B" + self._some(_BASE62, 20) + "%3D%3D",
            )
        )

    def private_key(self, kind: str = "RSA ", lines: int = 6, mark: tuple[str, str] = ("", "")) -> str:
        """A key in PEM. `mark` encloses what is secret of it."""
        body = "\n".join(self._some(_BASE62 + "+/", 64) for _ in range(lines))
        return f"-----BEGIN {kind}PRIVATE KEY-----{mark[0]}\n{body}\n{mark[1]}-----END {kind}PRIVATE KEY-----"

    def choice(self, options: tuple[str, ...]) -> str:
        return self.rng.choice(options)

    def name(self) -> str:
        return self.rng.choice("김이박최정강조윤장임한오서신권황") + self.rng.choice(
            ("민준", "서연", "지훈", "하은", "도윤", "서준", "지우", "예은", "현우", "유진", "채원", "준호")
        )

    def lower(self, count: int) -> str:
        return "".join(self.rng.choices(ascii_lowercase, k=count))
