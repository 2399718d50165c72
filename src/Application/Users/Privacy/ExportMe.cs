using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Recognition;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.Privacy;

/// <summary>Everything held on the caller, but secrets and their hashes.</summary>
[OwnAccount, EvenBeforeSetup, FreshProof(SecondFactor = true)]
public sealed record ExportMe : ICommand<ExportMe.Response>
{
    private const int CurrentFormat = 1;

    /// <param name="Format">Grows when a field changes its meaning or goes.</param>
    /// <param name="Faces">Read as they are written out.</param>
    /// <param name="RecognitionLog">Read as it is written out.</param>
    public sealed record Response(
        int Format,
        DateTimeOffset ExportedAt,
        Account Account,
        IAsyncEnumerable<ExportFaces.Face> Faces,
        IReadOnlyList<SignIn> Sessions,
        IReadOnlyList<Key> Passkeys,
        int RecoveryCodesLeft,
        IReadOnlyList<Pending> OneTimeTokens,
        IReadOnlyList<Agreement> Consents,
        IReadOnlyList<ProgramKey> ApiKeys,
        IReadOnlyList<QueuedMail> PendingMails,
        IAsyncEnumerable<SecurityEventItem> SecurityEvents,
        IAsyncEnumerable<ListLogs.Item> RecognitionLog);

    public sealed record Account(
        int Id,
        string Email,
        string Name,
        Role Role,
        bool IsActive,
        bool IsVerified,
        bool MfaEnabled,
        bool MfaSetupRequired,
        DateTimeOffset? LastSignInAt,
        DateTimeOffset CreatedAt,
        DateTimeOffset UpdatedAt);

    public sealed record SignIn(
        Guid Id, string? IpAddress, string? UserAgent, bool Browser, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, DateTimeOffset ExpiresAt);

    public sealed record Key(int Id, string Name, Guid Aaguid, bool IsBackedUp, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt);

    public sealed record Pending(TokenPurpose Purpose, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

    public sealed record Agreement(string Version, ConsentWay Way, string? IpAddress, DateTimeOffset GivenAt, DateTimeOffset? WithdrawnAt);

    public sealed record ProgramKey(
        int Id, string Name, string Prefix, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt);

    internal sealed class Handler(IFaceIdDb db, IMediator mediator, IQueuedMails mails, SecurityLog log, ICaller caller, TimeProvider time)
        : IRequestHandler<ExportMe, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(ExportMe request, CancellationToken cancellationToken)
        {
            var id = caller.RequiredUserId();
            await log.WriteAsync(SecurityEventKind.DataExported, id, null, cancellationToken);
            var faces = await mediator.Send(new ExportFaces(id), cancellationToken);
            if (faces.IsError)
            {
                return faces.Errors;
            }

            var recognition = await mediator.Send(new ExportLog(id), cancellationToken);
            if (recognition.IsError)
            {
                return recognition.Errors;
            }

            return new Response(
                CurrentFormat,
                time.GetUtcNow(),
                await db.Users.AsNoTracking().Where(user => user.Id == id)
                    .Select(user => new Account(
                        user.Id, user.Email, user.Name, user.Role, user.IsActive, user.IsVerified, user.MfaEnabled, user.MfaSetupRequired,
                        user.LastSignInAt, user.CreatedAt, user.UpdatedAt))
                    .SingleAsync(cancellationToken),
                faces.Value.Faces,
                await db.Sessions.AsNoTracking().Where(session => session.UserId == id).OrderBy(session => session.CreatedAt)
                    .Select(session => new SignIn(
                        session.Id, session.IpAddress, session.UserAgent, session.CookieHash != null, session.CreatedAt, session.LastSeenAt, session.ExpiresAt))
                    .ToListAsync(cancellationToken),
                await db.Passkeys.AsNoTracking().Where(passkey => passkey.UserId == id).OrderBy(passkey => passkey.Id)
                    .Select(passkey => new Key(passkey.Id, passkey.Name, passkey.Aaguid, passkey.IsBackedUp, passkey.CreatedAt, passkey.LastUsedAt))
                    .ToListAsync(cancellationToken),
                await db.RecoveryCodes.CountAsync(code => code.UserId == id, cancellationToken),
                await db.OneTimeTokens.AsNoTracking().Where(token => token.UserId == id).OrderBy(token => token.Id)
                    .Select(token => new Pending(token.Purpose, token.CreatedAt, token.ExpiresAt))
                    .ToListAsync(cancellationToken),
                await db.Consents.AsNoTracking().Where(consent => consent.UserId == id).OrderBy(consent => consent.Id)
                    .Select(consent => new Agreement(
                        consent.Version, consent.Way, consent.RecordedBy == id ? consent.IpAddress : null, consent.GivenAt, consent.WithdrawnAt))
                    .ToListAsync(cancellationToken),
                await db.ApiKeys.AsNoTracking().Where(key => key.CreatedBy == id).OrderBy(key => key.Id)
                    .Select(key => new ProgramKey(key.Id, key.Name, key.Prefix, key.Scopes, key.CreatedAt, key.ExpiresAt, key.LastUsedAt))
                    .ToListAsync(cancellationToken),
                await mails.UnsentToAsync(id, cancellationToken),
                Batches.ReadAsync((after, limit, token) => ReadEventsAsync(id, after, limit, token), row => row.Id, cancellationToken),
                recognition.Value.Rows);
        }

        /// <summary>Where somebody else was when they did something to the account is theirs, not the caller's.</summary>
        private Task<List<SecurityEventItem>> ReadEventsAsync(int userId, long after, int limit, CancellationToken cancellationToken) =>
            db.SecurityEvents.AsNoTracking()
                .Where(row => (row.UserId == userId || row.ActorId == userId) && row.Id > after)
                .OrderBy(row => row.Id)
                .Take(limit)
                .Select(row => new SecurityEventItem(
                    row.Id,
                    row.Kind,
                    row.UserId,
                    row.ActorId,
                    row.ApiKeyId,
                    row.Detail,
                    row.ActorId == null || row.ActorId == userId ? row.IpAddress : null,
                    row.ActorId == null || row.ActorId == userId ? row.UserAgent : null,
                    row.CreatedAt))
                .ToListAsync(cancellationToken);
    }
}
