using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;

namespace FaceId.Application.Users.SecurityEvents;

/// <summary>Notes what happens to the security of accounts, with who did it and from where.</summary>
public sealed class SecurityLog(IFaceIdDb db, ICaller caller, TimeProvider time)
{
    /// <summary>Notes an event together with the change it tells of: both are saved, or neither.</summary>
    /// <param name="userId">The account it happened to.</param>
    public void Add(SecurityEventKind kind, int? userId, string? detail = null) => db.SecurityEvents.Add(new SecurityEvent
    {
        Kind = kind,
        UserId = userId,
        ActorId = caller.UserId,
        ApiKeyId = caller.ApiKey?.KeyId,
        IpAddress = caller.IpAddress,
        UserAgent = caller.StoredUserAgent,
        Detail = detail,
        CreatedAt = time.GetUtcNow(),
    });

    /// <summary>Notes an event that no change goes with, such as a failure.</summary>
    public Task WriteAsync(SecurityEventKind kind, int? userId, string? detail, CancellationToken cancellationToken)
    {
        Add(kind, userId, detail);
        return db.SaveChangesAsync(cancellationToken);
    }
}
