# The mock server. Build: docker build -t wavetank:local .   See docs/containers.md.
ARG PYTHON_VERSION=3.13

FROM python:${PYTHON_VERSION}-slim AS build
# Add `contracts` to check deployments from the image too: --build-arg EXTRAS=metrics,postgres,contracts
ARG EXTRAS=metrics,postgres
WORKDIR /source
COPY pyproject.toml hatch_build.py constraints.txt openapi.yaml README.md LICENSE ./
COPY mock_server mock_server
COPY contracts contracts
RUN python -m venv /opt/wavetank
RUN /opt/wavetank/bin/python -m pip install --no-cache-dir --disable-pip-version-check -c constraints.txt ".[${EXTRAS}]"

FROM python:${PYTHON_VERSION}-slim
LABEL org.opencontainers.image.title="wavetank" \
      org.opencontainers.image.description="A stateful mock of the attribution platform, with a clock that you control" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/wavetank /opt/wavetank
RUN groupadd --gid 10001 wavetank \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/wavetank --shell /usr/sbin/nologin wavetank \
 && install -d -o 10001 -g 10001 -m 0750 /var/lib/wavetank
ENV PATH=/opt/wavetank/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MOCK_SERVER_HOST=0.0.0.0 \
    MOCK_SERVER_PORT=8080 \
    MOCK_SERVER_SECRETS_DIR=/var/lib/wavetank/secrets
WORKDIR /var/lib/wavetank
VOLUME /var/lib/wavetank
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["mock-server", "health"]
ENTRYPOINT ["wavetank"]
CMD ["serve"]
