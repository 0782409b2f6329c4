using System.Runtime.InteropServices;
using YarpWs.Platform.Memory;

namespace YarpWs.Platform.Tests.Memory;

public sealed class CLibraryTests
{
    private const int BlockBytes = 16 * 1024;
    private const int Blocks = 16 * 1024;

    [Fact]
    public void Trim_GivesBackWhatLiesBetweenPiecesInUse()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only glibc gives memory back.");
        var blocks = new nint[Blocks];
        for (var i = 0; i < Blocks; i++)
        {
            blocks[i] = Marshal.AllocHGlobal(BlockBytes);
            Touch(blocks[i]);
        }

        for (var i = 0; i < Blocks; i += 2)
        {
            Marshal.FreeHGlobal(blocks[i]);
        }

        var before = Environment.WorkingSet;
        CLibrary.Trim();
        var after = Environment.WorkingSet;

        for (var i = 1; i < Blocks; i += 2)
        {
            Marshal.FreeHGlobal(blocks[i]);
        }

        // Half of it lay between; other tests may take some of it meanwhile.
        Assert.InRange(before - after, Blocks / 8 * BlockBytes, long.MaxValue);
    }

    private static void Touch(nint block)
    {
        for (var at = 0; at < BlockBytes; at += 4096)
        {
            Marshal.WriteByte(block, at, 1);
        }
    }
}
