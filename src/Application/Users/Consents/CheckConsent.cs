using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using MediatR;

namespace FaceId.Application.Users.Consents;

/// <summary>
/// Tells the Faces module whether a face of this person may be enrolled by the caller. Who enrols somebody else thereby vouches for their
/// consent, unless the person withdrew it: then only a new consent counts.
/// </summary>
/// <param name="Attest">Writes the vouching down; the caller holds the user's row in a transaction.</param>
[Internal]
public sealed record CheckConsent(int UserId, bool Attest) : IRequest<ErrorOr<Success>>
{
    internal sealed class Handler(IFaceIdDb db, AccountOptions options, ICaller caller, TimeProvider time)
        : IRequestHandler<CheckConsent, ErrorOr<Success>>
    {
        public async Task<ErrorOr<Success>> Handle(CheckConsent request, CancellationToken cancellationToken)
        {
            if (options.RequireConsent == ConsentRule.Off)
            {
                return Result.Success;
            }

            var state = (await db.Consents.RecordsOfAsync(request.UserId, cancellationToken)).StateOf(options.ConsentVersion);
            if (state == ConsentState.Given)
            {
                return Result.Success;
            }

            if (options.RequireConsent == ConsentRule.All || caller.UserId == request.UserId || state == ConsentState.Withdrawn)
            {
                return UserErrors.ConsentRequired;
            }

            if (request.Attest && state != ConsentState.Attested)
            {
                db.Consents.Add(Consent.Give(
                    request.UserId, options.ConsentVersion, ConsentWay.Attestation, caller.UserId, caller.ApiKey?.KeyId, caller.IpAddress, time.GetUtcNow()));
                await db.SaveChangesAsync(cancellationToken);
            }

            return Result.Success;
        }
    }
}
