"""Recorded data in files: CSV and Parquet, checked row by row, read in batches of whole columns."""
