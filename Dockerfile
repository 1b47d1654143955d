# syntax=docker/dockerfile:1
# One image for all programs: Node, the bundled programs, the chart, kubectl and helm, Git. No shell, no package manager.
#
#   docker buildx build --platform linux/amd64,linux/arm64 --sbom=true --provenance=mode=max -t REPOSITORY:TAG --push .
#
# --sbom attaches a list of what is in the image to it (`docker buildx imagetools inspect REPOSITORY:TAG --format
# '{{ json .SBOM }}'` shows it); packages whose code is inside the bundle stand in /opt/serin/dist/packages.json.
ARG NODE=24-alpine3.22
ARG ALPINE=3.22

FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN node tools/bootstrap.mjs tools/bundle.ts

# The same kubectl and helm as locally: those of the package. It has them for amd64 alone; for arm64 they come from their
# projects, in the same versions.
FROM --platform=linux/amd64 build AS tools-amd64
RUN node tools/bootstrap.mjs tools/unpack-tools.ts /tools
FROM registry.k8s.io/kubectl:v1.36.3 AS kubectl-arm64
FROM alpine/helm:4.2.3 AS helm-arm64
FROM scratch AS tools-arm64
COPY --from=kubectl-arm64 /bin/kubectl /tools/kubectl
COPY --from=helm-arm64 /usr/bin/helm /tools/helm
FROM tools-${TARGETARCH} AS tools

FROM alpine:${ALPINE} AS system
RUN apk add --no-cache --no-scripts --root /system --initdb --keys-dir /etc/apk/keys \
      --repositories-file /etc/apk/repositories \
      alpine-baselayout-data ca-certificates-bundle git libstdc++ openssh-client-default \
 && rm -rf /system/lib/apk /system/usr/lib/apk /system/var/cache \
 # ssh refuses to run for a user without a name.
 && echo 'serin:x:65532:65532::/tmp:/sbin/nologin' >> /system/etc/passwd \
 && echo 'serin:x:65532:' >> /system/etc/group \
 && mkdir -p /system/tmp && chmod 1777 /system/tmp

FROM node:${NODE} AS node

FROM scratch
COPY --from=system /system/ /
COPY --from=node /usr/local/bin/node /usr/bin/node
COPY --from=tools /tools/ /opt/serin/tools/
COPY --from=build /src/dist/ /opt/serin/dist/
COPY --from=build /src/deploy/charts/ /opt/serin/deploy/charts/
ENV PATH=/usr/bin:/bin HOME=/tmp SERIN_TOOLS=/opt/serin/tools
USER 65532:65532
WORKDIR /tmp
ENTRYPOINT ["/usr/bin/node", "/opt/serin/dist/cli.js"]
LABEL org.opencontainers.image.title="serin" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.description="Progressive delivery for fleets of Kubernetes clusters"
