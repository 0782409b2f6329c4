using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary>Asks a running gateway on its admin port.</summary>
internal static class AdminClient
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    public static Option<Uri> Option() => new("--admin")
    {
        Description = "The admin port of the gateway that runs.",
        DefaultValueFactory = _ => new Uri("http://127.0.0.1:9900"),
        CustomParser = Address,
    };

    /// <summary>Posts JSON and returns the answer, or null after having said why there is none that can be read.</summary>
    public static async Task<T?> PostAsync<T>(Uri admin, string path, byte[] body, TextWriter error, CancellationToken stop)
        where T : class
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout };
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        try
        {
            using var response = await client.PostAsync(new Uri(admin, path), content, stop);
            var text = await response.Content.ReadAsStringAsync(stop);
            if (response.Content.Headers.ContentType?.MediaType == "application/json")
            {
                return JsonSerializer.Deserialize<T>(text, Json);
            }

            await error.WriteLineAsync($"{admin}: {(int)response.StatusCode}: {text.TrimEnd()}");
        }
        catch (HttpRequestException exception)
        {
            await error.WriteLineAsync($"{admin}: no gateway answers there ({exception.Message}); name its Admin:Url with --admin.");
        }

        return null;
    }

    private static Uri? Address(ArgumentResult result)
    {
        var text = result.Tokens is [{ Value: var value }] ? value : "";
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http")
        {
            return address;
        }

        result.AddError($"'{text}' is no address; write http://HOST:PORT.");
        return null;
    }
}
