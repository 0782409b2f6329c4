using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>Starts nginx with settings of the benchmark's own, in a folder of its own: one worker for each processor, access log on.</summary>
internal static class Nginx
{
    private const string PlainModules = "";

    private static readonly string? Program = Executables.Find("nginx");

    public static string? Absence => Program is null ? "nginx is not installed (apt-get install nginx)" : null;

    public static string Version => Program is null ? "absent" : Executables.FirstLineOf(Program, "-v").Split(": ")[^1];

    /// <summary>Starts one with this inside its block <c>http</c>, and with these directives <c>load_module</c>.</summary>
    public static async Task<ServerProcess> StartAsync(string name, Scratch scratch, int port, string http, string modules = PlainModules)
    {
        var folder = scratch.NewFolder(name);
        Directory.CreateDirectory(Path.Combine(folder, "tmp"));
        var user = Environment.IsPrivilegedProcess ? "user root;" : "";
        await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"), $$"""
            {{modules}}
            {{user}}
            daemon off;
            worker_processes auto;
            worker_rlimit_nofile {{Limits.OpenFiles}};
            pid nginx.pid;
            error_log error.log error;

            events {
                worker_connections {{Limits.OpenFiles}};
            }

            http {
                access_log access.log;
                client_body_temp_path tmp/body;
                proxy_temp_path tmp/proxy;
                fastcgi_temp_path tmp/fastcgi;
                uwsgi_temp_path tmp/uwsgi;
                scgi_temp_path tmp/scgi;
                keepalive_requests 1000000000;
                keepalive_timeout 1h;
                {{http}}
            }
            """);
        var process = scratch.Start(name, folder, [Program!, "-e", "error.log", "-p", folder + "/", "-c", "nginx.conf"]);
        await process.WaitForPortAsync(port);
        return process;
    }
}
