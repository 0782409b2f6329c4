using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Access.Logins.External;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Tests.Access.Logins.External;

/// <summary>What is remembered of a check's answers, for how long, and how often it is asked.</summary>
public sealed class RememberedLoginsTests : IDisposable
{
    private static readonly ExternalCheckOptions Options = new() { Cluster = "site", Path = "/check", Cookies = ["sessionid"] };

    private readonly FakeTimeProvider _time = new();
    private readonly List<(CheckQuestion Question, TaskCompletionSource<CheckAnswer> Answer)> _questions = [];
    private readonly SemaphoreSlim _asked = new(0);

    /// <summary>How many questions a test has waited for.</summary>
    private int _seen;

    public void Dispose() => _asked.Dispose();

    [Fact]
    public async Task Question_IsAskedOnce_HoweverManyWait()
    {
        var logins = Create();
        var waiting = Enumerable.Range(0, 1000).Select(number => logins.EnterAsync(QuestionOf($"person{number % 100}"), CancellationToken.None)).ToList();

        await AskedAsync(100);
        Answer(0..100, Known("ann"));
        var leases = await Task.WhenAll(waiting).WaitAsync(Deadline.Token());

        Assert.Equal((100, 1000), (_questions.Count, leases.Count(lease => lease.Verdict.Login is not null)));
    }

    [Fact]
    public async Task Answer_HoldsForItsTime_AndIsThenAskedForAgain()
    {
        var logins = Create();
        await EnterAsync(logins, Known("ann"));

        _time.Advance(Options.Remember - TimeSpan.FromMilliseconds(1));
        using (var lease = await logins.EnterAsync(QuestionOf("ann"), CancellationToken.None))
        {
            Assert.Equal("ann", lease.Verdict.Login?.Person.User);
        }

        _time.Advance(TimeSpan.FromMilliseconds(1));
        await EnterAsync(logins, Known("ann"));
        Assert.Equal(2, _questions.Count);
    }

