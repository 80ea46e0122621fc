"""The page of a night: what was decided, why, and everything that a person would ask next.

    facts = gather(night, store, ...)       # gather.py: from what the stages published
    html = page(facts, language="ko")       # page.py: one file without network, both languages, light and dark

`facts.py` is the JSON between the two: `report.json` beside the page, which `exhell compare` reads again.
"""
