using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.Retention;

/// <summary>Tells an account once that it will be erased unless it is used. The event is how it is remembered that it was told.</summary>
/// <param name="LastUsed">A warning from before this is of an earlier absence and does not count.</param>
[Internal]
public sealed record WarnInactive(int UserId, DateTimeOffset LastUsed) : IRequest<ErrorOr<Success>>, ITransactional
{
    public const string Detail = "warned";

    internal sealed class Handler(IFaceIdDb db, AccountMails mails, SecurityLog log) : IRequestHandler<WarnInactive, ErrorOr<Success>>
    {
        public async Task<ErrorOr<Success>> Handle(WarnInactive request, CancellationToken cancellationToken)
        {
            if (!await db.LockUserAsync(request.UserId, cancellationToken))
            {
                return UserErrors.NotFound;
            }

            if (await db.SecurityEvents.Warnings(request.UserId).AnyAsync(row => row.CreatedAt > request.LastUsed, cancellationToken))
            {
                return Result.Success;
            }

            var user = await db.Users.AsNoTracking().SingleAsync(user => user.Id == request.UserId, cancellationToken);
            mails.InactiveAccountWarning(user, (int)RetentionOptions.Warning.TotalDays);
            await log.WriteAsync(SecurityEventKind.RetentionApplied, user.Id, Detail, cancellationToken);
            return Result.Success;
        }
    }
}

internal static class InactiveWarnings
{
    public static IQueryable<SecurityEvent> Warnings(this IQueryable<SecurityEvent> events, int userId) => events.Where(row =>
        row.UserId == userId && row.Kind == SecurityEventKind.RetentionApplied && row.Detail == WarnInactive.Detail);
}
