"""Collections that never enter the site: `python -m ml.batch SOURCE OUT.parquet`, on Ray Data."""
