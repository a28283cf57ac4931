# Petrel in a container: one executable, the few system files it needs, and nothing else.
#
#   docker build -t petrel .
#   docker run -d --network host --read-only -v petrel-data:/var/lib/petrel petrel
#
# docker-compose.yml adds limits, log rotation and the rest. BuildKit and the older builder both build it.

FROM node:24-trixie-slim AS build
RUN apt-get update \
  && apt-get install -y --no-install-recommends libcap2-bin \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /petrel
COPY package.json package-lock.json ./
# The lockfile links these; npm 9.2 wants to read them although they are not installed.
COPY test/clients/stand-ins test/clients/stand-ins
RUN npm ci --omit=dev
COPY . .
RUN npm run build

# The final image is put together here: with no shell, package manager or set-uid program in it there is nothing to
# break out with. The capability lets a user who is not root listen on 443, since Docker gives such a user none by
# itself; an engine that takes NET_BIND_SERVICE from the container refuses to run the executable.
RUN install -D dist/petrel /image/usr/local/bin/petrel \
  && setcap cap_net_bind_service=+ep /image/usr/local/bin/petrel \
  && install -D -m 644 -t /image/usr/share/doc/petrel LICENSE dist/THIRD-PARTY-NOTICES \
  && for library in $(ldd dist/petrel | grep -o '/[^ ]*'); do install -D "$library" "/image$library"; done \
  && mkdir -p /image/etc/petrel /image/var/lib \
  && install -d -m 700 /owned/petrel \
  && echo 'hosts: files dns' >/image/etc/nsswitch.conf \
  && echo 'petrel:x:10001:10001::/var/lib/petrel:/sbin/nologin' >/image/etc/passwd \
  && echo 'petrel:x:10001:' >/image/etc/group

FROM scratch
LABEL org.opencontainers.image.title="Petrel" \
  org.opencontainers.image.description="A Telegram MTProto proxy for small servers" \
  org.opencontainers.image.licenses="MIT"
COPY --from=build /image /
# A new volume takes its owner from here.
COPY --from=build --chown=10001:10001 /owned /var/lib
USER 10001:10001
ENV PATH=/usr/local/bin PETREL_DATA_DIR=/var/lib/petrel
# petrel.toml is looked for here.
WORKDIR /etc/petrel
VOLUME /var/lib/petrel
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=15s --retries=3 CMD ["petrel", "health"]
# Said outright, since otherwise Docker takes every signal for a stop: after a SIGHUP it would not restart a crashed proxy.
STOPSIGNAL SIGTERM
# No shell in between: SIGTERM and SIGHUP reach the proxy.
ENTRYPOINT ["petrel"]
CMD ["run"]
