# The dashboard in a container: one process, no root, nothing needed from the network while it runs.
# CX_MODE is `password` as long as nothing else is said: without a password that lets nobody in.
#   docker build -t felicific . && docker run -e CX_MODE=demo -p 127.0.0.1:8501:8501 -v felicific:/data felicific
FROM python:3.12-slim AS packages
# Packages first: they change seldom. Only finished ones with the hashes of the lock, so nothing is built.
RUN python -m venv /opt/felicific
COPY requirements.lock .
RUN /opt/felicific/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements.lock \
 && /opt/felicific/bin/pip check \
 && /opt/felicific/bin/pip uninstall --yes pip \
 && /opt/felicific/bin/python -m compileall -q /opt/felicific/lib

FROM python:3.12-slim
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin felicific \
 && install -d -o felicific -g felicific -m 0700 /data \
 && pip uninstall --yes pip
COPY --from=packages /opt/felicific /opt/felicific
WORKDIR /app
COPY . .
RUN /opt/felicific/bin/python -m compileall -q /app/cx /app/pages

ENV PATH=/opt/felicific/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CX_HOME=/data \
    CX_MODE=password \
    CX_LOG=json
# The program belongs to root and cannot be changed by whoever runs it; what is stored lies in the volume.
USER felicific
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501"]
