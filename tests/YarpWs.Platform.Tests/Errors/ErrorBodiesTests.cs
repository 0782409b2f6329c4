using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using YarpWs.Platform.Errors;

namespace YarpWs.Platform.Tests.Errors;

public sealed class ErrorBodiesTests : IAsyncLifetime
{
    private readonly WebApplication _app = Build();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    public async ValueTask InitializeAsync() => await _app.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task ExceptionThatNobodyExpected_IsA500WithABody_AndNothingOfWhatWasPrepared()
    {
        using var answer = await AskAsync("/throws", "text/plain");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Contains("the log of the server", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("X-Prepared"));
    }

    [Fact]
    public async Task Exception_ShowsNothingOfItself()
    {
        using var answer = await AskAsync("/throws", "text/plain");

        Assert.DoesNotContain("secret", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Browser_GetsAPage()
    {
        using var answer = await AskAsync("/throws", "text/html,application/xhtml+xml,*/*;q=0.8");

        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("<h1>500 Internal Server Error</h1>", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StatusWithoutBody_GetsOne_AndABodyThatIsThereStays()
    {
        using var empty = await AskAsync("/empty", "text/plain");
        using var said = await AskAsync("/said", "text/plain");

        Assert.Equal("It is gone.\n", await empty.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("said already", await said.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task TimeToComeBack_StandsInTheBody()
    {
        using var answer = await AskAsync("/away", "text/plain");

        Assert.Equal("It is gone. Come back in 7 s.\n", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static WebApplication Build()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.UseErrorBodies(_ => "It is gone.", ErrorBody.WriteAsync);
        app.Run(context =>
        {
            switch (context.Request.Path.Value)
            {
                case "/throws":
                    context.Response.Headers["X-Prepared"] = "1";
                    throw new InvalidOperationException("a secret of the server");
                case "/said":
                    context.Response.StatusCode = StatusCodes.Status410Gone;
                    return context.Response.WriteAsync("said already");
                case "/away":
                    context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                    context.Response.Headers.RetryAfter = "7";
                    return Task.CompletedTask;
                default:
                    context.Response.StatusCode = StatusCodes.Status410Gone;
                    return Task.CompletedTask;
            }
        });
        return app;
    }

    private async Task<HttpResponseMessage> AskAsync(string path, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(_app.Urls.Single()), path));
        request.Headers.Accept.ParseAdd(accept);
        return await _http.SendAsync(request, Deadline.Token());
    }
}
