using System.Net;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Tests.Access.Logins.External;

/// <summary>Who comes in by an external check, what is asked, and what stands behind the gateway then.</summary>
public sealed class ExternalCheckTests
{
    [Fact]
    public async Task Cookie_OfALogin_LetsIn_AndTheDestinationGetsATokenInItsPlace()
    {
        await using var site = await CheckedSite.StartAsync();
        site.Checker.Answer = context => context.Response.WriteAsJsonAsync(new { user = 7, roles = new[] { "editor", "author" }, groups = new[] { "news" }, claims = new { department = "culture" } });

        using var answer = await site.GetAsync("/people/1", "theme=dark; sessionid=ann; a=b", ("Authorization", "Basic YW5uOnNlY3JldA=="));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var arrival = Assert.Single(site.Destination.Arrivals);
        Assert.Equal("theme=dark; a=b", arrival.Headers["Cookie"]);
        var token = await ValidateAsync(site, arrival.Headers["Authorization"]);
        Assert.Equal(("7", "culture"), (token.GetClaim("sub").Value, token.GetClaim("department").Value));
        Assert.Equal(["editor", "author"], token.Claims.Where(claim => claim.Type == "role").Select(claim => claim.Value));
        Assert.Equal(["news"], token.Claims.Where(claim => claim.Type == "groups").Select(claim => claim.Value));
    }

    [Fact]
    public async Task Socket_OpensByACookieAlone()
    {
        await using var site = await CheckedSite.StartAsync();

        using var socket = await site.ConnectAsync("/people/ws", "sessionid=ann");

        await CheckedSite.ExpectEchoAsync(socket);
        var arrival = Assert.Single(site.Destination.Arrivals);
        Assert.False(arrival.Headers.ContainsKey("Cookie"));

        // The question is no handshake, or a site would take it for one.
        Assert.DoesNotContain(Assert.Single(site.Checker.Questions).Headers.Keys, name => name is "Upgrade" or "Connection" || name.StartsWith("Sec-", StringComparison.Ordinal));
        Assert.Equal("ann", (await ValidateAsync(site, arrival.Headers["Authorization"])).Subject);
    }

