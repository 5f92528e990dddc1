"""Hypothesis profiles: KEDGE_HYPOTHESIS_PROFILE picks one (`fast` unless told)."""

import os

from hypothesis import settings

# In CI the examples are the same on every run, so that a red run says something about the change.
settings.register_profile("fast", max_examples=60, deadline=None, derandomize=bool(os.environ.get("CI")))
settings.register_profile("torture", max_examples=10_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("KEDGE_HYPOTHESIS_PROFILE", "fast"))
