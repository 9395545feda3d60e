"""A figure: a finding, its chart, what it shows in a sentence and its units; it shows itself in notebooks."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from allocate.charts.style import described, with_note
from allocate.errors import InputError, OutputError, Problem
from allocate.text.show import INVENTED

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMATS = (".svg", ".png")
SCALE = 2
"""Pixels of a PNG a unit of its chart."""


@dataclass(frozen=True, repr=False)
class Figure:
    """A chart with what it says."""

    finding: str
    """Its heading: what is to be seen."""
    svg: str
    says: str
    """Its text alternative, which everybody can read below it: what it shows, with figures."""
    units: str
    invented: bool = False
    """Whether its figures are made up, which it then says wherever it is shown."""

    def __repr__(self) -> str:
        return f"<Figure: {self.finding}>"

    def to_svg(self) -> str:
        """The chart as an SVG document of its own, with its text alternative."""
        name = f"figure-{sha256(f'{self.finding}{self.svg}'.encode()).hexdigest()[:8]}"
        svg, says = self.svg, self.says
        if self.invented:
            svg, says = with_note(svg, INVENTED.partition(":")[0]), f"{says} {INVENTED}"
        image = described(svg, name, self.finding, says)
        return image.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)

    def to_html(self) -> str:
        """The finding, the units and the chart as HTML without scripts; all text is escaped."""
        invented = f"<br><strong>{escape(INVENTED)}</strong>" if self.invented else ""
        return (
            f'<figure style="max-width:40em"><figcaption><strong>{escape(self.finding)}</strong><br>'
            f"{escape(self.units)}{invented}</figcaption>{self.to_svg()}<p>{escape(self.says)}</p></figure>"
        )

    def save(self, path: str | Path) -> None:
        """Write the chart, whole or not at all.

        Args:
            path: a file ending with .svg or .png.

        Raises:
            OutputError: it ends otherwise, or cannot be written.
        """
        from allocate.files.writing import write_files

        path = Path(path)
        if path.suffix.lower() not in FORMATS:
            fix = f"end it with {' or '.join(FORMATS)}"
            raise OutputError([Problem(str(path), "is no name for a chart", fix)])
        write_files(path.parent, {path.name: self._content(path.suffix.lower())})

    def _content(self, suffix: str) -> bytes:
        if suffix == ".svg":
            return self.to_svg().encode()
        import vl_convert

        png: bytes = vl_convert.svg_to_png(self.to_svg(), scale=SCALE)
        return png

    def _repr_html_(self) -> str:
        """How it shows in Jupyter and marimo."""
        return self.to_html()


def check_packages(what: str = "charts", packages: Sequence[str] = ("vl_convert",)) -> None:
    """Check that what draws charts is there, or what else reports need.

    Raises:
        InputError: something is missing.
    """
    for name in packages:
        try:
            import_module(name)
        except ImportError as error:
            missing = (error.name or name).partition(".")[0]
            said = f"{what} need packages that are not installed ({missing})"
            raise InputError([Problem("", said, "pip install 'allocate[report]'")]) from None
