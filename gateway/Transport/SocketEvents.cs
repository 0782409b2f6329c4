namespace YarpWs.Transport;

/// <summary>What has changed about a socket, in the numbers of epoll_ctl(2).</summary>
[Flags]
internal enum SocketEvents : uint
{
    None = 0,
    Readable = 0x1,
    Writable = 0x4,
    Failed = 0x8,
    HungUp = 0x10,

    /// <summary>The peer sends nothing more; what it has sent may still wait to be read.</summary>
    PeerClosed = 0x2000,
}
