"""The options that describe the target of a run, and what the run may do there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from contracts.spec.markers import Profile

SAMPLE_PASSWORD = "wavetank"  # noqa: S105 - the sample world's, printed at every start of the mock
SAMPLE_CODE = "123456"
"""The code of the sample user with a second factor."""
DEFAULT_JOB_TIMEOUTS: Mapping[str, float] = {
    "build": 1_200.0,
    "evaluation": 300.0,
    "import": 300.0,
    "token": 0.0,
    "attribution": 0.0,
    "session": 200.0,
    "limit": 120.0,
}
"""Default timeouts for each kind of job, in seconds, if the clock cannot be advanced. 0 means not to wait at all."""


def is_loopback_url(url: str) -> bool:
    """Return whether the URL points to a server on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class UserCredentials:
    """A user's sign-in, and the partner to which it is scoped. If this is None, no partner header is sent."""

    username: str
    password: str
    partner_id: str | None = None


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """The options of a run, read once from the command line and the environment.

    `new_password_users` are the users whose passwords the run may change for good. `second_factor_code` is the code of
    the `second_factor_user`, if it is known.

    `control` is `auto`, `none` or the URL of a control API. `documentation` is `auto`, or the generation of the
    vendor's documentation that the target follows. `allow_writes` are the partners that may be written to where
    there is no control API; without any, the run is read-only. `allow_settings` are ids of packages whose settings
    may be saved although the run did not create them. `allow_rows` are ids of events whose automated rows may be
    deleted, and whose models may be changed over the next attribution runs. `disposable_events` are ids of events
    of these partners whose sales the run may change for good. `job_timeouts` maps each kind of job to its timeout
    in seconds. `requests`, `writes` and `packages` are budgets; packages cannot be deleted. With `unpaced`, a run
    does not wait to keep the documented rate limits. With `exceeds_limits`, it exceeds the limit of sign-ins once.
    With `all_cases`, it sends all cases of each contract to the target's own data, not a sample of them.
    """

    base_url: str
    user: UserCredentials | None = None
    second_user: UserCredentials | None = None
    admin_user: UserCredentials | None = None
    second_factor_user: UserCredentials | None = None
    second_factor_code: str | None = None
    new_password_users: tuple[UserCredentials, ...] = ()
    disabled_user: UserCredentials | None = None
    external_user: UserCredentials | None = None
    control: str = "auto"
    control_token: str | None = None
    documentation: str = "auto"
    profile: Profile = "standard"
    seed: int = 1
    strict: bool = False
    allow_writes: tuple[str, ...] = ()
    allow_settings: tuple[str, ...] = ()
    allow_rows: tuple[str, ...] = ()
    disposable_events: tuple[str, ...] = ()
    job_timeouts: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_JOB_TIMEOUTS))
    requests: int = 5_000
    writes: int = 300
    packages: int = 16
    unpaced: bool = False
    all_cases: bool = False
    exceeds_limits: bool = False
    run_id: str = "run"

    @property
    def users(self) -> dict[str, UserCredentials]:
        """The given users by role who act for a partner and sign in with only a password."""
        users = {"partner": self.user, "second": self.second_user, "admin": self.admin_user}
        return {role: credentials for role, credentials in users.items() if credentials}

    @property
    def special_users(self) -> dict[str, UserCredentials]:
        """The given users by role who cannot sign in with only a password, or belong to no partner, except `new`."""
        users = {"mfa": self.second_factor_user, "disabled": self.disabled_user, "external": self.external_user}
        return {role: credentials for role, credentials in users.items() if credentials}

    @property
    def roles(self) -> frozenset[str]:
        """The roles for which there is a user."""
        return frozenset({*self.users, *self.special_users, *(["new"] if self.new_password_users else [])})

    @property
    def is_writable(self) -> bool:
        """Whether the run may write to the target's own data. An address on loopback may be a tunnel to anywhere."""
        return bool(self.allow_writes)

    @property
    def samples_cases(self) -> bool:
        """Whether contracts on the target's own data try a few cases of each kind, to send few requests."""
        return not self.all_cases and self.profile != "thorough"

    def control_roots(self) -> tuple[str, ...]:
        """The URLs at which to look for a control API."""
        if self.control == "none":
            return ()
        if self.control != "auto":
            return (self.control.rstrip("/"),)
        return (f"{self.base_url.removesuffix('/api/v3')}/_mock",)
