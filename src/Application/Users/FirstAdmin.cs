using FaceId.Application.Common;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;

namespace FaceId.Application.Users;

/// <summary>Makes the first administrator of a new database.</summary>
public sealed class FirstAdmin(IFaceIdDb db, UserCreation creation, PasswordPolicy policy)
{
    public const string DefaultEmail = "admin@faceid.local";

    private const string Name = "Administrator";

    /// <summary>
    /// Creates the administrator unless there is one already. The password in the answer is to be shown once; it is null
    /// when it was given by the caller, who knows it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The given address or password breaks a rule; the message says which.</exception>
    public async Task<CreatedAdmin?> EnsureAsync(string? email, string? password, CancellationToken cancellationToken)
    {
        if (await db.Users.AnyAsync(user => user.Role == Role.Admin, cancellationToken))
        {
            return null;
        }

        email ??= DefaultEmail;
        var parsedEmail = Email.Parse(email);
        if (parsedEmail.IsError)
        {
            throw new InvalidOperationException($"FACEID_ADMIN_EMAIL: {parsedEmail.FirstError.Description}");
        }

        if (password is not null && policy.Check(password, email, Name) is { IsError: true, FirstError.Description: var rule })
        {
            throw new InvalidOperationException($"FACEID_ADMIN_PASSWORD: {rule}");
        }

        var chosen = password ?? GeneratedPassword.New();
        var admin = await creation.PrepareAsync(
            parsedEmail.Value, PersonName.Parse(Name).Value, chosen, Role.Admin, verified: true, isGiven: password is null, cancellationToken);
        if (admin.IsError)
        {
            throw new InvalidOperationException(admin.FirstError.Description);
        }

        await using var transaction = await db.BeginTransactionAsync(cancellationToken);
        await db.LockAdministratorsAsync(cancellationToken);
        if (await db.Users.AnyAsync(user => user.Role == Role.Admin, cancellationToken))
        {
            return null;
        }

        if (!await creation.SaveAsync(admin.Value, SecurityEventKind.UserCreated, cancellationToken))
        {
            throw new InvalidOperationException($"FACEID_ADMIN_EMAIL: {UserErrors.EmailTaken.Description}");
        }

        await transaction.CommitAsync(cancellationToken);
        return new CreatedAdmin(admin.Value.Email, password is null ? chosen : null);
    }
}

public sealed record CreatedAdmin(string Email, string? OneTimePassword);
