using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Tests.Import;

public sealed class NginxReaderTests
{
    [Theory]
    [InlineData("a b c;", "a|b|c")]
    [InlineData("a 'b c' \"d;e\";", "a|b c|d;e")]
    [InlineData("a # b\n c;", "a|c")]
    [InlineData("a b#c;", "a|b#c")]
    [InlineData(@"a ""\""x"" '\'y' ""\n\t"" \\z;", "a|\"x|'y|\n\t|\\z")]
    [InlineData(@"a ""^/\d+\.(gif|png)$"" ~\.php$;", @"a ^/\d+\.(gif|png)$ ~\.php$", " ")]
    [InlineData("a ${b}c \"${d}\";", "a|${b}c|${d}")]
    [InlineData("a \"x{2}\" b};", "a|x{2}|b}")]
    public void Words_AreReadAsNginxReadsThem(string text, string words, string between = "|")
    {
        var directive = Assert.Single(NginxReader.Read("a.conf", text));

        Assert.Equal(words.Split(between), directive.Arguments.Prepend(directive.Name));
    }

    [Fact]
    public void Blocks_HoldDirectives_AndKnowTheirLines()
    {
        var server = Assert.Single(NginxReader.Read("a.conf", "\uFEFFserver {\r\n  listen 80;\r\n\r\n  location / { return 200 ''; }\r\n}\r\n"));

        Assert.Equal(["listen 80", "location /"], server.Inner.Select(inner => inner.ToString()));
        Assert.Equal("a.conf:4:3", server.Inner[1].Location.ToString());
        Assert.Equal("return 200 \"\"", Assert.Single(server.Inner[1].Inner).ToString());
    }

    [Theory]
    [InlineData("a b", "a.conf:1:1: the file ends inside of 'a'; expected \";\" or \"{\".")]
    [InlineData("a {\n b;", "a.conf:1:3: this block has no end; expected \"}\".")]
    [InlineData("a;\n}", "a.conf:2:1: unexpected \"}\"; no block is open.")]
    [InlineData("a {\n  b c\n}", "a.conf:3:1: unexpected \"}\"; expected \";\" behind 'c'.")]
    [InlineData("a 'b;\n", "a.conf:1:3: this quote has no end; expected '.")]
    [InlineData("a 'b'c;", "a.conf:1:6: unexpected \"c\" behind a quote; expected a blank.")]
    [InlineData(" ;", "a.conf:1:2: unexpected \";\"; expected a directive.")]
    [InlineData("{ }", "a.conf:1:1: unexpected \"{\"; expected a directive.")]
    public void Fault_IsSaidWithLineAndColumn(string text, string message) =>
        Assert.Equal(message, Assert.Throws<NginxSyntaxException>(() => NginxReader.Read("a.conf", text)).Message);

    [Theory]
    [InlineData("if a { x = 1 }")]
    [InlineData("x = '}' y = \"}\\\"}\"")]
    [InlineData("-- it's }\n x = 1")]
    [InlineData("x = [[ } ' ]] y = [==[ ]] } ]==] --[[ } ]]")]
    public void BlocksOfAnotherLanguage_EndWhereTheirsDo(string lua) =>
        Assert.Equal(["set_by_lua_block", "b"], NginxReader.Read("a.conf", $"set_by_lua_block $pass{{ {lua} }}\nb;").Select(one => one.Name));

    [Fact]
    public void BlocksWithoutEnd_AreRefused_BeforeTheStackIs() => Assert.Throws<NginxSyntaxException>(() => NginxReader.Read("a.conf", string.Concat(Enumerable.Repeat("a {", 100_000))));

    [Fact]
    public void Includes_ArePatterns_RelativeToTheFirstFile_AndNoneIsNoError()
    {
        var directory = Directory.CreateTempSubdirectory("yarpws-nginx-").FullName;
        Directory.CreateDirectory(Path.Combine(directory, "conf.d", "more"));
        File.WriteAllText(Path.Combine(directory, "nginx.conf"), "include conf.d/*.conf;\ninclude none/*.conf;\ninclude gone.conf;");
        File.WriteAllText(Path.Combine(directory, "conf.d", "b.conf"), "b { include conf.d/more/[xy].inc; }");
        File.WriteAllText(Path.Combine(directory, "conf.d", "a.conf"), "a;");
        File.WriteAllText(Path.Combine(directory, "conf.d", "more", "x.inc"), "x;");

        var files = NginxFiles.Read(Path.Combine(directory, "nginx.conf"));

        Assert.Equal(["include", "a", "b", "include", "include"], files.Directives.Select(one => one.Name));
        Assert.Equal(["include", "x"], files.Directives[2].Inner.Select(one => one.Name));
        Assert.Equal([files.Directives[^1]], files.Missing.Keys);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void Dump_IsReadAsTheFilesThatItHolds()
    {
        var directory = Directory.CreateTempSubdirectory("yarpws-dump-");
        var file = Path.Combine(directory.FullName, "all.conf");
        File.WriteAllText(file, """
            # configuration file /etc/nginx/nginx.conf:
            http { include conf.d/*.conf; include snippets/none.conf; }

            # configuration file /etc/nginx/conf.d/b.conf:
            server { return 204; }

            # configuration file /etc/nginx/conf.d/a.conf:

            server { return 200; }

            """);

        var files = NginxFiles.Read(file);
        directory.Delete(recursive: true);

        var servers = Assert.Single(files.Directives).Inner.Where(directive => directive.Name == "server").ToList();
        Assert.Equal([("/etc/nginx/conf.d/a.conf", 2, "200"), ("/etc/nginx/conf.d/b.conf", 1, "204")], servers.Select(server => (server.Location.File, server.Location.Line, server.Inner[0].Argument)));
        Assert.Equal("/etc/nginx/snippets/none.conf is not there", Assert.Single(files.Missing).Value);
    }
}
