"""What several probes' tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.probes.peers import CA


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    """The certificate of the authority that signs the peers' certificates."""
    CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path / "ca.pem"
