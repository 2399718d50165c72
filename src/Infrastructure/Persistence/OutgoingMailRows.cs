using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace FaceId.Infrastructure.Persistence;

/// <summary>Inserts mails as EF cannot: a second one of the same event is left out, and neither waits for the first nor fails.</summary>
internal static class OutgoingMailRows
{
    /// <summary>Takes the mails that a context was given out of its changes.</summary>
    public static List<OutgoingMail> TakeNew(ChangeTracker changes)
    {
        var added = changes.Entries<OutgoingMail>().Where(entry => entry.State == EntityState.Added).ToList();
        added.ForEach(entry => entry.State = EntityState.Detached);
        return [.. added.Select(entry => entry.Entity)];
    }

    /// <returns>How many were taken.</returns>
    public static async Task<int> InsertAsync(DatabaseFacade database, IReadOnlyList<OutgoingMail> mails, CancellationToken cancellationToken)
    {
        var inserted = 0;
        foreach (var mail in mails)
        {
            inserted += await database.ExecuteSqlAsync(
                $"""
                INSERT INTO outgoing_mails (user_id, kind, dedupe_key, protected_content, created_at, next_attempt_at, attempts)
                VALUES ({mail.UserId}, {SnakeCaseEnum<MailKind>.Write(mail.Kind)}, {mail.DedupeKey}, {mail.ProtectedContent}, {mail.CreatedAt}, {mail.NextAttemptAt}, {mail.Attempts})
                ON CONFLICT (dedupe_key) DO NOTHING
                """,
                cancellationToken);
        }

        return inserted;
    }
}
