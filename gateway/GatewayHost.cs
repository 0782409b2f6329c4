using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms.Builder;
using YarpWs.Gateway.Access;
using YarpWs.Gateway.Access.AuthRequests;
using YarpWs.Gateway.Access.Basic;
using YarpWs.Gateway.Access.Logins;
using YarpWs.Gateway.Access.Logins.External;
using YarpWs.Gateway.Access.Origins;
using YarpWs.Gateway.Access.Revocations;
using YarpWs.Gateway.Access.Sessions;
using YarpWs.Gateway.Content.Cache;
using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Edge.Tls;
using YarpWs.Gateway.Forwarding;
using YarpWs.Gateway.Forwarding.Http1;
using YarpWs.Gateway.Handshakes;
using YarpWs.Gateway.Operator;
using YarpWs.Gateway.Redis;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Gateway.Routes.Locations;
using YarpWs.Gateway.Routes.Text;
using YarpWs.Gateway.Settings;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Draining;
using YarpWs.Gateway.Sockets.Limits;
using YarpWs.Gateway.Telemetry;
using YarpWs.Gateway.Telemetry.AccessLogs;
using YarpWs.Platform.Errors;
using YarpWs.Platform.Jwt;
using YarpWs.Platform.Memory;
using YarpWs.Platform.Settings;
using YarpWs.Platform.Telemetry;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway;

