"""Personal data and secrets in what is learnt: found, and replaced by placeholders that are nobody's.

    scrub(batch, ["instruction", "input", "answer"], config.privacy)
    brought(questions, answers, config.privacy)     # kinds that an answer holds and its question does not

A vectorised pre-test picks the few rows that may hold something (`hints`); exact matching, checksums and context decide
on those (`record`, and the matchers that it calls). docs/privacy.md says what is found, what is not, and why.
"""

from tasks.privacy.scrub import Scrubbed, brought, scrub

__all__ = ["Scrubbed", "brought", "scrub"]
