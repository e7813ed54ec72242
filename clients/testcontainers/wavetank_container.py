"""The mock for testcontainers, in one file: copy it into your tests. It needs `testcontainers>=4.13`.

    with WavetankContainer().with_env("MOCK_SERVER_CLOCK", "frozen") as mock:
        client = Client(mock.get_base_url(), "partner@acme.example", mock.sample_password)

The image is not published; build it first: `docker build -t wavetank:local .` in a checkout of Wavetank.
"""

import secrets
from typing import Any

from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

PORT = 8080
READY_PATH = "/_mock/health?ready"


class WavetankContainer(DockerContainer):
    """A mock server in a container. `start` returns when it answers.

    `control_token` is what control requests send in the header X-Mock-Control-Token, and `sample_password` the password
    of the sample users. Each container has its own, unless they are given.
    """

    def __init__(
        self,
        image: str = "wavetank:local",
        *,
        control_token: str | None = None,
        sample_password: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(image, **options)
        self.control_token = control_token or secrets.token_urlsafe()
        self.sample_password = sample_password or secrets.token_urlsafe()
        self.with_exposed_ports(PORT)
        self.with_env("MOCK_SERVER_CONTROL_TOKEN", self.control_token)
        self.with_env("MOCK_SERVER_SAMPLE_PASSWORD", self.sample_password)
        self.waiting_for(HttpWaitStrategy(PORT, READY_PATH))

    def get_url(self) -> str:
        """Return the address of the server, for the commands of `wavetank` and for the control API under /_mock."""
        return f"http://{self.get_container_host_ip()}:{self.get_exposed_port(PORT)}"

    def get_base_url(self) -> str:
        """Return the base URL of the platform's API."""
        return f"{self.get_url()}/api/v3"
