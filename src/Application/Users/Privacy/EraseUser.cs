using System.Text.Json;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Recognition;
using FaceId.Application.Users.Sessions;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.Privacy;

/// <summary>Erases one's own account and everything held on it.</summary>
[OwnAccount, EvenBeforeSetup, FreshProof(SecondFactor = true)]
public sealed record EraseMe : ICommand<ErasureReceipt>
{
    internal sealed class Handler(IMediator mediator, ICaller caller) : IRequestHandler<EraseMe, ErrorOr<ErasureReceipt>>
    {
        public Task<ErrorOr<ErasureReceipt>> Handle(EraseMe request, CancellationToken cancellationToken) =>
            mediator.Send(new EraseAccount(caller.RequiredUserId()), cancellationToken);
    }
}

/// <summary>Erases an account and everything held on it.</summary>
[Requires(Permission.ManageUsers), FreshProof]
public sealed record EraseUser(int UserId) : ICommand<ErasureReceipt>
{
    internal sealed class Handler(IMediator mediator) : IRequestHandler<EraseUser, ErrorOr<ErasureReceipt>>
    {
        public Task<ErrorOr<ErasureReceipt>> Handle(EraseUser request, CancellationToken cancellationToken) =>
            mediator.Send(new EraseAccount(request.UserId), cancellationToken);
    }
}

/// <summary>
/// The one way an account ends, whoever asks: all or nothing. The recognition log and the security events keep their rows, no longer
/// linked to the person nor to where they were.
/// </summary>
/// <param name="UnusedSince">Only if the account was not signed in to since.</param>
/// <param name="OnlyUnverified">Only if the address is still not verified.</param>
[Internal]
public sealed record EraseAccount(int UserId, DateTimeOffset? UnusedSince = null, bool OnlyUnverified = false)
    : ICommand<ErasureReceipt>, ITransactional
{
    private static readonly Error InUse = Error.Conflict("in_use", "The account came into use meanwhile.");

    internal sealed class Handler(
        IFaceIdDb db, IMediator mediator, IQueuedMails queuedMails, IReceiptSeal seal, AccountMails mails, ICaller caller, TimeProvider time)
        : IRequestHandler<EraseAccount, ErrorOr<ErasureReceipt>>
    {
        public async Task<ErrorOr<ErasureReceipt>> Handle(EraseAccount request, CancellationToken cancellationToken)
        {
            await db.LockAdministratorsAsync(cancellationToken);
            if (!await db.LockUserForErasureAsync(request.UserId, cancellationToken))
            {
                return UserErrors.NotFound;
            }

            var user = await db.Users.AsNoTracking().SingleAsync(user => user.Id == request.UserId, cancellationToken);
            if (!caller.MayActOn(user.Id, user.Role))
            {
                return SecurityErrors.Forbidden;
            }

            if (user.IsActiveAdmin && !await db.Users.HasOtherAdminAsync(user.Id, cancellationToken))
            {
                return UserErrors.LastAdmin;
            }

            if (await IsInUseAsync(request, user, cancellationToken))
            {
                return InUse;
            }

            var counts = await EraseAsync(user.Id, cancellationToken);
            if (counts.IsError)
            {
                return counts.Errors;
            }

            // To the second, so that no client's idea of time changes what was signed.
            var now = time.GetUtcNow();
            var receipt = ErasureReceipt.Issue(
                Guid.CreateVersion7(now), new DateTimeOffset(now.UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero), user.Id, counts.Value, seal);
            Tell(user, receipt, now);
            await db.SaveChangesAsync(cancellationToken);
            return receipt;
        }

        private async Task<bool> IsInUseAsync(EraseAccount request, User user, CancellationToken cancellationToken) =>
            (request.OnlyUnverified && user.IsVerified)
            || (request.UnusedSince is { } since
                && (user.LastSignInAt >= since
                    || await db.Sessions.AnyAsync(session => session.UserId == user.Id && session.LastSeenAt >= since, cancellationToken)));

        private async Task<ErrorOr<ErasureCounts>> EraseAsync(int userId, CancellationToken cancellationToken)
        {
            var keys = await db.ApiKeys.Where(key => key.CreatedBy == userId).Select(key => key.Id).ToListAsync(cancellationToken);
            var log = await mediator.Send(new UnlinkLog(userId, keys), cancellationToken);
            if (log.IsError)
            {
                return log.Errors;
            }

            var events = await UnlinkSecurityEventsAsync(userId, cancellationToken);
            await db.Consents.Where(consent => consent.RecordedBy == userId && consent.UserId != userId).ExecuteUpdateAsync(
                set => set.SetProperty(consent => consent.RecordedBy, (int?)null).SetProperty(consent => consent.IpAddress, (string?)null), cancellationToken);
            await queuedMails.ForgetAsync(userId, cancellationToken);
            var sessions = await db.Sessions.EndAllAsync(userId, except: null, cancellationToken);

            // Photos last, because a file that is gone does not come back with the transaction.
            var faces = await mediator.Send(new EraseFaces(userId), cancellationToken);
            if (faces.IsError)
            {
                return faces.Errors;
            }

            // Everything else that belongs to the account goes with its row.
            await db.Users.Where(user => user.Id == userId).ExecuteDeleteAsync(cancellationToken);
            return new ErasureCounts(faces.Value.Faces, sessions, log.Value, events, faces.Value.ImagesDeleted, faces.Value.ImagesElsewhere);
        }

        /// <summary>Events about others that the person caused keep whom they are about and what changed.</summary>
        private async Task<int> UnlinkSecurityEventsAsync(int userId, CancellationToken cancellationToken)
        {
            var keys = db.ApiKeys.Where(key => key.CreatedBy == userId).Select(key => (int?)key.Id);
            return await db.SecurityEvents
                .Where(row => row.UserId == userId || row.ActorId == userId || keys.Contains(row.ApiKeyId))
                .ExecuteUpdateAsync(
                    set => set
                        .SetProperty(row => row.Detail, row => row.UserId == userId ? null : row.Detail)
                        .SetProperty(row => row.UserId, row => row.UserId == userId ? null : row.UserId)
                        .SetProperty(row => row.ActorId, row => row.ActorId == userId ? null : row.ActorId)
                        .SetProperty(row => row.ApiKeyId, row => keys.Contains(row.ApiKeyId) ? null : row.ApiKeyId)
                        .SetProperty(row => row.IpAddress, (string?)null)
                        .SetProperty(row => row.UserAgent, (string?)null),
                    cancellationToken);
        }

        private void Tell(User user, ErasureReceipt receipt, DateTimeOffset now)
        {
            var byThemselves = caller.UserId == user.Id;
            db.SecurityEvents.Add(new SecurityEvent
            {
                Kind = SecurityEventKind.UserErased,
                ActorId = byThemselves ? null : caller.UserId,
                ApiKeyId = caller.ApiKey?.KeyId,
                IpAddress = byThemselves ? null : caller.IpAddress,
                Detail = receipt.Id.ToString(),
                CreatedAt = now,
            });

            // An address that nobody verified may be a stranger's.
            if (user.IsVerified)
            {
                mails.AccountErased(user, receipt.Id.ToString(), JsonSerializer.Serialize(receipt, JsonSerializerOptions.Web));
            }
        }
    }
}
