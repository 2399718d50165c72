using FaceId.Domain.Recognition;
using Microsoft.Extensions.Configuration;

namespace FaceId.Infrastructure.Configuration;

/// <summary>Reads what <see cref="RecognitionSettings"/> are until an administrator changes them, and stops the start when a value makes no sense.</summary>
internal static class RecognitionDefaults
{
    private const string Section = "FaceId:Recognition";

    /// <exception cref="StartupException">A value cannot be read, breaks a rule or has a name that means nothing; the message names it.</exception>
    public static RecognitionSettings Load(IConfiguration configuration)
    {
        RecognitionSettings settings;
        try
        {
            settings = configuration.GetSection(Section).Get<RecognitionSettings>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new RecognitionSettings();
        }
        catch (InvalidOperationException exception)
        {
            throw new StartupException($"A value of {Section} cannot be read: {exception.InnerException?.Message ?? exception.Message}");
        }

        return settings.Check() is [var error, ..]
            ? throw new StartupException($"{Section}:{(error.Metadata!["field"] as string)!.Replace('.', ':')}: {error.Description}")
            : settings;
    }
}
