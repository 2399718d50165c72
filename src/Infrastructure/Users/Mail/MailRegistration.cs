using FaceId.Application.Users;
using FaceId.Application.Users.Privacy;
using FaceId.Infrastructure.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FaceId.Infrastructure.Users.Mail;

internal static class MailRegistration
{
    /// <exception cref="StartupException">A setting is wrong.</exception>
    public static IServiceCollection AddMail(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = MailSettings.Load(configuration);
        services.AddSingleton(settings);
        services.AddSingleton<MailSealer>();
        services.AddSingleton<MailComposer>();
        services.AddScoped<IMailOutbox, MailOutbox>();
        services.AddScoped<IQueuedMails, QueuedMails>();
        services.AddScoped<MailDelivery>();
        services.AddHostedSingleton<MailSignal>();
        return settings.Smtp is { } server
            ? services.AddScoped<IMailTransport>(_ => new SmtpTransport(server))
            : services.AddScoped<IMailTransport, FolderTransport>();
    }
}
