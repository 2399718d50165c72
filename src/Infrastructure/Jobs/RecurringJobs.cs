using FaceId.Infrastructure.Users.Mail;
using Hangfire;

namespace FaceId.Infrastructure.Jobs;

/// <summary>What runs by the clock, in one list. Of several nodes one runs it; what was missed while all were off is made up for once.</summary>
internal static class RecurringJobs
{
    public static void Register(IRecurringJobManager manager, RetentionSchedule retention)
    {
        // Mails leave when they are written; this finds what a crash left behind, and what is to be tried again.
        manager.AddOrUpdate<MailDelivery>("mails", delivery => delivery.SendDueAsync(CancellationToken.None), Cron.Minutely());
        manager.Trigger("mails");

        manager.AddOrUpdate<FaceChangeTrim>(FaceChangeTrim.Name, trim => trim.TrimAsync(CancellationToken.None), Cron.Hourly());

        manager.AddOrUpdate<DailyRetention>(
            DailyRetention.Name,
            job => job.ApplyAsync(CancellationToken.None),
            Cron.Daily(retention.Hour),
            new RecurringJobOptions { TimeZone = retention.TimeZone, MisfireHandling = MisfireHandlingMode.Relaxed });
    }
}