    [Fact]
    public async Task Question_SaysWhatIsAskedFor_AndBringsTheCookiesOfTheLoginAlone()
    {
        await using var site = await CheckedSite.StartAsync(("Authentication:Checks:site:Headers:0", "X-Device"));

        using var answer = await site.PostAsync(
            "/people/a%2Fb?c=d&access_token=x.y.z",
            "sessionid=ann; theme=dark",
            """{"a": "body"}""",
            ("X-Device", "phone"),
            ("X-Other", "1"),
            ("X-Original-URI", "/public"),
            ("X-Forwarded-Host", "evil.example"),
            ("Forwarded", "host=evil.example"),
            ("Origin", site.Gateway.Public.GetLeftPart(UriPartial.Authority)));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var question = Assert.Single(site.Checker.Questions);
        Assert.Equal(("GET", "/auth/check"), (question.Method, question.Target));
        Assert.Equal(
            ["sessionid=ann", "phone", "POST", "/people/a%2Fb?c=d", site.Gateway.Public.Authority, site.Gateway.Public.Authority, "http", "127.0.0.1", "127.0.0.1"],
            new[] { "Cookie", "X-Device", "X-Original-Method", "X-Original-URI", "X-Forwarded-Host", "Host", "X-Forwarded-Proto", "X-Forwarded-For", "X-Real-IP" }.Select(name => question.Headers[name]));
        Assert.Equal(question.Headers["X-Original-URI"], question.Headers["X-Forwarded-Uri"]);
        Assert.Empty(question.Headers.Keys.Intersect(["X-Other", "Forwarded", "Content-Length", "Content-Type", "Origin"], StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task RequestWithoutACookie_IsRefusedWithoutAQuestion()
    {
        await using var site = await CheckedSite.StartAsync();

        using var answer = await site.GetAsync("/people/1", "theme=dark");

        Assert.Equal((HttpStatusCode.Unauthorized, "Cookie"), (answer.StatusCode, answer.Headers.WwwAuthenticate.ToString()));
        Assert.Empty(site.Checker.Questions);
        Assert.Empty(site.Destination.Arrivals);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Refusal_IsPassedOn_WithItsBodyAndChallenge(int status)
    {
        await using var site = await CheckedSite.StartAsync();
        site.Checker.Answer = context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/problem+json";
            context.Response.Headers.WWWAuthenticate = "Session realm=\"news\"";
            return context.Response.WriteAsync("""{"why":"ended"}""");
        };

        using var answer = await site.GetAsync("/people/1", "sessionid=ann");

        Assert.Equal((status, "application/problem+json", "Session realm=\"news\""), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, answer.Headers.WwwAuthenticate.ToString()));
        Assert.Equal("""{"why":"ended"}""", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Empty(site.Destination.Arrivals);
    }

    [Theory]
    [InlineData("sessionid=ann", "Sec-Fetch-Mode", "navigate", HttpStatusCode.Redirect)]
    [InlineData("sessionid=ann", "Accept", "text/html,*/*", HttpStatusCode.Redirect)]
    [InlineData(null, "Sec-Fetch-Mode", "navigate", HttpStatusCode.Redirect)]
    [InlineData("sessionid=ann", "Sec-Fetch-Mode", "cors", HttpStatusCode.Unauthorized)]
    [InlineData("sessionid=ann", "Accept", "application/json", HttpStatusCode.Unauthorized)]
    public async Task LoginPage_IsForWhoeverLooksAtAPage(string? cookie, string header, string value, HttpStatusCode status)
    {
        await using var site = await CheckedSite.StartAsync(("Authentication:Checks:site:LoginPage", "/login/?next={url}"));
        site.Checker.Answer = Checker.Refuse(401);

        using var answer = await site.GetAsync("/people/1?a=b&c", cookie, (header, value));

        Assert.Equal((status, status == HttpStatusCode.Redirect ? "/login/?next=%2Fpeople%2F1%3Fa%3Db%26c" : null), (answer.StatusCode, answer.Headers.Location?.OriginalString));
    }

    [Theory]
    [InlineData("navigate", HttpStatusCode.Redirect, "https://login.example/")]
    [InlineData("cors", HttpStatusCode.Unauthorized, null)]
    public async Task Redirect_ThatCountsAsAnAnswer_IsPassedOnToPages(string mode, HttpStatusCode status, string? location)
    {
        await using var site = await CheckedSite.StartAsync(("Authentication:Checks:site:PassRedirects", "true"));
        site.Checker.Answer = context =>
        {
            context.Response.Redirect("https://login.example/");
            return Task.CompletedTask;
        };

        using var answer = await site.GetAsync("/people/1", "sessionid=ann", ("Sec-Fetch-Mode", mode));

        Assert.Equal((status, location), (answer.StatusCode, answer.Headers.Location?.OriginalString));
    }

    [Theory]
    [InlineData("dead", "failed: ")]
    [InlineData("slow", "did not answer in time")]
    [InlineData("huge", "more than 65536 bytes")]
    [InlineData("endless", "more than 65536 bytes")]
    [InlineData("not JSON", "200 without JSON")]
    [InlineData("a list", "JSON that is no object")]
    [InlineData("nobody", "there is no user in its answer")]
    [InlineData("two users", "200 without JSON")]
    [InlineData("roles that are numbers", "\"roles\" that is no list of texts")]
    [InlineData("too many roles", "too many for a token")]
    [InlineData("a broken header", "control character")]
    [InlineData("500", "it answered 500")]
    [InlineData("404", "it answered 404")]
    [InlineData("redirect", "it answered 302 to /login")]
    public async Task CheckerThatGivesNoAnswer_LetsInNobody_AndTheLogSaysWhy(string fault, string why)
    {
        await using var site = await CheckedSite.StartAsync(("Authentication:Checks:site:Timeout", fault == "slow" ? "00:00:00.5" : "00:00:20"));
        await FailAsync(site, fault);

        using var answer = await site.GetAsync("/people/1", "sessionid=ann");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(2)), (answer.StatusCode, answer.Headers.RetryAfter?.Delta));
        Assert.Contains(why, await site.Gateway.Log.ExpectAsync(1130), StringComparison.Ordinal);
        Assert.Empty(site.Destination.Arrivals);
    }

    [Fact]
    public async Task CheckerThatFailed_IsAskedAgainByTheNextRequest()
    {
        await using var site = await CheckedSite.StartAsync();
        var answers = site.Checker.Answer;
        site.Checker.Answer = Checker.Refuse(500);
        using var failed = await site.GetAsync("/people/1", "sessionid=ann");

        site.Checker.Answer = answers;
        using var answer = await site.GetAsync("/people/1", "sessionid=ann");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (failed.StatusCode, answer.StatusCode));
    }

