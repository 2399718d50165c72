using System.Reflection;
using ErrorOr;
using FaceId.Application.Common.Security;
using FaceId.Application.Users;
using MediatR;

namespace FaceId.Application.Common.Behaviours;

/// <summary>Lets a request through only when its caller has what the request type asks for.</summary>
internal sealed class AuthorizationBehaviour<TRequest, TResponse>(ICaller caller, AccountOptions options, TimeProvider time)
    : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IRequest<TResponse>
    where TResponse : IErrorOr
{
    private static readonly bool Open = typeof(TRequest).IsDefined(typeof(AnonymousAttribute)) || typeof(TRequest).IsDefined(typeof(InternalAttribute));
    private static readonly bool OwnAccount = typeof(TRequest).IsDefined(typeof(OwnAccountAttribute));
    private static readonly bool EvenBeforeSetup = typeof(TRequest).IsDefined(typeof(EvenBeforeSetupAttribute));
    private static readonly bool EvenWithGivenPassword = typeof(TRequest).IsDefined(typeof(EvenWithGivenPasswordAttribute));
    private static readonly RequiresAttribute? Needed = typeof(TRequest).GetCustomAttribute<RequiresAttribute>();
    private static readonly FreshProofAttribute? Proof = typeof(TRequest).GetCustomAttribute<FreshProofAttribute>();

    public Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next) =>
        Open || Refuse(request) is not { } error ? next() : Task.FromResult(Refusal<TResponse>.From(error));

    private Error? Refuse(TRequest request)
    {
        if (!OwnAccount && Needed is null)
        {
            throw new InvalidOperationException($"{typeof(TRequest).Name} does not say what it needs of its caller.");
        }

        if (!caller.IsKnown)
        {
            return SecurityErrors.SignInNeeded;
        }

        if (OwnAccount ? caller.Session is null : !MaySend(request))
        {
            return OwnAccount ? SecurityErrors.OwnAccountOnly : SecurityErrors.Forbidden;
        }

        if (caller.ApiKey is not null && Proof is { SecondFactor: true })
        {
            // A program has no second factor that it could prove anew.
            return SecurityErrors.Forbidden;
        }

        return caller.Session is { } session ? RefuseSession(session) : null;
    }

    private bool MaySend(TRequest request) =>
        caller.Has(Needed!.Permission)
        || (Needed.OrOwner && request is IAboutUser about && caller.Session is { } session && about.UserId == session.UserId);

    private Error? RefuseSession(SessionAccess session) => session switch
    {
        { PasswordIsGiven: true } when !EvenWithGivenPassword && options.ReplaceGivenPasswords => SecurityErrors.PasswordChangeRequired,
        { IsVerified: false } when !EvenBeforeSetup => SecurityErrors.EmailUnverified,
        _ when !EvenBeforeSetup && MustSetUpMfa(session) => SecurityErrors.MfaSetupRequired,
        { MfaEnabled: true } when Proof is { SecondFactor: true } && !IsFresh(session.SecondFactorAt) => SecurityErrors.SecondFactorProofNeeded,
        _ when Proof is not null && !IsFresh(session.ProvenAt) => SecurityErrors.ProofNeeded,
        _ => null,
    };

    private bool MustSetUpMfa(SessionAccess session) =>
        session.MfaSetupRequired || (!session.MfaEnabled && options.RequiresMfa(session.Role));

    private bool IsFresh(DateTimeOffset? provenAt) => provenAt is { } at && time.GetUtcNow() - at <= options.ProofLifetime;
}
