# Two images: `edge`, Caddy as a plain user, and `app`, from which code, webservers and daemon run.
# To pin by digest, give --build-arg PYTHON=python:3.11.14-slim-bookworm@sha256:… (docs/deployment.md).
ARG CADDY=caddy:2.11.4-alpine
ARG PYTHON=python:3.11.14-slim-bookworm

FROM ${CADDY} AS edge
# A new volume takes its owner from here; the certificates must be writable without root.
RUN chown -R 10001:10001 /data /config
USER 10001:10001

FROM ${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /build
COPY requirements.lock ./
RUN pip install --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY omics_orchestrator omics_orchestrator
# setuptools came with the lock, so the build fetches nothing that is not pinned.
RUN pip install --no-deps --no-build-isolation .

FROM ${PYTHON} AS app
RUN groupadd --gid 10001 omics \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp omics \
    && install -d -o omics -g omics /var/lib/omics /srv/site \
        /srv/omics /srv/omics/store /srv/omics/inbox /srv/omics/spreadsheets
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY dagster.yaml ./
COPY deploy/workspace.yaml deploy/
COPY data_dictionary data_dictionary
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    DAGSTER_HOME=/app \
    OMICS_HOME=/var/lib/omics \
    OMICS_DICTIONARY=/app/data_dictionary
USER 10001:10001
