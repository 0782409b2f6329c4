using System.Net;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace YarpWs.EndToEnd.Tests.Sessions;

/// <summary>Behind a proxy that ends TLS, people log in and out at the address that they see.</summary>
public sealed class ProxiedSessionTests(ProxiedSessionTests.ProxiedSite proxied) : IClassFixture<ProxiedSessionTests.ProxiedSite>
{
    private const string Seen = "https://site.example";

    private static readonly (string, string)[] Proxy = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "site.example")];

    private readonly SessionSite _site = proxied.Site;

    [Theory]
    [InlineData("/app/page")]
    [InlineData("/auth/login")]
    public async Task Login_LeadsBackToTheAddressThatThePersonSees(string path)
    {
        using var person = new Person();

        using var sent = await person.SendAsync(HttpMethod.Get, new Uri(_site.A, path), [("Accept", Person.Html), ("Sec-Fetch-Mode", "navigate"), .. Proxy]);

        Assert.Equal(HttpStatusCode.Found, sent.StatusCode);
        Assert.Equal($"{Seen}/auth/callback", QueryOf(sent, "redirect_uri"));
    }

    [Fact]
    public async Task Logout_LeadsBackToTheAddressThatThePersonSees()
    {
        using var person = new Person();
        await person.LogInAsync(_site.A);
        using var proxied = new Person();

        using var sent = await proxied.SendAsync(
            HttpMethod.Post, new Uri(_site.A, "/auth/logout"), [("Accept", Person.Html), ("Origin", Seen), ("Cookie", $"__Host-{person.CookieHeader(_site.A)}"), .. Proxy]);

        Assert.Equal(HttpStatusCode.Found, sent.StatusCode);
        Assert.Equal($"{Seen}/auth/logged-out", QueryOf(sent, "post_logout_redirect_uri"));
    }

    private static string QueryOf(HttpResponseMessage answer, string name) => QueryHelpers.ParseQuery(answer.Headers.Location!.Query)[name].ToString();

    public sealed class ProxiedSite : IAsyncLifetime
    {
        public SessionSite Site { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Site = await SessionSite.StartAsync(("Forwarding:TrustedProxies:0", "127.0.0.1/32"));

        public ValueTask DisposeAsync() => Site.DisposeAsync();
    }
}
