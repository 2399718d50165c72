using Hangfire.Logging;
using Microsoft.Extensions.Logging;
using Level = Hangfire.Logging.LogLevel;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace FaceId.Infrastructure.Jobs;

/// <summary>
/// All that Hangfire logs, in one category. Its own adapter makes a logger for each class whenever one is asked for, from
/// whichever server of this process was set up last, even if that one is gone.
/// </summary>
internal sealed partial class JobLog(ILogger logger) : ILogProvider, ILog
{
    public ILog GetLogger(string name) => this;

    public bool Log(Level logLevel, Func<string>? messageFunc, Exception? exception = null)
    {
        var level = logLevel switch
        {
            Level.Trace => LogLevel.Trace,
            Level.Debug => LogLevel.Debug,
            Level.Info => LogLevel.Information,
            Level.Warn => LogLevel.Warning,
            Level.Error => LogLevel.Error,
            Level.Fatal => LogLevel.Critical,
            _ => throw new ArgumentOutOfRangeException(nameof(logLevel), logLevel, "A level without a counterpart."),
        };
        if (!logger.IsEnabled(level))
        {
            return false;
        }

        if (messageFunc?.Invoke() is { } message)
        {
            LogMessage(logger, level, message, exception);
        }

        return true;
    }

    [LoggerMessage(EventId = 400, Message = "{Message}")]
    private static partial void LogMessage(ILogger logger, LogLevel level, string message, Exception? exception);
}
