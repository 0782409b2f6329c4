using System.Net;
using Microsoft.AspNetCore.Http;

namespace YarpWs.Gateway.Tests.Content;

/// <summary>Routes that keep their destinations' answers.</summary>
public sealed class OutputCacheTests
{
    private const string Minute = "'Cache': { 'Ages': [ { 'Age': '00:01:00' } ] }";

    [Fact]
    public async Task Answer_IsGivenAgain_ForAsLongAsItSays_WithItsAge()
    {
        await using var site = await StartAsync("'Cache': { }", context => context.Response.Headers.CacheControl = "max-age=60");

        var first = await site.GetAsync("/x?a=1");
        using var second = await site.AskAsync("/x?a=1");
        await site.GetAsync("/x?a=2");

        Assert.Equal((HttpStatusCode.OK, "1"), first);
        Assert.Equal("1", await second.Content.ReadAsStringAsync(Deadline.Token()));
        Assert.InRange(second.Headers.Age!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(50));
        Assert.Equal(["/x?a=1", "/x?a=2"], site.Destination.Arrivals.Select(arrival => arrival.Target));
    }

    [Theory]
    [InlineData("'Cache': { }", null)]
    [InlineData("'Cache': { }", "max-age=0")]
    [InlineData("'Cache': { }", "private, max-age=60")]
    [InlineData(Minute, "no-store")]
    [InlineData(Minute, "no-cache")]
    [InlineData(Minute, "max-age=60, private=\"set-cookie\"")]
    [InlineData(Minute, "max-age=abc")]
    [InlineData(Minute, "s-maxage=0, max-age=60")]
    public async Task Answer_ThatMayNotBeKept_IsNot(string cache, string? cacheControl)
    {
        await using var site = await StartAsync(cache, context => context.Response.Headers.CacheControl = cacheControl);

        Assert.Equal(("1", "2"), ((await site.GetAsync("/x")).Text, (await site.GetAsync("/x")).Text));
    }

    [Theory]
    [InlineData(Minute, null)]
    [InlineData("'Cache': { }", "s-maxage=60, max-age=0")]
    [InlineData("'Cache': { 'IgnoreCacheControl': true, 'Ages': [ { 'Age': '00:01:00' } ] }", "no-store, private")]
    public async Task Answer_ThatMayBeKept_Is(string cache, string? cacheControl)
    {
        await using var site = await StartAsync(cache, context => context.Response.Headers.CacheControl = cacheControl);

        Assert.Equal(("1", "1"), ((await site.GetAsync("/x")).Text, (await site.GetAsync("/x")).Text));
    }

