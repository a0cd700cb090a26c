# docker build -t linkledger .
# docker run -v ledger:/var/lib/linkledger -v ./linkledger.yaml:/etc/linkledger/linkledger.yaml:ro linkledger
#
# ICMP goes through the kernel's datagram sockets, which Docker opens to every group of a container
# (net.ipv4.ping_group_range); it needs no capability. --cap-add=NET_RAW would not reach a user that
# isn't root. deploy/compose has the whole company: InfluxDB, Prometheus, Alertmanager, Grafana.

FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY . .
# The scripts that the .deb and deploy/install are made with: locked wheels, each checked by its hash.
RUN --mount=type=cache,target=/root/.cache/pip \
    deploy/wheels /wheels && deploy/environment /wheels

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="linkledger" \
      org.opencontainers.image.description="Measures carrier circuits and holds carriers to their contracts" \
      org.opencontainers.image.licenses="Apache-2.0"
# Pango and a font: reports as PDF. They follow the base image's release, as its own packages do.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
        fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 990 linkledger \
 && useradd --system --uid 990 --gid 990 --home-dir /var/lib/linkledger --shell /usr/sbin/nologin linkledger \
 && install -d -o linkledger -g linkledger -m 2770 /var/lib/linkledger
COPY --from=build /opt/linkledger /opt/linkledger
ENV PATH=/opt/linkledger/bin:$PATH
USER 990:990
WORKDIR /var/lib/linkledger
VOLUME /var/lib/linkledger
EXPOSE 9850
# Where web.listen has another port or TLS, say so with --health-cmd.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9850/-/healthy', timeout=4)"]
# It is the container's process 1 and handles SIGTERM itself; a stop takes no init.
ENTRYPOINT ["linkledger"]
CMD ["run"]
