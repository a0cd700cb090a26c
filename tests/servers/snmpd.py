"""net-snmp's agent on a free port, with a community and users of every kind of security it has."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Sequence
from contextlib import suppress

from probes.snmp.ber import integer
from probes.snmp.credentials import Credentials
from probes.snmp.interfaces import SYS_UPTIME
from probes.snmp.message import community_message, get
from tests.conftest import SBIN
from tests.servers.processes import Server

COMMUNITY = "only-for-tests"
AUTH = {
    "sha256": "SHA-256",
    "sha224": "SHA-224",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
    "sha": "SHA",
    "md5": "MD5",
}
"""Our words for what net-snmp 5.9 knows."""
PRIVACY = {"aes128": "AES", "des": "DES"}
AUTH_PHRASE, PRIVACY_PHRASE = "authentic-for-tests", "private-for-tests"


def free_udp_port() -> int:
    """A UDP port of loopback that nobody has right now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def community(word: str = COMMUNITY) -> Credentials:
    """Credentials of v2c."""
    return Credentials.model_validate({"version": "2c", "community": word})


def user(auth: str | None = None, privacy: str | None = None, /, **beside: object) -> Credentials:
    """Credentials of v3, as snmpd here knows them; `beside` replaces some."""
    keys = {"auth": auth and {auth: AUTH_PHRASE}, "privacy": privacy and {privacy: PRIVACY_PHRASE}}
    name = "-".join(filter(None, ("tester", auth, privacy)))
    return Credentials.model_validate({"version": 3, "user": name, **keys, **beside})


class Snmpd(Server):
    """One agent; the interfaces are this host's own."""

    program = "snmpd"

    def __init__(self, engine_id: str = "first") -> None:
        super().__init__()
        self.port = free_udp_port()
        self.engine_id = engine_id
        self.program = shutil.which(self.program, path=SBIN) or self.program

    def arguments(self) -> Sequence[str]:
        """Configured by our file alone; what it keeps is thrown away with its engine's name."""
        (self.folder / self.engine_id).mkdir(exist_ok=True)
        config = self.folder / "snmpd.conf"
        config.write_text("\n".join(self._lines()) + "\n")
        return ["-f", "-Lo", "-C", "-c", str(config), "-I", "-smux"]

    def _lines(self) -> Sequence[str]:
        users = [("tester", "", "noauth")]
        for auth, name in AUTH.items():
            users.append((f"tester-{auth}", f'{name} "{AUTH_PHRASE}"', "auth"))
            for privacy, cipher in PRIVACY.items():
                keys = f'{name} "{AUTH_PHRASE}" {cipher} "{PRIVACY_PHRASE}"'
                users.append((f"tester-{auth}-{privacy}", keys, "priv"))
        return [
            f"agentAddress udp:127.0.0.1:{self.port}",
            f"[snmp] persistentDir {self.folder / self.engine_id}",
            f"engineID {self.engine_id}",
            f"rocommunity {COMMUNITY}",
            *(f"createUser {name} {keys}" for name, keys, _ in users),
            *(f"rouser {name} {level}" for name, _, level in users),
        ]

    def is_ready(self) -> bool:
        """Whether it answers a question for sysUpTime."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, suppress(ConnectionRefusedError):
            sock.settimeout(0.2)
            sock.connect(("127.0.0.1", self.port))
            sock.send(community_message(COMMUNITY.encode(), get(1, [SYS_UPTIME])))
            return integer(1) in sock.recv(4096)
        return False
