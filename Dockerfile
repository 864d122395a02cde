# One file for every service:
#   docker build --build-arg APP=billing --tag apilink/billing .
# APP is a folder of apps/. The image carries that service, the libraries that it uses, and their dependencies alone.

FROM node:26.10.0-slim AS build
ARG APP
WORKDIR /src
COPY . .
# No script of a package runs: what an image needs is JavaScript.
RUN --mount=type=cache,target=/var/cache/npm \
    npm ci --ignore-scripts --no-audit --no-fund --cache /var/cache/npm \
    && node_modules/.bin/tsc -b "apps/${APP}" \
    && mkdir /app \
    && node deploy/docker/assemble.mjs "${APP}" /app \
    && cp -a deploy/jobs LICENSE /app/

FROM node:26.10.0-slim
ARG APP
LABEL org.opencontainers.image.title="apilink/${APP}" org.opencontainers.image.licenses="Apache-2.0"
# In a container the address is the container's; what may be reached from outside is said where it is published.
ENV NODE_ENV=production APILINK_APP=${APP} HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app ./
# The one place to write, for a volume: an edge keeps its spool there. Everything else may be mounted read-only.
RUN install -d -o 1000 -g 1000 /var/lib/apilink
USER 1000:1000
HEALTHCHECK --interval=5s --timeout=3s --start-period=120s --retries=3 \
    CMD ["node", "libs/service/dist/health-check/main.js"]
# Draining begins with SIGTERM; give it the longest stream and 30 s (docs/operations.md).
STOPSIGNAL SIGTERM
CMD ["node", "--enable-source-maps", "--disable-warning=TimeoutNegativeWarning", "service/dist/main.js"]
