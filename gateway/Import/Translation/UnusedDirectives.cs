using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>Says what becomes of the directives that nothing was made of: each has a line.</summary>
/// <param name="files">What was read.</param>
/// <param name="report">Where it is told.</param>
internal sealed class UnusedDirectives(NginxFiles files, ImportReport report)
{
    public void Say() => SayTheRest(files.Directives, parent: null);

    private void SayTheRest(IReadOnlyList<Directive> directives, Directive? parent)
    {
        foreach (var directive in directives)
        {
            if (!report.Has(directive))
            {
                SayUnused(directive, parent);
            }

            if (directive.Name is not ("map" or "types" or "geo" or "split_clients" or "charset_map" or "stream" or "mail"))
            {
                SayTheRest(directive.Inner, directive);
            }
        }
    }

    private void SayUnused(Directive directive, Directive? parent)
    {
        var (outcome, why) = directive.Name switch
        {
            "include" when files.Missing.TryGetValue(directive, out var missing) => Path.GetFileName(directive.Argument) == "mime.types"
                ? (ImportOutcome.Changed, $"The platform's own table of types is used ({missing}).")
                : (ImportOutcome.Unsupported, $"{missing}: what it says is not taken over."),
            "include" => (ImportOutcome.Kept, files.Includes.TryGetValue(directive, out var count) ? $"{count} file{(count == 1 ? "" : "s")} read." : "No file fits, which is no error."),
            "stream" or "mail" => (ImportOutcome.Unsupported, "The gateway speaks HTTP alone."),
            "types" => (ImportOutcome.Changed, "The platform's own table of types is used; write others in Files:Types."),
            "map" or "geo" or "split_clients" => (ImportOutcome.Changed, "What follows from the request by a table is not taken over; each directive that uses it says what becomes of it."),
            "limit_req_zone" or "limit_conn_zone" or "limit_req_status" or "limit_conn_status" or "limit_req_dry_run" or "limit_conn_dry_run" => (ImportOutcome.Changed, "Belongs to limit_req and limit_conn, which say what becomes of them."),
            "proxy_set_header" or "add_header" or "allow" or "deny" or "error_page" or "expires" or "proxy_hide_header" or "auth_basic" or "auth_basic_user_file" or "auth_request" or "auth_request_set" => (ImportOutcome.Meaningless, "No location inherits it: each has its own, or answers 501."),
            "default_type" or "index" or "root" or "charset" or "log_not_found" => (ImportOutcome.Meaningless, "No file is answered under it."),
            "upstream" => (ImportOutcome.Meaningless, "No location leads there."),
            "log_format" => (ImportOutcome.Meaningless, "No access_log names it."),
            "access_log" => (ImportOutcome.Meaningless, "No location inherits it."),
            "ssl_certificate" or "ssl_certificate_key" or "ssl_protocols" => (ImportOutcome.Meaningless, "No port speaks TLS with it."),
            "proxy_ssl_verify" => (ImportOutcome.Meaningless, "No destination is asked by TLS under it."),
            _ when parent?.Name == "upstream" => (ImportOutcome.Meaningless, "No location leads there."),
            "absolute_redirect" => (ImportOutcome.Kept, "The server's RelativeRedirects."),
            "port_in_redirect" or "server_name_in_redirect" => (directive.Argument == (directive.Name == "port_in_redirect" ? "on" : "off") ? ImportOutcome.Kept : ImportOutcome.Changed, "Redirects name the host that was asked for, and the port where it is not the usual one."),
            "gzip" or "gzip_types" or "gzip_min_length" or "gzip_comp_level" or "gzip_static" => (ImportOutcome.Meaningless, "Nothing is compressed under it."),
            "client_body_timeout" or "send_timeout" or "proxy_read_timeout" or "proxy_send_timeout" or "proxy_connect_timeout" or "proxy_buffering" or "proxy_request_buffering" or "proxy_next_upstream" or "proxy_redirect"
                or "proxy_intercept_errors" or "client_max_body_size" or "satisfy" => (ImportOutcome.Meaningless, "Nothing is forwarded under it."),
            _ when parent?.Name == "if" => (ImportOutcome.Changed, "Goes with the 'if' around it."),
            _ when KnownDirectives.Meaningless.TryGetValue(directive.Name, out var known) => (ImportOutcome.Meaningless, known),
            _ when KnownDirectives.Changed.TryGetValue(directive.Name, out var changed) => (ImportOutcome.Changed, changed),
            _ when KnownDirectives.Lost.TryGetValue(directive.Name, out var lost) => (ImportOutcome.Unsupported, lost),
            _ when Prefixed(directive.Name) is { } module => module,
            "proxy_pass" or "try_files" or "alias" or "limit_req" or "limit_conn" when parent?.Name is "location" or "if" or "limit_except" => (ImportOutcome.Changed, "The location around it answers 501."),
            _ when KnownDirectives.Handlers.TryGetValue(directive.Name, out var handler) => (ImportOutcome.Unsupported, handler),
            _ => (ImportOutcome.Unsupported, "Not known here; look up what it does, and whether answers need it."),
        };
        report.Say(directive, outcome, why);
    }

    private static (ImportOutcome Outcome, string Why)? Prefixed(string name) =>
        KnownDirectives.Modules.Where(module => name.StartsWith(module.Prefix, StringComparison.Ordinal)).Select(module => ((ImportOutcome, string)?)(module.Outcome, module.Why)).FirstOrDefault();
}
