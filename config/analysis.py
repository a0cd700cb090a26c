"""When the analysis runs, and what it looks at."""

from __future__ import annotations

from pydantic import Field

from config.fields import Switch
from config.model import Model
from config.reports import TimeOfDay


class AnalysisSettings(Model):
    """The nightly analysis: baselines, changes, forecasts."""

    enabled: Switch = Field(True, description="whether it runs")
    at: TimeOfDay = Field("02:30", description="from which time of day on, by this site's clock")
