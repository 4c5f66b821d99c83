# syntax=docker/dockerfile:1

# The Node that the tests run on, exact. Debian and not Alpine: the native parts of Temporal's client and of DuckDB are
# linked against glibc. Another Node: --build-arg NODE_VERSION=22.21.1
ARG NODE_VERSION=20.20.2

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build-workflow-bundle.ts scripts/servers.json scripts/
COPY src src
RUN node node_modules/typescript/bin/tsc -p tsconfig.build.json \
  && node dist/scripts/build-workflow-bundle.js

FROM node:${NODE_VERSION}-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:${NODE_VERSION}-bookworm-slim AS release
LABEL org.opencontainers.image.title="Brazier" \
  org.opencontainers.image.licenses="MIT"
# Room for young garbage, of which events make much (--max-semi-space-size).
# The heap of one process: container's memory less DuckDB's child (1.5 times BRAZIER_DUCKDB_MEMORY_MIB) less 400 MiB for
# Temporal's native client and buffers. Node knows nothing of the container's limit by itself. Sized for 2 GiB.
ENV NODE_ENV=production \
  NODE_OPTIONS="--max-old-space-size=1024 --max-semi-space-size=64" \
  BRAZIER_WORK_DIR=/var/lib/brazier \
  BRAZIER_WORKER_HOST=0.0.0.0 \
  BRAZIER_WORKER_PORT=8089 \
  BRAZIER_GATEWAY_HOST=0.0.0.0 \
  BRAZIER_GATEWAY_PORT=8088
WORKDIR /app
COPY LICENSE package.json ./
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY scripts/container scripts/container
# The only folder that is written to; /app belongs to root and may be mounted read-only.
RUN install -d -o node -g node -m 0700 /var/lib/brazier
# By number, since Kubernetes can't tell that a name is not root.
USER 1000:1000
EXPOSE 8088 8089
VOLUME /var/lib/brazier
STOPSIGNAL SIGTERM
# Of a worker, which is the default; whoever starts something else says so (docker-compose.yml).
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["node", "scripts/container/healthy.mjs", "http://127.0.0.1:8089/readyz"]
ENTRYPOINT ["node", "dist/src/cli.js"]
CMD ["worker"]
