using System.CommandLine;
using System.Text.Json;
using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Routes;
using YarpWs.Gateway.Routes.Text;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary><c>yarpws explain URL</c>: where a request goes, and why nowhere else; in the gateway that runs, or by a settings file.</summary>
internal static class ExplainVerb
{
    public static Command Create(Func<string, WebApplication> build)
    {
        var url = new Argument<string>("URL") { Description = "http, https, ws or wss, with the host that the client asks for." };
        var file = new Argument<string?>("FILE") { Description = "Settings to explain by, instead of the gateway that runs.", Arity = ArgumentArity.ZeroOrOne };
        var method = new Option<string>("--method") { Description = "The method.", HelpName = "METHOD", DefaultValueFactory = _ => "GET" };
        var headers = new Option<string[]>("--header") { Description = "A header of the request, \"NAME: VALUE\". May be given several times.", HelpName = "HEADER" };
        var admin = AdminPort.AddressOption();
        var command = new Command("explain", "Says where a request goes, and why nowhere else. Ends with 1 where no route fits.") { url, file, method, headers, admin };
        command.SetAction(async (parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var request = new ExplainedRequest(parsed.GetRequiredValue(url), parsed.GetValue(method), parsed.GetValue(headers));
            if (request.Complaint() is { } complaint)
            {
                await error.WriteLineAsync(complaint);
                return 1;
            }

            var route = parsed.GetValue(file) is { } settings
                ? await ByFileAsync(build, request, settings, error)
                : await AdminClient.PostAsync<ExplainedRoute>(
                    parsed.GetRequiredValue(admin), "/routes/explain", JsonSerializer.SerializeToUtf8Bytes(request, AdminClient.Json), error, stop);
            return route is null ? 1 : await PrintAsync(route, output);
        });
        return command;
    }

    private static async Task<ExplainedRoute?> ByFileAsync(Func<string, WebApplication> build, ExplainedRequest request, string file, TextWriter error)
    {
        try
        {
            await using var app = build(file);

            // What a start does once it listens: routing knows the routes from here on.
            var start = new ApplicationBuilder(app.Services);
            start.UseRouting();
            start.UseEndpoints(endpoints => ((List<EndpointDataSource>)[.. ((IEndpointRouteBuilder)app).DataSources]).ForEach(endpoints.DataSources.Add));
            return await app.Services.GetRequiredService<RouteExplanation>().OfAsync(request, app.Services.GetRequiredService<CheckedRoutes>());
        }
        catch (Exception exception) when (StartupFailure.Describe(exception, configuration: null, AdminEndpoint.Listeners, file) is { } lines)
        {
            await error.WriteLineAsync(lines);
            return null;
        }
    }

    private static async Task<int> PrintAsync(ExplainedRoute route, TextWriter output)
    {
        await output.WriteLineAsync(route.Route is null
            ? "No route fits; the answer is 404."
            : $"Route {route.Route} {(route.Cluster is null ? "is answered by the gateway itself" : $"leads to cluster {route.Cluster}")}; authorization {route.AuthorizationPolicy}, CORS {route.CorsPolicy ?? "none"}.");
        if (route.Location is { } location)
        {
            await output.WriteLineAsync($"    {location}");
        }

        foreach (var transform in route.Transforms)
        {
            await output.WriteLineAsync($"    changed by {transform}");
        }

        foreach (var destination in route.Destinations)
        {
            await output.WriteLineAsync($"    to {destination}");
        }

        foreach (var other in route.PassedOver)
        {
            await output.WriteLineAsync($"Not {other.Route}: {other.Why}");
        }

        return route.Route is null ? 1 : 0;
    }
}
