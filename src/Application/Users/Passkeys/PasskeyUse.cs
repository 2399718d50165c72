using System.Text.Json;
using FaceId.Application.Common;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace FaceId.Application.Users.Passkeys;

/// <summary>Finds out whose passkey answered a challenge, and counts its use.</summary>
public sealed partial class PasskeyUse(IFaceIdDb db, IPasskeyCeremonies ceremonies, TimeProvider time, ILogger<PasskeyUse> logger)
{
    /// <param name="userId">The only account whose passkeys count; null for any.</param>
    public async Task<PasskeyCheck> CheckAsync(string challenge, JsonElement credential, int? userId, CancellationToken cancellationToken)
    {
        if (ceremonies.CredentialId(credential) is not { } credentialId)
        {
            return default;
        }

        var passkey = await db.Passkeys.AsNoTracking().SingleOrDefaultAsync(
            passkey => passkey.CredentialId == credentialId && (userId == null || passkey.UserId == userId), cancellationToken);
        return passkey is null
            ? default
            : new PasskeyCheck(
                passkey.UserId,
                await ceremonies.FinishAssertionAsync(challenge, credential, passkey, cancellationToken) is { } assertion
                && await CountAsync(passkey, assertion, cancellationToken));
    }

    /// <summary>The person's row is held, so that of two uses with the same count, the second meets the count of the first.</summary>
    private async Task<bool> CountAsync(Passkey seen, PasskeyAssertion assertion, CancellationToken cancellationToken)
    {
        await using var transaction = await db.BeginTransactionAsync(cancellationToken);
        await db.LockUserAsync(seen.UserId, cancellationToken);
        var passkey = await db.Passkeys.SingleOrDefaultAsync(row => row.Id == seen.Id, cancellationToken);
        if (passkey is null)
        {
            return false;
        }

        if (!passkey.TryUse(assertion.SignCount, assertion.IsBackedUp, time.GetUtcNow()))
        {
            LogCopied(logger, passkey.Id, passkey.UserId, assertion.SignCount, passkey.SignCount);
            return false;
        }

        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    [LoggerMessage(EventId = 120, Level = LogLevel.Warning,
        Message = "Passkey {PasskeyId} of user {UserId} was refused: it counts {Count} signatures after {Before}, so there may be a copy of it")]
    private static partial void LogCopied(ILogger logger, int passkeyId, int userId, long count, long before);
}

/// <param name="OwnerId">Whose passkey it is said to be; null when it is unknown.</param>
/// <param name="IsGood">Whether it is.</param>
public readonly record struct PasskeyCheck(int? OwnerId, bool IsGood);
