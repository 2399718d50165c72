using FaceId.Application.Common;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Issues one-time tokens and takes them back; of many who present one at the same time, one gets it.</summary>
public sealed class OneTimeTokens(IFaceIdDb db, TimeProvider time)
{
    /// <summary>How many mails with a link one account gets within an hour, whoever asks for them.</summary>
    private const int MailsPerHour = 5;

    /// <summary>Adds a token to what will be saved.</summary>
    /// <returns>Its text, to be shown once.</returns>
    public string Issue(TokenPurpose purpose, int? userId, TimeSpan lifetime, string? payload = null)
    {
        var (token, text) = OneTimeToken.Issue(purpose, userId, time.GetUtcNow(), lifetime, payload);
        db.OneTimeTokens.Add(token);
        return text;
    }

    /// <summary>Whether the account has had its fill of mails of this kind.</summary>
    public async Task<bool> IsMailedEnoughAsync(TokenPurpose purpose, int userId, CancellationToken cancellationToken)
    {
        var since = time.GetUtcNow() - TimeSpan.FromHours(1);
        return await db.OneTimeTokens.CountAsync(
            token => token.UserId == userId && token.Purpose == purpose && token.CreatedAt > since, cancellationToken) >= MailsPerHour;
    }

    /// <returns>Null when it is unknown, over, or for another purpose.</returns>
    public async Task<OneTimeToken?> FindAsync(string? text, CancellationToken cancellationToken, params TokenPurpose[] purposes)
    {
        if (string.IsNullOrEmpty(text) || text.Length > SecretToken.MaxLength)
        {
            return null;
        }

        var hash = SecretToken.Hash(text);
        var now = time.GetUtcNow();
        return await db.OneTimeTokens.AsNoTracking().SingleOrDefaultAsync(
            token => token.TokenHash == hash && token.ExpiresAt > now && purposes.Contains(token.Purpose), cancellationToken);
    }

    /// <summary>Uses a token up.</summary>
    /// <returns>False when somebody else just did.</returns>
    public async Task<bool> TakeAsync(OneTimeToken token, CancellationToken cancellationToken) =>
        await db.OneTimeTokens.Where(row => row.Id == token.Id).ExecuteDeleteAsync(cancellationToken) == 1;
}
