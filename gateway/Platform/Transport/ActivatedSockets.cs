using System.Globalization;
using System.Net.Sockets;

namespace YarpWs.Platform.Transport;

/// <summary>The sockets that systemd listens on and has passed to this process (sd_listen_fds(3)): it can be started by its first client, and restarted without one being refused.</summary>
internal sealed class ActivatedSockets
{
    /// <summary>SD_LISTEN_FDS_START.</summary>
    private const int First = 3;

    private static readonly string[] Variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"];

    private readonly Lock _gate = new();
    private readonly List<(string Name, int Descriptor)> _sockets = [];

    /// <summary>Takes over what there is, and takes the variables out, so that no process started from here takes it for its own.</summary>
    public ActivatedSockets()
        : this(Environment.GetEnvironmentVariable, Environment.ProcessId)
    {
        if (_sockets.Count > 0)
        {
            Array.ForEach(Variables, variable => Environment.SetEnvironmentVariable(variable, null));
        }
    }

    public ActivatedSockets(Func<string, string?> variable, int process)
    {
        if (variable(Variables[0]) == process.ToString(CultureInfo.InvariantCulture) && int.TryParse(variable(Variables[1]), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            var names = (variable(Variables[2]) ?? "").Split(':');
            for (var index = 0; index < count; index++)
            {
                _sockets.Add((index < names.Length && names[index].Length > 0 ? names[index] : "unknown", First + index));
            }
        }
    }

    /// <summary>The names of those that nobody has taken yet: <c>FileDescriptorName=</c> of the .socket unit, or its own name.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
            {
                return [.. _sockets.Select(socket => socket.Name)];
            }
        }
    }

    /// <summary>A listening socket of this name, which belongs to the caller; null when there is none, or none any more.</summary>
    /// <exception cref="SocketException">It is no socket.</exception>
    public Socket? Take(string name)
    {
        lock (_gate)
        {
            var index = _sockets.FindIndex(socket => socket.Name == name);
            if (index < 0)
            {
                return null;
            }

            var descriptor = _sockets[index].Descriptor;
            _sockets.RemoveAt(index);
            return new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        }
    }
}
