namespace YarpWs.Gateway.Access;

/// <summary>How many of the rules of a route have to let in, as nginx's satisfy says.</summary>
internal enum Satisfy
{
    /// <summary>All that are asked.</summary>
    All,

    /// <summary>The client's address, or else its login.</summary>
    Any,
}
