namespace YarpWs.Gateway.Settings;

/// <summary>Where something stands in a file; lines and columns count from 1, columns in characters.</summary>
internal sealed record Place(string File, int Line, int Column)
{
    public override string ToString() => $"{File}:{Line}:{Column}";
}
