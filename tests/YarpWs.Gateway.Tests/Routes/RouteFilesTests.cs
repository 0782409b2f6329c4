using YarpWs.Gateway.Routes.Text;

namespace YarpWs.Gateway.Tests.Routes;

public sealed class RouteFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("yarpws-files-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Read_OfWhatHasNotChanged_ReturnsTheSameText()
    {
        var files = new RouteFiles(Save("gateway.json", "{}"), Directory.CreateDirectory(Path.Combine(_directory, "routes")).FullName);
        Save("routes/a.json", "a");
        Save("routes/b.json", "b");
        var before = files.Read();

        var same = files.Read();
        Save("routes/b.json", "c");
        var after = files.Read();

        Assert.Same(before, same);
        Assert.NotEqual(before.Hash, after.Hash);
        Assert.Equal(["{}", "a", "c"], after.Files.Select(file => System.Text.Encoding.UTF8.GetString(file.Text)));
        Assert.Same(before.Files[1], after.Files[1]);
    }

    [Fact]
    public void Read_AfterAFileWasMissing_ReturnsWhatWasThereBefore()
    {
        var files = new RouteFiles(Save("gateway.json", "{}"), directory: null);
        var before = files.Read();

        File.Delete(Path.Combine(_directory, "gateway.json"));
        var missing = files.Read();
        Save("gateway.json", "{}");

        Assert.NotNull(missing.Fault);
        Assert.Equal(before.Hash, files.Read().Hash);
    }

    [Fact]
    public void Read_OfAFileThatTookAnothersPlace_ReadsIt()
    {
        var files = new RouteFiles(Save("gateway.json", "{}"), _directory);
        Save("a.json", "same");
        var before = files.Read();

        File.Move(Path.Combine(_directory, "a.json"), Path.Combine(_directory, "b.json"));
        var after = files.Read();

        Assert.Equal(Path.Combine(_directory, "b.json"), after.Files[1].Name);
        Assert.NotEqual(before.Hash, after.Hash);
    }

    [Fact]
    public void ReadWith_WhereTheSettingsFileIsGone_HasThoseOfTheDirectory()
    {
        var files = new RouteFiles(Path.Combine(_directory, "gateway.json"), _directory);
        Save("more.json", "more");

        var text = files.ReadWith("{}"u8.ToArray());

        Assert.Equal((null, 2), (text.Fault, text.Files.Count));
    }

    [Fact]
    public void Read_PassesOverHiddenFiles_AndTakesTheSettingsFileOnce()
    {
        var files = new RouteFiles(Save("gateway.json", "{}"), _directory);
        Save(".a.json", "an editor's");
        Save("a.json", "a");

        Assert.Equal(["gateway.json", "a.json"], files.Read().Files.Select(file => Path.GetFileName(file.Name)));
    }

    [Fact]
    public void DirectoryThatIsGone_IsNamed_AndNeverTakenForAnEmptyOne()
    {
        var directory = Path.Combine(_directory, "routes");
        var files = new RouteFiles(Save("gateway.json", "{}"), directory);

        Assert.StartsWith("no such directory", files.Read().Fault?.Message, StringComparison.Ordinal);
        Assert.Equal(directory, files.ReadWith("{}"u8.ToArray()).Fault?.File);
    }

    private string Save(string name, string text)
    {
        var file = Path.Combine(_directory, name);
        File.WriteAllText(file, text);
        return file;
    }
}
