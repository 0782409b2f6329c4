using System.Collections.Frozen;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>Directives that no setting comes of, and why.</summary>
internal static class KnownDirectives
{
    private const string Process = "The process takes what it needs; its user, its limits and its restarts are the service manager's.";
    private const string Kernel = "The transport does by itself what this asks of the kernel.";
    private const string Tables = "No table here has to be sized.";
    private const string OwnLog = "Log lines go to standard output, levels and categories under Logging; the service manager keeps them.";
    private const string NoBuffers = "What passes is not kept in buffers of a size of their own; routes that buffer say so by Bodies.BufferAnswers and Bodies.BufferRequests.";
    private const string TlsSessions = "The platform resumes TLS sessions by itself.";
    private const string Connections = "Connections to destinations are kept open and shared anyway.";
    private const string Resolver = "Names are asked of the system's resolver, and asked again every Connections.NameLifetime.";
    private const string CacheDetail = "Belongs to a cache, and no location under it has one.";

    /// <summary>Nothing is lost without them.</summary>
    public static readonly FrozenDictionary<string, string> Meaningless = Of(
        (Process, "user worker_processes worker_cpu_affinity worker_priority worker_rlimit_nofile worker_rlimit_core worker_shutdown_timeout pid daemon master_process env lock_file working_directory pcre_jit thread_pool timer_resolution load_module"),
        ("Edge:MaxConnections is the limit here.", "events worker_connections multi_accept use accept_mutex accept_mutex_delay debug_connection"),
        (Kernel, "sendfile sendfile_max_chunk tcp_nopush tcp_nodelay aio aio_write directio directio_alignment postpone_output output_buffers reset_timedout_connection lingering_close lingering_time lingering_timeout send_lowat"),
        (Tables, "types_hash_max_size types_hash_bucket_size server_names_hash_max_size server_names_hash_bucket_size variables_hash_max_size variables_hash_bucket_size map_hash_max_size map_hash_bucket_size proxy_headers_hash_max_size proxy_headers_hash_bucket_size connection_pool_size request_pool_size zone"),
        ("No version is ever shown.", "server_tokens"),
        (OwnLog, "error_log log_not_found log_subrequest open_log_file_cache rewrite_log"),
        (NoBuffers, "client_body_buffer_size client_body_temp_path client_body_in_file_only client_body_in_single_buffer client_header_buffer_size proxy_buffer_size proxy_buffers proxy_busy_buffers_size proxy_temp_path proxy_temp_file_write_size proxy_max_temp_file_size subrequest_output_buffer_size gzip_buffers fastcgi_temp_path uwsgi_temp_path scgi_temp_path"),
        (TlsSessions, "ssl_session_cache ssl_session_timeout ssl_session_tickets ssl_session_ticket_key ssl_buffer_size ssl_early_data"),
        ("Suites are those of Tls:CipherSuites, in whatever order; the platform chooses well.", "ssl_prefer_server_ciphers ssl_dhparam ssl_ecdh_curve"),
        ("The platform staples answers about certificates where their chain says whom to ask.", "ssl_stapling ssl_stapling_verify ssl_stapling_file ssl_stapling_responder ssl_trusted_certificate"),
        (Connections, "keepalive keepalive_requests keepalive_time proxy_socket_keepalive"),
        (Resolver, "resolver resolver_timeout"),
        ("The platform names the destination to it by itself.", "proxy_ssl_server_name proxy_ssl_session_reuse proxy_ssl_name"),
        ("Destinations are spoken to in HTTP/1.1, as the cluster's HttpRequest:Version says.", "proxy_http_version"),
        ("The transport has its own windows.", "http2_max_concurrent_streams http2_recv_buffer_size http2_chunk_size http2_idle_timeout http2_max_field_size http2_max_header_size http2_max_requests"),
        ("Files are opened when they are asked for.", "open_file_cache open_file_cache_valid open_file_cache_min_uses open_file_cache_errors read_ahead"),
        ("Browsers that this is for are gone.", "gzip_disable msie_padding msie_refresh"),
        (CacheDetail, "proxy_cache proxy_cache_path proxy_cache_valid proxy_cache_key proxy_cache_bypass proxy_no_cache proxy_cache_use_stale proxy_cache_lock proxy_cache_lock_timeout proxy_cache_lock_age proxy_cache_methods proxy_cache_min_uses proxy_cache_revalidate proxy_cache_background_update proxy_cache_convert_head proxy_cache_purge"),
        ("Belongs to a limit, and says nothing without one.", "limit_req_log_level limit_conn_log_level"),
        ("Belongs to a listing of directories.", "autoindex_exact_size autoindex_localtime autoindex_format"),
        ("All that a destination says of itself goes through, but for what belongs to the connection.", "proxy_pass_header proxy_ignore_headers proxy_force_ranges"),
        ("Connections follow RFC 9112: they stay open where both sides can keep them.", "keepalive_disable chunked_transfer_encoding"),
        ("Headers whose names could be taken for one of the gateway's own are taken out, and names that are none are answered 400.", "underscores_in_headers ignore_invalid_headers"),
        ("Destinations are spoken to with what the platform's TLS offers.", "proxy_ssl_protocols proxy_ssl_ciphers"));

