using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace YarpWs.Gateway.Tests.Access;

public sealed class AuthorityTests : IAsyncLifetime
{
    private readonly RsaSecurityKey _first = new(RSA.Create(2048)) { KeyId = "first" };
    private readonly RsaSecurityKey _second = new(RSA.Create(2048)) { KeyId = "second" };
    private WebApplication _issuer = null!;
    private volatile RsaSecurityKey? _published;
    private Destination _destination = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _issuer = builder.Build();
        _issuer.MapGet("/.well-known/openid-configuration", () => _published is null
            ? Results.StatusCode(503)
            : Results.Json(new { issuer = Address, jwks_uri = Address + "/keys" }));
        _issuer.MapGet("/keys", () => new { keys = new[] { Published(_published!) } });
        await _issuer.StartAsync();
        _destination = await Destination.StartAsync();
        _gateway = await TestGateway.StartAsync(
            _destination, _destination, ("Authentication:Schemes:Bearer:Authority", Address), ("Authentication:Schemes:Bearer:RequireHttpsMetadata", "false"));
    }

    private string Address => _issuer.Urls.Single();

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _destination.DisposeAsync();
        await _issuer.DisposeAsync();
        _first.Rsa.Dispose();
        _second.Rsa.Dispose();
    }

    [Fact]
    public async Task Keys_AreWaitedFor_AndFollowedWhenTheyChange()
    {
        await _gateway.Log.ExpectAsync(1101);
        Assert.Contains("no keys from", await (await ReadinessAsync(HttpStatusCode.ServiceUnavailable)).Content.ReadAsStringAsync(Deadline.Token()), StringComparison.Ordinal);

        _published = _first;
        await ReadinessAsync(HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(_first));

        _published = _second;
        var deadline = Deadline.Token();
        while (await GetAsync(_second) != HttpStatusCode.OK)
        {
            deadline.ThrowIfCancellationRequested();
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(_second, issuer: "https://another.example"));
    }

    private async Task<HttpResponseMessage> ReadinessAsync(HttpStatusCode expected)
    {
        var deadline = Deadline.Token();
        while (true)
        {
            var response = await _gateway.Http.GetAsync(new Uri(_gateway.Admin, "/readyz"), deadline);
            if (response.StatusCode == expected)
            {
                return response;
            }
        }
    }

    private async Task<HttpStatusCode> GetAsync(RsaSecurityKey key, string? issuer = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/x");
        var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? Address,
            Audience = "yarpws",
            SigningCredentials = new SigningCredentials(key, "RS256"),
        });
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return (await _gateway.Http.SendAsync(request, Deadline.Token())).StatusCode;
    }

    private static object Published(RsaSecurityKey key)
    {
        var parameters = key.Rsa.ExportParameters(includePrivateParameters: false);
        return new { kty = "RSA", use = "sig", kid = key.KeyId, n = Base64UrlEncoder.Encode(parameters.Modulus), e = Base64UrlEncoder.Encode(parameters.Exponent) };
    }
}
