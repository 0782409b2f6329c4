using System.Net;

namespace YarpWs.Platform.Transport;

/// <summary>
/// An address whose connections are served in the thread pool by ASP.NET Core's own transport, and never in an event loop: for who may ask for things that take long,
/// as operators do who list all sockets or have a large file checked.
/// </summary>
internal sealed class PooledEndPoint(IPAddress address, int port) : IPEndPoint(address, port);
