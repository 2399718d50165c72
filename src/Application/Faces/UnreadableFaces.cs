using Microsoft.Extensions.Logging;

namespace FaceId.Application.Faces;

/// <summary>Tells the log which stored faces cannot be read, so many a minute that a wrong key does not fill it.</summary>
public sealed partial class UnreadableFaces(TimeProvider time, ILogger<UnreadableFaces> logger)
{
    private const int MostAMinute = 20;

    private readonly Lock _lock = new();
    private long _minute;
    private int _told;
    private int _untold;

    public void Tell(int faceId, string why)
    {
        int untold;
        lock (_lock)
        {
            var minute = time.GetUtcNow().UtcTicks / TimeSpan.TicksPerMinute;
            if (minute == _minute && _told >= MostAMinute)
            {
                _untold++;
                return;
            }

            untold = _untold;
            if (minute != _minute)
            {
                (_minute, _told) = (minute, 0);
            }

            _told++;
            _untold = 0;
        }

        if (untold > 0)
        {
            LogMore(logger, untold);
        }

        LogUnreadable(logger, faceId, why);
    }

    [LoggerMessage(EventId = 122, Level = LogLevel.Error, Message = "Face {FaceId} is set aside: {Why}")]
    private static partial void LogUnreadable(ILogger logger, int faceId, string why);

    [LoggerMessage(EventId = 121, Level = LogLevel.Error, Message = "{Count} more faces were set aside since; /health/ready counts them all")]
    private static partial void LogMore(ILogger logger, int count);
}