/// <summary>The composition root: settings, parts, and the way of a request through them.</summary>
internal static class GatewayHost
{
    /// <summary>
    /// Builds a gateway from a settings file, the environment over it, and the overlay over both. What it cannot run with is thrown as an
    /// <see cref="InvalidSettingException"/>, a <see cref="RefusedSettingsException"/> or an <see cref="OptionsValidationException"/> before
    /// anything listens.
    /// </summary>
    public static WebApplication Build(string? file, IEnumerable<KeyValuePair<string, string?>>? overlay = null)
    {
        DescriptorCheck.ThrowIfTooFew(new Descriptors());
        var path = file is null ? null : Path.GetFullPath(file);
        if (path is not null)
        {
            // What is built for it would throw for its directory first.
            SettingsFile.Expect(path);
        }

        var directory = Path.GetDirectoryName(path) ?? AppContext.BaseDirectory;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "YarpWs.Gateway", ContentRootPath = directory });
        var overrides = SettingsSources.Load(builder.Configuration, path, overlay);
        var files = new RouteFiles(path, builder.Configuration[$"{RoutesOptions.Section}:{nameof(RoutesOptions.Directory)}"]);
        var reader = new RouteReader(KnownKeys.Root, overrides, hasLogins: builder.Configuration.GetSection(SchemeOptions.Section).GetChildren().Any());
        var routes = reader.Read(files.Read()).OrThrow();
        Listeners.Check(builder.Configuration, directory);

        AddParts(builder, directory);
        builder.Services.AddRoutes(files, reader, routes);
        var app = builder.Build();
        try
        {
            Check(app.Services);
            MapRequests(app);
        }
        catch
        {
            // Its log has threads by now, which would outlive it. Nothing else runs yet, so nothing is waited for.
            app.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }

        app.Lifetime.ApplicationStarted.Register(app.Services.GetRequiredService<LogRules>().OnStarted);
        return app;
    }

    /// <summary>Makes now what reads its settings when it is made, so that a wrong one is found before anything listens.</summary>
    private static void Check(IServiceProvider services)
    {
        services.GetRequiredService<IStartupValidator>().Validate();
        services.GetRequiredService<TrustedProxies>();
        services.GetRequiredService<AdminEndpoint>();
        services.GetRequiredService<NamedLogs>();
        services.GetRequiredService<ReadinessMetrics>();
        services.GetRequiredService<ExternalChecks>();
        OriginCheck.ListOf(services.GetRequiredService<IOptions<OriginOptions>>().Value);
        DescriptorCheck.Compare(services.GetRequiredService<Descriptors>(), $"{EdgeOptions.Section}:{nameof(EdgeOptions.MaxConnections)}",
            services.GetRequiredService<IOptions<EdgeOptions>>().Value.MaxConnections, each: 2, services.GetRequiredService<ILogger<Descriptors>>());
        HttpsMiddleware.Check(
            services.GetRequiredService<IOptions<HttpsOptions>>().Value, services.GetRequiredService<IOptions<ForwardingOptions>>().Value, services.GetRequiredService<TlsEndpoints>());

        // What it awaits is done already; only the proxy's own interface is asynchronous.
        services.GetRequiredService<RouteTable>().CheckStartAsync().GetAwaiter().GetResult();
    }

    private static void AddParts(WebApplicationBuilder builder, string directory)
    {
        var services = builder.Services;
        var configuration = builder.Configuration;

        // Options. A wrong value stops the process here, not at the first client.
        services.AddSettings<AccessOptions>(AccessOptions.Section);
        services.AddSettings<RevocationOptions>(RevocationOptions.Section);
        services.AddSettings<OriginOptions>(OriginOptions.Section);
        services.AddSettings<ForwardingOptions>(ForwardingOptions.Section);
        services.AddSettings<RoutesOptions>(RoutesOptions.Section);
        services.AddSettings<SocketOptions>(SocketOptions.Section);
        services.AddSettings<EdgeOptions>(EdgeOptions.Section).Validate(
            edge => edge.HeldByOneConnection() <= 256 << 20,
            "Edge:Http2StreamWindowBytes: with Edge:Http2Streams one connection could hold more than 256 MiB; expected a smaller window, or fewer streams.");
        services.AddSettings<CacheStoreOptions>(CacheStoreOptions.Section);
        services.AddSettings<AccessLogsOptions>(AccessLogsOptions.Section);
        services.AddSettings<BodyOptions>(BodyOptions.Section);
        services.AddSettings<TlsOptions>(TlsOptions.Section);
        services.AddSettings<HttpsOptions>(HttpsOptions.Section);
        services.AddSettings<HstsOptions>(HstsOptions.Section).Validate(
            hsts => hsts.IsPreloadable, "Https:Hsts:Preload: browsers would not take it; expected IncludeSubDomains true and a MaxAge of 365.00:00:00 or more with it.");
        services.AddSettings<ShutdownOptions>(ShutdownOptions.Section);
        services.AddSettings<AdminOptions>(AdminOptions.Section);
        services.AddSettings<RedisOptions>(RedisOptions.Section);
        services.AddSingleton<IValidateOptions<RedisOptions>, RedisOptionsCheck>();
        services.AddSettings<MemoryOptions>(MemoryOptions.Section);
        services.AddOptions<HostOptions>().Configure<IOptions<ShutdownOptions>>((host, shutdown) => host.ShutdownTimeout = shutdown.Value.Delay + shutdown.Value.Timeout);

        // The ground: time, logs, telemetry, listeners.
        services.AddSingleton(TimeProvider.System);
        services.Configure<ConsoleLoggerOptions>(console => console.FormatterName = ConsoleFormatterNames.Simple);
        services.Configure<SimpleConsoleFormatterOptions>(console => console.SingleLine = true);
        builder.Logging.AddConfiguration(configuration.GetSection("Logging")).AddConsole();
        // Under systemd: ready is said, and lines carry their level for the journal. Elsewhere it does nothing.
        services.AddSystemd();
        services.AddSingleton<ConsoleLog>();
        services.RemoveAll<ILoggerProvider>().AddSingleton<ILoggerProvider>(provider => provider.GetRequiredService<ConsoleLog>());
        LogRules.Add(services);
        services.AddSingleton(new TraceContext(services.AddTelemetry(configuration, "yarpws-gateway", GatewayMetrics.MeterName, AdminConnection.Carries, DestinationSpans.Add)));
        services.AddHostedService<MemoryTrim>();
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<AccessLog>();
        services.AddSingleton<NamedLogs>();
        services.AddHostedService(provider => provider.GetRequiredService<NamedLogs>());
        services.AddSingleton<RequestCounts>();
        services.AddSingleton<RecentRefusals>();
        services.AddSingleton<SocketLog>();
        builder.WebHost.UseKestrel();
        UnreadableRequests.Add(services);
        services.AddSingleton<EventLoops>();
        services.AddSingleton<Descriptors>();
        services.AddSingleton<ProcessDelay>();
        services.AddHostedService(provider => provider.GetRequiredService<ProcessDelay>());
        services.AddSingleton<ProxyProtocol>();
        services.AddSingleton<UnixListener>();
        services.AddSingleton<ActivatedSockets>();
        services.AddSingleton<IConnectionListenerFactory, LoopTransport>();
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, Listeners>();
        services.AddSingleton<HandshakeRefusals>();
        services.AddSingleton<TlsEndpoints>();
        services.AddHostedService<TlsWatch>();
        services.AddSingleton<CertificatePages>();
        services.AddSingleton<AdminEndpoint>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<ReadinessMetrics>();
        services.AddSingleton<RoutePages>();
        services.AddSingleton<SocketPages>();
        services.AddSingleton<DestinationPages>();
        services.AddSingleton<PulseMeter>();
        services.AddSingleton<PulseHistory>();
        services.AddHostedService(provider => provider.GetRequiredService<PulseHistory>());
        services.AddSingleton<EventPage>();
        services.AddSingleton<HistoryPage>();
        services.AddSingleton<RefusalPage>();
        services.AddSingleton<LimitPage>();
        services.AddSingleton<RevocationPages>();
        services.AddHostedService<LifetimeLog>();
        services.AddHostedService<RouteReload>();
        services.AddSingleton<StopState>();
        services.AddSingleton<ClientConnections>();

        // Who may come in.
        var schemes = AccessSchemes.Add(services, configuration, directory);
        var loginScheme = services.AddSessions(configuration, directory, schemes);
        var checks = services.AddExternalChecks(configuration, schemes, directory);
        services.AddPolicies(configuration, schemes, checks, loginScheme);
        services.AddCorsPolicies(configuration);
        services.AddSingleton<ITicketStore>(provider => provider.GetRequiredService<RedisConnection>().IsConfigured
            ? ActivatorUtilities.CreateInstance<RedisTickets>(provider)
            : ActivatorUtilities.CreateInstance<LocalTickets>(provider));
        services.AddSingleton<Tickets>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<AuthRequests>();
        services.AddSingleton<AuthRequestReport>();
        services.AddSingleton<GrantedPolicies>();
        services.AddSingleton<LoginEndpoints>();

        // Who may not any more. It is read from Redis before anything listens.
        services.AddSingleton<RedisNames>();
        services.AddSingleton<RedisState>();
        services.AddSingleton<RedisConnection>();
        services.AddSingleton<RevocationList>();
        services.AddSingleton<RevocationStore>();
        services.AddSingleton<Revocations>();
        services.AddSingleton<LoginRenewals>();
        services.AddSingleton<RevocationSync>();
        services.AddHostedService(provider => provider.GetRequiredService<RedisConnection>());
        services.AddHostedService(provider => provider.GetRequiredService<RevocationSync>());
        if (loginScheme is not null)
        {
            services.AddHostedService<SessionKeySync>();
            services.AddHostedService<SessionSockets>();
        }

        // Where it goes, and what is said there.
        services.AddSingleton<TrustedProxies>();
        services.AddSingleton<OwnedHeaders>();
        services.AddRouting();
        services.AddRequestTimeouts();
        services.AddSingleton<ITransformProvider, GatewayTransforms>();
        services.AddSingleton<ITransformProvider, HandshakeAnswers>();
        services.AddSingleton<ITransformProvider, TunnelTransform>();
        services.AddSingleton<ITransformProvider, RequestHeaderTransforms>();
        services.AddSingleton<ITransformProvider, AnswerRedirects>();
        services.AddSingleton<ITransformProvider, AnswerCookies>();
        services.AddSingleton<ITransformProvider, AccelRedirects>();
        services.AddSingleton<InternalRedirects>();
        services.AddSingleton<CacheStore>();
        services.AddSingleton<CachePage>();
        services.AddSingleton<RouteSocketSettings>();
        services.AddSingleton<RouteBodySettings>();
        services.AddSingleton<DiskReport>();
        services.AddSingleton<LimitReport>();
        services.AddSingleton<SocketLimits>();
        services.AddSingleton<HandshakeQueue>();
        services.AddHostedService<LimitWatch>();
        services.AddSingleton<SocketTable>();
        services.AddSingleton<SocketTotals>();
        services.AddSingleton<EndedSockets>();
        services.AddSingleton<SocketMetrics>();
        services.AddSingleton<DetachedSockets>();
        services.AddSingleton<DeadlineWheel>();
        services.AddHostedService<WheelBeat>();
        services.AddDraining();
        services.AddSingleton<ITransformFactory, RawPathTransformFactory>();
        services.AddReverseProxy().AddConfigFilter<ConfiguredHeaderText>();
        services.RemoveDataProtectionStart();
        Probes.Add(services);
        services.AddBalancing();
        services.AddSingleton<Func<string, CancellationToken, Task<IPAddress[]>>>(Dns.GetHostAddressesAsync);
        services.AddSingleton<DestinationNames>();
        services.AddSingleton<ClientMetrics>();
        services.AddSingleton<DestinationClients>();
        services.AddSingleton<IForwarderHttpClientFactory>(provider => provider.GetRequiredService<DestinationClients>());
        // Behind all that add transforms, which it reads.
        services.AddSingleton<CarriedRoutes>();
        services.AddSingleton<ITransformProvider>(provider => provider.GetRequiredService<CarriedRoutes>());
        Carrier.Add(services);
    }

    private static void MapRequests(WebApplication app)
    {
        app.MapWhen(AdminConnection.Carries, AdminPages.Map);

        // The log first, so that it has a line for every refusal below.
        app.UseMiddleware<AccessLogMiddleware>();
        app.UseMiddleware<HandshakeRecognition>();
        app.UseErrorBodies(Refusal.SentenceOf, ErrorBody.WriteAsync);
        app.UseMiddleware<UnreadBodies>();
        if (app.Services.GetRequiredService<TlsEndpoints>().AskForCertificates)
        {
            app.UseMiddleware<CertificateGate>();
        }

        app.UseMiddleware<StoppingGate>();
        app.UseMiddleware<MethodCheck>();
        app.UseMiddleware<TargetCheck>();
        app.UseMiddleware<HostCheck>();
        app.UseMiddleware<HandshakeCheck>();
        app.UseMiddleware<ForwardingMiddleware>();
        app.UseMiddleware<HttpsMiddleware>();
        app.UseMiddleware<TokenRelay>();
        var sessions = app.Services.GetService<SessionEndpoints>();
        if (sessions is not null)
        {
            app.UseMiddleware<SessionRelay>();
        }

        // CORS before authentication, because a preflight carries no token; the origin of a socket needs no route.
        app.UseMiddleware<InternalRedirectEntry>();
        app.UseMiddleware<LocationRouting>();
        app.UseRouting();
        app.Use((context, next) => context.GetEndpoint() is null
            ? Refusal.WriteAsync(context, StatusCodes.Status404NotFound, "No route leads here.")
            : next(context));
        app.UseMiddleware<TunnelRecognition>();
        app.UseMiddleware<RouteStepsMiddleware>();
        app.UseMiddleware<HandshakeGate>();
        app.UseMiddleware<CorsAnswers>();
        app.UseCors();
        app.UseMiddleware<OriginCheck>();
        app.UseMiddleware<RevocationGate>();
        app.UseLogins();
        app.UseMiddleware<LoginRelay>();
        app.UseRequestTimeouts();

        app.Services.GetRequiredService<LoginEndpoints>().Map(app);
        app.Services.GetRequiredService<LoginKeyEndpoints>().Map(app);
        sessions?.Map(app);

        app.MapReverseProxy(proxy =>
        {
            proxy.UseMiddleware<RouteOutcome>();
            proxy.UseMiddleware<RetryAfter>();
            proxy.UseMiddleware<RequestBodyBounds>();
            proxy.UseMiddleware<RequestBuffering>();
            proxy.UseMiddleware<AnswerBuffering>();
            proxy.UseHandshakeOpening();
            proxy.UseMiddleware<DrainedDestinationFilter>();
            proxy.UseSessionAffinity();
            proxy.UseRetries();
            proxy.UseMiddleware<BackupDestinations>();
            proxy.UseMiddleware<NoDestination>();
            proxy.UseLoadBalancing();
            proxy.UseHandshakePace();
            proxy.UsePassiveHealthChecks();
            proxy.UseMiddleware<OwnShortage>();
        }).ConfigureEndpoints(app.Services.GetRequiredService<RouteEndpoints>().Configure);
    }
}
