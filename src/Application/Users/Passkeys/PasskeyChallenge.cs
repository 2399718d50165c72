using System.Text.Json;
using FaceId.Application.Common;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.Passkeys;

/// <summary>A question to an authenticator, to be answered once and within minutes.</summary>
/// <param name="Token">Send it back with the credential.</param>
/// <param name="Options">What the browser's navigator.credentials.create() or get() takes.</param>
public sealed record PasskeyChallenge(string Token, JsonElement Options)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
}

internal static class PasskeyQueries
{
    public static Task<List<byte[]>> CredentialIdsAsync(this IFaceIdDb db, int userId, CancellationToken cancellationToken) =>
        db.Passkeys.Where(passkey => passkey.UserId == userId).OrderBy(passkey => passkey.Id)
            .Select(passkey => passkey.CredentialId).ToListAsync(cancellationToken);
}
