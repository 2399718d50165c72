using FaceId.Application.Common;
using FaceId.Application.Users.Passkeys;
using FaceId.Application.Users.SignIn;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using MediatR;

namespace FaceId.Web.Endpoints;

/// <summary>Passkeys: adding and deleting one's own, and signing in with one.</summary>
internal static class PasskeyEndpoints
{
    public static void MapPasskeys(this IEndpointRouteBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("Accounts");
        var open = auth.MapGroup("").AllowAnonymous().RequireRateLimiting(RateLimits.SignIn);
        open.MapPost("/passkeys/options", BeginSignIn)
            .Describe("BeginPasskeySignIn", "Begins to sign in with a passkey: a challenge for the browser's navigator.credentials.get().")
            .Produces<PasskeyChallenge>().Refuses();
        open.MapPost("/passkeys", SignIn).Describe("SignInWithPasskey", "Signs in with a passkey alone.")
            .Produces<SignInResponse>().Refuses("validation", "invalid_token", "invalid_passkey", "too_many_attempts");
        auth.MapPost("/step-up/passkey-options", BeginProof)
            .Describe("BeginPasskeyProof", "Begins a proof by passkey: a challenge whose answer goes to POST /auth/step-up.")
            .AddEndpointFilter<PeopleOnly>().Produces<PasskeyChallenge>().Refuses("forbidden", "no_passkey");

        var mine = api.MapGroup("/me").WithTags("Me").AddEndpointFilter<PeopleOnly>();
        mine.MapPost("/passkeys/options", Begin)
            .Describe("BeginPasskey", "Begins to add a passkey: a challenge for the browser's navigator.credentials.create().")
            .Produces<PasskeyChallenge>().Refuses("forbidden", "too_many_passkeys", "proof_required");
        mine.MapPost("/passkeys", Add)
            .Describe("AddPasskey", "Adds the passkey that the browser made. With an account's first second factor come recovery codes.")
            .Produces<AddPasskey.Response>(StatusCodes.Status201Created)
            .Refuses("validation", "forbidden", "invalid_token", "invalid_passkey", "mailed_token_required", "too_many_passkeys", "proof_required");
        mine.MapGet("/passkeys", List).Describe("ListMyPasskeys", "Lists one's passkeys, oldest first.")
            .Produces<Page<ListPasskeys.Item>>().Refuses("forbidden");
        mine.MapDelete("/passkeys/{passkeyId:int}", Delete)
            .Describe("DeleteMyPasskey", "Deletes a passkey. With the last second factor the recovery codes go too.")
            .Produces(StatusCodes.Status204NoContent).Refuses("forbidden", "not_found", "proof_required");
    }

    private static Task<IResult> BeginSignIn(IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new BeginPasskeySignIn(), cancellationToken);

    private static Task<IResult> SignIn(
        SignInWithPasskey request, HttpResponse response, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, signedIn => AuthEndpoints.SignedIn(signedIn, response), cancellationToken);

    private static Task<IResult> BeginProof(IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new BeginPasskeyProof(), cancellationToken);

    private static Task<IResult> Begin(IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new BeginPasskey(), cancellationToken);

    private static Task<IResult> Add(AddPasskey request, HttpResponse response, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(
            request,
            added =>
            {
                SessionCookie.SetNew(response, added);
                return TypedResults.Created((string?)null, added);
            },
            cancellationToken);

    private static Task<IResult> List(IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new ListPasskeys(), cancellationToken);

    /// <param name="endOtherSessions">Whether all of one's other sessions end; true when left out.</param>
    private static Task<IResult> Delete(int passkeyId, bool? endOtherSessions, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(new DeletePasskey(passkeyId, endOtherSessions ?? true), _ => TypedResults.NoContent(), cancellationToken);
}
