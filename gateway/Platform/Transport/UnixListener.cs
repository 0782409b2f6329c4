using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Win32.SafeHandles;

namespace YarpWs.Platform.Transport;

/// <summary>Binds Unix sockets to their files. At no moment may more connect than its mode says, and a file that a process has left behind which is gone is no obstacle.</summary>
internal sealed class UnixListener
{
    /// <summary>This user and this group.</summary>
    public const UnixFileMode DefaultMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private readonly ConcurrentDictionary<string, UnixFileMode> _modes = new(StringComparer.Ordinal);

    /// <summary>Who may connect to the socket of a path; <see cref="DefaultMode"/> where nothing is said.</summary>
    public void SetMode(string path, UnixFileMode mode) => _modes[path] = mode;

    /// <exception cref="AddressInUseException">Another process listens there, or the file is no socket.</exception>
    /// <exception cref="SocketException">The address cannot be had.</exception>
    public Socket Bind(UnixDomainSocketEndPoint endpoint)
    {
        var path = endpoint.ToString();
        try
        {
            return BindOnce(endpoint, path);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            if (!IsLeftBehind(endpoint, path))
            {
                throw new AddressInUseException(exception.Message, exception);
            }

            File.Delete(path);
            return BindOnce(endpoint, path);
        }
    }

    private Socket BindOnce(UnixDomainSocketEndPoint endpoint, string path)
    {
        var mode = _modes.GetValueOrDefault(path, DefaultMode);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // The file gets the mode of the socket less the umask (unix(7)): never more than is said, and all of it once it is bound.
            if (!OperatingSystem.IsWindows())
            {
                using var handle = new SafeFileHandle(socket.Handle, ownsHandle: false);
                File.SetUnixFileMode(handle, mode);
            }

            socket.Bind(endpoint);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, mode);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether the file is a socket on which nobody listens any more. Any other file is left alone.</summary>
    private static bool IsLeftBehind(EndPoint endpoint, string path)
    {
        if (File.GetAttributes(path).HasFlag(FileAttributes.Directory))
        {
            return false;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(endpoint);
            return false;
        }
        catch (SocketException exception)
        {
            // Of a file of another kind connect(2) says the same.
            return exception.SocketErrorCode == SocketError.ConnectionRefused && new FileInfo(path) is { LinkTarget: null, Length: 0 } && !IsRegular(path);
        }
    }

    private static bool IsRegular(string path)
    {
        try
        {
            // A socket cannot be opened (ENXIO).
            using var file = File.OpenHandle(path);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
