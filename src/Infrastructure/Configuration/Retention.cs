using FaceId.Application.Users.Retention;
using Microsoft.Extensions.Configuration;

namespace FaceId.Infrastructure.Configuration;

/// <summary>Reads <see cref="RetentionOptions"/> and stops the start when a value would erase more than anybody can mean.</summary>
internal static class Retention
{
    private const string Section = "FaceId:Retention";

    /// <exception cref="StartupException">A value cannot be read or breaks a rule; the message names it.</exception>
    public static RetentionOptions Load(IConfiguration configuration)
    {
        RetentionOptions options;
        try
        {
            options = configuration.GetSection(Section).Get<RetentionOptions>() ?? new RetentionOptions();
        }
        catch (InvalidOperationException exception)
        {
            throw new StartupException($"A value of {Section} cannot be read: {exception.InnerException?.Message ?? exception.Message}");
        }

        var day = TimeSpan.FromDays(1);
        Check(nameof(options.InactiveAccounts), options.InactiveAccounts, RetentionOptions.Warning + day);
        Check(nameof(options.UnverifiedRegistrations), options.UnverifiedRegistrations, day);
        Check(nameof(options.RecognitionLogs), options.RecognitionLogs, day);
        Check(nameof(options.SecurityEvents), options.SecurityEvents, RetentionOptions.LeastSecurityEvents);
        Check(nameof(options.SecurityEvents), options.SecurityEvents, options.UnverifiedRegistrations ?? TimeSpan.Zero);
        Check(nameof(options.SentMails), options.SentMails, day);
        Check(nameof(options.FailedMails), options.FailedMails, day);
        return options;
    }

    private static void Check(string name, TimeSpan? value, TimeSpan least)
    {
        if (value < least)
        {
            throw new StartupException($"{Section}:{name} must be {least.TotalDays:0} days or longer, such as 90.00:00:00; leave it out to keep everything.");
        }
    }
}
