using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Cluster;

/// <summary>A real nginx, which writes nowhere but in the folder of the test that started it.</summary>
internal sealed class NginxProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private NginxProcess(ChildProcess process) => _process = process;

    /// <summary>Starts one, or skips the test where none is installed.</summary>
    /// <param name="folder">Where it works.</param>
    /// <param name="conf">Its whole configuration, with <see cref="TemporaryPaths"/> in its http block.</param>
    public static async Task<NginxProcess> StartAsync(string folder, string conf)
    {
        var program = Requirements.Find("nginx", "nginx");
        var file = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(file, conf);
        return new NginxProcess(ChildProcess.Start(program, ["-p", folder, "-c", file, "-g", $"daemon off; pid {folder}/pid; error_log stderr;"], folder, []));
    }

    /// <summary>Directives for what else goes to the directories of its package.</summary>
    public static string TemporaryPaths(string folder) =>
        $"client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;";

    public Task WaitUntilAsync(Func<CancellationToken, Task<bool>> answers) => Eventually.IsAsync(answers, "nginx to answer", Deadline.Length, () => _process.Output);

    /// <summary>Has it end, with all that it has to write.</summary>
    public async Task StopAsync()
    {
        _process.Stop();
        await _process.WaitForExitAsync(Deadline.Length);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _process.DisposeAsync();
    }
}
