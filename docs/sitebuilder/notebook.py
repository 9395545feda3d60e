"""The example notebook as Markdown: its text and its cells."""

from __future__ import annotations

import json
from pathlib import Path

NOTEBOOK = Path(__file__).parents[1] / "developers" / "example.ipynb"


def cells() -> str:
    """Every cell but the title, in order."""
    read = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    text = [("".join(cell["source"]), cell["cell_type"] == "code") for cell in read]
    return "\n\n".join(f"```python\n{each}\n```" if code else each for each, code in text if each[:2] != "# ")
