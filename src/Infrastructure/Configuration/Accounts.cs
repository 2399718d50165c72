using FaceId.Application.Faces;
using FaceId.Application.Users;
using FaceId.Domain.Users;
using Microsoft.Extensions.Configuration;

namespace FaceId.Infrastructure.Configuration;

/// <summary>Reads <see cref="AccountOptions"/> and stops the start when a value makes no sense.</summary>
internal static class Accounts
{
    private const string Section = "FaceId:Accounts";

    /// <exception cref="StartupException">A value cannot be read or breaks a rule; the message names it.</exception>
    public static AccountOptions Load(IConfiguration configuration, KeepImages images)
    {
        AccountOptions options;
        try
        {
            options = configuration.GetSection(Section).Get<AccountOptions>() ?? new AccountOptions();
        }
        catch (InvalidOperationException exception)
        {
            throw new StartupException($"A value of {Section} cannot be read: {exception.InnerException?.Message ?? exception.Message}");
        }

        var url = PublicUrl(configuration);
        options = options with
        {
            PublicUrl = url ?? options.PublicUrl,
            RequireMfa = RequireMfa(configuration) ?? options.RequireMfa,
            TotpWindow = TotpWindow(configuration) ?? options.TotpWindow,
        };
        options = options.Keeping(images);
        if (options.ConsentVersion.Length > Consent.MaxVersionLength)
        {
            throw new StartupException($"{Section}:{nameof(AccountOptions.ConsentVersion)} is too long: '{options.ConsentVersion}' has more than {Consent.MaxVersionLength} characters.");
        }

        foreach (var (name, value) in Times(options))
        {
            if (value <= TimeSpan.Zero)
            {
                throw new StartupException($"{Section}:{name} must be longer than zero, such as 00:15:00.");
            }
        }

        if (options.TotpWindow is not (0 or 1))
        {
            throw new StartupException($"{Section}:{nameof(AccountOptions.TotpWindow)} must be 0 or 1.");
        }

        return options.MaxSessions >= 1 ? options : throw new StartupException($"{Section}:{nameof(AccountOptions.MaxSessions)} must be 1 or more.");
    }

    private static Uri? PublicUrl(IConfiguration configuration)
    {
        var text = configuration["FACEID_PUBLIC_URL"] ?? configuration["FaceId:PublicUrl"]
            ?? configuration["urls"]?.Split(';')[0].Replace("*", "localhost", StringComparison.Ordinal).Replace("+", "localhost", StringComparison.Ordinal)
                .Replace("0.0.0.0", "localhost", StringComparison.Ordinal).Replace("[::]", "localhost", StringComparison.Ordinal);
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        return Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw new StartupException("FACEID_PUBLIC_URL is where people reach this server, such as https://faceid.example.com.");
    }

    private static MfaRule? RequireMfa(IConfiguration configuration) => configuration["FaceId:RequireMfa"] switch
    {
        null or "" => null,
        var text when Enum.TryParse<MfaRule>(text, ignoreCase: true, out var rule) && Enum.IsDefined(rule) && !char.IsAsciiDigit(text[0]) => rule,
        var text => throw new StartupException($"FaceId:RequireMfa is '{text}'; give off, staff or all."),
    };

    private static int? TotpWindow(IConfiguration configuration) => configuration["FaceId:TotpWindow"] switch
    {
        null or "" => null,
        "0" => 0,
        "1" => 1,
        var text => throw new StartupException($"FaceId:TotpWindow is '{text}'; give 0 or 1."),
    };

    private static IEnumerable<(string Name, TimeSpan Value)> Times(AccountOptions options) =>
        typeof(AccountOptions).GetProperties()
            .Where(property => property.PropertyType == typeof(TimeSpan))
            .Select(property => (property.Name, (TimeSpan)property.GetValue(options)!));
}
