from pathlib import Path
from tasks.report.page import page


def test_draw(facts):
    Path("/tmp/pages-shot.json").write_text(facts.model_dump_json(indent=1))
    Path("/tmp/pages-shot.html").write_text(page(facts, "en"))
