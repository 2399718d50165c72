using System.Text.Json;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.Mail;
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
    IAttemptLimiter limiter,
    OneTimeTokens oneTimeTokens,
    SecurityLog log,
    AccountMails mails,
    AccountOptions options,
    ICaller caller)
{
    /// <summary>What a sign-in that waits for its second factor remembers.</summary>
    public sealed record Pending(bool Cookie, string? DeviceToken);

    /// <summary>Answers a right password with the question for a second factor.</summary>
    public async Task<ErrorOr<SignInResponse>> AskAsync(User user, Pending pending, CancellationToken cancellationToken)
    {
        var token = oneTimeTokens.Issue(
            TokenPurpose.SecondFactor, user.Id, options.SecondFactorLifetime, JsonSerializer.Serialize(pending));
        await db.SaveChangesAsync(cancellationToken);
        return new SignInResponse(MfaRequired: true, MfaToken: token, Methods: await MethodsAsync(user, cancellationToken));
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

        return methods;
    }

    /// <summary>Checks a code and uses it up.</summary>
    public async Task<ErrorOr<Success>> CheckAsync(User user, SecondFactorMethod method, string code, CancellationToken cancellationToken)
    {
        Guess[] guesses = [new(GuessKind.SecondFactor, $"{user.Id}"), new(GuessKind.Address, caller.IpAddress ?? "")];
        var allowed = await limiter.BeginAsync(guesses, cancellationToken);
        if (allowed.IsError)
        {
            await log.WriteAsync(SecurityEventKind.SignInBlocked, user.Id, Name(method), cancellationToken);
            return allowed.Errors;
        }

        var right = method switch
        {
            SecondFactorMethod.Totp => await UseTotpAsync(user, code, cancellationToken),
            SecondFactorMethod.Recovery => await UseRecoveryCodeAsync(user, code, cancellationToken),
            _ => false,
        };
        if (!right)
        {
            await log.WriteAsync(SecurityEventKind.SecondFactorFailed, user.Id, Name(method), cancellationToken);
            return UserErrors.InvalidCode;
        }

        await limiter.ForgetAsync(guesses, cancellationToken);
        return Result.Success;
    }

    public static string Name(SecondFactorMethod method) => JsonNamingPolicy.CamelCase.ConvertName(method.ToString());

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
