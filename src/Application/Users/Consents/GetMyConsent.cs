using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using MediatR;

namespace FaceId.Application.Users.Consents;

/// <summary>Shows the text that people agree to before their face is enrolled, and whether one has.</summary>
[OwnAccount, EvenBeforeSetup]
public sealed record GetMyConsent : IQuery<ConsentResponse>
{
    internal sealed class Handler(IFaceIdDb db, AccountOptions options, ICaller caller) : IRequestHandler<GetMyConsent, ErrorOr<ConsentResponse>>
    {
        public async Task<ErrorOr<ConsentResponse>> Handle(GetMyConsent query, CancellationToken cancellationToken) =>
            ConsentResponse.From(await db.Consents.RecordsOfAsync(caller.RequiredUserId(), cancellationToken), options);
    }
}
