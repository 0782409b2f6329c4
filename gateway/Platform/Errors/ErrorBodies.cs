namespace YarpWs.Platform.Errors;

/// <summary>Gives every error that has no body one: what the platform refuses by itself says nothing to its reader.</summary>
internal static partial class ErrorBodies
{
    private const string Unexpected = "Something failed here that should not have; the log of the server says what. The same request may fail again.";

    /// <param name="app">Everything that is added to it afterwards.</param>
    /// <param name="sentenceOf">What to say; null where the empty body is somebody else's answer, which stays as it is.</param>
    /// <param name="writeAsync">Says it.</param>
    public static void UseErrorBodies(this IApplicationBuilder app, Func<HttpContext, string?> sentenceOf, Func<HttpContext, string, Task> writeAsync)
    {
        var logger = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ErrorBodies).FullName!);
        app.Use(async (context, next) =>
        {
            var response = context.Response;
            try
            {
                await next(context);
            }
            catch (BadHttpRequestException exception) when (!response.HasStarted)
            {
                // A body that is too large, too slow or cut off, which is found while it is read.
                response.StatusCode = exception.StatusCode;
            }
            catch (Exception exception) when (!response.HasStarted && !context.RequestAborted.IsCancellationRequested)
            {
                logger.RequestFailed(exception, context.GetEndpoint()?.DisplayName);
                response.Clear();
                response.StatusCode = StatusCodes.Status500InternalServerError;
                await writeAsync(context, Unexpected);
                return;
            }

            if (response is { StatusCode: >= StatusCodes.Status400BadRequest, HasStarted: false, ContentType: null, ContentLength: null } && sentenceOf(context) is { } sentence)
            {
                await writeAsync(context, sentence);
            }
        });
    }

    [LoggerMessage(3300, LogLevel.Error, "A request to {Endpoint} was answered with 500, because something failed that nobody expected. This is a bug.")]
    private static partial void RequestFailed(this ILogger logger, Exception exception, string? endpoint);
}
