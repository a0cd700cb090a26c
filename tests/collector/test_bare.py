"""What worker processes get of a configuration: no password of what they don't send."""

from __future__ import annotations

import pickle
from pathlib import Path

from collector.bare import bare
from config.load import load
from config.settings import Settings
from tests.config.estate import GOOD

MAIL = "{server: '127.0.0.1:25', from: a@b.example, to: [c@d.example], username: ll, password: wrong-horse}"
REPORTS = f"reports:\n  noc: {{every: monthly, mail: {MAIL}}}\n  plain: {{every: daily, folder: /srv/x}}\n"


def settings(folder: Path) -> Settings:
    (folder / "linkledger.yaml").write_text(GOOD + REPORTS)
    return load(folder / "linkledger.yaml").settings


def test_no_mail_password_goes_to_a_worker_process(tmp_path: Path) -> None:
    whole = settings(tmp_path)
    assert b"wrong-horse" in pickle.dumps(whole)
    assert b"wrong-horse" not in pickle.dumps(bare(whole))


def test_all_else_that_a_report_says_of_itself_stays(tmp_path: Path) -> None:
    whole = settings(tmp_path)
    kept = bare(whole)
    assert kept.reports["plain"] == whole.reports["plain"]
    mail, before = kept.reports["noc"].mail, whole.reports["noc"].mail
    assert mail is not None
    assert before is not None
    assert mail.password is None
    assert before.password is not None
    assert mail == before.model_copy(update={"password": None})
    assert (kept.circuits, kept.contracts, kept.digest) == (whole.circuits, whole.contracts, whole.digest)
    assert not kept.credentials
