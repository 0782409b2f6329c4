namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>
/// What one check has answered lately, by question, so that a person's hundredth request costs none. What it promises:
/// <list type="bullet">
/// <item>an answer that lets in holds for <see cref="ExternalCheckOptions.Remember"/>, and no longer than the login itself; any other answer holds for those alone who waited for it;</item>
/// <item>of one question one is under way at a time, and who brings the same cookies meanwhile waits for it. A refusal that was asked for before a request came says nothing of that request, whose login
/// may be newer: it is then asked once more;</item>
/// <item>a question goes on when those who wait for it have gone;</item>
/// <item>what neither a request nor a socket uses is forgotten when its time is over, and at once beyond <see cref="ExternalCheckOptions.MaxRemembered"/>.</item>
/// </list>
/// Any thread may call it.
/// </summary>
/// <param name="options">Those of the check.</param>
/// <param name="ask">Asks the check, for no longer than a time, and at most until the gateway stops.</param>
/// <param name="confirm">Makes a login of a question, its answer, the time of that, and when it ends unless it is confirmed again.</param>
/// <param name="answered">
/// Called with each answer before those who wait for it have it: with the login, who it was until now, and the answer. One call at a time for one login. It does not throw.
/// </param>
/// <param name="time">The clock.</param>
internal sealed class RememberedLogins(
    ExternalCheckOptions options,
    Func<CheckQuestion, TimeSpan, CancellationToken, Task<CheckAnswer>> ask,
    Func<CheckQuestion, CheckedPerson, DateTimeOffset, DateTimeOffset, CheckedLogin> confirm,
    Func<RememberedLogin, CheckedLogin?, CheckAnswer, Task> answered,
    TimeProvider time)
    : IAsyncDisposable
{
    private readonly SemaphoreSlim _questions = new(options.MaxQuestions);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, RememberedLogin> _logins = new(StringComparer.Ordinal);

    /// <summary>Of those, how many have sockets.</summary>
    private int _withSockets;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _logins.Count;
            }
        }
    }

    /// <summary>
    /// Whose login it is. What is known of it stays known until the lease is disposed of, so that a socket that opens meanwhile finds it.
    /// </summary>
    public async Task<LoginLease> EnterAsync(CheckQuestion question, CancellationToken cancellation)
    {
        var (login, known, asking, isOlder) = Enter(question);
        if (known is not null)
        {
            return new LoginLease(this, login, new LoginVerdict(new KnownLogin(known.Person), known));
        }

        try
        {
            var verdict = await asking!.WaitAsync(cancellation);
            if (isOlder && verdict.Answer is RefusedLogin)
            {
                verdict = await AskNow(login).WaitAsync(cancellation);
            }

            return new LoginLease(this, login, verdict);
        }
        catch
        {
            Leave(login);
            throw;
        }
    }

    /// <summary>Null when it is not known any more.</summary>
    public RememberedLogin? Find(string key)
    {
        lock (_gate)
        {
            return _logins.GetValueOrDefault(key);
        }
    }

    /// <summary>A socket of it has opened: from now on it is asked about in time. False when the check has refused it since.</summary>
    public bool Watch(RememberedLogin login)
    {
        lock (_gate)
        {
            Mark(login, hasSockets: true);
            return login.Good is not null;
        }
    }

    /// <summary>Asks anew for every login with open sockets whose time has come, forgets what nobody needs, and returns without waiting for answers.</summary>
    /// <param name="hasSockets">Whether there still are any.</param>
    public void Look(Func<RememberedLogin, bool> hasSockets)
    {
        var now = time.GetUtcNow();
        List<RememberedLogin> due = [];
        lock (_gate)
        {
            foreach (var login in _logins.Values)
            {
                if (login is { HasSockets: true, Asking: null } && login.AskAgainAt <= now)
                {
                    Mark(login, hasSockets: false);
                    due.Add(login);
                }
                else
                {
                    Forget(login, now);
                }
            }
        }

        // Looked for behind the mark, so that a socket which opens meanwhile has set it again.
        foreach (var login in due.Where(hasSockets))
        {
            Watch(login);
            AskNow(login);
        }
    }

    public void Leave(RememberedLogin login)
    {
        lock (_gate)
        {
            login.Uses--;
            Forget(login, time.GetUtcNow());
        }
    }

    /// <summary>Ends the questions that are under way. Nobody may ask any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        List<Task> asking;
        lock (_gate)
        {
            asking = [.. _logins.Values.Select(login => login.Asking).OfType<Task>()];
        }

        await Task.WhenAll(asking);
        _stopping.Dispose();
        _questions.Dispose();
    }

    /// <summary>The login, who it is, else the question that must be waited for, and whether that is older than this request.</summary>
    private (RememberedLogin Login, CheckedLogin? Known, Task<LoginVerdict>? Asking, bool IsOlder) Enter(CheckQuestion question)
    {
        lock (_gate)
        {
            if (!_logins.TryGetValue(question.Key, out var login))
            {
                _logins.Add(question.Key, login = new RememberedLogin(question));
            }

            login.Uses++;
            return IsFresh(login, time.GetUtcNow()) ? (login, login.Good, null, false)
                : login.Asking is { } asking ? (login, null, asking, true)
                : (login, null, login.Asking = AskAsync(login), false);
        }
    }

    private Task<LoginVerdict> AskNow(RememberedLogin login)
    {
        lock (_gate)
        {
            return login.Asking ??= AskAsync(login);
        }
    }

    private async Task<LoginVerdict> AskAsync(RememberedLogin login)
    {
        // The caller holds the lock.
        await Task.Yield();
        var verdict = new LoginVerdict(await WaitAndAskAsync(login.Question), null);
        var now = time.GetUtcNow();
        if (verdict.Answer is KnownLogin { Person: { } person })
        {
            var ends = now + options.Remember + options.Grace;
            verdict = person.Until <= now ? new LoginVerdict(RefusedLogin.Ended, null)
                : verdict with { Login = confirm(login.Question, person, now, person.Until < ends ? person.Until.Value : ends) };
        }

        var before = login.Good;
        lock (_gate)
        {
            // Without an answer nobody is forgotten: who it was may stay for its grace, and asks again soon.
            login.Good = verdict.Answer is NoAnswer ? before : verdict.Login;
            login.AskAgainAt = now + (verdict.Login is null
                ? TimeSpan.FromSeconds(Math.Clamp(options.Remember.TotalSeconds / 4, 0.5, 10))
                : options.Remember * (0.75 + (0.2 * Random.Shared.NextDouble())));
        }

        try
        {
            if (!_stopping.IsCancellationRequested)
            {
                await answered(login, before, verdict.Answer);
            }
        }
        finally
        {
            lock (_gate)
            {
                login.Asking = null;
                Forget(login, now);
            }
        }

        return verdict;
    }

    private async Task<CheckAnswer> WaitAndAskAsync(CheckQuestion question)
    {
        var begun = time.GetTimestamp();
        using (var deadline = new CancellationTokenSource(options.Timeout, time))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stopping.Token))
        {
            try
            {
                await _questions.WaitAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                return new NoAnswer($"{options.MaxQuestions} questions were under way for all of {options.Timeout.TotalSeconds:0.###} s", "Have it answer faster, or raise MaxQuestions.");
            }
        }

        try
        {
            return await ask(question, options.Timeout - time.GetElapsedTime(begun), _stopping.Token);
        }
        catch (Exception exception)
        {
            // Those who wait must hear of it, and so must the log, whatever it is.
            return new NoAnswer($"asking failed with {exception.GetType().Name}: {exception.Message.TrimEnd('.')}", "Please report this.");
        }
        finally
        {
            _questions.Release();
        }
    }

    private bool IsFresh(RememberedLogin login, DateTimeOffset now) =>
        login.Good is { } good && now < good.AnsweredAt + options.Remember && !(good.Person.Until <= now);

    /// <summary>Under the lock.</summary>
    private void Forget(RememberedLogin login, DateTimeOffset now)
    {
        if (login is { Uses: 0, HasSockets: false, Asking: null } && (!IsFresh(login, now) || _logins.Count - _withSockets > options.MaxRemembered))
        {
            _logins.Remove(login.Question.Key);
        }
    }

    /// <summary>Under the lock.</summary>
    private void Mark(RememberedLogin login, bool hasSockets)
    {
        _withSockets += (hasSockets ? 1 : 0) - (login.HasSockets ? 1 : 0);
        login.HasSockets = hasSockets;
    }
}

/// <summary>A request's hold on what is known of its login.</summary>
internal sealed class LoginLease(RememberedLogins logins, RememberedLogin login, LoginVerdict verdict) : IDisposable
{
    private int _isOver;

    public RememberedLogin Login { get; } = login;

    public LoginVerdict Verdict { get; } = verdict;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
        {
            logins.Leave(Login);
        }
    }
}
