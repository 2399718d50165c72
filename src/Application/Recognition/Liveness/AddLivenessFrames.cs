using System.Buffers.Binary;
using System.Security.Cryptography;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Users;
using FaceId.Domain.Recognition.Liveness;
using FaceId.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace FaceId.Application.Recognition.Liveness;

/// <summary>Looks at the next frames of a challenge and says what to show next. The frames are not kept.</summary>
/// <param name="Times">When each frame was taken, in milliseconds of the client's own count.</param>
[Requires(Permission.AnalysePhotos)]
public sealed partial record AddLivenessFrames(Guid Id, string? Nonce, IReadOnlyList<int>? Times, IReadOnlyList<IPhoto> Photos) : ICommand<AddLivenessFrames.Response>
{
    /// <summary>How many frames one request brings at most.</summary>
    public const int MaxAtOnce = 8;

    /// <param name="Passed">Whether all was shown; the id can then be given once as livenessSession.</param>
    /// <param name="StepsDone">How many steps of the challenge were shown.</param>
    /// <param name="Next">The step that is due; null when all were shown.</param>
    /// <param name="Hint">What the last frame lacks.</param>
    /// <param name="Say">The same in words, for the person.</param>
    /// <param name="ExpiresAt">Until when frames are taken; once passed, until when it can be used.</param>
    /// <param name="PassiveScore">
    /// Advice only, which no decision asks for: what a network that looks for the edges of paper and screens takes for the probability of a
    /// living face, 0 to 1, the median of up to three frames that look ahead. Null before the first of them, and where it is switched off.
    /// </param>
    public sealed record Response(
        Guid Id, bool Passed, int StepsDone, LivenessStep? Next, LivenessHint Hint, string Say, int FramesLeft, DateTimeOffset ExpiresAt, double? PassiveScore);

    internal sealed class Validator : AbstractValidator<AddLivenessFrames>
    {
        public Validator()
        {
            RuleFor(request => request.Times).Must(times => times is { Count: >= 1 and <= MaxAtOnce } && times.All(time => time >= 0))
                .WithMessage($"Give times: one number of milliseconds for each frame, with commas between, for 1 to {MaxAtOnce} frames.");
            RuleFor(request => request.Nonce).NotEmpty().MaximumLength(SecretToken.MaxLength)
                .WithMessage("Send the nonce that came with the session.");
        }
    }

    internal sealed partial class Handler(IFaceIdDb db, IFaceEngine engine, ILivenessVault vault, IAttemptLimiter limiter, ICaller caller, TimeProvider time, ILogger<AddLivenessFrames> logger)
        : IRequestHandler<AddLivenessFrames, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(AddLivenessFrames request, CancellationToken cancellationToken)
        {
            // Asked first, because frames are costly to analyse; asked again below, where it counts.
            var known = await db.LivenessSessions.AsNoTracking().SingleOrDefaultAsync(session => session.Id == request.Id, cancellationToken);
            if (Check(known, request) is { } refusal)
            {
                return refusal;
            }

            var passive = vault.Open(known!.SealedRun!, known.Id).WantsPassiveScore;
            var seen = await SeeAsync(request, passive, cancellationToken);
            if (seen is { IsError: true } && seen.FirstError.Code != LivenessErrors.SeveralFaces.Code)
            {
                return seen.Errors;
            }

            await using var transaction = await db.BeginTransactionAsync(cancellationToken);
            await db.LockLivenessSessionAsync(request.Id, cancellationToken);
            var session = await db.LivenessSessions.SingleOrDefaultAsync(session => session.Id == request.Id, cancellationToken);
            if (Check(session, request) is { } late)
            {
                return late;
            }

            var judged = seen.IsError ? seen.FirstError : Judge(vault.Open(session!.SealedRun!, session.Id), seen.Value);
            if (judged.IsError)
            {
                session!.Refuse(judged.FirstError.Code);
                LogRefused(logger, session.Id, judged.FirstError.Code);
            }
            else
            {
                Keep(session!, judged.Value.Run);
            }

            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            if (session!.PassedAt is not null)
            {
                await limiter.ForgetAsync(caller.LivenessGuesses(session.UserId), cancellationToken);
            }

            return judged.Then(value => new Response(
                session.Id,
                value.Run.IsPassed,
                value.Run.Done,
                value.Run.Next,
                value.Hint,
                Say(value.Hint),
                LivenessRun.MaxFrames - value.Run.Frames,
                session.ExpiresAt,
                value.Run.PassiveScore is { } score ? Math.Round(score, 3) : null));
        }

