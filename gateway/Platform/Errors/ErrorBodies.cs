namespace YarpWs.Platform.Errors;

/// <summary>Gives every error that has no body one: what the platform refuses by itself says nothing to its reader.</summary>
internal static class ErrorBodies
{
    /// <param name="app">Everything that is added to it afterwards.</param>
    /// <param name="sentenceOf">What to say; null where the empty body is somebody else's answer, which stays as it is.</param>
    /// <param name="writeAsync">Says it.</param>
    public static void UseErrorBodies(this IApplicationBuilder app, Func<HttpContext, string?> sentenceOf, Func<HttpContext, string, Task> writeAsync) =>
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

            if (response is { StatusCode: >= StatusCodes.Status400BadRequest, HasStarted: false, ContentType: null, ContentLength: null } && sentenceOf(context) is { } sentence)
            {
                await writeAsync(context, sentence);
            }
        });
}
