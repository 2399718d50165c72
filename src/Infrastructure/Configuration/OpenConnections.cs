using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Users.Mail;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FaceId.Infrastructure.Configuration;

/// <summary>Says at the start which connections to other machines anybody in between could read or take over.</summary>
internal sealed partial class OpenConnections(Task<Database> opening, MailSettings mail, ILogger<OpenConnections> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var database = await opening.WaitAsync(cancellationToken);
        if (database.IsOpenToTheNetwork)
        {
            LogDatabase(logger, database.Description);
        }

        if (mail.Smtp is { IsOpenToTheNetwork: true } server)
        {
            LogMail(logger, server.Host);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(EventId = 250, Level = LogLevel.Warning, Message = "The connection to {Database} goes over a network without a checked certificate: write sslmode=verify-full in DATABASE_URL")]
    private static partial void LogDatabase(ILogger logger, string database);

    [LoggerMessage(EventId = 251, Level = LogLevel.Warning, Message = "Mails go to {Host} without encryption that is required: write starttls=required in FACEID_SMTP_URL, or smtps://")]
    private static partial void LogMail(ILogger logger, string host);
}
