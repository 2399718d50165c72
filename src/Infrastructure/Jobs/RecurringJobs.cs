using FaceId.Infrastructure.Users.Mail;
using Hangfire;

namespace FaceId.Infrastructure.Jobs;

/// <summary>What runs by the clock, in one list. Times are UTC.</summary>
internal static class RecurringJobs
{
    public static void Register(IRecurringJobManager manager)
    {
        // Mails leave when they are written; this finds what a crash left behind, and what is to be tried again.
        manager.AddOrUpdate<MailDelivery>("mails", delivery => delivery.SendDueAsync(CancellationToken.None), Cron.Minutely());
        manager.Trigger("mails");
    }
}
