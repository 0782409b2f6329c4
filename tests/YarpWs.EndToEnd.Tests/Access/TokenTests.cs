using System.Net;
using System.Security.Cryptography;
using System.Text;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>Which tokens open the door, of the gateway and of a backend behind it.</summary>
public sealed class TokenTests(KeyFiles keys) : IClassFixture<KeyFiles>
{
    private const string Push = "/api/hubs/chat/groups/push_blue/:send";

    private readonly TestCluster _cluster = keys.Cluster;

    public static TheoryData<string> GoodTokens => ["RS256, PEM", "RS256, the next PEM", "ES256, PEM", "RS256, JWK", "ES256, JWKS"];

    public static TheoryData<string> BadTokens =>
    [
        "absent", "empty", "garbage", "two dots", "another scheme", "expired", "not yet valid", "wrong audience", "no audience", "wrong issuer",
        "no issuer", "no exp", "exp in words", "another RSA key", "another EC key", "claims exchanged", "signature cut", "signature missing",
        "alg none", "alg nOnE", "alg none, signed", "alg unknown", "HS256 with the public key's PEM", "HS256 with the public key's PEM and a line end",
        "HS256 with the public key's DER", "HS256 with the public key's PKCS#1", "HS256 with nothing", "RS256 called ES256",
    ];

    [Theory]
    [MemberData(nameof(GoodTokens))]
    public async Task GoodToken_OpensEveryDoor(string kind)
    {
        var header = $"Authorization: Bearer {Good(kind)}";

        await using var push = await RawWebSocket.RequestAsync(_cluster.Gateway, "POST", Push, [header, "Content-Length: 0", "Content-Type: text/plain"]);
        await using var socket = await RawWebSocket.RequestAsync(_cluster.Gateway, "GET", "/ws/start/blue", [.. RawWebSocket.Handshake(), header]);
        await using var direct = await RawWebSocket.RequestAsync(_cluster.Backends[1], "GET", "/ws/start/blue", [.. RawWebSocket.Handshake(), header]);

        Assert.Equal((202, 101, 101), (push.Status, socket.Status, direct.Status));
    }

