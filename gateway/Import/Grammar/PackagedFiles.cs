namespace YarpWs.Gateway.Import.Grammar;

/// <summary>What stands in files that nginx's packages and certbot put beside a configuration, where such a file is named and cannot be read: one is imported on another machine.</summary>
internal static class PackagedFiles
{
    private static readonly Dictionary<string, string> ByName = new(StringComparer.Ordinal)
    {
        ["proxy_params"] = """
            proxy_set_header Host $http_host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            """,
        ["options-ssl-nginx.conf"] = """
            ssl_session_cache shared:le_nginx_SSL:10m;
            ssl_session_timeout 1440m;
            ssl_session_tickets off;
            ssl_protocols TLSv1.2 TLSv1.3;
            ssl_prefer_server_ciphers off;
            """,
        ["fastcgi_params"] = "",
        ["fastcgi.conf"] = "",
        ["uwsgi_params"] = "",
        ["scgi_params"] = "",
    };

    /// <summary>Null for a file that is none of these.</summary>
    public static string? Find(string file) => ByName.GetValueOrDefault(Path.GetFileName(file));
}
