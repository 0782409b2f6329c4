using System.CommandLine;

namespace YarpWs.Gateway.Setup;

/// <summary><c>yarpws key</c>: makes a key to sign tokens with.</summary>
internal static class KeyVerb
{
    public static Command Create()
    {
        var algorithm = new Option<SigningAlgorithm>("--algorithm")
        {
            Description = "HS256: one secret that makes and checks tokens. ES256: a private key that makes them, and a public one that checks them.",
            DefaultValueFactory = _ => SigningAlgorithm.HS256,
        };
        var output = new Option<string>("--output") { Description = "The file to write.", HelpName = "FILE", DefaultValueFactory = _ => "jwt.json" };
        var command = new Command("key", "Makes a key to sign tokens with, and says what to write in the settings.") { algorithm, output };
        command.SetAction(parsed => Run(parsed.GetValue(algorithm), parsed.GetRequiredValue(output), parsed.InvocationConfiguration));
        return command;
    }

    private static int Run(SigningAlgorithm algorithm, string file, InvocationConfiguration console)
    {
        string checks;
        try
        {
            checks = SigningKeyFile.Write(file, algorithm);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            console.Error.WriteLine(exception.Message);
            return 1;
        }

        console.Output.WriteLine(checks == file
            ? $"Wrote {file}, a secret: whoever has it can make tokens. The gateway and the room servers need it too."
            : $"Wrote {file}, a secret: whoever has it can make tokens. Wrote {checks}: the gateway and the room servers check tokens with it.");
        console.Output.WriteLine($$"""

            In the settings of each of them, with the file's path from there:

              "Authentication": {
                "Schemes": {
                  "Bearer": { "ValidIssuer": "yarpws", "ValidAudiences": [ "yarpws" ], "SigningKeyFiles": [ "{{Path.GetFileName(checks)}}" ] }
                }
              }

            Then a token is made by:

              yarpws token gateway.json{{(checks == file ? "" : $" --key {file}")}} --user ann
            """);
        return 0;
    }
}
