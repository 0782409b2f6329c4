using System.Buffers;
using Xunit;

namespace YarpWs.Backend.Tests.Node;

/// <summary>Knows which of its buffers are out. One that comes back twice, or is none of its own, fails the test.</summary>
internal sealed class CountingPool : ArrayPool<byte>
{
    private readonly HashSet<byte[]> _out = [];

    public int Out => _out.Count;

    public int Rented { get; private set; }

    public override byte[] Rent(int minimumLength)
    {
        var buffer = new byte[minimumLength];
        _out.Add(buffer);
        Rented++;
        return buffer;
    }

    public override void Return(byte[] array, bool clearArray = false) => Assert.True(_out.Remove(array), "A buffer was returned that is not out.");
}
