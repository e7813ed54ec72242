"""Single requests to servers of this machine over plain HTTP.

`httpx2.get` and its like read the machine's certificates for each request, which takes as long as a hundred requests.
"""

from functools import partial
from typing import Any

import httpx2


def request(method: str, url: str, *, trust_env: bool = True, **options: Any) -> httpx2.Response:
    """Send a request with a client of its own, and return the response."""
    with httpx2.Client(verify=False, trust_env=trust_env) as client:
        return client.request(method, url, **options)


get, post, put, delete = (partial(request, method) for method in ("GET", "POST", "PUT", "DELETE"))
