// Makes a token that the gateway and the room servers let in: dotnet run token.cs -- jwt.json ann webpubsub.sendToGroup
//
// jwt.json is an HS256 key, as `yarpws key` writes it. Issuer and audience are those of the settings that `yarpws init rooms` writes.
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

if (args is not [var keyFile, var user, .. var roles])
{
    Console.Error.WriteLine("usage: dotnet run token.cs -- KEYFILE USER [ROLE ...]");
    return 1;
}

using var key = JsonDocument.Parse(File.ReadAllText(keyFile));
var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
var header = new { alg = "HS256", typ = "JWT", kid = key.RootElement.GetProperty("kid").GetString() };
var claims = new { iss = "yarpws", aud = "yarpws", sub = user, role = roles, iat = now, exp = now + 3600 };
var signed = $"{Part(header)}.{Part(claims)}";
var secret = Base64Url.DecodeFromChars(key.RootElement.GetProperty("k").GetString());
Console.WriteLine($"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)))}");
return 0;

static string Part<T>(T part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
