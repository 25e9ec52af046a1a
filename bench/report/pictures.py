"""The pictures of the growth, as SVG beside the results."""

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt

from ..cases import DELIVERIES
from ..goals import NAMES
from ..results import Results
from .growth import SERIES, Series

DIRECTORY = Path(__file__).resolve().parents[2] / "docs" / "performance"
COLOURS = {"parley": "#0b6e4f", "bare": "#8a8d91", "dcrf": "#c1440e"}


def draw(results: Results) -> None:
    """Texts stay texts, and nothing depends on the day, so that a redrawn picture differs only
    where its figures do."""
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "parley", "font.size": 9})
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    for series in SERIES:
        _growth(results, series)
    _deliveries(results)


def _growth(results: Results, series: Series) -> None:
    points = series.points(results)
    if not points:
        return
    figure, axes = plt.subplots(figsize=(4.6, 2.6))
    sizes, ranges = [n for n, _ in points], [found for _, found in points]
    middles = [found.median for found in ranges]
    spread = [
        [found.median - found.least for found in ranges],
        [found.most - found.median for found in ranges],
    ]
    axes.errorbar(sizes, middles, yerr=spread, color=COLOURS["parley"], marker="o", capsize=3)
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes], minor=False)
    axes.set_ylim(0, 1.2 * max(found.most for found in ranges))
    axes.set_xlabel(series.of)
    axes.set_ylabel(series.figure.name)
    axes.grid(alpha=0.3)
    _save(figure, series.picture)


def _deliveries(results: Results) -> None:
    found = {
        (case, server): results.figure(case, server, DELIVERIES)
        for case in ("a.500", "a.2000")
        for server in NAMES
    }
    bars = {key: value for key, value in found.items() if value}
    if not bars:
        return
    figure, axes = plt.subplots(figsize=(4.6, 2.6))
    labels = [f"{NAMES[server]}, × {case[2:]}" for case, server in bars]
    colours = [COLOURS[server] for _, server in bars]
    drawn = axes.barh(labels, [value.median for value in bars.values()], color=colours)
    axes.bar_label(drawn, [f"{value.median:,.0f}" for value in bars.values()], padding=3)
    axes.margins(x=0.2)
    axes.set_xticks([])
    axes.invert_yaxis()
    axes.set_xlabel(DELIVERIES.name)
    _save(figure, "deliveries")


def _save(figure: plt.Figure, name: str) -> None:
    figure.savefig(DIRECTORY / f"{name}.svg", metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)
