namespace YarpWs.Gateway.Tests.Routes.Checks;

/// <summary>What the check says of a file as a whole, and of routes beside each other.</summary>
public sealed class WholeFileTests
{
    [Theory]
    [InlineData(Place.Whole, "",
        "error: : this is not JSON: the file is empty; write { and }, and the settings between them.")]
    [InlineData(Place.Whole, "[]",
        "error: : the settings are one JSON object; begin the file with { and end it with }.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'Routes': { 'r': { 'ClusterId': 'c'",
        "error: : this is not JSON: the file ends before every { and [ is closed.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': {} }",
        "error: ReverseProxy:Routes: there is no route, so every request would be answered 404; add one, such as \"home\": { \"ClusterId\": \"backend\", \"Match\": { \"Path\": \"/{**rest}\" } }.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } }, 'r': {} }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: ReverseProxy:Routes:r: stands here for the second time, first in line 1; keep one.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } }, 'R': {} }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: ReverseProxy:Routes:R: differs from 'r' in line 1 in case alone, which does not count; rename or remove one.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'Routes': { 'r:1': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: ReverseProxy:Routes:r:1: a name cannot hold a colon, which divides the parts of a key; write a dot or another character.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } }, 'spare': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "warning: ReverseProxy:Clusters:spare: no route names this cluster as its ClusterId; remove it, or add the route.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } } } }",
        "error: ReverseProxy:Routes:r:ClusterId: no cluster 'c'; expected one defined in ReverseProxy:Clusters.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'Routes': { 'one': { 'ClusterId': 'c', 'Match': { 'Path': '/x/{a}' } }, 'two': { 'ClusterId': 'c', 'Match': { 'Path': '/X/{b}' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: ReverseProxy:Routes:two:Match:Path: matches the same requests as 'one', which would be answered 500; remove one, or give them different Order, Hosts or Methods.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'Routes': { 'all': { 'ClusterId': 'c', 'Order': -1, 'Match': { 'Path': '/{**rest}' } }, 'one': { 'ClusterId': 'c', 'Match': { 'Path': '/x/{a}' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "warning: ReverseProxy:Routes:one:Match:Path: is never matched: 'all' takes all of /{**rest} first, by Order -1 before 0; give this one a lower Order.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'Routes': { 'app': { 'ClusterId': 'c', 'Order': -1, 'Match': { 'Path': '/App/v1/{**rest}' } }, 'one': { 'ClusterId': 'c', 'Match': { 'Path': '/app/v1/{a}/b' } }, 'two': { 'ClusterId': 'c', 'Match': { 'Path': '/app/v2/{a}' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "warning: ReverseProxy:Routes:one:Match:Path: is never matched: 'app' takes all of /App/v1/{**rest} first, by Order -1 before 0; give this one a lower Order.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'Routes': { 'all': { 'ClusterId': 'c', 'Order': 1, 'Match': { 'Path': '/{**rest}' } }, 'a': { 'ClusterId': 'c', 'Order': 2, 'Match': { 'Path': '/A/{**rest}' } }, 'ab': { 'ClusterId': 'c', 'Order': 3, 'Match': { 'Path': '/a/b' } }, 'c': { 'ClusterId': 'c', 'Match': { 'Path': '/c/{**rest}' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        """
        warning: ReverseProxy:Routes:a:Match:Path: is never matched: 'all' takes all of /{**rest} first, by Order 1 before 2; give this one a lower Order.
        warning: ReverseProxy:Routes:ab:Match:Path: is never matched: 'all' takes all of /{**rest} first, by Order 1 before 3; give this one a lower Order.
        """)]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'Routes': { 'a': { 'ClusterId': 'c', 'Match': { 'Path': '/x/{a}', 'Hosts': [ 'a', 'b' ], 'Methods': [ 'GET', 'PUT' ] } }, 'b': { 'ClusterId': 'c', 'Match': { 'Path': '/x/{b}', 'Hosts': [ 'B' ], 'Methods': [ 'POST' ] } }, 'c': { 'ClusterId': 'c', 'Match': { 'Path': '/x/{c}', 'Hosts': [ 'c', 'b' ], 'Methods': [ 'post', 'put' ] } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: ReverseProxy:Routes:c:Match:Path: matches the same requests as 'a', which would be answered 500; remove one, or give them different Order, Hosts or Methods.")]
    [InlineData(Place.Destination, "'Address': 'http://a:1', 'Metadata': { 'Weight:1': '2' }",
        "error: ReverseProxy:Clusters:c:Destinations:a:Metadata:Weight:1: a name cannot hold a colon, which divides the parts of a key; write a dot or another character.")]
    [InlineData(Place.Cluster, "'Destinations': { '10.0.0.1:80': { 'Address': 'http://10.0.0.1:80' } }",
        "error: ReverseProxy:Clusters:c:Destinations:10.0.0.1:80: a name cannot hold a colon, which divides the parts of a key; write a dot or another character.")]
    public void FileThatIsWrong_IsNamed_WithWhatToDo(Place place, string text, string expected) => Assert.Equal(expected, Diagnosis.Of(place, text));
}
