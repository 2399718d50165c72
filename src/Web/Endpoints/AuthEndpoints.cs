using System.Text.Json;
using FaceId.Application.Users.SignIn;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using MediatR;

namespace FaceId.Web.Endpoints;

/// <summary>Coming in, staying in and going out. All doors but the last stand open to everybody.</summary>
internal static class AuthEndpoints
{
    public static void MapAuth(this IEndpointRouteBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("Accounts");
        var mail = auth.MapGroup("").AllowAnonymous().RequireRateLimiting(RateLimits.Registration);
        mail.MapPost("/register", Register)
            .Describe("Register", "Makes an account of one's own. The answer is the same when the address has one already.")
            .Produces<Register.Response>(StatusCodes.Status202Accepted).Refuses("validation", "busy");
        mail.MapPost("/verify-email", VerifyEmail).Describe("VerifyEmail", "Proves an e-mail address by the token mailed to it.")
            .Produces(StatusCodes.Status204NoContent).Refuses("validation", "invalid_token", "email_taken");
        mail.MapPost("/resend-verification", ResendVerification)
            .Describe("ResendVerification", "Mails the link that verifies an address once more, to the caller's or to one given.")
            .Produces<MailRequested>(StatusCodes.Status202Accepted).Refuses("validation");
        var open = auth.MapGroup("").AllowAnonymous().RequireRateLimiting(RateLimits.SignIn);
        open.MapPost("/login", Login)
            .Describe("Login", "Signs in by password. Answers tokens, or the question for a second factor.")
            .Produces<SignInResponse>().Refuses("validation", "invalid_credentials", "password_over", "too_many_attempts", "busy");
        open.MapPost("/mfa", CompleteSignIn).Describe("CompleteSignIn", "Signs in by the second factor that a login asked for.")
            .Produces<SignInResponse>().Refuses("validation", "invalid_token", "invalid_code", "invalid_passkey", "too_many_attempts");
        open.MapPost("/refresh", Refresh)
            .Describe("Refresh", "Trades a refresh token for new tokens. Each is good once; one used twice ends its session.")
            .Produces<SignInResponse>().Refuses("validation", "invalid_refresh_token", "refresh_raced");
        open.MapPost("/logout", Logout).Describe("Logout", "Ends the session of a refresh token, otherwise the caller's own.")
            .Produces(StatusCodes.Status204NoContent).Refuses("validation");
        mail.MapPost("/forgot-password", ForgotPassword)
            .Describe("ForgotPassword", "Mails a link that sets a new password. The answer never tells whether there is such an account.")
            .Produces<MailRequested>(StatusCodes.Status202Accepted).Refuses("validation");
        mail.MapPost("/reset-password", ResetPassword)
            .Describe("ResetPassword", "Sets a new password by the token that was mailed, and ends all sessions.")
            .Produces(StatusCodes.Status204NoContent).Refuses("validation", "invalid_token", "busy");
        auth.MapPost("/step-up", StepUp)
            .Describe("StepUp", "Proves anew who is signed in, for sensitive requests, and answers new tokens; those before are refused. With a face it is multipart/form-data: method, password or code, image.")
            .TakesProof().Produces<StepUp.Response>()
            .RefusesPhotos(
                "invalid_credentials", "password_over", "invalid_code", "invalid_token", "invalid_passkey", "face_not_recognised", "mfa_not_enabled", "not_enrolled", "faces_unreadable", "too_many_attempts",
                "liveness_required", "liveness_unusable", "liveness_mismatch");
    }

    private static Task<IResult> Register(Register request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, Accepted, cancellationToken);

    private static Task<IResult> VerifyEmail(VerifyEmail request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, _ => TypedResults.NoContent(), cancellationToken);

    private static Task<IResult> ResendVerification(ResendVerification? request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request ?? new ResendVerification(), Accepted, cancellationToken);

    private static Task<IResult> Login(Login request, HttpResponse response, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, signedIn => SignedIn(signedIn, response), cancellationToken);

    private static Task<IResult> CompleteSignIn(
        CompleteSignIn request, HttpResponse response, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, signedIn => SignedIn(signedIn, response), cancellationToken);

    private static Task<IResult> Refresh(Refresh request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, cancellationToken);

    private static Task<IResult> Logout(Logout? request, HttpResponse response, IMediator mediator, CancellationToken cancellationToken)
    {
        SessionCookie.Delete(response);
        return mediator.Answer(request ?? new Logout(), _ => TypedResults.NoContent(), cancellationToken);
    }

    private static Task<IResult> ForgotPassword(ForgotPassword request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, Accepted, cancellationToken);

    private static Task<IResult> ResetPassword(ResetPassword request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, _ => TypedResults.NoContent(), cancellationToken);

    private static async Task<IResult> StepUp(
        HttpRequest request, HttpResponse response, PhotoUploads uploads, IMediator mediator, CancellationToken cancellationToken)
    {
        if (!request.HasFormContentType)
        {
            if (!request.HasJsonContentType())
            {
                throw new BadHttpRequestException("Neither JSON nor a form.", StatusCodes.Status415UnsupportedMediaType);
            }

            var proof = await ReadAsync<StepUpBody>(request, cancellationToken);
            return await mediator.Answer(
                new StepUp(proof.Method, proof.Password, proof.Code, Photo: null, proof.Token, proof.Credential),
                proven => SignedIn(proven, response),
                cancellationToken);
        }

        using var parts = uploads.Expect(1);
        var method = await parts.TextAsync("method", cancellationToken);
        return await mediator.Answer(
            new StepUp(
                Choice<ProofMethod>.TryParse(method, provider: null, out var choice) ? choice.Value : null,
                await parts.TextAsync("password", cancellationToken),
                await parts.TextAsync("code", cancellationToken),
                parts.Field("image"),
                LivenessSession: Guid.TryParse(await parts.TextAsync("livenessSession", cancellationToken), out var session) ? session : null),
            proven => SignedIn(proven, response),
            cancellationToken);
    }

    /// <summary>Reads a body as ASP.NET binds those of other endpoints.</summary>
    private static async Task<T> ReadAsync<T>(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await request.ReadFromJsonAsync<T>(cancellationToken) ?? throw new BadHttpRequestException("There is no body.");
        }
        catch (JsonException exception)
        {
            throw new BadHttpRequestException("The body is not the JSON that is expected.", exception);
        }
    }

    private static IResult Accepted<T>(T answer) => TypedResults.Accepted((string?)null, answer);

    /// <summary>Answers a session's new tokens; a browser's cookie goes into a header.</summary>
    internal static IResult SignedIn<T>(T tokens, HttpResponse response)
        where T : SessionTokens
    {
        SessionCookie.SetNew(response, tokens);
        return TypedResults.Ok(tokens);
    }
}

/// <summary>The JSON body of a proof without a photo.</summary>
internal sealed record StepUpBody(
    ProofMethod? Method, string? Password = null, string? Code = null, string? Token = null, JsonElement? Credential = null);
