using Yarp.ReverseProxy.Configuration;

namespace YarpWs.Gateway.Routes.Locations;

/// <summary>Says for an operator why a location was chosen, and why others were not.</summary>
internal static class LocationReasons
{
    public static string Why(LocatedRequest located) => located.Choice is not { } choice
        ? $"No location of server '{located.Server.Id}' fits {located.Path}."
        : $"Location {choice.Location.Text} of server '{located.Server.Id}': "
            + choice.Reason switch
            {
                LocationReason.First => "it is asked before all locations, and its condition holds.",
                LocationReason.Exact => "it names this path, and goes before all others.",
                LocationReason.Slash => $"{located.Path} lacks its last slash alone; the answer is 301 to {choice.Location.Pattern.Text}.",
                LocationReason.Expression => $"it is the first expression that fits {located.Path}, and no '^~' is the longest prefix.",
                _ when choice.Location.Pattern.Kind == LocationKind.FinalPrefix => $"it is the longest prefix of {located.Path}, and its '^~' has no expression asked.",
                _ => $"it is the longest prefix of {located.Path}, and no expression fits.",
            }
            + (located.Route is null ? " None of its routes takes this method." : "");

    /// <summary>Null for a route that is no location.</summary>
    public static string? WhyNot(RouteConfig route, LocatedRequest? located)
    {
        if (RouteLocation.Of(route) is not { } location)
        {
            return located is null ? null : $"server '{located.Server.Id}' takes the request, and this route is no location of it.";
        }

        if (located is null || !location.Id.Equals(located.Server.Id, StringComparison.OrdinalIgnoreCase))
        {
            return $"it is a location of server '{location.Id}', which has not this host on this port.";
        }

        if (location.Location.Length == 0)
        {
            return located.Choice?.Reason == LocationReason.First ? "another route is asked before it, by Order." : $"its condition does not hold: {location.When}.";
        }

        var pattern = LocationPattern.Parse(location.Location);
        var fits = pattern.Kind switch
        {
            LocationKind.Exact => located.Path == pattern.Text,
            LocationKind.Expression => pattern.Expression!.IsMatch(located.Path),
            LocationKind.Named => false,
            _ => located.Path.StartsWith(pattern.Text, StringComparison.Ordinal),
        };
        return (fits, located.Choice) switch
        {
            (false, _) when pattern.Kind == LocationKind.Named => $"{location.Location} is no request's own.",
            (false, _) => $"the path {located.Path} does not fit {location.Location}.",
            (_, { Reason: LocationReason.First }) => "a route is asked before all locations, and its condition holds.",
            (_, { } choice) when choice.Location.Text == location.Location && location.When is { } when => $"its condition does not hold: {when}.",
            (_, null) => $"it stands within '{location.Within}', which does not fit.",
            (_, { } choice) when choice.Location.Text == location.Location && route.Match.Methods is { Count: > 0 } methods => $"the method is none of {string.Join(", ", methods)}.",
            (_, { } choice) when choice.Location.Text == location.Location => "another route of this location names the method, or a condition that holds.",
            (_, { Reason: LocationReason.Exact } choice) => $"{choice.Location.Text} names the path, and goes first.",
            (_, { Reason: LocationReason.Expression } choice) => pattern.Kind == LocationKind.Expression
                ? $"{choice.Location.Text} is asked before it, by Order or because it stands within the longest prefix."
                : $"the expression {choice.Location.Text} fits, and goes before a prefix without '^~'.",
            (_, { Reason: LocationReason.Slash } choice) => $"the path lacks the last slash of {choice.Location.Text} alone, and is led there.",
            (_, { } choice) when pattern.Kind == LocationKind.Expression => $"{choice.Location.Text} is the longest prefix, and its '^~' has no expression asked, or this one stands within another location.",
            (_, { } choice) => $"{choice.Location.Text} is a longer prefix.",
        };
    }
}
