"""Groups of settings, which `configs/schema.py` puts together."""
