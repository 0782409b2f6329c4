using System.Collections;
using System.Reflection;

namespace YarpWs.Gateway.Settings;

/// <summary>Which keys may stand under a key: named ones, any name with one shape (a dictionary or a list), or anything at all.</summary>
internal sealed class KeyShape
{
    public static readonly KeyShape Value = new();
    public static readonly KeyShape Anything = new() { IsFree = true };

    private readonly Dictionary<string, KeyShape> _named = new(StringComparer.OrdinalIgnoreCase);

    public bool IsFree { get; private init; }

    public KeyShape? Each { get; private init; }

    public IEnumerable<string> Names => _named.Keys;

    public KeyShape? Child(string name) => IsFree ? Anything : _named.GetValueOrDefault(name) ?? Each;

    public static KeyShape EachOf(KeyShape shape) => new() { Each = shape };

    public static KeyShape Named(params (string Name, KeyShape Shape)[] children)
    {
        var shape = new KeyShape();
        foreach (var (name, child) in children)
        {
            shape._named.Add(name, child);
        }

        return shape;
    }

    public static KeyShape Values(params string[] names) => Named([.. names.Select(name => (name, Value))]);

    /// <summary>The shape that configuration binding gives a type: its public properties, except those of the names given.</summary>
    public static KeyShape Of(Type type, params string[] except)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsValueType && !type.IsDefined(typeof(FlagsAttribute)) || type == typeof(string) || type == typeof(Uri) || type == typeof(Version))
        {
            return Value;
        }

        if (type.IsEnum)
        {
            // A set of flags is written "A, B" in our options and as a list in the proxy's.
            return EachOf(Value);
        }

        if (type.IsAssignableTo(typeof(IEnumerable)))
        {
            return EachOf(Of(type.GetElementType() ?? type.GetGenericArguments()[^1]));
        }

        return Named([.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite && !except.Contains(property.Name))
            .Select(property => (property.Name, Of(property.PropertyType)))]);
    }
}
