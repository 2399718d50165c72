using System.Text.Json;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.Passkeys;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.SignIn;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users.SecondFactor;

/// <summary>Asks for second factors and checks them. Every code is good once, and of two who send one at the same time, one gets in.</summary>
public sealed class SecondFactors(
    IFaceIdDb db,
    ITotp totp,
    ISecrets secrets,
    IPasskeyCeremonies ceremonies,
    PasskeyUse passkeys,
    IAttemptLimiter limiter,
    OneTimeTokens oneTimeTokens,
    SecurityLog log,
    AccountMails mails,
    AccountOptions options,
    ICaller caller)
{
    /// <summary>What a sign-in that waits for its second factor remembers.</summary>
    /// <param name="PasskeyOptions">The challenge to the account's passkeys, when it has any.</param>
    public sealed record Pending(bool Cookie, string? DeviceToken, string? PasskeyOptions = null);

    /// <summary>Answers a right password with the question for a second factor.</summary>
    public async Task<ErrorOr<SignInResponse>> AskAsync(User user, Pending pending, CancellationToken cancellationToken)
    {
        var credentials = await db.CredentialIdsAsync(user.Id, cancellationToken);
        var challenge = credentials.Count == 0 ? null : ceremonies.BeginAssertion(credentials);
        var token = oneTimeTokens.Issue(
            TokenPurpose.SecondFactor,
            user.Id,
            options.SecondFactorLifetime,
            JsonSerializer.Serialize(pending with { PasskeyOptions = challenge }));
        await db.SaveChangesAsync(cancellationToken);
        return new SignInResponse(
            MfaRequired: true,
            MfaToken: token,
            Methods: await MethodsAsync(user, cancellationToken),
            PasskeyOptions: challenge is null ? null : JsonElement.Parse(challenge));
    }

    public async Task<IReadOnlyList<SecondFactorMethod>> MethodsAsync(User user, CancellationToken cancellationToken)
    {
        var methods = new List<SecondFactorMethod>();
        if (user.MfaSecret is not null)
        {
            methods.Add(SecondFactorMethod.Totp);
        }

        if (await db.RecoveryCodes.AnyAsync(code => code.UserId == user.Id, cancellationToken))
        {
            methods.Add(SecondFactorMethod.Recovery);
        }

        if (await db.Passkeys.AnyAsync(passkey => passkey.UserId == user.Id, cancellationToken))
        {
            methods.Add(SecondFactorMethod.Passkey);
        }

        return methods;
    }

    /// <summary>Checks a code and uses it up.</summary>
    public Task<ErrorOr<Success>> CheckAsync(User user, SecondFactorMethod method, string code, CancellationToken cancellationToken) =>
        CheckAsync(
            user,
            method,
            () => method switch
            {
                SecondFactorMethod.Totp => UseTotpAsync(user, code, cancellationToken),
                SecondFactorMethod.Recovery => UseRecoveryCodeAsync(user, code, cancellationToken),
                _ => Task.FromResult(false),
            },
            UserErrors.InvalidCode,
            cancellationToken);

    /// <summary>Checks what one of the account's passkeys answered to a challenge.</summary>
    public Task<ErrorOr<Success>> CheckPasskeyAsync(User user, string? challenge, JsonElement credential, CancellationToken cancellationToken) =>
        CheckAsync(
            user,
            SecondFactorMethod.Passkey,
            async () => challenge is not null && (await passkeys.CheckAsync(challenge, credential, user.Id, cancellationToken)).IsGood,
            UserErrors.InvalidPasskey,
            cancellationToken);

    public static string Name(SecondFactorMethod method) => JsonNamingPolicy.CamelCase.ConvertName(method.ToString());

    private async Task<ErrorOr<Success>> CheckAsync(
        User user, SecondFactorMethod method, Func<Task<bool>> check, Error refusal, CancellationToken cancellationToken)
    {
        Guess[] guesses = [new(GuessKind.SecondFactor, $"{user.Id}"), new(GuessKind.Address, caller.IpAddress ?? "")];
        var allowed = await limiter.BeginAsync(guesses, cancellationToken);
        if (allowed.IsError)
        {
            await log.WriteAsync(SecurityEventKind.SignInBlocked, user.Id, Name(method), cancellationToken);
            return allowed.Errors;
        }

        if (!await check())
        {
            await log.WriteAsync(SecurityEventKind.SecondFactorFailed, user.Id, Name(method), cancellationToken);
            return refusal;
        }

        await limiter.ForgetAsync(guesses, cancellationToken);
        return Result.Success;
    }

    private async Task<bool> UseTotpAsync(User user, string code, CancellationToken cancellationToken)
    {
        if (user.MfaSecret is null || totp.Match(secrets.Open(user.MfaSecret, user.Id), code) is not { } step)
        {
            return false;
        }

        // One statement: of two who bring the same code, the second finds it used.
        return await db.Users
            .Where(row => row.Id == user.Id && (row.TotpLastStep == null || row.TotpLastStep < step))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.TotpLastStep, step), cancellationToken) == 1;
    }

    private async Task<bool> UseRecoveryCodeAsync(User user, string code, CancellationToken cancellationToken)
    {
        var hash = RecoveryCode.Hash(code);
        await using var transaction = await db.BeginTransactionAsync(cancellationToken);
        if (await db.RecoveryCodes.Where(row => row.UserId == user.Id && row.CodeHash == hash).ExecuteDeleteAsync(cancellationToken) != 1)
        {
            return false;
        }

        var left = await db.RecoveryCodes.CountAsync(row => row.UserId == user.Id, cancellationToken);
        log.Add(SecurityEventKind.RecoveryCodeUsed, user.Id, $"{left} left");
        mails.RecoveryCodeUsed(user, left);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}
