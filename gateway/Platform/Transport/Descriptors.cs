using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace YarpWs.Platform.Transport;

/// <summary>
/// How many descriptors (open files, connections and what else has one) this process may have, and who may take one when few are left. Without a free one the
/// runtime cannot even load what it takes to report an exception, and ends the process; so some are kept back for what must always work: the admin port,
/// Redis, files, and the runtime itself.
/// </summary>
/// <remarks>
/// The system gives the lowest free number, so a new descriptor's number tells how many are in use at the least. Nothing is counted here, and nothing can be
/// counted wrongly.
/// </remarks>
internal sealed class Descriptors
{
    /// <summary>Below this a process is not started: <see cref="Own"/> and <see cref="LeastReserve"/>, and a few clients.</summary>
    public const long Least = 384;

    /// <summary>In use before the first client has come: the runtime holds two for each assembly that is loaded.</summary>
    public const long Own = 300;

    /// <summary>A request of the operator's, a reload of the route files, a broken connection to Redis, and the assemblies that are loaded when something fails for the first time.</summary>
    private const long LeastReserve = 64;

    private const long LargestReserve = 1024;

    /// <summary>RLIMIT_NOFILE of setrlimit(2), on every processor that .NET runs on.</summary>
    private const int OpenFiles = 7;

    /// <summary>Of this process. Where it has no event loops its limit is not known, and nothing is refused.</summary>
    public Descriptors()
        : this(EventLoops.AreSupported ? LimitOfProcess() : long.MaxValue)
    {
    }

    public Descriptors(long limit)
    {
        Limit = limit;
        ForDestinations = limit - (Math.Clamp(limit / 16, LeastReserve, LargestReserve) / 2);
        ForClients = limit - Math.Clamp(limit / 16, LeastReserve, LargestReserve);
    }

    /// <summary>How many there are in all.</summary>
    public long Limit { get; }

    /// <summary>Numbers below this may be a client's connection.</summary>
    public long ForClients { get; }

    /// <summary>Numbers below this may be a connection to a destination: who was let in is to be served.</summary>
    public long ForDestinations { get; }

    /// <summary>How many connections fit that take so many descriptors each, beside what the process needs for itself, and what it was told to take beyond that.</summary>
    public long RoomFor(int descriptorsEach, int beside = 0) => Math.Max(0, ForClients - Own - beside) / descriptorsEach;

    /// <summary>Whether something has failed because no descriptor was left: that is this process's own fault, and says nothing about the other end.</summary>
    public static bool AreShortIn(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a client that was just accepted may stay.</summary>
    public bool HaveRoomForClient(Socket accepted) => accepted.Handle < ForClients;

    /// <summary>Looks whether one more connection to a destination may be opened over this socket, and closes it if not.</summary>
    /// <exception cref="SocketException">None may; <see cref="AreShortIn"/> knows it.</exception>
    public void TakeForDestination(Socket socket)
    {
        if (socket.Handle >= ForDestinations)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TooManyOpenSockets);
        }
    }

    private static long LimitOfProcess()
    {
        Span<ulong> limits = stackalloc ulong[2];
        return GetLimit(OpenFiles, ref limits[0]) == 0 ? (long)Math.Min(limits[0], long.MaxValue) : long.MaxValue;
    }

    [DllImport("libc", EntryPoint = "getrlimit")]
    private static extern int GetLimit(int resource, ref ulong limits);
}
