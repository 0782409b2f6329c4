namespace YarpWs.Backend.Connections;

/// <summary>Where an offered frame stands.</summary>
internal enum Place
{
    /// <summary>Behind others, or behind the one that is being sent: whoever sends those sends it too.</summary>
    Waiting,

    /// <summary>In front, and nobody sends: the turn is with who offered it.</summary>
    First,

    /// <summary>Nowhere: too much waits already.</summary>
    TooMuch,

    /// <summary>Nowhere: the outbox takes no more.</summary>
    Closed,
}
