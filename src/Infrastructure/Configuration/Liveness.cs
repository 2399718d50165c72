using System.Collections.Frozen;
using FaceId.Application.Recognition.Liveness;
using FaceId.Domain.Recognition.Liveness;
using Microsoft.Extensions.Configuration;

namespace FaceId.Infrastructure.Configuration;

/// <summary>Reads <see cref="LivenessOptions"/> and stops the start when a value makes no sense.</summary>
internal static class Liveness
{
    private static readonly FrozenDictionary<string, LivenessPurpose> Names = new Dictionary<string, LivenessPurpose>
    {
        ["verify"] = LivenessPurpose.Verify,
        ["enroll"] = LivenessPurpose.Enroll,
        ["enrol"] = LivenessPurpose.Enroll,
        ["proof"] = LivenessPurpose.Proof,
        ["identify"] = LivenessPurpose.Identify,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="StartupException">A value cannot be read; the message names it.</exception>
    public static LivenessOptions Load(IConfiguration configuration)
    {
        var options = new LivenessOptions
        {
            RequireFor = (configuration["FaceId:Liveness:RequireFor"] ?? "")
                .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(name => Names.TryGetValue(name, out var purpose)
                    ? purpose
                    : throw new StartupException($"FaceId:Liveness:RequireFor names '{name}'; give some of verify, enroll, proof and identify, with commas between."))
                .ToFrozenSet(),
        };
        return configuration["FaceId:Liveness:Seconds"] switch
        {
            null or "" => options,
            var text when int.TryParse(text, out var seconds) && seconds is >= 15 and <= 300 => options with { Lifetime = TimeSpan.FromSeconds(seconds) },
            var text => throw new StartupException($"FaceId:Liveness:Seconds is '{text}'; give 15 to 300."),
        };
    }
}
