using ErrorOr;
using FaceId.Domain.Users;
using FluentValidation;

namespace FaceId.Application.Users;

/// <summary>The domain's rules as validator rules, so that all broken ones are told at once.</summary>
internal static class UserRules
{
    // As it was typed, a letter may have come as itself and a few accents.
    private const int MaxCharsPerCodePoint = 4;
    private const int MaxCodeLength = 100;

    public static IRuleBuilderOptionsConditions<T, string?> ValidEmail<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Obeys(value => Email.Parse(value));

    public static IRuleBuilderOptionsConditions<T, string?> ValidName<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Obeys(value => PersonName.Parse(value));

    public static IRuleBuilderOptionsConditions<T, string?> ValidPasskeyName<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Obeys(value => Passkey.ParseName(value));

    /// <param name="email">The address that the password must not be made of; null when the request has none.</param>
    /// <param name="name">The same for the name.</param>
    public static IRuleBuilderOptionsConditions<T, string?> ValidPassword<T>(
        this IRuleBuilder<T, string?> rule, PasswordPolicy policy, Func<T, string?> email, Func<T, string?> name) =>
        rule.Obeys((value, request) => policy.Check(value, email(request), name(request)));

    /// <summary>A password that is compared with the one there is: any length that might be it, so that no work is done for others.</summary>
    public static IRuleBuilderOptions<T, string?> PossiblePassword<T>(this IRuleBuilder<T, string?> rule) =>
        rule.MaximumLength(Password.MaxLength * MaxCharsPerCodePoint).WithMessage("No password is that long.");

    /// <summary>A code of an authenticator app or a recovery code, however it is spaced.</summary>
    public static IRuleBuilderOptions<T, string?> PossibleCode<T>(this IRuleBuilder<T, string?> rule) =>
        rule.MaximumLength(MaxCodeLength).WithMessage("No code is that long.");

    private static IRuleBuilderOptionsConditions<T, string?> Obeys<T, TValue>(
        this IRuleBuilder<T, string?> rule, Func<string?, ErrorOr<TValue>> parse) =>
        rule.Obeys((value, _) => parse(value));

    private static IRuleBuilderOptionsConditions<T, string?> Obeys<T, TValue>(
        this IRuleBuilder<T, string?> rule, Func<string?, T, ErrorOr<TValue>> parse) =>
        rule.Custom((value, context) =>
        {
            if (parse(value, context.InstanceToValidate) is { IsError: true, FirstError: var error })
            {
                context.AddFailure(error.Description);
            }
        });
}
