using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users;
using FaceId.Domain.Common;
using FaceId.Domain.Recognition.Liveness;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Recognition.Liveness;

/// <summary>
/// Begins a challenge: the person before the camera is to turn their head as it says. A session that the caller began for the same
/// person before ends.
/// </summary>
/// <param name="UserId">Whom it is about; a signed-in person means themselves by leaving it out.</param>
[Requires(Permission.AnalysePhotos)]
public sealed record BeginLiveness(LivenessPurpose? Purpose, int? UserId = null) : ICommand<BeginLiveness.Response>
{
    /// <summary>Open sessions without a person that one caller may have.</summary>
    private const int MaxWithoutPerson = 20;

    /// <param name="Nonce">To be sent with the frames; shown this once.</param>
    /// <param name="Challenge">What to show, in this order; left and right are the person's own.</param>
    /// <param name="ExpiresAt">Until when frames are taken.</param>
    public sealed record Response(
        Guid Id, string Nonce, LivenessPurpose Purpose, int? UserId, IReadOnlyList<LivenessStep> Challenge, DateTimeOffset ExpiresAt, int MaxFrames, int MaxFramesAtOnce);

    internal sealed class Validator : AbstractValidator<BeginLiveness>
    {
        public Validator()
        {
            RuleFor(request => request.Purpose).NotNull().WithMessage("Give the purpose: verify, enroll, proof or identify.");
            RuleFor(request => request.UserId).Null().When(request => request.Purpose == LivenessPurpose.Identify)
                .WithMessage("Who it is, is what identification asks: leave userId out.");
        }
    }

    internal sealed class Handler(IFaceIdDb db, IMediator mediator, ILivenessVault vault, LivenessOptions options, IAttemptLimiter limiter, ICaller caller, TimeProvider time)
        : IRequestHandler<BeginLiveness, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(BeginLiveness request, CancellationToken cancellationToken)
        {
            var purpose = request.Purpose!.Value;
            var userId = purpose == LivenessPurpose.Identify ? null : request.UserId ?? caller.UserId;
            if (await CheckAsync(purpose, userId, cancellationToken) is { } refusal)
            {
                return refusal;
            }

            var allowed = await limiter.BeginAsync(caller.LivenessGuesses(userId), cancellationToken);
            if (allowed.IsError)
            {
                return allowed.Errors;
            }

            var now = time.GetUtcNow();
            var (actor, key) = (caller.UserId, caller.ApiKey?.KeyId);
            await using var transaction = await db.BeginTransactionAsync(cancellationToken);

            // One caller begins one session at a time, so that none slips past the count.
            if ((actor ?? caller.ApiKey?.MakerId) is { } holder)
            {
                await db.LockUserAsync(holder, cancellationToken);
            }

            await db.LivenessSessions.Where(session => session.ExpiresAt < now).ExecuteDeleteAsync(cancellationToken);
            var own = db.LivenessSessions.Where(session => session.ActorId == actor && session.ApiKeyId == key && session.UserId == userId);
            if (userId is not null || actor is not null)
            {
                await own.ExecuteDeleteAsync(cancellationToken);
            }
            else if (await own.CountAsync(cancellationToken) >= MaxWithoutPerson)
            {
                return LivenessErrors.TooManySessions;
            }

            var nonce = SecretToken.New();
            var id = Guid.CreateVersion7(now);
            var run = new LivenessRun { Steps = LivenessChallenge.New(), StartedAt = now };
            var session = LivenessSession.Begin(id, userId, actor, key, purpose, SecretToken.Hash(nonce), vault.Seal(run, id), now, options.Lifetime);
            db.LivenessSessions.Add(session);
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return new Response(id, nonce, purpose, userId, run.Steps, session.ExpiresAt, LivenessRun.MaxFrames, AddLivenessFrames.MaxAtOnce);
        }

        /// <summary>Whoever may do what the session is for may begin it.</summary>
        private async Task<Error?> CheckAsync(LivenessPurpose purpose, int? userId, CancellationToken cancellationToken)
        {
            if (userId is null)
            {
                return purpose == LivenessPurpose.Identify ? null : Invalid.Field("userId", "Say whom it is about: give the userId.");
            }

            if (userId == caller.UserId)
            {
                return null;
            }

            var allowed = purpose switch
            {
                LivenessPurpose.Verify => caller.Has(Permission.VerifyFaces),
                LivenessPurpose.Enroll => caller.Has(Permission.ManageFaces),
                _ => false,
            };
            if (!allowed)
            {
                return SecurityErrors.Forbidden;
            }

            var person = await mediator.Send(new FindPerson(userId.Value), cancellationToken);
            return person.IsError ? person.FirstError : null;
        }
    }
}
