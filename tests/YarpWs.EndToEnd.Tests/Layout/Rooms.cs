using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace YarpWs.EndToEnd.Tests.Layout;

/// <summary>The folders of one project and what they refer to, read from its assembly.</summary>
/// <param name="assembly">The project's.</param>
/// <param name="root">The namespace of the project's own folder; what stands there, the composition root, is no room.</param>
internal sealed class Rooms(System.Reflection.Assembly assembly, string root)
{
    private readonly Architecture _architecture = new ArchLoader().LoadAssemblies(assembly).Build();

    /// <summary>Every reference from one room to another: who refers to whom, and by which types, for a message that tells where to look.</summary>
    public IReadOnlyDictionary<(string From, string To), IReadOnlyList<string>> References =>
        _architecture.Types
            .SelectMany(type => type.Dependencies.Select(dependency => (From: RoomOf(type), To: RoomOf(dependency.Target), What: $"{type.Name} -> {dependency.Target.Name}")))
            .Where(reference => reference is { From: not null, To: not null } && reference.From != reference.To)
            .GroupBy(reference => (reference.From!, reference.To!))
            .ToDictionary(group => group.Key, IReadOnlyList<string> (group) => [.. group.Select(reference => reference.What).Distinct().Order()]);

    /// <summary>What types of the composition root the rooms refer to.</summary>
    public IEnumerable<string> ReferencesToTheRoot => _architecture.Types
        .Where(type => RoomOf(type) is not null)
        .SelectMany(type => type.Dependencies)
        .Select(dependency => dependency.Target)
        .Where(target => target.Namespace?.FullName == root)
        .Select(target => target.Name)
        .Distinct();

    /// <summary>What a type refers to, by rooms.</summary>
    public IEnumerable<string> RoomsThatAreKnownTo(string type) => _architecture.Types
        .Single(one => one.FullName == $"{root}.{type}")
        .Dependencies.Select(dependency => RoomOf(dependency.Target))
        .OfType<string>()
        .Distinct();

    /// <summary>A way from a room over others back to itself; null when there is none.</summary>
    public IReadOnlyList<string>? Cycle()
    {
        var known = References.Keys.ToLookup(reference => reference.From, reference => reference.To);
        var finished = new HashSet<string>();
        return known.Select(rooms => Follow([rooms.Key])).FirstOrDefault(cycle => cycle is not null);

        IReadOnlyList<string>? Follow(List<string> way)
        {
            foreach (var next in known[way[^1]])
            {
                if (way.IndexOf(next) is >= 0 and var start)
                {
                    return [.. way[start..], next];
                }

                if (!finished.Contains(next) && Follow([.. way, next]) is { } cycle)
                {
                    return cycle;
                }
            }

            finished.Add(way[^1]);
            return null;
        }
    }

    /// <summary>A room is a folder of the project's, with all that is in it.</summary>
    private string? RoomOf(IType type) => type.Namespace?.FullName is { } name && name.StartsWith(root + ".", StringComparison.Ordinal)
        ? name[(root.Length + 1)..].Split('.')[0]
        : null;
}
