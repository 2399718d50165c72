using System.ComponentModel.DataAnnotations;
using FaceId.Application.Faces;
using Microsoft.Extensions.Configuration;

namespace FaceId.Infrastructure.Configuration;

/// <summary>Reads <see cref="QualityOptions"/> and stops the start when a limit makes no sense.</summary>
internal static class Quality
{
    private const string Section = "FaceId:Quality";

    /// <exception cref="StartupException">A value cannot be read, is unknown or breaks a rule; the message names it.</exception>
    public static QualityOptions Load(IConfiguration configuration)
    {
        // What is bound keeps the defaults of its purpose.
        var options = new QualityOptions { Enrolment = QualityLimits.ForEnrolment with { }, Comparison = QualityLimits.ForComparison with { } };
        try
        {
            // A limit with a slip in its name would silently not be one.
            configuration.GetSection(Section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException exception)
        {
            throw new StartupException($"A value of {Section} cannot be read: {exception.InnerException?.Message ?? exception.Message}");
        }

        Check(nameof(options.Enrolment), options.Enrolment);
        Check(nameof(options.Comparison), options.Comparison);
        return options.Comparison.AllowAllThat(options.Enrolment)
            ? options
            : throw new StartupException($"{Section}:{nameof(options.Comparison)} must not be stricter than {Section}:{nameof(options.Enrolment)} in any limit.");
    }

    private static void Check(string purpose, QualityLimits limits)
    {
        var broken = new List<ValidationResult>();
        if (!Validator.TryValidateObject(limits, new ValidationContext(limits), broken, validateAllProperties: true))
        {
            throw new StartupException($"{Section}:{purpose}: {string.Join(' ', broken.Select(result => result.ErrorMessage))}");
        }
    }
}