        private Error? Check(LivenessSession? session, AddLivenessFrames request) =>
            session is null || !caller.Owns(session) ? LivenessErrors.NotFound
            : !CryptographicOperations.FixedTimeEquals(session.NonceHash, SecretToken.Hash(request.Nonce!)) ? LivenessErrors.Nonce
            : !session.TakesFrames(time.GetUtcNow()) ? LivenessErrors.Over
            : null;

        /// <summary>Analyses the frames one after the other, and stops at the first that says no.</summary>
        private async Task<ErrorOr<List<Seen>>> SeeAsync(AddLivenessFrames request, bool passive, CancellationToken cancellationToken)
        {
            var seen = new List<Seen>(request.Times!.Count);
            foreach (var (taken, photo) in request.Times.Zip(request.Photos))
            {
                var read = await photo.ReadAsync(cancellationToken);
                if (read.IsError)
                {
                    return read.Errors;
                }

                using var file = read.Value;
                var analysed = await engine.AnalyseAsync(
                    file.Bytes, new AnalysisOptions(Encode: EncodeFaces.WhenSingle, Patches: true, Passive: passive), cancellationToken);
                if (analysed.IsError)
                {
                    return analysed.Errors;
                }

                if (analysed.Value.Faces.Count > 1)
                {
                    return LivenessErrors.SeveralFaces;
                }

                var hash = BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(file.Bytes.Span));
                seen.Add(new Seen(taken, hash, analysed.Value.Faces is [var face] ? LivenessFace.See(face) : null));
            }

            return seen;
        }

        private ErrorOr<(LivenessRun Run, LivenessHint Hint)> Judge(LivenessRun run, List<Seen> frames)
        {
            var (judged, now) = ((Run: run, Hint: LivenessHint.LookAhead), time.GetUtcNow());
            foreach (var frame in frames)
            {
                var taken = judged.Run.Take(frame.Time, frame.Hash, frame.View, now);
                if (taken.IsError)
                {
                    return taken.Errors;
                }

                judged = taken.Value;
                if (judged.Run.IsPassed)
                {
                    break;
                }
            }

            return judged;
        }

        private void Keep(LivenessSession session, LivenessRun run)
        {
            if (run.IsPassed)
            {
                // Only the view ahead is of use from here on.
                session.Pass(vault.Seal(run with { Last = null, Hashes = [] }, session.Id), time.GetUtcNow());
            }
            else
            {
                session.Keep(vault.Seal(run, session.Id));
            }
        }

        private static string Say(LivenessHint hint) => hint switch
        {
            LivenessHint.LookAhead => "Look straight into the camera.",
            LivenessHint.TurnLeft => "Turn your head further to your left.",
            LivenessHint.TurnRight => "Turn your head further to your right.",
            LivenessHint.LookUp => "Face the camera and lift your chin further.",
            LivenessHint.TurnTheHead => "Hold the camera still, and turn your head itself, slowly and further.",
            LivenessHint.NoFace => "Bring your whole face into the picture, in good light.",
            LivenessHint.Done => "Done.",
            _ => throw new ArgumentOutOfRangeException(nameof(hint), hint, "A hint without words."),
        };

        [LoggerMessage(EventId = 130, Level = LogLevel.Information, Message = "Liveness session {Session} was refused: {Reason}")]
        private static partial void LogRefused(ILogger logger, Guid session, string reason);

        private sealed record Seen(int Time, long Hash, LivenessRun.View? View);
    }
}
