namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>Asks a check whose login a question is about.</summary>
internal sealed class CheckClient(ClusterClient clusters)
{
    /// <summary>Does not throw for what a destination does, and takes no longer than <paramref name="patience"/>.</summary>
    public async Task<CheckAnswer> AskAsync(ExternalCheckOptions options, CheckQuestion question, TimeSpan patience, CancellationToken stopping)
    {
        try
        {
            var (answer, cause, remedy) = await clusters.AskAsync(
                options.Cluster!,
                ContextOf(options, question),
                address => question.ToRequest(address, options.Path!),
                (response, cancellation) => new ValueTask<CheckAnswer>(CheckAnswerReader.ReadAsync(response, options, cancellation)),
                patience,
                stopping);
            return answer ?? new NoAnswer(cause, remedy);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return new NoAnswer("the gateway stops", "Start it again.");
        }
    }

    private static DefaultHttpContext ContextOf(ExternalCheckOptions options, CheckQuestion question)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = HttpMethods.Get;
        context.Request.Host = new HostString(question.Host);
        context.Request.Path = new PathString(options.Path!.Split('?')[0]);
        context.Features.Set(question.Client);
        return context;
    }
}
