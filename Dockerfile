# Rollcall in a container; docs/container.md says how to run it.
#
#     docker build -t rollcall .
#
# Any image with Node.js 24.15 or newer, npm and glibc serves as the base: one from your own registry, named by its digest, say.
ARG BASE_IMAGE=docker.io/library/node:26-bookworm-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No install scripts run: what is needed at run time comes as it is.
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
COPY scripts ./scripts
COPY src ./src
RUN node scripts/build.mjs
# Without what only building needs, and without the SQLite library of other systems.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error \
 && find node_modules/better-sqlite3/prebuilds -type f ! -name "linux-$(node -p process.arch).node" -delete \
 && rm -rf node_modules/better-sqlite3/deps node_modules/better-sqlite3/src
COPY bin ./bin
COPY config ./config
COPY LICENSE NOTICE README.md CHANGELOG.md ./
RUN mkdir -p /image/opt/rollcall /image/bin /image/state \
 && mv bin config dist node_modules package.json LICENSE NOTICE README.md CHANGELOG.md /image/opt/rollcall/ \
 && ln -s /opt/rollcall/bin/rollcall.js /image/bin/rollcall

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="Rollcall" \
      org.opencontainers.image.description="Pull-based directory sync: Active Directory, Entra ID and Okta into any SCIM 2.0 service" \
      org.opencontainers.image.licenses="Apache-2.0"
# Little memory: what is read of a directory is needed for a moment only, and is collected often.
ENV NODE_ENV=production \
    NODE_OPTIONS=--max-semi-space-size=2 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    RUNTIME_DIRECTORY=/tmp/rollcall
COPY --from=build /image/opt/rollcall /opt/rollcall
COPY --from=build /image/bin/ /usr/local/bin/
# A number, so that a cluster can see that it is not root. Besides it only /tmp is written to, for the control socket.
COPY --from=build --chown=10001:10001 /image/state /var/lib/rollcall
USER 10001:10001
WORKDIR /var/lib/rollcall
VOLUME /var/lib/rollcall
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["rollcall", "daemon", "check", "--quiet"]
# SIGUSR1 would open a debugger.
ENTRYPOINT ["node", "--disable-sigusr1", "/opt/rollcall/bin/rollcall.js"]
CMD ["daemon"]
