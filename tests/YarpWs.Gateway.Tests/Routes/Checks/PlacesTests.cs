using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.SessionAffinity;
using YarpWs.Gateway.Routes.Checks;

namespace YarpWs.Gateway.Tests.Routes.Checks;

public sealed class PlacesTests
{
    [Fact]
    public void Diagnostics_NameFileLineAndColumn_AllOfThem_InTheOrderOfTheFile()
    {
        const string text = """
            // Ünïcödé counts by characters.
            {
              "ReverseProxy": {
                "Routes": {
                  "ws": { "ClusterId": "bakcend", "Mach": {}, "Match": { "Path": "/ws/{**rest}" }, },
                  /* é */ "Ws": {}
                },
                "Clusters": { "backend": { "Destinations": { "a": { "Address": "127.0.0.1:1" } } } }
              }
            }
            """;

        Assert.Equal(
            ["gateway.json:6:15: error: ReverseProxy:Routes:Ws: differs from 'ws' in line 5 in case alone, which does not count; rename or remove one."],
            Diagnosis.All(text).Select(one => one.ToString()));
        Assert.Equal(
            [
                "gateway.json:5:28: error: ReverseProxy:Routes:ws:ClusterId: no cluster 'bakcend'; did you mean 'backend'?",
                "gateway.json:5:39: error: ReverseProxy:Routes:ws:Mach: no such setting; did you mean 'Match'?",
                "gateway.json:8:68: error: ReverseProxy:Clusters:backend:Destinations:a:Address: '127.0.0.1:1' has no scheme; write \"http://127.0.0.1:1\".",
            ],
            Diagnosis.All(text.Replace("\"Ws\": {}", "", StringComparison.Ordinal)).Select(one => one.ToString()));
    }

    [Fact]
    public void Columns_OfAFileInOneLine_CountCharacters()
    {
        const string text = """{ "ReverseProxy": { "Routes": { "ü": { "Mach": 1, "ClusterId": "é" /* ö */, "Match": { "Pfad": "/ä" } } }, "Clusters": { "ß": 1 } } }""";

        Assert.Equal(
            ((string[])["\"Mach\"", "\"é\"", "\"Pfad\"", "1 } }"]).Select(where => text.IndexOf(where, StringComparison.Ordinal) + 1),
            Diagnosis.All(text).Where(one => one.Location!.Column != text.IndexOf("\"Match\"", StringComparison.Ordinal) + 1).Select(one => one.Location!.Column));
    }

    [Fact]
    public void Value_OfTheEnvironment_HasNoPlace()
    {
        var line = Record.Exception(() => GatewayHost.Build(TestGateway.SettingsFile, TestGateway.Overlay(("ReverseProxy:Routes:ws:Order", "first"))))!.Message;

        Assert.Equal("ReverseProxy:Routes:ws:Order: 'first' is no whole number; write one, such as 1.", line);
    }

    [Fact]
    public async Task Policies_ThatTheCheckKnows_AreThoseThatAreRegistered()
    {
        await using var app = GatewayHost.Build(TestGateway.SettingsFile, TestGateway.Overlay());
        var services = app.Services;

        Expect("LoadBalancingPolicy", services.GetServices<ILoadBalancingPolicy>().Select(policy => policy.Name));
        Expect("HealthCheck:AvailableDestinationsPolicy", services.GetServices<IAvailableDestinationsPolicy>().Select(policy => policy.Name));
        Expect("HealthCheck:Active:Policy", services.GetServices<IActiveHealthCheckPolicy>().Select(policy => policy.Name));
        Expect("HealthCheck:Passive:Policy", services.GetServices<IPassiveHealthCheckPolicy>().Select(policy => policy.Name));
        Expect("SessionAffinity:Policy", services.GetServices<ISessionAffinityPolicy>().Select(policy => policy.Name));
        Expect("SessionAffinity:FailurePolicy", services.GetServices<IAffinityFailurePolicy>().Select(policy => policy.Name));

        static void Expect(string key, IEnumerable<string> registered) => Assert.Equal(registered.Order(StringComparer.Ordinal), ClusterCheck.Policies[key].Order(StringComparer.Ordinal));
    }

    /// <summary>Whatever the proxy takes, the check knows: each with every part that may stand beside it.</summary>
    [Theory]
    [InlineData("'PathPrefix': '/a'")]
    [InlineData("'PathSet': '/a'")]
    [InlineData("'PathPattern': '/a/{rest}'")]
    [InlineData("'QueryValueParameter': 'a', 'Append': 'b'")]
    [InlineData("'QueryRouteParameter': 'a', 'Set': 'rest'")]
    [InlineData("'QueryRemoveParameter': 'a'")]
    [InlineData("'HttpMethodChange': 'PUT', 'Set': 'POST'")]
    [InlineData("'RequestHeadersCopy': 'true'")]
    [InlineData("'RequestHeaderOriginalHost': 'false'")]
    [InlineData("'RequestHeaderRouteValue': 'a', 'Set': 'rest'")]
    [InlineData("'RequestHeaderRemove': 'a'")]
    [InlineData("'RequestHeadersAllowed': 'a;b'")]
    [InlineData("'X-Forwarded': 'Off', 'For': 'Off', 'Host': 'Off', 'Proto': 'Off', 'Prefix': 'Off', 'HeaderPrefix': 'X-'")]
    [InlineData("'Forwarded': 'for', 'ForFormat': 'Ip', 'Action': 'Off'")]
    [InlineData("'ClientCert': 'X-Cert'")]
    [InlineData("'ResponseHeadersCopy': 'true'")]
    [InlineData("'ResponseHeader': 'a', 'Append': 'b', 'When': 'Success'")]
    [InlineData("'ResponseHeadersAllowed': 'a'")]
    [InlineData("'ResponseTrailersCopy': 'true'")]
    [InlineData("'ResponseTrailer': 'a', 'Set': 'b', 'When': 'Always'")]
    [InlineData("'ResponseTrailerRemove': 'a', 'When': 'Always'")]
    [InlineData("'ResponseTrailersAllowed': 'a'")]
    public async Task Transform_OfTheProxys_IsKnown(string transform)
    {
        await using var app = GatewayHost.Build(TestGateway.SettingsFile, TestGateway.Overlay());
        var content = Diagnosis.Read(
            $"{{ 'ReverseProxy': {{ 'Routes': {{ 'r': {{ 'ClusterId': 'c', 'Match': {{ 'Path': '/{{**rest}}' }}, 'Transforms': [ {{ {transform} }} ] }} }}, 'Clusters': {{ 'c': {{ 'Destinations': {{ 'a': {{ 'Address': 'http://a:1' }} }} }} }} }} }}");

        Assert.DoesNotContain(content.Diagnostics, diagnostic => diagnostic.IsError);
        Assert.Empty(await app.Services.GetRequiredService<IConfigValidator>().ValidateRouteAsync(Assert.Single(content.Routes)));
    }
}
