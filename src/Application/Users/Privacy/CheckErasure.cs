using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Faces;
using FaceId.Application.Recognition;
using FaceId.Application.Recognition.Liveness;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.Privacy;

/// <summary>Says whether a receipt is genuine, and counts what is left of whom it is about.</summary>
[Anonymous]
public sealed record CheckErasure(
    Guid? Id, DateTimeOffset? ErasedAt, int? UserId, string? Subject, ErasureCounts? Counts, string? Signature) : IQuery<CheckErasure.Response>
{
    private const int MaxTextLength = 200;

    /// <param name="Remaining">Null when the receipt is not genuine.</param>
    public sealed record Response(bool Valid, Remains? Remaining);

    /// <summary>Rows that still name the former account, by table. All are zero, unless a backup from before was restored.</summary>
    public sealed record Remains(
        int Users,
        int Faces,
        int RecognitionLogs,
        int Sessions,
        int OneTimeTokens,
        int RecoveryCodes,
        int Passkeys,
        int ApiKeys,
        int Consents,
        int SecurityEvents,
        int Mails,
        int LivenessSessions);

    internal sealed class Validator : AbstractValidator<CheckErasure>
    {
        public Validator()
        {
            RuleFor(request => request.Id).NotNull().WithMessage("Send the whole receipt: id is missing.");
            RuleFor(request => request.ErasedAt).NotNull().WithMessage("Send the whole receipt: erasedAt is missing.");
            RuleFor(request => request.UserId).NotNull().WithMessage("Send the whole receipt: userId is missing.");
            RuleFor(request => request.Counts).NotNull().WithMessage("Send the whole receipt: counts are missing.");
            RuleFor(request => request.Subject).NotEmpty().MaximumLength(MaxTextLength).WithMessage("Send the whole receipt, unchanged: subject is missing or too long.");
            RuleFor(request => request.Signature).NotEmpty().MaximumLength(MaxTextLength).WithMessage("Send the whole receipt, unchanged: signature is missing or too long.");
        }
    }

    internal sealed class Handler(IFaceIdDb db, IMediator mediator, IQueuedMails mails, IReceiptSeal seal)
        : IRequestHandler<CheckErasure, ErrorOr<Response>>
    {
        public async Task<ErrorOr<Response>> Handle(CheckErasure query, CancellationToken cancellationToken)
        {
            var receipt = new ErasureReceipt(
                query.Id!.Value, query.ErasedAt!.Value, query.UserId!.Value, query.Subject!, query.Counts!, query.Signature!);
            if (!receipt.IsGenuine(seal))
            {
                return new Response(Valid: false, Remaining: null);
            }

            var id = receipt.UserId;
            var faces = await mediator.Send(new CountFaces(id), cancellationToken);
            var log = await mediator.Send(new CountLog(id), cancellationToken);
            var liveness = await mediator.Send(new CountLiveness(id), cancellationToken);
            return new Response(Valid: true, new Remains(
                await db.Users.CountAsync(user => user.Id == id, cancellationToken),
                faces.Value,
                log.Value,
                await db.Sessions.CountAsync(session => session.UserId == id, cancellationToken),
                await db.OneTimeTokens.CountAsync(token => token.UserId == id, cancellationToken),
                await db.RecoveryCodes.CountAsync(code => code.UserId == id, cancellationToken),
                await db.Passkeys.CountAsync(passkey => passkey.UserId == id, cancellationToken),
                await db.ApiKeys.CountAsync(key => key.CreatedBy == id, cancellationToken),
                await db.Consents.CountAsync(consent => consent.UserId == id || consent.RecordedBy == id, cancellationToken),
                await db.SecurityEvents.CountAsync(row => row.UserId == id || row.ActorId == id, cancellationToken),
                await mails.CountAsync(id, cancellationToken),
                liveness.Value));
        }
    }
}
