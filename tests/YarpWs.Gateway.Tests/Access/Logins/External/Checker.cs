using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace YarpWs.Gateway.Tests.Access.Logins.External;

/// <summary>A site that knows its visitors by a cookie, <c>sessionid=NAME</c>, and answers the gateway's questions as the test says.</summary>
internal sealed class Checker : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Checker(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    /// <summary>What it was asked, without the probes of anybody.</summary>
    public ConcurrentQueue<Arrival> Questions { get; } = [];

    /// <summary>How it answers; at first it knows whoever the cookie names.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = context => context.Response.WriteAsJsonAsync(new { user = NameIn(context) });

    public static async Task<Checker> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.Zero);
        var app = builder.Build();
        var checker = new Checker(app);
        app.Run(checker.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return checker;
    }

    /// <summary>Who a question is about.</summary>
    public static string NameIn(HttpContext context) => context.Request.Cookies["sessionid"] ?? "";

    public static Func<HttpContext, Task> Refuse(int status) => context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    /// <summary>Ends it: from now on nobody answers there.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        Questions.Enqueue(new Arrival(context.Request.Method, target, context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        return Answer(context);
    }
}
