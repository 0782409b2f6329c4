using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Access.Revocations;

/// <summary>
/// Makes revocations hold on this gateway: every token is asked about from then on, and the sockets that a revoked one opened are closed. A
/// socket that is just being opened is looked at when it is, so none slips through. Any thread may call it at any time.
/// </summary>
internal sealed class Revocations
{
    private readonly RevocationList _list;
    private readonly SocketTable _sockets;

    public Revocations(RevocationList list, SocketTable sockets)
    {
        _list = list;
        _sockets = sockets;
        _sockets.Added += socket => Close(socket, _list.Refuses);
    }

    /// <summary>Returns how many sockets were closed. A revocation that is known closes none: its sockets are closed already.</summary>
    public int Apply(Revocation revocation) => _list.Add(revocation) ? CloseAll(login => _list.Refuses(revocation, login)) : 0;

    /// <summary>The same for many, with one look at the sockets.</summary>
    public int Apply(IEnumerable<Revocation> revocations)
    {
        foreach (var revocation in revocations)
        {
            _list.Add(revocation);
        }

        return CloseAll(_list.Refuses);
    }

    private int CloseAll(Func<Login, bool> isRefused) => _sockets.All.Count(socket => Close(socket, isRefused));

    private static bool Close(LiveSocket socket, Func<Login, bool> isRefused)
    {
        if (socket.IsLeaving || socket.Login is not { } login || !isRefused(login))
        {
            return false;
        }

        socket.Close(SocketClose.LoginRevoked);
        return true;
    }
}
