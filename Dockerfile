# Two images of one build: `site` runs the pipeline, `demo` also brings the simulated province and its agencies.
FROM python:3.12-slim-bookworm AS base
ENV PATH=/opt/hedui/.venv/bin:$PATH \
    PYTHONPATH=/opt/hedui/plugins \
    PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/var/lib/airflow \
    HEDUI_HOME=/var/lib/hedui
WORKDIR /opt/hedui
# Volumes take their owner from these folders.
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/airflow hedui \
    && install -d -o hedui -g hedui -m 0700 /var/lib/hedui /var/lib/hedui/keys /var/lib/airflow /var/lib/airflow/logs \
       /site /drop /province

FROM base AS build
ENV UV_PROJECT_ENVIRONMENT=/opt/hedui/.venv \
    UV_COMPILE_BYTECODE=1 \
    UV_PYTHON_DOWNLOADS=never \
    UV_LINK_MODE=copy
RUN python -m pip install --no-cache-dir "uv>=0.8,<1"
# What changes seldom comes first, so that a change of ours installs nothing anew.
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-cache --no-install-project
COPY LICENSE README.md ./
COPY hedui hedui
COPY connectors connectors
COPY expectations expectations
COPY rules rules
COPY plugins plugins
COPY dags dags
RUN uv sync --locked --no-cache && python -m compileall -q hedui connectors plugins dags

FROM build AS build-demo
RUN uv sync --locked --no-cache --extra demo --no-install-project
COPY simulator simulator
RUN uv sync --locked --no-cache --extra demo && python -m compileall -q simulator

FROM base AS demo
COPY --from=build-demo /opt/hedui /opt/hedui
USER hedui
CMD ["hedui", "--help"]

FROM base AS site
COPY --from=build /opt/hedui /opt/hedui
USER hedui
CMD ["hedui", "--help"]
