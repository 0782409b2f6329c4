using YarpWs.Gateway.Tests.Setup;

namespace YarpWs.Gateway.Tests.Import;

/// <summary>What becomes of an nginx configuration: each rule with a small one. All that is written passes check.</summary>
public sealed class NginxImportTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("yarpws-import-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task WebSocketLocation_IsKeptWhole_InEitherForm()
    {
        foreach (var connection in (string[])["\"upgrade\"", "$connection_upgrade", "$http_connection"])
        {
            var (code, settings, report) = await ImportAsync($$"""
                map $http_upgrade $connection_upgrade { default upgrade; '' close; }
                server {
                    listen 80;
                    server_name rooms.example;
                    location /ws {
                        proxy_pass http://127.0.0.1:8999;
                        proxy_http_version 1.1;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection {{connection}};
                        proxy_set_header Host $host;
                        proxy_set_header X-Real-IP $remote_addr;
                        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                        proxy_read_timeout 1h;
                    }
                }
                """);

            Assert.Equal(0, code);
            Assert.Contains("\"Sockets.IdleTimeout\": \"01:00:00\"", settings, StringComparison.Ordinal);
            Assert.Contains("\"Match\": { \"Server\": \"rooms.example\", \"Location\": \"/ws\" }", settings, StringComparison.Ordinal);
            Assert.DoesNotContain("RequestHeaders", settings, StringComparison.Ordinal);
            Assert.DoesNotContain("not supported**", report, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("location /one/ { proxy_pass http://b:1/; }", "\"Transforms\": [ { \"LocationPrefix\": \"/\" } ]")]
    [InlineData("location /one/ { rewrite ^/one/(.*)$ /v1/$1 break; proxy_pass http://b:1; }", "\"Transforms\": [ { \"PathRewrite\": \"^/one/(.*)$\", \"To\": \"/v1/$1\" } ]")]
    [InlineData("location ~ ^/user/(\\d+)$ { proxy_pass http://b:1/cards/$1; }", "\"Transforms\": [ { \"Target\": \"/cards/${location_1}\" } ]")]
    [InlineData("set $pool b:1; location / { proxy_pass http://$pool; }", "\"Address\": \"http://b:1\"")]
    [InlineData("location / { proxy_pass http://b:1; proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }", "\"Forwarding\": { \"Headers\": \"XForwardedFor, XRealIp\" }")]
    [InlineData("location / { proxy_pass http://b:1; proxy_set_header X-Real-IP $remote_addr; } location /b/ { proxy_pass http://b:1; }", "\"Forwarding\": { \"Headers\": \"None\" }")]
    [InlineData("location / { proxy_pass http://b:1; }", "\"RequestHeaders\": [ { \"Name\": \"Host\", \"Value\": \"b:1\" } ]")]
    [InlineData("location = /ok { default_type text/plain; return 200 \"ok\\n\"; }", "\"Answer\": { \"Status\": 200, \"Body\": \"ok\\n\", \"ContentType\": \"text/plain\" }")]
    [InlineData("location / { return 301 https://$host$request_uri; }", "\"Answer\": { \"Status\": 301, \"Location\": \"https://$host$request_uri\" }")]
    [InlineData("location /go { return 302 /new/; }", "\"Location\": \"$scheme://$host/new/\"")]
    [InlineData("location /drop { return 444; }", "\"Answer\": { \"Close\": true }")]
    [InlineData("location / { rewrite ^/(.*)$ https://new.example/$1 permanent; }", "\"Answer\": { \"Status\": 301, \"Location\": \"https://new.example$uri$is_args$args\" }")]
    [InlineData("root /srv; location / { try_files $uri $uri/ /index.html; }", "\"TryFiles\": [ \"$uri\", \"$uri/\" ], \"Fallback\": \"/index.html\"")]
    [InlineData("location / { root /srv; try_files $uri @app; } location @app { proxy_pass http://b:1; }", "\"Fallback\": \"@a.example@app\"")]
    [InlineData("location /m/ { alias /data/; }", "\"Files\": { \"Alias\": \"/data/\"")]
    [InlineData("location / { allow 10.0.0.0/8; deny all; proxy_pass http://b:1; }", "\"Networks\": [ { \"Allow\": \"10.0.0.0/8\" }, { \"Deny\": \"all\" } ]")]
    [InlineData("add_header A 1 always; location / { proxy_pass http://b:1; }", "\"Headers\": [ { \"Name\": \"A\", \"Value\": \"1\", \"Always\": true } ]")]
    [InlineData("location / { expires 30d; proxy_pass http://b:1; }", "\"Expires\": \"30.00:00:00\"")]
    [InlineData("gzip on; location / { proxy_pass http://b:1; }", "\"Compression\": { \"Types\": [ \"text/html\" ], \"MinLength\": 20, \"Level\": 1 }")]
    [InlineData("gzip on; gzip_types application/javascript text/css; location / { proxy_pass http://b:1; }", "\"Types\": [ \"text/html\", \"application/javascript\", \"text/javascript\", \"application/x-javascript\", \"text/css\" ]")]
    [InlineData("error_page 404 /404.html; location / { proxy_pass http://b:1; }", "\"ErrorPages\": [ { \"Statuses\": [ 404 ], \"Path\": \"/404.html\" } ]")]
    [InlineData("location / { if ($request_method = OPTIONS) { add_header A 1; return 204; } proxy_pass http://b:1; }", "\"When\": \"$request_method = OPTIONS\" }, \"Order\": 1, \"AuthorizationPolicy\": \"anonymous\", \"Answer\": { \"Status\": 204 }")]
    [InlineData("location / { limit_except GET { deny all; } proxy_pass http://b:1; }", "\"When\": \"$request_method !~ ^(GET|HEAD)$\" }")]
    [InlineData("add_header A \"\n one;\n two\n\"; location / { proxy_pass http://b:1; }", "\"Value\": \"one; two\"")]
    [InlineData("location / { if ($http_user_agent ~* (bot|spider)) { return 403; } proxy_pass http://b:1; }", "\"When\": \"$http_user_agent ~* (bot|spider)\" }")]
    [InlineData("location / { if ($http_authorization = \"\") { return 401; } proxy_pass http://b:1; }", "\"When\": \"$http_authorization = \" }")]
    [InlineData("if ($release) { return 403; } location / { proxy_pass http://b:1; }", "{ \"Server\": \"a.example\", \"When\": \"${map_release}\" }")]
    [InlineData("location / { proxy_pass http://$pool; }", "\"When\": \"${map_pool} = d:1\" }")]
    [InlineData("location / { add_header A $release; proxy_pass http://b:1; }", "\"release\": { \"Of\": \"$cookie_release\", \"Values\": [ { \"Is\": \"canary\", \"Then\": \"1\" }, { \"Is\": \"~* ^beta\", \"Then\": \"$http_x_beta\" } ], \"Default\": \"0\" }")]
    [InlineData("rewrite ^/old/(.*)$ /new/$1 permanent; location / { proxy_pass http://b:1; }", "\"When\": \"$uri ~ ^/old/(.*)$\" }, \"Order\": 1, \"AuthorizationPolicy\": \"anonymous\", \"Answer\": { \"Status\": 301, \"Location\": \"$scheme://$host/new/${location_1}$is_args$args\" }")]
    [InlineData("location /a/ { rewrite ^/a/(.*)$ /b/?x=$1 last; } location /b/ { proxy_pass http://b:1; }", "\"Answer\": { \"Path\": \"/b/?x=${location_1}&$args\" }")]
    [InlineData("location / { if ($request_method = GET) { add_header A 1; } proxy_pass http://b:1; }", "\"When\": \"$request_method = GET\" }, \"Order\": 1, \"AuthorizationPolicy\": \"anonymous\", \"ClusterId\": \"b-1\"")]
    [InlineData("location /one/ { proxy_pass http://b:1/base/; }", "\"Redirects\": [ { \"From\": \"http://b:1/base/\", \"To\": \"/one/\" } ]")]
    [InlineData("location /one { proxy_pass http://b:1; }", "\"Redirects\": [ { \"From\": \"http://b:1/\", \"To\": \"/\" } ]")]
    [InlineData("location / { proxy_pass http://b:1; proxy_redirect http:// $scheme://; proxy_redirect ~*^HTTP://b(.*)$ https://a.example$1; }", "\"Redirects\": [ { \"From\": \"http://\", \"To\": \"$scheme://\" }, { \"From\": \"~* ^HTTP://b(.*)$\", \"To\": \"https://a.example$1\" } ]")]
    [InlineData("location / { proxy_pass http://b:1; }", "\"WebSockets\": false")]
    [InlineData("absolute_redirect off; location / { root /srv; }", "\"RelativeRedirects\": true")]
    [InlineData("location / { include proxy_params; proxy_pass http://b:1; }", "\"ClusterId\": \"b-1\"")]
    [InlineData("client_max_body_size 20m; location / { proxy_pass http://b:1; }", "\"MaxRequestBodySize\": 20971520")]
    [InlineData("location /a/ { location ~ x { proxy_pass http://b:1; } proxy_pass http://b:1; }", "\"Within\": \"a.example/a/\"")]
    [InlineData("limit_req_status 429; location / { limit_req zone=z burst=20 nodelay; proxy_pass http://b:1; }", "\"RequestRates\": [ { \"Zone\": \"z\", \"Key\": \"$remote_addr\", \"Requests\": 10, \"Burst\": 20, \"Status\": 429 } ]")]
    [InlineData("location / { proxy_pass http://unix:/run/app.sock; }", "\"Address\": \"http://unix:/run/app.sock\"")]
    [InlineData("location / { proxy_pass http://unix:/run/app.sock:/base/; }", "\"Transforms\": [ { \"LocationPrefix\": \"/base/\" } ]")]
    [InlineData("location / { proxy_pass http://sock; }", "\"Address\": \"http://unix:/run/gunicorn.sock\"")]
    [InlineData("limit_conn_status 429; location / { limit_conn seats 5; proxy_pass http://b:1; }", "\"RequestLimits\": [ { \"Zone\": \"seats\", \"Key\": \"$remote_addr\", \"Requests\": 5, \"Status\": 429 } ]")]
    [InlineData("location / { auth_request /check; proxy_pass http://b:1; } location = /check { internal; proxy_pass http://d:1/who; proxy_pass_request_body off; proxy_set_header Content-Length \"\"; proxy_set_header X-Original-URI $request_uri; }",
        "\"AuthRequest\": { \"Cluster\": \"d-1\", \"Path\": \"/who\", \"Headers\": [ { \"Name\": \"X-Original-URI\", \"Value\": \"$request_uri\" }, { \"Name\": \"Host\", \"Value\": \"d:1\" } ], \"Timeout\": \"00:01:00\" }")]
    [InlineData("location / { auth_request /a/check; auth_request_set $user $upstream_http_x_user; proxy_set_header X-User $user; proxy_pass http://b:1; } location /a/ { proxy_pass http://d:1; proxy_set_header Host $host; }",
        "{ \"Name\": \"X-User\", \"Value\": \"${auth_x_user}\" }")]
    [InlineData("location / { auth_request /a/check; proxy_pass http://b:1; } location /a/ { set $to http://d:1/api; proxy_pass $to; proxy_set_header Host $host; }",
        "\"AuthRequest\": { \"Cluster\": \"d-1\", \"Path\": \"/api\", \"Timeout\": \"00:01:00\" }")]
    [InlineData("location / { error_page 401 = @in; proxy_pass http://b:1; } location @in { return 302 /in; }", "\"ErrorPages\": [ { \"Statuses\": [ 401 ], \"Path\": \"@a.example@in\", \"PageStatus\": true } ]")]
    [InlineData("location / { proxy_pass http://b:1; proxy_cache pages; proxy_cache_valid 200 1m; proxy_cache_valid any 10s; proxy_cache_bypass $http_authorization; proxy_cache_key $scheme$proxy_host$request_uri; }",
        "\"Cache\": { \"Key\": \"${scheme}b:1$request_uri\", \"Bypass\": [ \"$http_authorization\" ], \"Ages\": [ { \"Statuses\": [ 200 ], \"Age\": \"00:01:00\" }, { \"Statuses\": [ 200, 201, 202,")]
    [InlineData("location / { proxy_pass http://b:1; proxy_cache pages; proxy_cache_valid 10m; proxy_cache_use_stale error timeout updating; proxy_ignore_headers Cache-Control Set-Cookie; proxy_cache_lock on; }",
        "\"Cache\": { \"Ages\": [ { \"Age\": \"00:10:00\" } ], \"StaleWhileRevalidate\": \"00:10:00\", \"StaleIfError\": \"00:10:00\", \"IgnoreCacheControl\": true, \"WithSetCookie\": true }")]
    [InlineData("listen 81 proxy_protocol; set_real_ip_from 10.0.0.0/8; real_ip_header proxy_protocol; location / { allow 192.0.2.1; deny all; proxy_pass http://b:1; }", "\"ProxyProtocol\": { \"Networks\": [ \"10.0.0.0/8\" ], \"ServeOthers\": true }")]
    [InlineData("listen 81 proxy_protocol; location / { proxy_pass http://b:1; proxy_set_header X-Client $proxy_protocol_addr; }", "{ \"Name\": \"X-Client\", \"Value\": \"$remote_addr\" }")]
    [InlineData("set_real_ip_from 10.0.0.0/8; set_real_ip_from unix:; real_ip_header CF-Connecting-IP; location / { proxy_pass http://b:1; }", "\"TrustedProxies\": [ \"10.0.0.0/8\", \"unix:\" ]")]
    [InlineData("location /m/ { root /srv; autoindex on; autoindex_exact_size off; autoindex_format json; }", "\"Listing\": { \"Format\": \"Json\", \"ExactSize\": false }")]
    [InlineData("set $bad 0; if ($http_x_a) { set $bad 1; } if ($http_x_b = \"c.d\") { set $bad \"${bad}2\"; } if ($bad = 12) { return 403; } location / { proxy_pass http://b:1; }",
        "\"bad_if2\": { \"Of\": \"$http_x_b\", \"Values\": [ { \"Is\": \"~ ^c\\\\.d$\", \"Then\": \"${map_bad_if1}2\" } ], \"Default\": \"${map_bad_if1}\" }")]
    [InlineData("set $bad 0; if ($http_x_a) { set $bad 1; } if ($bad) { return 403; } location / { proxy_pass http://b:1; }", "\"When\": \"${map_bad_if1}\"")]
    [InlineData("location / { set $to b:1; if ($cookie_a ~ x) { set $to c:1; } proxy_pass http://$to; }", "\"When\": \"${map_to_if1} = c:1\"")]
    [InlineData("location / { if ($near) { return 403; } proxy_pass http://b:1; }",
        "\"near\": { \"Of\": \"$remote_addr\", \"Values\": [ { \"Is\": \"127.0.0.1\", \"Then\": \"2\" }, { \"Is\": \"~ ^172\\\\.(16|17|18|19|20|21|22|23|24|25|26|27|28|29|30|31)\\\\.\", \"Then\": \"1\" }, { \"Is\": \"~ ^10\\\\.\", \"Then\": \"1\" } ], \"Default\": \"0\" }")]
    [InlineData("location / { satisfy any; allow 10.0.0.1; deny all; auth_request /c; proxy_pass http://b:1; } location /c { proxy_pass http://b:1; }", "\"Satisfy\": \"Any\"")]
    [InlineData("location / { auth_request /c; auth_request_set $n $upstream_cookie_n; if ($n) { add_header Set-Cookie $unset; } proxy_pass http://b:1; } location /c { proxy_pass http://b:1; proxy_pass_request_headers off; }", "\"ClientHeaders\": false")]
    [InlineData("root /srv; location / { proxy_set_header Host $http_host; if (!-f $request_filename) { proxy_pass http://b:1; break; } }",
        "\"Files\": { \"Root\": \"/srv\", \"TryFiles\": [ \"$uri\" ], \"Fallback\": \"@a.example@file-")]
    [InlineData("location / { if ($http_user_agent ~* bot) { proxy_pass http://d:1; break; } proxy_pass http://b:1; }", "\"When\": \"$http_user_agent ~* bot\" }, \"Order\": 1, \"AuthorizationPolicy\": \"anonymous\", \"ClusterId\": \"d-1\"")]
    [InlineData("location / { proxy_set_header X-To $proxy_host:$proxy_port; proxy_pass http://b:1; }", "{ \"Name\": \"X-To\", \"Value\": \"b:1:1\" }")]
    [InlineData("location /status { stub_status; }", "\"Answer\": { \"Body\": \"Active connections: $connections_active \\nserver accepts")]
    [InlineData("location /status { allow 10.0.0.1; deny all; stub_status; }",
        "\"When\": \"$request_method !~ ^(GET|HEAD)$\" }, \"Order\": 1, \"AuthorizationPolicy\": \"anonymous\", \"Networks\": [ { \"Allow\": \"10.0.0.1\" }, { \"Deny\": \"all\" } ], \"Answer\": { \"Status\": 405 }")]
    [InlineData("location / { proxy_pass http://b:1; } location /files/ { internal; root /srv; }", "\"AccelRedirects\": true")]
    [InlineData("location / { proxy_pass http://b:1; proxy_cookie_path /app/ /; proxy_cookie_path ~*^/x(.*)$ /y$1; proxy_cookie_domain b $host; }",
        "\"Cookies\": [ { \"Path\": \"/app/\", \"To\": \"/\" }, { \"Path\": \"~* ^/x(.*)$\", \"To\": \"/y$1\" }, { \"Domain\": \"b\", \"To\": \"$host\" } ]")]
    [InlineData("set_real_ip_from 10.0.0.0/8; real_ip_header X-Real-IP; location / { allow 192.0.2.1; deny all; proxy_pass http://b:1; }", "\"ClientHeader\": \"X-Real-IP\", \"TrustedProxies\": [ \"10.0.0.0/8\" ]")]
    [InlineData("root /srv/www; if (-f $document_root/closed.html) { return 503; } location / { proxy_pass http://b:1; }", "{ \"Server\": \"a.example\", \"When\": \"-f /srv/www/closed.html\" }")]
    [InlineData("location / { root /srv/www; if (!-d $document_root/open) { return 503; } proxy_pass http://b:1; }", "\"When\": \"!-d /srv/www/open\"")]
    [InlineData("root /srv; location / { if (!-e $request_filename) { rewrite ^(.*)$ /index.html last; } }", "\"TryFiles\": [ \"$uri\", \"$uri/\" ], \"Fallback\": \"/index.html$is_args$args\"")]
    [InlineData("root /srv; location / { if (!-e $request_filename) { rewrite ^ /index.html break; } }", "\"TryFiles\": [ \"$uri\", \"$uri/\", \"/index.html\" ], \"Fallback\": \"=404\"")]
    [InlineData("root /srv; location / { if (!-f $request_filename) { return 410; } }", "\"TryFiles\": [ \"$uri\" ], \"Fallback\": \"=410\"")]
    [InlineData("root /srv; location ~ x { if (-f $request_filename) { expires 1d; break; } }", "\"Expires\": \"1.00:00:00\"")]
    [InlineData("root /srv; location / { if (-f $request_filename) { expires 1d; break; } if (!-f $request_filename) { proxy_pass http://b:1; break; } }", "\"Expires\": \"1.00:00:00\"")]
    [InlineData("root /srv; location / { types { text/x-log log; } }", "\"Types\": { \".log\": \"text/x-log\" }, \"OwnTypesAlone\": true")]
    [InlineData("root /srv; location / { types { } default_type application/json; }", "\"DefaultType\": \"application/json\", \"OwnTypesAlone\": true")]
    [InlineData("location / { proxy_ssl_verify off; proxy_pass https://b:1; }", "\"DangerousAcceptAnyServerCertificate\": true")]
    [InlineData("location / { limit_req zone=slow burst=5; proxy_pass http://b:1; }", "{ \"Zone\": \"slow\", \"Key\": \"$http_x_key\", \"Requests\": 30, \"Per\": \"00:01:00\", \"Burst\": 5, \"DelayBeyond\": 0, \"Status\": 503 }")]
    [InlineData("location / { limit_req zone=z burst=5 delay=2; limit_req zone=slow; proxy_pass http://b:1; }", "\"Burst\": 5, \"DelayBeyond\": 2, \"Status\": 503 }, {")]
    public async Task Directive_BecomesASetting(string block, string expected)
    {
        var (code, settings, _) = await ImportAsync($$"""
            limit_req_zone $binary_remote_addr zone=z:10m rate=10r/s;
            limit_req_zone $http_x_key zone=slow:1m rate=30r/m;
            limit_conn_zone $binary_remote_addr zone=seats:1m;
            upstream sock { server unix:/run/gunicorn.sock fail_timeout=0; }
            geo $near { default 0; 10.0.0.0/8 1; 172.16.0.0/12 1; 127.0.0.1 2; }
            map $cookie_release $release { default 0; canary 1; ~*^beta $http_x_beta; }
            map $cookie_release $pool { default c:1; canary d:1; }
            server { listen 80; server_name a.example; {{block}} }
            """);

        Assert.Equal(0, code);
        Assert.Contains(expected, settings.Replace("\n        ", " ", StringComparison.Ordinal).Replace("  ", "", StringComparison.Ordinal).Replace("{ \"Match\"", "{\"Match\"", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("location / { auth_request /check; proxy_pass http://b:1; } location = /check { return 200; }", "auth_request")]
    [InlineData("location = /x { auth_request /check; proxy_pass http://b:1; }", "auth_request")]
    [InlineData("location / { limit_req zone=a burst=5; proxy_pass http://b:1; }", "limit_req")]
    [InlineData("location / { limit_except GET { auth_jwt a; } proxy_pass http://b:1; }", "auth_jwt")]
    [InlineData("location / { fastcgi_pass 127.0.0.1:9000; }", "fastcgi_pass")]
    [InlineData("location / { proxy_pass http://$cookie_pool; }", "proxy_pass")]
    [InlineData("location / { if (-f $request_filename.lock) { return 503; } proxy_pass http://b:1; }", "if")]
    [InlineData("location / { if (-f $document_root/closed) { return 503; } proxy_pass http://b:1; }", "if")]
    [InlineData("if ($geoip_country_code = XX) { return 403; } location / { proxy_pass http://b:1; }", "if")]
    [InlineData("set $bad 0; if (-f /srv/x) { set $bad 1; } if ($bad) { return 403; } location / { proxy_pass http://b:1; }", "if")]
    [InlineData("real_ip_header X-Client; location /a/ { real_ip_header X-Forwarded-For; return 204; } location / { allow 10.0.0.1; deny all; proxy_pass http://b:1; }", "real_ip_header")]
    [InlineData("location / { allow 10.0.0.1; deny all; auth_basic a; auth_basic_user_file f; auth_request /c; satisfy any; proxy_pass http://b:1; }", "satisfy")]
    public async Task GuardThatCannotBeKept_Answers501_AndEndsWith1(string block, string name)
    {
        var (code, settings, report) = await ImportAsync($"server {{ listen 80; server_name a.example; {block} }}");

        Assert.Equal(1, code);
        Assert.Contains("\"Answer\": { \"Status\": 501", settings, StringComparison.Ordinal);
        Assert.DoesNotContain("ClusterId", settings, StringComparison.Ordinal);
        Assert.Contains($"| `{name}", report, StringComparison.Ordinal);
        Assert.Contains("**not supported**", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loss_ThatIsAllowedByName_EndsWith0()
    {
        const string Conf = "server { listen 80; location / { limit_req zone=a; proxy_pass http://b:1; } }";

        Assert.Equal((1, 0), ((await ImportAsync(Conf)).Code, (await ImportAsync(Conf, "--allow", "limit_req")).Code));
    }

    [Fact]
    public async Task EveryDirective_HasOneLine()
    {
        var (_, _, report) = await ImportAsync("""
            user www-data;
            worker_processes auto;
            events { worker_connections 1024; }
            http {
                sendfile on;
                include /etc/none/*.conf;
                unheard_of on;
                upstream app { server 127.0.0.1:1; keepalive 8; }
                server { listen 80 default_server; server_name _; return 404; }
                server { listen 80; server_name a.example; location / { proxy_pass http://app; } }
            }
            """);

        var lines = report.Split('\n').Where(line => line.StartsWith("| nginx.conf", StringComparison.Ordinal)).Select(line => line.Split('|')[1].Trim() + line.Split('|')[3]).ToList();
        Assert.Equal(20, lines.Count);
        Assert.Contains("nginx.conf:7 **not supported** ", lines);
    }

    [Fact]
    public async Task FileThatAServerIncludes_IsOne()
    {
        var (code, settings, report) = await ImportAsync("""
            upstream app { server 127.0.0.1:1; }
            server_name a.example;
            location / { proxy_pass http://app; }
            """);

        Assert.Equal(0, code);
        Assert.Contains("\"Match\": { \"Server\": \"a.example\", \"Location\": \"/\" }", settings, StringComparison.Ordinal);
        Assert.Equal(5, report.Split('\n').Count(line => line.StartsWith("| nginx.conf", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task HostConditions_AreServersOfTheirOwn()
    {
        var (code, settings, _) = await ImportAsync("""
            server {
                if ($host = www.example.com) { return 301 https://$host$request_uri; }
                if ($host = example.com) { return 301 https://$host$request_uri; }
                listen 80;
                server_name example.com www.example.com;
                return 404;
            }
            """);

        Assert.Equal(0, code);
        Assert.Contains("\"www.example.com-if\": { \"Names\": [ \"www.example.com\" ] }", settings, StringComparison.Ordinal);
        Assert.Contains("\"default\": { \"Default\": true }", settings, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SyntaxFault_IsSaidWithLineAndColumn_AndNothingIsWritten()
    {
        var file = Write("server {\n  listen 80\n}\n");

        var (code, _, error) = await CommandRun.RunAsync("import", "nginx", file, "--output", Path.Combine(_directory, "gateway.json"));

        Assert.Equal((1, $"{file}:3:1: unexpected \"}}\"; expected \";\" behind '80'.\n", false), (code, error, File.Exists(Path.Combine(_directory, "gateway.json"))));
    }

    [Fact]
    public async Task Explain_SaysWhatBecomesOfALine()
    {
        var file = Write("server {\n  listen 80;\n  location / { proxy_pass http://b:1; auth_jwt realm; }\n}\n");

        var (code, output, _) = await CommandRun.RunAsync("import", "nginx", "--explain", $"{file}:3");

        Assert.Equal(0, code);
        Assert.Contains($"{file}:3:39: auth_jwt realm: not supported. ", output, StringComparison.Ordinal);
    }

    private string Write(string text)
    {
        var file = Path.Combine(_directory, "nginx.conf");
        File.WriteAllText(file, text);
        return file;
    }

    private async Task<(int Code, string Settings, string Report)> ImportAsync(string text, params string[] options)
    {
        var (settings, report) = (Path.Combine(_directory, "gateway.json"), Path.Combine(_directory, "report.md"));
        File.Delete(settings);
        File.Delete(report);
        var (code, _, error) = await CommandRun.RunAsync(["import", "nginx", Write(text), "--output", settings, "--report", report, .. options]);
        Assert.True(File.Exists(settings), error);

        var (check, complaints, _) = await CommandRun.RunAsync("check", settings);
        Assert.True(check == 0, complaints);
        return (code, await File.ReadAllTextAsync(settings, Deadline.Token()), await File.ReadAllTextAsync(report, Deadline.Token()));
    }
}
