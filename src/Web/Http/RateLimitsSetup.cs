namespace FaceId.Web.Http;

internal static partial class RateLimitsSetup
{
    private const string Switch = "FACEID_RATE_LIMIT";

    public static IServiceCollection AddRateLimits(this IServiceCollection services) => services.AddSingleton<Allowances>();

    /// <summary>Limits from here on, unless the operator has it off for measurements.</summary>
    public static void UseRateLimits(this WebApplication app)
    {
        if (string.Equals(app.Configuration[Switch], "off", StringComparison.OrdinalIgnoreCase))
        {
            LogOff(app.Logger, Switch);
        }
        else
        {
            app.UseMiddleware<RateLimits>();
        }
    }

    [LoggerMessage(EventId = 310, Level = LogLevel.Warning,
        Message = "{Switch} is off: anybody may try passwords as fast as they can. Switch it off for measurements only")]
    private static partial void LogOff(ILogger logger, string @switch);
}
