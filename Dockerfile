# docker run -v ledger:/var/lib/linkledger -v ./linkledger.yaml:/etc/linkledger/linkledger.yaml:ro linkledger
# ICMP needs no capability where net.ipv4.ping_group_range lets group 990 in, as Docker does by default.

FROM python:3.11-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/linkledger
COPY pylock.toml tests/setup/pins.py ./
RUN python pins.py pylock.toml > pins.txt \
 && /opt/linkledger/bin/pip install --no-cache-dir --no-deps --require-hashes -r pins.txt
COPY pyproject.toml README.md LICENSE ./
COPY probes probes
COPY config config
COPY collector collector
RUN /opt/linkledger/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim-bookworm
RUN groupadd --system --gid 990 linkledger \
 && useradd --system --uid 990 --gid 990 --home-dir /var/lib/linkledger --shell /usr/sbin/nologin linkledger \
 && install -d -o linkledger -g linkledger -m 2770 /var/lib/linkledger
COPY --from=build /opt/linkledger /opt/linkledger
ENV PATH=/opt/linkledger/bin:$PATH PYTHONUNBUFFERED=1
USER linkledger
WORKDIR /var/lib/linkledger
VOLUME /var/lib/linkledger
EXPOSE 9850
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9850/-/healthy', timeout=4)"]
ENTRYPOINT ["linkledger"]
CMD ["run"]
