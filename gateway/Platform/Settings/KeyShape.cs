using System.Collections;
using System.Reflection;

namespace YarpWs.Platform.Settings;

internal enum KeyKind
{
    /// <summary>One value.</summary>
    Value,

    /// <summary>Values or objects of one shape, without names.</summary>
    List,

    /// <summary>Objects or values of one shape, under any names.</summary>
    Dictionary,

    /// <summary>An object with certain names.</summary>
    Object,

    /// <summary>Anything; another part of the platform reads it.</summary>
    Free,
}

/// <summary>What may stand under a key.</summary>
internal sealed class KeyShape
{
    public static readonly KeyShape Value = new(KeyKind.Value);
    public static readonly KeyShape Anything = new(KeyKind.Free);

    private readonly Dictionary<string, KeyShape> _named = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Of names that were added to an object, what they were made from.</summary>
    private readonly Dictionary<string, Type?> _owners = new(StringComparer.OrdinalIgnoreCase);

    private KeyShape(KeyKind kind) => Kind = kind;

    public KeyKind Kind { get; }

    /// <summary>What a value is read as; text where nothing else is said.</summary>
    public Type Type { get; private init; } = typeof(string);

    /// <summary>The shape of all that a list or dictionary holds.</summary>
    public KeyShape? Each { get; private init; }

    /// <summary>What an object was made from; null where it was written by hand.</summary>
    public Type? Owner { get; private init; }

    public IEnumerable<string> Names => _named.Keys;

    public KeyShape? Child(string name) => Kind == KeyKind.Free ? Anything : _named.GetValueOrDefault(name) ?? Each;

    /// <summary>The type whose property of this name it is; null where it was written by hand.</summary>
    public Type? OwnerOf(string name) => _owners.GetValueOrDefault(name, Owner);

    /// <summary>The same object with the names of another one as well; of two of the same name the other's.</summary>
    public KeyShape With(KeyShape other)
    {
        var both = new KeyShape(KeyKind.Object) { Owner = Owner };
        foreach (var (shape, name) in _named.Keys.Select(name => (this, name)).Concat(other._named.Keys.Select(name => (other, name))))
        {
            both._named[name] = shape._named[name];
            both._owners[name] = shape.OwnerOf(name);
        }

        return both;
    }

    public static KeyShape ListOf(KeyShape shape) => new(KeyKind.List) { Each = shape };

    public static KeyShape DictionaryOf(KeyShape shape) => new(KeyKind.Dictionary) { Each = shape };

    public static KeyShape Named(params (string Name, KeyShape Shape)[] children)
    {
        var shape = new KeyShape(KeyKind.Object);
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
        if (type.IsEnum && type.IsDefined(typeof(FlagsAttribute)) && !type.Namespace!.StartsWith("YarpWs.", StringComparison.Ordinal))
        {
            // A set of flags is written "A, B" in our options and as a list in the proxy's.
            return ListOf(new KeyShape(KeyKind.Value) { Type = type });
        }

        if (type.IsValueType || type == typeof(string) || type == typeof(Uri) || type == typeof(Version))
        {
            return new KeyShape(KeyKind.Value) { Type = type };
        }

        if (type.IsAssignableTo(typeof(IEnumerable)))
        {
            var each = Of(type.GetElementType() ?? type.GetGenericArguments()[^1]);
            return !type.IsArray && type.GetGenericArguments().Length == 2 ? DictionaryOf(each) : ListOf(each);
        }

        var shape = new KeyShape(KeyKind.Object) { Owner = type };
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite && !except.Contains(property.Name)))
        {
            shape._named.Add(property.Name, Of(property.PropertyType));
        }

        return shape;
    }
}
