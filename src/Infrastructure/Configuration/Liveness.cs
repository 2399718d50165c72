using FaceId.Application.Recognition.Liveness;
using Microsoft.Extensions.Configuration;

namespace FaceId.Infrastructure.Configuration;

/// <summary>Reads <see cref="LivenessOptions"/> and stops the start when a value makes no sense.</summary>
internal static class Liveness
{
    /// <exception cref="StartupException">A value cannot be read; the message names it.</exception>
    public static LivenessOptions Load(IConfiguration configuration)
    {
        return configuration["FaceId:Liveness:Seconds"] switch
        {
            null or "" => new LivenessOptions(),
            var text when int.TryParse(text, out var seconds) && seconds is >= 15 and <= 300 => new LivenessOptions { Lifetime = TimeSpan.FromSeconds(seconds) },
            var text => throw new StartupException($"FaceId:Liveness:Seconds is '{text}'; give 15 to 300."),
        };
    }
}
