"""What serving costs, beside an API that is paid by the token: `model.py` counts, `plots.py` draws; docs/cost.md."""