    [Fact]
    public async Task Answer_DoesNotOutliveTheLogin()
    {
        var logins = Create();
        await EnterAsync(logins, new KnownLogin(new CheckedPerson { User = "ann", Until = _time.GetUtcNow().AddSeconds(5) }));

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(RefusedLogin.Ended, await EnterAsync(logins, new KnownLogin(new CheckedPerson { User = "ann", Until = _time.GetUtcNow() })));
        Assert.Equal(2, _questions.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OtherAnswers_AreNotRemembered(bool isRefusal)
    {
        var logins = Create();
        await EnterAsync(logins, isRefusal ? RefusedLogin.Ended : new NoAnswer("it is dead", "Start it."));

        Assert.Equal("ann", Assert.IsType<KnownLogin>(await EnterAsync(logins, Known("ann"))).Person.User);
        Assert.Equal((2, 1), (_questions.Count, logins.Count));
    }

    /// <summary>A person may have logged in between a question and the request that joins it.</summary>
    [Fact]
    public async Task Refusal_ThatWasAskedForBeforeARequestCame_IsAskedForOnceMore()
    {
        var logins = Create();
        var first = logins.EnterAsync(QuestionOf("ann"), CancellationToken.None);
        await AskedAsync(1);
        var later = logins.EnterAsync(QuestionOf("ann"), CancellationToken.None);

        Answer(0..1, RefusedLogin.Ended);
        await AskedAsync(2);
        Answer(1..2, Known("ann"));

        Assert.Equal((null, "ann"), ((await first.WaitAsync(Deadline.Token())).Verdict.Login?.Person.User, (await later.WaitAsync(Deadline.Token())).Verdict.Login?.Person.User));
    }

    [Fact]
    public async Task Question_GoesOn_WhenWhoAskedHasGone()
    {
        var logins = Create();
        using var client = new CancellationTokenSource();
        var gone = logins.EnterAsync(QuestionOf("ann"), client.Token);
        await AskedAsync(1);
        var stays = logins.EnterAsync(QuestionOf("ann"), CancellationToken.None);

        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Answer(0..1, Known("ann"));
        using (var lease = await stays.WaitAsync(Deadline.Token()))
        {
            Assert.NotNull(lease.Verdict.Login);
        }

        // Who has gone holds nothing.
        _time.Advance(Options.Remember);
        logins.Look(_ => false);
        Assert.Equal(0, logins.Count);
    }

    [Fact]
    public async Task Questions_BeyondTheBound_WaitForTheirTimeout()
    {
        var logins = Create(Options with { MaxQuestions = 2 });
        var under = Enumerable.Range(0, 2).Select(number => logins.EnterAsync(QuestionOf($"{number}"), CancellationToken.None)).ToList();
        await AskedAsync(2);
        var beyond = logins.EnterAsync(QuestionOf("third"), CancellationToken.None);

        // Its wait begins on another thread; the time goes on until it has ended.
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (!beyond.IsCompleted)
        {
            await pace.WaitForNextTickAsync(Deadline.Token());
            _time.Advance(Options.Timeout);
        }

        Assert.Contains("2 questions were under way", Assert.IsType<NoAnswer>((await beyond).Verdict.Answer).Cause, StringComparison.Ordinal);
        Answer(0..2, Known("ann"));
        await Task.WhenAll(under).WaitAsync(Deadline.Token());
    }

    [Fact]
    public async Task Logins_BeyondTheBound_AreForgottenAtOnce()
    {
        var logins = Create(Options with { MaxRemembered = 10 });
        for (var number = 0; number < 30; number++)
        {
            await EnterAsync(logins, Known("ann"), $"person{number}");
        }

        Assert.Equal((10, 30), (logins.Count, _questions.Count));
        _time.Advance(Options.Remember);
        logins.Look(_ => false);
        Assert.Equal(0, logins.Count);
    }

    [Fact]
    public async Task LoginsWithSockets_TakeNoRoomFromTheOthers()
    {
        var logins = Create(Options with { MaxRemembered = 2 });
        foreach (var session in new[] { "ann", "bob" })
        {
            await EnterAsync(logins, Known("ann"), session);
            Assert.True(logins.Watch(logins.Find(QuestionOf(session).Key)!));
        }

        await EnterAsync(logins, Known("ann"), "eve");
        await EnterAsync(logins, Known("ann"), "joe");

        Assert.Equal(4, logins.Count);
    }

    [Fact]
    public async Task LoginWithSockets_IsAskedAboutBeforeItsAnswerIsTooOld_AndKeptAsLong()
    {
        var logins = Create();
        var question = QuestionOf("ann");
        await EnterAsync(logins, Known("ann"));
        Assert.True(logins.Watch(logins.Find(question.Key)!));

        _time.Advance(Options.Remember * 0.96);
        logins.Look(_ => true);
        await AskedAsync(2);
        var asking = logins.Find(question.Key)!.Asking!;
        Answer(1..2, new NoAnswer("it is dead", "Start it."));
        await asking.WaitAsync(Deadline.Token());
        _time.Advance(Options.Remember);
        logins.Look(_ => true);
        await AskedAsync(3);

        Assert.Equal(("ann", 1), (logins.Find(question.Key)!.Good?.Person.User, logins.Count));
    }

    [Fact]
    public async Task Fault_OfAsking_IsAnAnswerToAllWhoWait()
    {
        var logins = new RememberedLogins(Options, (_, _, _) => throw new InvalidOperationException("out of order"), Confirm, (_, _, _) => Task.CompletedTask, _time);

        using var lease = await logins.EnterAsync(QuestionOf("ann"), CancellationToken.None).WaitAsync(Deadline.Token());

        Assert.Contains("out of order", Assert.IsType<NoAnswer>(lease.Verdict.Answer).Cause, StringComparison.Ordinal);
    }

    private static KnownLogin Known(string user) => new(new CheckedPerson { User = user });

    private static CheckedLogin Confirm(CheckQuestion question, CheckedPerson person, DateTimeOffset at, DateTimeOffset ends) => new("site", "gateway", question, person, at, ends);

    internal static CheckQuestion QuestionOf(string session)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Request.Host = new HostString("site.example");
        context.Request.Headers.Cookie = $"sessionid={session}";
        context.Features.Get<IHttpRequestFeature>()!.RawTarget = "/people/ws";
        context.Features.Set(new Client(IPAddress.Loopback, "http", "site.example"));
        return CheckQuestion.Of(context, "site", Options, new LoginCookies(["sessionid"]))!;
    }

    private RememberedLogins Create(ExternalCheckOptions? options = null) => new(options ?? Options, AskAsync, Confirm, (_, _, _) => Task.CompletedTask, _time);

    private Task<CheckAnswer> AskAsync(CheckQuestion question, TimeSpan patience, CancellationToken stopping)
    {
        var answer = new TaskCompletionSource<CheckAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_questions)
        {
            _questions.Add((question, answer));
        }

        _asked.Release();
        return answer.Task;
    }

    private async Task AskedAsync(int times)
    {
        for (; _seen < times; _seen++)
        {
            await _asked.WaitAsync(Deadline.Token());
        }
    }

    private void Answer(Range which, CheckAnswer answer)
    {
        lock (_questions)
        {
            foreach (var (_, waiting) in _questions[which])
            {
                waiting.SetResult(answer);
            }
        }
    }

    /// <summary>One request that asks, and is answered.</summary>
    private async Task<CheckAnswer> EnterAsync(RememberedLogins logins, CheckAnswer answer, string session = "ann")
    {
        var before = _questions.Count;
        var entering = logins.EnterAsync(QuestionOf(session), CancellationToken.None);
        await AskedAsync(before + 1);
        Answer(before..(before + 1), answer);
        using var lease = await entering.WaitAsync(Deadline.Token());
        return lease.Verdict.Answer;
    }
}
