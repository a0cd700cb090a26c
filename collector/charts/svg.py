"""SVG as text: elements, numbers as short as they may be, every text escaped. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from collector.charts.palette import Palette

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
_LEGAL = {9, 10, 13}


def number(value: float) -> str:
    """A coordinate to a tenth of a pixel: `12`, `12.5`, `-3`."""
    rounded = round(float(value), 1)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


def text_of(said: str) -> str:
    """A text for an element or an attribute; characters that XML can't hold become spaces."""
    return escape("".join(one if ord(one) >= 32 or ord(one) in _LEGAL else " " for one in said), quote=True)


def element(name: str, *inside: str, **attributes: float | str | None) -> str:
    """One element; `inside` is SVG already. `class_` is `class`, `_` in a name is `-`, None is left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text_of(one) if isinstance(one, str) else number(one)}"'
        for key, one in attributes.items()
        if one is not None
    )
    body = "".join(inside)
    return f"<{name}{written}>{body}</{name}>" if body else f"<{name}{written}/>"


class Pen:
    """Makes the elements that charts are of, each in a colour of the palette and with its class."""

    def __init__(self, palette: Palette) -> None:
        self._palette = palette

    def colour(self, name: str) -> str:
        """The palette's colour of that name."""
        found: str = getattr(self._palette, name)
        return found

    def area(self, path: str, name: str, opacity: float | None = None) -> str:
        """A filled path."""
        return element("path", d=path, class_=_fill(name), fill=self.colour(name), fill_opacity=_two(opacity))

    def line(
        self, path: str, name: str, width: float = 1, *, dashes: str | None = None, join: str | None = "round"
    ) -> str:
        """A path's outline."""
        return element(
            "path",
            d=path,
            class_=_stroke(name),
            fill="none",
            stroke=self.colour(name),
            stroke_width=width,
            stroke_dasharray=dashes,
            stroke_linejoin=join,
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        name: str,
        *inside: str,
        **more: float | str | None,
    ) -> str:
        """A filled rectangle."""
        return element(
            "rect",
            *inside,
            x=x,
            y=y,
            width=width,
            height=height,
            class_=_fill(name),
            fill=self.colour(name),
            **more,
        )

    def word(
        self,
        x: float,
        y: float,
        said: str,
        *,
        anchor: str = "start",
        name: str = "quiet",
        size: float = 11,
        weight: str | None = None,
    ) -> str:
        """A text; `y` is its base line."""
        return (
            element(
                "text",
                text_of(said),
                x=x,
                y=y,
                text_anchor=None if anchor == "start" else anchor,
                class_=_fill(name),
                fill=self.colour(name),
                font_size=size,
                font_weight=weight,
            )
            if said
            else ""
        )

    def whole(
        self, kind: str, width: float, height: float, title: str, told: str, parts: Iterable[str]
    ) -> str:
        """The whole picture; `title` and `told` are for those who hear it."""
        heads = element("title", text_of(title)), element("desc", text_of(told)) if told else ""
        return element(
            "svg",
            *heads,
            *parts,
            xmlns="http://www.w3.org/2000/svg",
            class_=f"chart chart-{kind}",
            viewBox=f"0 0 {number(width)} {number(height)}",
            width=width,
            height=height,
            role="img",
            color=self.colour("ink"),
            font_family=FONT,
        )


def _fill(name: str) -> str:
    return f"c-{name.replace('_', '-')}"


def _stroke(name: str) -> str:
    return f"s-{name.replace('_', '-')}"


def _two(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"
