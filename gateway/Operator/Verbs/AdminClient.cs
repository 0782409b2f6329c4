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
        catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !stop.IsCancellationRequested))
        {
            await error.WriteLineAsync(AdminPort.Silence(admin, exception));
        }

        return null;
    }
}
