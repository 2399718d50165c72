using System.Globalization;
using FaceId.Infrastructure.Configuration;
using Microsoft.Extensions.Configuration;

namespace FaceId.Infrastructure.Jobs;

/// <summary>When the daily job applies retention.</summary>
/// <param name="Hour">Of the day, 0 to 23.</param>
/// <param name="TimeZone">Where it is that hour.</param>
internal sealed record RetentionSchedule(int Hour, TimeZoneInfo TimeZone)
{
    private const string HourKey = "FaceId:Retention:Hour";
    private const string TimeZoneKey = "FaceId:TimeZone";
    private const int DefaultHour = 3;

    /// <exception cref="StartupException">A value cannot be read; the message names it.</exception>
    public static RetentionSchedule Load(IConfiguration configuration) => new(ParseHour(configuration[HourKey]), FindTimeZone(configuration[TimeZoneKey]));

    private static int ParseHour(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return DefaultHour;
        }

        return int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var hour) && hour <= 23
            ? hour
            : throw new StartupException($"{HourKey} is an hour of the day, 0 to 23.");
    }

    private static TimeZoneInfo FindTimeZone(string? name)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return TimeZoneInfo.Utc;
        }

        return TimeZoneInfo.TryFindSystemTimeZoneById(name.Trim(), out var zone)
            ? zone
            : throw new StartupException($"{TimeZoneKey}: this machine knows no time zone '{name}'. Write it like Europe/Berlin; Debian has them in the package tzdata.");
    }
}