    [Theory]
    [InlineData("", "2")]
    [InlineData(", 'WithSetCookie': true", "1")]
    public async Task Cookie_OfOneClient_IsNeverAnothers(string more, string second)
    {
        await using var site = await StartAsync($"'Cache': {{ 'Ages': [ {{ 'Age': '00:01:00' }} ]{more} }}", context => context.Response.Headers.SetCookie = "session=secret");
        await site.GetAsync("/x");

        using var answer = await site.AskAsync("/x");

        Assert.Equal(second, await answer.Content.ReadAsStringAsync(Deadline.Token()));
        Assert.Equal(second == "2", answer.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("Authorization", "Basic YTpi")]
    [InlineData("Authorization", "Bearer x")]
    [InlineData("Range", "bytes=0-1")]
    [InlineData("X-HTTP-Method-Override", "DELETE")]
    public async Task RequestForItsOwnClient_IsNeitherAnsweredFromTheCache_NorKept(string name, string value)
    {
        await using var site = await StartAsync("'Cache': { }", context => context.Response.Headers.CacheControl = "public, max-age=60");

        var own = (await site.GetAsync("/x", (name, value))).Text;
        var (others, again) = ((await site.GetAsync("/x")).Text, (await site.GetAsync("/x", (name, value))).Text);

        Assert.Equal(("1", "2", "3"), (own, others, again));
    }

    [Fact]
    public async Task Login_IsAskedFor_BeforeAnAnswerIsGiven()
    {
        await using var site = await StartAsync(
            $"{Minute[..^2]}, 'WithAuthorization': true }}, 'BasicAuth': {{ 'File': 'users' }}", _ => { }, ("users", "ann:{PLAIN}a\n"));

        Assert.Equal("1", (await site.GetAsync("/x", BasicLogin.Of("ann", "a"))).Text);
        Assert.Equal("1", (await site.GetAsync("/x", BasicLogin.Of("ann", "a"))).Text);
        Assert.Equal(HttpStatusCode.Unauthorized, (await site.GetAsync("/x")).Status);
    }

    [Fact]
    public async Task Vary_TellsAnswersApart()
    {
        await using var site = await StartAsync(Minute, context => context.Response.Headers.Vary = "Accept-Language, x-tenant");

        string[] answers = [.. await AllAsync(site, [("Accept-Language", "de")], [("Accept-Language", "en")], [("Accept-Language", "de")], [("X-Tenant", "blue")], [], [])];

        Assert.Equal(["1", "2", "1", "3", "4", "4"], answers);
    }

    [Fact]
    public async Task VaryByEverything_IsNotKept()
    {
        await using var site = await StartAsync(Minute, context => context.Response.Headers.Vary = "Origin, *");

        Assert.Equal(["1", "2"], await AllAsync(site, [], []));
    }

    [Fact]
    public async Task Encoding_IsForThoseWhoTakeIt_ThoughTheDestinationDoesNotSaySo()
    {
        await using var site = await StartAsync(Minute, context =>
        {
            if (context.Request.Headers.AcceptEncoding.Count > 0)
            {
                context.Response.Headers.ContentEncoding = "gzip";
            }
        });

        Assert.Equal(["1", "2"], await AllAsync(site, [("Accept-Encoding", "gzip")], []));
    }

    [Fact]
    public async Task Host_IsPartOfTheKey_WithItsPort()
    {
        await using var site = await StartAsync(Minute, _ => { });

        Assert.Equal(["1", "2", "3", "1"], await AllAsync(site, [("Host", "a.example")], [("Host", "a.example:1234")], [("Host", "b.example")], [("Host", "a.example")]));
    }

    [Fact]
    public async Task OneAsks_ForAllThatWantTheSame()
    {
        await using var site = await StartAsync(Minute, _ => { });
        site.Destination.Holds = new TaskCompletionSource();
        var first = site.GetAsync("/x");
        await site.Destination.Asked;
        var others = Enumerable.Range(0, 10).Select(_ => site.GetAsync("/x")).ToList();
        site.Destination.Holds.SetResult();

        Assert.All(await Task.WhenAll([first, .. others]), answer => Assert.Equal((HttpStatusCode.OK, "1"), answer));
        Assert.Single(site.Destination.Arrivals);
    }

    [Fact]
    public async Task ClientThatGoes_DoesNotTakeTheOthersWithIt()
    {
        await using var site = await StartAsync(Minute, _ => { });
        site.Destination.Holds = new TaskCompletionSource();
        using var leaves = new CancellationTokenSource();
        var first = site.Http.GetAsync(new Uri("/x", UriKind.Relative), leaves.Token);
        await site.Destination.Asked;
        var other = site.GetAsync("/x");

        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        site.Destination.Holds.SetResult();

        Assert.Equal(HttpStatusCode.OK, (await other).Status);
    }

    [Fact]
    public async Task AnswerThatBreaksOff_IsNotKept()
    {
        await using var site = await StartAsync(Minute, _ => { });
        var (whole, breaks) = (site.Destination.Answers, new TaskCompletionSource());
        site.Destination.Answers = async context =>
        {
            context.Response.ContentLength = 10;
            await context.Response.WriteAsync("12345");
            await context.Response.Body.FlushAsync();
            await breaks.Task;
            context.Abort();
        };
        using var broken = await site.Http.GetAsync(new Uri("/x", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Deadline.Token());
        breaks.SetResult();
        await Assert.ThrowsAnyAsync<Exception>(() => broken.Content.ReadAsByteArrayAsync(Deadline.Token()));

        site.Destination.Answers = whole;

        Assert.Equal((HttpStatusCode.OK, "1"), await site.GetAsync("/x"));
    }

    [Fact]
    public async Task WhatIsForItsClientAlone_HoldsNobodyUp()
    {
        await using var site = await StartAsync(Minute, context => context.Response.Headers.CacheControl = "no-store");
        site.Destination.Holds = new TaskCompletionSource();
        var all = Enumerable.Range(0, 5).Select(_ => site.GetAsync("/x")).ToList();
        await site.Destination.Asked;
        site.Destination.Holds.SetResult();

        Assert.Equal(["1", "2", "3", "4", "5"], (await Task.WhenAll(all)).Select(answer => answer.Text).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task StaleAnswer_IsGiven_WhileOneAsks_AndWhereTheDestinationFails()
    {
        var fails = false;
        await using var site = await StartAsync("'Cache': { 'StaleWhileRevalidate': '01:00:00', 'StaleIfError': '01:00:00', 'Ages': [ { 'Age': '00:00:00.001' } ] }, 'Headers': [ { 'Name': 'X-Cache', 'Value': '$upstream_cache_status' } ]", context =>
        {
            if (fails)
            {
                context.Response.StatusCode = 500;
            }
        });
        await site.GetAsync("/x");
        fails = true;

        // What is good for a millisecond may be good still.
        var instead = await site.AskAsync("/x");
        while (instead.Headers.GetValues("X-Cache").Single() == "HIT")
        {
            instead.Dispose();
            instead = await site.AskAsync("/x");
        }

        using var answered = instead;
        fails = false;
        site.Destination.Holds = new TaskCompletionSource();
        var asks = site.GetAsync("/x");
        await site.Destination.Asked;
        using var meanwhile = await site.AskAsync("/x");
        site.Destination.Holds.SetResult();

        Assert.Equal((HttpStatusCode.OK, "1", "STALE"), (instead.StatusCode, await instead.Content.ReadAsStringAsync(Deadline.Token()), instead.Headers.GetValues("X-Cache").Single()));
        Assert.Equal(("1", "UPDATING"), (await meanwhile.Content.ReadAsStringAsync(Deadline.Token()), meanwhile.Headers.GetValues("X-Cache").Single()));
        Assert.Equal("3", (await asks).Text);
    }

    [Fact]
    public async Task ClientThatHasIt_Gets304_AndTheDestinationIsAskedForTheWhole()
    {
        await using var site = await StartAsync(Minute, context => context.Response.Headers.ETag = "\"v1\"");

        using var first = await site.AskAsync("/x", ("If-None-Match", "\"v0\""));
        using var known = await site.AskAsync("/x", ("If-None-Match", "W/\"v1\""));
        using var head = await site.AskAsync(HttpMethod.Head, "/x");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotModified, HttpStatusCode.OK), (first.StatusCode, known.StatusCode, head.StatusCode));
        Assert.Equal(1, head.Content.Headers.ContentLength);
        Assert.False(site.Destination.Arrivals.Single().Headers.ContainsKey("If-None-Match"));
    }

    [Fact]
    public async Task Bypass_AsksAndKeeps_NoStoreDoesNotKeep()
    {
        await using var site = await StartAsync("'Cache': { 'Ages': [ { 'Age': '00:01:00' } ], 'Bypass': [ '$arg_fresh' ], 'NoStore': [ '$http_x_private' ], 'Key': '$uri' }", _ => { });

        Assert.Equal(
            ["1", "1", "2", "2", "3"],
            [
                (await site.GetAsync("/x")).Text, (await site.GetAsync("/x?fresh=0")).Text, (await site.GetAsync("/x?fresh=1")).Text, (await site.GetAsync("/x")).Text,
                (await site.GetAsync("/x?fresh=1", ("X-Private", "1"))).Text,
            ]);
        Assert.Equal("2", (await site.GetAsync("/x")).Text);
    }

    [Fact]
    public async Task LargeBody_IsPassedOn_AndNotKept()
    {
        await using var site = await StartAsync("'Cache': { 'MaxBodyBytes': 1000, 'Ages': [ { 'Age': '00:01:00' } ] }", _ => { }, body: new string('x', 100_000));

        Assert.Equal(100_000, (await site.GetAsync("/x")).Text.Length);
        Assert.Equal(100_000, (await site.GetAsync("/x")).Text.Length);
        Assert.Equal(2, site.Destination.Arrivals.Count);
    }

    [Fact]
    public async Task Operator_HasAnswersAskedForAnew()
    {
        await using var site = await StartAsync(Minute, _ => { });
        await site.GetAsync("/x");
        using var http = new HttpClient { BaseAddress = site.Gateway.Admin };

        var before = await http.GetStringAsync(new Uri("/cache", UriKind.Relative), Deadline.Token());
        using var other = await http.DeleteAsync(new Uri("/cache?route=other", UriKind.Relative), Deadline.Token());
        var kept = (await site.GetAsync("/x")).Text;
        using var purged = await http.DeleteAsync(new Uri("/cache?route=r", UriKind.Relative), Deadline.Token());
        using var misread = await http.DeleteAsync(new Uri("/cache?id=r", UriKind.Relative), Deadline.Token());

        Assert.Contains("\"answers\":1", before, StringComparison.Ordinal);
        Assert.Equal("1", kept);
        Assert.Equal("{\"purged\":1}", await purged.Content.ReadAsStringAsync(Deadline.Token()));
        Assert.Equal(HttpStatusCode.BadRequest, misread.StatusCode);
        Assert.Equal("2", (await site.GetAsync("/x")).Text);
    }

    [Fact]
    public async Task Socket_GoesByTheCache()
    {
        await using var site = await StartAsync(Minute, _ => { });
        using var socket = await site.Gateway.ConnectAsync("/x");

        await socket.SendAsync("hello"u8.ToArray(), System.Net.WebSockets.WebSocketMessageType.Text, true, Deadline.Token());

        Assert.Equal(5, (await socket.ReceiveAsync(new byte[16].AsMemory(), Deadline.Token())).Count);
    }

    /// <summary>A destination that numbers its answers.</summary>
    private static async Task<SiteGateway> StartAsync(string route, Action<HttpContext> says, params (string Name, string Text)[] files) => await StartAsync(route, says, body: null, files);

    private static async Task<SiteGateway> StartAsync(string route, Action<HttpContext> says, string? body, params (string Name, string Text)[] files)
    {
        var site = await SiteGateway.StartAsync(SiteGateway.Forwarded(route), files);
        var number = 0;
        site.Destination.Answers = context =>
        {
            var text = body ?? $"{Interlocked.Increment(ref number)}";
            says(context);
            return context.Response.WriteAsync(text);
        };
        return site;
    }

    private static async Task<IReadOnlyList<string>> AllAsync(SiteGateway site, params (string Name, string Value)[][] requests)
    {
        var answers = new List<string>();
        foreach (var headers in requests)
        {
            answers.Add((await site.GetAsync("/x", headers)).Text);
        }

        return answers;
    }
}