    /// <summary>What they are for is done otherwise, and answers stay the same.</summary>
    public static readonly FrozenDictionary<string, string> Changed = Of(
        ("The gateway has one list, Tls:CipherSuites, by IANA names; the platform's own holds until one is written there.", "ssl_ciphers ssl_conf_command"),
        ("Answers that may be compressed always say Vary: Accept-Encoding.", "gzip_vary"),
        ("Files have an ETag, and conditions and ranges are asked as RFC 9110 has them.", "etag if_modified_since max_ranges"),
        ("Files:Charset is said of all text.", "charset_types override_charset source_charset"),
        ("Chains of certificates are as long as the platform takes them.", "ssl_verify_depth proxy_ssl_verify_depth"),
        ("What it is for needs HTTP from the destination, see what forwards there.", "fastcgi_param fastcgi_index fastcgi_split_path_info fastcgi_read_timeout fastcgi_send_timeout fastcgi_connect_timeout fastcgi_buffers fastcgi_buffer_size fastcgi_busy_buffers_size fastcgi_intercept_errors fastcgi_buffering fastcgi_keep_conn fastcgi_hide_header fastcgi_pass_header fastcgi_ignore_headers fastcgi_request_buffering fastcgi_cache fastcgi_cache_path fastcgi_cache_key fastcgi_cache_valid fastcgi_cache_bypass fastcgi_no_cache fastcgi_cache_use_stale fastcgi_cache_methods fastcgi_temp_file_write_size fastcgi_max_temp_file_size uwsgi_param uwsgi_read_timeout uwsgi_send_timeout uwsgi_connect_timeout uwsgi_buffers uwsgi_buffer_size uwsgi_buffering scgi_param scgi_read_timeout grpc_set_header grpc_read_timeout grpc_send_timeout grpc_connect_timeout"),
        ("Answers are compressed for proxies as for all other clients.", "gzip_proxied gzip_http_version"),
        ("Each 'if' that asks $invalid_referer says what becomes of it.", "valid_referers referer_hash_bucket_size referer_hash_max_size"),
        ("Brotli is chosen before gzip where a client takes both.", "brotli brotli_types brotli_comp_level brotli_min_length brotli_static"),
        ("Over HTTP/2 and HTTP/3 only what is in Kestrel:Endpoints:…:Protocols is spoken; HTTP/3 where libmsquic is installed.", "http2 http3 quic_retry quic_gso http2_push http2_push_preload ssl_reject_handshake"));

