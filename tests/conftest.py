"""What the tests share: the settings of Hypothesis, and the real data when it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "default", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("default")

DATA = Path(__file__).parents[2] / "shared" / "data"
"""Published NHS figures, kept beside the project and never copied into it."""


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data; tests that need it skip without it, but never in CI."""
    if not DATA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"CI must have the real data at {DATA}")
        pytest.skip(f"no real data at {DATA}")
    return DATA
