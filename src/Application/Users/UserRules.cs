using ErrorOr;
using FaceId.Domain.Users;
using FluentValidation;

namespace FaceId.Application.Users;

/// <summary>The domain's rules as validator rules, so that all broken ones are told at once.</summary>
internal static class UserRules
{
    public static IRuleBuilderOptionsConditions<T, string?> ValidEmail<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Obeys(value => Email.Parse(value));

    public static IRuleBuilderOptionsConditions<T, string?> ValidName<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Obeys(value => PersonName.Parse(value));

    public static IRuleBuilderOptionsConditions<T, string?> ValidPasskeyName<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Obeys(value => Passkey.ParseName(value));

    public static IRuleBuilderOptionsConditions<T, string?> ValidPassword<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Obeys(value => Password.Check(value));

    private static IRuleBuilderOptionsConditions<T, string?> Obeys<T, TValue>(
        this IRuleBuilder<T, string?> rule, Func<string?, ErrorOr<TValue>> parse) =>
        rule.Custom((value, context) =>
        {
            if (parse(value) is { IsError: true, FirstError: var error })
            {
                context.AddFailure(error.Description);
            }
        });
}