    [Theory]
    [InlineData("dead")]
    [InlineData("503")]
    public async Task SecondDestination_IsAskedWhereTheFirstFails(string fault)
    {
        await using var healthy = await Checker.StartAsync();
        await using var site = await CheckedSite.StartAsync(
            ("ReverseProxy:Clusters:site:Destinations:b:Address", healthy.Address), ("ReverseProxy:Clusters:site:LoadBalancingPolicy", "FirstAlphabetical"));
        await FailAsync(site, fault);

        using var answer = await site.GetAsync("/people/1", "sessionid=ann");

        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, healthy.Questions.Count));
    }

    [Fact]
    public async Task CheckerThatCannotBeReached_IsTakenOut_AsAnyDestinationIs()
    {
        await using var healthy = await Checker.StartAsync();
        await using var site = await CheckedSite.StartAsync(
            ("ReverseProxy:Clusters:site:Destinations:b:Address", healthy.Address),
            ("ReverseProxy:Clusters:site:LoadBalancingPolicy", "FirstAlphabetical"),
            ("ReverseProxy:Clusters:site:HealthCheck:Passive:Enabled", "true"),
            ("ReverseProxy:Clusters:site:HealthCheck:Passive:Policy", "FailureStreak"),
            ("ReverseProxy:Clusters:site:HealthCheck:Passive:ReactivationPeriod", "01:00:00"));
        await FailAsync(site, "dead");

        foreach (var person in new[] { "ann", "bob", "eve" })
        {
            using var answer = await site.GetAsync("/people/1", $"sessionid={person}");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.True(site.Gateway.Services.GetRequiredService<IProxyStateLookup>().TryGetCluster("site", out var cluster));
        Assert.Equal(
            (DestinationHealth.Unhealthy, DestinationHealth.Unknown),
            (cluster.Destinations["a"].Health.Passive, cluster.Destinations["b"].Health.Passive));
    }

    [Fact]
    public async Task ForgedIdentityHeader_GetsToNobody()
    {
        await using var site = await CheckedSite.StartAsync(
            ("Authentication:Checks:site:UserHeader", "X-Site-User"), ("Authentication:Checks:site:Headers:0", "X-Site-User"), ("Authentication:Checks:site:RolesHeader", "X-Site-Roles"));
        site.Checker.Answer = context =>
        {
            context.Response.Headers["X-Site-User"] = Checker.NameIn(context);
            context.Response.Headers["X-Site-Roles"] = "editor, author";
            return context.Response.WriteAsync("not looked at");
        };

        using var answer = await site.GetAsync("/people/1", "sessionid=ann", ("X-Site-User", "root"), ("X_Site_User", "root"), ("X-Site-Roles", "admin"), ("X-User-Id", "root"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        foreach (var arrival in site.Checker.Questions.Concat(site.Destination.Arrivals))
        {
            Assert.DoesNotContain(arrival.Headers.Where(header => header.Key != "Authorization"), header => header.Value is "root" or "admin");
        }

        var token = await ValidateAsync(site, site.Destination.Arrivals.Single().Headers["Authorization"]);
        Assert.Equal(("ann", "editor author"), (token.Subject, string.Join(' ', token.Claims.Where(claim => claim.Type == "role").Select(claim => claim.Value))));
    }

    [Fact]
    public async Task Route_MayPassTheCookieOn()
    {
        await using var site = await CheckedSite.StartAsync(("ReverseProxy:Routes:people:Metadata:Logins.PassCookies", "true"));

        using var answer = await site.GetAsync("/people/1", "sessionid=ann");

        var arrival = Assert.Single(site.Destination.Arrivals);
        Assert.Equal("sessionid=ann", arrival.Headers["Cookie"]);
        Assert.Equal("ann", (await ValidateAsync(site, arrival.Headers["Authorization"])).Subject);
    }

    [Theory]
    [InlineData("editor", HttpStatusCode.OK)]
    [InlineData("reader", HttpStatusCode.Forbidden)]
    public async Task Policy_AsksForARoleOnTop(string role, HttpStatusCode status)
    {
        await using var site = await CheckedSite.StartAsync();
        site.Checker.Answer = context => context.Response.WriteAsJsonAsync(new { user = "ann", roles = new[] { role } });

        using var answer = await site.GetAsync("/editors/1", "sessionid=ann");

        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task Token_CountsWhereThePolicyNamesItsScheme_AndThenAlone()
    {
        await using var site = await CheckedSite.StartAsync(("Authorization:Policies:editors:Schemes:0", "Bearer"));
        var token = $"Bearer {Tokens.For("ben", role: "editor")}";

        using var either = await site.GetAsync("/editors/1", "sessionid=ann", ("Authorization", token));
        using var checkAlone = await site.GetAsync("/people/1", cookie: null, ("Authorization", token));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (either.StatusCode, checkAlone.StatusCode));
        Assert.Equal(token, Assert.Single(site.Destination.Arrivals).Headers["Authorization"]);
        Assert.Empty(site.Checker.Questions);
    }

    [Theory]
    [InlineData("https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("same", HttpStatusCode.OK)]
    [InlineData(null, HttpStatusCode.Forbidden)]
    public async Task RequestThatChangesSomething_IsForPagesThatAreLetIn(string? origin, HttpStatusCode status)
    {
        await using var site = await CheckedSite.StartAsync();
        var own = site.Gateway.Public.GetLeftPart(UriPartial.Authority);

        using var answer = await site.PostAsync("/people/1", "sessionid=ann", origin is null ? [] : [("Origin", origin == "same" ? own : origin)]);

        Assert.Equal((status, status == HttpStatusCode.OK ? 1 : 0), (answer.StatusCode, site.Checker.Questions.Count));
    }

    [Fact]
    public async Task Socket_OfAForeignPage_IsRefused()
    {
        await using var site = await CheckedSite.StartAsync();

        var refused = await Assert.ThrowsAsync<WebSocketException>(() => site.Gateway.ConnectAsync("/people/ws", options =>
        {
            options.SetRequestHeader("Cookie", "sessionid=ann");
            options.SetRequestHeader("Origin", "https://evil.example");
        }));

        Assert.Contains("403", refused.Message, StringComparison.Ordinal);
        Assert.Empty(site.Checker.Questions);
    }

    [Fact]
    public async Task AnswerThatDependsOnTheAddress_IsAskedForEach()
    {
        await using var site = await CheckedSite.StartAsync(("Authentication:Checks:site:PerAddress", "true"));
        site.Checker.Answer = context => context.Request.Headers["X-Original-URI"] == "/people/mine" ? context.Response.WriteAsJsonAsync(new { user = "ann" }) : Checker.Refuse(403)(context);

        using var mine = await site.GetAsync("/people/mine", "sessionid=ann");
        using var other = await site.GetAsync("/people/other", "sessionid=ann");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (mine.StatusCode, other.StatusCode));
    }

    [Fact]
    public async Task CookieOfOneHost_IsAskedAnewForAnother()
    {
        await using var site = await CheckedSite.StartAsync();
        site.Checker.Answer = context => context.Request.Host.Host == "one.example" ? context.Response.WriteAsJsonAsync(new { user = "ann" }) : Checker.Refuse(401)(context);

        using var one = await site.GetAsync("/people/1", "sessionid=ann", ("Host", "one.example"));
        using var other = await site.GetAsync("/people/1", "sessionid=ann", ("Host", "other.example"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (one.StatusCode, other.StatusCode));
    }

    [Fact]
    public async Task ThousandHandshakes_OfAHundredPeople_AskAHundredTimes()
    {
        await using var site = await CheckedSite.StartAsync(("Authentication:Checks:site:Remember", "01:00:00"));
        var open = new System.Collections.Concurrent.ConcurrentBag<ClientWebSocket>();

        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 50 }, async (number, _) => open.Add(await site.ConnectAsync("/people/ws", $"sessionid=person{number % 100}")));

        Assert.Equal((1000, 100), (open.Count, site.Checker.Questions.Count));
        foreach (var socket in open)
        {
            socket.Dispose();
        }
    }

    [Fact]
    public async Task Keys_AreFoundByTheMetadata()
    {
        await using var site = await CheckedSite.StartAsync();

        var metadata = JsonNode.Parse(await site.Gateway.Http.GetStringAsync(new Uri("/auth/.well-known/openid-configuration", UriKind.Relative), Deadline.Token()))!;

        Assert.Equal(("yarpws-gateway", new Uri(site.Gateway.Public, "/auth/jwks.json").ToString()), ((string?)metadata["issuer"], (string?)metadata["jwks_uri"]));
        var keys = await site.Gateway.Http.GetStringAsync(new Uri("/auth/jwks.json", UriKind.Relative), Deadline.Token());
        Assert.All(new JsonWebKeySet(keys).Keys, key => Assert.False(key.HasPrivateKey));
        Assert.DoesNotContain("\"d\"", keys, StringComparison.Ordinal);
    }

    /// <summary>A server behind the gateway needs no file: it takes the gateway for an issuer.</summary>
    [Fact]
    public async Task Gateway_IsAnIssuer_ForThoseBehindIt()
    {
        await using var site = await CheckedSite.StartAsync();
        using var answer = await site.GetAsync("/people/1", "sessionid=ann");
        await using var behind = await TestGateway.StartWithoutKeysAsync(
            site.Destination, ("Authentication:Schemes:Bearer:Authority", new Uri(site.Gateway.Public, "/auth").ToString()), ("Authentication:Schemes:Bearer:RequireHttpsMetadata", "false"));

        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/x");
        request.Headers.TryAddWithoutValidation("Authorization", site.Destination.Arrivals.Single().Headers["Authorization"]);
        using var taken = await behind.Http.SendAsync(request, Deadline.Token());

        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [Fact]
    public async Task Log_HoldsNoCookieAndNoToken()
    {
        await using var site = await CheckedSite.StartAsync();
        site.Checker.Answer = context => context.Response.WriteAsJsonAsync(new { user = "ann" });

        using var socket = await site.ConnectAsync("/people/ws", "sessionid=verysecretsession");
        using var answer = await site.GetAsync("/people/1", "sessionid=verysecretsession");

        var token = site.Destination.Arrivals.First().Headers["Authorization"]["Bearer ".Length..];
        Assert.DoesNotContain(site.Gateway.Log.Lines, line => line.Contains("verysecretsession", StringComparison.Ordinal) || line.Contains(token, StringComparison.Ordinal));
    }

    private static async Task FailAsync(CheckedSite site, string fault)
    {
        var checker = site.Checker;
        switch (fault)
        {
            case "dead":
                await checker.StopAsync();
                break;
            case "slow":
                checker.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
                break;
            case "huge":
                checker.Answer = context => context.Response.WriteAsJsonAsync(new { user = "ann", rest = new string('x', 70_000) });
                break;
            case "endless":
                checker.Answer = async context =>
                {
                    while (!context.RequestAborted.IsCancellationRequested)
                    {
                        await context.Response.WriteAsync(new string(' ', 10_000), context.RequestAborted);
                    }
                };
                break;
            case "not JSON":
                checker.Answer = context => context.Response.WriteAsync("<html>Welcome, ann</html>");
                break;
            case "a list":
                checker.Answer = context => context.Response.WriteAsync("""[{"user":"ann"}]""");
                break;
            case "nobody":
                checker.Answer = context => context.Response.WriteAsync("""{"user":null}""");
                break;
            case "two users":
                checker.Answer = context => context.Response.WriteAsync("""{"user":"ann","user":"root"}""");
                break;
            case "roles that are numbers":
                checker.Answer = context => context.Response.WriteAsync("""{"user":"ann","roles":[1]}""");
                break;
            case "too many roles":
                checker.Answer = context => context.Response.WriteAsJsonAsync(new { user = "ann", roles = Enumerable.Range(0, 1000).Select(number => $"role{number}") });
                break;
            case "a broken header":
                checker.Answer = context => context.Response.WriteAsync("""{"user":"ann\r\nX-Admin: 1"}""");
                break;
            case "redirect":
                checker.Answer = context =>
                {
                    context.Response.Redirect("/login");
                    return Task.CompletedTask;
                };
                break;
            default:
                checker.Answer = Checker.Refuse(int.Parse(fault, System.Globalization.CultureInfo.InvariantCulture));
                break;
        }
    }

    /// <summary>As what stands behind the gateway does it: by the keys that it publishes.</summary>
    private static async Task<JsonWebToken> ValidateAsync(CheckedSite site, string authorization)
    {
        var keys = new JsonWebKeySet(await site.Gateway.Http.GetStringAsync(new Uri("/auth/jwks.json", UriKind.Relative), Deadline.Token()));
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(authorization["Bearer ".Length..], new TokenValidationParameters
        {
            IssuerSigningKeys = keys.Keys,
            ValidIssuer = "yarpws-gateway",
            ValidAudience = "yarpws",
        });
        Assert.True(result.IsValid, result.Exception?.Message);
        return (JsonWebToken)result.SecurityToken;
    }
}
