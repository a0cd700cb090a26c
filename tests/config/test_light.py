"""The light path to a ledger's place agrees with the whole loader, and imports next to nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from config.light import DEFAULT_LEDGER, find_config, ledger_path
from tests.config.estate import GOOD, load_text_at

FORMS = {
    "left out": "",
    "flow": "ledger: {path: data/a.db, keep: 400d}\n",
    "flow, path last": "ledger: {keep: 400d, path: data/a.db}\n",
    "flow with a comment": "ledger: {path: data/a.db}   # here\n",
    "flow over lines": "ledger: {keep: 400d,\n  path: data/a.db}\n",
    "block": "ledger:\n  path: data/a.db\n  keep: 400d\n",
    "block with comments": "ledger:   # ours\n\n  # its\n  keep: 400d # long\n  path: data/a.db # here\n",
    "absolute": "ledger:\n  path: /srv/a.db\n",
    "spaces": "ledger:\n  path: my data/a.db\n",
    "single quotes": "ledger:\n  path: 'it''s/a.db'\n",
    "double quotes": 'ledger: {path: "data/\\x61.db"}\n',
    "quoted key": '"ledger": {path: data/a.db}\n',
    "without a path": "ledger: {keep: 400d}\n",
    "empty": "ledger:\n",
    "a path elsewhere": "maintenance:\n- reason: |\n    path: wrong.db\n"
    "  from: 2026-05-03 02:00\n  to: 2026-05-03 04:00\n",
    "text over lines": "ledger:\n  path: data/\n    a.db\n",
    "a hash in the name": "ledger:\n  path: data/a#1.db\n",
    "an anchor": "ledger: &l {path: data/a.db}\n",
    "a flow that closes at the margin": "ledger: {\npath: data/a.db\n}\n",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_the_light_path_finds_what_the_loader_finds(tmp_path: Path, form: str) -> None:
    for text in (form + GOOD, GOOD + form):
        expected = load_text_at(tmp_path, text).settings.ledger.path
        assert ledger_path(tmp_path / "linkledger.yaml") == expected


def test_the_ledger_may_be_named_in_an_included_file(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "a.yaml").write_text("ledger: {path: a.db}\n")
    loaded = load_text_at(tmp_path, "include: [conf.d/*.yaml]\nledger: {keep: 90d}\n" + GOOD)
    assert (
        ledger_path(tmp_path / "linkledger.yaml")
        == loaded.settings.ledger.path
        == tmp_path / "conf.d" / "a.db"
    )


def test_a_broken_file_still_says_where_its_ledger_is_if_it_can(tmp_path: Path) -> None:
    path = tmp_path / "linkledger.yaml"
    path.write_text("ledger: {path: a.db}\nsites: [\n")
    assert ledger_path(path) == tmp_path / "a.db"
    path.write_text("ledger: {path: 'a.db'}\nsites: [\n")
    assert ledger_path(path) == DEFAULT_LEDGER


def test_a_file_that_cannot_be_read_raises_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ledger_path(tmp_path / "missing.yaml")


def test_the_usual_form_is_read_without_yaml_or_pydantic(tmp_path: Path) -> None:
    path = tmp_path / "linkledger.yaml"
    path.write_text(f"{GOOD}ledger: {{path: a.db}}\n")
    program = (
        "import sys; from pathlib import Path; from config.light import ledger_path;"
        f"assert ledger_path(Path({str(path)!r})).name == 'a.db';"
        "print(sorted({'yaml', 'pydantic', 'asyncio', 'difflib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_configuration_is_looked_for_in_order(tmp_path: Path) -> None:
    local, named, asked = tmp_path / "linkledger.yaml", tmp_path / "named.yaml", tmp_path / "asked.yaml"
    environ = {"LINKLEDGER_CONFIG": str(named)}
    assert find_config(asked, environ, tmp_path) == asked
    assert find_config(None, environ, tmp_path) == named, "also when it isn't there: its absence is told"
    local.write_text("")
    assert find_config(None, {}, tmp_path) == local
    local.unlink()
    assert find_config(None, {"LINKLEDGER_CONFIG": ""}, tmp_path) in (
        None,
        Path("/etc/linkledger/linkledger.yaml"),
    )
