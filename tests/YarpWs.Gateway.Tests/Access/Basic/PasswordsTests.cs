using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Access.Basic;

namespace YarpWs.Gateway.Tests.Access.Basic;

/// <summary>Users and passwords of a file, as it is now.</summary>
public sealed class PasswordsTests : IDisposable
{
    /// <summary>A hash takes some ten milliseconds: long enough for others to come meanwhile.</summary>
    private const int Cost = 7;

    private static readonly TimeSpan Later = TimeSpan.FromSeconds(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yarpws-passwords-");
    private readonly FakeTimeProvider _time = new();
    private readonly Passwords _passwords;

    public PasswordsTests() => _passwords = new Passwords(_time, NullLogger<Passwords>.Instance);

    private string Name => Path.Combine(_folder.FullName, "htpasswd");

    [Fact]
    public async Task User_IsGood_WithItsPassword_AndNobodyElse()
    {
        var file = Write("# users\nann:{PLAIN}one\n\nbob:{SHA}PDUC6jG3V40qqE4XqHRFLkyoMVM=:a comment\r\n");

        Assert.True(await CheckAsync(file, "ann", "one"));
        Assert.True(await CheckAsync(file, "bob", "secret word"));
        Assert.False(await CheckAsync(file, "ann", "secret word"));
        Assert.False(await CheckAsync(file, "Ann", "one"));
        Assert.False(await CheckAsync(file, "eve", "one"));
    }

    [Fact]
    public async Task EmptyFile_LetsNobodyIn() => Assert.False(await CheckAsync(Write(""), "ann", ""));

    [Fact]
    public async Task Change_HoldsAtTheNextLook_AlsoForAPasswordThatIsRemembered()
    {
        var file = Write("ann:{PLAIN}one");
        Assert.True(await CheckAsync(file, "ann", "one"));

        await File.WriteAllTextAsync(Name, "ann:{PLAIN}another", TestContext.Current.CancellationToken);
        _time.Advance(Later);

        Assert.False(await CheckAsync(file, "ann", "one"));
        Assert.True(await CheckAsync(file, "ann", "another"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("ann")]
    [InlineData("ann:unknown")]
    public async Task File_ThatCannotBeUsedAnyMore_LeavesTheUsers(string? text)
    {
        var file = Write("ann:{PLAIN}one");
        File.Delete(Name);
        if (text is not null)
        {
            await File.WriteAllTextAsync(Name, text, TestContext.Current.CancellationToken);
        }

        _time.Advance(Later);
        Assert.True(await CheckAsync(file, "ann", "one"));

        await File.WriteAllTextAsync(Name, "bob:{PLAIN}two", TestContext.Current.CancellationToken);
        _time.Advance(Later);
        Assert.True(await CheckAsync(file, "bob", "two"));
        Assert.False(await CheckAsync(file, "ann", "one"));
    }

    /// <summary>More than may wait are told to come back, and nobody waits without end.</summary>
    [Fact]
    public async Task Flood_OfWrongPasswords_IsBounded()
    {
        var file = Write($"ann:{BCrypt.Net.BCrypt.HashPassword("one", Cost)}");

        var all = await Task.WhenAll(Enumerable.Range(0, 200).Select(count => CheckAsync(file, "eve", $"guess {count}").AsTask()));

        Assert.DoesNotContain(true, all);
        Assert.Contains(null, all);
        Assert.True(await CheckAsync(file, "ann", "one"));
    }

    [Fact]
    public async Task Client_WhoComesWhileTooManyWait_IsToldWhenToComeAgain()
    {
        var file = Write($"ann:{BCrypt.Net.BCrypt.HashPassword("one", Cost)}");
        var check = new BasicAuth(new BasicAuthOptions(), _passwords, file).Then(_ => Task.CompletedTask);
        var clients = Enumerable.Range(0, 200).Select(count =>
        {
            var client = new DefaultHttpContext();
            client.Request.Headers.Authorization = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"eve:guess {count}"))}";
            return client;
        }).ToList();

        await Task.WhenAll(clients.Select(client => check(client)));

        Assert.All(clients, client => Assert.Equal(client.Response.StatusCode == StatusCodes.Status503ServiceUnavailable ? "1" : "", client.Response.Headers.RetryAfter.ToString()));
        Assert.Contains(clients, client => client.Response.StatusCode == StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Browsers send the password with every request; while others guess, whoever is known waits for none of them.</summary>
    [Fact]
    public async Task Password_ThatWasGood_IsRemembered()
    {
        var file = Write($"ann:{BCrypt.Net.BCrypt.HashPassword("one", Cost)}\nbob:{BCrypt.Net.BCrypt.HashPassword("two", Cost)}");
        Assert.True(await CheckAsync(file, "ann", "one"));
        Assert.True(await CheckAsync(file, "bob", "two"));
        var guesses = Enumerable.Range(0, 60).Select(count => CheckAsync(file, "eve", $"guess {count}").AsTask()).ToList();

        var (again, other) = (CheckAsync(file, "ann", "one").AsTask(), CheckAsync(file, "bob", "two").AsTask());

        Assert.True(again.IsCompletedSuccessfully && other.IsCompletedSuccessfully);
        Assert.True(await again);
        Assert.True(await other);
        await Task.WhenAll(guesses);
    }

    [Theory]
    [InlineData("ann:{PLAIN}one\nbob", "htpasswd:2:1: this is no user; expected NAME:HASH.")]
    [InlineData(":x", "htpasswd:1:1: this is no user; expected NAME:HASH.")]
    [InlineData("ann:rqXexS6ZhobKA", "htpasswd:1:5: the form of this hash is not known; ")]
    public void Fault_NamesTheLine(string text, string fault)
    {
        File.WriteAllText(Name, text);

        Assert.Contains(fault, PasswordFile.FaultOf(Name), StringComparison.Ordinal);
        Assert.DoesNotContain("rqXexS6ZhobKA", PasswordFile.FaultOf(Name), StringComparison.Ordinal);
    }

    [Fact]
    public void File_OfEightMegabytes_IsRead_AndALargerOneIsNot()
    {
        var text = "ann:{PLAIN}one\n#".PadRight(8 << 20, 'x');
        File.WriteAllText(Name, text);
        Assert.Null(PasswordFile.FaultOf(Name));

        File.AppendAllText(Name, "x");
        Assert.EndsWith(": 8388609 bytes; expected at most 8388608.", PasswordFile.FaultOf(Name), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _passwords.Dispose();
        _folder.Delete(recursive: true);
    }

    private PasswordFile Write(string text)
    {
        File.WriteAllText(Name, text);
        return _passwords.Of(Name);
    }

    private ValueTask<bool?> CheckAsync(PasswordFile file, string user, string password) =>
        _passwords.CheckAsync(file, user, Encoding.UTF8.GetBytes(password), TestContext.Current.CancellationToken);
}
