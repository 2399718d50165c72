using System.Text;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Web.Commands;

/// <summary>A password from standard input: arguments are seen by everybody on the machine and kept in the shell's history.</summary>
internal static class PasswordInput
{
    public const string Option = "--password-stdin";

    /// <returns>The one line of standard input, without its end.</returns>
    public static async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        if (!Console.IsInputRedirected)
        {
            throw new StartupException($"{Option} reads a pipe or a file, such as: {Option} < FILE");
        }

        try
        {
            using var reader = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            var password = await reader.ReadLineAsync(cancellationToken);
            return !string.IsNullOrEmpty(password) && await reader.ReadLineAsync(cancellationToken) is null
                ? password
                : throw new StartupException($"{Option} needs the password as the one line of standard input.");
        }
        catch (DecoderFallbackException)
        {
            throw new StartupException($"{Option} needs the password in UTF-8.");
        }
    }
}
