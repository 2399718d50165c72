using FaceId.Application.Users.Privacy;
using FaceId.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Infrastructure.Users.Mail;

/// <summary>What waits for a person in the table <c>outgoing_mails</c>.</summary>
internal sealed class QueuedMails(FaceIdDb db) : IQueuedMails
{
    public async Task<IReadOnlyList<QueuedMail>> UnsentToAsync(int userId, CancellationToken cancellationToken) =>
        await db.Database.SqlQuery<QueuedMail>(
            $"""
            SELECT kind, created_at FROM outgoing_mails
            WHERE user_id = {userId} AND sent_at IS NULL AND failed_at IS NULL ORDER BY id
            """).ToListAsync(cancellationToken);

    public async Task ForgetAsync(int userId, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync($"DELETE FROM outgoing_mails WHERE user_id = {userId} AND sent_at IS NULL", cancellationToken);
        await db.Database.ExecuteSqlAsync($"UPDATE outgoing_mails SET user_id = NULL WHERE user_id = {userId}", cancellationToken);
    }

    public Task<int> CountAsync(int userId, CancellationToken cancellationToken) =>
        db.Database.SqlQuery<int>($"SELECT count(*)::int AS \"Value\" FROM outgoing_mails WHERE user_id = {userId}").SingleAsync(cancellationToken);
}
