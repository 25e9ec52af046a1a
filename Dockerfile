# The backend: REST, the socket and the commands of manage.py.

FROM python:3.11-slim AS packages
WORKDIR /parley
# Nothing but what is asked for outside `dev`, in the versions and with the hashes of the lock.
COPY pyproject.toml requirements.lock ./
RUN --mount=type=cache,target=/root/.cache \
    sed -n '/^uv==/,/[^\\]$/p' requirements.lock > uv.lock \
    && pip install --quiet --require-hashes --requirement uv.lock \
    && python -m venv --without-pip /opt/parley \
    && uv pip install --python /opt/parley/bin/python --link-mode copy --compile-bytecode \
        --require-hashes --requirement pyproject.toml --constraint requirements.lock

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin parley
WORKDIR /parley
COPY --from=packages /opt/parley /opt/parley
COPY manage.py ./
COPY backend ./backend
ENV PATH=/opt/parley/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
RUN python -m compileall -q backend
USER 10001:10001
EXPOSE 8000
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0"]
