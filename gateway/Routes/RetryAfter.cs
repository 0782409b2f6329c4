namespace YarpWs.Gateway.Routes;

/// <summary>Tells a client that no destination could serve when to come back: health checks find a returning one within seconds.</summary>
internal sealed class RetryAfter(RequestDelegate next)
{
    private const string Seconds = "1";

    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);

        if (!context.Response.HasStarted && context.GetForwarderErrorFeature() is not null
            && context.Response.StatusCode is StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout)
        {
            context.Response.Headers.RetryAfter = Seconds;
        }
    }
}
