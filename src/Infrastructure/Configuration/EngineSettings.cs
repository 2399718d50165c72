using System.ComponentModel.DataAnnotations;
using FaceId.Infrastructure.Faces;
using Microsoft.Extensions.Configuration;

namespace FaceId.Infrastructure.Configuration;

/// <summary>Reads <see cref="FaceEngineOptions"/> from the section <c>FaceId</c> and stops the start when a value makes no sense.</summary>
internal static class EngineSettings
{
    /// <exception cref="StartupException">A value cannot be read or is out of range; the message names it.</exception>
    public static FaceEngineOptions Load(IConfiguration configuration, string modelsFolder)
    {
        var options = new FaceEngineOptions();
        try
        {
            configuration.GetSection("FaceId").Bind(options);
        }
        catch (InvalidOperationException exception)
        {
            throw new StartupException(exception.Message, exception);
        }

        options.ModelsFolder = modelsFolder;
        var wrong = new List<ValidationResult>();
        return Validator.TryValidateObject(options, new ValidationContext(options), wrong, validateAllProperties: true)
            ? options
            : throw new StartupException(string.Join(' ', wrong.Select(result => $"FaceId:{result.MemberNames.First()}: {result.ErrorMessage}")));
    }
}
