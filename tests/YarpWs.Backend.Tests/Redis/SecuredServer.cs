using StackExchange.Redis;

namespace YarpWs.Tests.Redis;

/// <summary>A redis-server as production runs it: with a password, users of their own, a bound of memory, or TLS.</summary>
public sealed class SecuredServer : RedisUnderTest
{
    private readonly string _login;

    /// <param name="login">What a connection string adds to the address, such as <c>password=…</c>.</param>
    /// <param name="arguments">More that it is started with.</param>
    public SecuredServer(string login, params string[] arguments)
    {
        _login = login;
        Process = new RedisProcess(server => [.. Ports(server), "--save", "", "--appendonly", "no", .. arguments])
        {
            Login = ConfigurationOptions.Parse($"a:1,{login}"),
        };
        Process.Login.EndPoints.Clear();
    }

    public RedisProcess Process { get; }

    public override string Configuration => $"127.0.0.1:{Process.Port},{_login}";

    public override Task StartAsync() => Process.StartAsync();

    public override Task KillAsync() => Process.KillAsync();

    public override async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>Everything over TLS, where the login says so.</summary>
    private string[] Ports(RedisProcess server) => _login.Contains("ssl=true", StringComparison.Ordinal)
        ? ["--port", "0", "--tls-port", $"{server.Port}"]
        : ["--port", $"{server.Port}"];
}