    /// <summary>What answers at their location cannot be had here, and what to do.</summary>
    public static readonly FrozenDictionary<string, string> Handlers = Of(
        ("The gateway speaks HTTP to destinations: put an HTTP server in front of the application (for PHP a web server, for uWSGI its http-socket), and name it by proxy_pass.", "fastcgi_pass uwsgi_pass scgi_pass memcached_pass grpc_pass"),
        ("Code is not taken over: have a destination do it.", "content_by_lua_block content_by_lua content_by_lua_file rewrite_by_lua_block access_by_lua_block access_by_lua_file header_filter_by_lua_block body_filter_by_lua_block js_content js_header_filter js_access perl"),
        ("These numbers stand on the admin port: GET /metrics, GET /history and the page.", "status nginx_status"),
        ("Media and WebDAV are a destination's work.", "mp4 flv hls dav_methods dav_ext_methods image_filter xslt_stylesheet random_index empty_gif nchan_publisher nchan_subscriber nchan_pubsub push_stream_publisher push_stream_subscriber"));

    /// <summary>Answers come without what these do.</summary>
    public static readonly FrozenDictionary<string, string> Lost = Of(
        ("Bodies of answers go through as they are: have the destination write them as clients are to get them.", "sub_filter sub_filter_once sub_filter_types sub_filter_last_modified ssi ssi_types addition_types add_before_body add_after_body"),
        ("Requests go to one destination; have it pass them on.", "mirror mirror_request_body"),
        ("Flags of cookies go through as destinations write them: have the application write Secure, HttpOnly and SameSite.", "proxy_cookie_flags"),
        ("Answers go out as fast as their clients take them; RequestLimits bounds how many do at once.", "limit_rate limit_rate_after proxy_limit_rate"),
        ("Certificates of destinations are checked against the system's authorities: add the one that signed theirs there.", "proxy_ssl_trusted_certificate proxy_ssl_crl"),
        ("The gateway shows destinations no certificate: have them know it by its address, or by a header that RequestHeaders sets.", "proxy_ssl_certificate proxy_ssl_certificate_key proxy_ssl_password_file"),
        ("Answers are passed on whole, as destinations give them.", "slice"),
        ("Name the header in RemoveHeaders, or in Headers with its value.", "more_set_headers more_clear_headers more_set_input_headers more_clear_input_headers"));

    /// <summary>Without these a location would let in whom nginx refuses, so that it answers 501.</summary>
    public static readonly FrozenDictionary<string, string> Guards = Of(
        ("Such logins are not checked here; write an AuthorizationPolicy with Authentication, and take the route's Answer out.", "auth_jwt auth_oidc auth_ldap auth_digest auth_pam"),
        ("Signed links are not checked here; have the destination check them.", "secure_link secure_link_md5 secure_link_secret"),
        ("Addresses are not compared with a table here; write Networks.", "geoip2 geoip_country geo_block modsecurity naxsi SecRulesEnabled"));

    /// <summary>What modules that are no part of nginx know, by how the names begin.</summary>
    public static readonly IReadOnlyList<(string Prefix, ImportOutcome Outcome, string Why)> Modules =
    [
        ("vhost_traffic_status", ImportOutcome.Changed, "These numbers stand on the admin port: GET /metrics, GET /history and the page."),
        ("lua_", ImportOutcome.Changed, "Belongs to code; each directive that runs some says what becomes of it."),
        ("js_", ImportOutcome.Changed, "Belongs to code; each directive that runs some says what becomes of it."),
        ("vod", ImportOutcome.Unsupported, "Media and WebDAV are a destination's work."),
        ("rtmp", ImportOutcome.Unsupported, "Media and WebDAV are a destination's work."),
        ("passenger_", ImportOutcome.Unsupported, "The gateway speaks HTTP to destinations: run the application by its own server, such as puma, and name it by proxy_pass."),
        ("fastcgi_", ImportOutcome.Changed, "What it is for needs HTTP from the destination, see what forwards there."),
        ("uwsgi_", ImportOutcome.Changed, "What it is for needs HTTP from the destination, see what forwards there."),
    ];

    private static FrozenDictionary<string, string> Of(params (string Why, string Names)[] lines) =>
        lines.SelectMany(line => line.Names.Split(' ').Select(name => KeyValuePair.Create(name, line.Why))).ToFrozenDictionary(StringComparer.Ordinal);
}