    [Theory]
    [MemberData(nameof(BadTokens))]
    public async Task BadToken_OpensNone(string kind)
    {
        string[] header = Bad(kind) is { } token ? [$"Authorization: {(kind == "another scheme" ? "Basic" : "Bearer")} {token}"] : [];

        await using var push = await RawWebSocket.RequestAsync(_cluster.Gateway, "POST", Push, [.. header, "Content-Length: 0"]);
        await using var socket = await RawWebSocket.RequestAsync(_cluster.Gateway, "GET", "/ws/start/blue", [.. RawWebSocket.Handshake(), .. header]);
        await using var direct = await RawWebSocket.RequestAsync(_cluster.Backends[0], "GET", "/ws/start/blue", [.. RawWebSocket.Handshake(), .. header]);
        await using var pushed = await RawWebSocket.RequestAsync(_cluster.Backends[0], "POST", Push, [.. header, "Content-Length: 0"]);

        foreach (var answer in new[] { push, socket, direct, pushed })
        {
            Assert.Equal(401, answer.Status);
            Assert.True(answer.Header("WWW-Authenticate") is "Bearer" || answer.Header("WWW-Authenticate")!.StartsWith("Bearer error=\"invalid_token\", error_description=\"", StringComparison.Ordinal), answer.Header("WWW-Authenticate"));
            Assert.DoesNotContain(answer.Response, line => line.Contains("ann", StringComparison.Ordinal) || line.Contains("eyJ", StringComparison.Ordinal));
            var body = await answer.ReadBodyAsync();
            Assert.NotEmpty(body);
            Assert.DoesNotContain("eyJ", body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task SharedKeys_TwoOfOneIssuer_AreBothGood()
    {
        var (old, next) = (Encoding.ASCII.GetBytes("the old key, thirty-two bytes it"), Encoding.ASCII.GetBytes("the next key, thirty-two bytes !"));
        await using var cluster = await TestCluster.StartAsync(
            _cluster.Redis,
            ("Authentication:Schemes:Bearer:Authority", ""),
            ("Authentication:Schemes:Bearer:SigningKeys:0:Issuer", Tokens.Issuer),
            ("Authentication:Schemes:Bearer:SigningKeys:0:Value", Convert.ToBase64String(old)),
            ("Authentication:Schemes:Bearer:SigningKeys:1:Issuer", Tokens.Issuer),
            ("Authentication:Schemes:Bearer:SigningKeys:1:Value", Convert.ToBase64String(next)));

        using var byOld = await cluster.PushAsync("blue", "x", "text/plain", SignedToken.Hs256(old, SignedToken.Claims()));
        using var byNext = await cluster.PushAsync("blue", "x", "text/plain", SignedToken.Hs256(next, SignedToken.Claims()));

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), (byOld.StatusCode, byNext.StatusCode));
    }

    private string Good(string kind) => kind switch
    {
        "RS256, PEM" => SignedToken.Rs256(keys.Rsa, SignedToken.Claims()),
        "RS256, the next PEM" => SignedToken.Rs256(keys.NextRsa, SignedToken.Claims(), kid: "next"),
        "ES256, PEM" => SignedToken.Es256(keys.Ec, SignedToken.Claims()),
        "RS256, JWK" => SignedToken.Rs256(keys.JwkRsa, SignedToken.Claims()),
        "ES256, JWKS" => SignedToken.Es256(keys.JwkEc, SignedToken.Claims()),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private string? Bad(string kind)
    {
        var claims = SignedToken.Claims();
        var good = SignedToken.Rs256(keys.Rsa, claims).Split('.');
        switch (kind)
        {
            case "absent": return null;
            case "empty": return "";
            case "garbage": return "garbage";
            case "two dots": return "..";
            case "another scheme": return string.Join('.', good);
            case "expired": return SignedToken.Rs256(keys.Rsa, SignedToken.Claims(expiresInMinutes: -5));
            case "not yet valid": return SignedToken.Rs256(keys.Rsa, new(claims) { ["nbf"] = SignedToken.InMinutes(5) });
            case "wrong audience": return SignedToken.Rs256(keys.Rsa, SignedToken.Claims(audience: "yarpws2"));
            case "no audience": claims.Remove("aud"); break;
            case "wrong issuer": return SignedToken.Rs256(keys.Rsa, SignedToken.Claims(issuer: "another"));
            case "no issuer": claims.Remove("iss"); break;
            case "no exp": claims.Remove("exp"); break;
            case "exp in words": claims["exp"] = "never"; break;
            case "another RSA key":
                using (var another = RSA.Create(2048))
                {
                    return SignedToken.Rs256(another, claims);
                }

            case "another EC key":
                using (var another = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                {
                    return SignedToken.Es256(another, claims);
                }

            case "claims exchanged": return $"{good[0]}.{SignedToken.Rs256(keys.Rsa, SignedToken.Claims("ben")).Split('.')[1]}.{good[2]}";
            case "signature cut": return $"{good[0]}.{good[1]}.{good[2][..^4]}";
            case "signature missing": return $"{good[0]}.{good[1]}.";
            case "alg none": return SignedToken.Write("none", claims, _ => []);
            case "alg nOnE": return SignedToken.Write("nOnE", claims, _ => []);
            case "alg none, signed": return SignedToken.Write("none", claims, _ => [1, 2, 3]);
            case "alg unknown": return SignedToken.Write("XS256", claims, _ => [1, 2, 3]);
            case "HS256 with the public key's PEM": return SignedToken.Hs256(Encoding.ASCII.GetBytes(keys.Rsa.ExportSubjectPublicKeyInfoPem()), claims);
            case "HS256 with the public key's PEM and a line end": return SignedToken.Hs256(Encoding.ASCII.GetBytes(keys.Rsa.ExportSubjectPublicKeyInfoPem() + "\n"), claims);
            case "HS256 with the public key's DER": return SignedToken.Hs256(keys.Rsa.ExportSubjectPublicKeyInfo(), claims);
            case "HS256 with the public key's PKCS#1": return SignedToken.Hs256(keys.Rsa.ExportRSAPublicKey(), claims);
            case "HS256 with nothing": return SignedToken.Hs256([], claims);
            case "RS256 called ES256": return SignedToken.Write("ES256", claims, text => keys.Rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }

        return SignedToken.Rs256(keys.Rsa, claims);
    }
}
