# The gateway. Built from the root of the repository:
#   docker build -f docker/gateway.Dockerfile -t yarpws-gateway .

# Where Microsoft's "sdk" and "aspnet" images come from: its own registry, or a mirror: --build-arg DOTNET_IMAGES=registry.example/dotnet
ARG DOTNET_IMAGES=mcr.microsoft.com/dotnet

# What is published is portable, so it is built on the builder's own platform whichever one it is for.
FROM --platform=$BUILDPLATFORM ${DOTNET_IMAGES}/sdk:10.0-alpine AS build
WORKDIR /source

# What decides the packages, and nothing else: this layer lasts until one of them changes.
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props ./
COPY gateway/Platform/YarpWs.Platform.csproj gateway/Platform/packages.lock.json gateway/Platform/
COPY gateway/YarpWs.Gateway.csproj gateway/packages.lock.json gateway/
RUN dotnet restore gateway/YarpWs.Gateway.csproj --locked-mode

COPY .editorconfig ./
COPY gateway/ gateway/
COPY config/ config/
RUN dotnet publish gateway/YarpWs.Gateway.csproj --configuration Release --no-restore --output /published -p:UseAppHost=false

# Alpine rather than a chiselled image for its wget alone: "healthy" is what compose waits for, and a chiselled image holds nothing that
# could ask. Where the platform probes over HTTP by itself, aspnet:10.0-noble-chiselled serves as well, without the HEALTHCHECK.
FROM ${DOTNET_IMAGES}/aspnet:10.0-alpine
WORKDIR /app
COPY --from=build /published ./
COPY config/gateway.json /etc/yarpws/gateway.json

# By number, so that Kubernetes' runAsNonRoot can tell that it is not root. The base image calls it "app".
USER $APP_UID

# 8080 is public. 9900 is the operator's: it listens on the container's loopback until Admin__Url says otherwise.
EXPOSE 8080 9900

# Alive, not ready: a gateway whose backends are away says so on /readyz, and a restart would not bring them back.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --start-interval=1s --retries=3 \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9900/livez"]

ENTRYPOINT ["dotnet", "YarpWs.Gateway.dll"]
CMD ["/etc/yarpws/gateway.json"]
