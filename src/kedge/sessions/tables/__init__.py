"""The calendars as data, a market each: made by scripts/build_calendars.py, which says where they come from."""
