using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using YarpWs.Gateway.Content;

namespace YarpWs.Gateway.Tests.Content;

/// <summary>What a client is given of a directory, and what it never is.</summary>
public sealed class FileTreeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yarpws-tree-");

    public FileTreeTests()
    {
        Directory.CreateDirectory(At("root/sub"));
        File.WriteAllText(At("root/a.txt"), "a");
        File.WriteAllText(At("root/sub/b.txt"), "b");
        File.WriteAllText(At("secret.txt"), "secret");
        Directory.CreateDirectory(At("root2"));
        File.WriteAllText(At("root2/c.txt"), "c");
    }

    [Theory]
    [InlineData("/a.txt", "a.txt")]
    [InlineData("//sub///b.txt", "sub/b.txt")]
    [InlineData("/", "")]
    [InlineData("/sub/", "sub")]
    [InlineData("/.well-known/acme-challenge/x", ".well-known/acme-challenge/x")]
    public void Path_IsBrokenIntoNames(string path, string names) => Assert.Equal(names, Tree().Normalize(path));

    [Theory]
    [InlineData("/../secret.txt")]
    [InlineData("/sub/../../secret.txt")]
    [InlineData("/./a.txt")]
    [InlineData("/a\0.txt")]
    [InlineData("/sub%2F..%2Fsecret")]
    [InlineData("/sub%2fb.txt")]
    [InlineData("/.git/config")]
    [InlineData("/sub/.htpasswd")]
    [InlineData("/.well-known/.hidden")]
    public void Path_ThatIsNeverAClients_IsNone(string path) => Assert.Null(Tree().Normalize(path));

    [Fact]
    public void DotFiles_AreThere_WhereTheyMayBe() => Assert.Equal(".git/config", Tree(dotFiles: true).Normalize("/.git/config"));

    [Theory]
    [InlineData("a.txt", "Found")]
    [InlineData("sub/b.txt", "Found")]
    [InlineData("sub", "Directory")]
    [InlineData("", "Directory")]
    [InlineData("none.txt", "Missing")]
    [InlineData("a.txt/b", "Missing")]
    public void Name_IsWhatItIs(string name, string outcome) => Assert.Equal(outcome, Open(Tree(), name).ToString());

    [Fact]
    public void Name_ThatIsTooLong_IsMissing() => Assert.Equal(FileOutcome.Missing, Open(Tree(), new string('a', 5_000)));

    [Theory]
    [InlineData("Inside", "Found")]
    [InlineData("Anywhere", "Found")]
    [InlineData("None", "Missing")]
    public void Link_ThatEndsInside_IsFollowedUnlessNoneIs(string links, string outcome)
    {
        File.CreateSymbolicLink(At("root/absolute.txt"), At("root/a.txt"));
        File.CreateSymbolicLink(At("root/relative.txt"), "sub/b.txt");

        Assert.Equal(outcome, Open(Tree(Enum.Parse<FileLinks>(links)), "absolute.txt").ToString());
        Assert.Equal(outcome, Open(Tree(Enum.Parse<FileLinks>(links)), "relative.txt").ToString());
    }

    /// <summary>A sibling whose name begins with the root's name is outside as well.</summary>
    [Theory]
    [InlineData("secret.txt", "link.txt", "link.txt")]
    [InlineData("root2", "link", "link/c.txt")]
    [InlineData("/etc", "link", "link/passwd")]
    [InlineData("/proc/self", "link", "link/environ")]
    public void Link_ThatLeadsOutside_IsFollowedOnlyWhereItMay(string target, string link, string name)
    {
        File.CreateSymbolicLink(At($"root/{link}"), Path.IsPathRooted(target) ? target : At(target));

        Assert.Equal(FileOutcome.Missing, Open(Tree(), name));
        Assert.Equal(FileOutcome.Missing, Open(Tree(FileLinks.None), name));
        Assert.Equal(FileOutcome.Found, Open(Tree(FileLinks.Anywhere), name));
    }

    [Fact]
    public void Links_ThatLeadInACircle_AreMissing()
    {
        File.CreateSymbolicLink(At("root/one"), At("root/two"));
        File.CreateSymbolicLink(At("root/two"), At("root/one"));

        Assert.Equal(FileOutcome.Missing, Open(Tree(), "one"));
    }

    [Fact]
    public void Root_MayBeALink_WhichIsFollowedAnew()
    {
        File.CreateSymbolicLink(At("current"), At("root"));
        var tree = new FileTree(At("current"), FileLinks.None, dotFiles: false);
        Assert.Equal(FileOutcome.Found, Open(tree, "a.txt"));

        File.Delete(At("current"));
        File.CreateSymbolicLink(At("current"), At("root2"));

        Assert.Equal(FileOutcome.Missing, Open(tree, "a.txt"));
        Assert.Equal(FileOutcome.Found, Open(tree, "c.txt"));
    }

    /// <summary>It would keep a thread until somebody writes to it.</summary>
    [Fact]
    public async Task Pipe_IsMissing_AndNotWaitedFor()
    {
        using var made = Process.Start("mkfifo", At("root/pipe"));
        await made.WaitForExitAsync(Deadline.Token());

        Assert.Equal(FileOutcome.Missing, await Task.Run(() => Open(Tree(), "pipe"), Deadline.Token()).WaitAsync(Deadline.Token()));
    }

    /// <summary>Whoever may write below the root swaps a directory for a link all the while; nobody ever gets what stands outside.</summary>
    [Fact]
    public async Task Directory_ThatBecomesALink_NeverLeadsOutside()
    {
        File.WriteAllText(At("root/sub/secret.txt"), "good");
        Directory.CreateDirectory(At("outside"));
        File.WriteAllText(At("outside/secret.txt"), "bad");
        File.CreateSymbolicLink(At("root/evil"), At("outside"));
        using var stop = new CancellationTokenSource();
        var swapping = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Directory.Move(At("root/sub"), At("root/good"));
                Directory.Move(At("root/evil"), At("root/sub"));
                Directory.Move(At("root/sub"), At("root/evil"));
                Directory.Move(At("root/good"), At("root/sub"));
            }
        }, CancellationToken.None);

        var (tree, found) = (Tree(), 0);
        for (var asked = 0; asked < 20_000; asked++)
        {
            if (tree.Open("sub/secret.txt", out var handle) == FileOutcome.Found)
            {
                found++;
                Assert.Equal("good", Text(handle!));
            }
        }

        await stop.CancelAsync();
        await swapping;
        Assert.NotEqual(0, found);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Text(SafeFileHandle handle)
    {
        using var reader = new StreamReader(new FileStream(handle, FileAccess.Read));
        return reader.ReadToEnd();
    }

    private static FileOutcome Open(FileTree tree, string name)
    {
        var outcome = tree.Open(name, out var handle);
        Assert.Equal(outcome == FileOutcome.Found, handle is not null);
        handle?.Dispose();
        return outcome;
    }

    private FileTree Tree(FileLinks links = FileLinks.Inside, bool dotFiles = false) => new(At("root"), links, dotFiles);

    private string At(string name) => Path.Combine(_folder.FullName, name);
}
