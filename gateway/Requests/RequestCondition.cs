namespace YarpWs.Gateway.Requests;

/// <summary>
/// A condition on a request, written as nginx writes those of its if: <c>$cookie_a</c> (neither empty nor "0"), <c>$request_method = POST</c>, <c>!=</c>,
/// <c>$http_user_agent ~* bot</c>, <c>~</c>, <c>!~</c>, <c>!~*</c>. What is compared with an expression as <c>$uri</c> is the normalized path. <c>-f /srv/closed</c> holds while that file is there,
/// <c>-d</c> asks for a directory, <c>-e</c> for either, and <c>!</c> in front for the contrary. Only what is known of a file changes.
/// </summary>
internal sealed class RequestCondition
{
    private readonly RequestText _value;
    private readonly bool _isPath;
    private readonly bool _isNegated;
    private readonly string? _text;
    private readonly Expression? _expression;

    private RequestCondition(FilePresence file, bool isNegated)
    {
        (File, _isNegated) = (file, isNegated);
        _value = RequestText.Parse("");
    }

    private RequestCondition(string value, string comparison, string text)
    {
        _value = RequestText.Parse(value);
        _isPath = value is "$uri" or "${uri}";
        _isNegated = comparison.StartsWith('!');
        switch (comparison.TrimStart('!'))
        {
            case "=":
                _text = HeaderText.Of(text);
                break;
            case "~" or "~*":
                _expression = Expression.Parse(text, ignoreCase: comparison.EndsWith('*'));
                break;
        }
    }

    /// <summary>The file that it asks for; null where it looks at the request.</summary>
    public FilePresence? File { get; }

    /// <exception cref="FormatException">It is none; the message says what to write.</exception>
    /// <exception cref="ArgumentException">Its expression cannot be read.</exception>
    public static RequestCondition Parse(string text)
    {
        if (text.TrimStart('!') is ['-', 'f' or 'd' or 'e', ' ', .. var path])
        {
            return Path.IsPathFullyQualified(path) && !path.Contains('$', StringComparison.Ordinal)
                ? new RequestCondition(new FilePresence(path, text.TrimStart('!')[1]), text.StartsWith('!'))
                : throw new FormatException($"'{path}' is no whole name of a file; write one that begins with '/', without variables: a client could ask for any file by them.");
        }

        var words = text.Split(' ', 3);
        return words switch
        {
            [['$', ..] value] => new RequestCondition(value, "", ""),
            [['$', ..] value, "=" or "!=" or "~" or "~*" or "!~" or "!~*", var compared] => new RequestCondition(value, words[1], compared),
            _ => throw new FormatException($"'{text}' is no condition; write \"$NAME\", or \"$NAME = TEXT\" with one of =, !=, ~, ~*, !~, !~*, or \"-f /FILE\"."),
        };
    }

    /// <summary>What is wrong with a text; null when nothing is.</summary>
    public static string? FaultOf(string text)
    {
        try
        {
            Parse(text);
            return null;
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
        catch (ArgumentException exception)
        {
            return $"the expression cannot be read: {Expression.FaultIn(exception)}";
        }
    }

    /// <param name="context">The request.</param>
    /// <param name="captures">What the groups of its expression have caught; null where there is none, or the condition is that it does not fit.</param>
    /// <exception cref="System.Text.RegularExpressions.RegexMatchTimeoutException">The expression has taken longer than <see cref="Expression.Deadline"/>.</exception>
    public bool Holds(HttpContext context, out Captures? captures)
    {
        captures = null;
        if (File is not null)
        {
            return File.IsThere != _isNegated;
        }

        if (_expression is null)
        {
            var value = _value.Of(context);
            return _text is null ? value is not ("" or "0") : value == _text != _isNegated;
        }

        var caught = _expression.Match(_isPath ? NormalizedPath.Of(context) : _value.Of(context), _isPath);
        captures = _isNegated ? null : caught;
        return caught is not null != _isNegated;
    }
}
