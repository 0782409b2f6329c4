using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Gateway.Telemetry.AccessLogs;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Tests.Telemetry.AccessLogs;

/// <summary>A file of lines under the hands of those who rotate it.</summary>
public sealed class LogFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yarpws-log-");
    private readonly CollectedLog _log = new();
    private long _lost;

    private string Path => System.IO.Path.Combine(_folder.FullName, "access.log");

    private string Rotated => Path + ".1";

    [Fact]
    public void RenamedFile_IsOpenedAnew_AndWhatWasWrittenStays()
    {
        using var file = Open();
        file.Write("1\n"u8);

        File.Move(Path, Rotated);
        file.Write("2\n"u8);

        Assert.Equal(("1\n", "2\n"), (File.ReadAllText(Rotated), File.ReadAllText(Path)));
    }

    [Fact]
    public void RenamedFile_WithANewOneInItsPlace_GoesOnInThatOne()
    {
        using var file = Open();
        file.Write("1\n"u8);

        File.Move(Path, Rotated);
        File.WriteAllText(Path, "0\n");
        file.Write("2\n"u8);

        Assert.Equal(("1\n", "0\n2\n"), (File.ReadAllText(Rotated), File.ReadAllText(Path)));
    }

    [Fact]
    public void CutFile_GoesOnFromItsNewEnd_WithoutAHole()
    {
        using var file = Open();
        file.Write("1\n"u8);

        File.Copy(Path, Rotated);
        File.WriteAllText(Path, "");
        file.Write("2\n"u8);

        Assert.Equal(("1\n", "2\n"), (File.ReadAllText(Rotated), File.ReadAllText(Path)));
    }

    [Fact]
    public void FileThatWasTakenAway_IsMadeAnew()
    {
        using var file = Open();
        file.Write("1\n"u8);

        File.Delete(Path);
        file.Write("2\n"u8);

        Assert.Equal("2\n", File.ReadAllText(Path));
    }

    [Fact]
    public void TwoWriters_DoNotWriteOverEachOther()
    {
        using var before = Open();
        using var after = Open();

        before.Write("1\n"u8);
        after.Write("2\n"u8);
        before.Write("3\n"u8);

        Assert.Equal("1\n2\n3\n", File.ReadAllText(Path));
    }

    [Fact]
    public async Task LinesThatCannotBeWritten_AreCounted_SaidOnce_AndTheNextOnesAreWritten()
    {
        using var file = Open();
        _folder.Delete(recursive: true);

        file.Write("1\n2\n"u8);
        file.Write("3\n"u8);
        _folder.Create();
        file.Write("4\n"u8);

        Assert.Equal(3, _lost);
        Assert.Equal("4\n", File.ReadAllText(Path));
        Assert.Contains(Path, await _log.ExpectAsync(1007), StringComparison.Ordinal);
        Assert.EndsWith("3 lines were lost.", await _log.ExpectAsync(1008), StringComparison.Ordinal);
    }

    [Fact]
    public void FileThatCannotBeOpened_IsNamedByItsKey()
    {
        using var file = new LogFile(_folder.FullName, "AccessLogs:Logs:main:File", _ => { }, NullLogger.Instance);

        var exception = Assert.Throws<InvalidSettingException>(file.OpenOrThrow);

        Assert.Equal("AccessLogs:Logs:main:File", exception.Key);
    }

    [Fact]
    public void File_IsForItsOwnerAndGroupAlone()
    {
        using var file = Open();

        if (OperatingSystem.IsLinux())
        {
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite));
        }
    }

    public void Dispose()
    {
        _log.Dispose();
        _folder.Delete(recursive: true);
    }

    private LogFile Open()
    {
        var file = new LogFile(Path, "AccessLogs:Logs:main:File", lines => _lost += lines, _log.CreateLogger("YarpWs.Gateway.Telemetry.AccessLogs.NamedLogs"));
        file.OpenOrThrow();
        return file;
    }
}
