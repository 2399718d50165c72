using FaceId.Domain.Common;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition;
using FaceId.Domain.Recognition.Liveness;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace FaceId.Application.Common;

/// <summary>The database as the use cases see it.</summary>
public interface IFaceIdDb
{
    DbSet<User> Users { get; }

    DbSet<Session> Sessions { get; }

    DbSet<RefreshToken> RefreshTokens { get; }

    DbSet<OneTimeToken> OneTimeTokens { get; }

    DbSet<RecoveryCode> RecoveryCodes { get; }

    DbSet<Passkey> Passkeys { get; }

    DbSet<ApiKey> ApiKeys { get; }

    DbSet<Consent> Consents { get; }

    DbSet<SecurityEvent> SecurityEvents { get; }

    DbSet<FaceEncoding> Faces { get; }

    DbSet<RecognitionLog> RecognitionLogs { get; }

    DbSet<LivenessSession> LivenessSessions { get; }

    DbSet<OutgoingMail> OutgoingMails { get; }

    DbSet<StoredSetting> Settings { get; }

    Task<int> SaveChangesAsync(CancellationToken cancellationToken);

    /// <summary>Saves, and answers false instead of throwing when a unique index already holds one of the values.</summary>
    Task<bool> TrySaveUniqueAsync(CancellationToken cancellationToken);

    Task<IDbContextTransaction> BeginTransactionAsync(CancellationToken cancellationToken);

    /// <summary>Holds the row of a user until the transaction ends, so that rules over what they own cannot be raced; false when there is none.</summary>
    Task<bool> LockUserAsync(int userId, CancellationToken cancellationToken);

    /// <summary>The same, and also keeps every other transaction from adding rows that belong to the user.</summary>
    Task<bool> LockUserForErasureAsync(int userId, CancellationToken cancellationToken);

    /// <summary>Holds the row of a session until the transaction ends; false when there is none.</summary>
    Task<bool> LockSessionAsync(Guid sessionId, CancellationToken cancellationToken);

    /// <summary>Holds the row of a liveness session until the transaction ends; false when there is none.</summary>
    Task<bool> LockLivenessSessionAsync(Guid sessionId, CancellationToken cancellationToken);

    /// <summary>Holds the row of a face until the transaction ends; false when there is none.</summary>
    Task<bool> LockFaceAsync(int faceId, CancellationToken cancellationToken);

    /// <summary>The number of a face that is about to be enrolled; nobody else gets it.</summary>
    Task<int> NextFaceIdAsync(CancellationToken cancellationToken);

    /// <summary>Lets one transaction at a time look whose a face is and enrol it.</summary>
    Task LockEnrolmentsAsync(CancellationToken cancellationToken);

    /// <summary>Lets one transaction at a time change who is an administrator.</summary>
    Task LockAdministratorsAsync(CancellationToken cancellationToken);

    /// <summary>Lets one transaction at a time change settings.</summary>
    Task LockSettingsAsync(CancellationToken cancellationToken);
}
