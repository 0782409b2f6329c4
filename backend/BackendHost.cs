using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using YarpWs.Backend.Access;
using YarpWs.Backend.Api;
using YarpWs.Backend.Channels;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Groups;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Rooms;
using YarpWs.Backend.Settings;
using YarpWs.Backend.Streams;
using YarpWs.Backend.Telemetry;
using YarpWs.Platform.Errors;
using YarpWs.Platform.Jwt;
using YarpWs.Platform.Memory;
using YarpWs.Platform.Settings;
using YarpWs.Platform.Telemetry;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend;

/// <summary>The composition root: Program, dev.cs and the tests build a backend here.</summary>
internal static class BackendHost
{
    /// <summary>
    /// Builds a backend from a JSON file (or none), over it the environment, over it <paramref name="overlay"/>. Throws
    /// <see cref="InvalidSettingException"/> for a key that nothing reads; a wrong value throws when the host starts.
    /// </summary>
    public static WebApplication Build(string? file, IEnumerable<KeyValuePair<string, string?>>? overlay = null)
    {
        DescriptorCheck.ThrowIfTooFew(new Descriptors());
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        SettingsSources.Load(builder.Configuration, file, overlay);
        var services = builder.Services;

        // Settings. A wrong value stops the process here, not at the first client.
        services.AddSettings<NodeOptions>("Node");
        services.AddSettings<RedisOptions>("Redis");
        services.AddSingleton<IValidateOptions<RedisOptions>, RedisOptionsCheck>();
        services.AddSettings<StreamOptions>("Streams");
        services.AddSettings<GroupOptions>("Groups");
        services.AddSettings<ConnectionOptions>("Connections").Validate(
            limits => limits.MaxOutboxBytes > limits.MaxMessageBytes, "Connections:MaxOutboxBytes: must be larger than Connections:MaxMessageBytes.");
        services.AddSettings<PlainOptions>("Plain").Validate(
            plain => plain.AllowAnonymous || builder.Configuration.GetSection(SchemeOptions.Section).GetChildren().Any(),
            "Authentication:Schemes: nobody could log in, and the rooms ask for a login; add a scheme (`yarpws key` makes a key for one), or set Plain:AllowAnonymous to true.");
        services.AddSettings<ChannelsOptions>(ChannelsOptions.Section);
        services.AddSettings<DrainOptions>("Drain");
        services.AddSettings<MemoryOptions>(MemoryOptions.Section);
        services.AddOptions<HostOptions>().Configure<IOptions<DrainOptions>>((host, drain) => host.ShutdownTimeout = drain.Value.Deadline + TimeSpan.FromSeconds(1));

        // The platform: listeners, log, login, telemetry.
        // Inline, where the loops are not: a frame is sent by the thread that writes it, not by another one that must be woken first.
        builder.WebHost.UseKestrelCore().UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            Http2Windows.Apply(kestrel.Limits.Http2, Http2Windows.DefaultStreams, Http2Windows.DefaultStreamBytes);
            kestrel.ConfigureEndpointDefaults(listener => Http2Sockets.Watch(listener, TimeProvider.System, isBehindTls: false));
            kestrel.Configure(Listeners(builder.Configuration));
        });
        UnreadableRequests.Add(services);
        services.AddSingleton<EventLoops>();
        services.AddSingleton<SendBatches>();
        services.AddSingleton<Descriptors>();
        services.AddSingleton<UnixListener>();
        services.AddSingleton<ActivatedSockets>();
        services.AddSingleton<IConnectionListenerFactory, LoopTransport>();
        services.Configure<ConsoleLoggerOptions>(console =>
        {
            console.FormatterName = ConsoleFormatterNames.Simple;

            // A log that nobody reads must not hold up a loop; it tells how many of its lines were lost.
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        });
        services.Configure<SimpleConsoleFormatterOptions>(console => console.SingleLine = true);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsole();
        // Under systemd: ready is said, and lines carry their level for the journal. Elsewhere it does nothing.
        services.AddSystemd();
        LogRules.Add(services);
        services.AddRouting();
        services.AddOpenApi(ApiDescription.Configure);
        builder.AddAccess(file is null ? Environment.CurrentDirectory : Path.GetDirectoryName(Path.GetFullPath(file))!);
        services.AddTelemetry(builder.Configuration, "yarpws-backend", BackendMetrics.MeterName, Health.IsProbe);

        // The parts, from the outside in.
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<BackendMetrics>();
        services.AddSingleton<NodeIdentity>();
        services.AddSingleton<GroupsApi>();
        services.AddSingleton<ClientRequests>();
        services.AddSingleton<PlainEndpoint>();
        services.AddSingleton<ConnectionTable>();
        services.AddSingleton<GroupDirectory>();
        services.AddSingleton<CatchUp>();
        services.AddSingleton<GroupStreams>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ChannelNames>(provider, HubOfRooms(provider)));
        services.AddSingleton<ChannelMemberships>();
        services.AddSingleton<ChannelContents>();
        services.AddSingleton<ChannelSender>();
        services.AddSingleton<GroupPublisher>();
        services.AddSingleton<ReaderLease>();
        services.AddSingleton<CoreQueue>();
        services.AddSingleton<CoreReader>();
        services.AddSingleton<PubSubReader>();
        services.AddSingleton<RedisNames>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<RedisHealth>(provider, HubOfRooms(provider)));
        services.AddSingleton<RedisConnection>();
        services.AddSingleton<ProcessDelay>();

        // What runs by itself. Redis first, and what tells whose fault its silence is; when the host stops, the goodbye comes before everything else.
        services.AddHostedService(provider => provider.GetRequiredService<ProcessDelay>());
        services.AddHostedService(provider => provider.GetRequiredService<RedisConnection>());
        services.AddHostedService(provider => provider.GetRequiredService<RedisHealth>());
        services.AddHostedService<GroupAudit>();
        services.AddHostedService(provider => provider.GetRequiredService<ChannelMemberships>());
        services.AddHostedService<ChannelReader>();
        services.AddHostedService<Pings>();
        services.AddHostedService<MemoryTrim>();
        services.AddHostedService<Drain>();

        var app = builder.Build();
        app.Lifetime.ApplicationStarted.Register(app.Services.GetRequiredService<LogRules>().OnStarted);
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(BackendHost).FullName!);
        app.Lifetime.ApplicationStarted.Register(() => logger.Listening(string.Join(", ", app.Urls)));
        app.Services.GetRequiredService<BackendMetrics>().ObserveBatches(() => app.Services.GetRequiredService<SendBatches>().Count);
        var page = new ManifestEmbeddedFileProvider(typeof(BackendHost).Assembly, "wwwroot");
        app.UseErrorBodies(ApiErrors.SentenceOf, ApiErrors.WriteAsync);
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = page });
        app.UseStaticFiles(new StaticFileOptions { FileProvider = page, OnPrepareResponse = DemoPage.Harden });
        app.UseWebSockets();

        // What operators ask for takes long: all metrics, or a document made of all endpoints. A loop does not wait for it.
        app.Use((context, next) => context.Request.Path.StartsWithSegments("/metrics") || context.Request.Path.StartsWithSegments("/openapi") ? Task.Run(() => next(context)) : next(context));
        app.UseRouting();
        app.UseMiddleware<ExactPath>();
        app.UseAuthentication();
        app.UseAuthorization();
        Health.Map(app);
        GroupsApi.Map(app);
        app.MapOpenApi().AllowAnonymous();

        // Not MapGet: a wrong method is refused by the endpoint, with its reason.
        var rooms = app.Map("/ws/start/{room?}", (HttpContext context, PlainEndpoint endpoint) => endpoint.HandleAsync(context)).ExcludeFromDescription();
        if (app.Services.GetRequiredService<IOptions<PlainOptions>>().Value.AllowAnonymous)
        {
            rooms.AllowAnonymous();
        }

        var channels = app.Services.GetRequiredService<IOptions<ChannelsOptions>>().Value;
        DescriptorCheck.Compare(app.Services.GetRequiredService<Descriptors>(), "Connections:MaxConnections",
            app.Services.GetRequiredService<IOptions<ConnectionOptions>>().Value.MaxConnections, each: 1, app.Services.GetRequiredService<ILogger<Descriptors>>(),
            beside: channels.Layer is ChannelLayer.Core ? channels.BurstConnections : 0);
        return app;
    }

    /// <summary>The section that Kestrel reads, once its addresses are known to be some: Kestrel would listen everywhere on port 80 for a port that is none.</summary>
    private static IConfigurationSection Listeners(ConfigurationManager configuration)
    {
        var kestrel = configuration.GetSection("Kestrel");
        var endpoints = kestrel.GetSection("Endpoints");
        if (!endpoints.GetChildren().Any())
        {
            throw new InvalidSettingException(
                endpoints.Path, "no endpoint is configured; expected at least one, such as { \"Http\": { \"Url\": \"http://127.0.0.1:5001\" } }.");
        }

        foreach (var endpoint in endpoints.GetChildren())
        {
            ListenUrl.Parse($"{endpoint.Path}:Url", endpoint["Url"]);
        }

        return kestrel;
    }

    /// <summary>Where the members of this node are, and so where it asks whether Redis carries messages. What it is named like was checked with the settings.</summary>
    private static HubName HubOfRooms(IServiceProvider provider) => HubName.TryParse(provider.GetRequiredService<IOptions<PlainOptions>>().Value.Hub, out var hub)
        ? hub
        : throw new UnreachableException("The hub of the rooms has no valid name.");
}
