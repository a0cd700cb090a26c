"""A configuration as worker processes get it: without what only those who send and ask need."""

from __future__ import annotations

from config.outputs import OutputSettings
from config.reports import ReportSettings
from config.settings import Settings


def bare(settings: Settings) -> Settings:
    """The same without outputs, credentials, and the passwords of the reports' mail."""
    reports = {name: _without_password(one) for name, one in settings.reports.items()}
    return settings.model_copy(update={"outputs": OutputSettings(), "credentials": {}, "reports": reports})


def _without_password(one: ReportSettings) -> ReportSettings:
    if one.mail is None or one.mail.password is None:
        return one
    return one.model_copy(update={"mail": one.mail.model_copy(update={"password": None})})
