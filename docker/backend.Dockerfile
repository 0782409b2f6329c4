# A room server. Built from the root of the repository:
#   docker build -f docker/backend.Dockerfile -t yarpws-backend .

# Where Microsoft's "sdk" and "aspnet" images come from: its own registry, or a mirror: --build-arg DOTNET_IMAGES=registry.example/dotnet
ARG DOTNET_IMAGES=mcr.microsoft.com/dotnet

# What is published is portable, so it is built on the builder's own platform whichever one it is for.
FROM --platform=$BUILDPLATFORM ${DOTNET_IMAGES}/sdk:10.0-alpine AS build
WORKDIR /source

# What decides the packages, and nothing else: this layer lasts until one of them changes.
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props ./
COPY gateway/Platform/YarpWs.Platform.csproj gateway/Platform/packages.lock.json gateway/Platform/
COPY backend/YarpWs.Backend.csproj backend/packages.lock.json backend/
RUN dotnet restore backend/YarpWs.Backend.csproj --locked-mode

COPY .editorconfig ./
COPY backend/ backend/
COPY config/ config/
COPY gateway/Platform/ gateway/Platform/
RUN dotnet publish backend/YarpWs.Backend.csproj --configuration Release --no-restore --output /published -p:UseAppHost=false

# Alpine rather than a chiselled image for its wget alone: "healthy" is what compose waits for, and a chiselled image holds nothing that
# could ask. Where the platform probes over HTTP by itself, aspnet:10.0-noble-chiselled serves as well, without the HEALTHCHECK.
FROM ${DOTNET_IMAGES}/aspnet:10.0-alpine
WORKDIR /app
COPY --from=build /published ./
COPY config/backend.json /etc/yarpws/backend.json

# The settings' example listens on loopback, where nobody outside the container would find it.
ENV Kestrel__Endpoints__Http__Url=http://*:8080

# By number, so that Kubernetes' runAsNonRoot can tell that it is not root. The base image calls it "app".
USER $APP_UID
EXPOSE 8080

# Alive, not ready: a backend whose Redis is away says so on /readyz, and a restart would only cost its clients their sockets.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --start-interval=1s --retries=3 \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/livez"]

ENTRYPOINT ["dotnet", "YarpWs.Backend.dll"]
CMD ["/etc/yarpws/backend.json"]
