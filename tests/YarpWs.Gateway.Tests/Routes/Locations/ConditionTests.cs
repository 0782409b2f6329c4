using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Tests.Routes.Locations;

/// <summary>Conditions of routes, and the maps that they may ask.</summary>
public sealed class ConditionTests
{
    [Theory]
    [InlineData("$http_x", "", false)]
    [InlineData("$http_x", "0", false)]
    [InlineData("$http_x", "1", true)]
    [InlineData("$http_x = a b", "a b", true)]
    [InlineData("$http_x = a", "A", false)]
    [InlineData("$http_x = ", "", true)]
    [InlineData("$http_x != a", "b", true)]
    [InlineData("$http_x ~ ^a", "ab", true)]
    [InlineData("$http_x ~ ^a", "AB", false)]
    [InlineData("$http_x ~* ^a", "AB", true)]
    [InlineData("$http_x !~ ^a", "ab", false)]
    [InlineData("$http_x !~* ^a", "b", true)]
    [InlineData("$uri ~ ^/a b/c$", "", true)]
    [InlineData("$map_m = one", "a", true)]
    [InlineData("$map_m = one", "A", true)]
    [InlineData("$map_m = two", "abc", true)]
    [InlineData("$map_m = GET", "else", true)]
    [InlineData("$map_circle = ", "a", true)]
    public void Condition_Holds(string condition, string header, bool expected) => Assert.Equal(expected, RequestCondition.Parse(condition).Holds(Context(header), out _));

    [Fact]
    public void File_IsLookedFor_WhenItIsSaid()
    {
        var folder = Directory.CreateTempSubdirectory("yarpws-condition-");
        var file = Path.Combine(folder.FullName, "a b");
        RequestCondition[] conditions = [RequestCondition.Parse($"-f {file}"), RequestCondition.Parse($"!-f {file}"), RequestCondition.Parse($"-d {file}"), RequestCondition.Parse($"-e {file}"), RequestCondition.Parse($"-d {folder.FullName}")];
        Assert.Equal([false, true, false, false, true], conditions.Select(Holds));

        File.WriteAllText(file, "");
        Assert.Equal([false, true, false, false, true], conditions.Select(Holds));

        Assert.All(conditions, condition => condition.File!.Look());
        folder.Delete(recursive: true);
        Assert.Equal([true, false, false, true, true], conditions.Select(Holds));

        static bool Holds(RequestCondition condition) => condition.Holds(Context(""), out _);
    }

    [Fact]
    public void Groups_ArePercentEncoded_WhereThePathWasCompared_AndAsTheClientWroteThemElsewhere()
    {
        Assert.Equal("a%20b", Caught("$uri ~ ^/([^/]+)/"));
        Assert.Equal("a%20b", Caught("$request_uri ~ ^/([^/]+)/"));

        static string Caught(string condition)
        {
            var context = Context("");
            RequestCondition.Parse(condition).Holds(context, out var captures);
            context.Features.Set(new MatchedLocation("/", 0, captures, null, RelativeRedirects: false));
            return RequestText.Parse("${location_1}").Of(context);
        }
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("-f closed")]
    [InlineData("-f /srv/$host")]
    [InlineData("-x /srv")]
    [InlineData("$request_method == POST")]
    [InlineData("$request_method =POST")]
    [InlineData("$nothing = 1")]
    [InlineData("$uri ~ (")]
    public void Text_ThatIsNoCondition_HasAFault(string text) => Assert.NotNull(RequestCondition.FaultOf(text));

    private static DefaultHttpContext Context(string header)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Request.Headers["X"] = header;
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = "/a%20b/c";
        context.Features.Set(new RequestMaps(new Dictionary<string, MapSettings>
        {
            ["m"] = new() { Of = "$http_x", Values = [new() { Is = "~ ^a.c", Then = "two" }, new() { Is = "a", Then = "one" }], Default = "$request_method" },
            ["circle"] = new() { Of = "$http_x", Default = "$map_circle" },
        }));
        return context;
    }
}
