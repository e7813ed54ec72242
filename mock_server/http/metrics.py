"""Metrics in the format of Prometheus. Only `--metrics` needs the package prometheus-client, so only it imports it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mock_server.http.observer import Observation

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""The upper bounds of the histogram of durations, in seconds."""
NO_OPERATION = "none"
"""The label of requests that no operation answers."""


class MetricsUnavailableError(Exception):
    """The package prometheus-client is not installed. The message is one line."""


@dataclass(frozen=True, slots=True)
class Gauges:
    """The present state of a server. `connections` is None if the server does not tell how many are open."""

    workspaces: int
    journal_bytes: int
    jobs_performed: Mapping[str, int]
    connections: int | None = None


class Metrics:
    """Counts requests, and reports them with the state that `read_gauges` returns. Workspaces are never named."""

    def __init__(self, read_gauges: Callable[[], Gauges]) -> None:
        try:
            from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
        except ImportError as error:
            raise MetricsUnavailableError(
                "--metrics needs the package prometheus-client: install wavetank[metrics]"
            ) from error
        self.content_type: str = CONTENT_TYPE_LATEST
        self._read_gauges = read_gauges
        self._registry = CollectorRegistry()
        self._registry.register(self)
        labels = ("operation", "status")
        self._requests = Counter(
            "mock_server_requests", "Requests that were answered.", labels, registry=self._registry
        )
        self._durations = Histogram(
            "mock_server_request_duration_seconds",
            "Time until a response was sent.",
            labels,
            registry=self._registry,
            buckets=BUCKETS,
        )

    def observe(self, observation: Observation) -> None:
        """Count a request that has been answered."""
        status = observation.status
        status_class = "aborted" if status is None else f"{status // 100}xx"
        labels = observation.destination.operation or NO_OPERATION, status_class
        self._requests.labels(*labels).inc()
        self._durations.labels(*labels).observe(observation.seconds)

    def format(self) -> bytes:
        """Return all metrics as text."""
        from prometheus_client import generate_latest

        return generate_latest(self._registry)

    def collect(self) -> "Iterator[Metric]":
        """Yield the metrics of the server's state, when the registry asks for them."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        gauges = self._read_gauges()
        jobs = CounterMetricFamily("mock_server_jobs_performed", "Jobs that were performed.", labels=("kind",))
        for kind, count in sorted(gauges.jobs_performed.items()):
            jobs.add_metric((kind,), count)
        yield jobs
        yield GaugeMetricFamily("mock_server_workspaces", "Workspaces, the default one included.", gauges.workspaces)
        yield GaugeMetricFamily("mock_server_journal_bytes", "Bytes that the journals hold.", gauges.journal_bytes)
        if gauges.connections is not None:
            yield GaugeMetricFamily("mock_server_connections", "Connections that are open.", gauges.connections)
