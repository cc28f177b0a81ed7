"""What an instance is told from outside. `server/config.py` reads it from the environment and a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from server.base.problems import UserError

LOOPBACK = ("localhost", "127.0.0.1", "::1")


BASE_MAP = re.compile(r"https?://[A-Za-z0-9.:-]+/(?=.*\{z\})(?=.*\{x\})(?=.*\{y\})[^\s;,]*\Z")


def setting(
    default: Any, about: str, *, least: int | None = None, most: int | None = None, secret: bool = False
) -> Any:
    """A field of `Settings` with its sentence for `doorstep settings`, its bounds, and whether it is never shown."""
    return field(default=default, repr=not secret, metadata={"about": about, "least": least, "most": most})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings, checked. Times are in the unit of their name; `home` holds keys and files (mode 0700)."""

    home: Path = field(metadata={"about": "folder of the key ring, the files and the embedded database"})
    database_url: str = setting(
        "", "sqlite:///… or postgresql://…; empty: doorstep.db in the home folder", secret=True
    )
    time_zone: str = setting("Europe/London", "the force's local time, which slots and days are in")
    force_code: str = setting("E23000012", "the force's GSS code")
    force_name: str = setting("Humberside", "the force's name")
    host: str = setting("127.0.0.1", "address to serve on")
    port: int = setting(8000, "port to serve on", least=1, most=65535)
    public_url: str = setting("http://127.0.0.1:8000", "how browsers and phones reach the service")
    tls_certificate: str = setting("", "PEM file of the certificate to serve HTTPS with; empty: HTTP")
    tls_key: str = setting("", "PEM file of the certificate's key")
    base_map_url: str = setting(
        "", "raster tiles under the maps, such as https://tiles.example/{z}/{x}/{y}.png; empty: none"
    )
    base_map_attribution: str = setting("", "whose base map it is, shown on each map")
    trusted_proxies: int = setting(0, "proxies in front whose X-Forwarded-* is believed", least=0, most=5)
    threads: int = setting(8, "threads of a serving process", least=1, most=64)
    workers: int = setting(2, "serving processes (always 1 on SQLite)", least=1, most=64)
    pool_size: int = setting(8, "database connections kept by a process", least=1, most=100)
    clock_offset_seconds: int = setting(0, "for demonstrations only: seconds added to this machine's clock")
    practice: int = setting(0, "1: every page of the console says that nothing here is real", least=0, most=1)
    log_level: str = setting("info", "debug, info, warning or error")
    mail: str = setting(
        "off", "how mail leaves: off, smtp, or file (into the home folder's outbox, for trials)"
    )
    smtp_host: str = setting("", "mail server that takes our mail")
    smtp_port: int = setting(587, "its port: usually 587 with starttls, 465 with tls", least=1, most=65535)
    smtp_tls: str = setting("starttls", "starttls, tls, or none (for a server on this machine only)")
    smtp_user: str = setting("", "name to sign in to the mail server with; empty: without signing in")
    smtp_password: str = setting("", "password to sign in to the mail server with", secret=True)
    smtp_from: str = setting("Doorstep <doorstep@localhost>", "sender of mail: Name <address>")
    inbox_mail_hour: int = setting(7, "local hour after which the inbox of the day is sent", least=0, most=23)
    metrics_token: str = setting(
        "", "bearer token of /metrics; empty: only asked from this machine", secret=True
    )
    worker_metrics_port: int = setting(
        0, "port on this machine where the worker tells its figures; 0: none", least=0, most=65535
    )
    most_body_bytes: int = setting(1 << 20, "largest request body", least=1024)
    most_exchange_bytes: int = setting(8 << 20, "largest body of a device's exchange", least=65536)
    session_hours: int = setting(12, "longest sign-in by cookie", least=1, most=72)
    session_idle_minutes: int = setting(60, "a sign-in left alone for so long ends", least=5, most=1440)
    second_factor: str = setting(
        "required",
        "required or offered: whether everybody who signs in with a password needs a second factor",
    )
    oidc_issuer: str = setting("", "address of the single sign-on (OpenID Connect) issuer; empty: none")
    oidc_client_id: str = setting("", "what the issuer knows this service as")
    oidc_client_secret: str = setting("", "the secret that the issuer gave for it", secret=True)
    oidc_groups_claim: str = setting("groups", "the claim that lists somebody's groups; see oidc_groups.json")
    token_minutes: int = setting(15, "life of a bearer token", least=1, most=120)
    enrolment_minutes: int = setting(15, "life of a device's enrolment code", least=1, most=120)
    first_survey_days: int = setting(14, "days from registration to the first survey invite", least=0)
    survey_months: int = setting(3, "months between survey rounds", least=1)
    invite_open_days: int = setting(28, "days an invite stays open", least=1)
    worklist_hours: int = setting(72, "hours until a device deletes a worklist unread", least=1)
    most_houses: int = setting(200, "most houses on one worklist", least=1, most=2500)
    answered_seconds: int = setting(300, "expected time at a door that is answered", least=1, most=7200)
    unanswered_seconds: int = setting(75, "expected time at a door that is not answered", least=1, most=7200)
    walking_metres: int = setting(75, "metres that an officer walks in a minute", least=1, most=500)
    retention_days: int = setting(730, "days that a contact nobody renewed is kept", least=30)
    unconfirmed_days: int = setting(30, "days that an unconfirmed self-registration is kept", least=1)
    key_grace_hours: int = setting(24, "hours that a replaced key can still be read", least=0)

    def __post_init__(self) -> None:
        if not self.database_url:
            object.__setattr__(self, "database_url", f"sqlite:///{self.home / 'doorstep.db'}")
        for one in fields(self):
            least, most = one.metadata.get("least"), one.metadata.get("most")
            value = getattr(self, one.name)
            if (least is not None and value < least) or (most is not None and value > most):
                bounds = f"at least {least}" if most is None else f"between {least} and {most}"
                raise UserError(f"The setting {one.name} is {value}; it must be {bounds}.")
        if self.log_level not in ("debug", "info", "warning", "error"):
            raise UserError(
                f"The setting log_level is {self.log_level!r}; use debug, info, warning or error."
            )
        if self.second_factor not in ("required", "offered"):
            raise UserError(f"The setting second_factor is {self.second_factor!r}; use required or offered.")
        if bool(self.oidc_issuer) != bool(self.oidc_client_id):
            raise UserError("The settings oidc_issuer and oidc_client_id go together.")
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise UserError("The settings tls_certificate and tls_key go together.")
        self._check_mail()
        if not self.database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise UserError("The setting database_url must begin with sqlite:/// or postgresql://.")
        if not self.public_url.startswith(("http://", "https://")):
            raise UserError("The setting public_url must begin with http:// or https://.")
        if self.base_map_url and not BASE_MAP.match(self.base_map_url):
            raise UserError(
                "The setting base_map_url must be https://… (or http://) with {z}, {x} and {y} in it."
            )
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError):
            raise UserError(
                f"The setting time_zone is {self.time_zone!r}, which is no zone's name."
            ) from None

    def _check_mail(self) -> None:
        for name, known in (("mail", ("off", "smtp", "file")), ("smtp_tls", ("starttls", "tls", "none"))):
            if getattr(self, name) not in known:
                raise UserError(
                    f"The setting {name} is {getattr(self, name)!r}; use one of: {', '.join(known)}."
                )
        if self.mail == "smtp" and not self.smtp_host:
            raise UserError("With the setting mail = smtp, smtp_host must name the mail server.")
        if self.smtp_tls == "none" and self.smtp_password and self.smtp_host not in LOOPBACK:
            raise UserError("With smtp_tls = none, smtp_password would travel readable: use starttls or tls.")
        local, _, host = parseaddr(self.smtp_from)[1].rpartition("@")
        if not (local and host and self.smtp_from.isprintable()):
            raise UserError("The setting smtp_from must be an address, or a name with <address> behind it.")

    @property
    def zone(self) -> ZoneInfo:
        """The force's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def keyring_path(self) -> Path:
        """Where the key ring lies."""
        return self.home / "keyring.json"

    @property
    def base_map_origin(self) -> str:
        """Where the base map's tiles come from, as a content security policy names it; empty without one."""
        scheme, _, rest = self.base_map_url.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}" if rest else ""

    @property
    def over_tls(self) -> bool:
        """True where browsers reach the service by HTTPS: cookies are then marked Secure."""
        return self.public_url.startswith("https://")
