using System.Text.Json;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using MediatR;

namespace FaceId.Application.Users.Passkeys;

/// <summary>Asks the signed-in person's passkeys for a proof, to be sent to POST /auth/step-up.</summary>
[OwnAccount, EvenBeforeSetup, EvenWithGivenPassword]
public sealed record BeginPasskeyProof : ICommand<PasskeyChallenge>
{
    internal sealed class Handler(IFaceIdDb db, IPasskeyCeremonies ceremonies, OneTimeTokens oneTimeTokens, ICaller caller)
        : IRequestHandler<BeginPasskeyProof, ErrorOr<PasskeyChallenge>>
    {
        public async Task<ErrorOr<PasskeyChallenge>> Handle(BeginPasskeyProof request, CancellationToken cancellationToken)
        {
            var userId = caller.RequiredUserId();
            var credentials = await db.CredentialIdsAsync(userId, cancellationToken);
            if (credentials.Count == 0)
            {
                return UserErrors.PasskeyMissing;
            }

            var challenge = ceremonies.BeginAssertion(credentials);
            var token = oneTimeTokens.Issue(TokenPurpose.PasskeyProof, userId, PasskeyChallenge.Lifetime, challenge);
            await db.SaveChangesAsync(cancellationToken);
            return new PasskeyChallenge(token, JsonElement.Parse(challenge));
        }
    }
}
