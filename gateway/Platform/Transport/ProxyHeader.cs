using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.Platform.Transport;

/// <summary>
/// The header of the PROXY protocol, by which a balancer in front says for whom it opened a connection, before anything else on it. Both versions are read, strictly:
/// what two readers could take for two addresses is refused. Both are written.
/// </summary>
internal static class ProxyHeader
{
    /// <summary>The longest line of version 1, with its end.</summary>
    private const int MaxLine = 107;

    /// <summary>The longest header of version 2 that is read: its addresses take 216 bytes at most, and what follows them is passed over.</summary>
    private const int MaxBinary = 4096;

    private const int FixedPart = 16;
    private const int Local = 0x20, Proxied = 0x21;
    private const int Unspecified = 0x00, Tcp4 = 0x11, Tcp6 = 0x21, UnixStream = 0x31;

    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];
    private static readonly byte[] Line = "PROXY "u8.ToArray();

    /// <summary>How much of a connection has to be there at most for a header to be read.</summary>
    public static int MaxBytes => MaxBinary;

    /// <summary>Reads the header at the beginning of a connection.</summary>
    /// <param name="buffer">What has come.</param>
    /// <param name="header">What it says, once it is whole.</param>
    /// <param name="length">How much of the buffer it takes.</param>
    /// <returns>False when more has to come.</returns>
    /// <exception cref="FormatException">It is none, or none that is read here; the message says what is wrong, in words for the operator and without a dot.</exception>
    public static bool TryRead(ReadOnlySequence<byte> buffer, out ProxyHeaderAddresses header, out int length)
    {
        (header, length) = (default, 0);
        Span<byte> head = stackalloc byte[FixedPart];
        var known = (int)Math.Min(buffer.Length, head.Length);
        buffer.Slice(0, known).CopyTo(head);
        head = head[..known];
        if (StartsWith(head, Signature))
        {
            return TryReadBinary(buffer, head, ref header, ref length);
        }

        return StartsWith(head, Line) ? TryReadLine(buffer, ref header, ref length) : throw new FormatException("it sends no header of the PROXY protocol");
    }

    /// <summary>The header for a client; one without addresses for what this process asks itself, or for a client that has none.</summary>
    public static byte[] Write(ProxyProtocolVersion version, IPEndPoint? source, IPEndPoint? destination)
    {
        (source, destination) = SameFamily(source, destination);
        if (version == ProxyProtocolVersion.V1)
        {
            return Encoding.ASCII.GetBytes(source is null || destination is null
                ? "PROXY UNKNOWN\r\n"
                : string.Create(CultureInfo.InvariantCulture, $"PROXY {(source.AddressFamily == AddressFamily.InterNetwork ? "TCP4" : "TCP6")} {source.Address} {destination.Address} {source.Port} {destination.Port}\r\n"));
        }

        if (source is null || destination is null)
        {
            return [.. Signature, Local, Unspecified, 0, 0];
        }

        byte[] addresses = [.. source.Address.GetAddressBytes(), .. destination.Address.GetAddressBytes()];
        byte[] header = [.. Signature, Proxied, (byte)(source.AddressFamily == AddressFamily.InterNetwork ? Tcp4 : Tcp6), 0, (byte)(addresses.Length + 4), .. addresses, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(header.Length - 4), (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(header.Length - 2), (ushort)destination.Port);
        return header;
    }

    private static bool StartsWith(ReadOnlySpan<byte> head, ReadOnlySpan<byte> mark) => head.Length > 0 && head[..Math.Min(head.Length, mark.Length)].SequenceEqual(mark[..Math.Min(head.Length, mark.Length)]);

    private static bool TryReadLine(ReadOnlySequence<byte> buffer, ref ProxyHeaderAddresses header, ref int length)
    {
        Span<byte> line = stackalloc byte[MaxLine];
        line = line[..(int)Math.Min(buffer.Length, MaxLine)];
        buffer.Slice(0, line.Length).CopyTo(line);
        var end = line.IndexOf("\r\n"u8);
        if (end < 0)
        {
            return line.Length < MaxLine ? false : throw new FormatException("its PROXY line has no end");
        }

        length = end + 2;
        var text = Encoding.Latin1.GetString(line[..end]);
        if (text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw new FormatException("its PROXY line holds what is not printable");
        }

        var words = text.Split(' ');
        if (words is [_, "UNKNOWN", ..])
        {
            return true;
        }

        if (words is not [_, "TCP4" or "TCP6", var source, var destination, var sourcePort, var destinationPort])
        {
            throw new FormatException("its PROXY line has not the six words that one has");
        }

        var family = words[1] == "TCP4" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        header = new(new IPEndPoint(AddressOf(source, family), PortOf(sourcePort)), new IPEndPoint(AddressOf(destination, family), PortOf(destinationPort)));
        return true;
    }

    private static bool TryReadBinary(ReadOnlySequence<byte> buffer, ReadOnlySpan<byte> head, ref ProxyHeaderAddresses header, ref int length)
    {
        if (head.Length < FixedPart)
        {
            return false;
        }

        var (command, family, rest) = (head[12], head[13], BinaryPrimitives.ReadUInt16BigEndian(head[14..]));
        if (command is not (Local or Proxied))
        {
            throw new FormatException($"its PROXY header has the version and command 0x{command:X2}, which are none");
        }

        length = FixedPart + rest;
        if (length > MaxBinary)
        {
            throw new FormatException($"its PROXY header is longer than {MaxBinary} bytes");
        }

        if (buffer.Length < length)
        {
            return false;
        }

        if (command == Local)
        {
            // Of the balancer itself, as a probe is. What it says besides does not count.
            return true;
        }

        var size = family switch { Unspecified => 0, Tcp4 => 12, Tcp6 => 36, UnixStream => 216, _ => throw new FormatException($"its PROXY header speaks of the protocol 0x{family:X2}, which is none that streams") };
        if (rest < size)
        {
            throw new FormatException("its PROXY header is too short for its addresses");
        }

        if (family is Tcp4 or Tcp6)
        {
            Span<byte> bytes = stackalloc byte[36];
            bytes = bytes[..size];
            buffer.Slice(FixedPart, size).CopyTo(bytes);
            var address = (size - 4) / 2;
            header = new(
                new IPEndPoint(new IPAddress(bytes[..address]), BinaryPrimitives.ReadUInt16BigEndian(bytes[^4..])),
                new IPEndPoint(new IPAddress(bytes[address..^4]), BinaryPrimitives.ReadUInt16BigEndian(bytes[^2..])));
        }

        return true;
    }

    /// <summary>The platform reads "010.1" as 8.0.0.1 and takes the number of an interface; neither is an address here.</summary>
    private static IPAddress AddressOf(string text, AddressFamily family) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == family
        && (family == AddressFamily.InterNetwork ? address.ToString() == text : !text.AsSpan().ContainsAny('%', '[', '/'))
            ? address
            : throw new FormatException("its PROXY line holds an address that is none");

    private static int PortOf(string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && (text.Length == 1 || text[0] != '0')
            ? port
            : throw new FormatException("its PROXY line holds a port that is none");

    /// <summary>A connection has both ends in one family; a client that came over the other one has both written as IPv6.</summary>
    private static (IPEndPoint? Source, IPEndPoint? Destination) SameFamily(IPEndPoint? source, IPEndPoint? destination)
    {
        (source, destination) = (Plain(source), Plain(destination));
        return source is null || destination is null || source.AddressFamily == destination.AddressFamily
            ? (source, destination)
            : (new(source.Address.MapToIPv6(), source.Port), new(destination.Address.MapToIPv6(), destination.Port));
    }

    private static IPEndPoint? Plain(IPEndPoint? end) => end is { Address.IsIPv4MappedToIPv6: true } ? new(end.Address.MapToIPv4(), end.Port) : end;
}

/// <summary>What a header says; nothing of a connection that is the balancer's own, or whose client has no address.</summary>
/// <param name="Source">The client.</param>
/// <param name="Destination">Where it connected to.</param>
internal readonly record struct ProxyHeaderAddresses(IPEndPoint? Source, IPEndPoint? Destination);

/// <summary>How the PROXY protocol is written.</summary>
internal enum ProxyProtocolVersion
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>A line of text.</summary>
    V1,

    /// <summary>Binary.</summary>
    V2,
}
